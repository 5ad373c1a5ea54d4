//! Fits what the errors of rows are measured by, as `score.by` says.

use super::Model;
use super::calibrate::spaced;
use super::measure::{Measure, vectors};
use super::member::{Member, Members};
use super::reference::Reference;
use super::row_errors::{ScoredBy, Scorer};
use crate::config::ScoreBy;
use crate::data::scale::Prepared;

impl Model {
    /// Returns the networks with what their errors are measured by.
    pub(crate) fn scorer(&self) -> Scorer<'_> {
        let members = self.members.as_ref();
        Scorer {
            first: ScoredBy {
                inference: self.inference(),
                measure: self.measure.as_ref(),
                reference: members.map(|members| &members.own),
            },
            others: members
                .iter()
                .flat_map(|members| members.others.iter().map(Member::scored_by))
                .collect(),
        }
    }

    /// Turns a model into a member of another one, of the same rows.
    pub(crate) fn into_member(self) -> Member {
        Member::new(self.coder, self.measure, self.reference)
    }

    /// Returns the networks that score rows together with a model's own.
    pub fn into_members(self) -> Vec<Member> {
        self.members.map_or(Vec::new(), |members| members.others)
    }

    /// Has further networks score rows together with its own. What all of them make of
    /// held-out rows is to be measured anew.
    pub(crate) fn join(&mut self, others: Vec<Member>) {
        self.config.seeds = 1 + others.len();
        let own = std::mem::take(&mut self.reference);
        self.members = Some(Members { own, others });
    }

    /// Returns how surprising each network of a cross-fitted model finds the rows that it
    /// has not seen.
    pub(crate) fn pooled(&self) -> Reference {
        let members = self.members.iter();
        let networks = members.flat_map(|members| {
            let others = members.others.iter().map(Member::reference);
            std::iter::once(&members.own).chain(others)
        });
        Reference::pooled(&networks.collect::<Vec<_>>())
    }

    /// Fits what errors are measured by to training rows, as `score.by` says.
    pub(crate) fn fit_measure(&mut self, data: &Prepared, rows: &[usize]) {
        /// Rows that it is fitted on.
        const ROWS: usize = 10_000;
        let by = self.config.score.by;
        let Some(width) = by.width(data.features(), &self.config.network) else {
            return;
        };
        let (mut of_rows, mut features) = (Vec::new(), Vec::new());
        let inference = self.inference();
        inference.chunks(data, &spaced(rows, ROWS), |chunk| {
            of_rows.extend(vectors(inference, &chunk, width));
            features.extend_from_slice(chunk.input);
        });
        self.measure = Measure::fit(by, &of_rows, width, &features, self.config.seed);
        if self.measure.is_none() {
            self.config.score.by = ScoreBy::Error;
            self.warnings.push(
                "the errors of the training rows are too few, or all the same, to say how they vary: scores are squared errors, as with score.by = \"error\"".into(),
            );
        }
    }
}

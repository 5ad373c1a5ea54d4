//! Fits what the errors of rows are measured by, as `score.by` says.

use super::Model;
use super::calibrate::spaced;
use super::measure::{Measure, vectors};
use super::row_errors::{Scorer, Voice};
use crate::data::scale::Prepared;

impl Model {
    /// Returns the networks with what their errors are measured by.
    pub(crate) fn scorer(&self) -> Scorer<'_> {
        Scorer {
            first: Voice {
                inference: self.inference(),
                measure: self.measure.as_ref(),
                reference: None,
            },
            others: Vec::new(),
        }
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
            self.warnings.push(
                "the errors of the training rows are too few, or all the same, to say how they vary: scores are squared errors, as with score.by = \"error\"".into(),
            );
        }
    }
}

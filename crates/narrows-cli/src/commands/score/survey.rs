//! Scores all rows of a file before any is written, for marks and lists that need
//! them all.

use std::collections::HashSet;

use narrows::read::Parts;
use narrows::{Model, Result, Simple, Table};

use super::stretches::{End, Stretches};
use super::usable::scored;
use crate::cli::ScoreArgs;
use crate::inputs;
use crate::interrupt;
use crate::output::Output;
use crate::progress;

/// What a pass over all rows has found.
#[derive(Debug, Default)]
pub struct Survey {
    pub p_values: Vec<f32>,
    pub scores: Vec<f32>,
    pub percentiles: Vec<f32>,
    /// The label of each row, if the rows have labels.
    pub labels: Vec<String>,
    /// The scores by each simple way, if they are to be compared with what is known.
    pub simple: Vec<(Simple, Vec<f32>)>,
    /// Of windows, which overlap, and where each ends.
    pub windows: Option<(Stretches, Vec<End>)>,
    /// Whether these are the rows of the model's training.
    pub is_trained_on: bool,
}

impl Survey {
    /// Returns whether two rows are windows that have a row in common.
    pub fn overlap(&self, a: usize, b: usize) -> bool {
        let overlap =
            |(stretches, ends): &(Stretches, Vec<End>)| stretches.overlap(ends[a], ends[b]);
        self.windows.as_ref().is_some_and(overlap)
    }

    /// Returns how many stretches of time marked windows make; `None` if rows are no
    /// windows.
    pub fn stretches(&mut self, marked: &[Option<bool>]) -> Option<usize> {
        let (stretches, ends) = self.windows.as_mut()?;
        Some(stretches.count(ends, marked))
    }
}

/// Returns whether a part of a file is all rows of the model's training, in their order.
/// A larger file than a part is not looked for.
pub fn is_trained_on(model: &Model, part: &Table) -> bool {
    model.is_of_rows(part).is_ok_and(|same| same == Some(true))
}

/// Scores all rows. Returns `None` if Ctrl-C stopped it.
pub fn survey(
    model: &Model,
    parts: Parts,
    args: &ScoreArgs,
    output: &Output,
) -> Result<Option<Survey>> {
    let progress = progress::over(output, "scoring", parts.total());
    let mut survey = Survey::default();
    let mut told = HashSet::new();
    if args.truth.is_some() && args.by.is_none() && model.scores_simply() {
        survey.simple = Simple::ALL.map(|by| (by, Vec::new())).into();
    }
    survey.windows = Stretches::of(model).map(|stretches| (stretches, Vec::new()));
    for part in parts {
        if interrupt::requested() {
            return Ok(None);
        }
        let part = part?;
        output.notes(part.notes());
        if model.tells_of_unseen() {
            inputs::tell_of_unseen(model.unseen(&part)?, &mut told, output);
        }
        let scores = scored(model, &part, (args.on_error, args.by))?.0;
        for (by, all) in &mut survey.simple {
            all.extend(model.score_simply(&part, *by)?.errors);
        }
        survey.is_trained_on |= is_trained_on(model, &part);
        survey.p_values.extend(scores.p_values);
        survey.scores.extend(scores.errors);
        survey.percentiles.extend(scores.percentiles);
        let labels = part
            .labels()
            .into_iter()
            .flat_map(|tags| tags.values.clone());
        survey.labels.extend(labels);
        if let Some((stretches, ends)) = &mut survey.windows {
            ends.extend(stretches.ends(&part));
        }
        progress(part.rows());
    }
    Ok(Some(survey))
}

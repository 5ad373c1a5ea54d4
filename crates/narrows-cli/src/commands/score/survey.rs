//! Scores all rows of a file before any is written, for marks and lists that need
//! them all.

use std::collections::HashSet;

use narrows::read::Parts;
use narrows::{Model, Result};

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
}

/// Scores all rows. Returns `None` if Ctrl-C stopped it.
pub fn survey(model: &Model, parts: Parts, output: &Output) -> Result<Option<Survey>> {
    let progress = progress::over(output, "scoring", parts.total());
    let mut survey = Survey::default();
    let mut told = HashSet::new();
    for part in parts {
        if interrupt::requested() {
            return Ok(None);
        }
        let part = part?;
        output.notes(part.notes());
        if model.has_categories() {
            inputs::tell_of_unseen(model.unseen(&part)?, &mut told, output);
        }
        let scores = model.score(&part)?;
        survey.p_values.extend(scores.p_values);
        survey.scores.extend(scores.errors);
        survey.percentiles.extend(scores.percentiles);
        let labels = part
            .labels()
            .into_iter()
            .flat_map(|tags| tags.values.clone());
        survey.labels.extend(labels);
        progress(part.rows());
    }
    Ok(Some(survey))
}

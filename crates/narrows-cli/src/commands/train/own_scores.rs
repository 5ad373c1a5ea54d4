//! Writes the scores of a cross-fitted model's own training rows.

use narrows::write::Writer;
use narrows::{Model, Result, Table};

use super::epochs::Run;
use crate::run_files;

/// Columns named for each row.
const NAMED: usize = 3;
/// Rows that are written at a time.
const ROWS: usize = 10_000;

/// How many rows of the training the model marks, at its share of false alarms.
pub struct OwnScores {
    pub rows: usize,
    pub marked: usize,
    /// The marks that chance alone would give.
    pub by_chance: f64,
}

/// Scores the training rows, each by the network that has not seen it, into the run
/// folder. `None` of a model that is not cross-fitted.
pub fn write(run: &Run, model: &Model, table: &Table) -> Result<Option<OwnScores>> {
    if !model.config().data.cross_fit {
        return Ok(None);
    }
    let most = NAMED.min(model.file_columns().len());
    let (scores, surprises) = model.score_own_rows(table, most)?;
    let share = model.config().score.false_alarms;
    let is_marked = |p: &f32| (!p.is_nan()).then_some(f64::from(*p) <= share);
    let marked: Vec<Option<bool>> = scores.p_values.iter().map(is_marked).collect();
    let all = scores.to_table(table, Some(&marked), &surprises, None, most);
    let target = run.folder.to_write(run_files::OWN_SCORES)?;
    let mut writer = Writer::new(&target.display().to_string(), true)?;
    for from in (0..all.rows()).step_by(ROWS) {
        let part: Vec<usize> = (from..all.rows().min(from + ROWS)).collect();
        writer.add(&all.select(&part))?;
    }
    writer.finish()?;
    Ok(Some(OwnScores {
        rows: table.rows(),
        marked: marked
            .iter()
            .filter(|marked| **marked == Some(true))
            .count(),
        by_chance: share * table.rows() as f64,
    }))
}

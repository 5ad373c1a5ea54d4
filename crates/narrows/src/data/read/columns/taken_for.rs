//! Tells how cells of numbers were read that are written as none of training was.

use crate::base::note::Note;
use crate::data::read::names::quote;

/// Cells that are taken for something, of which the first is told.
#[derive(Debug, Default)]
pub(super) struct TakenFor {
    /// The row, counted from 0 in the file, column and text of the first one,
    /// and what it is taken for.
    first: Option<(usize, usize, String, String)>,
    told: bool,
}

impl TakenFor {
    pub fn add(&mut self, row: usize, column: usize, text: &str, meaning: impl FnOnce() -> String) {
        if !self.told && self.first.is_none() {
            self.first = Some((row, column, text.into(), meaning()));
        }
    }

    /// Returns what is told of such cells, once.
    pub fn note(&mut self, names: &[String]) -> Option<Note> {
        let (row, column, text, meaning) = self.first.take()?;
        self.told = true;
        let (row, column) = (row + 1, quote(&names[column]));
        let seen = format!(
            "{} is taken for {meaning}, as in row {row}, column {column}",
            quote(&text)
        );
        Some(Note::new(seen, ""))
    }
}

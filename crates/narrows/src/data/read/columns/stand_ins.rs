//! Counts the cells of numbers in which a text such as `-` stands for none.

use crate::base::note::Note;
use crate::data::read::names::quote;

/// Cells with a text that stands for a missing number.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    /// The row, counted from 0 in the file, column and text of the first one.
    first: Option<(usize, usize, String)>,
    told: bool,
}

impl StandIns {
    pub fn add(&mut self, row: usize, column: usize, text: &str) {
        if !self.told {
            self.first.get_or_insert_with(|| (row, column, text.into()));
        }
    }

    /// Returns what is told of such cells, once.
    pub fn note(&mut self, names: &[String]) -> Option<Note> {
        let (row, column, text) = self.first.take()?;
        self.told = true;
        let seen = format!(
            "{} stands for a missing number, as in row {}, column {}",
            quote(&text),
            row + 1,
            quote(&names[column])
        );
        Some(Note::new(seen, ""))
    }
}

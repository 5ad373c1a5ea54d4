//! Counts the cells that are infinite in 32 bits.

use std::collections::BTreeSet;

use crate::base::note::Note;
use crate::data::read::roles::infinite_cells;

/// The most texts that are kept.
const TEXTS: usize = 8;

/// Cells that are infinite in 32 bits.
#[derive(Debug, Default)]
pub(super) struct Infinite {
    /// The row, counted from 0 in the file, column and text of the first one.
    pub first: Option<(usize, usize, String)>,
    /// Their texts, at most a few.
    pub texts: BTreeSet<String>,
    pub count: usize,
}

impl Infinite {
    pub fn add(&mut self, row: usize, column: usize, text: &str) {
        self.first.get_or_insert_with(|| (row, column, text.into()));
        self.count += 1;
        if self.texts.len() < TEXTS {
            self.texts.insert(text.into());
        }
    }

    /// Returns what is told of such cells, once.
    pub fn note(&mut self, names: &[String]) -> Option<Note> {
        let (row, column, _) = self.first.take()?;
        Some(infinite_cells(self.count, row + 1, &names[column]))
    }
}

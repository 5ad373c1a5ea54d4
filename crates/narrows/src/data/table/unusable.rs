//! Rows of a file that cannot be used.

use crate::base::error::{Error, Place};

/// A row that cannot be used, and why: its cells are all missing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Unusable {
    /// The row, counted from 0 in its table.
    pub row: usize,
    /// The column of the cell that cannot be used; `None` if it is the whole row.
    pub column: Option<String>,
    /// What was found, and what was expected.
    pub why: String,
}

impl Unusable {
    /// Says why an error makes the row at a place of a table unusable; `None` if the
    /// error is not about the row alone.
    pub fn of(row: usize, error: &Error) -> Option<Self> {
        let Error::Data {
            place,
            found,
            expected,
            ..
        } = error
        else {
            return None;
        };
        let column = match place {
            Place::Cell(_, column) => Some(column.clone()),
            Place::Row(_) | Place::Line(_) => None,
            _ => return None,
        };
        Some(Unusable {
            row,
            column,
            why: format!("found {found}, expected {expected}"),
        })
    }
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "column '{column}': {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

//! From a [`Table`] to a file whose name says the format.

use crate::error::Result;
use crate::table::Table;

/// Writes all rows in order to `target`; `-` is standard output (CSV).
///
/// The file appears whole or not at all. An existing file is refused unless
/// `overwrite`.
///
/// # Errors
/// [`crate::Error`]
pub fn write(table: &Table, target: &str, overwrite: bool) -> Result<()> {
    let _ = (table, target, overwrite);
    unimplemented!()
}

//! From a file of any known format to a [`Table`].

use crate::error::Result;
use crate::table::Table;

/// Which columns of a table are not plain numbers, and what to do with
/// missing cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roles {
    /// The column that labels each row; kept out of the values.
    pub label: Option<String>,
    /// The column that identifies each row; kept out of the values.
    pub id: Option<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Text columns to read as categories.
    pub one_hot: Vec<String>,
    /// Whether missing cells become NaN (filled later with the training
    /// mean) rather than being refused.
    pub allow_missing: bool,
    /// Whether the named columns may be absent, as when a trained model
    /// reads new rows that have no labels.
    pub optional: bool,
}

/// Reads rows from a path, or from standard input for `-` (CSV).
///
/// # Errors
/// One error that names the file, the place, what was found and expected.
pub fn read(source: &str, roles: &Roles) -> Result<Table> {
    let _ = (source, roles);
    unimplemented!()
}

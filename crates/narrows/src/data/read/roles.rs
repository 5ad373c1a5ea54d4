//! What a reader does with a table's columns.

use crate::base::hint::{Hint, Remedy};
use crate::settings::{DataConfig, Missing};

/// Which columns of a table are not plain numbers, and what to do with missing
/// cells.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Roles {
    /// The column that labels each row; kept out of the values. For `.npz` a
    /// member, for IDX the path of a labels file, for images `folder`.
    pub label: Option<String>,
    /// The column that identifies each row; kept out of the values. For
    /// `.npz` a member; images are always identified by their file names.
    pub id: Option<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Text columns to read as categories.
    pub one_hot: Vec<String>,
    /// Whether every other column that holds a text is also read as categories,
    /// for example when data is only inspected.
    pub any_text: bool,
    /// The only columns wanted as data, if the names came with the file; all of
    /// them by default.
    pub only: Option<Vec<String>>,
    /// The required number of data columns if names do not determine the
    /// columns.
    pub width: Option<usize>,
    /// Whether missing cells become NaN (filled later with the training mean)
    /// rather than being refused.
    pub allow_missing: bool,
    /// Whether the named columns may be absent, for example when a trained
    /// model reads new rows that have no labels.
    pub optional: bool,
}

/// The setting that fills missing cells.
pub(super) const FILL: Remedy = Remedy::Set {
    key: "data.missing",
    value: "mean",
};

/// Returns what to do about a missing cell.
pub(super) fn missing_hint() -> Hint {
    Hint::from("fill missing cells with the mean of the training rows: ").and(FILL)
}

/// What to do about a missing cell for a model that was trained without them.
pub(super) const MISSING_TO_A_MODEL: &str = "fill the cell or leave the row out; a model trained with data.missing = \"mean\" takes missing cells";

impl DataConfig {
    /// Returns the roles for reading a table. `optional` is for rows that a
    /// trained model reads, whose labels and ids may be absent.
    pub fn roles(&self, optional: bool) -> Roles {
        Roles {
            label: self.label.clone(),
            id: self.id.clone(),
            ignore: self.ignore.clone(),
            one_hot: self.one_hot.clone(),
            allow_missing: self.missing == Missing::Mean,
            optional,
            ..Default::default()
        }
    }
}

//! What a reader does with a table's columns.

use super::names::quote;
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::data::number_format::NumberFormat;
use crate::data::table::ImageShape;
use crate::settings::{DataConfig, Decimal, Delimiter, Header, Kind, Missing, Series};

/// Which columns of a table are not plain numbers, and what to do with missing
/// cells.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Roles {
    /// The column that labels each row; kept out of the values. For `.npz` a
    /// member, for IDX the path of a labels file, for images `folder`.
    pub label: Option<String>,
    /// The columns that identify each row; kept out of the values. For `.npz`
    /// members; images are always identified by their file names.
    pub id: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Text columns to read as categories.
    pub one_hot: Vec<String>,
    /// What columns hold, by their names, as in [`DataConfig::kinds`]. All
    /// others hold numbers.
    pub kinds: BTreeMap<String, Kind>,
    /// Whether every other column that holds a text is also read as categories,
    /// for example when data is only inspected.
    pub any_text: bool,
    /// The only columns wanted as data, if the names came with the file; all of
    /// them by default.
    pub only: Option<Vec<String>>,
    /// Whether the cells of a file of text are kept as they are there, those of
    /// all columns: [`Table::texts`](crate::Table::texts).
    pub keep_texts: bool,
    /// The required number of data columns if names do not determine the
    /// columns.
    pub width: Option<usize>,
    /// The shape of the images that a model was trained on: images are read
    /// with its channels, grey or in colour.
    pub image: Option<ImageShape>,
    /// Whether missing cells become NaN (filled later with the training mean)
    /// rather than being refused.
    pub allow_missing: bool,
    /// Whether the rows are for a trained model: the named columns may be
    /// absent, and numbers are written as in training. Otherwise all rows are
    /// looked through for how they are written, for which a table of text may
    /// be read twice.
    pub optional: bool,
    /// Texts that stand for a missing cell, as in
    /// [`DataConfig::missing_values`].
    pub missing_values: Option<Vec<String>>,
    /// Whether the first line of a table of text names its columns, or the
    /// names of all columns.
    pub header: Header,
    /// What parts the cells of a table of text.
    pub delimiter: Delimiter,
    /// What marks decimals in a table of text.
    pub decimal: Decimal,
    /// Lines above a table of text that are no part of it.
    pub skip_lines: usize,
    /// Whether rows of a table of text or of JSON lines that cannot be used, for a
    /// trained model, are passed over rather than refused: they are left without values,
    /// and are [`Table::unusable`](crate::Table::unusable).
    pub passes_over: bool,
    /// How rows become windows of a series; `None` if each is by itself.
    pub series: Option<Series>,
    /// Whether columns are only looked at, to find out what they hold.
    pub(crate) observes: bool,
    /// How the numbers of columns are written, where that is known and not as
    /// Rust writes them.
    pub(crate) formats: HashMap<String, NumberFormat>,
}

/// The setting that takes missing cells.
pub(super) const FILL: Remedy = Remedy::Set {
    key: "data.missing",
    value: Cow::Borrowed("mask"),
};

/// Returns what to do about a missing cell.
pub(super) fn missing_hint() -> Hint {
    Hint::from("train on rows that lack cells: ").and(FILL)
}

/// Tells of cells that are infinite in 32 bits, in rows that are only looked at.
pub(super) fn infinite_cells(count: usize, row: usize, column: &str) -> Note {
    let cells = match count {
        1 => "1 cell is infinite in 32 bits".to_string(),
        count => format!("{count} cells are infinite in 32 bits"),
    };
    Note::new(
        format!(
            "{cells}, the first in row {row}, column {}: shown as missing",
            quote(column)
        ),
        "training refuses them",
    )
}

/// What to do about a missing cell for a model that was trained without them.
pub(super) const MISSING_TO_A_MODEL: &str = "fill the cell or leave the row out; a model trained with data.missing = \"mask\" takes missing cells";

impl DataConfig {
    /// Returns the roles for reading a table. `optional` is for rows that a
    /// trained model reads, whose labels and ids may be absent.
    pub fn roles(&self, optional: bool) -> Roles {
        let mut id = self.id.clone();
        for column in self.group.iter().chain(&self.time) {
            if !id.contains(column) {
                id.push(column.clone());
            }
        }
        Roles {
            label: self.label.clone(),
            id,
            series: self.series(),
            ignore: self.ignore.clone(),
            one_hot: self.one_hot.clone(),
            kinds: self.kinds.clone(),
            allow_missing: self.missing != Missing::Refuse,
            optional,
            missing_values: self.missing_values.clone(),
            header: self.header.clone(),
            delimiter: self.delimiter,
            decimal: self.decimal,
            skip_lines: self.skip_lines,
            ..Default::default()
        }
    }
}

//! Tables: rows of data as they were read, not yet scaled, with images still as
//! bytes.

mod new;
mod unusable;
mod windows;

use std::collections::{HashMap, HashSet};

use super::number_format::NumberFormat;
use crate::base::note::Note;

pub use unusable::Unusable;
pub(crate) use windows::{Point, Windows, name_before};

/// The rows and columns of one data set, with labels and ids kept apart.
///
/// Values are row-major, `[rows, columns]`. Images stay bytes until a batch
/// needs them. Missing cells of a table are NaN.
///
/// ```
/// use narrows::{Column, Table, Tags, Values};
/// let columns = vec![Column::number("age"), Column::category("size", ["S", "M"])];
/// // The second column's values are places among its levels.
/// let values = Values::Floats(vec![31.0, 1.0, 47.0, 0.0]);
/// let ids = Tags::new("name", ["Ann", "Bo"]);
/// let table = Table::new(columns, values)?.with_ids(ids)?;
/// assert_eq!((table.rows(), table.columns().len()), (2, 2));
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Where the rows came from, for messages: a path or the name of built-in
    /// rows.
    pub(crate) origin: String,
    /// The columns that are data, in order.
    pub(crate) columns: Vec<Column>,
    /// Whether the column names came with the data (a CSV header, Parquet);
    /// otherwise they are `x1`, `x2`, ….
    pub(crate) named: bool,
    /// The values, `[rows, columns]`.
    pub(crate) values: Values,
    /// The shape of each row's image; `None` if rows are not images.
    pub(crate) image: Option<ImageShape>,
    /// Whether the values of images are pixels of 16 bits, 0 to 65,535, which
    /// are kept as floats.
    pub(crate) words: bool,
    /// A label for each row, which training does not see; `None` if there are
    /// none.
    pub(crate) labels: Option<Tags>,
    /// What identifies each row, copied to every output: one column of ids, or
    /// several that do so together.
    pub(crate) ids: Vec<Tags>,
    /// Each row's place in the data that these rows were selected from or are a
    /// part of, counted from 0; `None` if they are all rows of that data or its
    /// first rows.
    pub(crate) places: Option<Vec<usize>>,
    /// Statistics of the columns whose numbers do not fit in 32 bits, as they
    /// were in the file.
    pub(crate) exact: Vec<Exact>,
    /// The columns of the file that no rows can be made of, each with what it
    /// holds.
    pub(crate) unread: Vec<(String, String)>,
    /// What the reader inferred about the file.
    pub(crate) notes: Vec<Note>,
    /// How the numbers of columns were written in the file, where that is not
    /// as Rust writes them.
    pub(crate) formats: HashMap<String, NumberFormat>,
    /// The cells as they are in the file; `None` unless they were asked for.
    pub(crate) texts: Option<Texts>,
    /// The rows that cannot be used, in order, if such rows were to be passed over.
    pub(crate) unusable: Vec<Unusable>,
    /// What the rows are windows of; `None` if each is by itself.
    pub(crate) windows: Option<Windows>,
}

/// The cells of all columns of a file of text, as they are there.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Texts {
    /// The names of all columns of the file.
    pub names: Vec<String>,
    /// The cells, `[rows, names]`.
    pub cells: Vec<String>,
}

/// Statistics of a number column before its values were rounded to 32 bits.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Exact {
    /// The column's place, counted from 0.
    pub column: usize,
    /// The smallest value.
    pub low: f64,
    /// The mean.
    pub mean: f64,
    /// The largest value.
    pub high: f64,
    /// Whether rounding lost much of the differences between the values, as it
    /// does for times in seconds.
    pub lost: bool,
}

/// A data column: its name and the meaning of its values.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Column {
    /// The name, unique within the table.
    pub name: String,
    /// The meaning of its values.
    pub kind: ColumnKind,
}

/// The meaning of a column's values.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// A quantity.
    Number,
    /// A number that goes round, as the hours of a day do after 24.
    Circular {
        /// After how much it starts anew.
        period: f32,
    },
    /// One of these texts, the category's levels. The value is the text's
    /// index, counted from 0.
    Category(Vec<String>),
}

/// The values of a table, row-major.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Pixels of 8 bits, 0 to 255.
    Bytes(Vec<u8>),
    /// Numbers, pixels of 16 bits among them; NaN for a missing cell.
    Floats(Vec<f32>),
}

impl Values {
    /// Returns the number of values, rows times columns.
    pub fn len(&self) -> usize {
        match self {
            Values::Bytes(values) => values.len(),
            Values::Floats(values) => values.len(),
        }
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The shape of a row that is an image; its values are ordered
/// `[height, width, channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ImageShape {
    /// The number of pixels from top to bottom.
    pub height: usize,
    /// The number of pixels from left to right.
    pub width: usize,
    /// The number of channels: 1 for grey, 3 for red, green and blue.
    pub channels: usize,
}

impl std::fmt::Display for ImageShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.channels == 1 { "grey" } else { "colour" };
        write!(f, "{} x {} pixels, {kind}", self.width, self.height)
    }
}

impl ImageShape {
    /// Returns the number of values in one image; the largest `usize` if a file
    /// claims more than that.
    pub fn features(&self) -> usize {
        let pixels = self.height.saturating_mul(self.width);
        pixels.saturating_mul(self.channels)
    }
}

/// One text for each row, a label or an id, with the name of their column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Tags {
    /// The column's name.
    pub name: String,
    /// The texts, one for each row; empty where the file has none.
    pub values: Vec<String>,
    /// What the texts are in the file.
    pub kind: TagKind,
}

/// What labels or ids are in the file that they come from; in Parquet they are
/// written as the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagKind {
    /// Texts, and whatever a file of text holds.
    #[default]
    Text,
    /// Whole numbers of up to 64 bits, with a sign.
    Integer,
    /// Numbers.
    Number,
    /// `true` and `false`.
    Boolean,
}

impl Table {
    /// Returns where the rows came from, for messages: a path or the name of
    /// built-in rows.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the columns that are data, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns whether the columns' names came with the data, as in a CSV
    /// header; otherwise they are `x1`, `x2`, ….
    pub fn is_named(&self) -> bool {
        self.named
    }

    /// Returns the values, `[rows, columns]`, row-major.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Returns the shape of each row's image; `None` if rows are not images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// Returns the bits of each pixel as the file has them, 8 or 16; `None` if
    /// rows are not images, or images of fractions.
    pub fn depth(&self) -> Option<u8> {
        match (&self.values, self.image) {
            (_, None) => None,
            (Values::Bytes(_), _) => Some(8),
            (Values::Floats(_), _) => self.words.then_some(16),
        }
    }

    /// Returns the rows' labels, which training does not see; `None` if there
    /// are none.
    pub fn labels(&self) -> Option<&Tags> {
        self.labels.as_ref()
    }

    /// Returns the columns that identify the rows, which are copied to every
    /// output.
    pub fn ids(&self) -> &[Tags] {
        &self.ids
    }

    /// Returns what identifies a row, the texts of all columns of ids joined;
    /// `None` if it has no id.
    pub(crate) fn id(&self, row: usize) -> Option<String> {
        let texts: Vec<&str> = self
            .ids
            .iter()
            .map(|ids| ids.values[row].as_str())
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    /// Returns statistics of the columns whose numbers do not fit in 32 bits,
    /// as they were in the file.
    pub fn exact(&self) -> &[Exact] {
        &self.exact
    }

    /// Returns the columns of a Parquet file that are neither numbers nor text,
    /// each with what it holds, such as `lists` or `maps`. A training asks for
    /// them to be left out.
    pub fn unread(&self) -> &[(String, String)] {
        &self.unread
    }

    /// Returns what the reader inferred about the file that the rows came from;
    /// of a file that is read in parts, what it inferred since the last part.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Returns the cells of all columns of a file of text, as they are there;
    /// `None` unless [`Roles::keep_texts`](crate::read::Roles::keep_texts) asked
    /// for them, and for other formats.
    pub fn texts(&self) -> Option<&Texts> {
        self.texts.as_ref()
    }

    /// Returns the rows that cannot be used, in order, and why, if
    /// [`Roles::passes_over`](crate::read::Roles::passes_over) asked for them.
    pub fn unusable(&self) -> &[Unusable] {
        &self.unusable
    }

    /// Returns those that cannot be used of some of the rows.
    fn unusable_among(&self, rows: &[usize]) -> Vec<Unusable> {
        if self.unusable.is_empty() {
            return Vec::new();
        }
        let of: HashMap<usize, &Unusable> = self.unusable.iter().map(|u| (u.row, u)).collect();
        let among = rows.iter().enumerate().filter_map(|(row, old)| {
            let unusable = (*of.get(old)?).clone();
            Some(Unusable { row, ..unusable })
        });
        among.collect()
    }

    /// Returns whether the numbers of a column have decimal commas in the file.
    pub fn has_decimal_comma(&self, column: usize) -> bool {
        let format = self.formats.get(&self.columns[column].name);
        format.is_some_and(|format| format.decimal_comma)
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        if self.columns.is_empty() {
            return 0;
        }
        self.values.len() / self.columns.len()
    }

    /// Returns about how many bytes of memory the rows take.
    pub fn memory(&self) -> usize {
        let values = match &self.values {
            Values::Bytes(values) => values.capacity(),
            Values::Floats(values) => values.capacity() * size_of::<f32>(),
        };
        let places = self.places.as_ref().map_or(0, |places| places.capacity());
        let tags = self.labels.iter().chain(&self.ids);
        let texts = tags.flat_map(|tags| &tags.values);
        let texts = texts.chain(self.texts.iter().flat_map(|texts| &texts.cells));
        // A text is allocated in steps of 16 bytes.
        let texts = texts.map(|text| size_of::<String>() + text.len().next_multiple_of(16));
        values + places * size_of::<usize>() + texts.sum::<usize>()
    }

    /// Returns a row's number in the data that the row was read from, counted
    /// from 1. `row` counts from 0.
    pub fn number_of(&self, row: usize) -> usize {
        self.places.as_ref().map_or(row, |places| places[row]) + 1
    }

    /// Returns the names of the columns that look like ids: number columns of
    /// whole numbers, no two of which are the same. Empty for images, for
    /// columns without names, and for 20 rows or fewer.
    pub fn id_like(&self) -> Vec<String> {
        if !self.named || self.image.is_some() || self.rows() <= 20 {
            return Vec::new();
        }
        let all_differ = |column: usize| {
            let mut seen = HashSet::with_capacity(self.rows());
            (0..self.rows()).all(|row| {
                let value = self.value(row, column);
                // All numbers beyond are whole.
                let is_whole = value.fract() == 0.0 && value.abs() < 9.0e15;
                is_whole && seen.insert(value.to_bits())
            })
        };
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(at, column)| column.kind == ColumnKind::Number && all_differ(*at))
            .map(|(_, column)| column.name.clone())
            .collect()
    }

    /// Appends the values of one row, one for each column, to `out` as numbers.
    /// `row` counts from 0.
    pub fn push_row(&self, row: usize, out: &mut Vec<f32>) {
        let width = self.columns.len();
        let range = row * width..(row + 1) * width;
        match &self.values {
            Values::Bytes(values) => out.extend(values[range].iter().map(|&v| f32::from(v))),
            Values::Floats(values) => out.extend_from_slice(&values[range]),
        }
    }

    /// Returns one value as a number. `row` and `column` count from 0.
    pub fn value(&self, row: usize, column: usize) -> f32 {
        let at = row * self.columns.len() + column;
        match &self.values {
            Values::Bytes(values) => f32::from(values[at]),
            Values::Floats(values) => values[at],
        }
    }

    /// Returns a table of some of the rows, in the given order, with their
    /// labels and ids. `rows` counts from 0. [`Table::number_of`] still returns
    /// the rows' numbers in the data that this table was read from.
    pub fn select(&self, rows: &[usize]) -> Table {
        let width = self.columns.len();
        fn pick<T: Copy>(values: &[T], rows: &[usize], width: usize) -> Vec<T> {
            let mut out = Vec::with_capacity(rows.len() * width);
            for &row in rows {
                out.extend_from_slice(&values[row * width..(row + 1) * width]);
            }
            out
        }
        let tags = |tags: &Tags| Tags {
            name: tags.name.clone(),
            values: rows.iter().map(|&row| tags.values[row].clone()).collect(),
            kind: tags.kind,
        };
        let places: Vec<usize> = rows.iter().map(|&row| self.number_of(row) - 1).collect();
        // The first rows of the data need no places.
        let moved = places.iter().enumerate().any(|(at, &place)| at != place);
        let places = moved.then_some(places);
        Table {
            values: match &self.values {
                Values::Bytes(values) => Values::Bytes(pick(values, rows, width)),
                Values::Floats(values) => Values::Floats(pick(values, rows, width)),
            },
            labels: self.labels.as_ref().map(tags),
            ids: self.ids.iter().map(tags).collect(),
            places,
            origin: self.origin.clone(),
            columns: self.columns.clone(),
            named: self.named,
            image: self.image,
            words: self.words,
            exact: self.exact.clone(),
            unread: self.unread.clone(),
            notes: Vec::new(),
            formats: self.formats.clone(),
            unusable: self.unusable_among(rows),
            windows: self.windows.as_ref().map(|windows| windows.select(rows)),
            texts: self.texts.as_ref().map(|texts| Texts {
                names: texts.names.clone(),
                cells: rows
                    .iter()
                    .flat_map(|&row| texts.row(row).iter().cloned())
                    .collect(),
            }),
        }
    }
}

impl Texts {
    /// Returns the cells of a row, counted from 0.
    pub fn row(&self, row: usize) -> &[String] {
        let width = self.names.len();
        &self.cells[row * width..(row + 1) * width]
    }
}

impl Column {
    /// Creates a column of quantities.
    pub fn number(name: impl Into<String>) -> Self {
        Column {
            name: name.into(),
            kind: ColumnKind::Number,
        }
    }

    /// Creates a column of numbers that go round after `period`, as the hours of
    /// a day do after 24.
    pub fn circular(name: impl Into<String>, period: f32) -> Self {
        Column {
            name: name.into(),
            kind: ColumnKind::Circular { period },
        }
    }

    /// Creates a column of a category. Its values are places among the texts
    /// `levels`, counted from 0.
    pub fn category<T: Into<String>>(
        name: impl Into<String>,
        levels: impl IntoIterator<Item = T>,
    ) -> Self {
        Column {
            name: name.into(),
            kind: ColumnKind::Category(levels.into_iter().map(Into::into).collect()),
        }
    }
}

impl Tags {
    /// Creates labels or ids from a column's name and one text for each row.
    pub fn new<T: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        Tags {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
            kind: TagKind::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn select_keeps_order_labels_and_ids() {
        let table = Table::from_floats(vec![1., 2., 3., 4., 5., 6.], 2).unwrap();
        let table = table.with_ids(Tags::new("id", ["a", "b", "c"])).unwrap();
        let picked = table.select(&[2, 0]);
        assert_eq!(picked.values, Values::Floats(vec![5., 6., 1., 2.]));
        assert_eq!(picked.ids[0].values, ["c", "a"]);
        assert_eq!((picked.number_of(0), picked.number_of(1)), (3, 1));
        assert_eq!(picked.select(&[1]).number_of(0), 1);
    }
}

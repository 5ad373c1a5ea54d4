//! Turns rows of features into what a person reads: pixels or cells.

use serde::Serialize;

use crate::data::number_format::NumberFormat;
use crate::data::scale::{Prepared, Scaler};
use crate::data::table::{Column, ColumnKind, ImageShape, Table, Values};

/// A row's values, in the data's own units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum RowValues {
    /// `[height, width, channels]`, 0 to 255.
    Pixels(Vec<u8>),
    /// One cell for each column.
    Cells(Vec<Cell>),
}

/// A cell's value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Cell {
    /// A value of a column of quantities.
    Number(f32),
    /// A value of a category column.
    Text(String),
    /// No value: the row lacks the cell. In JSON it is `null`.
    Missing,
}

impl Cell {
    /// Returns a value of a column of the scaler that is no category: as what it
    /// stands for, if it does for something.
    pub(super) fn quantity(scaler: &Scaler, column: usize, value: f32) -> Self {
        match scaler.word(column, value) {
            Some(word) => Cell::Text(word),
            None => Cell::Number(value),
        }
    }
}

/// The form in which rows are shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RowShape {
    /// The shape, if rows are images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
    /// The columns' names, in the model's order.
    pub columns: Vec<String>,
    /// How the numbers of each column are written, where that is not as Rust
    /// writes them.
    #[serde(skip)]
    pub(crate) formats: Vec<Option<NumberFormat>>,
}

/// Turns features into values to be shown.
pub(super) struct RowDisplay<'a> {
    scaler: &'a Scaler,
    /// The values that become black and white.
    pub range: (f32, f32),
    /// Whether numbers that stand for a date or a text are shown as that.
    in_words: bool,
}

impl<'a> RowDisplay<'a> {
    pub fn new(data: &'a Prepared) -> Self {
        RowDisplay {
            scaler: &data.scaler,
            range: pixel_range(data.table),
            in_words: true,
        }
    }

    /// Shows numbers as they are, whatever they stand for.
    pub fn in_numbers(self) -> Self {
        RowDisplay {
            in_words: false,
            ..self
        }
    }

    pub fn shape(&self) -> RowShape {
        let columns = self.scaler.column_names();
        let formats = self.scaler.formats();
        RowShape {
            image: self.scaler.image,
            formats: columns
                .iter()
                .map(|name| formats.get(name).cloned())
                .collect(),
            columns,
        }
    }

    /// Returns the values of rows of features `[rows, features]`, row-major.
    /// Cells whose features are NaN are [`Cell::Missing`].
    pub fn of(&self, features: &[f32]) -> Vec<RowValues> {
        let known = features.iter().map(|&v| if v.is_nan() { 0.0 } else { v });
        let known: Vec<f32> = known.collect();
        let mut values = self.of_table(&self.scaler.undo(&known));
        let rows = features.chunks_exact(self.scaler.features().max(1));
        for (values, features) in values.iter_mut().zip(rows) {
            let RowValues::Cells(cells) = values else {
                continue;
            };
            for (column, cell) in cells.iter_mut().enumerate() {
                if features[self.scaler.features_of(column).start].is_nan() {
                    *cell = Cell::Missing;
                }
            }
        }
        values
    }

    /// Returns the values of rows of data as they are there: far values are not
    /// drawn in, texts are the file's own, and cells that are missing are
    /// [`Cell::Missing`]. Pixels that are missing are filled in.
    pub fn of_data(&self, data: &Prepared, rows: &[usize]) -> Vec<RowValues> {
        let mut values = self.of_table(&data.own_rows(rows));
        for (values, &row) in values.iter_mut().zip(rows) {
            let RowValues::Cells(cells) = values else {
                continue;
            };
            for (column, cell) in cells.iter_mut().enumerate() {
                let at = data.place_of(column);
                if data.table.value(row, at).is_nan() {
                    *cell = Cell::Missing;
                } else if let Some(text) = data.text(row, at) {
                    *cell = Cell::Text(text.into());
                }
            }
        }
        values
    }

    /// Returns the values of rows in the model's columns.
    pub fn of_table(&self, table: &Table) -> Vec<RowValues> {
        (0..table.rows())
            .map(|row| match self.scaler.image {
                Some(_) => RowValues::Pixels(self.pixels(table, row)),
                None => RowValues::Cells(self.cells(table, row)),
            })
            .collect()
    }

    fn cells(&self, table: &Table, row: usize) -> Vec<Cell> {
        let cell = |(at, column): (usize, &Column)| {
            let value = table.value(row, at);
            match &column.kind {
                ColumnKind::Category(levels) => {
                    Cell::Text(levels.get(value as usize).cloned().unwrap_or_default())
                }
                _ if self.in_words => Cell::quantity(self.scaler, at, value),
                ColumnKind::Number | ColumnKind::Circular { .. } => Cell::Number(value),
            }
        };
        table.columns.iter().enumerate().map(cell).collect()
    }

    fn pixels(&self, table: &Table, row: usize) -> Vec<u8> {
        let (low, high) = self.range;
        let factor = 255.0 / (high - low).max(f32::MIN_POSITIVE);
        (0..table.columns.len())
            // `as` clamps values to 0 and 255.
            .map(|at| ((table.value(row, at) - low) * factor).round() as u8)
            .collect()
    }
}

/// Returns the values that become black and white: 0 and 255, or 0 and 1 if all
/// values lie between them, or else the lowest and highest value. Pixels of 16
/// bits go by their own range, since few use all of it.
fn pixel_range(table: &Table) -> (f32, f32) {
    let Values::Floats(values) = &table.values else {
        return (0.0, 255.0);
    };
    let ends = (f32::INFINITY, f32::NEG_INFINITY);
    // `min` and `max` skip NaN, a missing pixel.
    let (low, high) = values
        .iter()
        .fold(ends, |(low, high), &v| (low.min(v), high.max(v)));
    match () {
        () if table.words => (low, high),
        () if low >= 0.0 && high <= 1.0 => (0.0, 1.0),
        () if low >= 0.0 && high <= 255.0 => (0.0, 255.0),
        () => (low, high),
    }
}

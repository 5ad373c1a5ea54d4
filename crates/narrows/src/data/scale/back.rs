//! Turns features back into what the columns hold.

use std::ops::Range;

use super::{ColumnScale, Scaler, Surety};
use crate::data::rare::OTHER;
use crate::data::table::{Column, ColumnKind, Table, Values};

impl Scaler {
    /// Converts features back to the data's own columns and units.
    ///
    /// `features` is row-major, `[rows, features]`. A category becomes its
    /// level with the largest feature.
    pub fn undo(&self, features: &[f32]) -> Table {
        let width = self.features();
        let rows = features.len().checked_div(width).unwrap_or(0);
        let mut values = Vec::with_capacity(rows * self.columns.len());
        for row in features.chunks_exact(width.max(1)) {
            let mut at = 0;
            for column in &self.columns {
                match column {
                    ColumnScale::Number(number) => values.push(number.value(row[at])),
                    ColumnScale::Circular(circular) => values.push(circular.value(&row[at..])),
                    ColumnScale::Category { levels, .. } => {
                        let part = &row[at..at + levels.len()];
                        let best = (0..part.len()).max_by(|&a, &b| part[a].total_cmp(&part[b]));
                        values.push(best.unwrap_or(0) as f32);
                    }
                }
                at += column.features();
            }
        }
        self.table(values)
    }

    /// Returns, of a column that goes round, its period and the middle of its two
    /// features, the sine and the cosine; `None` for other columns.
    pub(crate) fn circle(&self, column: usize) -> Option<(f32, f32)> {
        match &self.columns[column] {
            ColumnScale::Circular(circular) => Some((circular.period, circular.middle())),
            ColumnScale::Number(_) | ColumnScale::Category { .. } => None,
        }
    }

    /// Returns whether the values of a column are no line of its feature, as
    /// those of logarithms and ranks.
    pub(crate) fn is_bent(&self, column: usize) -> bool {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.is_bent(),
            ColumnScale::Circular(_) | ColumnScale::Category { .. } => false,
        }
    }

    /// Returns the features of a column.
    pub(crate) fn features_of(&self, column: usize) -> Range<usize> {
        let before = &self.columns[..column];
        let first = before.iter().map(ColumnScale::features).sum();
        first..first + self.columns[column].features()
    }

    /// Returns the features of each column.
    pub(crate) fn ranges(&self) -> Vec<Range<usize>> {
        let mut from = 0;
        let range = |column: &ColumnScale| {
            let own = from..from + column.features();
            from = own.end;
            own
        };
        self.columns.iter().map(range).collect()
    }

    /// Returns the text of a category's value, of which rare ones follow the
    /// levels; `None` for other columns.
    pub(crate) fn level(&self, column: usize, value: f32) -> Option<String> {
        match &self.columns[column] {
            ColumnScale::Category { levels, rare, .. } => {
                levels.iter().chain(rare).nth(value as usize).cloned()
            }
            ColumnScale::Number(_) | ColumnScale::Circular(_) => None,
        }
    }

    /// Returns the value of a column of `features`, those of a row, as the column
    /// has them: whole if all were in training, within their range, and one of
    /// two if there were two.
    pub(crate) fn likely(&self, column: usize, features: &[f32]) -> f32 {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.likely(features[0]),
            ColumnScale::Circular(circular) => circular.likely(features),
            ColumnScale::Category { levels, .. } => {
                // What stands for rare texts is none of them.
                let is_text = |&at: &usize| levels[at] != OTHER || levels.len() == 1;
                let best = (0..features.len())
                    .filter(is_text)
                    .max_by(|&a, &b| features[a].total_cmp(&features[b]));
                best.unwrap_or(0) as f32
            }
        }
    }

    /// Returns the feature of a number of a column; NaN for other columns.
    pub(crate) fn feature(&self, column: usize, value: f32) -> f32 {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.feature(value),
            ColumnScale::Category { .. } | ColumnScale::Circular(_) => f32::NAN,
        }
    }

    /// Returns drawn values as [`Self::table`] does, with the rare texts among
    /// those of categories.
    pub(crate) fn drawn_table(&self, values: Vec<f32>) -> Table {
        let mut table = self.table(values);
        for (made, column) in table.columns.iter_mut().zip(&self.columns) {
            if let (ColumnKind::Category(levels), ColumnScale::Category { rare, .. }) =
                (&mut made.kind, column)
            {
                levels.extend(rare.iter().cloned());
            }
        }
        table
    }

    /// Returns what a number of a column stands for: a text of an order or a date;
    /// `None` if for itself.
    pub(crate) fn word(&self, column: usize, value: f32) -> Option<String> {
        match &self.columns[column] {
            ColumnScale::Number(number) => number.words.as_ref()?.text(value),
            ColumnScale::Circular(_) | ColumnScale::Category { .. } => None,
        }
    }

    /// Returns in which way a filled cell of a column, by name, can be sure.
    pub(crate) fn surety(&self, name: &str) -> Surety {
        let named = |column: &&ColumnScale| column.name() == name;
        match self.columns.iter().find(named) {
            Some(ColumnScale::Number(number)) if !number.is_binary() => Surety::Bounds,
            Some(ColumnScale::Number(_) | ColumnScale::Category { .. }) => Surety::Probability,
            Some(ColumnScale::Circular(_)) | None => Surety::None,
        }
    }

    /// Returns values `[rows, columns]` as a table of the data's columns.
    pub(crate) fn table(&self, values: Vec<f32>) -> Table {
        let columns = self.columns.iter().map(|column| match column {
            ColumnScale::Number(number) => Column::number(number.name.clone()),
            ColumnScale::Circular(circular) => {
                Column::circular(circular.name.clone(), circular.period)
            }
            ColumnScale::Category { name, levels, .. } => Column {
                name: name.clone(),
                kind: ColumnKind::Category(levels.clone()),
            },
        });
        Table {
            image: self.image,
            words: self.words,
            formats: self.formats(),
            ..Table::bare(
                "the model",
                columns.collect(),
                self.named,
                Values::Floats(values),
            )
        }
    }
}

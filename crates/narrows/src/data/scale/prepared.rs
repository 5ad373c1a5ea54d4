//! Matches a table's columns to a scaler's, and turns its rows into features.

use std::collections::HashMap;
use std::ops::Range;

use super::{ColumnScale, Method, Scaler};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::nearest::nearest;
use crate::data::cell::without_zeros;
use crate::data::source::Source;
use crate::data::table::{ColumnKind, Table, Values};
use narrows_ops::rows::{bytes_to_unit, fill_rows};

/// The limit of scaled values: larger ones would overflow when squared and
/// summed.
const LARGEST: f32 = 1e15;
/// Stands for a text that no training row had.
const UNSEEN: usize = usize::MAX;

/// Decides whether numbers are pixels, for a model that was trained on pixels.
/// Only all rows together can tell: images of fractions have no value above 1.
#[derive(Debug, Default)]
pub(crate) struct Pixels {
    origin: String,
    /// The value of white in training.
    white: f32,
    range: Option<(f32, f32)>,
}

impl Pixels {
    /// Adds rows that are passed to a model.
    pub fn add(&mut self, scaler: &Scaler, table: &Table) {
        let Values::Floats(values) = &table.values else {
            return;
        };
        if table.words {
            return;
        }
        // With other methods, the bytes in training may have been small
        // numbers, which floats can be too.
        let are_pixels = match scaler.method {
            Method::Bytes | Method::Words => true,
            Method::Centre => scaler.image.is_some() && (scaler.bytes || scaler.words),
            Method::None | Method::MinMax | Method::Standard | Method::Robust => false,
        };
        if !are_pixels {
            return;
        }
        self.white = scaler.white();
        let range = |(low, high): (f32, f32), &v: &f32| (low.min(v), high.max(v));
        let before = self.range.unwrap_or_default();
        self.range = Some(values.iter().fold(before, range));
        self.origin.clone_from(&table.origin);
    }

    /// Refuses the values if they cannot be pixels.
    pub fn check(&self) -> Result<()> {
        match self.range {
            Some((low, high)) if high <= 1.0 => Err(Error::data(
                &self.origin,
                Place::Whole,
                format!("values from {low} to {high}"),
                format!("pixels from 0 to {}, as in training", self.white),
                format!("multiply values in [0, 1] by {}", self.white),
            )),
            _ => Ok(()),
        }
    }
}

impl Scaler {
    /// Returns the offset and factor of each column; `None` unless all are
    /// numbers of which none are drawn in.
    pub(crate) fn affine(&self) -> Option<Vec<(f32, f32)>> {
        let scale = |column: &ColumnScale| match column {
            ColumnScale::Number(number) if number.is_affine() => {
                Some((number.offset, number.factor))
            }
            _ => None,
        };
        self.columns.iter().map(scale).collect()
    }

    /// Puts a table's columns into the model's order, by name if both have
    /// names, otherwise by position, and checks that the model can take every
    /// value. A text that no training row had has features of 0, or the level of
    /// rare texts if there is one.
    ///
    /// # Errors
    /// [`Error::Data`] if a column is missing or of another kind, if columns
    /// without names are not as many as the model's, if
    /// images have another shape or pixels other units, if a cell is missing
    /// although the model has no value for it, or if a value is too large.
    pub(crate) fn fit_to<'a>(&self, table: &'a Table) -> Result<Prepared<'a>> {
        self.check_units(table)?;
        let order = self.order(table)?;
        let mut levels = Vec::with_capacity(order.len());
        for (scale, &at) in self.columns.iter().zip(&order) {
            levels.push(self.level_map(scale, table, at)?);
        }
        let mut prepared = Prepared {
            scaler: self.clone(),
            table,
            order,
            levels,
            affine: None,
        };
        prepared.check_values()?;
        prepared.affine = prepared.affine();
        Ok(prepared)
    }

    /// Returns what pixels of the training rows are divided by, so that white is
    /// 1; where they are not, the largest value that one could have.
    fn white(&self) -> f32 {
        let divides = matches!(self.method, Method::Bytes | Method::Words | Method::Centre);
        match (self.columns.first(), self.words) {
            (Some(ColumnScale::Number(pixel)), _) if divides => pixel.factor,
            (_, true) => u16::MAX.into(),
            (_, false) => 255.0,
        }
    }

    /// Returns the bits of each pixel of the training rows; `None` if they were
    /// not images of bytes or 16-bit pixels.
    pub fn depth(&self) -> Option<u8> {
        let depth = match (self.bytes, self.words) {
            (true, _) => Some(8),
            (_, true) => Some(16),
            _ => None,
        };
        depth.filter(|_| self.image.is_some())
    }

    /// Refuses images of another shape or depth, bytes if the model was trained
    /// on fractions, and fractions if it was trained on bytes: their errors
    /// would mean nothing.
    fn check_units(&self, table: &Table) -> Result<()> {
        let refuse = |found: String, expected: String, hint: &str| {
            Err(Error::data(
                &table.origin,
                Place::Whole,
                found,
                expected,
                hint,
            ))
        };
        if let (Some(mine), Some(other)) = (self.image, table.image)
            && mine != other
        {
            let hint = match (mine.channels == other.channels, mine.channels) {
                (true, _) => "bring the images to that size first",
                (false, 1) => "convert the images to grey, or train a model on images in colour",
                (false, _) => {
                    "the model was trained on images in colour: repeat the grey channel three times"
                }
            };
            return refuse(
                format!("images of {other}"),
                format!("images of {mine}, as in training"),
                hint,
            );
        }
        if let (Some(mine), Some(other)) = (self.depth(), table.depth())
            && mine != other
        {
            return refuse(
                format!("pixels of {other} bits, up to {}", (1u32 << other) - 1),
                format!(
                    "pixels of {mine} bits, up to {}, as in training",
                    self.white()
                ),
                "their values have other units: convert the images to that depth, or train a model on images of this one",
            );
        }
        let images = self.image.is_some() || table.image.is_some();
        let as_they_are = match self.method {
            Method::None => true,
            Method::Centre => images,
            Method::Bytes | Method::Words | Method::MinMax | Method::Standard | Method::Robust => {
                false
            }
        };
        match &table.values {
            Values::Bytes(_) if !self.bytes && as_they_are => refuse(
                "pixels from 0 to 255".into(),
                "values in the units of training, which were taken as they are".into(),
                "divide them by 255 if the training values were",
            ),
            // If only some rows are here, they may all be dark.
            Values::Floats(_) if table.places.is_none() => {
                let mut pixels = Pixels::default();
                pixels.add(self, table);
                pixels.check()
            }
            _ => Ok(()),
        }
    }

    fn order(&self, table: &Table) -> Result<Vec<usize>> {
        if self.named && table.named {
            let places = table.columns.iter().enumerate();
            let places: HashMap<&str, usize> =
                places.map(|(at, c)| (c.name.as_str(), at)).collect();
            return self
                .columns
                .iter()
                .map(|column| {
                    places.get(column.name()).copied().ok_or_else(|| {
                        let there: Vec<&str> =
                            table.columns.iter().map(|c| c.name.as_str()).collect();
                        Error::data(
                            &table.origin,
                            Place::Column(column.name().into()),
                            format!("no such column (there are {})", abridged(&there)),
                            "every column that the model was trained on",
                            match nearest(column.name(), there.iter().copied()) {
                                Some(near) => format!("is '{near}' the one?").into(),
                                None => Hint::from(Remedy::InspectModel)
                                    .and(" lists the columns of a model"),
                            },
                        )
                    })
                })
                .collect();
        }
        if table.columns.len() != self.columns.len() {
            return Err(Error::data(
                &table.origin,
                Place::Whole,
                format!("{} columns", table.columns.len()),
                format!("the {} that the model was trained on", self.columns.len()),
                Hint::both_columns(),
            ));
        }
        Ok((0..self.columns.len()).collect())
    }

    /// Returns the model's level for each of the table's levels of a category
    /// column, or [`UNSEEN`]; empty for a number column.
    fn level_map(&self, scale: &ColumnScale, table: &Table, at: usize) -> Result<Vec<usize>> {
        let column = &table.columns[at];
        let (levels, known, rare) = match (&column.kind, scale) {
            (
                ColumnKind::Number | ColumnKind::Circular { .. },
                ColumnScale::Number(_) | ColumnScale::Circular(_),
            ) => return Ok(Vec::new()),
            // All of its cells are missing.
            (ColumnKind::Category(levels), _) if levels.is_empty() => return Ok(Vec::new()),
            (
                ColumnKind::Category(levels),
                ColumnScale::Category {
                    levels: known,
                    rare,
                    ..
                },
            ) => (levels, known, rare),
            (kind, _) => {
                let name = |category: bool| if category { "texts" } else { "numbers" };
                let category = matches!(kind, ColumnKind::Category(_));
                return Err(Error::data(
                    &table.origin,
                    Place::Column(column.name.clone()),
                    name(category),
                    format!("{}, as in training", name(!category)),
                    "give the column the name and the kind that it had in training",
                ));
            }
        };
        // `0.0` is `0`, as pandas writes whole numbers beside missing ones.
        let (mut exact, mut short) = (HashMap::new(), HashMap::new());
        for (at, level) in known.iter().enumerate() {
            exact.entry(level.as_str()).or_insert(at);
            short.entry(without_zeros(level)).or_insert(at);
        }
        for level in rare {
            let last = known.len() - 1;
            exact.entry(level.as_str()).or_insert(last);
            short.entry(without_zeros(level)).or_insert(last);
        }
        let place = |level: &String| {
            let shortened = || short.get(without_zeros(level));
            exact.get(level.as_str()).or_else(shortened).copied()
        };
        Ok(levels
            .iter()
            .map(|level| place(level).unwrap_or(UNSEEN))
            .collect())
    }
}

/// What stands for the features of a missing cell.
#[derive(Clone, Copy, PartialEq)]
enum Unknown {
    /// The column's value for missing cells.
    Filled,
    /// NaN.
    Nan,
}

/// A table with the scaler that turns its rows into features.
pub struct Prepared<'a> {
    /// The scaler that turns columns into features.
    pub scaler: Scaler,
    /// The table that the rows come from.
    pub table: &'a Table,
    order: Vec<usize>,
    levels: Vec<Vec<usize>>,
    /// The offset and factor of each column; `None` unless all columns are
    /// numbers in the scaler's order and no cell is missing.
    affine: Option<Vec<(f32, f32)>>,
}

impl Prepared<'_> {
    /// Returns the number of features per row.
    pub fn features(&self) -> usize {
        self.scaler.features()
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Returns the features of some rows, `[rows, features]`, row-major. `rows`
    /// are counted from 0.
    pub fn gather(&self, rows: &[usize]) -> Vec<f32> {
        self.rows_at(rows.len(), Unknown::Filled, |at| rows[at])
    }

    /// Returns the features of rows `from..to`, `[to - from, features]`,
    /// row-major.
    pub fn range(&self, from: usize, to: usize) -> Vec<f32> {
        self.rows_at(to - from, Unknown::Filled, |at| from + at)
    }

    /// Returns the place in the table of a column of the scaler.
    pub(crate) fn place_of(&self, column: usize) -> usize {
        self.order[column]
    }

    /// Returns which cells rows lack, of at most so many of those that lack any.
    pub(crate) fn holes(&self, rows: &[usize], most: usize) -> Vec<Vec<bool>> {
        if self.affine.is_some() {
            return Vec::new();
        }
        let lacks = |row: &&usize| self.missing_columns(**row) > 0;
        let count = rows.iter().filter(lacks).count();
        let step = count.div_ceil(most).max(1);
        let some = rows.iter().filter(lacks).step_by(step);
        let of_row = |&row: &usize| {
            let cells = self.order.iter();
            cells
                .map(|&at| self.table.value(row, at).is_nan())
                .collect()
        };
        some.map(of_row).collect()
    }

    /// Returns the features of number columns that have missing cells in some
    /// rows.
    pub(crate) fn numbers_with_holes(&self, rows: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut first = 0;
        for (scale, &at) in self.scaler.columns.iter().zip(&self.order) {
            let is_missing = |&row: &usize| self.table.value(row, at).is_nan();
            let category = matches!(scale, ColumnScale::Category { .. });
            if !category && rows.iter().any(is_missing) {
                found.push(first);
            }
            first += scale.features();
        }
        found
    }

    /// Returns the features of rows `from..to` as [`Self::range`] does, but with
    /// NaN in place of those of missing cells.
    pub(crate) fn range_known(&self, from: usize, to: usize) -> Vec<f32> {
        self.rows_at(to - from, Unknown::Nan, |at| from + at)
    }

    /// Returns the features of a row whose cells were missing and filled in.
    pub(crate) fn missing(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        let mut first = 0;
        // Columns that are scaled in one pass have no missing cells.
        let columns = match self.affine {
            Some(_) => 0,
            None => self.order.len(),
        };
        let columns = self.scaler.columns.iter().zip(&self.order).take(columns);
        columns.flat_map(move |(scale, &at)| {
            let features = first..first + scale.features();
            first = features.end;
            let missing = self.table.value(row, at).is_nan();
            features.filter(move |_| missing)
        })
    }

    /// Returns the features of a row's cells whose texts no training row had, a
    /// range for each.
    pub(crate) fn unseen(&self, row: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut first = 0;
        let columns = self
            .scaler
            .columns
            .iter()
            .zip(&self.order)
            .zip(&self.levels);
        columns.filter_map(move |((scale, &at), levels)| {
            let features = first..first + scale.features();
            first = features.end;
            // A missing cell is NaN, which would be cast to 0.
            let value = self.table.value(row, at);
            let level = levels.get(value as usize).filter(|_| !value.is_nan());
            (level == Some(&UNSEEN)).then_some(features)
        })
    }

    /// Returns the first cell of each column whose text no training row had: its
    /// row, counted from 0, and the column's place in the table.
    pub(crate) fn first_unseen(&self) -> Vec<(usize, usize)> {
        let new = |(levels, &at): (&Vec<usize>, &usize)| {
            let is_new = |&row: &usize| {
                let value = self.table.value(row, at);
                !value.is_nan() && levels.get(value as usize) == Some(&UNSEEN)
            };
            let may_be = levels.contains(&UNSEEN);
            let row = may_be.then(|| (0..self.table.rows()).find(is_new))??;
            Some((row, at))
        };
        self.levels
            .iter()
            .zip(&self.order)
            .filter_map(new)
            .collect()
    }

    /// Returns whether rare texts of a column of the table have a level in common.
    pub(crate) fn joins_rare(&self, at: usize) -> bool {
        let scales = self.scaler.columns.iter().zip(&self.order);
        let mut scales = scales.filter(|(_, place)| **place == at);
        scales.any(
            |(scale, _)| matches!(scale, ColumnScale::Category { rare, .. } if !rare.is_empty()),
        )
    }

    /// Returns the text of a category's cell, as the file has it.
    pub(crate) fn text(&self, row: usize, at: usize) -> Option<&str> {
        match &self.table.columns[at].kind {
            ColumnKind::Category(levels) => levels
                .get(self.table.value(row, at) as usize)
                .map(String::as_str),
            ColumnKind::Number | ColumnKind::Circular { .. } => None,
        }
    }

    /// Refuses texts that no training row had.
    ///
    /// # Errors
    /// [`Error::Data`] at the first one.
    pub(crate) fn refuse_unseen(&self) -> Result<()> {
        let Some((row, at)) = self.first_unseen().into_iter().min() else {
            return Ok(());
        };
        let column = &self.table.columns[at].name;
        let known = self.scaler.columns.iter().find_map(|scale| match scale {
            ColumnScale::Category { name, levels, .. } if name == column => Some(levels),
            _ => None,
        });
        let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        Err(Error::data(
            &self.table.origin,
            Place::Cell(self.table.number_of(row), column.clone()),
            format!("'{}'", self.text(row, at).unwrap_or_default()),
            format!("one of the texts seen in training: {}", abridged(&known)),
            "leave the row out, or train again with rows that have it",
        ))
    }

    /// Returns some rows in the model's columns, as they are in the table: far
    /// values are not drawn in. Missing cells are filled.
    pub(crate) fn own_rows(&self, rows: &[usize]) -> Table {
        let mut own = self.scaler.undo(&self.gather(rows));
        let Values::Floats(values) = &mut own.values else {
            return own;
        };
        for (values, &row) in values.chunks_exact_mut(self.order.len()).zip(rows) {
            let columns = self.scaler.columns.iter().zip(&self.order);
            for (to, (column, &at)) in values.iter_mut().zip(columns) {
                let value = self.table.value(row, at);
                let is_number = !matches!(column, ColumnScale::Category { .. });
                if is_number && !value.is_nan() {
                    *to = value;
                }
            }
        }
        own
    }

    /// Returns the places in the table of the model's columns that a row has a
    /// value for.
    pub(crate) fn known_columns(&self, row: usize) -> Vec<usize> {
        let known = |at: &usize| !self.table.value(row, *at).is_nan();
        self.order.iter().copied().filter(known).collect()
    }

    /// Returns the places among the model's columns, and in the table, of the
    /// cells that a row lacks.
    pub(crate) fn lacking(&self, row: usize) -> Vec<(usize, usize)> {
        if self.affine.is_some() {
            return Vec::new();
        }
        let lacks = |(_, at): &(usize, usize)| self.table.value(row, *at).is_nan();
        self.order
            .iter()
            .copied()
            .enumerate()
            .filter(lacks)
            .collect()
    }

    /// Returns how many of the model's columns a row has no value for.
    pub(crate) fn missing_columns(&self, row: usize) -> usize {
        match self.affine {
            Some(_) => 0,
            None => self.order.len() - self.known_columns(row).len(),
        }
    }

    fn rows_at(
        &self,
        count: usize,
        unknown: Unknown,
        row: impl Fn(usize) -> usize + Sync,
    ) -> Vec<f32> {
        let width = self.features();
        fill_rows(count, width, |at, out| self.fill_row(row(at), unknown, out))
    }

    fn fill_row(&self, row: usize, unknown: Unknown, out: &mut [f32]) {
        let width = self.table.columns.len();
        match (&self.table.values, &self.affine) {
            (Values::Bytes(values), _) if self.scaler.method == Method::Bytes => {
                bytes_to_unit(&values[row * width..(row + 1) * width], out);
            }
            (Values::Floats(values), Some(affine)) => {
                scale_row(&values[row * width..(row + 1) * width], affine, out);
            }
            (Values::Bytes(values), Some(affine)) => {
                scale_row(&values[row * width..(row + 1) * width], affine, out);
            }
            _ => self.fill_mixed(row, unknown, out),
        }
    }

    /// Fills in the features of a row with any kinds of columns and missing
    /// cells. They start as 0.
    fn fill_mixed(&self, row: usize, unknown: Unknown, mut out: &mut [f32]) {
        let columns = self.scaler.columns.iter().zip(&self.order);
        for ((scale, &at), levels) in columns.zip(&self.levels) {
            let (own, rest) = out.split_at_mut(scale.features());
            out = rest;
            let value = self.table.value(row, at);
            let missing = value.is_nan();
            if missing && unknown == Unknown::Nan {
                own.fill(f32::NAN);
                continue;
            }
            match scale {
                ColumnScale::Number(number) => {
                    let value = number.fill.filter(|_| missing).unwrap_or(value);
                    own[0] = number.feature(value);
                }
                ColumnScale::Circular(circular) => {
                    let value = circular.fill.filter(|_| missing).unwrap_or(value);
                    own.copy_from_slice(&circular.features(value));
                }
                ColumnScale::Category { rare, fill, .. } => {
                    let level = match missing {
                        true => *fill,
                        false => levels.get(value as usize).copied(),
                    };
                    // What no training row had is like what few had.
                    let level = match level {
                        Some(UNSEEN) if !rare.is_empty() => Some(own.len() - 1),
                        level => level.filter(|&level| level != UNSEEN),
                    };
                    if let Some(level) = level {
                        own[level] = 1.0;
                    }
                }
            }
        }
    }

    fn affine(&self) -> Option<Vec<(f32, f32)>> {
        let in_order = self.order.iter().copied().eq(0..self.table.columns.len());
        let missing = match &self.table.values {
            Values::Floats(values) => values.iter().any(|value| value.is_nan()),
            Values::Bytes(_) => false,
        };
        if !in_order || missing {
            return None;
        }
        self.scaler.affine()
    }

    /// Refuses missing cells in columns without a fill value, and values too
    /// large to be squared.
    fn check_values(&self) -> Result<()> {
        let Values::Floats(_) = &self.table.values else {
            return Ok(());
        };
        for row in 0..self.table.rows() {
            for (scale, &at) in self.scaler.columns.iter().zip(&self.order) {
                let value = self.table.value(row, at);
                if !scale.takes(value) {
                    return Err(self.refused(row, scale.name(), value));
                }
            }
        }
        Ok(())
    }

    fn refused(&self, row: usize, column: &str, value: f32) -> Error {
        let (found, hint) = match value.is_nan() {
            true => (
                "NaN (a missing value)".to_string(),
                "train with data.missing = \"mask\" to take missing cells",
            ),
            false => (
                match value.abs() < 1e7 {
                    true => value.to_string(),
                    false => format!("{value:e}"),
                },
                "is it a mistake, or a code for a missing value?",
            ),
        };
        let expected = "a finite number of a size like those of training";
        Error::data(
            &self.table.origin,
            Place::Cell(self.table.number_of(row), column.into()),
            found,
            expected,
            hint,
        )
    }
}

/// Subtracts its column's offset from each number, and divides by the factor.
fn scale_row<T: Copy + Into<f32>>(values: &[T], affine: &[(f32, f32)], out: &mut [f32]) {
    for ((to, &value), (offset, factor)) in out.iter_mut().zip(values).zip(affine) {
        *to = (value.into() - offset) / factor;
    }
}

impl ColumnScale {
    pub(super) fn takes(&self, value: f32) -> bool {
        match self {
            ColumnScale::Category { fill, .. } => !value.is_nan() || fill.is_some(),
            ColumnScale::Circular(circular) => match value.is_nan() {
                true => circular.fill.is_some(),
                false => value.is_finite(),
            },
            ColumnScale::Number(number) if value.is_nan() => number.fill.is_some(),
            ColumnScale::Number(number) => number.feature(value).abs() < LARGEST,
        }
    }
}

fn abridged(names: &[&str]) -> String {
    let mut text: Vec<String> = names
        .iter()
        .take(12)
        .map(|name| format!("'{name}'"))
        .collect();
    if names.len() > 12 {
        text.push(format!("{} more", names.len() - 12));
    }
    text.join(", ")
}

impl Source for Prepared<'_> {
    fn width(&self) -> usize {
        self.features()
    }

    fn gather(&self, rows: &[usize]) -> Vec<f32> {
        Prepared::gather(self, rows)
    }

    fn gather_known(&self, rows: &[usize]) -> Vec<f32> {
        self.rows_at(rows.len(), Unknown::Nan, |at| rows[at])
    }

    fn place(&self, row: usize) -> usize {
        self.table.number_of(row) - 1
    }
}

//! Says of a row which columns are the most surprising, in the columns' own words:
//! what was found, and what the model expects.

use std::ops::Range;

use super::Model;
use super::row_errors::{Scorer, each_row};
use crate::base::error::Result;
use crate::data::cell_style::CellStyle;
use crate::data::number_format::NumberFormat;
use crate::data::scale::{Head, HeadKind, Prepared, Scaler};
use crate::data::table::Table;

/// Deviations from the expected number within which nine of ten lie, if they are
/// normal.
const NINE_OF_TEN: f32 = 1.645;
/// The share of known cells that lie within what is expected.
const EXPECTED: f64 = 0.9;

/// A column of a row, with its part in how unusual the row is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Surprise {
    /// The column's name; of a time, with that of its part: `when.day`.
    pub column: String,
    /// Of a window: when its most surprising value was, as `data.time` has it, or the
    /// row's number in the file. `None` if rows are no windows.
    pub at: Option<String>,
    /// Its share of the row's squared errors, 0 to 1; of a model that whitens
    /// errors, each over its variance.
    pub share: f32,
    /// What the row has, as the file writes it.
    pub found: String,
    /// What the model expects: the bounds within which nine of ten numbers lie
    /// (`from 3.5 to 5.2`), or the most likely text with its chance (`cash (93 %)`).
    pub expected: String,
}

impl Model {
    /// Explains every row: the `most` columns with the largest shares of its
    /// errors, largest first; fewer if the row has fewer values.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the model;
    /// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
    pub fn explain(&self, table: &Table, most: usize) -> Result<Vec<Vec<Surprise>>> {
        let data = self.prepare(table)?;
        let rows: Vec<usize> = (0..data.rows()).collect();
        self.explained(&self.scorer(), &data, &rows, most)
    }

    /// Explains some rows by the errors of some networks.
    pub(super) fn explained(
        &self,
        scorer: &Scorer,
        data: &Prepared,
        rows: &[usize],
        most: usize,
    ) -> Result<Vec<Vec<Surprise>>> {
        let words = Words::new(self);
        let mut explained = Vec::with_capacity(rows.len());
        each_row(scorer, data, rows, |row, errors| {
            let shares = errors.shares(&words.columns);
            explained.push(words.of_row(data, row, &errors.output, &shares, most));
        })?;
        Ok(explained)
    }
}

/// How a model writes what it expects.
pub(super) struct Words<'m> {
    scaler: &'m Scaler,
    /// The features of each column.
    pub columns: Vec<Range<usize>>,
    names: Vec<String>,
    /// Rows of a window; 1 if rows are none.
    window: usize,
    formats: Vec<NumberFormat>,
    /// How far each feature lies from what is expected in nine of ten rows.
    within: Vec<f32>,
}

impl<'m> Words<'m> {
    pub fn new(model: &'m Model) -> Self {
        let scaler = &model.scaler;
        let of_deviation = |variance: f32| NINE_OF_TEN * variance.max(0.0).sqrt();
        let mut within: Vec<f32> = match &model.within {
            Some(within) => within.0.clone(),
            None => model.residuals().into_iter().map(of_deviation).collect(),
        };
        let columns: Vec<Range<usize>> = scaler.ranges();
        let heads = scaler.heads.iter().flatten();
        for (own, head) in columns.iter().zip(heads) {
            if let Some(distance) = head.distance(EXPECTED) {
                within[own.start] = distance;
            }
        }
        let names = scaler.column_names();
        let formats = scaler.formats();
        let format = |name: &String| formats.get(name).cloned().unwrap_or_default();
        Words {
            scaler,
            columns,
            formats: names.iter().map(format).collect(),
            names,
            window: model.config.data.window.unwrap_or(1),
            within,
        }
    }

    /// Returns whether a column holds values of a window's newest row, as all do of
    /// rows that are no windows.
    pub fn is_newest(&self, column: usize) -> bool {
        column % self.window == self.window - 1
    }

    /// Returns the name of a column in the file.
    pub fn name(&self, column: usize) -> String {
        let newest = column - column % self.window + self.window - 1;
        self.names[newest].clone()
    }

    fn of_row(
        &self,
        data: &Prepared,
        row: usize,
        output: &[f32],
        shares: &[f32],
        most: usize,
    ) -> Vec<Surprise> {
        let surprise = |(column, share): (usize, f32)| Surprise {
            column: self.name(column),
            at: data.table.time_of(row, data.place_of(column)),
            share,
            found: self.found(data, row, column),
            expected: self.expected(column, output),
        };
        let all = self.most_surprising(data, row, shares, self.columns.len());
        // The first of a column of the file is its most surprising value.
        let mut found: Vec<(usize, f32)> = Vec::new();
        for column in all {
            let of_file = column / self.window;
            match found
                .iter_mut()
                .find(|(first, _)| first / self.window == of_file)
            {
                Some((_, share)) => *share += shares[column],
                None => found.push((column, shares[column])),
            }
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(most);
        found.into_iter().map(surprise).collect()
    }

    /// Returns the columns with the largest shares that a row has values in, the
    /// largest first.
    pub fn most_surprising(
        &self,
        data: &Prepared,
        row: usize,
        shares: &[f32],
        most: usize,
    ) -> Vec<usize> {
        let is_known = |column: &usize| {
            let at = data.place_of(*column);
            !data.table.value(row, at).is_nan()
        };
        let mut order: Vec<usize> = (0..self.columns.len()).filter(is_known).collect();
        order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
        order.truncate(most);
        order
    }

    /// Writes what a row has in a column.
    pub fn found(&self, data: &Prepared, row: usize, column: usize) -> String {
        let at = data.place_of(column);
        match data.text(row, at) {
            Some(text) => text.into(),
            None => self.written(column, data.table.value(row, at)),
        }
    }

    /// Writes what a row has in a column, a number as exactly as the model knows it.
    pub fn rounded(&self, data: &Prepared, row: usize, column: usize) -> String {
        let at = data.place_of(column);
        if data.text(row, at).is_some() {
            return self.found(data, row, column);
        }
        let value = data.table.value(row, at);
        let moved = |by: f32| self.moved(column, value, by);
        let width = match (moved(-1.0), moved(1.0)) {
            (Some(low), Some(high)) => (high - low).abs(),
            _ => value.abs(),
        };
        self.written(column, rounded(value, width))
    }

    /// Returns a number moved by so many times how far it lies from what is expected in
    /// nine of ten rows; `None` of what is no number, or does not vary.
    pub fn moved(&self, column: usize, value: f32, by: f32) -> Option<f32> {
        let own = self.columns[column].clone();
        let within = self.within[own.start];
        let is_number = own.len() == 1 && within > 0.0 && self.scaler.level(column, 0.0).is_none();
        is_number.then(|| {
            let feature = self.scaler.feature(column, value);
            self.scaler.likely(column, &[feature + by * within])
        })
    }

    /// Writes what a model expects in a column. `output` are the features of the
    /// row.
    fn expected(&self, column: usize, output: &[f32]) -> String {
        let own = self.columns[column].clone();
        let features = &output[own.clone()];
        let likely = self.scaler.likely(column, features);
        let head = self.scaler.heads.as_ref().map(|heads| &heads[column]);
        if let Some(level) = self.scaler.level(column, likely) {
            return match (head, features.iter().copied().reduce(f32::max)) {
                (Some(_), Some(chance)) => format!("{level} ({})", percent(chance)),
                _ => level,
            };
        }
        if let Some(Head {
            kind: HeadKind::Bernoulli,
            ..
        }) = head
        {
            let chance = features[0].max(1.0 - features[0]);
            return format!("{} ({})", self.written(column, likely), percent(chance));
        }
        let within = self.within[own.start];
        if features.len() > 1 || within == 0.0 {
            return self.written(column, rounded(likely, likely.abs()));
        }
        self.between(column, features[0], within)
    }

    /// Writes what a model expects in a column of a row that it finds most usual with
    /// `value` there. `output` are the features of the row with it.
    pub fn expected_about(&self, column: usize, value: f32, output: &[f32]) -> String {
        let own = self.columns[column].clone();
        let within = self.within[own.start];
        if let Some(level) = self.scaler.level(column, value) {
            let likely = self.expected(column, output);
            return match likely.strip_prefix(&level) {
                Some(chance) if chance.starts_with(" (") => likely,
                _ => level,
            };
        }
        match self.moved(column, value, 0.0) {
            Some(_) => self.between(column, self.scaler.feature(column, value), within),
            None => self.written(column, rounded(value, value.abs())),
        }
    }

    /// Writes the bounds that lie so far on either side of a feature.
    fn between(&self, column: usize, feature: f32, within: f32) -> String {
        let bound = |off: f32| self.scaler.likely(column, &[feature + off]);
        let (low, high) = (bound(-within), bound(within));
        let width = high - low;
        let [low, high] = [low, high].map(|end| self.written(column, rounded(end, width)));
        match low == high {
            true => low,
            false => format!("from {low} to {high}"),
        }
    }

    /// Writes a number as the file's column has it.
    pub fn written(&self, column: usize, value: f32) -> String {
        let word = self.scaler.word(column, value);
        word.unwrap_or_else(|| CellStyle::default().write(value, &self.formats[column]))
    }
}

/// Writes a chance as `93 %`.
fn percent(chance: f32) -> String {
    format!("{:.0} %", 100.0 * chance)
}

/// Rounds a number to a hundredth of `size`, a power of ten.
fn rounded(value: f32, size: f32) -> f32 {
    if !(size > 0.0 && size.is_finite() && value.is_finite()) {
        return value;
    }
    let decimals = 2 - f64::from(size).log10().floor() as i32;
    let step = 10f64.powi(decimals.clamp(-300, 300));
    ((f64::from(value) * step).round() / step) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_their_width_gives_a_meaning() {
        assert_eq!(rounded(1.234_567, 0.5), 1.235);
        assert_eq!(rounded(1.234_567, 5.0), 1.23);
        assert_eq!(rounded(123_456.7, 5_000.0), 123_460.0);
        assert_eq!(rounded(7.5, 0.0), 7.5);
        assert_eq!(percent(0.934), "93 %");
    }

    #[test]
    fn a_column_that_never_changed_has_no_share_until_it_does() {
        let row = |at: usize, last: f32| [(at * 37 % 101) as f32, (at * 53 % 89) as f32, last];
        let table = |last: f32| {
            let values = (0..200).flat_map(|at| row(at, last)).collect();
            crate::Table::from_floats(values, 3).unwrap()
        };
        let mut config = crate::Config::default();
        (config.network.hidden, config.network.code) = (vec![8], 2);
        config.data.scale = crate::config::Scale::Standard;
        config.score.by = crate::config::ScoreBy::Local;
        config.train.epochs = 3;
        let model = crate::Autoencoder::new(config).train(&table(7.0)).unwrap();
        for of_row in model.explain(&table(7.0), 3).unwrap() {
            let constant = of_row.iter().find(|s| s.column == "x3").unwrap();
            assert_eq!((constant.share, &*constant.found), (0.0, "7"));
        }
        assert!(model.tells_of_unseen() && model.unseen(&table(7.0)).unwrap().is_empty());
        let changed = model.unseen(&table(8.0)).unwrap();
        let note = changed[0].1.to_string();
        assert!(
            note.contains(
                "'x3' was 7 in every training row, and is 8 in row 1, and another one in 199 more"
            ),
            "{note}"
        );
        for of_row in model.explain(&table(8.0), 3).unwrap() {
            let changed = of_row.iter().find(|s| s.column == "x3").unwrap();
            assert!(changed.share > 0.0, "{of_row:?}");
        }
    }
}

//! Scores how unusual each row is: its reconstruction error, and its p-value
//! among the held-out rows of training.

use std::collections::HashMap;

use rayon::prelude::*;

use super::row_errors::{Scorer, each_row};
use super::{Repair, Surprise};
use crate::base::conformal::p_value;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::data::table::{Column, ColumnKind, Table, TagKind, Tags};
use crate::model::reference::Reference;

/// Number of features named for each row.
pub const TOP: usize = 3;

/// Rows that one thread scores at a time.
const PART: usize = 1_024;

/// A score for each row, in the table's order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// How unusual each row is, by `score.by`: by default its squared error in the
    /// model's scaled units, the mean over the features that the row has times the
    /// number of all features. NaN for a row without any value. Of a value that was drawn in, since it lies far from all
    /// others, what was drawn in is error too; a text that no training row had
    /// adds 1 to the error of the text that the model expects most.
    pub errors: Vec<f32>,
    /// The share of held-out rows below the row's error, 0 to 100; NaN if the
    /// row has no error or the model has none. Errors are those of
    /// [`Model::held_out_errors`](crate::Model::held_out_errors), or for a row
    /// with missing cells those of held-out rows of which about as many were
    /// taken away.
    pub percentiles: Vec<f32>,
    /// The share of rows as unusual as this one or more so, the row itself
    /// included: `(1 + n) / (1 + N)`, with `n` of the `N` held-out errors at least
    /// as large (Bates et al. 2023). Of rows like those that were held out, at
    /// most a share `a` has a p-value of at most `a`. NaN where the percentile is.
    pub p_values: Vec<f32>,
    /// The features with the largest shares of each row's error, and these
    /// shares, 0 to 1; at most three, and none for a row without an error.
    pub top: Vec<Vec<(usize, f32)>>,
    /// The features' names.
    pub features: Vec<String>,
}

impl Scores {
    /// Returns scores of no row, with room for some.
    fn of(data: &Prepared, rows: usize) -> Self {
        Scores {
            errors: Vec::with_capacity(rows),
            percentiles: Vec::with_capacity(rows),
            p_values: Vec::with_capacity(rows),
            top: Vec::with_capacity(rows),
            features: data.scaler.feature_names(),
        }
    }

    /// Returns scores of rows that are yet to be found.
    pub(super) fn of_rows(data: &Prepared, rows: usize) -> Self {
        Scores {
            errors: vec![f32::NAN; rows],
            percentiles: vec![f32::NAN; rows],
            p_values: vec![f32::NAN; rows],
            top: vec![Vec::new(); rows],
            features: data.scaler.feature_names(),
        }
    }

    /// Returns the scores of `rows` rows, of which these are of those at `places`; the
    /// others have none.
    pub fn spread(self, places: &[usize], rows: usize) -> Self {
        let over = |values: &[f32]| {
            let mut all = vec![f32::NAN; rows];
            places
                .iter()
                .zip(values)
                .for_each(|(&at, value)| all[at] = *value);
            all
        };
        let mut top = vec![Vec::new(); rows];
        for (&at, of_row) in places.iter().zip(&self.top) {
            top[at].clone_from(of_row);
        }
        Scores {
            errors: over(&self.errors),
            percentiles: over(&self.percentiles),
            p_values: over(&self.p_values),
            top,
            features: self.features,
        }
    }

    /// Converts to a table: `row`, the row's number in `like`, then `score`, `p`
    /// and, if given, `marked` (1 or 0, NaN of a row without a score); then, for
    /// the first `most` of each row's `surprises`, `column_1`, of windows `at_1`,
    /// `share_1`, `found_1`, `expected_1`, …, empty where a row has fewer; then of its
    /// repair, if repairs are given, `repair_column`, of windows `repair_at`,
    /// `repair_value`, and `repair_p`, the p-value with that value.
    pub fn to_table(
        &self,
        like: &Table,
        marked: Option<&[Option<bool>]>,
        surprises: &[Vec<Surprise>],
        repairs: Option<&[Option<Repair>]>,
        most: usize,
    ) -> Table {
        let mut columns = vec![Column::number("score"), Column::number("p")];
        let mut of_columns = vec![self.errors.clone(), self.p_values.clone()];
        if let Some(marked) = marked {
            columns.push(Column::number("marked"));
            let number =
                |marked: &Option<bool>| marked.map_or(f32::NAN, |is| f32::from(u8::from(is)));
            of_columns.push(marked.iter().map(number).collect());
        }
        let of_windows = like.window().is_some();
        for place in 0..most {
            let of = |part: fn(&Surprise) -> &str| {
                texts(surprises.iter().map(|of_row| of_row.get(place).map(part)))
            };
            let share = |of_row: &Vec<Surprise>| of_row.get(place).map_or(f32::NAN, |s| s.share);
            for (name, (levels, values)) in [
                ("column", of(|surprise| &surprise.column)),
                (
                    "at",
                    of(|surprise| surprise.at.as_deref().unwrap_or_default()),
                ),
                ("share", (Vec::new(), surprises.iter().map(share).collect())),
                ("found", of(|surprise| &surprise.found)),
                ("expected", of(|surprise| &surprise.expected)),
            ] {
                if name == "at" && !of_windows {
                    continue;
                }
                columns.push(Column {
                    name: format!("{name}_{}", place + 1),
                    kind: match name {
                        "share" => ColumnKind::Number,
                        _ => ColumnKind::Category(levels),
                    },
                });
                of_columns.push(values);
            }
        }
        if let Some(repairs) = repairs {
            let of =
                |part: fn(&Repair) -> &str| texts(repairs.iter().map(|r| r.as_ref().map(part)));
            for (name, (levels, values)) in [
                ("repair_column", of(|repair| &repair.column)),
                (
                    "repair_at",
                    of(|repair| repair.at.as_deref().unwrap_or_default()),
                ),
                ("repair_value", of(|repair| &repair.value)),
            ] {
                if name == "repair_at" && !of_windows {
                    continue;
                }
                let kind = ColumnKind::Category(levels);
                let name = name.into();
                columns.push(Column { name, kind });
                of_columns.push(values);
            }
            columns.push(Column::number("repair_p"));
            let p = |repair: &Option<Repair>| repair.as_ref().map_or(f32::NAN, |repair| repair.p);
            of_columns.push(repairs.iter().map(p).collect());
        }
        let rows = self.errors.len();
        let values = (0..rows).flat_map(|row| of_columns.iter().map(move |of| of[row]));
        let mut table = Table::made_of(like, "scores", columns, values.collect());
        let is_taken = |name: &str| {
            let tags = table.ids.iter().chain(&table.labels);
            tags.map(|tags| &tags.name).any(|other| other == name)
        };
        let mut name = "row".to_string();
        while is_taken(&name) {
            name += "_number";
        }
        let numbers = (0..rows).map(|row| like.number_of(row).to_string());
        let numbers = Tags {
            name,
            values: numbers.collect(),
            kind: TagKind::Integer,
        };
        table.ids.insert(0, numbers);
        table
    }

    /// Converts to a table as version 0.1 did: `error`, `percentile`, with a
    /// threshold also `anomaly` (1 for percentiles of at least the threshold, NaN
    /// for those of NaN), then `feature_1`, `share_1`, ….
    pub fn to_old_table(&self, threshold: Option<f32>, like: &Table) -> Table {
        let mut columns = vec![Column::number("error"), Column::number("percentile")];
        if threshold.is_some() {
            columns.push(Column::number("anomaly"));
        }
        let top = TOP.min(self.features.len());
        for place in 1..=top {
            columns.push(Column {
                name: format!("feature_{place}"),
                kind: ColumnKind::Category(self.features.clone()),
            });
            columns.push(Column::number(format!("share_{place}")));
        }
        let mut values = Vec::with_capacity(self.errors.len() * columns.len());
        for (row, (&error, &percentile)) in self.errors.iter().zip(&self.percentiles).enumerate() {
            values.extend([error, percentile]);
            values.extend(threshold.map(|t| match percentile.is_nan() {
                true => f32::NAN,
                false => f32::from(u8::from(percentile >= t)),
            }));
            let named = self.top[row]
                .iter()
                .map(|&(feature, share)| [feature as f32, share]);
            let none = std::iter::repeat([f32::NAN; 2]);
            values.extend(named.chain(none).take(top).flatten());
        }
        Table::made_of(like, "scores", columns, values)
    }
}

/// Returns the texts that occur, and the place of each among them; NaN for none.
fn texts<'a>(of_rows: impl Iterator<Item = Option<&'a str>>) -> (Vec<String>, Vec<f32>) {
    let mut levels = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let place = |text: Option<&'a str>| {
        let Some(text) = text else { return f32::NAN };
        let next = places.len();
        let place = *places.entry(text).or_insert_with(|| {
            levels.push(text.to_string());
            next
        });
        place as f32
    };
    let values: Vec<f32> = of_rows.map(place).collect();
    (levels, values)
}

/// Scores every row.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
pub(crate) fn score(scorer: &Scorer, data: &Prepared, reference: &Reference) -> Result<Scores> {
    let rows: Vec<usize> = (0..data.rows()).collect();
    let parts: Result<Vec<Scores>> = rows
        .par_chunks(PART)
        .map(|part| score_some(scorer, data, reference, part))
        .collect();
    let mut scores = Scores::of(data, rows.len());
    for part in parts? {
        scores.errors.extend(part.errors);
        scores.percentiles.extend(part.percentiles);
        scores.p_values.extend(part.p_values);
        scores.top.extend(part.top);
    }
    Ok(scores)
}

fn score_some(
    scorer: &Scorer,
    data: &Prepared,
    reference: &Reference,
    rows: &[usize],
) -> Result<Scores> {
    let mut scores = Scores::of(data, rows.len());
    each_row(scorer, data, rows, |row, row_errors| {
        let Some(error) = row_errors.score else {
            scores.errors.push(f32::NAN);
            scores.percentiles.push(f32::NAN);
            scores.p_values.push(f32::NAN);
            return scores.top.push(Vec::new());
        };
        let reference = reference.for_missing(data.missing_columns(row));
        scores.errors.push(error as f32);
        scores.percentiles.push(percentile(reference, error as f32));
        scores.p_values.push(p_value(reference, error as f32));
        scores
            .top
            .push(largest(&row_errors.squares, row_errors.sum()));
    })?;
    Ok(scores)
}

/// Returns the score of each of some rows; NaN for a row without any value.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
pub(crate) fn errors(scorer: &Scorer, data: &Prepared, rows: &[usize]) -> Result<Vec<f32>> {
    let some = |part: &[usize]| {
        let mut errors = Vec::with_capacity(part.len());
        each_row(scorer, data, part, |_, row_errors| {
            errors.push(row_errors.score.map_or(f32::NAN, |error| error as f32));
        })?;
        Ok(errors)
    };
    let parts: Result<Vec<Vec<f32>>> = rows.par_chunks(PART).map(some).collect();
    Ok(parts?.concat())
}

/// Returns the share of a sorted reference below a value, 0 to 100. NaN if there
/// is no reference.
fn percentile(reference: &[f32], value: f32) -> f32 {
    let below = reference.partition_point(|&r| r < value);
    let share = 100.0 * below as f64 / reference.len() as f64;
    // Two decimals distinguish as many rows as are kept.
    ((share * 100.0).round() / 100.0) as f32
}

/// Returns the largest squares' indices and shares of the whole, largest first.
fn largest(squares: &[f64], whole: f64) -> Vec<(usize, f32)> {
    let mut top: Vec<usize> = Vec::with_capacity(TOP + 1);
    for at in 0..squares.len() {
        let place = top.partition_point(|&other| squares[other] >= squares[at]);
        if place < TOP {
            top.insert(place, at);
            top.truncate(TOP);
        }
    }
    let share = |at: usize| {
        if whole > 0.0 {
            squares[at] / whole
        } else {
            0.0
        }
    };
    top.into_iter().map(|at| (at, share(at) as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_count_smaller_errors() {
        let reference = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(percentile(&reference, 0.5), 0.0);
        assert_eq!(percentile(&reference, 3.0), 50.0);
        assert_eq!(percentile(&reference, 9.0), 100.0);
        assert_eq!(percentile(&reference[..3], 1.5), 33.33);
        assert!(percentile(&[], 1.0).is_nan());
    }

    #[test]
    fn the_largest_features_come_first_with_their_shares() {
        let top = largest(&[1.0, 5.0, 0.0, 4.0, 0.0], 10.0);
        assert_eq!(top, [(1, 0.5), (3, 0.4), (0, 0.1)]);
        assert_eq!(largest(&[0.0], 0.0), [(0, 0.0)]);
    }
}

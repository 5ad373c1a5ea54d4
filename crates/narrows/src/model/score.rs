//! Scores how unusual each row is: its reconstruction error, its percentile
//! among the held-out rows of training, and the features with most of the
//! error.

use crate::data::scale::Prepared;
use crate::data::table::{Column, ColumnKind, Table};
use crate::objective::inference::{Chunk, Inference};

/// Number of features named for each row.
pub const TOP: usize = 3;
/// Number of errors kept in a model, for percentiles of new rows.
const KEPT: usize = 5_000;

/// A score for each row, in the table's order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// Squared error summed over the features that the row has, in the model's
    /// scaled units: a missing cell adds nothing.
    pub errors: Vec<f32>,
    /// The share of [`Model::held_out_errors`](crate::Model::held_out_errors)
    /// below the row's error, 0 to 100; NaN if the model has none.
    pub percentiles: Vec<f32>,
    /// The features with the largest shares of each row's error, and these
    /// shares, 0 to 1; at most three.
    pub top: Vec<Vec<(usize, f32)>>,
    /// The features' names.
    pub features: Vec<String>,
}

impl Scores {
    /// Converts to a table: `error`, `percentile`, with a threshold also
    /// `anomaly` (1 for percentiles of at least the threshold, NaN for those of
    /// NaN), then
    /// `feature_1`, `share_1`, ….
    pub fn to_table(&self, threshold: Option<f32>, like: &Table) -> Table {
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
            for &(feature, share) in &self.top[row] {
                values.extend([feature as f32, share]);
            }
        }
        Table::made_of(like, "scores", columns, values)
    }
}

/// Scores every row. `reference` is sorted.
pub(crate) fn score(inference: &Inference, data: &Prepared, reference: &[f32]) -> Scores {
    let rows: Vec<usize> = (0..data.rows()).collect();
    let mut scores = Scores {
        errors: Vec::with_capacity(rows.len()),
        percentiles: Vec::with_capacity(rows.len()),
        top: Vec::with_capacity(rows.len()),
        features: data.scaler.feature_names(),
    };
    inference.chunks(data, &rows, |chunk| {
        for squares in squares(&chunk, data, &rows[scores.errors.len()..]) {
            let error = squares.iter().sum::<f64>();
            scores.errors.push(error as f32);
            scores.percentiles.push(percentile(reference, error as f32));
            scores.top.push(largest(&squares, error));
        }
    });
    scores
}

/// Returns the squared error of every feature, row by row; 0 for a missing
/// cell. `rows` begins with the chunk's.
fn squares<'c>(
    chunk: &'c Chunk,
    data: &'c Prepared,
    rows: &'c [usize],
) -> impl Iterator<Item = Vec<f64>> + 'c {
    let features = data.features();
    let pairs = chunk
        .input
        .chunks_exact(features)
        .zip(chunk.output.chunks_exact(features));
    pairs.zip(rows).map(|((input, output), &row)| {
        let pairs = input.iter().zip(output);
        let square = |(&x, &y): (&f32, &f32)| (f64::from(x) - f64::from(y)).powi(2);
        let mut squares: Vec<f64> = pairs.map(square).collect();
        data.missing(row).for_each(|f| squares[f] = 0.0);
        squares
    })
}

/// Returns the share of a sorted reference below a value, 0 to 100; a value of
/// NaN is above all. NaN if there is no reference.
fn percentile(reference: &[f32], value: f32) -> f32 {
    let below = reference.partition_point(|&r| r < value || value.is_nan());
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

/// Returns sorted errors of at most 5,000 evenly spaced rows.
pub(crate) fn held_out_errors(inference: &Inference, data: &Prepared, rows: &[usize]) -> Vec<f32> {
    let step = rows.len().div_ceil(KEPT).max(1);
    let rows: Vec<usize> = rows.iter().copied().step_by(step).collect();
    let mut errors = Vec::with_capacity(rows.len());
    inference.chunks(data, &rows, |chunk| {
        let squares = squares(&chunk, data, &rows[errors.len()..]);
        errors.extend(squares.map(|s| s.iter().sum::<f64>() as f32));
    });
    errors.sort_by(f32::total_cmp);
    errors
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
        assert_eq!(percentile(&reference, f32::NAN), 100.0);
        assert!(percentile(&[], 1.0).is_nan());
    }

    #[test]
    fn the_largest_features_come_first_with_their_shares() {
        let top = largest(&[1.0, 5.0, 0.0, 4.0, 0.0], 10.0);
        assert_eq!(top, [(1, 0.5), (3, 0.4), (0, 0.1)]);
        assert_eq!(largest(&[0.0], 0.0), [(0, 0.0)]);
    }
}

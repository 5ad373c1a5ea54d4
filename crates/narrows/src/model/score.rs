//! Scores how unusual each row is: its reconstruction error, its percentile
//! among the held-out rows of training, and the features with most of the
//! error.

use super::finite;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::data::table::{Column, ColumnKind, Table};
use crate::model::reference::Reference;
use crate::objective::inference::Inference;

/// Number of features named for each row.
pub const TOP: usize = 3;

/// A score for each row, in the table's order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// Squared error in the model's scaled units, the mean over the features
    /// that the row has times the number of all features; NaN for a row without
    /// any value. Of a value that was drawn in, since it lies far from all
    /// others, what was drawn in is error too; a text that no training row had
    /// adds 1 to the error of the text that the model expects most.
    pub errors: Vec<f32>,
    /// The share of held-out rows below the row's error, 0 to 100; NaN if the
    /// row has no error or the model has none. Errors are those of
    /// [`Model::held_out_errors`](crate::Model::held_out_errors), or for a row
    /// with missing cells those of held-out rows of which about as many were
    /// taken away.
    pub percentiles: Vec<f32>,
    /// The features with the largest shares of each row's error, and these
    /// shares, 0 to 1; at most three, and none for a row without an error.
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
            let named = self.top[row]
                .iter()
                .map(|&(feature, share)| [feature as f32, share]);
            let none = std::iter::repeat([f32::NAN; 2]);
            values.extend(named.chain(none).take(top).flatten());
        }
        Table::made_of(like, "scores", columns, values)
    }
}

/// Scores every row.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
pub(crate) fn score(
    inference: &Inference,
    data: &Prepared,
    reference: &Reference,
) -> Result<Scores> {
    let rows: Vec<usize> = (0..data.rows()).collect();
    let mut scores = Scores {
        errors: Vec::with_capacity(rows.len()),
        percentiles: Vec::with_capacity(rows.len()),
        top: Vec::with_capacity(rows.len()),
        features: data.scaler.feature_names(),
    };
    each_row(inference, data, &rows, |row, squares| {
        let Some((error, sum)) = squares.error() else {
            scores.errors.push(f32::NAN);
            scores.percentiles.push(f32::NAN);
            return scores.top.push(Vec::new());
        };
        let reference = reference.for_missing(data.missing_columns(row));
        scores.errors.push(error as f32);
        scores.percentiles.push(percentile(reference, error as f32));
        scores.top.push(largest(&squares.of, sum));
    })?;
    Ok(scores)
}

/// Returns the error of each of some rows; NaN for a row without any value. None
/// if a reconstruction is not finite.
pub(super) fn errors(inference: &Inference, data: &Prepared, rows: &[usize]) -> Vec<f32> {
    let mut errors = Vec::with_capacity(rows.len());
    let all = each_row(inference, data, rows, |_, squares| {
        errors.push(squares.error().map_or(f32::NAN, |(error, _)| error as f32));
    });
    all.map_or(Vec::new(), |()| errors)
}

/// The squared errors of a row.
struct Squares {
    /// That of each feature; 0 for a missing cell's.
    of: Vec<f64>,
    /// The number of features that the row has.
    known: usize,
}

impl Squares {
    /// Returns the row's error, and the sum over the features that it has;
    /// `None` if it has none.
    fn error(&self) -> Option<(f64, f64)> {
        let sum = self.of.iter().sum::<f64>();
        let features = self.of.len();
        // A sum beyond all numbers is larger than any other.
        let largest = f64::from(f32::MAX);
        let sum = if sum <= largest { sum } else { largest };
        match self.known {
            0 => None,
            known if known == features => Some((sum, sum)),
            known => {
                let whole = sum / known as f64 * features as f64;
                Some((whole.min(largest), sum))
            }
        }
    }
}

/// Calls `each` with every row's number and its squared errors.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
fn each_row(
    inference: &Inference,
    data: &Prepared,
    rows: &[usize],
    mut each: impl FnMut(usize, Squares),
) -> Result<()> {
    let features = data.features();
    let draws_in = data.scaler.draws_in();
    let mut sound = Ok(());
    let mut numbers = rows.iter();
    inference.chunks(data, rows, |chunk| {
        if sound.is_ok() {
            sound = finite("reconstructions", chunk.output);
        }
        let inputs = chunk.input.chunks_exact(features);
        let outputs = chunk.output.chunks_exact(features);
        for ((input, output), &row) in inputs.zip(outputs).zip(&mut numbers) {
            let square = |(&x, &y): (&f32, &f32)| match x.is_nan() {
                true => 0.0,
                false => (f64::from(x) - f64::from(y)).powi(2),
            };
            let mut squares = Squares {
                of: input.iter().zip(output).map(square).collect(),
                known: input.iter().filter(|x| !x.is_nan()).count(),
            };
            if draws_in {
                data.scaler.add_drawn_in(input, &mut squares.of);
            }
            // None of the known texts was right: the expected one counts as wrong.
            for range in data.unseen(row) {
                let worst = |a: &usize, b: &usize| squares.of[*a].total_cmp(&squares.of[*b]);
                if let Some(expected) = range.max_by(worst) {
                    squares.of[expected] += 1.0;
                }
            }
            each(row, squares);
        }
    });
    sound
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

//! How far each feature of a row lies from what comes back of it.

use std::ops::Range;

use super::finite;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::objective::inference::Inference;

/// The errors of a row.
pub(super) struct RowErrors<'a> {
    /// The squared error of each feature; 0 for a missing cell's.
    pub squares: Vec<f64>,
    /// The number of features that the row has.
    pub known: usize,
    /// What came back.
    pub output: &'a [f32],
}

impl RowErrors<'_> {
    /// Returns the row's squared error, and the sum over the features that it has;
    /// `None` if it has none. The error is the mean over those times the number of
    /// all.
    pub fn squared(&self) -> Option<(f64, f64)> {
        let sum = self.squares.iter().sum::<f64>();
        let features = self.squares.len();
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

    /// Returns the share of each column, whose features are given, of the squared
    /// error; 0 of a row without any.
    pub fn shares(&self, columns: &[Range<usize>]) -> Vec<f32> {
        let sum = self.squares.iter().sum::<f64>();
        let of = |own: &Range<usize>| self.squares[own.clone()].iter().sum::<f64>();
        let share = |own| {
            if sum > 0.0 {
                (of(own) / sum) as f32
            } else {
                0.0
            }
        };
        columns.iter().map(share).collect()
    }
}

/// Calls `each` with every row's number and its squared errors.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
pub(super) fn each_row(
    inference: &Inference,
    data: &Prepared,
    rows: &[usize],
    mut each: impl FnMut(usize, RowErrors),
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
            let mut errors = RowErrors {
                squares: input.iter().zip(output).map(square).collect(),
                known: input.iter().filter(|x| !x.is_nan()).count(),
                output,
            };
            if draws_in {
                data.scaler.add_drawn_in(input, &mut errors.squares);
            }
            // None of the known texts was right: the expected one counts as wrong.
            for range in data.unseen(row) {
                let worst =
                    |a: &usize, b: &usize| errors.squares[*a].total_cmp(&errors.squares[*b]);
                if let Some(expected) = range.max_by(worst) {
                    errors.squares[expected] += 1.0;
                }
            }
            each(row, errors);
        }
    });
    sound
}

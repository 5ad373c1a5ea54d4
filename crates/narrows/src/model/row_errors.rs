//! How far each feature of a row lies from what comes back of it, and how unusual
//! that makes the row.

use std::ops::Range;

use super::finite;
use super::whitening::Whitening;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::objective::inference::{Chunk, Inference};

/// A network, and by what its errors are measured.
#[derive(Clone, Copy)]
pub(crate) struct Scorer<'m> {
    pub inference: &'m Inference,
    /// Measures residuals, with how far the code moves if they are wide enough for
    /// it; `None` if squared errors count as they are.
    pub whitening: Option<&'m Whitening>,
}

/// The errors of a row.
pub(super) struct RowErrors<'a> {
    /// The squared error of each feature, if it is whitened over its variance; 0
    /// for a missing cell's.
    pub squares: Vec<f64>,
    /// The number of features that the row has.
    pub known: usize,
    /// What came back.
    pub output: &'a [f32],
    /// The squared distance of the whitened residual.
    distance: Option<f64>,
}

impl RowErrors<'_> {
    /// Returns the row's score, and the sum of its squares; `None` if it has no
    /// value. Without whitening, the score is the mean over the features that the
    /// row has, times the number of all.
    pub fn score(&self) -> Option<(f64, f64)> {
        // A sum beyond all numbers is larger than any other.
        let largest = f64::from(f32::MAX);
        let within = |sum: f64| if sum <= largest { sum } else { largest };
        let sum = within(self.squares.iter().sum());
        let features = self.squares.len();
        match (self.distance, self.known) {
            (_, 0) => None,
            (Some(distance), _) => Some((within(distance), sum)),
            (None, known) if known == features => Some((sum, sum)),
            (None, known) => Some((within(sum / known as f64 * features as f64), sum)),
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

impl Scorer<'_> {
    /// Returns the vectors of a chunk that are whitened, `[rows, width]`: its
    /// residuals, 0 for missing cells, and for `width` above the number of
    /// features how far the encoder's layers move when what came back is encoded.
    pub fn vectors(inference: &Inference, chunk: &Chunk, width: usize) -> Vec<f32> {
        let (rows, features) = (chunk.rows, chunk.output.len() / chunk.rows);
        let residual = |(&x, &y): (&f32, &f32)| if x.is_nan() { 0.0 } else { x - y };
        let residuals = chunk.input.iter().zip(chunk.output).map(residual).collect();
        let mut parts: Vec<Vec<f32>> = vec![residuals];
        if width > features {
            let moved = |(h, again): (&Vec<f32>, &Vec<f32>)| {
                h.iter().zip(again).map(|(h, again)| h - again).collect()
            };
            let layers = inference.pathway(chunk.input, rows);
            parts.extend(
                layers
                    .iter()
                    .zip(&inference.pathway(chunk.output, rows))
                    .map(moved),
            );
        }
        let mut vectors = Vec::with_capacity(rows * width);
        for row in 0..rows {
            for part in &parts {
                let own = part.len() / rows;
                vectors.extend_from_slice(&part[row * own..(row + 1) * own]);
            }
        }
        vectors
    }
}

/// Calls `each` with every row's number and its errors.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
pub(super) fn each_row(
    Scorer {
        inference,
        whitening,
    }: Scorer,
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
        let distances = whitening.map(|whitening| {
            whitening.squared(&Scorer::vectors(inference, &chunk, whitening.width()))
        });
        let inputs = chunk.input.chunks_exact(features);
        let outputs = chunk.output.chunks_exact(features);
        for (at, ((input, output), &row)) in inputs.zip(outputs).zip(&mut numbers).enumerate() {
            let square = |(&x, &y): (&f32, &f32)| match x.is_nan() {
                true => 0.0,
                false => (f64::from(x) - f64::from(y)).powi(2),
            };
            let mut errors = RowErrors {
                squares: input.iter().zip(output).map(square).collect(),
                known: input.iter().filter(|x| !x.is_nan()).count(),
                output,
                distance: distances.as_ref().map(|distances| distances[at]),
            };
            let residuals = whitening.map(|_| errors.squares.clone());
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
            if let (Some(whitening), Some(residuals), Some(distance)) =
                (whitening, residuals, &mut errors.distance)
            {
                // What is no part of the residual counts by its variance.
                for (at, (square, residual)) in errors.squares.iter_mut().zip(residuals).enumerate()
                {
                    let variance = whitening.variance(at);
                    *distance += (*square - residual) / variance;
                    *square /= variance;
                }
            }
            each(row, errors);
        }
    });
    sound
}

//! Passes all rows through a model once, for the other looks to start from.

use super::moments::Moments;
use crate::data::scale::Prepared;
use crate::model::Model;

/// Sums over all rows, in the model's scaled units.
pub(super) struct Survey {
    rows: usize,
    /// Squared error of each row, as in its score; a row without any value has
    /// none.
    pub errors: Vec<f32>,
    /// Squared error of each feature, summed over rows.
    pub squares: Vec<f64>,
    /// Squared distance of each feature from its mean, summed over rows.
    pub spreads: Vec<f64>,
}

impl Survey {
    pub fn of(model: &Model, data: &Prepared) -> Self {
        let features = data.features();
        let rows: Vec<usize> = (0..data.rows()).collect();
        let mut errors = Vec::with_capacity(rows.len());
        let mut seen = 0;
        let mut squares = vec![0f64; features];
        let mut moments = Moments::new(features);
        model.inference().chunks(data, &rows, |chunk| {
            let pairs = chunk
                .input
                .chunks_exact(features)
                .zip(chunk.output.chunks_exact(features));
            for (input, output) in pairs {
                let missing: Vec<usize> = data.missing(seen).collect();
                let mut error = 0.0;
                for (at, (&x, &y)) in input.iter().zip(output).enumerate() {
                    let (x, y) = (f64::from(x), f64::from(y));
                    let square = (x - y) * (x - y);
                    if !missing.contains(&at) {
                        error += square;
                    }
                    squares[at] += square;
                }
                moments.add(input);
                seen += 1;
                let known = features - missing.len();
                if known > 0 {
                    errors.push((error / known as f64 * features as f64) as f32);
                }
            }
        });
        Survey {
            rows: seen,
            errors,
            squares,
            spreads: moments.into_spreads(),
        }
    }

    /// Returns the number of rows, to divide by.
    pub fn rows(&self) -> f64 {
        self.rows as f64
    }
}

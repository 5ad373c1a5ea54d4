//! Passes all rows through a model once, for the other looks to start from.

use crate::base::error::Result;
use crate::base::moments::Moments;
use crate::data::scale::Prepared;
use crate::model::score::errors;
use crate::model::{Model, finite};

/// Sums over all rows, in the model's scaled units.
pub(super) struct Survey {
    /// The score of each row, by `score.by`; NaN for a row without any value.
    pub errors: Vec<f32>,
    /// Squared error of each feature, summed over rows.
    pub squares: Vec<f64>,
    /// Squared distance of each feature from its mean, summed over rows.
    pub spreads: Vec<f64>,
}

impl Survey {
    /// Passes the rows through.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) if a code or a reconstruction is
    /// not finite.
    pub fn of(model: &Model, data: &Prepared) -> Result<Self> {
        let features = data.features();
        let rows: Vec<usize> = (0..data.rows()).collect();
        let mut squares = vec![0f64; features];
        let mut moments = Moments::new(features);
        let mut sound = Ok(());
        model.inference().chunks(data, &rows, |chunk| {
            if sound.is_ok() {
                sound = finite("codes", chunk.code);
            }
            let pairs = chunk
                .input
                .chunks_exact(features)
                .zip(chunk.output.chunks_exact(features));
            for (input, output) in pairs {
                let square = |(&x, &y): (&f32, &f32)| match x.is_nan() {
                    true => 0.0,
                    false => (f64::from(x) - f64::from(y)).powi(2),
                };
                let of: Vec<f64> = input.iter().zip(output).map(square).collect();
                squares.iter_mut().zip(&of).for_each(|(sum, of)| *sum += of);
                moments.add(input);
            }
        });
        sound?;
        let errors = errors(&model.scorer(), data, &rows)?;
        finite("errors", &squares)?;
        // As if every row had each feature.
        let whole = |sums: &[f64]| -> Vec<f64> {
            let known = sums.iter().zip(moments.rows());
            known
                .map(|(sum, &known)| match known == rows.len() as f64 {
                    true => *sum,
                    false => sum / known.max(1.0) * rows.len() as f64,
                })
                .collect()
        };
        Ok(Survey {
            errors,
            squares: whole(&squares),
            spreads: whole(moments.spreads()),
        })
    }

    /// Returns the number of rows, to divide by.
    pub fn rows(&self) -> f64 {
        self.errors.len() as f64
    }
}

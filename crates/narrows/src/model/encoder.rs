//! Encodes plain numbers, without tables, for programs that encode row after
//! row.

use std::sync::atomic::{AtomicBool, Ordering};

use narrows_ops::rows::{fill_rows, scaled};

use super::Model;
use crate::base::error::{Error, Result};
use crate::objective::inference::Inference;

/// A model's encoder, packed for use; cheap to share between threads.
///
/// ```
/// use narrows::{Autoencoder, Config, Table};
/// # let rows: Vec<f32> = (0..600).map(|i| ((i * 37) % 101) as f32).collect();
/// let table = Table::from_floats(rows.clone(), 6)?;
/// let mut config = Config::default();
/// (config.network.hidden, config.network.code) = (vec![4], 2);
/// let model = Autoencoder::new(config).train(&table)?;
/// let encoder = model.encoder()?;
/// let code = encoder.encode(&rows[..6])?; // one row of 6 columns
/// assert_eq!(code.len(), 2);
/// assert_eq!(code[0], model.encode(&table)?.value(0, 0));
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Encoder {
    inference: Inference,
    /// The offset of each column.
    offsets: Vec<f32>,
    factors: Vec<f32>,
    code: usize,
}

impl Model {
    /// Returns the encoder for plain numbers.
    ///
    /// # Errors
    /// [`Error::Usage`] for a model with text columns.
    pub fn encoder(&self) -> Result<Encoder> {
        let Some(scales) = self.scaler.affine() else {
            return Err(Error::usage(
                "a model with columns of texts",
                "one whose columns are all numbers",
                "encode a table: `Model::encode`",
            ));
        };
        let (offsets, factors) = scales.into_iter().unzip();
        Ok(Encoder {
            inference: self.inference().clone(),
            offsets,
            factors,
            code: self.config.network.code,
        })
    }
}

impl Encoder {
    /// Returns the number of columns of a row.
    pub fn columns(&self) -> usize {
        self.offsets.len()
    }

    /// Returns the number of units in a code.
    pub fn code(&self) -> usize {
        self.code
    }

    /// Returns codes `[rows, code]` of rows `[rows, columns]` in the data's own
    /// units and the columns' order in training, both row-major. A row's code
    /// has the same bytes alone and among others, and as from
    /// [`Model::encode`].
    ///
    /// # Errors
    /// [`Error::Usage`] if the numbers are not whole rows, or one of them is
    /// not finite.
    pub fn encode(&self, rows: &[f32]) -> Result<Vec<f32>> {
        let columns = self.columns();
        if !rows.len().is_multiple_of(columns) {
            return Err(Error::usage(
                format!("{} numbers", rows.len()),
                format!("whole rows of {columns}"),
                "a row has a number for each column of the training data",
            ));
        }
        let finite = AtomicBool::new(true);
        let features = fill_rows(rows.len() / columns, columns, |row, out| {
            let values = &rows[row * columns..(row + 1) * columns];
            if !scaled(values, &self.offsets, &self.factors, out) {
                finite.store(false, Ordering::Relaxed);
            }
        });
        if !finite.into_inner()
            && let Some(at) = features.iter().position(|value| !value.is_finite())
        {
            return Err(Error::usage(
                format!(
                    "{} in row {}, column {}",
                    rows[at],
                    at / columns + 1,
                    at % columns + 1
                ),
                "finite numbers",
                "fill in missing values before encoding",
            ));
        }
        Ok(self.inference.encode(&features, rows.len() / columns))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Autoencoder, Config, Table};

    #[test]
    fn plain_numbers_and_tables_give_the_same_codes() {
        let rows: Vec<f32> = (0..900).map(|i| ((i * 37) % 101) as f32).collect();
        let table = Table::from_floats(rows.clone(), 6).unwrap();
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![4], 2);
        let model = Autoencoder::new(config).train(&table).unwrap();
        let codes = model.encode(&table).unwrap();
        let encoder = model.encoder().unwrap();
        assert_eq!((encoder.columns(), encoder.code()), (6, 2));
        for (at, row) in rows.chunks(6).enumerate() {
            let code = encoder.encode(row).unwrap();
            assert_eq!(code, [codes.value(at, 0), codes.value(at, 1)]);
        }
        let all = encoder.encode(&rows).unwrap();
        assert_eq!(all.len(), 300);
        assert!(encoder.encode(&[]).unwrap().is_empty());
        assert!(encoder.encode(&rows[..5]).is_err());
        let mut wrong = rows[..12].to_vec();
        wrong[8] = f32::NAN;
        let error = encoder.encode(&wrong).unwrap_err().to_string();
        assert!(error.contains("row 2, column 3"), "{error}");
    }
}

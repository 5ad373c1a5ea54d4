//! What the columns of the training rows held: a sample of each, by which a later
//! change is seen. Values of a column are sorted, so that no row can be read off.

use std::collections::HashMap;

use super::calibrate::spaced;
use crate::data::scale::{Prepared, Scaler};
use crate::network::NamedTensor;

/// The name in a model's file: `[columns, 2 + rows]`, the number of known values, that
/// of missing ones, and the known ones in order.
const SAMPLES: &str = "column_samples";
/// Rows whose values are kept, and values that are kept at most.
const ROWS: usize = 1_000;
const MOST_VALUES: usize = 200_000;
/// Fewer rows say little.
const FEWEST: usize = 50;

/// The values of a column in some rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ColumnSample {
    pub missing: usize,
    /// Sorted; for a category the places of texts among those of training, and of one
    /// that was not there the number of these.
    pub values: Vec<f32>,
}

/// Samples of all columns of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnSamples(pub Vec<ColumnSample>);

impl ColumnSamples {
    /// Takes a sample of training rows. `None` of images, of very many columns, and of
    /// too few rows.
    pub fn of_training(data: &Prepared, rows: &[usize]) -> Option<Self> {
        let most = ROWS.min(MOST_VALUES / data.scaler.columns());
        if data.scaler.image.is_some() || most.min(rows.len()) < FEWEST {
            return None;
        }
        Some(Self::of(data, &spaced(rows, most)))
    }

    /// Takes the values of some rows.
    pub fn of(data: &Prepared, rows: &[usize]) -> Self {
        let columns = 0..data.scaler.columns();
        let sample = |column: usize| {
            let texts = places(&data.scaler, column);
            let at = data.place_of(column);
            let value = |&row: &usize| match &texts {
                None => data.table.value(row, at),
                Some(texts) => match data.text(row, at) {
                    None => f32::NAN,
                    Some(text) => texts.get(text).copied().unwrap_or(texts.len()) as f32,
                },
            };
            let mut values: Vec<f32> = rows.iter().map(value).collect();
            values.retain(|value| !value.is_nan());
            values.sort_by(f32::total_cmp);
            ColumnSample {
                missing: rows.len() - values.len(),
                values,
            }
        };
        ColumnSamples(columns.map(sample).collect())
    }

    pub fn store(&self) -> NamedTensor {
        let rows = |sample: &ColumnSample| sample.missing + sample.values.len();
        let width = 2 + self.0.iter().map(rows).max().unwrap_or(0);
        let mut values = Vec::with_capacity(self.0.len() * width);
        for sample in &self.0 {
            let own = values.len();
            values.extend([sample.values.len() as f32, sample.missing as f32]);
            values.extend_from_slice(&sample.values);
            values.resize(own + width, 0.0);
        }
        NamedTensor {
            name: SAMPLES.into(),
            shape: [self.0.len(), width],
            values,
        }
    }

    /// Reads what [`Self::store`] gives; `None` if there is nothing. The error says
    /// what is wrong with it.
    pub fn from_stored(stored: &[NamedTensor], scaler: &Scaler) -> Result<Option<Self>, String> {
        let Some(tensor) = stored.iter().find(|tensor| tensor.name == SAMPLES) else {
            return Ok(None);
        };
        let [columns, width] = tensor.shape;
        if columns != scaler.columns() || width < 2 {
            return Err(format!("'{SAMPLES}' of shape {:?}", tensor.shape));
        }
        let sample = |row: &[f32]| {
            let is_count = |x: f32| x >= 0.0 && x.fract() == 0.0 && x as usize <= width - 2;
            let are_counts = is_count(row[0]) && is_count(row[1]);
            let known = are_counts.then(|| &row[2..2 + row[0] as usize]);
            let known = known.filter(|known| known.windows(2).all(|p| p[0] <= p[1]));
            let values = known.ok_or_else(|| format!("'{SAMPLES}' with values out of order"))?;
            Ok(ColumnSample {
                missing: row[1] as usize,
                values: values.to_vec(),
            })
        };
        let samples: Result<Vec<_>, String> =
            tensor.values.chunks_exact(width).map(sample).collect();
        Ok(Some(ColumnSamples(samples?)))
    }
}

/// Returns the places of a category's texts, in the order of [`Scaler::level`]; `None`
/// of other columns.
fn places(scaler: &Scaler, column: usize) -> Option<HashMap<String, usize>> {
    scaler.level(column, 0.0)?;
    let texts = (0..).map_while(|at| scaler.level(column, at as f32));
    Some(texts.zip(0..).collect())
}

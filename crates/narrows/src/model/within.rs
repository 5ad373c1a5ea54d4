//! How far each feature of a held-out row lies from what comes back of it.

use super::Model;
use super::calibrate::spaced;
use crate::data::scale::Prepared;
use crate::network::NamedTensor;

/// The name in a model's file: `[1, features]`.
const WITHIN: &str = "score.within";
/// Rows that it is measured on, and values at most.
const ROWS: usize = 5_000;
const MOST_VALUES: usize = 4_000_000;
/// The share of known values that lie within.
const SHARE: f64 = 0.9;

/// How far nine of ten values of each feature lie from what comes back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Within(pub Vec<f32>);

impl Within {
    pub fn store(&self) -> NamedTensor {
        NamedTensor {
            name: WITHIN.into(),
            shape: [1, self.0.len()],
            values: self.0.clone(),
        }
    }

    /// Reads what [`Self::store`] gives; `None` if there is nothing. The error says what
    /// is wrong with it.
    pub fn from_stored(stored: &[NamedTensor], features: usize) -> Result<Option<Self>, String> {
        let Some(tensor) = stored.iter().find(|tensor| tensor.name == WITHIN) else {
            return Ok(None);
        };
        if tensor.shape != [1, features] || tensor.values.iter().any(|x| x.is_nan() || *x < 0.0) {
            return Err(format!("'{WITHIN}' of shape {:?}", tensor.shape));
        }
        Ok(Some(Within(tensor.values.clone())))
    }
}

impl Model {
    /// Measures it on some rows. `None` of images, and of rows without errors.
    pub(crate) fn fit_within(&self, data: &Prepared, rows: &[usize]) -> Option<Within> {
        let features = data.features();
        if data.scaler.image.is_some() || rows.is_empty() {
            return None;
        }
        let rows = spaced(rows, ROWS.min(MOST_VALUES / features).max(1));
        let mut distances = vec![Vec::with_capacity(rows.len()); features];
        self.inference().chunks(data, &rows, |chunk| {
            for (at, (x, y)) in chunk.input.iter().zip(chunk.output).enumerate() {
                let distance = (x - y).abs();
                if distance.is_finite() {
                    distances[at % features].push(distance);
                }
            }
        });
        let quantile = |mut of: Vec<f32>| {
            of.sort_by(f32::total_cmp);
            let last = of.len().checked_sub(1)?;
            of.get((SHARE * last as f64).round() as usize).copied()
        };
        let within = distances.into_iter().map(|of| quantile(of).unwrap_or(0.0));
        Some(Within(within.collect()))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::random::{Draws, Stream};
    use crate::config::ScoreBy;
    use crate::{Autoencoder, Config, Model, Table};

    fn table(seed: u64) -> Table {
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let values = (0..3_000).flat_map(|_| {
            let [a, noise] = draws.normal_pair();
            [100.0 + 10.0 * a, 200.0 + 20.0 * a + 4.0 * noise].map(|x| x as f32)
        });
        Table::from_floats(values.collect(), 2).unwrap()
    }

    #[test]
    fn nine_of_ten_numbers_lie_within_what_is_expected_of_them() {
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![8], 1);
        (config.train.epochs, config.score.by) = (10, ScoreBy::Whitened);
        let model = Autoencoder::new(config).train(&table(1)).unwrap();
        let new = table(2);
        let mut inside = 0;
        for (row, surprises) in model.explain(&new, 2).unwrap().iter().enumerate() {
            for surprise in surprises {
                let bounds = surprise.expected.strip_prefix("from ").unwrap();
                let (low, high) = bounds.split_once(" to ").unwrap();
                let [low, high] = [low, high].map(|end| end.parse::<f32>().unwrap());
                let at = usize::from(surprise.column == "x2");
                inside += usize::from((low..=high).contains(&new.value(row, at)));
            }
        }
        // Of 6,000 numbers, four deviations of the share are .016.
        let share = f64::from(u32::try_from(inside).unwrap()) / 6_000.0;
        assert!((0.88..0.92).contains(&share), "{share}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap().within, model.within);
    }
}

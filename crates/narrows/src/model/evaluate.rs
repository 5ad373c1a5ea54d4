//! Measures how well a model reproduces rows, compared with PCA of the same
//! code size.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::moments::Moments;
use crate::base::random::Address;
use crate::config::{Activation, LossConfig};
use crate::data::binarised::Binarised;
use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::model::baseline::Pca;
use crate::model::column_errors::{ColumnErrors, ColumnSums};
use crate::objective::inference::Inference;
use crate::objective::loss::batch;
use crate::objective::variant::Coder;
use crate::objective::variant::Measured;

/// Errors over all rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Number of rows measured.
    pub rows: usize,
    /// Number of features of a row.
    pub features: usize,
    /// Errors in the model's scaled units.
    #[serde(flatten)]
    pub scaled: Errors,
    /// Errors in the data's own units, if they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Errors>,
    /// PCA with the same code size, fitted on the training rows, in scaled
    /// units; `None` for data of more than 4,096 features, and for codes that
    /// are not narrower than the features.
    pub pca: Option<Errors>,
    /// PCA's errors in the data's own units, if they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pca_original: Option<Errors>,
    /// Errors of each column by its likelihood, if the model's loss has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnErrors>,
    /// Measures of the model's variants, such as the error from corrupted
    /// inputs; means over rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, f64>,
    /// Titles and meanings of the measures that the report shows.
    #[serde(skip)]
    pub(crate) shown: Shown,
}

/// Titles and meanings of measures, by name.
pub(crate) type Shown = BTreeMap<String, (&'static str, &'static str)>;

/// Errors of one method in one kind of units, over known cells: the mean over
/// features is that over known ones, and an error per row is that mean times the
/// number of all features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Errors {
    /// Squared error, mean over rows and features.
    pub mse: f64,
    /// Squared error summed over the features of a row, mean over rows.
    pub error_per_row: f64,
    /// Cross-entropy summed over the features of a row, mean over rows, in
    /// nats; if outputs and inputs lie in [0, 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bce: Option<f64>,
    /// `1 - squared error / squared distance from the mean`; 1 is perfect, 0 no
    /// better than the mean of these rows. `None` if all rows are the same.
    pub explained_variance: Option<f64>,
}

/// Sums over rows, from which errors are computed.
struct Sums {
    squares: Vec<f64>,
    bce: f64,
    /// The spread of the inputs.
    moments: Moments,
    rows: usize,
}

impl Sums {
    fn new(features: usize) -> Self {
        Sums {
            squares: vec![0.0; features],
            bce: 0.0,
            moments: Moments::new(features),
            rows: 0,
        }
    }

    fn add(&mut self, input: &[f32], output: &[f32]) {
        let features = self.squares.len();
        let rows = input
            .chunks_exact(features)
            .zip(output.chunks_exact(features));
        for (x, y) in rows {
            self.rows += 1;
            self.moments.add(x);
            for (at, (&x, &y)) in x.iter().zip(y).enumerate() {
                if !x.is_nan() {
                    let (x, y) = (f64::from(x), f64::from(y));
                    self.squares[at] += (x - y) * (x - y);
                }
            }
        }
    }

    /// Adds the cross-entropy of sigmoids of `sums`, computed from the sums, so
    /// that no logarithm meets 0.
    fn add_bce(&mut self, input: &[f32], sums: &[f32]) {
        for (&x, &z) in input.iter().zip(sums).filter(|(x, _)| !x.is_nan()) {
            let (x, z) = (f64::from(x), f64::from(z));
            self.bce += z.max(0.0) - x * z + (-z.abs()).exp().ln_1p();
        }
    }

    /// Returns the errors; `factors` convert each feature to the units asked
    /// for.
    fn errors(&self, factors: Option<&[f32]>, with_bce: bool) -> Errors {
        let rows = self.rows as f64;
        let weight = |at: usize| factors.map_or(1.0, |f| f64::from(f[at]).powi(2));
        let squares: f64 = self
            .squares
            .iter()
            .enumerate()
            .map(|(at, s)| s * weight(at))
            .sum();
        let spreads = self.moments.spreads().iter().enumerate();
        let spread: f64 = spreads.map(|(at, s)| s * weight(at)).sum();
        let features = self.squares.len() as f64;
        let known: f64 = self.moments.rows().iter().sum();
        let error_per_row = match known == rows * features {
            true => squares / rows,
            false => squares / known.max(1.0) * features,
        };
        Errors {
            mse: error_per_row / features,
            error_per_row,
            bce: with_bce.then_some(self.bce / rows),
            explained_variance: (spread > 0.0).then(|| 1.0 - squares / spread),
        }
    }
}

/// Measures a network and PCA over some rows, drawn as zeros and ones if there
/// is a seed for it; `progress` gets the number of newly finished rows.
pub(crate) fn evaluate(
    inference: &Inference,
    pca: Option<&Pca>,
    data: &Prepared,
    binarising_seed: Option<u64>,
    rows: &[usize],
    progress: &dyn Fn(usize),
) -> Evaluation {
    let features = data.features();
    let mut of_network = Sums::new(features);
    let mut of_pca = Sums::new(features);
    let mut in_unit = inference.output_activation() == Activation::Sigmoid;
    let mut columns = ColumnSums::new(&data.scaler);
    let seen = Binarised::measured(data, binarising_seed);
    inference.chunks(&seen, rows, |chunk| {
        columns.add(chunk.input, chunk.output);
        in_unit &= chunk
            .input
            .iter()
            .all(|x| x.is_nan() || (0.0..=1.0).contains(x));
        of_network.add(chunk.input, chunk.output);
        if in_unit {
            of_network.add_bce(chunk.input, chunk.sums);
        }
        if let Some(pca) = pca {
            of_pca.add(chunk.input, &pca.reconstruct(&pca.filled(chunk.input)));
        }
        progress(chunk.rows);
    });
    let factors = data.scaler.changes_units().then(|| data.scaler.factors());
    Evaluation {
        rows: of_network.rows,
        features,
        scaled: of_network.errors(None, in_unit),
        original: factors
            .as_deref()
            .map(|f| of_network.errors(Some(f), false)),
        pca: pca.map(|_| of_pca.errors(None, false)),
        pca_original: pca
            .and(factors.as_deref())
            .map(|f| of_pca.errors(Some(f), false)),
        columns: columns.errors(inference.variances().as_deref()),
        measures: BTreeMap::new(),
        shown: Shown::new(),
    }
}

/// Returns the errors of a network alone over some rows, in scaled units,
/// without the cross-entropy.
pub(crate) fn scaled_errors(inference: &Inference, data: &dyn Source, rows: &[usize]) -> Errors {
    let mut sums = Sums::new(data.width());
    inference.chunks(data, rows, |chunk| sums.add(chunk.input, chunk.output));
    sums.errors(None, false)
}

/// Returns the measures of a network's variants, over `rows` rows; what variants
/// draw with `seed` is the same every time.
pub(crate) fn measures(
    coder: &Coder,
    loss: &LossConfig,
    seed: u64,
    data: &dyn Source,
    rows: usize,
) -> (BTreeMap<String, f64>, Shown) {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut shown = Shown::new();
    let rows: Vec<usize> = (0..rows).collect();
    for part in rows.chunks(CHUNK) {
        let (input, known) = batch(coder, data, part);
        let measured = Measured {
            loss,
            coder,
            input,
            known,
            address: Address {
                seed,
                epoch: 0,
                rows: part,
                turn: 0,
            },
        };
        for variant in &coder.variants {
            for measure in variant.measures(&measured) {
                let name = measure.name.to_string();
                shown.extend(measure.shown.map(|shown| (name.clone(), shown)));
                let (sum, weight) = sums.entry(name).or_default();
                *sum += measure.value * part.len() as f64;
                *weight += part.len() as f64;
            }
        }
    }
    let mean = |(name, (sum, weight))| (name, sum / weight);
    (sums.into_iter().map(mean).collect(), shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        let mut sums = Sums::new(2);
        // Errors 1 and 2 in the first row, 0 and 1 in the second.
        sums.add(&[0., 1., 1., 0.], &[1., 3., 1., 1.]);
        let errors = sums.errors(None, false);
        assert_eq!((errors.mse, errors.error_per_row), (1.5, 3.0));
        // Each feature's squared distance from its mean is 2 * 0.25.
        assert_eq!(errors.explained_variance, Some(1.0 - 6.0 / 1.0));
        let original = sums.errors(Some(&[2.0, 1.0]), false);
        assert_eq!(original.error_per_row, (4.0 + 4.0 + 1.0) / 2.0);
    }

    #[test]
    fn the_spread_of_values_far_from_0_is_that_around_their_mean() {
        let around = |offset: f32| {
            let mut sums = Sums::new(1);
            let values: Vec<f32> = (0..1000).map(|i| offset + (i % 5) as f32).collect();
            // Outputs 3 beside the inputs; the variance is 2.
            let outputs: Vec<f32> = values.iter().map(|v| v + 3.0).collect();
            sums.add(&values, &outputs);
            sums.errors(None, false).explained_variance.unwrap()
        };
        for offset in [0.0, 1e6, 8e6] {
            let found = around(offset);
            assert!(
                (found - (1.0 - 9.0 / 2.0)).abs() < 1e-6,
                "{offset}: {found}"
            );
        }
        let mut constant = Sums::new(1);
        constant.add(&[1e6 + 0.1; 100], &[0.0; 100]);
        assert_eq!(constant.errors(None, false).explained_variance, None);
    }

    #[test]
    fn cross_entropy_by_hand() {
        let mut sums = Sums::new(1);
        sums.add(&[1.0, 0.0], &[0.5, 0.25]);
        // The logits of 0.5 and 0.25.
        sums.add_bce(&[1.0, 0.0], &[0.0, -(3f32.ln())]);
        let expected = (2f64.ln() - 0.75f64.ln()) / 2.0;
        assert!((sums.errors(None, true).bce.unwrap() - expected).abs() < 1e-7);
        // A confident mistake has its full cost.
        sums.add_bce(&[1.0, 1.0], &[-100.0, -100.0]);
        assert!((sums.errors(None, true).bce.unwrap() - expected - 100.0).abs() < 1e-7);
    }
}

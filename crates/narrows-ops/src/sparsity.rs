//! Measures how far the mean activations of units are from their target.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, recorded, scaled, slice, tracked,
};
use crate::kernel::columns::{column_sums, rows_of};

/// A penalty on a unit's mean activation `q` over the batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sparsity {
    /// `p log(p/q) + (1-p) log((1-p)/(1-q))`, in nats.
    Divergence {
        /// `p`
        target: f64,
    },
    /// `(q - p)²`
    Squared {
        /// `p`
        target: f64,
    },
}

/// Keeps a mean that rounds to 0 or 1 out of the logarithm.
const EDGE: f64 = 1e-7;

/// Returns the penalty summed over units, `[1]`; `code` is `[rows, units]`.
pub fn sparsity(sparsity: Sparsity, code: Tensor<2>) -> Tensor<1> {
    match execution(&code) {
        Execution::Plain => plain(sparsity, code),
        Execution::Fused => Tensor::from_primitive::<Flex>(measured(sparsity, &flex(code)).0),
        Execution::Tracked => {
            let (code, node) = tracked(code).into_parts();
            let code = contiguous(code);
            let rows = dims(&code)[0];
            let (value, slopes) = measured(sparsity, &code);
            recorded(
                [node],
                value,
                (slopes, rows),
                |(slopes, rows), upstream, _| {
                    let slopes = scaled(slopes, &upstream);
                    let units = dims(&slopes)[1];
                    let gradient = rows_of(slice(&slopes), rows);
                    [Some(filled(gradient, [rows, units]))]
                },
            )
        }
    }
}

/// Returns the penalty, and its derivative with respect to each row's
/// activation of each unit, `[1, units]`.
fn measured(sparsity: Sparsity, code: &FlexTensor) -> (FlexTensor, FlexTensor) {
    let [rows, units] = dims(code);
    let sums = column_sums(slice(code), units);
    let means = sums.iter().map(|&sum| f64::from(sum) / rows as f64);
    let (values, slopes): (Vec<f64>, Vec<f64>) = means.map(|q| sparsity.of(q)).unzip();
    let slopes = slopes.iter().map(|slope| (slope / rows as f64) as f32);
    (
        filled(vec![values.iter().sum::<f64>() as f32], [1]),
        filled(slopes.collect(), [1, units]),
    )
}

impl Sparsity {
    /// Returns the penalty of one mean, and its derivative.
    fn of(self, mean: f64) -> (f64, f64) {
        match self {
            Sparsity::Divergence { target: p } => {
                let q = mean.clamp(EDGE, 1.0 - EDGE);
                let value = p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln();
                let inside = if q == mean { 1.0 } else { 0.0 };
                (value, inside * ((1.0 - p) / (1.0 - q) - p / q))
            }
            Sparsity::Squared { target: p } => ((mean - p).powi(2), 2.0 * (mean - p)),
        }
    }
}

/// Does what [`sparsity()`] does by ordinary operations.
pub(crate) fn plain(sparsity: Sparsity, code: Tensor<2>) -> Tensor<1> {
    let mean = code.mean_dim(0);
    match sparsity {
        Sparsity::Divergence { target: p } => {
            let q = mean.clamp(EDGE, 1.0 - EDGE);
            let rest = q.clone() * -1.0 + 1.0;
            let entropy = p * p.ln() + (1.0 - p) * (1.0 - p).ln();
            let units = q.dims()[1] as f64;
            (q.log() * -p - rest.log() * (1.0 - p)).sum() + entropy * units
        }
        Sparsity::Squared { target: p } => (mean - p).square().sum(),
    }
}

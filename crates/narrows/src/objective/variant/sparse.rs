//! Sparse: only a few units of the code are active for a row.
//!
//! With `q` a unit's mean activation over the batch and `p` the target, the
//! term is, summed over units and times the weight:
//! - KL: `p log(p/q) + (1-p) log((1-p)/(1-q))`, the divergence of two
//!   Bernoulli distributions (Ng, "Sparse autoencoder", CS294A notes, 2011);
//! - squared: `(q - p)²`;
//! - L1: the mean of `|h|` over the batch, with no target.

use burn::tensor::Tensor;
use narrows_ops::{Sparsity, sparsity};
use serde::{Deserialize, Serialize};

use super::{Context, Effect, Forward, Measure, Measured, Variant};
use crate::settings::ranges::{above_zero, no_effect};
use crate::settings::Activation;
use crate::settings::ranges::quoted;
use crate::base::device::scalar;
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::objective::terms::Terms;
use crate::network::Pass;
use crate::base::warning::{Setting, Warning};

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/sparse.toml");
pub(super) const DOCS: &str = "\
| sparse | `sparse` | 784-1000-784, sigmoid code | mse 0.00785 with a mean activation of 0.097 | 22 min |";

/// `[sparse]`: a term that keeps units of the code inactive most of the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Sparse {
    /// The penalty on mean activations (default KL).
    pub penalty: SparsityPenalty,
    /// KL and squared: target of the mean activation (default 0.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f32>,
    /// Weight of the term (default 1). Multiply a weight published for a loss
    /// that is a mean over features by their number.
    pub weight: f32,
}

/// The penalty on a unit's mean activation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SparsityPenalty {
    /// Kullback-Leibler divergence from the target; activations in (0, 1).
    #[default]
    Kl,
    /// Squared distance from the target.
    Squared,
    /// Mean magnitude.
    L1,
}

const TARGET: f32 = 0.1;
/// A mean over fewer rows than this says little about a unit.
const FEW_ROWS: usize = 100;

impl Default for Sparse {
    fn default() -> Self {
        Sparse {
            penalty: SparsityPenalty::Kl,
            target: None,
            weight: 1.0,
        }
    }
}

impl Sparse {
    /// Returns the term before its weight; `code` is `[rows, code]`.
    fn penalty(&self, code: Tensor<2>) -> Tensor<1> {
        let p = f64::from(self.target.unwrap_or(TARGET));
        match self.penalty {
            SparsityPenalty::Kl => sparsity(Sparsity::Divergence { target: p }, code),
            SparsityPenalty::Squared => sparsity(Sparsity::Squared { target: p }, code),
            SparsityPenalty::L1 => code.abs().mean_dim(0).sum(),
        }
    }
}

impl Variant for Sparse {
    fn name(&self) -> &'static str {
        "sparse"
    }

    fn check(&self, context: &Context) -> Result<()> {
        above_zero("sparse.weight", f64::from(self.weight))?;
        if let Some(target) = self.target {
            let inside = target > 0.0 && target < 1.0;
            let squared = self.penalty == SparsityPenalty::Squared;
            if !target.is_finite() || (!inside && !squared) {
                return Err(Error::config(
                    "sparse.target",
                    target,
                    "a mean activation above 0 and below 1",
                    "0.05 to 0.1 is usual",
                ));
            }
            no_effect(
                "sparse.target",
                self.penalty == SparsityPenalty::L1,
                "sparse.penalty = \"l1\" draws activations to 0",
            )?;
        }
        if self.penalty == SparsityPenalty::Kl && context.code_activation != Activation::Sigmoid {
            return Err(Error::config(
                "network.code_activation",
                quoted(&context.code_activation),
                "\"sigmoid\": sparse.penalty = \"kl\" needs activations in (0, 1)",
                Hint::from(Remedy::LeaveOut("network.code_activation".into())).and(", or set sparse.penalty = \"squared\""),
            ));
        }
        Ok(())
    }

    fn code_activation(&self) -> Option<Activation> {
        (self.penalty == SparsityPenalty::Kl).then_some(Activation::Sigmoid)
    }

    fn excludes(&self, _: &Context) -> Vec<(Effect, &'static str)> {
        let reason = "sparse.penalty = \"kl\" needs a code in (0, 1), and a prior draws any numbers; sparse.penalty = \"squared\" can be beside it";
        let is_kl = self.penalty == SparsityPenalty::Kl;
        is_kl.then_some((Effect::HasPrior, reason)).into_iter().collect()
    }

    fn effects(&self, context: &Context) -> Vec<Effect> {
        match context.code_activation {
            Activation::Sigmoid => vec![Effect::HoldsActivity],
            _ => Vec::new(),
        }
    }

    fn warnings(&self, context: &Context) -> Vec<Warning> {
        let batch = context.batch;
        let few = (1..FEW_ROWS).contains(&batch) && self.penalty != SparsityPenalty::L1;
        let warning = Warning::SmallBatch {
            rows: batch,
            try_one: vec![Setting::new("train.batch", 2 * FEW_ROWS)],
        };
        few.then_some(warning).into_iter().collect()
    }

    fn terms(&self, forward: &Forward) -> Terms {
        let term = self.penalty(forward.code.clone()) * f64::from(self.weight);
        vec![("sparsity", term)]
    }

    fn weight(&self, term: &str) -> Option<(&'static str, f64)> {
        (term == "sparsity").then(|| ("sparse.weight", f64::from(self.weight)))
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let code = measured
            .coder
            .encode(measured.inputs(), &mut Pass::Evaluate);
        let [rows, units] = code.dims();
        let sum = scalar(code.sum_dim(1).sum());
        vec![Measure {
            name: "mean_activation",
            value: sum / rows as f64 / units as f64,
            shown: Some(("Mean activation", "of the units of the code")),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::device::{device, matrix};

    /// Returns the penalty for two rows of two units with means 0.1 and 0.4.
    fn penalty(sparse: &Sparse) -> f64 {
        let code = vec![0.05f32, 0.2, 0.15, 0.6];
        scalar(sparse.penalty(matrix(code, [2, 2], &device("cpu").unwrap())))
    }

    #[test]
    fn each_penalty_by_hand() {
        let of = |penalty, target| Sparse {
            penalty,
            target,
            weight: 1.0,
        };
        let kl = 0.1 * (0.1f64 / 0.4).ln() + 0.9 * (0.9f64 / 0.6).ln();
        for (sparse, expected) in [
            (of(SparsityPenalty::Kl, None), kl),
            (of(SparsityPenalty::Squared, Some(0.2)), 0.01 + 0.04),
            (of(SparsityPenalty::L1, None), 0.5),
        ] {
            let found = penalty(&sparse);
            assert!((found - expected).abs() < 1e-6, "{sparse:?}: {found}");
        }
    }

    #[test]
    fn kl_is_finite_where_a_sigmoid_has_rounded() {
        let sparse = Sparse::default();
        for q in [0.0f32, 1.0] {
            let code = matrix(vec![q; 4], [2, 2], &device("cpu").unwrap());
            assert!(scalar(sparse.penalty(code)).is_finite());
        }
    }
}

//! k-sparse: only the `k` largest units of each row's code are kept, the others
//! are 0; gradients flow through the kept ones alone.
//!
//! Makhzani & Frey, "k-sparse autoencoders", 2013. The paper's code is linear.
//! Training begins with more units kept, so that none fails to learn, and use
//! keeps somewhat more than training.

use burn::tensor::Tensor;
use narrows_ops::kept;
use narrows_ops::rows::fill_rows;
use serde::{Deserialize, Serialize};

use super::top::top;
use super::{Context, Effect, Variant};
use crate::settings::ranges::{no_effect, within};
use crate::settings::Activation;
use crate::base::error::{Error, Result};
use crate::network::Pass;

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/k_sparse.toml");
pub(super) const DOCS: &str = "\
| k-sparse | `k_sparse` | 784-1000-784, 25 units a row | mse 0.00859 | 7 min 37 s |";

/// `[k_sparse]`: how many units of the code a row may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KSparse {
    /// Units kept in training (default 25).
    pub k: usize,
    /// Units kept in use, the paper's αk (default: as in training).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_in_use: Option<usize>,
    /// Units kept at the start of training; the number then falls linearly to
    /// `k` (default: `k`). If few are kept from the start, units that are never
    /// among the largest learn nothing, according to the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_at_start: Option<usize>,
    /// Epochs over which the number falls, with `k_at_start`; the paper uses
    /// half of all epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<f64>,
}

impl Default for KSparse {
    fn default() -> Self {
        KSparse {
            k: 25,
            k_in_use: None,
            k_at_start: None,
            warm_up: None,
        }
    }
}

impl KSparse {
    fn check_warm_up(&self, epochs: f64, most: usize) -> Result<()> {
        if epochs > 0.0 && epochs <= most as f64 {
            return Ok(());
        }
        Err(Error::config(
            "k_sparse.warm_up",
            epochs.to_string(),
            format!("more than 0, and at most the {most} epochs of the training"),
            "k would not fall, or not reach k_sparse.k",
        ))
    }

    /// Returns how many units are kept after `progress` epochs of training.
    fn k_at(&self, progress: f64) -> usize {
        let (Some(start), Some(epochs)) = (self.k_at_start, self.warm_up) else {
            return self.k;
        };
        let left = (1.0 - progress / epochs).max(0.0);
        self.k + ((start - self.k) as f64 * left).round() as usize
    }
}

impl Variant for KSparse {
    fn name(&self) -> &'static str {
        "k_sparse"
    }

    fn check(&self, context: &Context) -> Result<()> {
        let (key, found, missing) = match (self.k_at_start, self.warm_up) {
            (Some(start), None) => ("k_sparse.k_at_start", start.to_string(), "k_sparse.warm_up"),
            (None, Some(epochs)) => (
                "k_sparse.warm_up",
                epochs.to_string(),
                "k_sparse.k_at_start",
            ),
            (Some(_), Some(epochs)) => return self.check_warm_up(epochs, context.epochs),
            (None, None) => return Ok(()),
        };
        Err(Error::config(
            key,
            found,
            format!("{missing} beside it"),
            "k falls from k_sparse.k_at_start over k_sparse.warm_up epochs: set both, or neither",
        ))
    }

    fn check_code(&self, code: usize) -> Result<()> {
        within("k_sparse.k", self.k as f64, 1.0, code as f64)?;
        let in_use = self.k_in_use.unwrap_or(self.k);
        within("k_sparse.k_in_use", in_use as f64, 1.0, code as f64)?;
        let start = self.k_at_start.unwrap_or(self.k + 1);
        no_effect(
            "k_sparse.k_at_start",
            start <= self.k,
            "it is not above k_sparse.k, to which k falls",
        )?;
        match self.k_at_start {
            Some(start) => within("k_sparse.k_at_start", start as f64, 1.0, code as f64),
            None => Ok(()),
        }
    }

    fn code_activation(&self) -> Option<Activation> {
        Some(Activation::Identity)
    }

    /// Returns two effects: units are set to 0, in use too, and only those of
    /// the code.
    fn effects(&self, _: &Context) -> Vec<Effect> {
        vec![Effect::ZeroesUnits, Effect::OnCodeOnly]
    }

    fn excludes(&self, _: &Context) -> Vec<(Effect, &'static str)> {
        vec![(Effect::ZeroesUnits, "both choose the units to keep")]
    }

    fn code(&self, outputs: Tensor<2>, _maps: Option<[usize; 3]>, pass: &Pass) -> Tensor<2> {
        let k = match pass.training() {
            Some(train) => self.k_at(train.progress),
            None => self.k_in_use.unwrap_or(self.k),
        };
        let [rows, units] = outputs.dims();
        kept(outputs, |outputs| {
            fill_rows(rows, units, |row, mask| {
                let row = &outputs[row * units..(row + 1) * units];
                mask.copy_from_slice(&top(row.iter().copied(), k));
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::device::{device, matrix, values};
    use crate::config::Config;

    #[test]
    fn k_is_held_against_the_code_that_the_maps_make() {
        use crate::config::ConvolutionalConfig;
        use crate::config::plan::Plan;
        let mut config = Config::default();
        config.network.hidden = vec![];
        config.convolutional = Some(ConvolutionalConfig {
            channels: vec![4],
            image: Some(vec![4, 4]),
            maps: true,
            ..Default::default()
        });
        let told = |config: &Config, k| {
            let mut config = config.clone();
            config.k_sparse = Some(KSparse {
                k,
                ..KSparse::default()
            });
            Plan::for_data(&config, 16, None).map(|plan| plan.config.network.code)
        };
        assert_eq!(told(&config, 16).unwrap(), 16);
        assert!(
            told(&config, 17)
                .unwrap_err()
                .to_string()
                .contains("1 to 16")
        );
    }

    #[test]
    fn each_row_keeps_its_k_largest() {
        let outputs = vec![1.0f32, 3.0, -2.0, 2.0, -1.0, -3.0, -0.5, -4.0];
        let outputs = matrix(outputs, [2, 4], &device("cpu").unwrap());
        let sparse = KSparse {
            k: 2,
            k_in_use: Some(3),
            ..KSparse::default()
        };
        let code = values(sparse.code(outputs, None, &Pass::Evaluate));
        assert_eq!(code, [1.0, 3.0, 0.0, 2.0, -1.0, -3.0, -0.5, 0.0]);
    }

    #[test]
    fn k_falls_in_a_line_and_stays() {
        let sparse = KSparse {
            k: 10,
            k_at_start: Some(50),
            warm_up: Some(4.0),
            ..KSparse::default()
        };
        let ks = [0.0, 1.0, 2.5, 4.0, 9.0].map(|progress| sparse.k_at(progress));
        assert_eq!(ks, [50, 40, 25, 10, 10]);
        assert_eq!(KSparse::default().k_at(0.0), 25);
    }

    #[test]
    fn a_start_without_epochs_is_refused_and_so_are_epochs_without_a_start() {
        let refused = |k_at_start, warm_up| {
            let sparse = KSparse {
                k_at_start,
                warm_up,
                ..KSparse::default()
            };
            sparse.check(&Config::default().context()).unwrap_err().to_string()
        };
        assert!(refused(Some(50), None).contains("k_sparse.k_at_start"));
        assert!(refused(None, Some(1.0)).contains("k_sparse.warm_up"));
        assert!(refused(Some(50), Some(1e6)).contains("k_sparse.warm_up"));
        assert!(refused(Some(50), Some(0.0)).contains("k_sparse.warm_up"));
    }
}

//! k-sparse: only the `k` largest units of each row's code are kept, the
//! others are 0; gradients flow through the kept ones alone.
//!
//! Makhzani & Frey, "k-sparse autoencoders", 2013. The paper's code is linear,
//! and in use it keeps somewhat more units than in training.

use burn::tensor::Tensor;
use narrows_ops::kept;
use narrows_ops::kernel::rows::fill_rows;
use serde::{Deserialize, Serialize};

use super::top::top;
use super::{Variant, not_beside};
use crate::config::check::within;
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::network::Pass;

/// `[k_sparse]`: how many units of the code a row may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KSparse {
    /// Units kept in training (default 25).
    pub k: usize,
    /// Units kept in use, the paper's αk (default: as in training).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_in_use: Option<usize>,
}

impl Default for KSparse {
    fn default() -> Self {
        KSparse {
            k: 25,
            k_in_use: None,
        }
    }
}

impl Variant for KSparse {
    fn check(&self, config: &Config) -> Result<()> {
        not_beside(
            "k_sparse",
            "winner_take_all",
            config.winner_take_all.is_some(),
            "both choose the units to keep",
        )
    }

    fn check_code(&self, code: usize) -> Result<()> {
        within("k_sparse.k", self.k as f64, 1.0, code as f64)?;
        let in_use = self.k_in_use.unwrap_or(self.k);
        within("k_sparse.k_in_use", in_use as f64, 1.0, code as f64)
    }

    fn code_activation(&self) -> Option<Activation> {
        Some(Activation::Identity)
    }

    /// Use keeps the largest units too, and only of the code.
    fn only_on_code(&self) -> bool {
        true
    }

    fn code(&self, outputs: Tensor<2>, _maps: Option<[usize; 3]>, pass: &Pass) -> Tensor<2> {
        let k = match pass.training() {
            Some(_) => self.k,
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
    use crate::device::{device, matrix, values};

    #[test]
    fn k_is_held_against_the_code_that_the_maps_make() {
        use crate::config::ConvolutionalConfig;
        use crate::plan::Plan;
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
            config.k_sparse = Some(KSparse { k, k_in_use: None });
            Plan::new(&config, 16).map(|plan| plan.config.network.code)
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
        };
        let code = values(sparse.code(outputs, None, &Pass::Evaluate));
        assert_eq!(code, [1.0, 3.0, 0.0, 2.0, -1.0, -3.0, -0.5, 0.0]);
    }
}

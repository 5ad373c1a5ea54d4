//! Winner-take-all: in training each unit of the code is kept only for the
//! rows of the batch on which it is largest (lifetime sparsity); in feature
//! maps only each map's largest place is kept (spatial sparsity). In use
//! nothing is taken away.
//!
//! Makhzani & Frey, "Winner-take-all autoencoders", 2015.

use burn::tensor::Tensor;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::top::top;
use super::{Measured, Variant};
use crate::config::check::{above_zero, within};
use crate::config::{Activation, Config};
use crate::device::{matrix, scalar, values};
use crate::error::Result;
use crate::loss;
use crate::network::Pass;
use crate::warning::Warning;

/// `[winner_take_all]`: the rows for which a unit may speak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WinnerTakeAll {
    /// Share of the batch's rows for which each unit is kept, rounded up
    /// (default 0.05).
    pub share: f32,
}

impl Default for WinnerTakeAll {
    fn default() -> Self {
        WinnerTakeAll { share: 0.05 }
    }
}

impl WinnerTakeAll {
    /// 1 where a unit is kept, `[rows, units]`.
    fn winners(&self, outputs: &[f32], [rows, units]: [usize; 2]) -> Vec<f32> {
        let keep = (f64::from(self.share) * rows as f64).ceil() as usize;
        let columns: Vec<Vec<f32>> = (0..units)
            .into_par_iter()
            .map(|unit| top((0..rows).map(|row| outputs[row * units + unit]), keep))
            .collect();
        let cells = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row]));
        cells.collect()
    }
}

impl Variant for WinnerTakeAll {
    fn check(&self, _: &Config) -> Result<()> {
        above_zero("winner_take_all.share", f64::from(self.share))?;
        within("winner_take_all.share", f64::from(self.share), 0.0, 1.0)
    }

    fn code_activation(&self) -> Option<Activation> {
        Some(Activation::Relu)
    }

    fn warnings(&self, config: &Config) -> Vec<Warning> {
        let batch = config.train.batch;
        let few = batch > 0 && (batch as f32) * self.share < 2.0;
        few.then_some(Warning::SmallBatch { rows: batch })
            .into_iter()
            .collect()
    }

    fn code(&self, outputs: Tensor<2>, pass: &Pass) -> Tensor<2> {
        if pass.training().is_none() {
            return outputs;
        }
        let shape = outputs.dims();
        let mask = self.winners(&values(outputs.clone()), shape);
        let mask = matrix(mask, shape, &outputs.device()).cast(outputs.dtype());
        outputs * mask
    }

    /// The decoder has only ever seen winners: its error from them.
    fn measures(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        let network = measured.network;
        let outputs = network.encoder_outputs(measured.input.clone(), &mut Pass::Evaluate);
        let [rows, units] = outputs.dims();
        let mask = self.winners(&values(outputs.clone()), [rows, units]);
        let code = outputs * matrix(mask, [rows, units], network.device());
        let output = network.output(network.decode_sums(code, &mut Pass::Evaluate));
        let error = loss::sum((output - measured.input.clone()).square());
        vec![("winners_error_per_row", scalar(error) / rows as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_keeps_its_share_of_the_rows() {
        // Two units over four rows.
        let outputs = [1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0];
        let half = WinnerTakeAll { share: 0.5 };
        assert_eq!(
            half.winners(&outputs, [4, 2]),
            [0., 1., 0., 1., 1., 0., 1., 0.]
        );
        // A quarter and a little more is two rows of four.
        let more = WinnerTakeAll { share: 0.26 };
        assert_eq!(more.winners(&outputs, [4, 2]).iter().sum::<f32>(), 4.0);
    }
}

//! Winner-take-all: in training, each unit of the code is kept only for the
//! rows of the batch on which it is largest (lifetime sparsity); in feature
//! maps, only each map's largest pixel is kept (spatial sparsity). In use,
//! nothing is removed.
//!
//! Makhzani & Frey, "Winner-take-all autoencoders", 2015.

use burn::tensor::Tensor;
use narrows_ops::kept;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::top::top;
use super::{Context, Effect, Measure, Measured, Variant};
use crate::settings::ranges::{above_zero, no_effect, within};
use crate::settings::Activation;
use crate::base::device::scalar;
use crate::base::error::Result;
use crate::objective::terms;
use crate::network::Pass;
use crate::base::warning::{Setting, Warning};

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/winner_take_all.toml");
pub(super) const DOCS: &str = "\
| winner-take-all | `winner_take_all` | 784-2000-784, each unit for 5 % of the rows | error an image 6.52 from winners | 6 min 15 s |";

/// `[winner_take_all]`: the rows for which each unit is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WinnerTakeAll {
    /// Share of the batch's rows for which each unit is kept, rounded up
    /// (default 0.05).
    pub share: f32,
    /// Codes that are feature maps: whether only the largest pixel of each map
    /// is kept, and the map is then judged by that pixel (default false).
    pub spatial: bool,
}

impl Default for WinnerTakeAll {
    fn default() -> Self {
        WinnerTakeAll {
            share: 0.05,
            spatial: false,
        }
    }
}

impl WinnerTakeAll {
    /// Returns a mask with 1 for each unit that is kept, `[rows, units]`; the
    /// `pixels` units of one map are adjacent.
    fn winners(&self, outputs: &[f32], [rows, units]: [usize; 2], pixels: usize) -> Vec<f32> {
        // A share such as 0.05 is slightly larger in binary.
        let exact = f64::from(self.share) * rows as f64;
        let keep = (exact - 1e-6 * exact).ceil() as usize;
        // Units compete over the rows, or the winners of maps do.
        let pixels = if self.spatial { pixels } else { 1 };
        let columns: Vec<(Vec<f32>, Vec<usize>)> = (0..units / pixels)
            .into_par_iter()
            .map(|map| {
                let places: Vec<usize> = (0..rows)
                    .map(|row| {
                        let from = row * units + map * pixels;
                        from + largest(&outputs[from..from + pixels])
                    })
                    .collect();
                let kept = top(places.iter().map(|&at| outputs[at]), keep);
                (kept, places)
            })
            .collect();
        let mut mask = vec![0.0; outputs.len()];
        for (kept, places) in columns {
            places
                .into_iter()
                .zip(kept)
                .for_each(|(at, k)| mask[at] = k);
        }
        mask
    }

    fn keep(&self, outputs: Tensor<2>, maps: Option<[usize; 3]>) -> Tensor<2> {
        let shape = outputs.dims();
        let pixels = maps.map_or(1, |[_, height, width]| height * width);
        kept(outputs, |outputs| self.winners(outputs, shape, pixels))
    }
}

/// Returns the position of the largest value, the first if several are equal.
fn largest(values: &[f32]) -> usize {
    (1..values.len()).fold(
        0,
        |best, at| if values[at] > values[best] { at } else { best },
    )
}

impl Variant for WinnerTakeAll {
    fn name(&self) -> &'static str {
        "winner_take_all"
    }

    fn check(&self, context: &Context) -> Result<()> {
        no_effect(
            "winner_take_all.spatial",
            self.spatial && !context.has_code_maps,
            "the code is not feature maps: convolutional.maps is not true",
        )?;
        above_zero("winner_take_all.share", f64::from(self.share))?;
        within("winner_take_all.share", f64::from(self.share), 0.0, 1.0)
    }

    fn effects(&self, _: &Context) -> Vec<Effect> {
        vec![Effect::ZeroesUnits, Effect::TrainsOtherwise]
    }

    fn code_activation(&self) -> Option<Activation> {
        Some(Activation::Relu)
    }

    fn warnings(&self, context: &Context) -> Vec<Warning> {
        let rows = context.batch;
        let enough = (2.0 / self.share).ceil() as usize;
        let few = (1..enough).contains(&rows);
        let try_one = vec![Setting::new("train.batch", enough)];
        few.then_some(Warning::SmallBatch { rows, try_one })
            .into_iter()
            .collect()
    }

    fn code(&self, outputs: Tensor<2>, maps: Option<[usize; 3]>, pass: &Pass) -> Tensor<2> {
        // The loss uses winners, in training and when it is measured.
        if pass.address().is_none() {
            return outputs;
        }
        self.keep(outputs, maps)
    }

    /// Measures the error from winners, the only codes that the decoder has
    /// seen.
    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let network = &measured.coder.network;
        let outputs = network.encoder_outputs(measured.inputs(), &mut Pass::Evaluate);
        let rows = outputs.dims()[0] as f64;
        let code = self.keep(outputs, network.code_maps());
        let output = network.output(network.decode_sums(code, &mut Pass::Evaluate));
        let error = terms::sum((output - measured.input.clone()).square());
        vec![Measure {
            name: "winners_error_per_row",
            value: scalar(error) / rows,
            shown: Some((
                "Error per row from winners",
                "squared error of codes as in training",
            )),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_keeps_its_share_of_the_rows() {
        // Two units over four rows.
        let outputs = [1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0];
        let of = |share| WinnerTakeAll {
            share,
            spatial: false,
        };
        assert_eq!(
            of(0.5).winners(&outputs, [4, 2], 1),
            [0., 1., 0., 1., 1., 0., 1., 0.]
        );
        // A little more than a quarter of four rows is two rows.
        assert_eq!(
            of(0.26).winners(&outputs, [4, 2], 1).iter().sum::<f32>(),
            4.0
        );
        for (share, rows, kept) in [(0.05, 100, 5.0), (0.05, 20, 1.0), (0.1, 30, 3.0)] {
            let outputs: Vec<f32> = (0..rows).map(|row| row as f32).collect();
            let found = of(share).winners(&outputs, [rows, 1], 1);
            assert_eq!(found.iter().sum::<f32>(), kept, "{share} of {rows}");
        }
    }

    #[test]
    fn of_each_map_only_the_largest_place_competes() {
        // Two rows of two maps of two pixels.
        let outputs = [1.0, 4.0, 2.0, 0.5, 3.0, 0.0, 5.0, 6.0];
        let of = |share| WinnerTakeAll {
            share,
            spatial: true,
        };
        let places = [0., 1., 1., 0., 1., 0., 0., 1.];
        assert_eq!(of(1.0).winners(&outputs, [2, 4], 2), places);
        let best = [0., 1., 0., 0., 0., 0., 0., 1.];
        assert_eq!(of(0.5).winners(&outputs, [2, 4], 2), best);
    }
}

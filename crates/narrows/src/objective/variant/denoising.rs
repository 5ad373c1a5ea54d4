//! Denoising: the input is corrupted, and the clean input is the target.
//!
//! Vincent, Larochelle, Bengio & Manzagol, "Extracting and composing robust
//! features with denoising autoencoders", 2008; emphasis: Vincent et al.,
//! "Stacked denoising autoencoders", 2010, section 4.2.

use burn::tensor::Tensor;
use narrows_ops::noisy;
use serde::{Deserialize, Serialize};

use super::{Context, Corrupted, Effect, Measure, Measured, Variant};
use crate::settings::ranges::{above_zero, no_effect, not_negative, share};
use crate::base::device::{matrix, scalar};
use crate::base::error::Result;
use crate::network::Pass;
use crate::base::random::{Address, Stream};
use crate::data::cells::Cells;

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/denoising.toml");
pub(super) const DOCS: &str = "\
| denoising, Gaussian noise of deviation 1 | `denoising` | 784-300-150-300-784 | mse 0.0348 from clean, 0.0400 from corrupted inputs | 55 s |\n\
| denoising, dropout of 0.3 | `denoising --set denoising.noise=dropout` | the same | mse 0.0130 from clean, 0.0159 from corrupted inputs | 115 s |";

/// `[denoising]`: noise on the training inputs. Using the model and the
/// held-out errors of training involve no noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Denoising {
    /// The kind of noise (default Gaussian).
    pub noise: Noise,
    /// Gaussian: standard deviation, in scaled units (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f32>,
    /// All but Gaussian: share of features that are corrupted (default 0.3).
    /// Hiding: share of the cells (default: drawn for each row, evenly from 0.05
    /// to 0.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f32>,
    /// All but Gaussian: weight of the error of corrupted features, Vincent's α
    /// (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrupted_weight: Option<f32>,
    /// All but Gaussian: weight of the error of the other features, Vincent's β
    /// (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean_weight: Option<f32>,
}

/// Ways to corrupt an input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Noise {
    /// A normal draw is added to each feature.
    #[default]
    Gaussian,
    /// A share of the features is set to 0, and the others are multiplied by
    /// `1 / (1 - share)`, which keeps the mean.
    Dropout,
    /// A share of the features is set to 0.
    Masking,
    /// A share of the features is set to 0 or 1 in scaled units, with equal
    /// probability: the extremes of features in [0, 1]. Use
    /// `data.scale = "min_max"` if features lie elsewhere.
    SaltAndPepper,
    /// Whole cells are hidden: all features of a column together, as if the cell
    /// were missing, so that the network learns what the others say of it. If
    /// training rows lack cells, half of the rows are instead shown only what
    /// one of those rows has: holes are then as they are in the data. Cells of
    /// new rows may be missing, as with `data.missing = "mask"`, which this
    /// sets.
    Hiding,
}

const DEVIATION: f32 = 1.0;
const SHARE: f32 = 0.3;
/// The shares of cells that are hidden, from which a row's is drawn.
const HIDDEN: (f32, f32) = (0.05, 0.6);

impl Default for Denoising {
    fn default() -> Self {
        Denoising {
            noise: Noise::Gaussian,
            deviation: None,
            share: None,
            corrupted_weight: None,
            clean_weight: None,
        }
    }
}

impl Denoising {
    /// Returns the corrupted inputs, and 1 for each corrupted feature, 0 for
    /// the others; both `[rows, features]`. Gaussian noise corrupts all
    /// features. Hidden cells keep their features: they are no longer known.
    fn corrupted(
        &self,
        input: Tensor<2>,
        address: Address,
        cells: Option<&Cells>,
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let [rows, features] = input.dims();
        let (device, precision) = (input.device(), input.dtype());
        let tensor = |values| matrix::<f32>(values, [rows, features], &device).cast(precision);
        match self.noise {
            Noise::Gaussian => {
                let noise = address.normals(Stream::Corrupt, 0, features);
                let deviation = f64::from(self.deviation.unwrap_or(DEVIATION));
                return (noisy(input, noise, deviation), None);
            }
            Noise::Hiding => {
                let hidden = match cells {
                    Some(cells) => self.hidden(cells, address),
                    None => vec![0.0; rows * features],
                };
                return (input, Some(tensor(hidden)));
            }
            Noise::Dropout | Noise::Masking | Noise::SaltAndPepper => {}
        }
        let share = self.share.unwrap_or(SHARE);
        let mut drawn = address.uniforms(Stream::Corrupt, 0, features);
        // Of the draws below the share, each half is equally likely.
        let salt = (self.noise == Noise::SaltAndPepper).then(|| {
            let salt = |&draw: &f32| f32::from(u8::from(draw < 0.5 * share));
            tensor(drawn.iter().map(salt).collect())
        });
        drawn
            .iter_mut()
            .for_each(|draw| *draw = f32::from(u8::from(*draw < share)));
        let hit = tensor(drawn);
        let kept = input * (hit.ones_like() - hit.clone());
        let input = match (self.noise, salt) {
            (Noise::Dropout, _) => kept / f64::from(1.0 - share),
            (_, Some(salt)) => kept + salt,
            _ => kept,
        };
        (input, Some(hit))
    }

    /// Returns 1 for each feature of a hidden cell, else 0, `[rows, features]`.
    fn hidden(&self, cells: &Cells, address: Address) -> Vec<f32> {
        /// Draws of a row before those of its cells.
        const OWN: usize = 3;
        let draws = OWN + cells.ranges.len();
        let drawn = address.uniforms(Stream::Corrupt, 0, draws);
        let mut hidden = vec![0.0; address.rows.len() * cells.features()];
        let rows = hidden.chunks_exact_mut(cells.features().max(1));
        for (hidden, drawn) in rows.zip(drawn.chunks_exact(draws)) {
            let [size, way, pattern] = [drawn[0], drawn[1], drawn[2]];
            let share = self.share.unwrap_or(HIDDEN.0 + size * (HIDDEN.1 - HIDDEN.0));
            let holes = match cells.holes.len() {
                0 => None,
                count if way < 0.5 => Some(&cells.holes[(pattern * count as f32) as usize]),
                _ => None,
            };
            for (at, range) in cells.ranges.iter().enumerate() {
                let hide = match holes {
                    Some(holes) => holes[at],
                    None => drawn[OWN + at] < share,
                };
                hidden[range.clone()].fill(f32::from(u8::from(hide)));
            }
        }
        hidden
    }

    fn weights(&self) -> (f64, f64) {
        let or_1 = |weight: Option<f32>| f64::from(weight.unwrap_or(1.0));
        (or_1(self.corrupted_weight), or_1(self.clean_weight))
    }
}

impl Variant for Denoising {
    fn name(&self) -> &'static str {
        "denoising"
    }

    fn check(&self, _: &Context) -> Result<()> {
        let gaussian = self.noise == Noise::Gaussian;
        if let Some(deviation) = self.deviation {
            above_zero("denoising.deviation", f64::from(deviation))?;
        }
        no_effect(
            "denoising.deviation",
            self.deviation.is_some() && !gaussian,
            "denoising.noise is not \"gaussian\"",
        )?;
        if let Some(value) = self.share {
            above_zero("denoising.share", f64::from(value))?;
            share("denoising.share", f64::from(value))?;
        }
        no_effect(
            "denoising.share",
            self.share.is_some() && gaussian,
            "Gaussian noise is on every feature; denoising.deviation says how much",
        )?;
        for (key, weight) in [
            ("denoising.corrupted_weight", self.corrupted_weight),
            ("denoising.clean_weight", self.clean_weight),
        ] {
            let Some(weight) = weight else { continue };
            not_negative(key, f64::from(weight))?;
            no_effect(
                key,
                gaussian,
                "Gaussian noise corrupts every feature, so there are none to weigh against",
            )?;
        }
        above_zero(
            "denoising.corrupted_weight",
            self.weights().0 + self.weights().1,
        )
    }

    fn effects(&self, _: &Context) -> Vec<Effect> {
        match self.noise {
            Noise::Hiding => vec![Effect::CorruptsInputs, Effect::HidesCells],
            _ => vec![Effect::CorruptsInputs],
        }
    }

    fn corrupt(&self, input: Corrupted, address: Address, cells: Option<&Cells>) -> Corrupted {
        let (corrupted, hit) = self.corrupted(input.input, address, cells);
        let known = match (&hit, self.noise) {
            (Some(hidden), Noise::Hiding) => {
                let shown = hidden.ones_like() - hidden.clone();
                Some(match input.known {
                    Some(known) => known * shown,
                    None => shown,
                })
            }
            _ => input.known,
        };
        let (of_hit, of_clean) = self.weights();
        let weigh = of_hit != 1.0 || of_clean != 1.0;
        let weights = hit
            .filter(|_| weigh)
            .map(|hit| hit * (of_hit - of_clean) + of_clean);
        let emphasis = match (input.emphasis, weights) {
            (Some(emphasis), Some(weights)) => Some(emphasis * weights),
            (emphasis, weights) => emphasis.or(weights),
        };
        Corrupted {
            input: corrupted,
            emphasis,
            known,
        }
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let network = &measured.coder.network;
        let clean = Corrupted::clean(measured.input.clone(), measured.known.clone());
        let cells = network.cells().map(AsRef::as_ref);
        let (_, hit) = self.corrupted(measured.input.clone(), measured.address, cells);
        let corrupted = self.corrupt(clean, measured.address, cells);
        let inputs = network.inputs(corrupted.input, corrupted.known.as_ref());
        let code = measured.coder.encode(inputs, &mut Pass::Evaluate);
        let output = network.output(network.decode_sums(code, &mut Pass::Evaluate));
        let squares = (output - measured.input.clone()).square();
        let counted = match (self.noise, hit) {
            (Noise::Hiding, Some(hidden)) => Some(match &measured.known {
                Some(known) => hidden * known.clone(),
                None => hidden,
            }),
            _ => measured.known.clone(),
        };
        let [rows, features] = measured.input.dims();
        let (squares, count) = match counted {
            Some(counted) => (
                squares * counted.clone(),
                scalar(counted.sum_dim(1).sum()).max(1.0),
            ),
            None => (squares, (rows * features) as f64),
        };
        let error = scalar(squares.sum_dim(1).sum()) / count;
        if self.noise == Noise::Hiding {
            let meaning = "squared error of a feature of cells hidden at random";
            return vec![Measure {
                name: "hidden_mse",
                value: error,
                shown: Some(("Error of hidden cells", meaning)),
            }];
        }
        vec![
            Measure {
                name: "corrupted_mse",
                value: error,
                shown: None,
            },
            Measure {
                name: "corrupted_error_per_row",
                value: error * features as f64,
                shown: Some((
                    "Error per row from corrupted inputs",
                    "squared error, summed over features",
                )),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::device::{device, values};

    const FEATURES: usize = 400;

    /// Corrupts 50 rows of 0.5.
    fn corrupted(denoising: &Denoising) -> (Vec<f32>, Vec<f32>) {
        let rows: Vec<usize> = (0..50).collect();
        let address = Address {
            seed: 1,
            epoch: 1,
            rows: &rows,
            turn: 0,
        };
        let input = matrix(
            vec![0.5f32; 50 * FEATURES],
            [50, FEATURES],
            &device("cpu").unwrap(),
        );
        let (input, hit) = denoising.corrupted(input, address, None);
        let all = input.ones_like();
        (values(input), values(hit.unwrap_or(all)))
    }

    fn share_of(values: &[f32], is: impl Fn(f32) -> bool) -> f64 {
        values.iter().filter(|&&v| is(v)).count() as f64 / values.len() as f64
    }

    #[test]
    fn gaussian_noise_has_its_deviation() {
        let (input, _) = corrupted(&Denoising {
            deviation: Some(0.3),
            ..Default::default()
        });
        let count = input.len() as f64;
        let mean = input.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
        let spread = input
            .iter()
            .map(|&v| (f64::from(v) - 0.5).powi(2))
            .sum::<f64>()
            / count;
        // Five standard errors of 20,000 draws.
        assert!((mean - 0.5).abs() < 5.0 * 0.3 / count.sqrt(), "{mean}");
        assert!((spread.sqrt() - 0.3).abs() < 5.0 * 0.3 / (2.0 * count).sqrt());
    }

    #[test]
    fn each_other_noise_hits_its_share_and_does_what_it_says() {
        for (noise, kept) in [
            (Noise::Dropout, 0.5 / 0.75),
            (Noise::Masking, 0.5),
            (Noise::SaltAndPepper, 0.5),
        ] {
            let (input, hit) = corrupted(&Denoising {
                noise,
                share: Some(0.25),
                ..Default::default()
            });
            let found = share_of(&hit, |h| h == 1.0);
            assert!((found - 0.25).abs() < 0.02, "{noise:?}: {found}");
            for (&value, &hit) in input.iter().zip(&hit) {
                let clean = (value - kept as f32).abs() < 1e-6;
                assert_eq!(clean, hit == 0.0, "{noise:?}: {value}");
            }
            let salt = share_of(&input, |v| v == 1.0);
            let expected = if noise == Noise::SaltAndPepper {
                0.125
            } else {
                0.0
            };
            assert!((salt - expected).abs() < 0.015, "{noise:?}: {salt}");
        }
    }

    #[test]
    fn cells_are_hidden_whole_and_as_often_as_asked() {
        let cells = Cells {
            ranges: vec![0..1, 1..4, 4..5, 5..7],
            shown: vec![0.0; 7],
            told: vec![0, 4],
            holes: Vec::new(),
        };
        let rows: Vec<usize> = (0..4000).collect();
        let address = Address {
            seed: 1,
            epoch: 1,
            rows: &rows,
            turn: 0,
        };
        let hiding = |share| Denoising {
            noise: Noise::Hiding,
            share,
            ..Default::default()
        };
        for (share, expected) in [(Some(0.2), 0.2), (None, 0.325)] {
            let hidden = hiding(share).hidden(&cells, address);
            for row in hidden.chunks_exact(7) {
                assert!(row[1] == row[2] && row[2] == row[3] && row[5] == row[6]);
            }
            for cell in [0, 1, 4, 5] {
                let column: Vec<f32> = hidden.iter().skip(cell).step_by(7).copied().collect();
                let found = share_of(&column, |h| h == 1.0);
                // Four standard errors of 4,000 draws.
                assert!((found - expected).abs() < 0.03, "{cell}: {found}");
            }
        }
        // With a pattern of holes, half of the rows lack just that.
        let holes = Cells {
            holes: vec![vec![true, false, true, false]],
            ..cells
        };
        let hidden = hiding(Some(0.001)).hidden(&holes, address);
        let pattern = [1., 0., 0., 0., 1., 0., 0.];
        let like = hidden.chunks_exact(7).filter(|row| *row == pattern).count();
        assert!((1870..2130).contains(&like), "{like}");
    }

    #[test]
    fn emphasis_weighs_corrupted_and_clean_features() {
        let denoising = Denoising {
            noise: Noise::Masking,
            corrupted_weight: Some(3.0),
            clean_weight: Some(0.5),
            ..Default::default()
        };
        let address = Address {
            seed: 1,
            epoch: 1,
            rows: &[0, 1],
            turn: 0,
        };
        let input = matrix(vec![0.5f32; 16], [2, 8], &device("cpu").unwrap());
        let corrupted = denoising.corrupt(
            Corrupted::clean(input, None),
            address,
            None,
        );
        let weights = values(corrupted.emphasis.unwrap());
        for (value, weight) in values(corrupted.input).into_iter().zip(weights) {
            assert_eq!(weight, if value == 0.0 { 3.0 } else { 0.5 });
        }
    }
}

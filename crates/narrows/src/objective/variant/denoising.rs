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
}

const DEVIATION: f32 = 1.0;
const SHARE: f32 = 0.3;

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
    /// features.
    fn corrupted(&self, input: Tensor<2>, address: Address) -> (Tensor<2>, Option<Tensor<2>>) {
        let [rows, features] = input.dims();
        let (device, precision) = (input.device(), input.dtype());
        let tensor = |values| matrix::<f32>(values, [rows, features], &device).cast(precision);
        if self.noise == Noise::Gaussian {
            let noise = address.normals(Stream::Corrupt, 0, features);
            let deviation = f64::from(self.deviation.unwrap_or(DEVIATION));
            return (noisy(input, noise, deviation), None);
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
        vec![Effect::CorruptsInputs]
    }

    fn corrupt(&self, input: Corrupted, address: Address) -> Corrupted {
        let (corrupted, hit) = self.corrupted(input.input, address);
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
        }
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let [rows, features] = measured.input.dims();
        let (corrupted, _) = self.corrupted(measured.input.clone(), measured.address);
        let network = &measured.coder.network;
        let code = measured.coder.encode(corrupted, &mut Pass::Evaluate);
        let output = network.output(network.decode_sums(code, &mut Pass::Evaluate));
        let squares = (output - measured.input.clone()).square();
        let error = scalar(squares.sum_dim(1).sum()) / rows as f64;
        vec![
            Measure {
                name: "corrupted_mse",
                value: error / features as f64,
                shown: None,
            },
            Measure {
                name: "corrupted_error_per_row",
                value: error,
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
        let (input, hit) = denoising.corrupted(input, address);
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
            Corrupted {
                input,
                emphasis: None,
            },
            address,
        );
        let weights = values(corrupted.emphasis.unwrap());
        for (value, weight) in values(corrupted.input).into_iter().zip(weights) {
            assert_eq!(weight, if value == 0.0 { 3.0 } else { 0.5 });
        }
    }
}

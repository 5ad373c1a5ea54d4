//! Generative stochastic network: a denoising autoencoder that draws rows of
//! the learnt distribution by a chain of corrupting and reconstructing.
//!
//! Bengio, Yao, Alain & Vincent, "Generalized denoising auto-encoders as
//! generative models", 2013; Bengio, Laufer, Alain & Yosinski, "Deep generative
//! stochastic networks", 2014. Walk-back training takes several steps of the
//! chain from each row and asks for the row at every step, so that the chain
//! learns to return from wherever it strays: `x̃ₜ ~ C(xₜ₋₁)`,
//! `xₜ ~ p(x | x̃ₜ)`, and the term is the mean over `t` of `-log p(x₀ | x̃ₜ)`.

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use serde::{Deserialize, Serialize};

use super::{Coder, Context, Corrupted, Effect, Encoded, Need, Sampled, Variant};
use crate::settings::ranges::{not_negative, within};
use crate::settings::{LossConfig, Reconstruction};
use crate::base::device::{matrix, values};
use crate::base::error::{Error, Result};
use crate::objective::terms::{self, Terms, row_errors};
use crate::network::{Network, Pass};
use crate::base::random::{Address, Stream};

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/generative_stochastic.toml");
pub(super) const DOCS: &str = "\
| generative stochastic | `generative_stochastic` | 784-800-784, walk-back 4 | mse 0.0139 from clean, 0.0164 from corrupted inputs; draws digits by its chain | 5 min 19 s |";

/// `[generative_stochastic]`: walk-back training and sampling by the chain; its
/// corruption is that of `[denoising]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GenerativeStochastic {
    /// Steps of the chain that training takes from each row (default 4).
    pub walk_back: usize,
    /// Standard deviation of normal noise on the code, in training and in
    /// the chain (default 0).
    pub code_noise: f32,
    /// Steps of the chain before a generated row is taken (default 50).
    pub steps: usize,
}

impl Default for GenerativeStochastic {
    fn default() -> Self {
        GenerativeStochastic {
            walk_back: 4,
            code_noise: 0.0,
            steps: 50,
        }
    }
}

impl GenerativeStochastic {
    fn noisy(&self, code: Tensor<2>, address: Address) -> Tensor<2> {
        if self.code_noise == 0.0 {
            return code;
        }
        let shape = code.dims();
        let noise = address.normals(Stream::Code, 0, shape[1]);
        let noise = matrix(noise, shape, &code.device()).cast(code.dtype());
        code + noise * f64::from(self.code_noise)
    }
}

/// Draws from `p(x | sums)`, `[rows, features]`: Bernoulli features for `bce`,
/// normal ones for `gaussian`, otherwise the reconstruction itself.
fn drawn(config: &LossConfig, network: &Network, sums: Tensor<2>, address: Address) -> Tensor<2> {
    let shape = sums.dims();
    let (device, precision) = (sums.device(), sums.dtype());
    let tensor = |values| matrix::<f32>(values, shape, &device).cast(precision);
    match config.reconstruction {
        Reconstruction::Bce => {
            let uniform = address.uniforms(Stream::Feature, 0, shape[1]);
            let hit = tensor(uniform).lower(sigmoid(sums.clone()));
            sums.zeros_like().mask_fill(hit, 1.0)
        }
        Reconstruction::Gaussian => {
            let noise = tensor(address.normals(Stream::Feature, 0, shape[1]));
            network.output(sums) + noise * f64::from(config.deviation.unwrap_or(1.0))
        }
        _ => network.output(sums),
    }
}

impl Variant for GenerativeStochastic {
    fn name(&self) -> &'static str {
        "generative_stochastic"
    }

    fn check(&self, context: &Context) -> Result<()> {
        if context.loss.reconstruction == Reconstruction::Columns {
            return Err(Error::config(
                "loss.reconstruction",
                "\"columns\" beside [generative_stochastic]",
                "features that its chain draws in one way",
                "set loss.reconstruction = \"mse\" or \"gaussian\", or leave [generative_stochastic] out",
            ));
        }
        within(
            "generative_stochastic.walk_back",
            self.walk_back as f64,
            1.0,
            1000.0,
        )?;
        within("generative_stochastic.steps", self.steps as f64, 1.0, 1e4)?;
        not_negative(
            "generative_stochastic.code_noise",
            f64::from(self.code_noise),
        )
    }

    fn needs(&self) -> Option<Need> {
        Some(Need {
            effect: Effect::CorruptsInputs,
            found: "no [denoising] beside [generative_stochastic]",
            expected: "the corruption that its chain goes by",
            hint: "add [denoising] with the noise to take",
        })
    }

    fn effects(&self, _: &Context) -> Vec<Effect> {
        vec![Effect::DrawsRows]
    }

    fn excludes(&self, _: &Context) -> Vec<(Effect, &'static str)> {
        let mut excluded = Vec::new();
        if self.code_noise > 0.0 {
            let reason = "generative_stochastic.code_noise would undo what it asks of the code";
            excluded.extend([Effect::ZeroesUnits, Effect::HoldsActivity].map(|e| (e, reason)));
        }
        excluded.push((Effect::DrawsRows, "each draws new rows in its own way"));
        let reason = "its chain goes by corrupted features, and hidden cells keep theirs";
        excluded.push((Effect::HidesCells, reason));
        excluded
    }

    fn code(&self, outputs: Tensor<2>, _maps: Option<[usize; 3]>, pass: &Pass) -> Tensor<2> {
        match pass.training() {
            Some(train) => self.noisy(outputs, train.address),
            None => outputs,
        }
    }

    fn objective(
        &self,
        config: &LossConfig,
        coder: &Coder,
        encoded: &Encoded,
        pass: &mut Pass,
    ) -> Option<Terms> {
        let network = &coder.network;
        let first = pass.training()?.address;
        let target = encoded.target.clone();
        let rows = target.dims()[0] as f64;
        let mut encoded = encoded.clone();
        let mut sum: Option<Tensor<1>> = None;
        for turn in 0..self.walk_back as u64 {
            if let Pass::Train(train) = pass {
                train.address.turn = turn;
            }
            let code = coder.code(encoded.outputs.clone(), pass);
            let sums = network.decode_sums(code, pass);
            let emphasis = encoded.emphasis.as_ref();
            let each = row_errors(config, network, sums.clone(), target.clone(), emphasis);
            let cost = terms::sum(each) / rows;
            sum = Some(match sum {
                Some(sum) => sum + cost,
                None => cost,
            });
            if turn + 1 < self.walk_back as u64 {
                let next = Address { turn, ..first };
                // No gradient goes through a draw.
                let strayed = drawn(config, network, sums.detach(), next);
                let next = Address {
                    turn: turn + 1,
                    ..first
                };
                let strayed = Corrupted {
                    input: strayed,
                    emphasis: encoded.known.clone(),
                    known: None,
                };
                let corrupted = coder.corrupt(strayed, next);
                if let Pass::Train(train) = pass {
                    train.address.turn = turn + 1;
                }
                encoded.outputs = network.encoder_outputs(corrupted.input, pass);
                encoded.emphasis = corrupted.emphasis;
            }
        }
        if let Pass::Train(train) = pass {
            train.address.turn = first.turn;
        }
        let steps = self.walk_back as f64;
        sum.map(|sum| vec![("reconstruction", sum / steps)])
    }

    fn passes(&self) -> Option<(&'static str, usize)> {
        Some(("generative_stochastic.steps", self.steps))
    }

    /// Draws each row by a chain of its own, from features drawn evenly in [0,
    /// 1).
    fn sample(&self, sampled: &Sampled) -> Option<Vec<f32>> {
        let (coder, config) = (sampled.coder, sampled.loss);
        let network = &coder.network;
        let address = sampled.address;
        let shape = [address.rows.len(), sampled.features];
        let start = address.uniforms(Stream::Sample, 0, shape[1]);
        let mut x = matrix(start, shape, network.device());
        let mut code = None;
        for turn in 1..=self.steps as u64 {
            let address = Address { turn, ..address };
            let input = coder.corrupt(Corrupted::clean(x, None), address).input;
            let outputs = network.encoder_outputs(input, &mut Pass::Evaluate);
            let made = self.noisy(coder.code(outputs, &Pass::Evaluate), address);
            let sums = network.decode_sums(made.clone(), &mut Pass::Evaluate);
            x = drawn(config, network, sums, address);
            code = Some(made);
        }
        code.map(values)
    }
}

#[cfg(test)]
mod tests;

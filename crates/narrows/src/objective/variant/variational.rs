//! Variational: the encoder gives a normal distribution for each row's code,
//! and the code is drawn from that distribution.
//!
//! Kingma & Welling, "Auto-encoding variational Bayes", 2014. The encoder's
//! outputs are a mean `μ` and a spread for each unit; `h = μ + σ ε` with
//! `ε ~ N(0, 1)`. The term is the divergence from the prior `N(0, I)`:
//! - `log_variance`, `γ = log σ²`: `½ Σ (exp γ + μ² - 1 - γ)`;
//! - `sigma`: `½ Σ (μ² + σ² - 1 - log(1e-10 + σ²))`.
//!
//! With beta 1 and a likelihood in nats (`bce`, `gaussian`) the loss is the
//! negative evidence lower bound (ELBO), in nats per row.
//!
//! Free bits: Kingma et al., "Improved variational inference with inverse
//! autoregressive flow", 2016, section C.8.

mod importance;

use burn::tensor::Tensor;
pub use narrows_ops::Spread;
use narrows_ops::{divergence, divergences, draw};
use serde::{Deserialize, Serialize};

use self::importance::DrawnCodes;
use super::discrepancy::code_prior_mmd;
use super::{Coder, Context, Effect, Encoded, Forward, Measure, Measured, Sampled, Variant, Weighted};
use crate::settings::ranges::{above_zero, no_effect, not_negative, within};
use crate::settings::ranges::quoted;
use crate::settings::{Activation, LossConfig, Reconstruction};
use crate::base::device::{scalar, values};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::objective::terms::{self, Terms, row_errors};
use crate::network::{Network, Pass};
use crate::base::random::Stream;

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/variational.toml");
pub(super) const DOCS: &str = "\
| variational | `variational` | 784-500-500-20 and back | ELBO -96.96 nats an image (reconstruction 72.23, KL 24.73) | 14 min 11 s |";

/// `[variational]`: codes drawn from a distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Variational {
    /// What the encoder gives in addition to the mean (default `log_variance`).
    pub spread: Spread,
    /// Weight of the divergence (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<f32>,
    /// Epochs over which beta rises linearly from 0 (default 0). Under
    /// `[layerwise]`, the epochs of the code's phase; fine-tuning counts all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<f64>,
    /// Nats below which a smaller divergence of a unit, averaged over the
    /// batch, costs no less (default 0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_bits: Option<f32>,
    /// Draws of each row's code per step. More than 1 trains the
    /// importance-weighted bound (default 1).
    pub samples: usize,
}

impl Default for Variational {
    fn default() -> Self {
        Variational {
            spread: Spread::LogVariance,
            beta: None,
            warm_up: None,
            free_bits: None,
            samples: 1,
        }
    }
}

impl Variational {
    fn divergence_term(&self, outputs: Tensor<2>, progress: Option<f64>) -> Tensor<1> {
        let units = divergence(self.spread, outputs);
        let units = match self.free_bits {
            Some(free) => units.clamp_min(f64::from(free)),
            None => units,
        };
        let share = match (self.warm_up, progress) {
            (Some(epochs), Some(done)) if epochs > 0.0 => (done / epochs).min(1.0),
            _ => 1.0,
        };
        units.sum() * (f64::from(self.beta.unwrap_or(1.0)) * share)
    }
}

impl Variant for Variational {
    fn name(&self) -> &'static str {
        "variational"
    }

    fn check(&self, context: &Context) -> Result<()> {
        if let Some(beta) = self.beta {
            above_zero("variational.beta", f64::from(beta))?;
        }
        if let Some(epochs) = self.warm_up {
            within("variational.warm_up", epochs, 0.0, context.epochs as f64)?;
        }
        if let Some(free) = self.free_bits {
            not_negative("variational.free_bits", f64::from(free))?;
        }
        within("variational.samples", self.samples as f64, 1.0, 1e4)?;
        for (key, set) in [
            ("variational.beta", self.beta.is_some()),
            ("variational.warm_up", self.warm_up.is_some()),
            ("variational.free_bits", self.free_bits.is_some()),
        ] {
            let bound = "variational.samples above 1 trains the importance-weighted bound, which has no divergence apart";
            no_effect(key, set && self.samples > 1, bound)?;
        }
        // What is chosen by the rows is checked once they are there.
        let is_open = context.loss.reconstruction == Reconstruction::Auto;
        if self.samples > 1 && !is_open && !context.loss.is_likelihood() {
            return Err(Error::config(
                "loss.reconstruction",
                quoted(&context.loss.reconstruction),
                "a likelihood in nats, \"bce\", \"gaussian\" or \"columns\", for variational.samples above 1",
                "set loss.reconstruction = \"gaussian\", or variational.samples = 1",
            ));
        }
        if context.code_activation != Activation::Identity {
            return Err(Error::config(
                "network.code_activation",
                quoted(&context.code_activation),
                "\"identity\": a [variational] code's mean can be any number",
                Hint::from(Remedy::LeaveOut("network.code_activation".into())).and(", and tables that need another"),
            ));
        }
        if context.tied {
            return Err(Error::config(
                "network.tied",
                "tied weights beside [variational]",
                "weights of their own: the encoder gives two numbers for each unit, and the decoder takes one",
                "set network.tied = false, or leave [variational] out",
            ));
        }
        Ok(())
    }

    fn effects(&self, _: &Context) -> Vec<Effect> {
        vec![
            Effect::DrawsCodes,
            Effect::HasPrior,
            Effect::DrawsRows,
            Effect::OnCodeOnly,
        ]
    }

    fn excludes(&self, _: &Context) -> Vec<(Effect, &'static str)> {
        let reason = "each makes the code in its own way";
        vec![(Effect::ZeroesUnits, reason)]
    }

    fn draws(&self) -> usize {
        self.samples
    }

    fn unit_divergences(&self, network: &Network, input: Tensor<2>) -> Option<Vec<f32>> {
        let outputs = network.encoder_outputs(input, &mut Pass::Evaluate);
        Some(values(divergences(self.spread, outputs).sum_dim(0)))
    }

    fn code_activation(&self) -> Option<Activation> {
        Some(Activation::Identity)
    }

    fn outputs_per_unit(&self) -> usize {
        2
    }

    fn code(&self, outputs: Tensor<2>, _maps: Option<[usize; 3]>, pass: &Pass) -> Tensor<2> {
        let code = outputs.dims()[1] / 2;
        match pass.address() {
            Some(address) => {
                let noise = address.normals(Stream::Code, 0, code);
                draw(self.spread, outputs, noise)
            }
            None => outputs.narrow(1, 0, code),
        }
    }

    fn terms(&self, forward: &Forward) -> Terms {
        if self.samples > 1 && forward.pass.address().is_some() {
            return Vec::new();
        }
        let progress = forward.pass.training().map(|train| train.progress);
        let outputs = forward.outputs.clone();
        vec![("kl", self.divergence_term(outputs, progress))]
    }

    fn objective(
        &self,
        config: &LossConfig,
        coder: &Coder,
        encoded: &Encoded,
        pass: &mut Pass,
    ) -> Option<Terms> {
        let address = pass.address().filter(|_| self.samples > 1)?;
        let draws = DrawnCodes {
            spread: self.spread,
            config,
            network: &coder.network,
            encoded,
        };
        Some(draws.bound(address, self.samples, pass))
    }

    fn weight(&self, term: &str) -> Option<(&'static str, f64)> {
        (term == "kl").then(|| ("variational.beta", f64::from(self.beta.unwrap_or(1.0))))
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let rows = measured.input.dims()[0] as f64;
        let (network, config) = (&measured.coder.network, measured.loss);
        let mut pass = Pass::Measure(measured.address);
        let outputs = network.encoder_outputs(measured.inputs(), &mut pass);
        let kl = scalar(terms::sum(divergences(self.spread, outputs.clone()))) / rows;
        let code = self.code(outputs, None, &pass);
        let sums = network.decode_sums(code.clone(), &mut pass);
        let target = measured.input.clone();
        let cost = row_errors(config, network, sums, target, measured.known.as_ref());
        let cost = scalar(terms::sum(cost)) / rows;
        let mut measures = vec![
            Measure {
                name: "kl",
                value: kl,
                shown: Some(("Divergence per row", "of the codes from the prior, in nats")),
            },
            Measure {
                name: "drawn_reconstruction",
                value: cost,
                shown: None,
            },
        ];
        if config.is_likelihood() {
            measures.push(Measure {
                name: "elbo",
                value: -cost - kl,
                shown: Some(("ELBO per row", "lower bound of the log-likelihood, in nats")),
            });
        }
        if measured.address.rows.len() > 1 {
            let width = code.dims()[1];
            let drawn = measured.address.normals(Stream::Prior, 0, width);
            measures.push(code_prior_mmd(&values(code), &drawn, width));
        }
        measures
    }

    fn weighted_codes(
        &self,
        measured: &Measured,
        samples: std::ops::Range<usize>,
    ) -> Option<Weighted> {
        let mut pass = Pass::Measure(measured.address);
        let network = &measured.coder.network;
        let encoded = Encoded {
            outputs: network.encoder_outputs(measured.inputs(), &mut pass),
            target: measured.input.clone(),
            emphasis: measured.known.clone(),
            known: measured.known.clone(),
        };
        let draws = DrawnCodes {
            spread: self.spread,
            config: measured.loss,
            network,
            encoded: &encoded,
        };
        let drawn = draws.draw(measured.address, samples, &mut pass);
        Some(Weighted {
            log_weights: values(drawn.log_weights),
            codes: values(drawn.codes),
        })
    }

    fn sample(&self, sampled: &Sampled) -> Option<Vec<f32>> {
        Some(sampled.address.normals(Stream::Sample, 0, sampled.code))
    }
}

#[cfg(test)]
mod tests;

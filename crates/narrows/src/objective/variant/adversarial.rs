//! Adversarial: a critic next to the network learns to tell codes from draws of
//! a chosen prior, and the encoder learns to deceive it, so that the codes'
//! distribution approaches the prior.
//!
//! Makhzani, Shlens, Jaitly, Goodfellow & Frey, "Adversarial autoencoders",
//! 2015; with labels, section 2.3. With the critic's logit `D`, the terms are
//! - `critic`: `mean softplus(-D(prior)) + mean softplus(D(code))`, for the
//!   critic alone;
//! - `adversarial`: `mean softplus(-D(code))`, for the encoder alone
//!   (Goodfellow et al. 2014, the form that does not saturate).

mod prior;

use burn::tensor::Tensor;
use burn::tensor::activation::leaky_relu;
use narrows_ops::softplus;
use serde::{Deserialize, Serialize};

use super::discrepancy::code_prior_mmd;
use super::{Context, Effect, Forward, Measure, Measured, Sampled, Variant};
use crate::settings::ranges::{above_zero, no_effect, within};
use crate::settings::ranges::quoted;
use crate::settings::{Activation, Init};
use crate::base::device::{matrix, values};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::objective::terms::Terms;
use crate::network::{Network, OwnSpec, Pass};
use crate::settings::ranges::MOST_WEIGHTS;
use crate::base::random::{Address, Stream};

pub use prior::Prior;

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/adversarial.toml");
pub(super) const DOCS: &str = "\
| adversarial | `adversarial` | 784-500-250-8 and back | cross-entropy 89.4 nats an image, squared MMD of codes to the prior 0.045 | 9 min 31 s |";

/// `[adversarial]`: codes distributed like a prior, by means of a critic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Adversarial {
    /// The intended distribution of codes (default Gaussian).
    pub prior: Prior,
    /// Mixture and swiss roll: components of the mixture, or sections of the
    /// roll assigned to classes (default 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<usize>,
    /// Weight of the encoder's term (default 1).
    pub weight: f32,
    /// Widths of the critic's hidden layers (default `[256, 256]`).
    pub critic: Vec<usize>,
    /// Whether the critic gets each row's label, if there is one, so that each
    /// class takes its own component (default false).
    pub labels: bool,
}

const COMPONENTS: usize = 10;
/// Slope of the critic's leaky ReLUs below 0.
const LEAK: f64 = 0.2;

impl Default for Adversarial {
    fn default() -> Self {
        Adversarial {
            prior: Prior::Gaussian,
            components: None,
            weight: 1.0,
            critic: vec![256, 256],
            labels: false,
        }
    }
}

impl Adversarial {
    fn components(&self) -> usize {
        self.components.unwrap_or(COMPONENTS)
    }

    /// Returns the number of the critic's inputs for labels: one for each
    /// component and one for rows without a label.
    fn label_places(&self) -> usize {
        if self.labels {
            self.components() + 1
        } else {
            0
        }
    }

    /// Returns the critic's logit of each row, `[rows, 1]`; `given` is
    /// `[rows, code + label places]`. A frozen critic gathers no gradients.
    fn logits(&self, network: &Network, given: Tensor<2>, frozen: bool) -> Tensor<2> {
        let find = |name: String| {
            let value = network.own(&name);
            if frozen { value.detach() } else { value }
        };
        let layers = self.critic.len() + 1;
        (0..layers).fold(given, |x, at| {
            let sums = x.matmul(find(format!("critic.{at}.weight")));
            let sums = sums + find(format!("critic.{at}.bias"));
            if at + 1 == layers {
                sums
            } else {
                leaky_relu(sums, LEAK)
            }
        })
    }

    /// Draws codes `[rows, code]` from the prior, and the component of each.
    fn draw(&self, address: Address, code: usize) -> (Vec<f32>, Vec<usize>) {
        self.prior.draw(address, code, self.components())
    }

    /// Appends the critic's label inputs to the codes.
    fn told(&self, code: Tensor<2>, components: &[Option<usize>]) -> Tensor<2> {
        let places = self.label_places();
        if places == 0 {
            return code;
        }
        let mut told = vec![0.0f32; components.len() * places];
        for (row, component) in told.chunks_mut(places).zip(components) {
            row[component.unwrap_or(places - 1)] = 1.0;
        }
        let told = matrix(told, [components.len(), places], &code.device()).cast(code.dtype());
        Tensor::cat(vec![code, told], 1)
    }
}

impl Variant for Adversarial {
    fn name(&self) -> &'static str {
        "adversarial"
    }

    fn check(&self, context: &Context) -> Result<()> {
        above_zero("adversarial.weight", f64::from(self.weight))?;
        for &width in &self.critic {
            within("adversarial.critic", width as f64, 1.0, 65536.0)?;
        }
        let own = self.own(context.code);
        let weights = own.iter().fold(0usize, |sum, own| {
            sum.saturating_add(own.shape[0].saturating_mul(own.shape[1]))
        });
        if weights > MOST_WEIGHTS {
            return Err(Error::config(
                "adversarial.critic",
                format!("a critic of {weights} weights"),
                format!("at most {MOST_WEIGHTS}"),
                "narrow its widest layers",
            ));
        }
        let gaussian = self.prior == Prior::Gaussian;
        if let Some(components) = self.components {
            within("adversarial.components", components as f64, 1.0, 1e4)?;
            no_effect(
                "adversarial.components",
                gaussian,
                "a Gaussian prior has one component",
            )?;
        }
        no_effect(
            "adversarial.labels",
            self.labels && gaussian,
            "a Gaussian prior has no components for classes to take",
        )?;
        if !gaussian && context.code < 2 {
            return Err(Error::config(
                "adversarial.prior",
                "a prior in a plane with network.code = 1",
                "a code of at least 2 units",
                "raise network.code, or set adversarial.prior = \"gaussian\"",
            ));
        }
        if context.code_activation != Activation::Identity {
            return Err(Error::config(
                "network.code_activation",
                quoted(&context.code_activation),
                "\"identity\": an [adversarial] code must be able to reach every draw of its prior",
                Hint::from(Remedy::LeaveOut("network.code_activation".into())).and(", and tables that need another"),
            ));
        }
        Ok(())
    }

    fn code_activation(&self) -> Option<Activation> {
        Some(Activation::Identity)
    }

    fn effects(&self, _: &Context) -> Vec<Effect> {
        vec![Effect::HasPrior, Effect::DrawsRows, Effect::OnCodeOnly]
    }

    fn excludes(&self, _: &Context) -> Vec<(Effect, &'static str)> {
        vec![
            (Effect::HasPrior, "each gives the code a prior"),
            (
                Effect::ZeroesUnits,
                "a code of zeros never has the prior",
            ),
        ]
    }

    fn own(&self, code: usize) -> Vec<OwnSpec> {
        let mut widths = vec![code + self.label_places()];
        widths.extend(&self.critic);
        widths.push(1);
        let layers = widths.windows(2).enumerate();
        let layer = |(at, pair): (usize, &[usize])| {
            let named = |name: &str, shape, init| OwnSpec {
                name: format!("critic.{at}.{name}"),
                shape,
                init,
            };
            [
                named("weight", [pair[0], pair[1]], Some(Init::He)),
                named("bias", [1, pair[1]], None),
            ]
        };
        layers.flat_map(layer).collect()
    }

    fn classes(&self) -> Option<usize> {
        self.labels.then(|| self.components())
    }

    fn terms(&self, forward: &Forward) -> Terms {
        let [rows, code] = forward.code.dims();
        let network = &forward.coder.network;
        let Pass::Train(train) = forward.pass else {
            // What the critic has learnt does not belong in a held-out error.
            let told = self.told(forward.code.clone(), &vec![None; rows]);
            let deceived = softplus(-self.logits(network, told, true)).mean();
            return vec![("adversarial", deceived * f64::from(self.weight))];
        };
        let (drawn, components) = self.draw(train.address, code);
        let drawn = matrix(drawn, [rows, code], &forward.code.device()).cast(forward.code.dtype());
        let classes: Vec<Option<usize>> = train.classes();
        // The component of a draw is hidden as often as the label of a row is
        // missing.
        let known = |(component, class): (usize, &Option<usize>)| class.map(|_| component);
        let components: Vec<_> = components.into_iter().zip(&classes).map(known).collect();
        let drawn = self.told(drawn, &components);
        let code = self.told(forward.code.clone(), &classes);
        let mean = |logits: Tensor<2>| softplus(logits).mean();
        let critic = mean(-self.logits(network, drawn, false))
            + mean(self.logits(network, code.clone().detach(), false));
        let deceived = mean(-self.logits(network, code, true)) * f64::from(self.weight);
        vec![("adversarial", deceived), ("critic", critic)]
    }

    fn weight(&self, term: &str) -> Option<(&'static str, f64)> {
        (term == "adversarial").then(|| ("adversarial.weight", f64::from(self.weight)))
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let code = measured
            .coder
            .encode(measured.inputs(), &mut Pass::Evaluate);
        let width = code.dims()[1];
        let (drawn, _) = self.draw(measured.address, width);
        if measured.address.rows.len() < 2 {
            return Vec::new();
        }
        vec![code_prior_mmd(&values(code), &drawn, width)]
    }

    fn sample(&self, sampled: &Sampled) -> Option<Vec<f32>> {
        Some(self.draw(sampled.address, sampled.code).0)
    }
}

/// The stream of a prior's draws.
const STREAM: Stream = Stream::Prior;

#[cfg(test)]
mod tests;

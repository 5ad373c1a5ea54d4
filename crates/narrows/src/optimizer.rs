//! How weights follow their gradients.

mod rate;

use burn::tensor::Tensor;

use crate::config::{OptimizerConfig, OptimizerName};
use crate::network::{Network, Role};

pub(crate) use rate::rate_at;

/// Decay of Nadam's momentum schedule (Dozat 2016, section 3).
const NADAM_DECAY: f64 = 0.004;

/// A method with the moments that it keeps of every trained parameter.
pub(crate) struct Optimizer {
    config: OptimizerConfig,
    /// Steps made so far.
    pub step: u64,
    /// One entry for each parameter of the network, in its order.
    pub moments: Vec<Moments>,
    /// Nadam: the product of all momenta so far.
    momenta: f64,
}

/// Running sums of one parameter's gradients, each of the parameter's shape.
#[derive(Default, Clone)]
pub(crate) struct Moments {
    /// Mean of gradients, or the last move.
    pub first: Option<Tensor<2>>,
    /// Mean of squared gradients.
    pub second: Option<Tensor<2>>,
}

impl Optimizer {
    pub fn new(config: &OptimizerConfig, parameters: usize) -> Self {
        Optimizer {
            config: config.clone(),
            step: 0,
            moments: vec![Moments::default(); parameters],
            momenta: 1.0,
        }
    }

    /// Goes on from a number of steps and their moments.
    pub fn resumed(config: &OptimizerConfig, step: u64, moments: Vec<Moments>) -> Self {
        let mut optimizer = Optimizer::new(config, 0);
        optimizer.moments = moments;
        if config.name == OptimizerName::Nadam {
            for step in 1..=step {
                optimizer.momenta *= optimizer.nadam_momentum(step);
            }
        }
        optimizer.step = step;
        optimizer
    }

    /// Moves every trained parameter once; `gradients` in the network's
    /// order, `None` where a parameter has none.
    pub fn step(&mut self, network: &mut Network, gradients: Vec<Option<Tensor<2>>>, rate: f64) {
        let gradients = match self.config.clip {
            Some(bound) => clipped(gradients, bound),
            None => gradients,
        };
        self.step += 1;
        self.momenta *= self.nadam_momentum(self.step);
        for (at, gradient) in gradients.into_iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let parameter = &mut network.parameters[at];
            let moments = std::mem::take(&mut self.moments[at]);
            let value = take(&mut parameter.value);
            let value = match parameter.role {
                Role::Weight => self.decayed(value, rate),
                _ => value,
            };
            let (value, moments) = self.moved(value, gradient, moments, rate);
            self.moments[at] = moments;
            parameter.value = value.autodiff().require_grad();
        }
    }

    /// AdamW's decay, apart from the gradient.
    fn decayed(&self, value: Tensor<2>, rate: f64) -> Tensor<2> {
        match self.config.name {
            OptimizerName::Adamw => value * (1.0 - rate * self.config.weight_decay.unwrap_or(0.01)),
            _ => value,
        }
    }

    fn moved(
        &self,
        value: Tensor<2>,
        gradient: Tensor<2>,
        moments: Moments,
        rate: f64,
    ) -> (Tensor<2>, Moments) {
        match self.config.name {
            OptimizerName::Sgd => self.sgd(value, gradient, moments, rate),
            OptimizerName::Rmsprop => self.rmsprop(value, gradient, moments, rate),
            OptimizerName::Adam | OptimizerName::Adamw => self.adam(value, gradient, moments, rate),
            OptimizerName::Nadam => self.nadam(value, gradient, moments, rate),
        }
    }

    /// `m = μ m + g`; `w -= rate m`, or with Nesterov `w -= rate (g + μ m)`
    /// (Sutskever et al. 2013).
    fn sgd(
        &self,
        value: Tensor<2>,
        gradient: Tensor<2>,
        moments: Moments,
        rate: f64,
    ) -> (Tensor<2>, Moments) {
        let momentum = self.config.momentum.unwrap_or(0.0);
        if momentum == 0.0 {
            return (value - gradient * rate, moments);
        }
        let first = match moments.first {
            Some(first) => first * momentum + gradient.clone(),
            None => gradient.clone(),
        };
        let direction = match self.config.nesterov {
            Some(true) => gradient + first.clone() * momentum,
            _ => first.clone(),
        };
        (
            value - direction * rate,
            Moments {
                first: Some(first),
                second: None,
            },
        )
    }

    /// `v = ρ v + (1-ρ) g²`; `m = μ m + g / (√v + ε)`; `w -= rate m`.
    fn rmsprop(
        &self,
        value: Tensor<2>,
        gradient: Tensor<2>,
        moments: Moments,
        rate: f64,
    ) -> (Tensor<2>, Moments) {
        let second = average(
            moments.second,
            gradient.clone().square(),
            self.config.decay.unwrap_or(0.9),
        );
        let direction = gradient / (second.clone().sqrt() + self.epsilon());
        let momentum = self.config.momentum.unwrap_or(0.0);
        if momentum == 0.0 {
            return (
                value - direction * rate,
                Moments {
                    first: None,
                    second: Some(second),
                },
            );
        }
        let first = match moments.first {
            Some(first) => first * momentum + direction,
            None => direction,
        };
        (
            value - first.clone() * rate,
            Moments {
                first: Some(first),
                second: Some(second),
            },
        )
    }

    /// `m = β₁ m + (1-β₁) g`; `v = β₂ v + (1-β₂) g²`;
    /// `w -= rate m̂ / (√v̂ + ε)` with `m̂ = m / (1-β₁ᵗ)`, `v̂ = v / (1-β₂ᵗ)`.
    fn adam(
        &self,
        value: Tensor<2>,
        gradient: Tensor<2>,
        moments: Moments,
        rate: f64,
    ) -> (Tensor<2>, Moments) {
        let (first, second, root) = self.adam_moments(gradient, moments);
        let scale = rate / (1.0 - self.beta1().powf(self.step as f64));
        let value = value - first.clone() / root * scale;
        (
            value,
            Moments {
                first: Some(first),
                second: Some(second),
            },
        )
    }

    /// Adam with the momentum of the step to come:
    /// `w -= rate (μₜ₊₁ m / (1 - Πμ μₜ₊₁) + (1-μₜ) g / (1 - Πμ)) / (√v̂ + ε)`.
    fn nadam(
        &self,
        value: Tensor<2>,
        gradient: Tensor<2>,
        moments: Moments,
        rate: f64,
    ) -> (Tensor<2>, Moments) {
        let (now, next) = (
            self.nadam_momentum(self.step),
            self.nadam_momentum(self.step + 1),
        );
        let (first, second, root) = self.adam_moments(gradient.clone(), moments);
        let of_mean = rate * next / (1.0 - self.momenta * next);
        let of_gradient = rate * (1.0 - now) / (1.0 - self.momenta);
        let value = value - (first.clone() * of_mean + gradient * of_gradient) / root;
        (
            value,
            Moments {
                first: Some(first),
                second: Some(second),
            },
        )
    }

    /// Both moments, and `√v̂ + ε`.
    fn adam_moments(
        &self,
        gradient: Tensor<2>,
        moments: Moments,
    ) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
        let beta2 = self.config.beta2.unwrap_or(0.999);
        let first = average(moments.first, gradient.clone(), self.beta1());
        let second = average(moments.second, gradient.square(), beta2);
        let correction = (1.0 - beta2.powf(self.step as f64)).sqrt();
        let root = second.clone().sqrt() / correction + self.epsilon();
        (first, second, root)
    }

    fn beta1(&self) -> f64 {
        self.config.beta1.unwrap_or(0.9)
    }

    fn epsilon(&self) -> f64 {
        self.config.epsilon.unwrap_or(1e-8)
    }

    /// `μₜ = β₁ (1 - 0.96^(t ψ) / 2)`
    fn nadam_momentum(&self, step: u64) -> f64 {
        self.beta1() * (1.0 - 0.5 * 0.96f64.powf(step as f64 * NADAM_DECAY))
    }
}

/// `decay * old + (1 - decay) * new`, starting from 0.
fn average(old: Option<Tensor<2>>, new: Tensor<2>, decay: f64) -> Tensor<2> {
    let new = new * (1.0 - decay);
    match old {
        Some(old) => old * decay + new,
        None => new,
    }
}

/// All gradients scaled so that their norm together is at most `bound`
/// (Pascanu et al. 2013).
fn clipped(gradients: Vec<Option<Tensor<2>>>, bound: f64) -> Vec<Option<Tensor<2>>> {
    let squares: f64 = gradients
        .iter()
        .flatten()
        .map(|g| crate::device::scalar(g.clone().square().sum_dim(1).sum()))
        .sum();
    let norm = squares.sqrt();
    if norm <= bound {
        return gradients;
    }
    gradients
        .into_iter()
        .map(|g| g.map(|g| g * (bound / norm)))
        .collect()
}

/// Scales each unit's incoming weights so that their norm is at most `bound`
/// (Srebro et al. 2004; Hinton et al. 2012). Those of a tied decoder's unit
/// are a row of the matrix, or the rows of a map; those of the encoder's a
/// column.
pub(crate) fn bound_norms(network: &mut Network, bound: f32) {
    let tied = network.is_tied();
    for parameter in network
        .parameters
        .iter_mut()
        .filter(|p| p.role == Role::Weight)
    {
        let mut value = bounded(take(&mut parameter.value), 0, bound);
        if tied {
            let [rows, columns] = value.dims();
            let units = value.reshape([rows / parameter.taps, parameter.taps * columns]);
            value = bounded(units, 1, bound).reshape([rows, columns]);
        }
        parameter.value = value.autodiff().require_grad();
    }
}

fn bounded(value: Tensor<2>, dimension: usize, bound: f32) -> Tensor<2> {
    let norms = value.clone().square().sum_dim(dimension).sqrt();
    let factors = (norms.clamp_min(1e-12).recip() * f64::from(bound)).clamp_max(1.0);
    value * factors
}

/// The tensor without its graph; its storage has no other owner afterwards,
/// so that it can be changed in place.
fn take(value: &mut Tensor<2>) -> Tensor<2> {
    let empty = Tensor::empty([1, 1], &value.device());
    std::mem::replace(value, empty).without_autodiff()
}

#[cfg(test)]
mod tests;

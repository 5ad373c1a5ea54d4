//! Updates weights from their gradients.

mod rate;

use burn::tensor::Tensor;
pub(crate) use narrows_ops::Moments;
use narrows_ops::{Method, Penalized, Penalty, update};

use crate::config::{OptimizerConfig, OptimizerName};
use crate::network::{Network, Parameter, Role};

pub(crate) use rate::rate_at;

/// Decay of Nadam's momentum schedule (Dozat 2016, section 3).
const NADAM_DECAY: f64 = 0.004;

/// A method with the moments that it keeps of every trained parameter.
pub(crate) struct Optimizer {
    config: OptimizerConfig,
    /// Number of steps so far.
    pub step: u64,
    /// One entry for each parameter of the network, in its order.
    pub moments: Vec<Moments>,
    /// The product of all momenta so far, for Nadam.
    momenta: f64,
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

    /// Resumes from a number of steps and their moments.
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

    /// Updates every trained parameter once. `gradients` are in the network's
    /// order, `None` for a parameter without one, and exclude the penalties'.
    /// Returns the sums over penalised matrices before the update.
    pub fn step(
        &mut self,
        network: &mut Network,
        gradients: Vec<Option<Tensor<2>>>,
        rate: f64,
        penalty: Penalty,
    ) -> Penalized {
        let (gradients, penalty, mut penalized) = match self.config.clip {
            // The penalties' gradients count in the norm.
            Some(bound) => {
                let (gradients, penalized) = with_penalty(network, gradients, penalty);
                (clipped(gradients, bound), Penalty::default(), penalized)
            }
            None => (gradients, penalty, Penalized::default()),
        };
        self.step += 1;
        self.momenta *= self.nadam_momentum(self.step);
        for (at, gradient) in gradients.into_iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let parameter = &mut network.parameters[at];
            let weight = parameter.role == Role::Weight;
            let penalty = if weight { penalty } else { Penalty::default() };
            let moments = std::mem::take(&mut self.moments[at]);
            let value = take(&mut parameter.value);
            let method = self.method(rate, weight);
            let (value, moments, sums) = update(&method, penalty, value, gradient, moments);
            self.moments[at] = moments;
            parameter.value = value.autodiff().require_grad();
            penalized.absolute += sums.absolute;
            penalized.squares += sums.squares;
        }
        penalized
    }

    /// Returns the method with its factors at this step.
    fn method(&self, rate: f64, weight: bool) -> Method {
        let config = &self.config;
        let momentum = config.momentum.unwrap_or(0.0);
        match config.name {
            OptimizerName::Sgd => Method::Sgd {
                rate,
                momentum,
                nesterov: config.nesterov.unwrap_or(false),
            },
            OptimizerName::Rmsprop => Method::Rmsprop {
                rate,
                decay: config.decay.unwrap_or(0.9),
                momentum,
                epsilon: self.epsilon(),
            },
            OptimizerName::Adam | OptimizerName::Adamw | OptimizerName::Nadam => {
                let beta2 = config.beta2.unwrap_or(0.999);
                let (of_mean, of_gradient) = self.adam_factors(rate);
                let decay = config.weight_decay.unwrap_or(0.01);
                Method::Adam {
                    of_mean,
                    of_gradient,
                    beta1: self.beta1(),
                    beta2,
                    correction: (1.0 - beta2.powf(self.step as f64)).sqrt(),
                    epsilon: self.epsilon(),
                    shrink: match config.name {
                        OptimizerName::Adamw if weight => 1.0 - rate * decay,
                        _ => 1.0,
                    },
                }
            }
        }
    }

    /// Returns the factors of the gradients' mean and of the gradient. Nadam
    /// uses the momentum of the next step:
    /// `rate (μₜ₊₁ m / (1 - Πμ μₜ₊₁) + (1-μₜ) g / (1 - Πμ))`.
    fn adam_factors(&self, rate: f64) -> (f64, f64) {
        if self.config.name != OptimizerName::Nadam {
            return (rate / (1.0 - self.beta1().powf(self.step as f64)), 0.0);
        }
        let (now, next) = (
            self.nadam_momentum(self.step),
            self.nadam_momentum(self.step + 1),
        );
        (
            rate * next / (1.0 - self.momenta * next),
            rate * (1.0 - now) / (1.0 - self.momenta),
        )
    }

    fn beta1(&self) -> f64 {
        self.config.beta1.unwrap_or(0.9)
    }

    fn epsilon(&self) -> f64 {
        self.config.epsilon.unwrap_or(1e-8)
    }

    /// Returns `μₜ = β₁ (1 - 0.96^(t ψ) / 2)`.
    fn nadam_momentum(&self, step: u64) -> f64 {
        self.beta1() * (1.0 - 0.5 * 0.96f64.powf(step as f64 * NADAM_DECAY))
    }
}

/// Adds the gradients of the penalties; also returns the sums over the
/// penalised matrices.
fn with_penalty(
    network: &Network,
    gradients: Vec<Option<Tensor<2>>>,
    penalty: Penalty,
) -> (Vec<Option<Tensor<2>>>, Penalized) {
    let mut sums = Penalized::default();
    let with = |(gradient, parameter): (Option<Tensor<2>>, &Parameter)| match parameter.role {
        Role::Weight => gradient.map(|gradient| {
            let value = parameter.value.clone().without_autodiff();
            let (gradient, penalized) = penalty.add_to(gradient, &value);
            sums.absolute += penalized.absolute;
            sums.squares += penalized.squares;
            gradient
        }),
        _ => gradient,
    };
    let all = gradients.into_iter().zip(&network.parameters);
    (all.map(with).collect(), sums)
}

/// Scales all gradients so that their joint norm is at most `bound` (Pascanu et
/// al. 2013).
fn clipped(gradients: Vec<Option<Tensor<2>>>, bound: f64) -> Vec<Option<Tensor<2>>> {
    let squares: f64 = gradients
        .iter()
        .flatten()
        .map(|g| crate::base::device::scalar(g.clone().square().sum_dim(1).sum()))
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

/// Returns the joint norm of all gradients, summed in f64 in a fixed order.
pub(crate) fn norm(gradients: &[Option<Tensor<2>>]) -> f64 {
    let squares = |gradient: &Tensor<2>| {
        let values = crate::base::device::values(gradient.clone());
        values.iter().map(|&g| f64::from(g) * f64::from(g)).sum()
    };
    let squares: Vec<f64> = gradients.iter().flatten().map(squares).collect();
    squares.iter().sum::<f64>().sqrt()
}

/// Scales each unit's incoming weights so that their norm is at most `bound`
/// (Srebro et al. 2004; Hinton et al. 2012). For a unit of the encoder they are
/// a column of the matrix; for one of a tied decoder a row, or the rows of a
/// map.
pub(crate) fn bound_norms(network: &mut Network, bound: f32, of: impl Fn(&Parameter) -> bool) {
    let tied = network.is_tied();
    for parameter in network
        .parameters
        .iter_mut()
        .filter(|p| p.role == Role::Weight && of(p))
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

/// Takes the tensor out of its graph. Its storage then has no other owner, so
/// it can be changed in place.
fn take(value: &mut Tensor<2>) -> Tensor<2> {
    let empty = Tensor::empty([1, 1], &value.device());
    std::mem::replace(value, empty).without_autodiff()
}

#[cfg(test)]
mod tests;

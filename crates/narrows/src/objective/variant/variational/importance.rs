//! Draws each row's code several times, weighted by importance.
//!
//! Burda, Grosse & Salakhutdinov, "Importance weighted autoencoders", 2015:
//! with `hₖ` drawn from `q(h|x)`, `log 1/K Σₖ p(x|hₖ) p(hₖ) / q(hₖ|x)` is a
//! lower bound on the log-likelihood, which gets tighter as `K` grows.

use std::ops::Range;

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use super::Spread;
use crate::settings::LossConfig;
use crate::base::device::matrix;
use crate::objective::terms::{self, Terms, row_errors};
use crate::network::{Network, Pass};
use crate::base::random::{Address, Stream};
use crate::objective::variant::Encoded;

/// A normal distribution for each unit of each row's code, `[rows, code]`.
pub(super) struct Posterior {
    pub mean: Tensor<2>,
    pub deviation: Tensor<2>,
    log_variance: Tensor<2>,
}

impl Posterior {
    /// Creates the distributions from the encoder's outputs `[rows, 2 code]`,
    /// the means followed by the spreads.
    pub fn of(outputs: Tensor<2>, spread: Spread) -> Self {
        let code = outputs.dims()[1] / 2;
        let mean = outputs.clone().narrow(1, 0, code);
        let given = outputs.narrow(1, code, code);
        let (deviation, log_variance) = match spread {
            Spread::LogVariance => ((given.clone() * 0.5).exp(), given),
            // The added number keeps the logarithm finite.
            Spread::Sigma => (given.clone(), (given.square() + 1e-10).log()),
        };
        Posterior {
            mean,
            deviation,
            log_variance,
        }
    }

    /// Returns `log p(h) - log q(h|x)` in nats for `h = μ + σ ε`, `[rows, 1]`.
    pub fn log_ratio(&self, code: Tensor<2>, noise: Tensor<2>) -> Tensor<2> {
        let each = noise.square() + self.log_variance.clone() - code.square();
        each.sum_dim(1) * 0.5
    }
}

/// A batch whose codes are drawn several times.
pub(super) struct DrawnCodes<'a> {
    pub spread: Spread,
    pub config: &'a LossConfig,
    pub network: &'a Network,
    pub encoded: &'a Encoded,
}

/// Draws of each row's code.
pub(super) struct Drawn {
    /// `log p(x|h) + log p(h) - log q(h|x)` in nats, up to a constant that no
    /// weight changes, `[rows, samples]`.
    pub log_weights: Tensor<2>,
    /// `-log p(x|h)`, `[rows, samples]`.
    pub costs: Tensor<2>,
    /// `h`, `[samples * rows, code]`, one sample after another.
    pub codes: Tensor<2>,
}

impl DrawnCodes<'_> {
    /// Returns the bound as two terms that sum to its negative; the first is
    /// the reconstruction cost of the weighted draws.
    pub fn bound(&self, address: Address, samples: usize, pass: &mut Pass) -> Terms {
        let drawn = self.draw(address, 0..samples, pass);
        let (weights, costs) = (drawn.log_weights, drawn.costs);
        let rows = weights.dims()[0] as f64;
        let shares = softmax(weights.clone().detach(), 1);
        let cost = terms::sum(shares * costs.detach()) / rows;
        let bound = log_sum_exp(weights) - (samples as f64).ln();
        let divergence = -(terms::sum(bound) / rows) - cost.clone();
        vec![("reconstruction", cost), ("kl", divergence)]
    }

    /// Draws codes, and weighs them.
    pub fn draw(&self, address: Address, samples: Range<usize>, pass: &mut Pass) -> Drawn {
        let count = samples.len();
        let noise = self.noise(address, samples);
        // Samples are stacked one after another, to be decoded at once.
        let each = |values: &Tensor<2>| values.clone().repeat(&[count, 1]);
        let repeated = Encoded {
            outputs: each(&self.encoded.outputs),
            target: each(&self.encoded.target),
            emphasis: self.encoded.emphasis.as_ref().map(each),
            known: self.encoded.known.as_ref().map(each),
        };
        let posterior = Posterior::of(repeated.outputs.clone(), self.spread);
        let code = posterior.mean.clone() + posterior.deviation.clone() * noise.clone();
        let ratio = posterior.log_ratio(code.clone(), noise);
        let sums = self.network.decode_sums(code.clone(), pass);
        let target = repeated.target.clone();
        let emphasis = repeated.emphasis.as_ref();
        let known = repeated.known.as_ref();
        self.network
            .observe_residuals(&sums, &target, known, pass);
        let cost = row_errors(self.config, self.network, sums, target, emphasis);
        let [rows, _] = self.encoded.target.dims();
        let by_row = |values: Tensor<2>| values.reshape([count, rows]).transpose();
        Drawn {
            log_weights: by_row(ratio - cost.clone()),
            costs: by_row(cost),
            codes: code,
        }
    }

    /// Draws `ε`, `[samples * rows, code]`, one sample after another.
    fn noise(&self, address: Address, samples: Range<usize>) -> Tensor<2> {
        let [rows, outputs] = self.encoded.outputs.dims();
        let code = outputs / 2;
        let count = samples.len();
        let draws: Vec<f32> = samples
            .flat_map(|sample| address.normals(Stream::Code, sample as u64, code))
            .collect();
        let outputs = &self.encoded.outputs;
        matrix(draws, [count * rows, code], &outputs.device()).cast(outputs.dtype())
    }
}

/// Returns `log Σ exp` of each row, `[rows, columns]` to `[rows, 1]`.
fn log_sum_exp(values: Tensor<2>) -> Tensor<2> {
    let largest = values.clone().max_dim(1).detach();
    (values - largest.clone()).exp().sum_dim(1).log() + largest
}

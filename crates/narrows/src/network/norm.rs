//! Batch normalisation (Ioffe & Szegedy 2015): each unit's sums are scaled to
//! mean 0 and variance 1, over the batch in training and by running averages in
//! use.

use burn::tensor::Tensor;

use super::{Parameter, Pass};

/// Keeps the division finite for a constant unit.
const EPSILON: f64 = 1e-5;
/// The weight of a new batch in the running averages.
const MOMENTUM: f64 = 0.1;

/// The positions of one layer's scale and running statistics in the network's
/// list.
#[derive(Debug, Clone)]
pub(super) struct Norm {
    pub scale: usize,
    pub mean: usize,
    pub variance: usize,
}

/// A batch's statistics of one layer, for the running averages.
pub(crate) struct Observed {
    /// What they are of.
    layer: usize,
    /// The place of each average in the network's list, and the batch's own,
    /// `[1, units]`.
    new: Vec<(usize, Tensor<2>)>,
    /// The weight of the batch.
    momentum: f64,
}

impl Norm {
    /// Returns `(z - mean) / sqrt(variance + ε) * scale`, `[rows, units]`.
    pub fn apply(&self, parameters: &[Parameter], sums: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let scale = parameters[self.scale].value.clone();
        let (centred, variance) = match pass {
            Pass::Evaluate | Pass::Measure(_) => {
                let mean = parameters[self.mean].value.clone();
                (sums - mean, parameters[self.variance].value.clone())
            }
            Pass::Train(train) => {
                let rows = sums.dims()[0] as f64;
                let mean = sums.clone().mean_dim(0);
                let centred = sums - mean.clone();
                let variance = centred.clone().square().mean_dim(0);
                // Unbiased, as an estimate for rows not in the batch.
                let unbiased = variance.clone().detach() * (rows / (rows - 1.0).max(1.0));
                let new = vec![(self.mean, mean.detach()), (self.variance, unbiased)];
                train.observed.push(Observed::new(self.mean, new, MOMENTUM));
                (centred, variance)
            }
        };
        centred / (variance + EPSILON).sqrt() * scale
    }
}

impl Observed {
    pub fn new(layer: usize, new: Vec<(usize, Tensor<2>)>, momentum: f64) -> Self {
        Observed {
            layer,
            new,
            momentum,
        }
    }

    /// Returns a number that identifies the layer.
    pub fn layer(&self) -> usize {
        self.layer
    }

    pub fn absorb(self, parameters: &mut [Parameter]) {
        for (at, new) in self.new {
            let old = parameters[at].value.clone();
            let kept = old * (1.0 - self.momentum);
            parameters[at].value = (kept + new * self.momentum).detach();
        }
    }
}

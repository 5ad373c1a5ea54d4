//! The terms of a loss, and the rule by which they are reduced.
//!
//! The rule, here and nowhere else: a row term is summed over features or
//! units and averaged over rows; a batch term is summed over units; a weight
//! penalty is summed over every matrix, biases left out.

use burn::tensor::Tensor;
use narrows_ops::{Distance, distances};

use crate::network::Network;
use crate::settings::{LossConfig, Reconstruction};

/// Named, weighted parts of the loss; training minimises their sum.
pub(crate) type Terms = Vec<(&'static str, Tensor<1>)>;

/// Returns the reconstruction's error of each feature, `[rows, features]`;
/// `sums` belong to the output layer.
pub(crate) fn errors(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
) -> Tensor<2> {
    distances(distance(config), network.output_activation(), sums, target)
}

/// Returns the errors summed over the features of each row, `[rows, 1]`.
pub(crate) fn row_errors(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
) -> Tensor<2> {
    narrows_ops::row_errors(distance(config), network.output_activation(), sums, target)
}

/// Returns how an output and its target are compared.
pub(super) fn distance(config: &LossConfig) -> Distance {
    match config.reconstruction {
        Reconstruction::Bce => Distance::CrossEntropy,
        Reconstruction::Mse => Distance::Squared,
        Reconstruction::Gaussian => Distance::Gaussian {
            deviation: f64::from(config.deviation.unwrap_or(1.0)),
        },
        Reconstruction::L1 => Distance::Absolute,
        Reconstruction::Huber => Distance::Huber {
            delta: f64::from(config.huber_delta.unwrap_or(1.0)),
        },
    }
}

/// Sums all values, row by row first: a sum of millions of values at once would
/// depend on the number of threads.
pub(crate) fn sum(values: Tensor<2>) -> Tensor<1> {
    values.sum_dim(1).sum()
}

/// Returns the sum of all terms.
pub(crate) fn total(terms: &Terms) -> Tensor<1> {
    terms
        .iter()
        .map(|(_, value)| value.clone())
        .reduce(|a, b| a + b)
        .expect("there is always a reconstruction term")
}

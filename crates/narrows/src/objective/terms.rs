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

/// Returns the errors summed over the features of each row, `[rows, 1]`, each
/// times its emphasis.
pub(crate) fn row_errors(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
    emphasis: Option<&Tensor<2>>,
) -> Tensor<2> {
    if let Some(likelihoods) = network.likelihoods() {
        return network.columns_errors(likelihoods, sums, target, emphasis);
    }
    let activation = network.output_activation();
    match emphasis {
        Some(emphasis) => {
            let errors = distances(distance(config), activation, sums, target);
            (errors * emphasis.clone()).sum_dim(1)
        }
        None => narrows_ops::row_errors(distance(config), activation, sums, target),
    }
}

/// Returns how an output and its target are compared.
pub(super) fn distance(config: &LossConfig) -> Distance {
    match config.reconstruction {
        Reconstruction::Bce => Distance::CrossEntropy,
        // Inner layers of columns are compared by squares.
        Reconstruction::Mse | Reconstruction::Auto | Reconstruction::Columns => Distance::Squared,
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

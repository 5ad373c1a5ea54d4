//! The terms that training makes small, and how they are reduced.
//!
//! The rule, here and nowhere else: a row term is summed over features or
//! units and averaged over rows; a batch term is summed over units; a weight
//! penalty is summed over every matrix, biases left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::Tensor;
use narrows_ops::{Distance, Penalized, Penalty, distances, reconstruction};

use crate::bulk::Source;
use crate::config::{Config, LossConfig, Reconstruction};
use crate::device::{matrix, scalar};
#[cfg(test)]
use crate::network::Role;
use crate::network::{Network, Pass};
use crate::random::Address;
use crate::variant::{Corrupted, Encoded, Forward, Variant};

/// Named, weighted parts of the loss; their sum is what training makes small.
pub(crate) type Terms = Vec<(&'static str, Tensor<1>)>;

/// All terms of a batch, penalties among them, to be differentiated together:
/// what [`row_terms`] and an optimizer with [`penalty`] must agree with.
/// `target` is the clean inputs, `[rows, features]`.
#[cfg(test)]
pub(crate) fn terms(
    config: &LossConfig,
    network: &Network,
    target: Tensor<2>,
    pass: &mut Pass,
) -> Terms {
    let mut terms = row_terms(config, network, target, pass);
    terms.extend(penalties(config, network));
    terms
}

/// The penalties of the weights, of which an optimizer knows the gradients.
#[cfg(test)]
pub(crate) fn penalties(config: &LossConfig, network: &Network) -> Terms {
    let mut terms = Terms::new();
    if config.l1 > 0.0 {
        terms.push((
            "l1",
            over_matrices(network, |w| sum(w.abs())) * f64::from(config.l1),
        ));
    }
    if config.l2 > 0.0 {
        terms.push((
            "l2",
            over_matrices(network, |w| sum(w.square())) * (f64::from(config.l2) / 2.0),
        ));
    }
    terms
}

/// The penalties for an optimizer that adds their gradients itself.
pub(crate) fn penalty(config: &LossConfig) -> Penalty {
    Penalty {
        l1: f64::from(config.l1),
        l2: f64::from(config.l2),
    }
}

/// The penalties' terms, where an optimizer has summed the weights.
pub(crate) fn penalty_values(penalty: Penalty, sums: Penalized) -> Vec<(&'static str, f64)> {
    let terms = [
        ("l1", penalty.l1, sums.absolute),
        ("l2", penalty.l2 / 2.0, sums.squares),
    ];
    let used = terms.into_iter().filter(|(_, factor, _)| *factor > 0.0);
    used.map(|(name, factor, sum)| (name, factor * sum))
        .collect()
}

/// The terms that depend on the rows.
pub(crate) fn row_terms(
    config: &LossConfig,
    network: &Network,
    target: Tensor<2>,
    pass: &mut Pass,
) -> Terms {
    let variants = network.variants();
    let mut corrupted = Corrupted {
        input: target.clone(),
        emphasis: None,
    };
    if let Some(train) = pass.training() {
        corrupted = variants.iter().fold(corrupted, |corrupted, v| {
            v.corrupt(corrupted, train.address)
        });
    }
    let input = corrupted.input;
    let outputs = network.encoder_outputs(input.clone(), pass);
    let encoded = Encoded {
        outputs,
        target,
        emphasis: corrupted.emphasis,
    };
    let own = |v: &Arc<dyn Variant>| v.objective(config, network, &encoded, pass);
    let own = variants.iter().find_map(own);
    let code = network.code(encoded.outputs.clone(), pass);
    let mut terms = match own {
        Some(terms) => terms,
        None => {
            let sums = network.decode_sums(code.clone(), pass);
            let target = encoded.target.clone();
            let value = match encoded.emphasis {
                None => {
                    let activation = network.output_activation();
                    reconstruction(distance(config), activation, sums, target)
                }
                Some(_) => {
                    let rows = sums.dims()[0] as f64;
                    sum(encoded.emphasized(errors(config, network, sums, target))) / rows
                }
            };
            vec![("reconstruction", value)]
        }
    };
    let forward = Forward {
        network,
        pass,
        input,
        outputs: encoded.outputs,
        code,
    };
    terms.extend(variants.iter().flat_map(|v| v.terms(&forward)));
    terms
}

/// The reconstruction's error of each feature, `[rows, features]`; `sums` are
/// the output layer's.
pub(crate) fn errors(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
) -> Tensor<2> {
    distances(distance(config), network.output_activation(), sums, target)
}

/// The same summed over the features of each row, `[rows, 1]`.
pub(crate) fn row_errors(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
) -> Tensor<2> {
    narrows_ops::row_errors(distance(config), network.output_activation(), sums, target)
}

/// How an output and its target are compared.
fn distance(config: &LossConfig) -> Distance {
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

/// All values together: row by row first, since a sum of millions of values at
/// once would depend on the number of threads.
pub(crate) fn sum(values: Tensor<2>) -> Tensor<1> {
    values.sum_dim(1).sum()
}

#[cfg(test)]
fn over_matrices(network: &Network, of: impl Fn(Tensor<2>) -> Tensor<1>) -> Tensor<1> {
    network
        .parameters
        .iter()
        .filter(|p| p.role == Role::Weight)
        .map(|p| of(p.value.clone()))
        .reduce(|a, b| a + b)
        .expect("a network has a matrix")
}

/// The sum of all terms.
pub(crate) fn total(terms: &Terms) -> Tensor<1> {
    terms
        .iter()
        .map(|(_, value)| value.clone())
        .reduce(|a, b| a + b)
        .expect("there is always a reconstruction term")
}

/// The terms that depend on the rows over many of them, without training
/// anything; what variants draw is the same every time.
pub(crate) fn over_rows(
    config: &Config,
    network: &Network,
    data: &dyn Source,
    rows: &[usize],
) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for part in parts(rows, config) {
        let shape = [part.len(), data.width()];
        let input = matrix(data.gather(part), shape, network.device());
        let mut pass = Pass::Measure(Address {
            seed: config.seed,
            epoch: 0,
            rows: part,
            turn: 0,
        });
        for (name, term) in row_terms(&config.loss, network, input, &mut pass) {
            *sums.entry(name.to_string()).or_default() += scalar(term) * part.len() as f64;
        }
    }
    sums.values_mut().for_each(|sum| *sum /= rows.len() as f64);
    sums
}

/// The rows in batches as in training, since a batch term is not a mean over
/// rows; a short last one joins the one before.
fn parts<'r>(rows: &'r [usize], config: &Config) -> Vec<&'r [usize]> {
    /// More rows at a time need much memory and change little.
    const MOST: usize = 4096;
    let size = match config.train.batch {
        _ if config.variants().is_empty() => crate::bulk::CHUNK,
        0 => MOST,
        batch => batch.min(MOST),
    };
    // The decoder sees every draw of a row, at least one row at a time.
    let draws = config.variational.as_ref().map_or(1, |v| v.samples);
    let size = size.min((16 * MOST).div_ceil(draws));
    let mut parts: Vec<&[usize]> = rows.chunks(size).collect();
    if parts.len() > 1 && !rows.len().is_multiple_of(size) {
        parts.truncate(parts.len() - 2);
        parts.push(&rows[parts.len() * size..]);
    }
    parts
}

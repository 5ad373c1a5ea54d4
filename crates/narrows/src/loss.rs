//! The terms that training makes small, and how they are reduced.
//!
//! The rule, here and nowhere else: a row term is summed over features and
//! averaged over rows; a weight penalty is summed over every matrix, biases
//! left out.

use burn::tensor::Tensor;

use crate::config::{LossConfig, Reconstruction};
use crate::device::{matrix, scalar};
use crate::network::{Network, Pass, Role, softplus};
use crate::scale::Prepared;

/// Named, weighted parts of the loss; their sum is what training makes small.
pub(crate) type Terms = Vec<(&'static str, Tensor<1>)>;

/// All terms of a batch: reconstruction first, then penalties in use.
///
/// `sums` are the output layer's sums, `target` the inputs, both
/// `[rows, features]`.
pub(crate) fn terms(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
) -> Terms {
    let mut terms = vec![(
        "reconstruction",
        reconstruction(config, network, sums, target),
    )];
    if config.l1 > 0.0 {
        terms.push((
            "l1",
            penalty(network, |w| sum(w.abs())) * f64::from(config.l1),
        ));
    }
    if config.l2 > 0.0 {
        terms.push((
            "l2",
            penalty(network, |w| sum(w.square())) * (f64::from(config.l2) / 2.0),
        ));
    }
    terms
}

fn reconstruction(
    config: &LossConfig,
    network: &Network,
    sums: Tensor<2>,
    target: Tensor<2>,
) -> Tensor<1> {
    let rows = sums.dims()[0] as f64;
    let each = match config.reconstruction {
        // log(1 + exp z) - x z: on logits, so that no logarithm meets 0.
        Reconstruction::Bce => softplus(sums.clone()) - target * sums,
        Reconstruction::Mse => (network.output(sums) - target).square(),
        Reconstruction::L1 => (network.output(sums) - target).abs(),
        Reconstruction::Huber => {
            let delta = f64::from(config.huber_delta.unwrap_or(1.0));
            let distance = (network.output(sums) - target).abs();
            // With q = min(|d|, δ): q²/2 + δ(|d| - q) is Huber's loss.
            let near = distance.clone().clamp_max(delta);
            near.clone().square() * 0.5 + (distance - near) * delta
        }
    };
    sum(each) / rows
}

/// All values together: row by row first, since a sum of millions of values at
/// once would depend on the number of threads.
fn sum(values: Tensor<2>) -> Tensor<1> {
    values.sum_dim(1).sum()
}

fn penalty(network: &Network, of: impl Fn(Tensor<2>) -> Tensor<1>) -> Tensor<1> {
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

/// The reconstruction term over many rows, without training anything.
pub(crate) fn over_rows(
    config: &LossConfig,
    network: &Network,
    data: &Prepared,
    rows: &[usize],
) -> f64 {
    let mut sum = 0.0;
    for part in rows.chunks(crate::bulk::CHUNK) {
        let input = matrix(
            data.gather(part),
            [part.len(), data.features()],
            network.device(),
        );
        let code = network.encode(input.clone(), &mut Pass::Evaluate);
        let sums = network.decode_sums(code, &mut Pass::Evaluate);
        sum += scalar(reconstruction(config, network, sums, input)) * part.len() as f64;
    }
    sum / rows.len() as f64
}

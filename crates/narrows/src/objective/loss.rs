//! The loss of a batch of rows: a reconstruction term, the variants' terms, and
//! the penalties on the weights.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::Tensor;
use narrows_ops::{Penalized, Penalty, reconstruction};

use super::terms::{Terms, distance, row_errors, sum};
use super::variant::{Coder, Corrupted, Encoded, Forward, Variant, Variants, draws};
use crate::base::device::scalar;
use crate::base::random::Address;
use crate::data::source::Source;
use crate::network::{CHUNK, Pass};
#[cfg(test)]
use crate::network::{Network, Role};
use crate::settings::LossConfig;

/// Returns all terms of a batch, penalties included, to be differentiated
/// together: [`row_terms`] and an optimizer with [`penalty`] must agree with
/// them. `target` is the clean inputs, `[rows, features]`.
#[cfg(test)]
pub(crate) fn terms(
    config: &LossConfig,
    coder: &Coder,
    rows: (Tensor<2>, Option<Tensor<2>>),
    pass: &mut Pass,
) -> Terms {
    let mut terms = row_terms(config, coder, rows, pass);
    terms.extend(penalties(config, &coder.network));
    terms
}

/// Returns the penalties on the weights; an optimizer knows their gradients.
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

/// Returns the penalties for an optimizer that adds their gradients itself.
pub(crate) fn penalty(config: &LossConfig) -> Penalty {
    Penalty {
        l1: f64::from(config.l1),
        l2: f64::from(config.l2),
    }
}

/// Returns the penalties' terms from an optimizer's sums of the weights.
pub(crate) fn penalty_values(penalty: Penalty, sums: Penalized) -> Vec<(&'static str, f64)> {
    let terms = [
        ("l1", penalty.l1, sums.absolute),
        ("l2", penalty.l2 / 2.0, sums.squares),
    ];
    let used = terms.into_iter().filter(|(_, factor, _)| *factor > 0.0);
    used.map(|(name, factor, sum)| (name, factor * sum))
        .collect()
}

/// Returns the terms that depend on the rows. `target` is `[rows, features]`,
/// and `known` 1 for each feature that is known, else 0; `None` if all are.
pub(crate) fn row_terms(
    config: &LossConfig,
    coder: &Coder,
    (target, known): (Tensor<2>, Option<Tensor<2>>),
    pass: &mut Pass,
) -> Terms {
    let network = &coder.network;
    let clean = Corrupted::clean(target.clone(), known.clone());
    let corrupted = match pass.training() {
        Some(train) => coder.corrupt(clean, train.address),
        None => clean,
    };
    let input = network.inputs(corrupted.input, corrupted.known.as_ref());
    let outputs = network.encoder_outputs(input.clone(), pass);
    let encoded = Encoded {
        outputs,
        target,
        emphasis: corrupted.emphasis,
        known,
    };
    let own = |v: &Arc<dyn Variant>| v.objective(config, coder, &encoded, pass);
    let own = coder.variants.iter().find_map(own);
    let code = coder.code(encoded.outputs.clone(), pass);
    let mut terms = match own {
        Some(terms) => terms,
        None => {
            let sums = network.decode_sums(code.clone(), pass);
            let target = encoded.target.clone();
            let known = encoded.known.as_ref();
            network.observe_residuals(&sums, &target, known, pass);
            let plain = encoded.emphasis.is_none() && network.likelihoods().is_none();
            let value = if plain {
                let activation = network.output_activation();
                reconstruction(distance(config), activation, sums, target)
            } else {
                let rows = sums.dims()[0] as f64;
                let emphasis = encoded.emphasis.as_ref();
                sum(row_errors(config, network, sums, target, emphasis)) / rows
            };
            vec![("reconstruction", value)]
        }
    };
    let forward = Forward {
        coder,
        pass,
        input,
        outputs: encoded.outputs,
        code,
    };
    terms.extend(coder.variants.iter().flat_map(|v| v.terms(&forward)));
    terms
}

/// Returns the features of some rows on the network's device, and which of them
/// are known, as [`row_terms`] takes them.
pub(crate) fn batch(
    coder: &Coder,
    data: &dyn Source,
    rows: &[usize],
) -> (Tensor<2>, Option<Tensor<2>>) {
    coder.known(data.gather_known(rows), rows.len())
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

/// Measures the terms that depend on the rows over many rows, without training.
/// `rows_a_step` is the rows per training step; what variants draw with `seed` is the
/// same every time.
pub(crate) fn over_rows(
    config: &LossConfig,
    seed: u64,
    rows_a_step: usize,
    coder: &Coder,
    data: &dyn Source,
    rows: &[usize],
) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for part in parts(rows, rows_a_step, &coder.variants) {
        let input = batch(coder, data, part);
        let mut pass = Pass::Measure(Address {
            seed,
            epoch: 0,
            rows: part,
            turn: 0,
        });
        for (name, term) in row_terms(config, coder, input, &mut pass) {
            *sums.entry(name.to_string()).or_default() += scalar(term) * part.len() as f64;
        }
    }
    sums.values_mut().for_each(|sum| *sum /= rows.len() as f64);
    sums
}

/// Cuts the rows into batches as in training, since a batch term is not a mean
/// over rows; a short last batch joins the one before it.
fn parts<'r>(rows: &'r [usize], batch: usize, variants: &Variants) -> Vec<&'r [usize]> {
    /// More rows at a time need much memory and change little.
    const MOST: usize = 4096;
    let size = match batch {
        _ if variants.is_empty() => CHUNK,
        0 => MOST,
        batch => batch.min(MOST),
    };
    // The decoder sees every draw of a row, with at least one row at a time.
    let draws = draws(variants);
    let size = size.min((16 * MOST).div_ceil(draws));
    let mut parts: Vec<&[usize]> = rows.chunks(size).collect();
    if parts.len() > 1 && !rows.len().is_multiple_of(size) {
        parts.truncate(parts.len() - 2);
        parts.push(&rows[parts.len() * size..]);
    }
    parts
}

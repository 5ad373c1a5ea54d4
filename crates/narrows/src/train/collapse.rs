//! Recognises a network that gives the same output for every row.

use super::remedies::{lower, rounded, scaled};
use crate::base::moments::Moments;
use crate::base::warning::{Setting, Warning};
use crate::config::plan::Plan;
use crate::config::{Activation, Config, OptimizerName};
use crate::data::source::Source;
use crate::model::evaluate::{Errors, Evaluation};
use crate::objective::inference::Inference;

/// Above this share of explained variance, outputs cannot be all the same.
const EXPLAINED: f64 = 0.05;
/// The share of the variance that PCA explains below which outputs are the
/// same, and the share of all variance where there is no PCA.
const OF_PCA: f64 = 0.01;
const OF_ALL: f64 = 1e-4;

/// Returns a warning if outputs hardly vary from row to row although rows do.
pub(super) fn same_output(
    plan: &Plan,
    inference: &Inference,
    seen: &dyn Source,
    rows: &[usize],
    found: &Evaluation,
) -> Option<Warning> {
    if found.scaled.explained_variance? > EXPLAINED {
        return None;
    }
    let width = seen.width();
    let (mut input, mut output) = (Moments::new(width), Moments::new(width));
    inference.chunks(seen, rows, |chunk| {
        chunk
            .input
            .chunks_exact(width)
            .for_each(|row| input.add(row));
        chunk
            .output
            .chunks_exact(width)
            .for_each(|row| output.add(row));
    });
    let total = |moments: Moments| moments.into_spreads().iter().sum::<f64>();
    let share = total(output) / total(input);
    let explained = |pca: &Errors| pca.explained_variance.map(|e| e.max(0.0) * OF_PCA);
    let least = found.pca.as_ref().and_then(explained).unwrap_or(OF_ALL);
    (share < least).then(|| Warning::SameOutput {
        share,
        try_one: remedies(&plan.config, seen, rows),
    })
}

/// Returns what may help: what is likeliest to be the reason, alone.
fn remedies(config: &Config, seen: &dyn Source, rows: &[usize]) -> Vec<Setting> {
    if let Some(scaled) = scaled(config, seen, rows) {
        return vec![scaled];
    }
    let optimizer = &config.optimizer;
    let usual = match optimizer.name {
        OptimizerName::Sgd => 0.1,
        _ => 0.01,
    };
    if optimizer.rate > usual {
        return vec![lower(config)];
    }
    let (l1, l2) = (config.loss.l1, config.loss.l2);
    let penalties = [("loss.l1", l1), ("loss.l2", l2)].into_iter();
    let mut try_one: Vec<Setting> = penalties
        .filter(|(_, weight)| *weight > 0.0)
        .map(|(key, weight)| Setting::new(key, rounded(f64::from(weight) / 100.0)))
        .collect();
    let flat = [Activation::Relu, Activation::Sigmoid, Activation::Tanh];
    if try_one.is_empty() && flat.contains(&config.network.hidden_activation()) {
        try_one.push(Setting::new("network.activation", "\"elu\""));
    }
    try_one
}

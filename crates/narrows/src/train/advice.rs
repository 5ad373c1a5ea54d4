//! Collects warnings when a training is over.

use crate::base::warning::Warning;
use crate::config::Activation;
use crate::config::plan::Plan;
use crate::data::binarised::Binarised;
use crate::data::scale::{Method, Prepared};
use crate::data::source::{CHUNK, Source};
use crate::model::baseline::Pca;
use crate::model::evaluate::evaluate;
use crate::model::history::Epoch;
use crate::objective::inference::Inference;
use crate::objective::variant::{ACTIVE, Coder, Effect};

/// A network this many times worse than the mean row has learnt nothing.
const USELESS: f64 = 3.0;

/// Returns every warning that the held-out rows give cause for.
pub(super) fn advice(
    plan: &Plan,
    coder: &Coder,
    inference: &Inference,
    pca: Option<&Pca>,
    data: &Prepared,
    rows: &[usize],
    history: &[Epoch],
) -> Vec<Warning> {
    let binarising_seed = plan.config.binarising_seed();
    let seen = Binarised::measured(data, binarising_seed);
    let mut warnings = dead_units(coder, &seen, rows, can_be_centred(plan, data));
    let found = evaluate(inference, pca, data, binarising_seed, rows, &|_| {});
    let linear = plan
        .spec
        .layers
        .iter()
        .all(|l| l.activation == Activation::Identity)
        && coder.variants.is_empty();
    // With a code as wide as the input, PCA's error is only rounding.
    let narrow = plan.config.network.code < plan.features;
    let as_trained = !plan.config.has_effect(Effect::TrainsOtherwise);
    // If all rows equal the mean, they say nothing.
    let of_mean = pca
        .map(|pca| of_mean(pca, &seen, rows))
        .filter(|&error| error > 0.0);
    let useless = of_mean.map(|mean| found.scaled.error_per_row / mean);
    if let Some(times) = useless.filter(|times| *times > USELESS && as_trained) {
        warnings.push(Warning::Useless { times });
    } else if let Some(pca) = found
        .pca
        .filter(|_| narrow && as_trained && !linear)
        .filter(|pca| pca.error_per_row <= found.scaled.error_per_row)
    {
        warnings.push(Warning::PcaAsGood {
            network: found.scaled.error_per_row,
            pca: pca.error_per_row,
            l2: plan.config.loss.l2,
        });
    }
    warnings.extend(dwarfed(history));
    if let Some(nats) = coder.unit_divergences(&seen, rows) {
        let active = nats.iter().filter(|&&nats| nats > ACTIVE).count();
        let units = plan.config.network.code;
        // A code with some unused units is usual.
        if active * 2 < units {
            warnings.push(Warning::PosteriorCollapse { active, units });
        }
    }
    let errors: Vec<(usize, f64)> = history
        .iter()
        .filter_map(|e| Some((e.epoch, e.whole()?.loss())))
        .collect();
    let best = errors.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    if let (Some(best), Some(last)) = (best, errors.last()) {
        // Five epochs and five percent are more than noise.
        if last.0 >= best.0 + 5
            && last.1 > best.1 * 1.05
            && plan.config.train.early_stopping.is_none()
        {
            warnings.push(Warning::Overfitting {
                best_epoch: best.0,
                epoch: last.0,
            });
        }
    }
    warnings
}

/// Returns the first term that ended a hundred times above the reconstruction.
fn dwarfed(history: &[Epoch]) -> Option<Warning> {
    let loss = &history.last()?.loss;
    let reconstruction = loss.get("reconstruction")?.max(f64::MIN_POSITIVE);
    let terms = loss
        .iter()
        .map(|(term, value)| (term, value / reconstruction));
    let mut others = terms.filter(|(term, _)| *term != "total");
    let (term, times) = others.find(|(_, times)| *times > 100.0)?;
    Some(Warning::Dwarfed {
        term: term.clone(),
        times,
    })
}

/// Returns the error per row of predicting the training rows' mean.
fn of_mean(pca: &Pca, data: &dyn Source, rows: &[usize]) -> f64 {
    let mut sum = 0.0;
    for part in rows.chunks(CHUNK) {
        for row in data.gather(part).chunks_exact(pca.mean.len()) {
            let pairs = row.iter().zip(&pca.mean);
            sum += pairs.map(|(x, m)| f64::from(x - m).powi(2)).sum::<f64>();
        }
    }
    sum / rows.len() as f64
}

/// Returns whether features may be far from mean 0, and `data.scale = "centre"`
/// would be accepted.
fn can_be_centred(plan: &Plan, data: &Prepared) -> bool {
    let centred = matches!(data.scaler.method, Method::Standard | Method::Centre);
    let output = plan.config.network.output;
    !centred && output == Activation::Identity && !plan.config.data.binarised
}

fn dead_units(
    coder: &Coder,
    data: &dyn Source,
    rows: &[usize],
    can_be_centred: bool,
) -> Vec<Warning> {
    let mut sums: Vec<(String, bool, Vec<f32>)> = Vec::new();
    for part in rows.chunks(CHUNK) {
        let found = coder.activity(data.gather(part), part.len());
        if sums.is_empty() {
            sums = found;
            continue;
        }
        for (sum, new) in sums.iter_mut().zip(found) {
            sum.2.iter_mut().zip(new.2).for_each(|(a, b)| *a += b);
        }
    }
    sums.into_iter()
        .filter(|(_, can_die, _)| *can_die)
        .map(|(layer, _, units)| Warning::DeadUnits {
            layer,
            dead: units.iter().filter(|&&sum| sum == 0.0).count(),
            units: units.len(),
            can_be_centred,
        })
        // A few dead units are usual.
        .filter(|w| matches!(w, Warning::DeadUnits { dead, units, .. } if dead * 10 >= *units))
        .collect()
}

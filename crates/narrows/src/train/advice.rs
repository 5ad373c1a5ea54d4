//! Collects warnings when a training is over.

use serde_json::json;

use super::by_heart::by_heart;
use super::collapse::same_output;
use super::range::least_error;
use super::remedies::{lower, rounded, scaled};
use crate::base::warning::{Setting, Warning};
use crate::config::plan::Plan;
use crate::config::{Activation, Config, LossConfig, ScoreBy};
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
/// Beyond this share of the error, that part of it which an output can never
/// reach is the reason for the rest.
const UNREACHABLE: f64 = 0.2;
/// Beyond this ratio, a term leaves the reconstruction without weight.
const DWARFED: f64 = 100.0;

/// What a training ended with.
pub(super) struct Ended<'a> {
    pub plan: &'a Plan,
    pub coder: &'a Coder,
    pub inference: &'a Inference,
    pub pca: Option<&'a Pca>,
    pub data: &'a Prepared<'a>,
    /// The held-out rows.
    pub rows: &'a [usize],
    pub history: &'a [Epoch],
}

impl Ended<'_> {
    /// Returns every warning that the held-out rows give cause for.
    pub fn advice(&self) -> Vec<Warning> {
        let config = &self.plan.config;
        let seen = Binarised::measured(self.data, config.binarising_seed());
        let mut warnings = self.dead_units(&seen);
        let poor = self.poor(&seen);
        let fails = poor.iter().any(|w| !matches!(w, Warning::PcaAsGood { .. }));
        warnings.extend(poor);
        warnings.extend(dwarfed(config, self.history));
        warnings.extend(self.posterior_collapse(&seen));
        // A network that has learnt nothing has learnt nothing by heart.
        if !fails {
            warnings.extend(by_heart(config, self.history));
        }
        warnings
    }

    /// Returns the warning that says how poorly rows are reconstructed, with
    /// its likeliest reason.
    fn poor(&self, seen: &dyn Source) -> Option<Warning> {
        let (plan, config) = (self.plan, &self.plan.config);
        let (pca, rows) = (self.pca, self.rows);
        let seed = config.binarising_seed();
        let found = evaluate(self.inference, pca, self.data, seed, rows, &|_| {});
        let error = found.scaled.error_per_row;
        // The warning about inputs out of reach says all there is to say.
        let unreachable = least_error(seen, rows, config.network.output);
        if unreachable > UNREACHABLE * error || config.has_effect(Effect::TrainsOtherwise) {
            return None;
        }
        let scaled = scaled(config, seen, rows);
        // If all rows equal the mean, they say nothing.
        let of_mean = pca.map(|pca| of_mean(pca, seen, rows));
        let useless = of_mean.filter(|&mean| mean > 0.0).map(|mean| error / mean);
        if let Some(times) = useless.filter(|times| *times > USELESS) {
            let try_one = vec![scaled.unwrap_or_else(|| lower(config))];
            return Some(Warning::Useless { times, try_one });
        }
        if let Some(warning) = same_output(plan, self.inference, seen, rows, &found) {
            return Some(warning);
        }
        // A model that is to score rows reconstructs usual ones only as well as it must.
        if config.score.by != ScoreBy::Error || config.train.trim > 0.0 {
            return None;
        }
        // With a code as wide as the input, PCA's error is only rounding.
        let narrow = config.network.code < plan.features;
        let layers = &plan.spec.layers;
        let linear = layers.iter().all(|l| l.activation == Activation::Identity)
            && self.coder.variants.is_empty();
        let pca = found.pca.filter(|_| narrow && !linear)?;
        (pca.error_per_row <= error).then(|| Warning::PcaAsGood {
            network: error,
            pca: pca.error_per_row,
            try_one: match scaled {
                Some(scaled) => vec![scaled],
                None => longer(config, self.history),
            },
        })
    }

    fn posterior_collapse(&self, seen: &dyn Source) -> Option<Warning> {
        let nats = self.coder.unit_divergences(seen, self.rows)?;
        let active = nats.iter().filter(|&&nats| nats > ACTIVE).count();
        let config = &self.plan.config;
        let units = config.network.code;
        // A code with some unused units is usual.
        if active * 2 >= units {
            return None;
        }
        let mut try_one: Vec<Setting> = weight_of(config, "kl")
            .map(|(key, beta)| Setting::new(key, rounded(beta / 10.0)))
            .into_iter()
            .collect();
        if json!(config).pointer("/variational/free_bits").is_none() {
            try_one.push(Setting::new("variational.free_bits", 0.1));
        }
        if active > 0 {
            try_one.push(Setting::new("network.code", active));
        }
        Some(Warning::PosteriorCollapse {
            active,
            units,
            try_one,
        })
    }

    fn dead_units(&self, seen: &dyn Source) -> Vec<Warning> {
        let mut sums: Vec<(String, bool, Vec<f32>)> = Vec::new();
        for part in self.rows.chunks(CHUNK) {
            let found = self.coder.activity(seen.gather_known(part), part.len());
            if sums.is_empty() {
                sums = found;
                continue;
            }
            for (sum, new) in sums.iter_mut().zip(found) {
                sum.2.iter_mut().zip(new.2).for_each(|(a, b)| *a += b);
            }
        }
        let layers = sums.into_iter().filter(|(_, can_die, _)| *can_die);
        layers
            .map(|(layer, _, units)| Warning::DeadUnits {
                dead: units.iter().filter(|&&sum| sum == 0.0).count(),
                units: units.len(),
                try_one: self.against_dead_units(&layer),
                layer,
            })
            // A few dead units are usual.
            .filter(|w| matches!(w, Warning::DeadUnits { dead, units, .. } if dead * 10 >= *units))
            .collect()
    }

    fn against_dead_units(&self, layer: &str) -> Vec<Setting> {
        let network = &self.plan.config.network;
        let mut try_one = vec![lower(&self.plan.config)];
        let spec = &self.plan.spec;
        let is_code = spec.layers[spec.depth - 1].name == layer;
        let elu = |key| Setting::new(key, "\"elu\"");
        match is_code && network.code_activation.is_some() {
            true => try_one.push(elu("network.code_activation")),
            // A variant's own choice of the code's activation stands.
            false if is_code && network.activation.is_none() => {}
            false => try_one.push(elu("network.activation")),
        }
        if self.can_be_centred() {
            try_one.push(Setting::new("data.scale", "\"centre\""));
        }
        try_one
    }

    /// Returns whether features may have a mean far from 0, and the output
    /// could reach them if they had not.
    fn can_be_centred(&self) -> bool {
        let centred = matches!(self.data.scaler.method, Method::Standard | Method::Centre);
        let config = &self.plan.config;
        !centred && config.network.output == Activation::Identity && !config.data.binarised
    }
}

/// Returns settings that leave a network more room to learn.
fn longer(config: &Config, history: &[Epoch]) -> Vec<Setting> {
    let mut try_one = Vec::new();
    // Early stopping has found that more epochs do not help.
    if history.len() == config.epochs() {
        try_one.push(Setting::new("train.epochs", 4 * config.train.epochs));
    }
    let LossConfig { l1, l2, .. } = config.loss;
    for (key, weight) in [("loss.l1", l1), ("loss.l2", l2)] {
        if weight > 0.0 {
            try_one.push(Setting::new(key, rounded(f64::from(weight) / 10.0)));
        }
    }
    try_one
}

/// Returns the key and the value of the weight of a term of the loss.
fn weight_of(config: &Config, term: &str) -> Option<(&'static str, f64)> {
    match term {
        "l1" => Some(("loss.l1", f64::from(config.loss.l1))),
        "l2" => Some(("loss.l2", f64::from(config.loss.l2))),
        _ => config.variants().iter().find_map(|v| v.weight(term)),
    }
}

/// Returns the first term that ended a hundred times above the reconstruction.
fn dwarfed(config: &Config, history: &[Epoch]) -> Option<Warning> {
    let loss = &history.last()?.loss;
    // A log-likelihood of densities may be below 0.
    let reconstruction = Some(*loss.get("reconstruction")?).filter(|&r| r > 0.0)?;
    let terms = loss
        .iter()
        .map(|(term, value)| (term, value / reconstruction));
    let mut others = terms.filter(|(term, _)| *term != "total");
    let (term, times) = others.find(|(_, times)| *times > DWARFED)?;
    let lighter = |weight: f64| rounded(weight * 10.0 / times);
    Some(Warning::Dwarfed {
        term: term.clone(),
        times,
        try_one: weight_of(config, term)
            .map(|(key, weight)| Setting::new(key, lighter(weight)))
            .into_iter()
            .collect(),
    })
}

/// Returns the error per row of predicting the training rows' mean.
fn of_mean(pca: &Pca, data: &dyn Source, rows: &[usize]) -> f64 {
    let (mut sum, mut known) = (0.0, 0usize);
    for part in rows.chunks(CHUNK) {
        for row in data.gather_known(part).chunks_exact(pca.mean.len()) {
            let pairs = row.iter().zip(&pca.mean).filter(|(x, _)| !x.is_nan());
            known += pairs.clone().count();
            sum += pairs.map(|(x, m)| f64::from(x - m).powi(2)).sum::<f64>();
        }
    }
    let all = rows.len() * pca.mean.len();
    match known == all {
        true => sum / rows.len() as f64,
        // As the network's error is taken.
        false => sum / known.max(1) as f64 * pca.mean.len() as f64,
    }
}

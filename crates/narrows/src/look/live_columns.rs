//! Gathers what a page needs to show a decoder's outputs as the columns of a table.

use narrows_ops::{Likelihood, Part, means_of_rows};
use serde::Serialize;

use super::pick::spaced;
use super::sample::Sample;
use crate::data::scale::Prepared;
use crate::data::source::CHUNK;
use crate::model::Model;

/// Points of a curve from outputs to values.
const KNOTS: usize = 65;
/// Outputs between which the chance of the greater of two values goes from
/// hardly any to nearly certain.
const SURE: (f32, f32) = (-8.0, 8.0);

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LiveColumn {
    /// The column's name.
    pub name: String,
    /// Index of the column's first feature.
    pub from: usize,
    /// The texts of a category, one feature each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
    /// Whether the outputs of the levels are the logarithms of their chances, up
    /// to a constant.
    pub logits: bool,
    /// Of a quantity whose values are no line of the decoder's output: outputs,
    /// rising, and the value that each stands for. Empty for others.
    pub curve: Vec<(f32, f32)>,
    /// Of a quantity that goes round, its period and the middle of its two
    /// features, the sine and the cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circle: Option<(f32, f32)>,
    /// The smallest and largest value of a quantity over the sample's rows.
    pub range: (f32, f32),
}

/// Returns the columns of the data's rows.
pub(super) fn columns(model: &Model, data: &Prepared, sample: &Sample) -> Vec<LiveColumn> {
    let rows = spaced(sample.rows.len(), CHUNK);
    let rows: Vec<usize> = rows.iter().map(|&at| sample.rows[at]).collect();
    let features = data.gather(&rows);
    // Adding up the columns' features takes a while.
    let width = data.features();
    let scaler = &data.scaler;
    let own = scaler.own_units();
    let likelihoods = model.coder.network.likelihoods();
    let curves = curves(model, &features);
    let values = scaler.undo(&features);
    let mut from = 0;
    let column = |(at, (name, levels)): (usize, (String, Option<Vec<String>>))| {
        let circle = scaler.circle(at);
        let curve = curves[at].clone();
        let (offset, factor) = own[from];
        let in_line = features.iter().skip(from).step_by(width);
        let in_line = in_line.map(|value| value * factor + offset);
        let range = match circle {
            Some((period, _)) => (0.0, period),
            None if curve.is_empty() => ends(in_line),
            None => ends((0..values.rows()).map(|row| values.value(row, at))),
        };
        let column = LiveColumn {
            name,
            from,
            range,
            logits: levels.is_some() && likelihoods.is_some(),
            levels,
            curve,
            circle,
        };
        from += scaler.features_of(at).len();
        column
    };
    let named = scaler.column_levels().into_iter().enumerate();
    named.map(column).collect()
}

/// Returns the smallest and the largest value.
fn ends(values: impl Iterator<Item = f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// Returns, for each column, outputs of the decoder and the values that they
/// stand for, if those are no line; empty for all others. `features` are those
/// of rows.
fn curves(model: &Model, features: &[f32]) -> Vec<Vec<(f32, f32)>> {
    let scaler = &model.scaler;
    let mut curves = vec![Vec::new(); scaler.columns()];
    let parts = model.coder.network.likelihoods().map(|found| &found.parts);
    let likelihood = |feature: usize| {
        let mut before = 0;
        let is_of = |part: &&Part| {
            before += part.features;
            feature < before
        };
        Some(parts?.iter().find(is_of)?.likelihood)
    };
    let is_number = |column: usize| scaler.features_of(column).len() == 1;
    let bent: Vec<(usize, usize, (f32, f32))> = (0..scaler.columns())
        .filter(|&column| is_number(column) && scaler.level(column, 0.0).is_none())
        .filter_map(|column| {
            let feature = scaler.features_of(column).start;
            let (low, high) = ends(
                features
                    .iter()
                    .skip(feature)
                    .step_by(scaler.features())
                    .copied(),
            );
            // The decoder goes further than rows do.
            let more = 0.5 * (high - low).max(1.0);
            match likelihood(feature) {
                Some(Likelihood::Bernoulli) => Some((column, feature, SURE)),
                Some(Likelihood::Count { .. }) => {
                    Some((column, feature, (low - more, high + more)))
                }
                _ if scaler.is_bent(column) => Some((column, feature, (low - more, high + more))),
                _ => None,
            }
        })
        .collect();
    if bent.is_empty() {
        return curves;
    }
    for knot in 0..KNOTS {
        let share = knot as f32 / (KNOTS - 1) as f32;
        let mut sums = vec![0.0; scaler.features()];
        for &(_, feature, (low, high)) in &bent {
            sums[feature] = low + share * (high - low);
        }
        let outputs = sums.clone();
        if let Some(parts) = parts {
            means_of_rows(parts, &mut sums);
        }
        let values = scaler.undo(&sums);
        for &(column, feature, _) in &bent {
            curves[column].push((outputs[feature], values.value(0, column)));
        }
    }
    curves
}

//! Shows what the units of the first layer respond to.

use super::bars::signed as bars;
use super::pictures::{SIDE, signed};
use super::section::{Drawing, Panel, Section};
use super::text::{count, number};
use crate::look::{UnitWeights, Weights};

/// Number of units drawn as bars, and of features of each.
const BARS: usize = 18;
const FEATURES: usize = 8;

pub(super) fn view(weights: &Weights) -> Section {
    let shown = match weights.image {
        Some(_) => weights.shown.len(),
        None => weights.shown.len().min(BARS),
    };
    let drawing = match weights.image {
        Some(shape) => Drawing::Tiles {
            across: 16,
            pictures: weights
                .shown
                .iter()
                .map(|unit| {
                    let mut picture = signed(&unit.weights, shape, title(unit), SIDE);
                    picture.mark = if unit.dead { "dead" } else { "" };
                    picture
                })
                .collect(),
        },
        None => Drawing::Panels(
            weights.shown[..shown]
                .iter()
                .map(|unit| panel(unit, weights))
                .collect(),
        ),
    };
    Section {
        id: "weights",
        title: "What the first layer looks for".into(),
        says: says(weights, shown),
        full: true,
        drawings: vec![drawing],
    }
}

fn says(weights: &Weights, shown: usize) -> String {
    let noun = if weights.kernels { "kernels" } else { "units" };
    let all = count(weights.units);
    let which = match shown == weights.units {
        true => format!("All {all} {noun} of the first layer"),
        false => format!("{} of the {all} {noun} of the first layer", count(shown)),
    };
    let dead = match weights.dead {
        0 => format!("Over {} rows none of them is dead.", count(weights.rows)),
        1 => format!(
            "One is dead: it gave the same for {} rows, and is framed.",
            count(weights.rows)
        ),
        dead => format!(
            "{} are dead: they gave the same for {} rows; those shown are framed.",
            count(dead),
            count(weights.rows)
        ),
    };
    let how = match weights.image {
        Some(_) => {
            let hint = match weights.kernels {
                true => {
                    "One side orange and one side blue finds edges, a single colour strokes as they are."
                }
                false => "Strokes and edges mean that something was learnt, noise that little was.",
            };
            let colours = match weights.image.map(|image| image.channels) {
                Some(3) => {
                    "A channel brighter than grey raises the output, one darker lowers it, grey does not matter"
                }
                _ => "Orange pixels raise the output, blue ones lower it, clear ones do not matter",
            };
            format!("{colours}; each is shown at its own contrast. {hint}")
        }
        None => format!(
            "The {} largest weights of each: bars to the right raise the output, bars to the left lower it, as parts of the unit's largest weight.{}",
            FEATURES.min(weights.features.len()),
            match weights.varies.contains(&false) {
                true => " Features that never vary are left out.",
                false => "",
            }
        ),
    };
    format!("{which}, those whose output varies most first. {how} {dead}")
}

fn title(unit: &UnitWeights) -> String {
    let dead = if unit.dead { " (dead)" } else { "" };
    format!(
        "unit {}{dead}: standard deviation {}, largest weight {}",
        count(unit.unit),
        number(f64::from(unit.deviation)),
        number(f64::from(unit.largest))
    )
}

fn panel(unit: &UnitWeights, weights: &Weights) -> Panel {
    let features = &weights.features;
    let varies = |at: &usize| weights.varies[*at];
    let mut order: Vec<usize> = (0..features.len()).filter(varies).collect();
    let size = |at: &usize| unit.weights[*at].abs();
    order.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
    let named: Vec<(String, f64)> = order
        .into_iter()
        .take(FEATURES)
        .map(|at| (features[at].clone(), f64::from(unit.weights[at])))
        .collect();
    Panel {
        name: format!("unit {}", count(unit.unit)),
        note: match unit.dead {
            true => "dead".into(),
            false => format!("varies by {}", number(f64::from(unit.deviation))),
        },
        chart: bars(&title(unit), &named, 1.0),
    }
}

//! Shows how the units of the code are used: the spread of each, their
//! correlations, and for a variational code the information in each.

use serde::Serialize;

use super::sample::Sample;
use crate::data::scale::Prepared;
use crate::model::Model;
use crate::objective::variant::ACTIVE;

/// Number of units in each figure, the most varying first.
const HISTOGRAMS: usize = 24;
const CORRELATED: usize = 40;
const BINS: usize = 32;

/// The units of the code, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CodeUnits {
    /// Number of units in the code.
    pub units: usize,
    /// Number of rows in the sample.
    pub rows: usize,
    /// Histograms of some units, the most varying first.
    pub histograms: Vec<UnitHistogram>,
    /// Correlations of some units.
    pub correlations: Correlations,
    /// Divergences from the prior, for a variational code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergences: Option<Divergences>,
}

/// How often a unit has which output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnitHistogram {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// The bins' ends, one more than there are bins, from the smallest to the
    /// largest output.
    pub edges: Vec<f32>,
    /// Number of rows in each bin.
    pub rows: Vec<usize>,
    /// Number of rows for which the output is exactly 0.
    pub zeros: usize,
}

/// Pearson's correlation of pairs of units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Correlations {
    /// The units, counted from 1, the most varying first.
    pub units: Vec<usize>,
    /// `[units, units]`, row-major, -1 to 1; 0 if a unit never varies.
    pub values: Vec<f32>,
    /// The mean magnitude over all pairs of different units that vary.
    pub mean_magnitude: f32,
}

/// The information in each unit of a variational code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Divergences {
    /// The divergence of each unit's distribution from the prior, in nats, as
    /// the mean over the sample's rows.
    pub nats: Vec<f32>,
    /// Number of units with more than 0.01 nats.
    pub active: usize,
}

/// Examines the units of a sample of codes.
pub(super) fn inner(model: &Model, data: &Prepared, sample: &Sample) -> CodeUnits {
    let order = sample.by_deviation();
    let histogram = |&unit: &usize| histogram(unit + 1, sample.unit(unit));
    let some: Vec<usize> = order.iter().copied().take(CORRELATED).collect();
    let nats = model.coder.unit_divergences(data, &sample.rows);
    let divergences = nats.map(|nats| Divergences {
        active: nats.iter().filter(|&&nats| nats > ACTIVE).count(),
        nats,
    });
    CodeUnits {
        units: sample.units,
        rows: sample.rows.len(),
        histograms: order.iter().take(HISTOGRAMS).map(histogram).collect(),
        correlations: correlations(sample, &some),
        divergences,
    }
}

fn histogram(unit: usize, outputs: impl Iterator<Item = f32> + Clone) -> UnitHistogram {
    let low = outputs.clone().fold(f32::INFINITY, f32::min);
    let high = outputs.clone().fold(f32::NEG_INFINITY, f32::max);
    // A constant falls in a bin of its own, in the middle.
    let (low, high) = match low < high {
        true => (low, high),
        false => (low - 0.5 - low.abs(), high + 0.5 + low.abs()),
    };
    let width = (high - low) / BINS as f32;
    let mut rows = vec![0; BINS];
    for output in outputs.clone() {
        rows[(((output - low) / width) as usize).min(BINS - 1)] += 1;
    }
    UnitHistogram {
        unit,
        edges: (0..=BINS).map(|edge| low + width * edge as f32).collect(),
        rows,
        zeros: outputs.filter(|&output| output == 0.0).count(),
    }
}

fn correlations(sample: &Sample, units: &[usize]) -> Correlations {
    let means = sample.moments.means_f64();
    let centred = |unit: usize| -> Vec<f64> {
        let values: Vec<f64> = sample
            .unit(unit)
            .map(|v| f64::from(v) - means[unit])
            .collect();
        let length = values.iter().map(|v| v * v).sum::<f64>().sqrt();
        values
            .into_iter()
            .map(|v| if length > 0.0 { v / length } else { 0.0 })
            .collect()
    };
    let columns: Vec<Vec<f64>> = units.iter().map(|&unit| centred(unit)).collect();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() as f32;
    let values: Vec<f32> = columns
        .iter()
        .flat_map(|a| columns.iter().map(|b| product(a, b)))
        .collect();
    let count = units.len();
    // A unit that never varies correlates with none, and is left out.
    let varies = |at: usize| values[at * count + at] > 0.0;
    let apart: Vec<f32> = (0..count * count)
        .filter(|at| at / count != at % count && varies(at / count) && varies(at % count))
        .map(|at| values[at].abs())
        .collect();
    let magnitudes: f32 = apart.iter().sum();
    Correlations {
        units: units.iter().map(|unit| unit + 1).collect(),
        mean_magnitude: magnitudes / apart.len().max(1) as f32,
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::moments::Moments;

    #[test]
    fn histograms_count_every_row_once() {
        let found = histogram(3, [0.0, 1.0, 2.0, 3.0, 3.2].into_iter());
        assert_eq!(found.rows.iter().sum::<usize>(), 5);
        assert_eq!(
            (found.rows[0], found.rows[BINS - 1], found.zeros),
            (1, 1, 1)
        );
        assert_eq!((found.edges[0], found.edges[BINS]), (0.0, 3.2));
        let constant = histogram(1, [2.0, 2.0].into_iter());
        assert_eq!(constant.rows[BINS / 2], 2);
    }

    #[test]
    fn correlations_by_hand() {
        // Unit 2 is twice unit 1, unit 3 its opposite, unit 4 constant.
        let codes: Vec<f32> = [-1.0, 0.0, 1.0]
            .iter()
            .flat_map(|&t| [t, 2.0 * t + 1.0, -t, 7.0])
            .collect();
        let sample = Sample {
            rows: vec![0, 1, 2],
            units: 4,
            moments: Moments::of(&codes, 4),
            codes,
        };
        let found = correlations(&sample, &[0, 1, 2, 3]);
        let expected = [
            1.0, 1.0, -1.0, 0.0, 1.0, 1.0, -1.0, 0.0, -1.0, -1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0,
        ];
        for (found, expected) in found.values.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6);
        }
        assert!((found.mean_magnitude - 1.0).abs() < 1e-6);
    }
}

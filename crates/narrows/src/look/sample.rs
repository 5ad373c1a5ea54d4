//! Samples the codes of some rows, from which all looks at the code start.

use super::neighbours::squared_distance;
use super::pick::{falling, spaced};
use crate::base::moments::Moments;
use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::model::Model;

/// Largest number of rows in the sample.
const MOST: usize = 2_000;

/// Codes of evenly spaced rows.
pub(super) struct Sample {
    /// Places of the rows in the table, counted from 0.
    pub rows: Vec<usize>,
    pub units: usize,
    /// The codes, `[rows, units]`, row-major.
    pub codes: Vec<f32>,
    pub moments: Moments,
}

impl Sample {
    /// Encodes at most 2,000 rows.
    pub fn of(model: &Model, data: &Prepared) -> Self {
        let units = model.config.network.code;
        let rows = spaced(data.rows(), MOST);
        let mut codes = Vec::with_capacity(rows.len() * units);
        for part in rows.chunks(CHUNK) {
            codes.extend(
                model
                    .inference()
                    .encode(&data.gather_known(part), part.len()),
            );
        }
        Sample {
            moments: Moments::of(&codes, units),
            rows,
            units,
            codes,
        }
    }

    /// Returns one unit's outputs over the rows.
    pub fn unit(&self, unit: usize) -> impl Iterator<Item = f32> + Clone {
        self.codes.iter().skip(unit).step_by(self.units).copied()
    }

    /// Returns a row's code, by its place in the sample.
    pub fn code(&self, place: usize) -> &[f32] {
        &self.codes[place * self.units..(place + 1) * self.units]
    }

    /// Returns the place of the row whose code is nearest to the mean code.
    pub fn middle(&self) -> usize {
        let means = self.moments.means();
        let distance = |&place: &usize| squared_distance(self.code(place), &means);
        let places = 0..self.rows.len();
        let nearest = places.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.expect("a sample has rows")
    }

    /// Returns a unit's 2nd and 98th percentile, or its smallest and largest
    /// output if the two are equal, as for a unit that few rows use.
    pub fn range(&self, unit: usize) -> (f32, f32) {
        let mut sorted: Vec<f32> = self.unit(unit).collect();
        sorted.sort_by(f32::total_cmp);
        let last = sorted.len() - 1;
        let at = |share: f32| sorted[(share * last as f32).round() as usize];
        match at(0.02) < at(0.98) {
            true => (at(0.02), at(0.98)),
            false => (at(0.0), at(1.0)),
        }
    }

    /// Returns the units, the most varying first.
    pub fn by_deviation(&self) -> Vec<usize> {
        falling(&self.moments.deviations())
    }

    /// Returns the units that vary at all, the most varying first.
    pub fn varying(&self) -> Vec<usize> {
        let deviations = self.moments.deviations();
        let mut order = falling(&deviations);
        order.retain(|&unit| deviations[unit] > 0.0);
        order
    }
}

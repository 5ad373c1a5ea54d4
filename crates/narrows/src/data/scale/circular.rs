//! Numbers that go round, as the hours of a day do: two features, sine and
//! cosine.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::data::number_format::NumberFormat;
use crate::data::table::Table;

/// Turns a number that goes round into the sine and cosine of its angle,
/// `2 pi value / period`, and back. Two values are as near to one another as
/// they are on the circle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CircularScale {
    pub name: String,
    /// After how much the number starts anew.
    pub period: f32,
    /// The circular mean of the training rows, for missing cells; `None` if
    /// missing cells are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<f32>,
    /// Whether the features are brought from [-1, 1] to [0, 1].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unit: bool,
    /// Whether all numbers of training are whole, as weekdays are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// How the numbers are written, where that is not as Rust writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<NumberFormat>,
}

impl CircularScale {
    /// The number of features.
    pub const FEATURES: usize = 2;

    pub fn is_sound(&self) -> bool {
        let fill = self.fill.is_none_or(f32::is_finite);
        self.period > 0.0 && self.period.is_finite() && fill
    }

    /// Returns what a feature is where the sine or the cosine is 0.
    pub fn middle(&self) -> f32 {
        if self.unit { 0.5 } else { 0.0 }
    }

    /// Returns the features of a value.
    pub fn features(&self, value: f32) -> [f32; Self::FEATURES] {
        let (sin, cos) = angle(value, self.period).sin_cos();
        [sin, cos].map(|feature| match self.unit {
            true => ((feature + 1.0) / 2.0) as f32,
            false => feature as f32,
        })
    }

    /// Returns the value, in [0, period), whose features are nearest to these.
    pub fn value(&self, features: &[f32]) -> f32 {
        let place = |feature: f32| match self.unit {
            true => 2.0 * f64::from(feature) - 1.0,
            false => f64::from(feature),
        };
        around(place(features[0]), place(features[1]), self.period)
    }

    /// Returns the value nearest to these features that is as those of training
    /// are: whole if all of them are.
    pub fn likely(&self, features: &[f32]) -> f32 {
        let value = self.value(features);
        match self.whole {
            true => value.round().rem_euclid(self.period),
            false => value,
        }
    }

    /// Returns the names of the features.
    pub fn names(&self) -> [String; Self::FEATURES] {
        ["sin", "cos"].map(|part| format!("{} ({part})", self.name))
    }

    /// Returns the offset and factor of each feature: it has no unit but its
    /// own.
    pub fn own_units(&self) -> [(f32, f32); Self::FEATURES] {
        [(0.0, 1.0); Self::FEATURES]
    }
}

/// Returns the circular mean of a column over some rows, missing cells left
/// out.
pub(super) fn mean(table: &Table, rows: &[usize], column: usize, period: f32) -> f32 {
    let (mut sines, mut cosines) = (0.0, 0.0);
    let values = rows.iter().map(|&row| table.value(row, column));
    for value in values.filter(|value| !value.is_nan()) {
        let (sin, cos) = angle(value, period).sin_cos();
        (sines, cosines) = (sines + sin, cosines + cos);
    }
    around(sines, cosines, period)
}

/// Returns whether all known values of a column over some rows are whole.
pub(super) fn are_whole(table: &Table, rows: &[usize], column: usize) -> bool {
    let mut values = rows.iter().map(|&row| table.value(row, column));
    values.all(|value| value.is_nan() || value.fract() == 0.0)
}

fn angle(value: f32, period: f32) -> f64 {
    TAU * (f64::from(value) / f64::from(period)).rem_euclid(1.0)
}

/// Returns the value in [0, period) at an angle.
fn around(sin: f64, cos: f64, period: f32) -> f32 {
    let share = (sin.atan2(cos) / TAU).rem_euclid(1.0);
    let value = (share * f64::from(period)) as f32;
    // Rounding may reach the period, which is 0.
    if value < period { value } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::{Column, Values};

    fn hours(unit: bool) -> CircularScale {
        CircularScale {
            name: "hour".into(),
            period: 24.0,
            fill: None,
            unit,
            whole: false,
            written: None,
        }
    }

    #[test]
    fn whole_numbers_stay_whole_and_below_the_period() {
        let days = CircularScale {
            period: 7.0,
            whole: true,
            ..hours(false)
        };
        for (value, expected) in [(2.3, 2.0), (2.6, 3.0), (6.7, 0.0)] {
            assert_eq!(days.likely(&days.features(value)), expected);
        }
        assert!((hours(true).likely(&hours(true).features(2.3)) - 2.3).abs() < 1e-4);
    }

    #[test]
    fn midnight_is_next_to_the_hour_before_it() {
        let [sin, cos] = hours(false).features(6.0);
        assert!((sin - 1.0).abs() < 1e-6 && cos.abs() < 1e-6);
        assert_eq!(hours(false).features(24.0), hours(false).features(0.0));
        assert_eq!(hours(false).features(-1.0), hours(false).features(23.0));
        assert_eq!(hours(true).features(18.0)[0], 0.0);
        let distance = |a: f32, b: f32| {
            let [a, b] = [a, b].map(|hour| hours(false).features(hour));
            (a[0] - b[0]).hypot(a[1] - b[1])
        };
        assert!((distance(23.5, 0.5) - distance(11.0, 12.0)).abs() < 1e-6);
    }

    #[test]
    fn values_come_back() {
        for unit in [false, true] {
            for value in [0.0, 0.25, 5.5, 12.0, 18.75, 23.99] {
                let scale = hours(unit);
                let back = scale.value(&scale.features(value));
                assert!((back - value).abs() < 1e-4, "{value} {back}");
            }
        }
        // Half as far from the middle is the same direction.
        assert!((hours(false).value(&[0.5, 0.0]) - 6.0).abs() < 1e-5);
        assert_eq!(hours(false).value(&[-1e-12, 1.0]), 0.0);
    }

    #[test]
    fn the_mean_of_late_and_early_is_midnight() {
        let values = Values::Floats(vec![23.0, 1.0, f32::NAN, 22.0, 2.0]);
        let table = Table::new(vec![Column::circular("hour", 24.0)], values).unwrap();
        let mean = mean(&table, &[0, 1, 2, 3, 4], 0, 24.0);
        assert!(mean.min(24.0 - mean) < 1e-4, "{mean}");
    }
}

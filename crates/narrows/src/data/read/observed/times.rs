//! What the times of a column have shown, by a format of theirs.

use crate::data::time_format::{Moment, TimeFormat};
use crate::settings::TimePart;

/// A format that all cells have had, and what they mean by it.
#[derive(Debug)]
pub struct Times {
    pub format: TimeFormat,
    first: Moment,
    /// The first and last day.
    days: (i32, i32),
    /// Whether the parts differ from those of the first cell.
    changes: [bool; TimePart::ALL.len()],
}

/// The days from which on weekdays recur, and the season.
const TWO_WEEKS: i32 = 14;
const YEAR: i32 = 365;

impl Times {
    pub fn new(format: TimeFormat, first: Moment) -> Self {
        let day = first.day().unwrap_or_default();
        Times {
            format,
            first,
            days: (day, day),
            changes: Default::default(),
        }
    }

    /// Adds a cell; returns `false` if it does not have the format.
    pub fn add(&mut self, text: &str) -> bool {
        let Some(moment) = self.format.parse_strictly(text) else {
            return false;
        };
        let day = moment.day().unwrap_or_default();
        self.days = (self.days.0.min(day), self.days.1.max(day));
        for (part, changes) in TimePart::ALL.into_iter().zip(&mut self.changes) {
            *changes |= moment.part(part) != self.first.part(part);
        }
        true
    }

    /// Returns the parts that differ between cells, in ranges in which they
    /// mean something: weekdays from two weeks on, the season from a year on.
    /// None if all cells are the same.
    pub fn parts(&self) -> Vec<TimePart> {
        let span = self.days.1 - self.days.0;
        let is_meant = |part: TimePart| match part {
            TimePart::Weekday => span >= TWO_WEEKS,
            TimePart::Season => span >= YEAR,
            TimePart::Day | TimePart::Time => true,
        };
        let changing = TimePart::ALL.into_iter().zip(self.changes);
        changing
            .filter(|(part, changes)| *changes && is_meant(*part))
            .map(|(part, _)| part)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::time_format::formats_of;

    #[test]
    fn parts_of_a_time_are_those_that_mean_something() {
        use TimePart::{Day, Season, Time, Weekday};
        for (first, second, parts) in [
            ("2024-01-01", "2024-01-09", &[Day][..]),
            ("2024-01-01", "2024-01-16", &[Day, Weekday]),
            ("2024-01-01", "2025-01-15", &[Day, Weekday, Season]),
            ("2024-01-01", "2024-01-01", &[]),
            ("2024-01-01 10:00", "2024-01-01 11:00", &[Time]),
            ("2024-01-01 10:00", "2024-02-01 10:00", &[Day, Weekday]),
            ("10:00", "10:00", &[]),
        ] {
            let format = formats_of(first).remove(0);
            let moment = format.parse_strictly(first).unwrap();
            let mut times = Times::new(format, moment);
            assert!(times.add(second));
            assert_eq!(times.parts(), parts, "{first} {second}");
        }
    }
}

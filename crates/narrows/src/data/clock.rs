//! Reads the times of a series' rows, and tells which rows are in succession.

use std::collections::HashSet;

use super::table::Tags;
use super::time_format::{NUMBER, TimeFormat, formats_of};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};

/// The share of rows that keep to the usual time between two, from which on a longer
/// one is a gap.
const REGULAR: f64 = 0.9;
/// The part of the usual time by which rows that keep to it may be off.
const OFF: f64 = 0.1;
/// The gap in usual times.
const GAP: f64 = 1.5;
/// The fewest times between rows that show a usual one.
const FEWEST: usize = 10;

/// How the times of rows are written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Clock {
    /// As numbers.
    Number,
    /// As dates or times of a day.
    Format(Box<TimeFormat>),
}

impl Clock {
    /// Creates a clock from the text of its setting; `None` if it is no format.
    pub fn new(format: &str) -> Option<Self> {
        match format {
            NUMBER => Some(Clock::Number),
            format => Some(Clock::Format(Box::new(TimeFormat::new(format)?))),
        }
    }

    /// Returns the clock by which all times of a column can be read.
    ///
    /// # Errors
    /// [`Error::Data`] if there is none, or if there are two that take the day for the
    /// month of one another.
    pub fn of(times: &Tags, origin: &str, place: impl Fn(usize) -> usize) -> Result<Self> {
        let mut seen = HashSet::new();
        let mut formats: Option<Vec<TimeFormat>> = None;
        let mut are_numbers = true;
        for (row, text) in times.values.iter().enumerate() {
            if text.is_empty() || !seen.insert(text) {
                continue;
            }
            are_numbers &= number(text).is_some();
            let formats = formats.get_or_insert_with(|| formats_of(text));
            formats.retain(|format| format.parse_strictly(text).is_some());
            if formats.is_empty() && !are_numbers {
                return Err(no_time(
                    times,
                    origin,
                    place(row),
                    text,
                    "a time like the others",
                ));
            }
        }
        if are_numbers {
            return Ok(Clock::Number);
        }
        let formats = formats.unwrap_or_default();
        let Some(first) = formats.first() else {
            return Ok(Clock::Number);
        };
        if let Some(other) = formats.iter().find(|other| other.contradicts(first)) {
            let as_setting = |format: &TimeFormat| Remedy::Set {
                key: "data.time_format",
                value: format.text().to_string().into(),
            };
            return Err(Error::data(
                origin,
                Place::Column(times.name.clone()),
                "dates that may be read in two ways",
                "a day that cannot be a month, or a setting",
                Hint::from(as_setting(first))
                    .and(" or ")
                    .and(as_setting(other)),
            ));
        }
        // The setting's text reads other spellings too.
        let format = TimeFormat::new(first.text()).unwrap_or_else(|| first.clone());
        Ok(Clock::Format(Box::new(format)))
    }

    /// Returns the clock as it is written in a setting.
    pub fn text(&self) -> &str {
        match self {
            Clock::Number => NUMBER,
            Clock::Format(format) => format.text(),
        }
    }

    /// Returns each row's time, in seconds or as its number.
    ///
    /// # Errors
    /// [`Error::Data`] if a cell is none.
    pub fn read(
        &self,
        times: &Tags,
        origin: &str,
        place: impl Fn(usize) -> usize,
    ) -> Result<Vec<f64>> {
        let read = |(row, text): (usize, &String)| {
            let time = match self {
                Clock::Number => number(text),
                Clock::Format(format) => format.parse(text).map(|moment| moment.seconds()),
            };
            time.ok_or_else(|| no_time(times, origin, place(row), text, self.text()))
        };
        times.values.iter().enumerate().map(read).collect()
    }

    /// Writes how long a time between two rows is.
    pub fn span(&self, time: f64) -> String {
        if *self == Clock::Number {
            return format!("{time}");
        }
        let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
        let unit = units.into_iter().find(|(unit, _)| time >= *unit);
        let (unit, name) = unit.unwrap_or((1.0, "s"));
        format!("{} {name}", (time / unit * 100.0).round() / 100.0)
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|time: &f64| time.is_finite())
}

fn no_time(times: &Tags, origin: &str, row: usize, text: &str, expected: &str) -> Error {
    let found = match text.is_empty() {
        true => "no time".into(),
        false => format!("'{text}'"),
    };
    Error::data(
        origin,
        Place::Cell(row, times.name.clone()),
        found,
        match expected.contains('%') {
            true => format!("a time as {expected}"),
            false => match expected {
                NUMBER => "a number, as data.time_format says".into(),
                other => other.to_string(),
            },
        },
        "correct the cell, leave the row out, or name the format in data.time_format",
    )
}

/// Returns the time between two rows above which they are not in succession, and the
/// usual one; `None` if they keep to none. `between` are the times between rows.
pub(crate) fn gap_of(mut between: Vec<f64>) -> Option<(f64, f64)> {
    if between.len() < FEWEST {
        return None;
    }
    between.sort_by(f64::total_cmp);
    let usual = between[between.len() / 2];
    let keeps = |time: &&f64| (**time - usual).abs() <= OFF * usual;
    let kept = between.iter().filter(keeps).count();
    let is_regular = usual > 0.0 && kept as f64 >= REGULAR * between.len() as f64;
    is_regular.then_some((GAP * usual, usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: &[&str]) -> Tags {
        Tags::new("when", texts.iter().copied())
    }

    #[test]
    fn cells_show_how_times_are_written() {
        let of = |texts: &[&str]| {
            let clock = Clock::of(&tags(texts), "a.csv", |row| row + 1)?;
            clock.read(&tags(texts), "a.csv", |row| row + 1)
        };
        assert_eq!(of(&["3", "4.5"]).unwrap(), [3.0, 4.5]);
        assert_eq!(
            of(&["1970-01-02 00:00:10", "1970-01-02 00:01:00"]).unwrap(),
            [86_410.0, 86_460.0]
        );
        assert_eq!(of(&["02/01/1970", "13/01/1970"]).unwrap()[0], 86_400.0);
        assert_eq!(of(&["10:00", "10:01"]).unwrap(), [36_000.0, 36_060.0]);
        let both = of(&["02/01/1970", "03/01/1970"]).unwrap_err().to_string();
        assert!(
            both.contains("data.time_format") && both.contains("%m/%d/%Y"),
            "{both}"
        );
        let none = of(&["2024-01-01", "soon"]).unwrap_err().to_string();
        assert!(none.contains("row 2") && none.contains("soon"), "{none}");
        assert!(
            of(&["2024-01-01", ""])
                .unwrap_err()
                .to_string()
                .contains("no time")
        );
    }

    #[test]
    fn a_gap_is_told_from_what_is_usual() {
        let mut between = vec![300.0; 30];
        between.push(7_200.0);
        assert_eq!(gap_of(between), Some((450.0, 300.0)));
        assert_eq!(gap_of((1..40).map(f64::from).collect()), None);
        assert_eq!(gap_of(vec![1.0; 9]), None);
        let clock = Clock::new("%Y-%m-%d %H:%M").unwrap();
        assert_eq!(clock.span(450.0), "7.5 min");
        assert_eq!(clock.span(93_600.0), "1.08 d");
    }
}

//! Writes stored dates and times as text, as a table of text would have them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// What a stored number of a date or a time counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Counts {
    /// Days since 1970-01-01.
    Days,
    /// Fractions of a second since midnight, so many a second.
    OfDay(i64),
    /// Fractions of a second since 1970-01-01, so many a second.
    SinceEpoch(i64),
}

/// What a cell holds that no calendar has, what is expected, and what to do.
pub(super) fn found(value: impl Into<i128>) -> String {
    format!("{}, as a date or a time", value.into())
}
pub(super) const EXPECTED: &str = "one that a calendar has";
pub(super) const HINT: &str = "correct the cell, or name the column in data.ignore";

impl Counts {
    /// Writes a value as `2024-01-31`, `10:30:00` or `2024-01-31T10:30:00`, with
    /// a fraction of a second where there is one; `None` if no calendar has it.
    pub fn text(self, value: i64) -> Option<String> {
        let parts = |per_second: i64| {
            let nanos = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
            (value.div_euclid(per_second), nanos as u32)
        };
        match self {
            Counts::Days => {
                let days = i32::try_from(value).ok()?;
                Some(NaiveDate::from_epoch_days(days)?.to_string())
            }
            Counts::OfDay(per_second) => {
                let (seconds, nanos) = parts(per_second);
                let seconds = u32::try_from(seconds).ok()?;
                let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)?;
                Some(time.format("%H:%M:%S%.f").to_string())
            }
            Counts::SinceEpoch(per_second) => {
                let (seconds, nanos) = parts(per_second);
                let moment: NaiveDateTime = DateTime::from_timestamp(seconds, nanos)?.naive_utc();
                Some(moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_by_what_they_count() {
        for (counts, value, text) in [
            (Counts::Days, 19_753, "2024-01-31"),
            (Counts::Days, -1, "1969-12-31"),
            (Counts::OfDay(1000), 37_800_500, "10:30:00.500"),
            (
                Counts::SinceEpoch(1000),
                1_706_697_000_000,
                "2024-01-31T10:30:00",
            ),
            (
                Counts::SinceEpoch(1_000_000_000),
                -1,
                "1969-12-31T23:59:59.999999999",
            ),
        ] {
            assert_eq!(counts.text(value).as_deref(), Some(text));
        }
        assert_eq!(Counts::Days.text(i64::MAX), None);
        assert_eq!(Counts::OfDay(1).text(90_000), None);
        assert_eq!(Counts::SinceEpoch(1).text(i64::MAX), None);
    }
}

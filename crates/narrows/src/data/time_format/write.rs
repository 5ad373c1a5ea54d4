//! Writes dates and times from the parts that a model has of them.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::TimeFormat;

impl TimeFormat {
    /// Returns whether a date and a time of day can be written from these parts:
    /// all that the format has.
    pub fn can_write(&self, day: bool, time: bool) -> bool {
        (day || !self.has_date) && (time || !self.has_time)
    }

    /// Writes the date of a day since 1970-01-01, and a time of day in hours, to
    /// the nearest minute or second that the format has. `None` if one of those
    /// that the format has is no number or beyond the calendar.
    pub fn write(&self, day: f32, hours: f32) -> Option<String> {
        let finite = |value: f32| value.is_finite().then_some(value);
        let date = match self.has_date {
            true => NaiveDate::from_epoch_days(finite(day)?.round() as i32)?,
            false => NaiveDate::default(),
        };
        let unit = if self.text.contains("%S") { 1.0 } else { 60.0 };
        let seconds = match self.has_time {
            true => (f64::from(finite(hours)?) * 3600.0 / unit).round() * unit,
            false => 0.0,
        };
        let seconds = seconds.rem_euclid(86_400.0) as i64;
        let moment = date.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds);
        let moment = moment.and_utc();
        Some(moment.format_with_items(self.written.iter()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TimePart;

    #[test]
    fn what_is_written_reads_as_the_same_moment() {
        for (format, text) in [
            ("%Y-%m-%d", "2024-02-29"),
            ("%d.%m.%Y %H:%M", "31.12.1969 23:59"),
            ("%Y-%m-%dT%H:%M:%S%z", "2024-03-01T01:30:59+0000"),
            ("%I:%M %p", "12:15 AM"),
            ("%b %Y", "Mar 2024"),
        ] {
            let format = TimeFormat::new(format).unwrap();
            let moment = format.parse(text).unwrap();
            let part = |part| moment.part(part).unwrap_or(f32::NAN);
            let written = format.write(part(TimePart::Day), part(TimePart::Time));
            assert_eq!(written.as_deref(), Some(text));
        }
    }

    #[test]
    fn only_what_a_calendar_has_is_written() {
        let format = TimeFormat::new("%Y-%m-%d %H:%M").unwrap();
        assert!(format.write(f32::NAN, 1.0).is_none() && format.write(0.0, f32::NAN).is_none());
        assert!(format.write(1e30, 1.0).is_none());
        // Times go round: a minute before midnight and its half.
        let late = format.write(0.4, 23.999).unwrap();
        assert_eq!(late, "1970-01-01 00:00");
        assert!(format.can_write(true, true) && !format.can_write(true, false));
        let date = TimeFormat::new("%Y-%m-%d").unwrap();
        assert!(date.can_write(true, false) && date.write(-1.0, f32::NAN).unwrap() == "1969-12-31");
    }
}

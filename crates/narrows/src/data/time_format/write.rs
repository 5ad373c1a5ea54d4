//! Writes dates and times from the parts that a model has of them.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::TimeFormat;

impl TimeFormat {
    /// Returns whether a moment can be written from these parts: from the day, or
    /// the time of a format without one.
    pub fn can_write(&self, day: bool, time: bool) -> bool {
        if self.has_date { day } else { time }
    }

    /// Writes the date of a day since 1970-01-01, and a time of day in hours, to
    /// the nearest minute or second that the format has; midnight if `hours` is
    /// `None`. `None` if one of those that the format has is no number or beyond
    /// the calendar.
    pub fn write(&self, day: f32, hours: Option<f32>) -> Option<String> {
        let finite = |value: f32| value.is_finite().then_some(value);
        let date = match self.has_date {
            true => NaiveDate::from_epoch_days(finite(day)?.round() as i32)?,
            false => NaiveDate::default(),
        };
        let unit = if self.text.contains("%S") { 1.0 } else { 60.0 };
        let seconds = match self.has_time {
            true => f64::from(finite(hours.unwrap_or(0.0))?).rem_euclid(24.0) * 3600.0,
            false => 0.0,
        };
        // The last moment of a day is not the first of another.
        let seconds = ((seconds / unit).round() * unit).min(86_400.0 - unit) as i64;
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
            let day = moment.part(TimePart::Day).unwrap_or(f32::NAN);
            let written = format.write(day, moment.part(TimePart::Time));
            assert_eq!(written.as_deref(), Some(text));
        }
    }

    #[test]
    fn only_what_a_calendar_has_is_written() {
        let format = TimeFormat::new("%Y-%m-%d %H:%M").unwrap();
        assert!(format.write(f32::NAN, Some(1.0)).is_none());
        assert!(format.write(0.0, Some(f32::NAN)).is_none());
        assert!(format.write(1e30, Some(1.0)).is_none());
        let late = format.write(0.4, Some(23.999)).unwrap();
        assert_eq!(late, "1970-01-01 23:59");
        // What the model does not know of a date is midnight.
        assert_eq!(format.write(0.0, None).unwrap(), "1970-01-01 00:00");
        assert!(format.can_write(true, false) && !format.can_write(false, true));
        let date = TimeFormat::new("%Y-%m-%d").unwrap();
        assert_eq!(date.write(-1.0, None).unwrap(), "1969-12-31");
        assert!(TimeFormat::new("%H:%M").unwrap().can_write(false, true));
    }
}

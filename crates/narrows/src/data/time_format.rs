//! How the dates and times of a column are written, and what they mean.

mod found;
mod write;

use std::fmt;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};

pub(crate) use self::found::formats_of;
use self::found::{numbers, year_of};
use crate::settings::TimePart;

/// A format of dates, of times of day or of both, as of `strftime`.
///
/// A time with an offset from UTC, such as `+02:00` or `Z`, is taken to UTC.
/// Where a format has seconds, a cell may lack them or have a fraction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimeFormat {
    text: String,
    /// What it writes, and what it reads: that and fractions of seconds.
    written: Vec<Item<'static>>,
    read: Vec<Item<'static>>,
    /// What it reads without seconds; empty if it has none.
    short: Vec<Item<'static>>,
    has_date: bool,
    has_time: bool,
    has_offset: bool,
    /// The place of the year among the numbers of a cell, and its digits, where
    /// these are known.
    year: Option<(usize, usize)>,
}

/// A point in time, or a time of day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
}

impl TimeFormat {
    /// Creates a format; `None` if it is none, or has neither all of a date nor
    /// a time of day.
    pub fn new(text: &str) -> Option<Self> {
        let items = |text: &str| StrftimeItems::new(text).parse_to_owned().ok();
        // A fraction may be there when it is read.
        let read = text.replace("%S%.f", "%S").replace("%S", "%S%.f");
        let short = match read.contains(":%S%.f") {
            true => items(&read.replace(":%S%.f", ""))?,
            false => Vec::new(),
        };
        let mut format = TimeFormat {
            text: text.into(),
            written: items(text)?,
            read: items(&read)?,
            short,
            has_date: true,
            has_time: true,
            has_offset: text.contains("%z") || text.contains("%:z"),
            year: year_of(text),
        };
        // What it writes of a moment shows what it has.
        let moment = NaiveDate::from_ymd_opt(2024, 1, 31)?.and_hms_opt(13, 45, 30)?;
        let mut example = String::new();
        let moment = moment.and_utc().format_with_items(format.written.iter());
        fmt::write(&mut example, format_args!("{moment}")).ok()?;
        let parsed = format.parsed(&example)?;
        format.has_date = date(parsed.clone()).is_some();
        format.has_time = time(&parsed).is_some();
        (format.has_date || format.has_time).then_some(format)
    }

    /// Returns the format as it is written in a setting.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether times have offsets from UTC.
    pub fn has_offset(&self) -> bool {
        self.has_offset
    }

    /// Returns the parts that can be derived.
    pub fn parts(&self) -> Vec<TimePart> {
        let has = |part: &TimePart| match part {
            TimePart::Time => self.has_time,
            _ => self.has_date,
        };
        TimePart::ALL.into_iter().filter(has).collect()
    }

    /// Returns 31 January 2024, 13:45:30, in this format.
    pub fn example(&self) -> String {
        let moment = NaiveDate::from_ymd_opt(2024, 1, 31)
            .and_then(|date| date.and_hms_opt(13, 45, 30))
            .unwrap_or_default();
        let moment = moment.and_utc();
        moment.format_with_items(self.written.iter()).to_string()
    }

    /// Parses a cell; `None` if it is not written in this format, with all digits
    /// of its year, or does not exist, as 30 February.
    pub fn parse(&self, text: &str) -> Option<Moment> {
        let is_whole = |(place, digits)| numbers(text).get(place) == Some(&digits);
        if !self.year.is_none_or(is_whole) {
            return None;
        }
        let parsed = self.parsed(text)?;
        let offset = parsed.offset().filter(|_| self.has_offset);
        let (date, time) = match (self.has_date, self.has_time) {
            (true, true) => (Some(date(parsed.clone())?), Some(time(&parsed)?)),
            (true, false) => (Some(date(parsed)?), None),
            (false, _) => (None, Some(time(&parsed)?)),
        };
        let (Some(offset), Some(date), Some(time)) = (offset, date, time) else {
            return Some(Moment { date, time });
        };
        let ahead = TimeDelta::seconds(offset.into());
        let utc = date.and_time(time).checked_sub_signed(ahead)?;
        Some(Moment {
            date: Some(utc.date()),
            time: Some(utc.time()),
        })
    }

    fn parsed(&self, text: &str) -> Option<Parsed> {
        let zulu = match text.strip_suffix(['Z', 'z']) {
            Some(rest) if self.has_offset => Some(format!("{rest}+00:00")),
            _ => None,
        };
        let text = zulu.as_deref().unwrap_or(text);
        let by = |items: &[Item<'static>]| {
            let mut parsed = Parsed::new();
            parse(&mut parsed, text, items.iter()).ok()?;
            Some(parsed)
        };
        match by(&self.read) {
            None if !self.short.is_empty() => by(&self.short),
            parsed => parsed,
        }
    }
}

/// Returns a date; the first day of a month that is given alone.
fn date(mut parsed: Parsed) -> Option<NaiveDate> {
    if let Ok(date) = parsed.to_naive_date() {
        return Some(date);
    }
    if let Ok(moment) = parsed.to_naive_datetime_with_offset(0) {
        return Some(moment.date());
    }
    parsed.month()?;
    parsed.set_day(1).ok()?;
    parsed.to_naive_date().ok()
}

fn time(parsed: &Parsed) -> Option<NaiveTime> {
    let alone = parsed.to_naive_time();
    alone
        .or_else(|_| Ok(parsed.to_naive_datetime_with_offset(0)?.time()))
        .map_err(|_: chrono::ParseError| ())
        .ok()
}

impl Moment {
    /// Returns a part as a number; `None` if the moment does not have it.
    pub fn part(&self, part: TimePart) -> Option<f32> {
        Some(match part {
            TimePart::Day => self.day()? as f32,
            TimePart::Time => {
                let time = self.time?;
                let seconds = f64::from(time.num_seconds_from_midnight());
                let all = seconds + f64::from(time.nanosecond()) / 1e9;
                // A leap second is the end of its day.
                (all.min(86_399.999) / 3600.0) as f32
            }
            TimePart::Weekday => self.date?.weekday().num_days_from_monday() as f32,
            TimePart::Season => self.date?.ordinal0() as f32,
        })
    }

    /// Returns the days since 1970-01-01.
    pub fn day(&self) -> Option<i32> {
        Some(self.date?.to_epoch_days())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(format: &str, text: &str) -> Vec<f32> {
        let format = TimeFormat::new(format).unwrap();
        let moment = format.parse(text).unwrap();
        let parts = format.parts().into_iter();
        parts.map(|part| moment.part(part).unwrap()).collect()
    }

    #[test]
    fn parts_are_those_of_a_calendar() {
        // The first of January 1970 was a Thursday.
        assert_eq!(parts("%Y-%m-%d", "1970-01-01"), [0.0, 3.0, 0.0]);
        assert_eq!(parts("%d.%m.%Y", "29.02.2024"), [19_782.0, 3.0, 59.0]);
        assert_eq!(parts("%Y-%m", "2024-03"), [19_783.0, 4.0, 60.0]);
        assert_eq!(parts("%Y%m%d", "20240229"), [19_782.0, 3.0, 59.0]);
        assert_eq!(parts("%H:%M", "18:30"), [18.5]);
        assert_eq!(parts("%H:%M:%S", "18:30:36"), [18.51]);
        assert_eq!(parts("%H:%M:%S", "18:30"), [18.5]);
        assert_eq!(parts("%H:%M:%S", "18:30:00.900"), [18.50025]);
        assert_eq!(parts("%I:%M %p", "12:15 AM"), [0.25]);
        assert_eq!(
            parts("%Y-%m-%d %H:%M", "1969-12-31 06:00"),
            [-1.0, 6.0, 2.0, 364.0]
        );
        for text in ["2023-02-29", "24-01-31", "2024-01-31 10:30"] {
            let format = TimeFormat::new("%Y-%m-%d").unwrap();
            assert!(format.parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn offsets_are_taken_to_utc() {
        let format = "%Y-%m-%dT%H:%M:%S%z";
        for text in [
            "2024-03-01T01:30:00+02:00",
            "2024-02-29T23:30:00Z",
            "2024-02-29T18:00:00-0530",
        ] {
            assert_eq!(parts(format, text), [19_782.0, 23.5, 3.0, 59.0], "{text}");
        }
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for text in ["", "%Q", "%d", "%m/%d", "x", "%M"] {
            assert!(TimeFormat::new(text).is_none(), "{text}");
        }
        let format = TimeFormat::new("%d.%m.%Y").unwrap();
        assert_eq!(format.example(), "31.01.2024");
        let other = |text: &str| format.contradicts(&TimeFormat::new(text).unwrap());
        assert!(other("%m/%d/%Y") && !other("%d.%m.%Y %H:%M") && !other("%d-%b-%Y"));
    }
}

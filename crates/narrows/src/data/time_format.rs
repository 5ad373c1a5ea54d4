//! How the dates and times of a column are written, and what they mean.

mod found;
mod write;

use std::borrow::Cow;
use std::fmt;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};

pub(crate) use self::found::formats_of;
use self::found::{numbers, year_of};
use crate::settings::TimePart;

/// The setting of times that are numbers.
pub(crate) const NUMBER: &str = "number";

/// A format of dates, of times of day or of both, as of `strftime`.
///
/// A time with an offset from UTC, such as `+02:00` or `Z`, is taken to UTC.
/// Where a format has seconds, a cell may lack them or have a fraction. A cell of
/// new rows may be written otherwise where it plainly is the same moment: with
/// seconds, with `T` or a space before the time, without the time at midnight.
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
    /// What else it reads, and how the date is written that stands before a time.
    others: Vec<Vec<Item<'static>>>,
    date: Option<Box<TimeFormat>>,
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
        let mut format = Self::strict(text)?;
        let items = |text: &String| StrftimeItems::new(text).parse_to_owned().ok();
        format.others = spellings(text).iter().filter_map(items).collect();
        if format.has_date && format.has_time && !format.has_offset {
            let date = date_of(text).and_then(Self::strict);
            format.date = date.filter(|date| !date.has_time).map(Box::new);
        }
        Some(format)
    }

    /// Creates a format that reads only what is written in it.
    fn strict(text: &str) -> Option<Self> {
        let items = |text: &str| StrftimeItems::new(text).parse_to_owned().ok();
        let read = with_fraction(text);
        let short = match read.contains(":%S%.f") {
            true => items(&read.replace(":%S%.f", ""))?,
            false => Vec::new(),
        };
        let mut format = TimeFormat {
            text: text.into(),
            written: items(text)?,
            read: items(&read)?,
            short,
            others: Vec::new(),
            date: None,
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

    /// Parses a cell; `None` if it is not written in this format or plainly the
    /// same moment, without all digits of its year, or does not exist, as 30
    /// February.
    pub fn parse(&self, text: &str) -> Option<Moment> {
        self.parse_strictly(text).or_else(|| {
            let digits = self.with_digits(text);
            let mut others = self.others.iter();
            let other = others.find_map(|items| self.moment(text, parsed_by(items, &digits)?));
            other.or_else(|| match &self.date {
                Some(date) => Some(Moment {
                    time: Some(NaiveTime::MIN),
                    ..date.parse_strictly(text)?
                }),
                None if self.has_time => None,
                None => self.parse_strictly(without_midnight(text)?),
            })
        })
    }

    /// Parses a cell that is written in this format.
    pub fn parse_strictly(&self, text: &str) -> Option<Moment> {
        self.moment(text, self.parsed(text)?)
    }

    /// Returns what was parsed of a cell.
    fn moment(&self, text: &str, parsed: Parsed) -> Option<Moment> {
        let is_whole = |(place, digits)| numbers(text).get(place) == Some(&digits);
        if !self.year.is_none_or(is_whole) {
            return None;
        }
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
        let text = self.with_digits(text);
        match parsed_by(&self.read, &text) {
            None if !self.short.is_empty() => parsed_by(&self.short, &text),
            parsed => parsed,
        }
    }

    /// Returns a text with its offset in digits, if the format has one.
    fn with_digits<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match text.strip_suffix(['Z', 'z']) {
            Some(rest) if self.has_offset => format!("{rest}+00:00").into(),
            _ => text.into(),
        }
    }
}

fn parsed_by(items: &[Item<'static>], text: &str) -> Option<Parsed> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).ok()?;
    Some(parsed)
}

/// Returns a format that also reads fractions of seconds.
fn with_fraction(format: &str) -> String {
    format.replace("%S%.f", "%S").replace("%S", "%S%.f")
}

/// Returns formats in which moments may be written as well: with seconds, without
/// them, with the other mark between date and time.
fn spellings(format: &str) -> Vec<String> {
    let read = with_fraction(format);
    let long = match read.contains("%S") {
        true => read.clone(),
        false => read.replacen("%M", "%M:%S%.f", 1),
    };
    let short = long.replace(":%S%.f", "");
    let mut all = vec![long, short];
    for (from, to) in [("T%H", " %H"), (" %H", "T%H")] {
        let other = all.iter().filter(|format| format.contains(from));
        let other: Vec<String> = other.map(|format| format.replacen(from, to, 1)).collect();
        if !other.is_empty() {
            all.extend(other);
            break;
        }
    }
    all.retain(|format| *format != read);
    all
}

/// Returns the part of a format before its time of day.
fn date_of(format: &str) -> Option<&str> {
    let end = [format.find("%H"), format.find("%I")];
    let end = end.into_iter().flatten().min()?;
    Some(format[..end].trim_end_matches(['T', ' ', ',']))
}

/// Returns the date of a text that ends in midnight.
fn without_midnight(text: &str) -> Option<&str> {
    let at = text.rfind(['T', ' '])?;
    let (date, time) = (&text[..at], &text[at + 1..]);
    let zeros = time.strip_prefix("00:00:00.");
    let is_midnight = matches!(time, "00:00" | "00:00:00")
        || zeros.is_some_and(|zeros| zeros.bytes().all(|byte| byte == b'0'));
    is_midnight.then_some(date)
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

    /// Returns the seconds since 1970-01-01, or since midnight of a time of day.
    pub fn seconds(&self) -> f64 {
        let days = self.date.map_or(0, |date| date.to_epoch_days());
        let time = self.time.unwrap_or(NaiveTime::MIN);
        let within = f64::from(time.num_seconds_from_midnight());
        f64::from(days) * 86_400.0 + within + f64::from(time.nanosecond()) / 1e9
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
    fn a_cell_may_plainly_be_the_same_moment() {
        for (format, as_written, otherwise) in [
            ("%Y-%m-%d", "2024-07-20", "2024-07-20 00:00:00"),
            ("%Y-%m-%d", "2024-07-20", "2024-07-20T00:00"),
            ("%d.%m.%Y", "20.07.2024", "20.07.2024 00:00:00.000"),
            ("%Y-%m-%d %H:%M:%S", "2024-07-20 00:00:00", "2024-07-20"),
            (
                "%Y-%m-%dT%H:%M:%S",
                "2024-07-20T10:30:00",
                "2024-07-20 10:30",
            ),
            (
                "%Y-%m-%d %H:%M",
                "2024-07-20 10:30",
                "2024-07-20T10:30:00.000",
            ),
            ("%d.%m.%Y, %H:%M", "20.07.2024, 00:00", "20.07.2024"),
            ("%H:%M", "10:30", "10:30:00"),
            ("%I:%M %p", "1:30 PM", "01:30:00 PM"),
            (
                "%Y-%m-%dT%H:%M:%S%z",
                "2024-07-20T10:30:00Z",
                "2024-07-20 10:30:00+00:00",
            ),
        ] {
            let format = TimeFormat::new(format).unwrap();
            let moment = format.parse_strictly(as_written);
            assert!(
                moment.is_some() && moment == format.parse(otherwise),
                "{otherwise}"
            );
        }
        assert_eq!(parts("%H:%M", "10:30:36"), [10.51]);
        for (format, text) in [
            ("%Y-%m-%d", "2024-07-20 00:00:01"),
            ("%Y-%m-%d", "2024-07-20 10:30"),
            ("%Y-%m-%d", "20.07.2024 00:00:00"),
            ("%Y-%m-%d", "00:00:00"),
            ("%Y-%m-%d %H:%M", "2024-07-20T10:30:00Z"),
            ("%Y-%m-%d %H:%M", "24-07-20"),
            ("%Y-%m-%d %H:%M", "10:30"),
            ("%Y-%m-%dT%H:%M:%S%z", "2024-07-20"),
            ("%H:%M", "2024-07-20 10:30"),
            ("%Y-%m", "2024-07-20"),
        ] {
            let format = TimeFormat::new(format).unwrap();
            assert_eq!(format.parse(text), None, "{text}");
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

//! `data.kinds`: what the columns of a table hold.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The names of the kinds.
const NAMES: [&str; 10] = [
    "number", "binary", "category", "count", "ordinal", "time", "circular", "id", "text", "ignore",
];

/// What a column holds, and so what becomes of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// `number`: a quantity.
    Number,
    /// `binary`: one of two values, numbers or texts.
    Binary,
    /// `category`: one of some texts. At most the 40 commonest are told apart,
    /// and rare ones are not: these are `(other)`. All are in `data.one_hot`.
    Category,
    /// `count`: how many there are of something, a number.
    Count,
    /// `ordinal:S,M,L`: one of these texts, in this order; the number of its
    /// place, counted from 0.
    Ordinal(Vec<String>),
    /// `time` or `time:FORMAT`: a date, a time of day, or both.
    Time(TimeKind),
    /// `circular:PERIOD`: a number that goes round, as a direction in degrees
    /// does after 360.
    Circular(f32),
    /// `id`: a name or number of the row, which is left out.
    Id,
    /// `text`: free text, which is left out.
    Text,
    /// `ignore`: anything that is left out.
    Ignore,
}

/// How a date or a time of day is written, and what becomes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeKind {
    /// The format as of `strftime`, such as `%d.%m.%Y %H:%M`; `None` if it is
    /// yet to be found out.
    pub format: Option<String>,
    /// The columns that are made of it, which follow the format: `:day,time`.
    /// If there are none, those that the format has.
    pub parts: Vec<TimePart>,
}

/// A column that is made of a date or a time of day. Its name is that of the
/// file's column and of the part, such as `when.day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TimePart {
    /// `day`: days since 1970-01-01, a number.
    Day,
    /// `time`: hours since midnight, which go round after 24.
    Time,
    /// `weekday`: days since Monday, which go round after 7.
    Weekday,
    /// `season`: days since 1 January, which go round after 365.2425.
    Season,
}

impl TimePart {
    /// All parts, in the order of their columns.
    pub const ALL: [TimePart; 4] = [Self::Day, Self::Time, Self::Weekday, Self::Season];

    /// Returns the part's name, as in a setting and in a column's name.
    pub fn name(self) -> &'static str {
        match self {
            TimePart::Day => "day",
            TimePart::Time => "time",
            TimePart::Weekday => "weekday",
            TimePart::Season => "season",
        }
    }

    /// Returns after how much the part starts anew; `None` if it never does.
    pub fn period(self) -> Option<f32> {
        match self {
            TimePart::Day => None,
            TimePart::Time => Some(24.0),
            TimePart::Weekday => Some(7.0),
            TimePart::Season => Some(365.2425),
        }
    }
}

impl Kind {
    /// Returns whether columns of the kind are left out.
    pub fn is_left_out(&self) -> bool {
        matches!(self, Kind::Id | Kind::Text | Kind::Ignore)
    }

    /// Returns the kind's name, without what follows its colon.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Binary => "binary",
            Kind::Category => "category",
            Kind::Count => "count",
            Kind::Ordinal(_) => "ordinal",
            Kind::Time(_) => "time",
            Kind::Circular(_) => "circular",
            Kind::Id => "id",
            Kind::Text => "text",
            Kind::Ignore => "ignore",
        }
    }

    /// Reads a kind; the error is an unknown name, or what is expected instead.
    fn of(text: &str) -> Result<Self, Option<&'static str>> {
        let (name, rest) = match text.split_once(':') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        let kind = match (name, rest) {
            ("ordinal", rest) => {
                let levels = rest.unwrap_or_default().split(',');
                let levels: Vec<String> = levels.map(|level| level.trim().into()).collect();
                let repeats = (1..levels.len()).any(|at| levels[..at].contains(&levels[at]));
                if levels.len() < 2 || repeats || levels.iter().any(String::is_empty) {
                    return Err(Some(
                        "ordinal with its texts in order, such as \"ordinal:S,M,L\"",
                    ));
                }
                Kind::Ordinal(levels)
            }
            ("circular", rest) => {
                let period = rest.and_then(|period| period.trim().parse::<f32>().ok());
                let period = period.filter(|period| *period > 0.0 && period.is_finite());
                Kind::Circular(
                    period.ok_or(Some("circular with its period, such as \"circular:360\""))?,
                )
            }
            ("time", rest) => Kind::Time(TimeKind::of(rest).ok_or(Some(
                "time with parts among day, time, weekday and season, each once, such as \"time:%Y-%m-%d:day,season\"",
            ))?),
            (_, Some(_)) if NAMES.contains(&name) => {
                return Err(Some("this kind without anything behind it"));
            }
            ("number", None) => Kind::Number,
            ("binary", None) => Kind::Binary,
            ("category", None) => Kind::Category,
            ("count", None) => Kind::Count,
            ("id", None) => Kind::Id,
            ("text", None) => Kind::Text,
            ("ignore", None) => Kind::Ignore,
            _ => return Err(None),
        };
        Ok(kind)
    }
}

impl TimeKind {
    /// Reads what follows `time:`; `None` if it names a part that there is not, or
    /// one twice.
    fn of(rest: Option<&str>) -> Option<Self> {
        let parts = |list: &str| {
            let part = |name: &str| {
                TimePart::ALL
                    .into_iter()
                    .find(|part| part.name() == name.trim())
            };
            list.split(',').map(part).collect::<Option<Vec<_>>>()
        };
        let are_words = |list: &str| {
            let is_word = |c: char| c.is_alphabetic() || matches!(c, ',' | ' ' | '_');
            list.contains(char::is_alphabetic) && list.chars().all(is_word)
        };
        let text = rest.unwrap_or_default();
        let (format, list) = match text.rsplit_once(':') {
            Some((format, list)) if are_words(list) => (format, Some(list)),
            _ => (text, None),
        };
        let parts = list.map_or(Some(Vec::new()), parts)?;
        let repeats = (1..parts.len()).any(|at| parts[..at].contains(&parts[at]));
        (!repeats).then(|| TimeKind {
            format: (!format.is_empty()).then(|| format.into()),
            parts,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Kind::Ordinal(levels) => write!(f, ":{}", levels.join(",")),
            Kind::Circular(period) => write!(f, ":{period}"),
            Kind::Time(TimeKind { format, parts }) => {
                let Some(format) = format else { return Ok(()) };
                write!(f, ":{format}")?;
                let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
                match names.is_empty() {
                    true => Ok(()),
                    false => write!(f, ":{}", names.join(",")),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyKind;
        impl Visitor<'_> for AnyKind {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a kind of column: one of {}", NAMES.join(", "))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Kind, E> {
                Kind::of(text.trim()).map_err(|expected| match expected {
                    Some(expected) => E::invalid_value(Unexpected::Str(text), &expected),
                    None => E::unknown_variant(text, &NAMES),
                })
            }
        }
        deserializer.deserialize_any(AnyKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::DataConfig;

    #[test]
    fn a_kind_is_written_as_it_is_read() {
        for text in [
            "number",
            "binary",
            "category",
            "count",
            "ordinal:S,M,L",
            "time",
            "time:%d.%m.%Y",
            "time:%Y-%m-%d %H:%M:%S:day,time,weekday",
            "time:%H:%M:time",
            "circular:360",
            "circular:0.5",
            "id",
            "text",
            "ignore",
        ] {
            let kind = Kind::of(text).unwrap();
            assert_eq!(kind.to_string(), text);
            assert_eq!(Kind::of(&kind.to_string()), Ok(kind));
        }
        let Ok(Kind::Time(time)) = Kind::of("time:%H:%M:time,season") else {
            panic!()
        };
        assert_eq!(time.format.as_deref(), Some("%H:%M"));
        assert_eq!(time.parts, [TimePart::Time, TimePart::Season]);
    }

    #[test]
    fn what_is_no_kind_is_refused() {
        for text in [
            "",
            "numbr",
            "circular",
            "circular:x",
            "circular:0",
            "circular:-1",
            "circular:inf",
            "ordinal",
            "ordinal:S",
            "ordinal:S,S",
            "ordinal:S,,M",
            "category:a",
            "time:%Y-%m-%d:season,season",
            "time:%Y-%m-%d:month",
        ] {
            assert!(Kind::of(text).is_err(), "{text}");
            let config = format!("[kinds]\na = {text:?}");
            assert!(toml::from_str::<DataConfig>(&config).is_err(), "{text}");
        }
    }
}

//! `data.held_out`: how many rows are kept out of training, and which.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many rows are kept out of training, and which: in a config a number of rows, a
/// share of them such as `0.2`, or `"last:500"` and `"last:0.2"`.
///
/// ```
/// use narrows::config::{Amount, HoldOut};
/// let last: HoldOut = "last:0.2".parse().unwrap();
/// assert_eq!(last, HoldOut { amount: Amount::Share(0.2), last: true });
/// assert_eq!(HoldOut::from(300).rows(1_000), 300);
/// assert_eq!(last.rows(1_000), 200);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldOut {
    /// How many.
    pub amount: Amount,
    /// Whether they are the last rows rather than rows drawn at random: rows in the
    /// order of time are to be measured on later ones.
    pub last: bool,
}

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many.
    Rows(usize),
    /// A share of all, above 0 and below 1.
    Share(f64),
}

impl HoldOut {
    /// Returns how many of so many rows these are.
    pub fn rows(&self, all: usize) -> usize {
        match self.amount {
            Amount::Rows(rows) => rows,
            Amount::Share(share) => (share * all as f64).round() as usize,
        }
    }

    /// Returns whether no row is held out, however many there are.
    pub fn is_none(&self) -> bool {
        self.amount == Amount::Rows(0)
    }
}

impl From<usize> for HoldOut {
    fn from(rows: usize) -> Self {
        HoldOut {
            amount: Amount::Rows(rows),
            last: false,
        }
    }
}

/// What is expected where something else is found.
const EXPECTED: &str =
    "a number of rows, a share above 0 and below 1, or one of these after \"last:\"";

impl std::str::FromStr for HoldOut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (last, amount) = match text.trim().strip_prefix("last:") {
            Some(amount) => (true, amount.trim()),
            None => (false, text.trim()),
        };
        let (share, whole) = match amount.strip_suffix('%') {
            Some(share) => (share.trim_end(), 100.0),
            None => (amount, 1.0),
        };
        let share = share.parse::<f64>().map(|share| share / whole);
        let amount = match (amount.parse::<usize>(), share) {
            (Ok(rows), _) => Amount::Rows(rows),
            (_, Ok(share)) if share > 0.0 && share < 1.0 => Amount::Share(share),
            _ => return Err(format!("expected {EXPECTED}")),
        };
        Ok(HoldOut { amount, last })
    }
}

impl fmt::Display for HoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = if self.last { "last:" } else { "" };
        match self.amount {
            Amount::Rows(rows) => write!(f, "{last}{rows}"),
            Amount::Share(share) => write!(f, "{last}{share}"),
        }
    }
}

impl Serialize for HoldOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.last, self.amount) {
            (true, _) => serializer.collect_str(self),
            (false, Amount::Rows(rows)) => rows.serialize(serializer),
            (false, Amount::Share(share)) => share.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for HoldOut {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl Visitor<'_> for Parts {
            type Value = HoldOut;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_u64<E: Error>(self, rows: u64) -> Result<HoldOut, E> {
                Ok((rows as usize).into())
            }

            fn visit_i64<E: Error>(self, signed: i64) -> Result<HoldOut, E> {
                let rows = usize::try_from(signed);
                rows.map(HoldOut::from)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(signed), &self))
            }

            fn visit_f64<E: Error>(self, share: f64) -> Result<HoldOut, E> {
                if !(share > 0.0 && share < 1.0) {
                    return Err(E::invalid_value(Unexpected::Float(share), &self));
                }
                Ok(HoldOut {
                    amount: Amount::Share(share),
                    last: false,
                })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HoldOut, E> {
                let parsed = text.parse();
                parsed.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::DataConfig;

    #[test]
    fn each_way_to_write_it_is_read_and_written() {
        for (text, amount, last) in [
            ("held_out = 300\n", Amount::Rows(300), false),
            ("held_out = 0.2\n", Amount::Share(0.2), false),
            ("held_out = \"last:0.2\"\n", Amount::Share(0.2), true),
            ("held_out = \"last:500\"\n", Amount::Rows(500), true),
        ] {
            let data: DataConfig = toml::from_str(text).unwrap();
            assert_eq!(data.held_out, Some(HoldOut { amount, last }), "{text}");
            assert!(toml::to_string(&data).unwrap().contains(text), "{text}");
        }
        assert_eq!("20%".parse::<HoldOut>().unwrap().amount, Amount::Share(0.2));
    }

    #[test]
    fn what_it_cannot_be_is_refused() {
        for wrong in [
            "-3",
            "1.0",
            "1.5",
            "0.0",
            "\"first:3\"",
            "\"last:\"",
            "nan",
            "true",
        ] {
            let text = format!("held_out = {wrong}\n");
            assert!(toml::from_str::<DataConfig>(&text).is_err(), "{text}");
        }
    }
}

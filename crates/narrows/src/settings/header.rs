//! `data.header`: whether the first line of a table names its columns.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whether the first line of a table of text names its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Header {
    /// What the line and the rows below it show.
    #[default]
    Auto,
    /// Whether it does.
    Present(bool),
    /// The names of all columns of the file, in order. A first line of other
    /// names is left out.
    Names(Vec<String>),
}

impl Header {
    /// Returns whether the rows decide.
    pub(crate) fn is_auto(&self) -> bool {
        *self == Header::Auto
    }
}

impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Header::Auto => serializer.serialize_str("auto"),
            Header::Present(present) => serializer.serialize_bool(*present),
            Header::Names(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyHeader;
        impl<'de> Visitor<'de> for AnyHeader {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, \"auto\" or a list of names")
            }

            fn visit_bool<E: Error>(self, present: bool) -> Result<Header, E> {
                Ok(Header::Present(present))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Header, E> {
                match text {
                    "auto" => Ok(Header::Auto),
                    other => Err(E::unknown_variant(other, &["auto", "true", "false"])),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Header, A::Error> {
                let names = Vec::deserialize(SeqAccessDeserializer::new(names))?;
                Ok(Header::Names(names))
            }
        }
        deserializer.deserialize_any(AnyHeader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::DataConfig;

    #[test]
    fn a_header_is_there_or_not_or_given() {
        for (text, header) in [
            ("", Header::Auto),
            ("header = \"auto\"", Header::Auto),
            ("header = true", Header::Present(true)),
            ("header = false", Header::Present(false)),
            (
                "header = [\"a\", \"b\"]",
                Header::Names(vec!["a".into(), "b".into()]),
            ),
        ] {
            let data: DataConfig = toml::from_str(text).unwrap();
            assert_eq!(data.header, header, "{text}");
            let again: DataConfig = toml::from_str(&toml::to_string(&data).unwrap()).unwrap();
            assert_eq!(again, data);
        }
        assert!(toml::from_str::<DataConfig>("header = \"yes\"").is_err());
    }
}

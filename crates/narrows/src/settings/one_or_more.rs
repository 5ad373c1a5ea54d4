//! Names of columns in a config: a text if there is one, else a list.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub fn serialize<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match names {
        [name] => name.serialize(serializer),
        names => names.serialize(serializer),
    }
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a column, or a list of names")
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<Vec<String>, E> {
            Ok(vec![name.into()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Vec<String>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(names))
        }
    }
    deserializer.deserialize_any(Names)
}

#[cfg(test)]
mod tests {
    use crate::settings::DataConfig;

    #[test]
    fn one_name_is_a_text_and_several_are_a_list() {
        for (text, names) in [
            ("id = \"a\"\n", vec!["a"]),
            ("id = [\"a\", \"b\"]\n", vec!["a", "b"]),
            ("", Vec::new()),
        ] {
            let data: DataConfig = toml::from_str(text).unwrap();
            assert_eq!(data.id, names, "{text}");
            let written = toml::to_string(&data).unwrap();
            assert!(written.contains(text), "{written}");
        }
    }
}

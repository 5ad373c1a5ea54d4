//! Suggests what was meant by an unknown key or name, or by a value of the
//! wrong type.

use toml::de::DeTable;

use super::Config;
use super::deserialize::{Names, Wanted, What, Wrong, read};
use crate::base::error::Error;
use crate::base::hint::Hint;
use crate::base::nearest::nearest;
use crate::settings::ranges::meanings;

/// Keys and names that other programs use, each with ours.
const OTHER_NAMES: [(&str, &str); 18] = [
    ("lr", "rate"),
    ("learning_rate", "rate"),
    ("batch_size", "batch"),
    ("patience", "early_stopping"),
    ("latent_dim", "code"),
    ("latent", "code"),
    ("bottleneck", "code"),
    ("hidden_layers", "hidden"),
    ("layers", "hidden"),
    ("mae", "l1"),
    ("binary_crossentropy", "bce"),
    ("xavier", "glorot"),
    ("kaiming", "he"),
    ("linear", "identity"),
    ("logistic", "sigmoid"),
    ("zscore", "standard"),
    ("center", "centre"),
    ("normal", "gaussian"),
];

/// Returns our name for a key or name of another program; `None` if it is not
/// known.
fn by_another_name(name: &str) -> Option<&'static str> {
    let small = name.to_lowercase().replace('-', "_");
    let found = OTHER_NAMES.iter().find(|(other, _)| *other == small);
    found.map(|(_, ours)| *ours)
}

/// Returns the whole key, such as `train.epochs`, of a key without its table:
/// that of the first table that has the key. Accepts the names that other
/// programs use. `None` if no table has the key.
///
/// ```
/// use narrows::config::whole_key;
/// assert_eq!(whole_key("epochs").as_deref(), Some("train.epochs"));
/// assert_eq!(whole_key("learning_rate").as_deref(), Some("optimizer.rate"));
/// ```
pub fn whole_key(name: &str) -> Option<String> {
    let name = by_another_name(name).unwrap_or(name);
    let mut tables = keys("").iter();
    let table = tables.find(|table| keys(&format!("[{table}]")).contains(&name))?;
    Some(format!("{table}.{name}"))
}

/// Returns the keys that can follow a header such as `[train]`; without a
/// header, the top-level keys.
fn keys(header: &str) -> Names {
    // Serde lists the known keys when it meets an unknown one.
    let asked = format!("{header}\n'?' = 0\n");
    let table = DeTable::parse(&asked).expect("a table with one key");
    match read::<Config>(table.get_ref()).map_err(|wrong| wrong.what) {
        Err(What::Key { known, .. }) => known,
        _ => &[],
    }
}

/// Converts an error of a document, in words that need no knowledge of Rust.
pub(super) fn error(origin: &str, line: Option<usize>, wrong: Wrong) -> Error {
    let hint = hint(&wrong);
    let (found, expected) = match wrong.what {
        What::Key { found, known } => (format!("unknown key `{found}`"), one_of(known)),
        What::Name { found, known } => (format!("unknown name `{found}`"), one_of(known)),
        What::Type { found, wanted } => (found, wanted.in_words()),
        What::Other(found) => (found, "a value that the key takes".into()),
    };
    Error::Config {
        origin: origin.into(),
        line,
        key: wrong.key,
        found,
        expected,
        hint,
    }
}

impl Wanted {
    fn in_words(self) -> String {
        match self {
            Wanted::Count => "a whole number, 0 or above".into(),
            Wanted::Number => "a number".into(),
            Wanted::Truth => "true or false".into(),
            Wanted::Text => "a text in quotes".into(),
            Wanted::List => "a list in brackets".into(),
            Wanted::Table => "a table of keys".into(),
            Wanted::Name(names) => one_of(names),
            Wanted::Other(words) => words,
        }
    }
}

fn one_of(names: Names) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [] => "no key".into(),
        [only] => only.clone(),
        [one, other] => format!("{one} or {other}"),
        many => format!("one of {}", many.join(", ")),
    }
}

/// Returns a hint: the name that was probably meant, or where the settings are
/// explained.
fn hint(wrong: &Wrong) -> Hint {
    let meant = match &wrong.what {
        What::Key { found, known } => near(found, known).or_else(|| whole_key(found)),
        What::Name { found, known } => near(found, known),
        What::Type { found, wanted } => return value(&wrong.key, found, wanted),
        What::Other(_) => None,
    };
    meant.map_or_else(meanings, |name| format!("did you mean `{name}`?").into())
}

/// Returns the known name that was probably meant; `None` if none is near.
fn near(found: &str, known: Names) -> Option<String> {
    let ours = by_another_name(found).filter(|name| known.contains(name));
    let name = ours.or_else(|| nearest(found, known.iter().copied()))?;
    Some(name.into())
}

/// Returns a hint about a value of the wrong type.
fn value(key: &str, found: &str, wanted: &Wanted) -> Hint {
    let hint = match (key, wanted, found) {
        (_, Wanted::Truth, "\"True\"" | "\"False\"") => {
            "true and false are written without quotes, in small letters"
        }
        (
            _,
            Wanted::Truth,
            "\"yes\"" | "\"no\"" | "\"true\"" | "\"false\"" | "\"on\"" | "\"off\"",
        ) => "true and false are written without quotes",
        _ => return meanings(),
    };
    hint.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_table() {
        assert_eq!(whole_key("epochs").as_deref(), Some("train.epochs"));
        assert_eq!(
            whole_key("early_stopping").as_deref(),
            Some("train.early_stopping")
        );
        assert_eq!(
            whole_key("learning_rate").as_deref(),
            Some("optimizer.rate")
        );
        assert_eq!(whole_key("batch-size").as_deref(), Some("train.batch"));
        assert_eq!(whole_key("colour"), None);
    }

    /// Returns every header with its keys, the top-level keys first.
    fn all() -> Vec<(String, Names)> {
        let tables = keys("").iter().map(|table| format!("[{table}]"));
        let headers = std::iter::once(String::new()).chain(tables);
        let all = headers.map(|header| (keys(&header), header));
        let all: Vec<_> = all.map(|(keys, header)| (header, keys)).collect();
        assert!(all.iter().filter(|(_, keys)| !keys.is_empty()).count() > 15);
        all
    }

    fn wrong(text: &str) -> Option<Wrong> {
        let table = DeTable::parse(text).unwrap();
        read::<Config>(table.get_ref()).err()
    }

    #[test]
    fn the_keys_are_those_of_a_config_as_it_is_written() {
        let written = toml::Table::try_from(Config::default()).unwrap();
        for (table, inner) in &written {
            assert!(keys("").contains(&table.as_str()), "{table}");
            for key in inner.as_table().into_iter().flat_map(|table| table.keys()) {
                assert!(keys(&format!("[{table}]")).contains(&key.as_str()), "{key}");
            }
        }
    }

    #[test]
    fn a_misspelt_key_is_answered_by_the_right_one() {
        for (header, known) in all() {
            // The key `k` is too short: `kx` may be nearer to another key.
            for key in known.iter().filter(|key| key.len() > 1) {
                let wrong = wrong(&format!("{header}\n{key}x = 0\n")).unwrap();
                let meant = hint(&wrong).to_string();
                assert_eq!(meant, format!("did you mean `{key}`?"), "{header}");
                let found = format!("{key}x");
                assert!(wrong.key.ends_with(&found), "{wrong}");
                assert_eq!(wrong.what, What::Key { found, known });
            }
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_beside_the_one_that_was_wanted() {
        let values = [
            ("-3", "-3"),
            ("2.50", "2.50"),
            ("true", "true"),
            ("\"no such\"", "\"no such\""),
            ("[[]]", "a list"),
            ("{ no_such = 1 }", "a table"),
            ("2020-01-01", "2020-01-01"),
        ];
        for (header, known) in all() {
            for key in known {
                let whole = format!("{header}.{key}").replace(['[', ']'], "");
                let mut refused = 0;
                for (value, shown) in values {
                    let Some(wrong) = wrong(&format!("{header}\n{key} = {value}\n")) else {
                        continue;
                    };
                    refused += 1;
                    // The keys of this table are names of columns.
                    if whole == "data.kinds" && value.starts_with('{') {
                        assert_eq!(wrong.key, "data.kinds.no_such");
                        continue;
                    }
                    match wrong.what {
                        What::Type { found, wanted } => {
                            assert_eq!(wrong.key, whole.trim_start_matches('.'));
                            assert!(found == shown || value == "[[]]", "{whole}: {found}");
                            let is_ours = !matches!(wanted, Wanted::Other(_));
                            // These take values of several types.
                            let several = [
                                "layerwise.epochs",
                                "data.header",
                                "data.held_out",
                                "data.calibration",
                                "data.id",
                            ];
                            assert!(is_ours || several.contains(&&*whole), "{whole}");
                        }
                        What::Name { found, known } => {
                            assert!(found == "no such" && known.len() > 1)
                        }
                        What::Key { found, .. } => assert!(found == "no_such" && header.is_empty()),
                        What::Other(words) => panic!("{whole} = {value}: {words}"),
                    }
                }
                assert!(refused >= 4, "{whole}: {refused}");
            }
        }
    }
}

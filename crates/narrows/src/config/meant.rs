//! What was meant by a key, a name or a line that no config has.

use super::Config;
use crate::base::hint::{Hint, Remedy};

/// Keys and names as other programs call them, beside ours.
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

/// Our name for what another program calls so.
pub(super) fn by_another_name(name: &str) -> Option<&'static str> {
    let small = name.to_lowercase().replace('-', "_");
    let found = OTHER_NAMES.iter().find(|(other, _)| *other == small);
    found.map(|(_, ours)| *ours)
}

/// The whole key of a name that is in one of the tables of a config, the first
/// that has it; names of other programs are known too.
///
/// ```
/// use narrows::config::whole_key;
/// assert_eq!(whole_key("epochs").as_deref(), Some("train.epochs"));
/// assert_eq!(whole_key("learning_rate").as_deref(), Some("optimizer.rate"));
/// ```
pub fn whole_key(name: &str) -> Option<String> {
    let name = by_another_name(name).unwrap_or(name);
    // The parser lists what it knows when it is asked for what it does not.
    let known = |table: toml::Table| Config::try_from_table(&table).err().unwrap_or_default();
    let any = || toml::Value::Array(Vec::new());
    let with = |key: &str, value| toml::Table::from_iter([(key.to_string(), value)]);
    let all = known(with("?", any()));
    let mut tables = all.split('`').skip(3).step_by(2);
    let has = |table: &&str| {
        let inner = toml::Value::Table(with("?", any()));
        let keys = known(with(table, inner));
        keys.split('`').skip(3).step_by(2).any(|key| key == name)
    };
    tables.find(has).map(|table| format!("{table}.{name}"))
}

/// What to do about a value of the wrong type, where more can be said than
/// where to look it up.
pub(super) fn value(key: &str, found: &str) -> Option<&'static str> {
    match (key, found) {
        ("data.held_out", share) if share.contains('.') => {
            Some("it is a number of rows, not a share of them")
        }
        (_, "\"yes\"" | "\"no\"" | "\"true\"" | "\"false\"" | "\"on\"" | "\"off\"") => {
            Some("true and false stand without quotes")
        }
        _ => None,
    }
}

/// What was expected of a line that is no TOML, and what to do about it.
pub(super) fn broken(line: &str, found: &str, expected: String) -> (String, Hint) {
    let value = line.split_once('=').map(|(_, value)| value.trim());
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let (expected, hint): (&str, &str) = match value {
        _ if found.contains("duplicate") => (
            "each key and table once",
            match line.starts_with('[') {
                true => "put the keys of both under one of them",
                false => "leave one of the two out",
            },
        ),
        Some("") => (
            "a value behind `=`",
            "write one, or take the line out for the default",
        ),
        Some("True" | "False") => ("true or false", "both are written in small letters"),
        Some(text) if text.contains(',') && is_number(&text.replace(',', ".")) => {
            ("a number", "write decimals with a point")
        }
        Some(text) if text.starts_with('.') && is_number(text) => {
            ("a number", "write a 0 before the point")
        }
        Some(text) if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            return (
                "quotes around a text".into(),
                format!(
                    "write {} = \"{text}\"",
                    line.split('=').next().unwrap_or_default().trim()
                )
                .into(),
            );
        }
        None if line.starts_with('{') => {
            return ("lines of `key = value`".into(), is_toml());
        }
        None if line.contains(':') => {
            return ("`key = value`, or `[table]`".into(), is_toml());
        }
        _ => {
            return (
                expected,
                "a line is `key = value`, with quotes around a text".into(),
            );
        }
    };
    (expected.into(), hint.into())
}

/// Returns where to find a config in the right format.
fn is_toml() -> Hint {
    Hint::from("a config is TOML: ").and(Remedy::StartConfig)
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

    #[test]
    fn broken_lines_are_told_what_they_miss() {
        for (line, word) in [
            ("epochs =", "take the line out"),
            ("tied = True", "small letters"),
            ("rate = 0,001", "a point"),
            ("rate = .001", "a 0 before"),
            ("name = sgd", "name = \"sgd\""),
            ("epochs: 3", "TOML"),
        ] {
            let (_, hint) = broken(line, "", String::new());
            let hint = hint.to_string();
            assert!(hint.contains(word), "{line}: {hint}");
        }
    }
}

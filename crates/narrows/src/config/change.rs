//! Applies changes, `table.key=value`, to a parsed config.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::deserialize::{Wanted, What, read};
use super::key::parted;
use super::{Config, meant};
use crate::base::error::{Error, Result};

/// The most tables that a key may stand in, more than any config has.
const DEEPEST: usize = 20;

/// Applies one change to `table` and returns the changed config.
///
/// # Errors
/// [`Error::Usage`] if `change` is not of the form `table.key=value`, or if its
/// path leads through a key that is not a table; [`Error::Config`] if the
/// config has no such key, or the key takes no such value.
pub(super) fn apply<'a>(table: &mut DeTable<'a>, change: &'a str) -> Result<Config> {
    let wrong = |expected: &str| {
        Error::usage(
            format!("`--set {change}`"),
            expected,
            "for instance --set train.epochs=3, or --set network.hidden=[500,250]",
        )
    };
    let (mut path, text) = parted(change).ok_or_else(|| wrong("`table.key=value`"))?;
    let last = path
        .pop()
        .filter(|key| !key.is_empty())
        .ok_or_else(|| wrong("a key before `=`"))?;
    if path.len() > DEEPEST {
        return Err(Error::usage(
            format!("`--set` of a key in {} tables", path.len()),
            "`table.key=value`",
            "",
        ));
    }
    let with = |value| {
        let mut changed = table.clone();
        if !insert(&mut changed, &path, &last, value) {
            return Err(wrong("a key of a table"));
        }
        let tried = read::<Config>(&changed);
        Ok((changed, tried))
    };
    let value = toml_value(text.trim());
    let (mut changed, mut tried) = with(Some(value.clone()))?;
    match tried.as_ref().map_err(|wrong| &wrong.what) {
        Err(What::Key { .. }) => {}
        _ if text.trim().is_empty() => (changed, tried) = with(None)?,
        Err(What::Type { wanted, .. }) if *wanted == Wanted::List => {
            (changed, tried) = with(Some(list([value])))?;
        }
        _ => {}
    }
    // A name or a marker may look like a number.
    if let Err(What::Type { wanted, .. }) = tried.as_ref().map_err(|wrong| &wrong.what)
        && *wanted == Wanted::Text
    {
        let is_list = |table: &DeTable| matches!(get(table, &path, &last), Some(DeValue::Array(_)));
        let value = match is_list(&changed) {
            true => list(items(text.trim()).map(|item| DeValue::String(item.into()))),
            false => DeValue::String(text.trim().into()),
        };
        let (as_text, read) = with(Some(value))?;
        if read.is_ok() {
            (changed, tried) = (as_text, read);
        }
    }
    *table = changed;
    tried.map_err(|wrong| meant::error(&format!("--set {change}"), None, wrong))
}

/// Sets a key, or removes it if `value` is `None`. Returns false if a part of
/// its path is not a table.
fn insert<'a>(
    table: &mut DeTable<'a>,
    path: &[String],
    last: &str,
    value: Option<DeValue<'a>>,
) -> bool {
    let mut at = table;
    for part in path {
        if value.is_none() && !at.contains_key(part.as_str()) {
            return true;
        }
        let inner = at
            .entry(placed(part.clone().into()))
            .or_insert_with(|| placed(DeValue::Table(DeTable::new())));
        match inner.get_mut() {
            DeValue::Table(inner) => at = inner,
            _ => return false,
        }
    }
    match value {
        Some(value) => at.insert(placed(last.to_string().into()), placed(value)),
        None => at.remove(last),
    };
    true
}

/// Returns the value of a key.
fn get<'t, 'a>(table: &'t DeTable<'a>, path: &[String], last: &str) -> Option<&'t DeValue<'a>> {
    let mut at = table;
    for part in path {
        match at.get(part.as_str())?.get_ref() {
            DeValue::Table(inner) => at = inner,
            _ => return None,
        }
    }
    Some(at.get(last)?.get_ref())
}

/// Returns the items of a list of words and numbers, without brackets and
/// quotes.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let items = inner.unwrap_or(text).split(',');
    items.map(|item| item.trim().trim_matches(['"', '\'']))
}

/// Parses a TOML value. A bare word is a text, also in a list.
fn toml_value(text: &str) -> DeValue<'_> {
    let items = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    match (single_value(text), items) {
        (DeValue::String(_), Some(items)) => {
            list(items.split(',').map(str::trim).map(single_value))
        }
        (value, _) => value,
    }
}

/// Parses a single TOML value. A date, and anything that is not a TOML value,
/// is a text.
fn single_value(text: &str) -> DeValue<'_> {
    match DeValue::parse(text).map(Spanned::into_inner) {
        Ok(value) => without_dates(value),
        Err(_) => DeValue::String(text.into()),
    }
}

/// Turns dates into texts, since no setting is a date.
fn without_dates(value: DeValue<'_>) -> DeValue<'_> {
    match value {
        DeValue::Datetime(date) => DeValue::String(date.to_string().into()),
        DeValue::Array(items) => list(items.into_iter().map(|i| without_dates(i.into_inner()))),
        value => value,
    }
}

fn list<'a>(items: impl IntoIterator<Item = DeValue<'a>>) -> DeValue<'a> {
    DeValue::Array(items.into_iter().map(placed).collect())
}

/// Wraps a part of a document that has no position in the file.
fn placed<T>(part: T) -> Spanned<T> {
    Spanned::new(0..0, part)
}

#[cfg(test)]
mod tests {
    use super::super::ConfigText;
    use super::*;

    fn parsed(text: &str, changes: &[&str]) -> Result<Config> {
        let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
        ConfigText::new("a.toml", text, &changes).parse()
    }

    fn changed(text: &str, changes: &[&str]) -> Config {
        parsed(text, changes).unwrap()
    }

    fn error(text: &str, changes: &[&str]) -> String {
        parsed(text, changes).unwrap_err().to_string()
    }

    #[test]
    fn changes_win_over_the_file_and_are_named_when_wrong() {
        let config = changed(
            "[train]\nepochs = 9\n",
            &[
                "train.epochs=3",
                "network.activation=relu",
                "network.hidden=[20, 10]",
            ],
        );
        assert_eq!(config.train.epochs, 3);
        assert_eq!(config.network.hidden, [20, 10]);
        let message = error("", &["train.epocs=3"]);
        assert!(message.starts_with("--set train.epocs=3"), "{message}");
        assert!(message.contains("did you mean `epochs`?"), "{message}");
        assert_eq!(
            error("", &["train.epochs=x"]).lines().next().unwrap(),
            "--set train.epochs=x: `train.epochs`: found \"x\", expected a whole number, 0 or above"
        );
        assert!(error("", &["train.epochz="]).starts_with("--set train.epochz=: "));
        assert!(error("", &["train.epochs=0"]).starts_with("--set train.epochs: `train.epochs`"));
        let whole = error("[train]\nepochs = 1\n", &["train={epochs=0}"]);
        assert!(whole.starts_with("--set train: `train.epochs`"), "{whole}");
        let deep = "a.".repeat(60_000) + "a=1";
        assert!(error("", &[&deep]).contains("a key in 60000 tables"));
    }

    #[test]
    fn a_change_without_a_value_takes_the_key_out() {
        let text = "[data]\nheld_out = 9\n[train]\nearly_stopping = 3\nepochs = 7\n";
        let config = changed(
            text,
            &["data.held_out=0", "train.early_stopping=", "train.epochs="],
        );
        assert_eq!(config.train, Config::default().train);
        assert_eq!(config.data.held_out, Some(0.into()));
        assert_eq!(changed(text, &["train="]).train, Config::default().train);
        let message = error(text, &["data.held_out=0"]);
        assert!(
            message.contains("leave out train.early_stopping"),
            "{message}"
        );
    }

    #[test]
    fn lists_take_bare_words_and_a_single_one() {
        let names = |change: &str| changed("", &[change]).data.ignore;
        assert_eq!(names("data.ignore=note"), ["note"]);
        assert_eq!(
            names("data.ignore=[note, my colour]"),
            ["note", "my colour"]
        );
        assert_eq!(names(r#"data.ignore=["a, b"]"#), ["a, b"]);
        assert_eq!(names("data.ignore=[2020-01-01]"), ["2020-01-01"]);
        let markers = |change: &str| changed("", &[change]).data.missing_values.unwrap();
        assert_eq!(markers("data.missing_values=-999"), ["-999"]);
        assert_eq!(
            markers("data.missing_values=[-999, \"?\", 1e9]"),
            ["-999", "?", "1e9"]
        );
        assert_eq!(
            changed("", &["data.label=2019"]).data.label.unwrap(),
            "2019"
        );
        assert_eq!(changed("", &["network.hidden=20"]).network.hidden, [20]);
        assert!(
            changed("", &["network.hidden=[]"])
                .network
                .hidden
                .is_empty()
        );
    }
}

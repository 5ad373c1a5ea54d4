//! A config as TOML text: read with line numbers, changed by `key=value`,
//! written back in one canonical form.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Config, meant};
use crate::base::error::{Error, Result};
use crate::base::hint::Hint;
use crate::base::nearest::nearest;
use crate::settings::ranges::meanings;

/// The text of a config with the changes asked for on top, kept so that any
/// later complaint about a key can name its line.
#[derive(Debug, Clone)]
pub struct ConfigText {
    origin: String,
    text: String,
    changes: Vec<String>,
}

impl ConfigText {
    /// `origin` is the path for messages; `changes` are `table.key=value`
    /// with a TOML value; quotes around a text may be left out, also in a
    /// list, and the brackets of a list of one. Without a value, `table.key=`,
    /// the key goes back to its default.
    pub fn new(origin: &str, text: &str, changes: &[String]) -> Self {
        ConfigText {
            origin: origin.into(),
            text: text.into(),
            changes: changes.to_vec(),
        }
    }

    /// Parses and checks the config.
    ///
    /// # Errors
    /// [`Error::Config`] with the line, or with the change at fault.
    pub fn parse(&self) -> Result<Config> {
        let config: Config = toml::from_str(&self.text).map_err(|e| self.explain(&e))?;
        let config = if self.changes.is_empty() {
            config
        } else {
            self.changed()?
        };
        config.check().map_err(|e| self.locate(e))?;
        Ok(config)
    }

    /// Adds the file and line to a complaint about one of its keys.
    pub fn locate(&self, error: Error) -> Error {
        let Error::Config {
            key,
            found,
            expected,
            hint,
            ..
        } = error
        else {
            return error;
        };
        let changed = self
            .changes
            .iter()
            .any(|change| change.split('=').next().map(str::trim) == Some(&key));
        let (origin, line) = if changed {
            (format!("--set {key}"), None)
        } else {
            (self.origin.clone(), self.line_of(&key))
        };
        Error::Config {
            origin,
            line,
            key,
            found,
            expected,
            hint,
        }
    }

    fn changed(&self) -> Result<Config> {
        let mut table: toml::Table = toml::from_str(&self.text).map_err(|e| self.explain(&e))?;
        for change in &self.changes {
            // Each change is tried on its own, so that its error names it.
            apply(&mut table, change)?.map_err(|reason| {
                let (found, expected) = in_words(&reason);
                Error::Config {
                    origin: format!("--set {change}"),
                    line: None,
                    key: change.split('=').next().unwrap_or_default().trim().into(),
                    hint: hint(
                        change.split('=').next().unwrap_or_default().trim(),
                        &found,
                        &expected,
                    ),
                    found,
                    expected,
                }
            })?;
        }
        Config::try_from_table(&table)
            .map_err(|reason| Error::config("config", reason, "a valid config", ""))
    }

    fn explain(&self, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or(0..0);
        let line = line_at(&self.text, span.start);
        let (mut found, mut expected) = in_words(error.message());
        let mut key = self.key_at(&span).unwrap_or_default();
        let mut hint = hint(&key, &found, &expected);
        if DeTable::parse(&self.text).is_err() {
            key = self.text.lines().nth(line - 1).unwrap_or("").trim().into();
            (expected, hint) = meant::broken(&key, &found, expected);
            if key.ends_with('=') {
                found = "no value".into();
            }
            found = format!("broken TOML ({found})");
        }
        Error::Config {
            origin: self.origin.clone(),
            line: Some(line),
            hint,
            key,
            found,
            expected,
        }
    }

    /// The dotted key whose name or value covers a byte range.
    fn key_at(&self, span: &Range<usize>) -> Option<String> {
        let table = DeTable::parse(&self.text).ok()?;
        let mut best: Option<String> = None;
        walk(table.get_ref(), "", &mut |name, key, value| {
            let covers =
                |r: &Range<usize>| r.start <= span.start && span.start < r.end.max(r.start + 1);
            if covers(&key) || covers(&value) {
                best = Some(name.to_string());
            }
        });
        best
    }

    fn line_of(&self, key: &str) -> Option<usize> {
        let table = DeTable::parse(&self.text).ok()?;
        let mut line = None;
        walk(table.get_ref(), "", &mut |name, span, _| {
            if name == key {
                line = Some(line_at(&self.text, span.start));
            }
        });
        line
    }
}

impl Config {
    /// Parses and checks a config; `origin` is its path for messages.
    ///
    /// # Errors
    /// [`Error::Config`] with the line at fault.
    ///
    /// ```
    /// use narrows::Config;
    /// let config = Config::from_toml("my.toml", "[network]\ncode = 8\n")?;
    /// assert_eq!(config.network.code, 8);
    /// let error = Config::from_toml("my.toml", "[network]\nkode = 8\n").unwrap_err();
    /// assert!(error.to_string().starts_with("my.toml:2: `network.kode`"));
    /// # Ok::<(), narrows::Error>(())
    /// ```
    pub fn from_toml(origin: &str, text: &str) -> Result<Self> {
        ConfigText::new(origin, text, &[]).parse()
    }

    /// The config as TOML: every table in order, keys at `None` left out.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a config has only types that TOML knows")
    }

    pub(super) fn try_from_table(table: &toml::Table) -> std::result::Result<Self, String> {
        table
            .clone()
            .try_into()
            .map_err(|e: toml::de::Error| e.message().replace('\n', " ").trim().to_string())
    }
}

/// Makes one change, and tries the config that follows: inside, what is wrong
/// with it as the parser says it.
fn apply(table: &mut toml::Table, change: &str) -> Result<std::result::Result<(), String>> {
    let wrong = |expected: &str| {
        Error::usage(
            format!("`--set {change}`"),
            expected,
            "for instance --set train.epochs=3, or --set network.hidden=[500,250]",
        )
    };
    let (key, value) = change
        .split_once('=')
        .ok_or_else(|| wrong("`table.key=value`"))?;
    let mut path: Vec<&str> = key.trim().split('.').collect();
    let last = path
        .pop()
        .filter(|key| !key.is_empty())
        .ok_or_else(|| wrong("a key before `=`"))?;
    let with = |value| {
        let mut changed = table.clone();
        insert(&mut changed, &path, last, value)
            .then_some(changed)
            .ok_or_else(|| wrong("a key of a table"))
    };
    let value = value.trim();
    if value.is_empty() {
        // Any value shows whether there is such a key.
        let any = with(Some(toml::Value::Array(Vec::new())))?;
        let known = Config::try_from_table(&any);
        if let Err(reason) = known.map_err(|e| e.to_string())
            && reason.contains("unknown field")
        {
            return Ok(Err(reason));
        }
        *table = with(None)?;
        return Ok(Ok(()));
    }
    let value = toml_value(value);
    let mut changed = with(Some(value.clone()))?;
    let mut tried = Config::try_from_table(&changed).map(drop);
    let is_list = |reason: &String| reason.contains("expected a sequence");
    if tried.as_ref().is_err_and(is_list) {
        changed = with(Some(toml::Value::Array(vec![value])))?;
        tried = Config::try_from_table(&changed).map(drop);
    }
    *table = changed;
    Ok(tried)
}

/// Sets a key, or takes it out; false where a table of its path is none.
fn insert(table: &mut toml::Table, path: &[&str], last: &str, value: Option<toml::Value>) -> bool {
    let mut at = table;
    for part in path {
        if value.is_none() && !at.contains_key(*part) {
            return true;
        }
        let inner = at
            .entry(*part)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        match inner.as_table_mut() {
            Some(inner) => at = inner,
            None => return false,
        }
    }
    match value {
        Some(value) => at.insert(last.into(), value),
        None => at.remove(last),
    };
    true
}

/// A TOML value; a bare word is a text, also in a list.
fn toml_value(text: &str) -> toml::Value {
    let value = single_value(text);
    let list = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    match (value, list) {
        (toml::Value::String(_), Some(list)) => {
            let items = list.split(',').map(str::trim);
            toml::Value::Array(items.map(single_value).collect())
        }
        (value, _) => value,
    }
}

fn single_value(text: &str) -> toml::Value {
    toml::from_str::<toml::Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(text.into()))
}

fn walk(
    table: &DeTable<'_>,
    prefix: &str,
    visit: &mut impl FnMut(&str, Range<usize>, Range<usize>),
) {
    for (key, value) in table {
        let name = match prefix {
            "" => key.get_ref().to_string(),
            prefix => format!("{prefix}.{}", key.get_ref()),
        };
        visit(&name, key.span(), value.span());
        if let DeValue::Table(inner) = value.get_ref() {
            walk(inner, &name, visit);
        }
    }
}

fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
        + 1
}

/// What the parser found and what it expected, in words that need no Rust.
fn in_words(message: &str) -> (String, String) {
    let message = message.trim();
    let (found, expected) = message
        .split_once(", expected ")
        .unwrap_or((message, "valid TOML with known keys"));
    let found = without(&["invalid type: ", "invalid value: "], found);
    let value = without(
        &["integer ", "floating point ", "string ", "boolean "],
        found,
    );
    let found = match value == found {
        true => found
            .replace("unknown field", "unknown key")
            .replace("unknown variant", "unknown name"),
        // The parser may name its own type behind a number.
        false if value.starts_with('`') => value.split('`').nth(1).unwrap_or_default().into(),
        false => value.into(),
    };
    let found = match found.as_str() {
        "sequence" => "a list".into(),
        "map" => "a table".into(),
        _ => found,
    };
    let expected = match expected {
        "usize" | "u64" => "a whole number, 0 or above",
        "f32" | "f64" => "a number",
        "a sequence" => "a list in brackets",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        other if other.starts_with("struct ") => "a table of keys",
        other => other,
    };
    (found, expected.into())
}

/// The text without the first of some beginnings that it has.
fn without<'a>(beginnings: &[&str], text: &'a str) -> &'a str {
    let mut rests = beginnings.iter().map(|start| text.strip_prefix(start));
    rests.find_map(|rest| rest).unwrap_or(text)
}

/// What to try instead: a name that was meant, or where to read on.
fn hint(key: &str, found: &str, expected: &str) -> Hint {
    let names = |text: &str| -> Vec<String> {
        text.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_string)
            .collect()
    };
    let Some(wrong) = names(found).into_iter().next() else {
        return meant::value(key, found).map_or_else(meanings, Hint::from);
    };
    let known = names(expected);
    if let Some(name) = meant::by_another_name(&wrong).filter(|n| known.iter().any(|k| k == n)) {
        return format!("did you mean `{name}`?").into();
    }
    if let Some(near) = nearest(&wrong, known.iter().map(String::as_str)) {
        return format!("did you mean `{near}`?").into();
    }
    match meant::whole_key(&wrong) {
        Some(key) if found.starts_with("unknown key") => format!("did you mean `{key}`?").into(),
        _ => meanings(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, changes: &[&str]) -> String {
        let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
        ConfigText::new("a.toml", text, &changes)
            .parse()
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_a_suggestion() {
        let message = error("seed = 1\n[train]\nepocs = 3\n", &[]);
        assert!(
            message.starts_with("a.toml:3: `train.epocs`: found unknown key `epocs`"),
            "{message}"
        );
        assert!(message.contains("did you mean `epochs`?"), "{message}");
    }

    #[test]
    fn a_wrong_type_and_a_wrong_name_are_named_with_their_line() {
        assert!(error("[train]\n\nepochs = \"x\"\n", &[]).starts_with("a.toml:3: `train.epochs`"));
        assert!(error("[network]\nactivation = \"rellu\"\n", &[]).contains("did you mean `relu`?"));
    }

    #[test]
    fn broken_toml_is_shown_as_it_stands() {
        let message = error("[train]\nepochs = \n", &[]);
        assert!(
            message.starts_with("a.toml:2: `epochs =`: found broken TOML ("),
            "{message}"
        );
    }

    #[test]
    fn a_contradiction_names_the_line_of_its_key() {
        let message = error("[loss]\nl2 = 0.1\nhuber_delta = 2.0\n", &[]);
        assert!(
            message.starts_with("a.toml:3: `loss.huber_delta`"),
            "{message}"
        );
    }

    #[test]
    fn changes_win_over_the_file_and_are_named_when_wrong() {
        let config = ConfigText::new(
            "a.toml",
            "[train]\nepochs = 9\n",
            &[
                "train.epochs=3".into(),
                "network.activation=relu".into(),
                "network.hidden=[20, 10]".into(),
            ],
        )
        .parse()
        .unwrap();
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
    }

    fn changed(text: &str, changes: &[&str]) -> Config {
        let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
        ConfigText::new("a.toml", text, &changes).parse().unwrap()
    }

    #[test]
    fn a_change_without_a_value_takes_the_key_out() {
        let text = "[data]\nheld_out = 9\n[train]\nearly_stopping = 3\nepochs = 7\n";
        let config = changed(
            text,
            &["data.held_out=0", "train.early_stopping=", "train.epochs="],
        );
        assert_eq!(config.train, Config::default().train);
        assert_eq!(config.data.held_out, Some(0));
        assert_eq!(changed(text, &["train="]).train, Config::default().train);
        let message = error(text, &["data.held_out=0"]);
        assert!(
            message.contains("leave train.early_stopping out"),
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
        assert_eq!(changed("", &["network.hidden=20"]).network.hidden, [20]);
        assert!(
            changed("", &["network.hidden=[]"])
                .network
                .hidden
                .is_empty()
        );
    }

    #[test]
    fn toml_round_trips() {
        let mut config = Config::default();
        config.optimizer.clip = Some(1.5);
        config.data.ignore = vec!["a \"quoted\" name".into()];
        assert_eq!(Config::from_toml("a", &config.to_toml()).unwrap(), config);
    }
}

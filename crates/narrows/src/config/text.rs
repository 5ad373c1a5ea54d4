//! Reads a config from TOML text, with line numbers in errors; changes it by
//! `table.key=value`; writes it in one canonical form.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::broken::{self, line_at};
use super::deserialize::read;
use super::key::parted;
use super::{Config, change, meant};
use crate::base::error::{Error, Result};
use crate::base::warning::Setting;

/// The TOML text of a config and the changes to it. The text is kept so that a
/// later error about a key can name its line.
#[derive(Debug, Clone)]
pub struct ConfigText {
    origin: String,
    text: String,
    changes: Vec<String>,
}

impl ConfigText {
    /// Creates the text of a config. `origin` is its path, for messages.
    ///
    /// Each of `changes` is `table.key=value` with a TOML value. The quotes
    /// around a text may be left out, also in a list, and so may the brackets
    /// of a list of one item. Without a value, `table.key=`, the key goes back
    /// to its default.
    pub fn new(origin: &str, text: &str, changes: &[String]) -> Self {
        ConfigText {
            origin: origin.into(),
            text: text.into(),
            changes: changes.to_vec(),
        }
    }

    /// Returns the text with more changes, which come last.
    pub fn with(mut self, changes: Vec<String>) -> Self {
        self.changes.extend(changes);
        self
    }

    /// Returns whether the text or a change gives the key, `table.key`, a value.
    pub fn sets(&self, key: &str) -> bool {
        let change =
            |change: &&String| parted(change).is_some_and(|(name, _)| name.join(".") == key);
        match self.changes.iter().rfind(change) {
            Some(change) => !change.trim_end().ends_with('='),
            None => self.line_of(key).is_some(),
        }
    }

    /// Parses and checks the config.
    ///
    /// # Errors
    /// [`Error::Config`] with the line or the change at fault; [`Error::Usage`]
    /// for a change that is not of the form `table.key=value`.
    pub fn parse(&self) -> Result<Config> {
        let table = DeTable::parse(&self.text);
        let mut table = table
            .map_err(|refused| broken::error(&self.origin, &self.text, &refused))?
            .into_inner();
        let mut config = read::<Config>(&table).map_err(|wrong| {
            let line = wrong
                .span
                .as_ref()
                .map(|span| line_at(&self.text, span.start));
            meant::error(&self.origin, line, wrong)
        })?;
        for change in &self.changes {
            // Each change is tried on its own, so that its error names it.
            config = change::apply(&mut table, change)?;
        }
        config.check().map_err(|e| self.locate(e))?;
        Ok(config)
    }

    /// Adds the file and line, or the change, to an [`Error::Config`] about one
    /// of the config's keys. Returns any other error unchanged.
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
        let names = self.changes.iter().filter_map(|change| parted(change));
        let is_of = |name: &String| {
            let below = key.strip_prefix(name.as_str());
            below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
        };
        let (origin, line) = match names.map(|(name, _)| name.join(".")).find(is_of) {
            Some(name) => (format!("--set {name}"), None),
            None => (self.origin.clone(), self.line_of(&key)),
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

    fn line_of(&self, key: &str) -> Option<usize> {
        let table = DeTable::parse(&self.text).ok()?;
        let span = span_of(table.get_ref(), key)?;
        Some(line_at(&self.text, span.start))
    }
}

/// Returns the bytes of a dotted key's name; `None` if it is not there.
fn span_of(table: &DeTable, key: &str) -> Option<Range<usize>> {
    // The name of a column may hold points.
    let whole = table.get_key_value(key).map(|found| (found, ""));
    let (first, rest) = key.split_once('.').unwrap_or((key, ""));
    let parted = || Some((table.get_key_value(first)?, rest));
    let ((name, value), rest) = whole.or_else(parted)?;
    match value.get_ref() {
        _ if rest.is_empty() => Some(name.span()),
        DeValue::Table(inner) => span_of(inner, rest),
        _ => None,
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

    /// Returns the config with a setting changed; `None` if it is refused.
    pub(crate) fn with(&self, setting: &Setting) -> Option<Self> {
        let change = format!("{}={}", setting.key, setting.value);
        ConfigText::new("", &self.to_toml(), &[change]).parse().ok()
    }

    /// Returns the config as TOML: every table in order, without keys that are
    /// `None`.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a config has only types that TOML knows")
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
    fn toml_round_trips() {
        let mut config = Config::default();
        config.optimizer.clip = Some(1.5);
        config.data.ignore = vec!["a \"quoted\" name".into()];
        assert_eq!(Config::from_toml("a", &config.to_toml()).unwrap(), config);
    }
}

//! What to try after an error: text, and remedies that a program words as its
//! own commands and flags.

use std::borrow::Cow;
use std::fmt;

/// What to try after an error; may be empty.
///
/// [`Display`](fmt::Display) words it for Rust; [`Hint::worded`] lets a program
/// name its own flags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hint {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Remedy(Remedy),
}

/// Something that a caller can do about an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// To give a setting a value.
    Set {
        /// The key with its table, such as `data.missing`.
        key: &'static str,
        /// The value.
        value: Cow<'static, str>,
    },
    /// To leave out a setting, by its key with its table (a clause).
    LeaveOut(String),
    /// To name columns in settings: each key with its table, such as
    /// `data.ignore`, and every column that it should name.
    SetColumns {
        /// The keys, each with all of its names.
        settings: Vec<(&'static str, Vec<String>)>,
        /// Whether the columns can hardly be meant otherwise, so that a program
        /// may set this by itself and tell.
        plain: bool,
    },
    /// To say what a column holds: to set `data.kinds` of that column.
    SetKind {
        /// The column's name.
        column: String,
        /// Its kind, as in a config.
        kind: String,
    },
    /// To train again rather than resume (a clause).
    TrainAgain,
    /// To train anew, apart from the training that is there (a clause).
    TrainApart,
    /// To overwrite a file that exists (a clause).
    Overwrite,
    /// To write CSV in which no text is like a formula.
    SafeCsv,
    /// To allow more memory.
    AllowMemory,
    /// To name the column of labels.
    NameLabel,
    /// To train a model that can generate.
    TrainGenerative,
    /// To start from a config that is there (a clause).
    StartConfig,
    /// To read what the keys of a config mean (a clause).
    ExplainConfig,
    /// To read what the settings of a classifier mean (a clause).
    ExplainClassifier,
    /// To list what a model was trained on and how it is built.
    InspectModel,
    /// To list the columns of rows.
    InspectData,
    /// To encode rows.
    Encode,
    /// To use a classifier rather than a model.
    UseClassifier,
    /// To train a classifier on a model's codes.
    TrainClassifier,
    /// To predict classes.
    Predict,
    /// To list the ways to look at a model.
    ListLooks,
}

impl fmt::Display for Remedy {
    /// Words it for Rust.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Remedy::Set { key, value } => {
                let bare = value.parse::<f64>().is_ok() || ["true", "false"].contains(&&**value);
                return match bare || value.starts_with('[') {
                    true => write!(f, "{key} = {value}"),
                    false => write!(f, "{key} = {value:?}"),
                };
            }
            Remedy::SetColumns { settings, .. } => {
                let shown = settings.iter().map(|(key, of)| match &of[..] {
                    [value] if *key == "data.missing" => format!("{key} = {value:?}"),
                    of => format!("{key} = {of:?}"),
                });
                return f.write_str(&shown.collect::<Vec<_>>().join(", "));
            }
            Remedy::SetKind { column, kind } => {
                return write!(f, "data.kinds.{column:?} = {kind:?}");
            }
            Remedy::LeaveOut(key) => return write!(f, "leave out {key}"),
            Remedy::TrainAgain => "train again without resuming",
            Remedy::TrainApart => "train anew",
            Remedy::Overwrite => "allow it to be overwritten",
            Remedy::TrainGenerative => "a `Config` with `variational`",
            Remedy::SafeCsv => "`Writer::with_safe_csv`",
            Remedy::AllowMemory => "a larger `memory`",
            Remedy::NameLabel => "`Roles::label`",
            Remedy::StartConfig => "`Config::to_toml` prints one to start from",
            Remedy::ExplainConfig => "the docs of `Config` say what each key means",
            Remedy::ExplainClassifier => "the docs of `ClassifierConfig` say what each is",
            Remedy::InspectModel => "`Model`",
            Remedy::InspectData => "`Table`",
            Remedy::Encode => "`Model::encode`",
            Remedy::UseClassifier => "`Classifier`",
            Remedy::TrainClassifier => "`Classifier::train`",
            Remedy::Predict => "`Classifier::predict`",
            Remedy::ListLooks => "`look::Kind`",
        })
    }
}

impl Hint {
    /// Returns the hint with more text or a remedy at its end.
    pub fn and(mut self, part: impl Into<Hint>) -> Self {
        self.parts.extend(part.into().parts);
        self
    }

    /// Returns where the columns of a model and of rows are listed.
    pub(crate) fn both_columns() -> Self {
        let model = Self::from(Remedy::InspectModel).and(" and ");
        model.and(Remedy::InspectData).and(" show both")
    }

    /// Returns `true` if there is nothing to try.
    pub fn is_empty(&self) -> bool {
        let is_empty = |part: &Part| matches!(part, Part::Text(text) if text.is_empty());
        self.parts.iter().all(is_empty)
    }

    /// Returns what can be done, without the text around it.
    pub fn remedies(&self) -> impl Iterator<Item = &Remedy> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Remedy(remedy) => Some(remedy),
        })
    }

    /// Returns the text, each remedy in the words that `word` has for it.
    pub fn worded(&self, word: impl Fn(&Remedy) -> String) -> String {
        let words = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Remedy(remedy) => word(remedy),
        });
        words.collect()
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Remedy::to_string))
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Part::Text(text.into()).into()
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Part::Text(text).into()
    }
}

impl From<Remedy> for Hint {
    fn from(remedy: Remedy) -> Self {
        Part::Remedy(remedy).into()
    }
}

impl From<Part> for Hint {
    fn from(part: Part) -> Self {
        Hint { parts: vec![part] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_a_setting_in_rust_and_whatever_a_program_calls_it() {
        let missing = Remedy::Set {
            key: "data.missing",
            value: "mean".into(),
        };
        let hint = Hint::from("fill cells: ").and(missing.clone());
        assert_eq!(hint.to_string(), "fill cells: data.missing = \"mean\"");
        assert_eq!(hint.remedies().collect::<Vec<_>>(), [&missing]);
        let flag = |remedy: &Remedy| match remedy {
            Remedy::Set { key, value } => format!("--set {key}={value}"),
            other => other.to_string(),
        };
        assert_eq!(hint.worded(flag), "fill cells: --set data.missing=mean");
        assert!(Hint::from("").is_empty() && !hint.is_empty());
        let columns = vec!["a".into(), "b c".into()];
        let ignore = Remedy::SetColumns {
            settings: vec![("data.ignore", columns)],
            plain: true,
        };
        assert_eq!(ignore.to_string(), "data.ignore = [\"a\", \"b c\"]");
    }
}

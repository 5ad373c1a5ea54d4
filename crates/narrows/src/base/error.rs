//! The errors of this crate, in words that a person can act on.
//!
//! Every message has the same four parts: where, what was found, what was
//! expected, and (after an empty line) a `hint:`.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use super::hint::{Hint, Remedy};
use super::visible::visible;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// An error: what was found, where, what was expected, and what to try.
///
/// [`Display`](fmt::Display) words the hint for Rust code. [`Error::worded`]
/// lets a program name its own flags in the hint.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be opened, read or written.
    File {
        /// The path as the caller gave it.
        path: String,
        /// The action that failed: `read`, `write`, `create`, …
        action: String,
        /// The operating system's or the format's reason.
        reason: String,
        /// What to try; may be empty.
        hint: Hint,
        /// The error of the operating system or the format.
        cause: Cause,
    },
    /// The content of a data file or table is not what it must be.
    Data {
        /// Where the rows came from: a path, `mnist:train`, `standard input`.
        origin: String,
        /// The row and column, as far as known.
        place: Place,
        /// What was found, quoted if it is text of the file.
        found: String,
        /// What should have been there.
        expected: String,
        /// What to try; may be empty.
        hint: Hint,
        /// The error of the format's reader.
        cause: Cause,
    },
    /// A setting is unknown, is out of range, or contradicts another.
    Config {
        /// The config file; empty if the config was made in code.
        origin: String,
        /// The line of the config file, counted from 1; `None` if it is not
        /// known.
        line: Option<usize>,
        /// The key with its table, for instance `train.epochs`.
        key: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
        /// What to try; may be empty.
        hint: Hint,
    },
    /// A model file is damaged, of another kind, or of another version.
    Model {
        /// The model file.
        path: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
        /// What to try; may be empty.
        hint: Hint,
        /// The error of the format's reader.
        cause: Cause,
    },
    /// A number is no longer finite in training.
    Diverged {
        /// The number's name: a term of the loss, a weight, or an error on the
        /// held-out rows.
        term: String,
        /// Its value: NaN or infinite.
        value: f64,
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within the epoch, counted from 1.
        step: usize,
        /// What to try.
        hint: Hint,
    },
    /// The request itself is not valid, whatever the files contain.
    Usage {
        /// What was asked for.
        found: String,
        /// What can be asked for.
        expected: String,
        /// What to try; may be empty.
        hint: Hint,
    },
}

impl Error {
    /// Returns an [`Error::File`] for an error of the operating system, with a
    /// hint that fits the error's kind.
    pub fn file(path: impl fmt::Display, action: &str, cause: impl Into<io::Error>) -> Self {
        let cause = cause.into();
        let hint = match cause.kind() {
            ErrorKind::NotADirectory => {
                "check the path: a part of it is a file, where a folder should be"
            }
            ErrorKind::InvalidFilename => "choose a shorter name",
            ErrorKind::IsADirectory => "name a file in the folder",
            ErrorKind::NotFound => "check the path; relative paths start at the current folder",
            ErrorKind::PermissionDenied => "check the permissions of the file and its folder",
            _ if action == "read" => {
                "the file may be damaged or of another kind; copy or save it again"
            }
            _ => "check the folder and the room on its disk",
        };
        Self::file_because(path, action, cause.to_string(), hint).caused_by(cause)
    }

    /// Returns an [`Error::File`] with a reason and a hint that the caller
    /// gives.
    pub fn file_because(
        path: impl fmt::Display,
        action: &str,
        reason: impl Into<String>,
        hint: impl Into<Hint>,
    ) -> Self {
        Error::File {
            path: path.to_string(),
            action: action.into(),
            reason: reason.into(),
            hint: hint.into(),
            cause: Cause::default(),
        }
    }

    /// Returns an [`Error::Data`] at a place of a table.
    pub fn data(
        origin: impl fmt::Display,
        place: Place,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl Into<Hint>,
    ) -> Self {
        Error::Data {
            origin: origin.to_string(),
            place,
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.into(),
            cause: Cause::default(),
        }
    }

    /// Returns an [`Error::Config`] for one key, without its file and line.
    pub fn config(
        key: &str,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl Into<Hint>,
    ) -> Self {
        Error::Config {
            origin: String::new(),
            line: None,
            key: key.into(),
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.into(),
        }
    }

    /// Names the file of an [`Error::Config`]; returns any other error as it is.
    pub(crate) fn of_config(self, file: impl fmt::Display) -> Self {
        match self {
            Error::Config {
                line,
                key,
                found,
                expected,
                hint,
                ..
            } => Error::Config {
                origin: file.to_string(),
                line,
                key,
                found,
                expected,
                hint,
            },
            other => other,
        }
    }

    /// Returns an [`Error::Model`] about one model file.
    pub fn model(
        path: impl fmt::Display,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl Into<Hint>,
    ) -> Self {
        Error::Model {
            path: path.to_string(),
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.into(),
            cause: Cause::default(),
        }
    }

    /// Returns an [`Error::Usage`].
    pub fn usage(
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl Into<Hint>,
    ) -> Self {
        Error::Usage {
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.into(),
        }
    }

    /// Returns the error with another library's error as its
    /// [`source`](std::error::Error::source). Only [`Error::File`],
    /// [`Error::Data`] and [`Error::Model`] can have one; others are returned
    /// unchanged.
    pub fn caused_by(mut self, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        if let Error::File { cause, .. } | Error::Data { cause, .. } | Error::Model { cause, .. } =
            &mut self
        {
            *cause = Cause(Some(Arc::new(error)));
        }
        self
    }

    /// Returns whether the request was at fault (exit code 2) rather than the
    /// files or the machine (exit code 1).
    pub fn is_misuse(&self) -> bool {
        matches!(self, Error::Config { .. } | Error::Usage { .. })
    }

    /// Returns the hint: what to try.
    pub fn hint(&self) -> &Hint {
        match self {
            Error::File { hint, .. }
            | Error::Data { hint, .. }
            | Error::Config { hint, .. }
            | Error::Model { hint, .. }
            | Error::Diverged { hint, .. }
            | Error::Usage { hint, .. } => hint,
        }
    }

    /// Returns the error with another hint.
    pub fn with_hint(mut self, new: impl Into<Hint>) -> Self {
        let (Error::File { hint, .. }
        | Error::Data { hint, .. }
        | Error::Config { hint, .. }
        | Error::Model { hint, .. }
        | Error::Diverged { hint, .. }
        | Error::Usage { hint, .. }) = &mut self;
        *hint = new.into();
        self
    }

    /// Returns the message; `word` gives the words for each remedy of the hint.
    pub fn worded(&self, word: impl Fn(&Remedy) -> String) -> String {
        let what = match self {
            Error::File {
                path,
                action,
                reason,
                ..
            } => format!("{path}: cannot {action}: {}", Cut(reason)),
            Error::Data {
                origin,
                place,
                found,
                expected,
                ..
            } => format!("{origin}{place}: {}", Found(found, expected)),
            Error::Config {
                origin,
                line,
                key,
                found,
                expected,
                ..
            } => format!(
                "{}: `{}`: {}",
                Line(origin, line),
                Cut(key),
                Found(found, expected)
            ),
            Error::Model {
                path,
                found,
                expected,
                ..
            } => format!("{path}: {}", Found(found, expected)),
            Error::Diverged {
                term,
                value,
                epoch,
                step,
                ..
            } => format!(
                "training diverged: found {term} = {value} in epoch {epoch}, step {step}, expected a finite number"
            ),
            Error::Usage {
                found, expected, ..
            } => Found(found, expected).to_string(),
        };
        let what = visible(&what);
        match self.hint() {
            hint if hint.is_empty() => what.into_owned(),
            hint => {
                let hint = hint.worded(word);
                format!("{what}\n\nhint: {}", visible(&Cut(&hint).to_string()))
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Remedy::to_string))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::File { cause, .. } | Error::Data { cause, .. } | Error::Model { cause, .. } => {
                cause.0.as_deref().map(|cause| cause as _)
            }
            _ => None,
        }
    }
}

/// The error of another library that caused an [`Error`], if there is one:
/// [`source`](std::error::Error::source) returns it.
///
/// All causes compare equal, so errors are compared by what they say.
#[derive(Debug, Clone, Default)]
pub struct Cause(Option<Arc<dyn std::error::Error + Send + Sync>>);

impl PartialEq for Cause {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A place in a table or file. Rows are counted from 1, without the header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Place {
    /// The file as a whole.
    #[default]
    Whole,
    /// One row.
    Row(usize),
    /// One column, by name.
    Column(String),
    /// One cell.
    Cell(usize, String),
    /// One line of a text file, counted from 1.
    Line(u64),
    /// One member of an archive, or one file of a folder.
    Member(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Row(row) => write!(f, ": row {row}"),
            Place::Column(name) => write!(f, ": column '{}'", Cut(name)),
            Place::Cell(row, name) => write!(f, ": row {row}, column '{}'", Cut(name)),
            Place::Line(line) => write!(f, ": line {line}"),
            Place::Member(name) => write!(f, ": '{}'", Cut(name)),
        }
    }
}

/// Returns the first line of another library's message, without a full stop or
/// colon at its end: the parts of an error are one line each.
pub(crate) fn one_line(reason: impl fmt::Display) -> String {
    let reason = reason.to_string();
    let first = reason.lines().next().unwrap_or_default();
    first.trim().trim_end_matches(['.', ':']).into()
}

/// `found …, expected …`.
struct Found<'a>(&'a str, &'a str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}, expected {}", Cut(self.0), Cut(self.1))
    }
}

/// A text, displayed up to [`LONGEST`] characters: names and texts in files can
/// have any length.
struct Cut<'a>(&'a str);

/// The most characters of one part of a message.
const LONGEST: usize = 2000;

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

/// `file:line`, `file`, or `config`.
struct Line<'a>(&'a str, &'a Option<usize>);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            ("", _) => write!(f, "config"),
            (origin, Some(line)) => write!(f, "{origin}:{line}"),
            (origin, None) => write!(f, "{origin}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        let error = Error::config("epo\u{1b}[31mchs", "a\nb", "c", "");
        let message = error.to_string();
        assert!(
            message.contains(r"epo\u{1b}[31mchs`: found a\nb"),
            "{message}"
        );
    }

    #[test]
    fn a_message_has_place_found_expected_and_hint() {
        let error = Error::data(
            "a.csv",
            Place::Cell(3, "age".into()),
            "'old'",
            "a number",
            "name the column in data.ignore",
        );
        assert_eq!(
            error.to_string(),
            "a.csv: row 3, column 'age': found 'old', expected a number\n\nhint: name the column in data.ignore"
        );
    }

    #[test]
    fn a_message_is_cut() {
        let long = "é".repeat(1 << 20);
        let place = Place::Cell(1, long.clone());
        let error = Error::data("a.csv", place, &long, &long, long.clone()).to_string();
        assert!(error.len() < 20_000, "{}", error.len());
        assert!(error.contains("é…"));
    }

    #[test]
    fn the_kind_of_an_io_error_chooses_the_hint_and_the_error_is_kept() {
        use std::error::Error as _;
        // The kind is known whatever the language of the operating system.
        let gone = io::Error::new(ErrorKind::NotFound, "Datei nicht gefunden");
        let error = Error::file("a.csv", "read", gone);
        let source = error.source().and_then(|e| e.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(ErrorKind::NotFound));
        assert_eq!(
            error.to_string(),
            "a.csv: cannot read: Datei nicht gefunden\n\nhint: check the path; relative paths start at the current folder"
        );
        assert!(Error::usage("a", "b", "c").source().is_none());
    }

    #[test]
    fn a_config_error_names_its_line_when_known() {
        let mut error = Error::config("train.epochs", "0", "at least 1", "");
        assert_eq!(
            error.to_string(),
            "config: `train.epochs`: found 0, expected at least 1"
        );
        if let Error::Config { origin, line, .. } = &mut error {
            *origin = "my.toml".into();
            *line = Some(7);
        }
        assert!(error.to_string().starts_with("my.toml:7: `train.epochs`"));
        assert!(error.is_misuse());
    }
}

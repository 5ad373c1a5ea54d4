//! Everything that can go wrong, in words a person can act on.
//!
//! Every message has the same four parts: where, what was found, what was
//! expected, and (after an empty line) a `hint:`.

use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, where, and what to try.
///
/// No foreign error type is part of this interface: the reasons of the
/// operating system and of file formats are carried as text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be opened, read or written.
    #[error("{path}: cannot {action}: {}{}", Cut(.reason), Hint(.hint))]
    File {
        /// The path as the caller gave it.
        path: String,
        /// What was being done: `read`, `write`, `create`, …
        action: String,
        /// The operating system's or the format's reason.
        reason: String,
        /// What to try; may be empty.
        hint: String,
    },
    /// The content of a data file or table is not what it must be.
    #[error("{origin}{place}: found {}, expected {}{}", Cut(.found), Cut(.expected), Hint(.hint))]
    Data {
        /// Where the rows came from: a path, `mnist:train`, `standard input`.
        origin: String,
        /// The row and column, as far as known.
        place: Place,
        /// What was found, quoted where it is text of the file.
        found: String,
        /// What should have been there.
        expected: String,
        /// What to try; may be empty.
        hint: String,
    },
    /// A setting is unknown, out of range, or at odds with another.
    #[error("{}: `{}`: found {}, expected {}{}", Line(.origin, .line), Cut(.key), Cut(.found), Cut(.expected), Hint(.hint))]
    Config {
        /// The config file, or empty when the config was made in code.
        origin: String,
        /// The line of the config file, counted from 1.
        line: Option<usize>,
        /// The key with its table, for instance `train.epochs`.
        key: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
        /// What to try; may be empty.
        hint: String,
    },
    /// A model file is damaged, of another kind, or of another version.
    #[error("{path}: found {}, expected {}{}", Cut(.found), Cut(.expected), Hint(.hint))]
    Model {
        /// The model file.
        path: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
        /// What to try; may be empty.
        hint: String,
    },
    /// Training left the finite numbers.
    #[error("training diverged: found {term} = {value} in epoch {epoch}, step {step}, expected a finite number{}", Hint(.hint))]
    Diverged {
        /// The term of the loss that first was not finite.
        term: String,
        /// Its value, `NaN` or `inf`.
        value: f64,
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within the epoch, counted from 1.
        step: usize,
        /// What to try.
        hint: String,
    },
    /// The request itself makes no sense, whatever the files hold.
    #[error("found {}, expected {}{}", Cut(.found), Cut(.expected), Hint(.hint))]
    Usage {
        /// What was asked for.
        found: String,
        /// What can be asked for.
        expected: String,
        /// What to try; may be empty.
        hint: String,
    },
}

impl Error {
    /// A [`Error::File`] for an operation of the operating system.
    pub fn file(path: impl fmt::Display, action: &str, reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        let hint = if reason.contains("Not a directory") {
            "check the path: a part of it is a file, where a folder should be"
        } else if reason.contains("name too long") {
            "choose a shorter name"
        } else if reason.contains("Is a directory") {
            "name a file in the folder"
        } else if reason.contains("No such file") {
            "check the path; relative paths start at the current folder"
        } else if reason.contains("Permission denied") {
            "check the permissions of the file and its folder"
        } else if action == "read" {
            "the file may be damaged or of another kind; copy or save it again"
        } else {
            "check the folder and the room on its disk"
        };
        Error::File {
            path: path.to_string(),
            action: action.into(),
            reason,
            hint: hint.into(),
        }
    }

    /// A [`Error::Data`] at a place of a table.
    pub fn data(
        origin: impl fmt::Display,
        place: Place,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl fmt::Display,
    ) -> Self {
        Error::Data {
            origin: origin.to_string(),
            place,
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.to_string(),
        }
    }

    /// A [`Error::Config`] for one key, its file and line not yet known.
    pub fn config(
        key: &str,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl fmt::Display,
    ) -> Self {
        Error::Config {
            origin: String::new(),
            line: None,
            key: key.into(),
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.to_string(),
        }
    }

    /// A [`Error::Model`] about one model file.
    pub fn model(
        path: impl fmt::Display,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl fmt::Display,
    ) -> Self {
        Error::Model {
            path: path.to_string(),
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.to_string(),
        }
    }

    /// A [`Error::Usage`].
    pub fn usage(
        found: impl fmt::Display,
        expected: impl fmt::Display,
        hint: impl fmt::Display,
    ) -> Self {
        Error::Usage {
            found: found.to_string(),
            expected: expected.to_string(),
            hint: hint.to_string(),
        }
    }

    /// Whether the request was at fault (exit code 2) rather than the files
    /// or the machine (exit code 1).
    pub fn is_misuse(&self) -> bool {
        matches!(self, Error::Config { .. } | Error::Usage { .. })
    }
}

/// A place in a table. Rows are counted from 1 and do not count the header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// One line of a text file, counted from 1, with the row it holds.
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

/// The first line of another library's reason: errors are one line.
pub(crate) fn one_line(reason: impl fmt::Display) -> String {
    let reason = reason.to_string();
    let first = reason.lines().next().unwrap_or_default();
    first.trim().trim_end_matches(['.', ':']).into()
}

/// The candidate nearest to `wrong` in edits, if it is near enough to be what
/// was meant.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    // Another name of one letter is another name.
    let most = |candidate: &str| (candidate.len().max(3) / 3).min(wrong.chars().count() - 1);
    candidates
        .filter(|_| !wrong.is_empty())
        .map(|candidate| (edits(&wrong, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Names of more characters are not compared.
const LONGEST_NAME: usize = 200;

/// Levenshtein's distance, with two letters swapped counted as one edit.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Every change of length is an edit, and nobody types names that long.
    if a.len().max(b.len()) > LONGEST_NAME {
        return a.len().max(b.len());
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let substitute = rows[i][j] + usize::from(a[i] != b[j]);
            let mut least = substitute.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && (a[i], a[i - 1]) == (b[j - 1], b[j]) {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `hint: …` on a line of its own after an empty one; nothing when empty.
struct Hint<'a>(&'a str);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "\n\nhint: {}", Cut(self.0))
    }
}

/// Text as it is, cut where no message can be that long: files have names and
/// texts of any length.
struct Cut<'a>(&'a str);

/// Characters of the longest part of a message.
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
    fn edits_by_hand() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("trian", "train"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(nearest("knid", ["name", "kind"].into_iter()), Some("kind"));
        assert_eq!(nearest("ReLU", ["relu"].into_iter()), Some("relu"));
        assert_eq!(nearest("b", ["a"].into_iter()), None);
        assert_eq!(nearest("", ["a"].into_iter()), None);
        assert_eq!(nearest("zebra", ["name", "kind"].into_iter()), None);
    }

    #[test]
    fn a_message_is_cut_and_long_names_are_not_compared() {
        let long = "é".repeat(1 << 20);
        let place = Place::Cell(1, long.clone());
        let error = Error::data("a.csv", place, &long, &long, &long).to_string();
        assert!(error.len() < 20_000, "{}", error.len());
        assert!(error.contains("é…"));
        assert_eq!(edits(&long, &long), 1 << 20);
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

//! Notes: what a reader inferred about a file.

use std::fmt;

use super::hint::{Hint, Remedy};

/// Something that a reader inferred about a file, with the setting that decides
/// otherwise.
///
/// ```no_run
/// use narrows::read::{Roles, read};
/// let table = read("iris.csv", &Roles::default())?;
/// for note in table.notes() {
///     eprintln!("note: {note}");
/// }
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What was seen and how it was read (a clause).
    pub seen: String,
    /// How to have it read otherwise; may be empty.
    pub hint: Hint,
}

impl Note {
    /// Creates a note of what was seen, with what decides otherwise.
    pub fn new(seen: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Note {
            seen: seen.into(),
            hint: hint.into(),
        }
    }

    /// Returns the note in one line, each remedy in the words that `word` has
    /// for it.
    pub fn worded(&self, word: impl Fn(&Remedy) -> String) -> String {
        match self.hint.is_empty() {
            true => self.seen.clone(),
            false => format!("{}; {}", self.seen, self.hint.worded(word)),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Remedy::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_decides_otherwise() {
        let set = Remedy::Set {
            key: "data.missing",
            value: "mean".into(),
        };
        let note = Note::new("2 cells are missing", Hint::from("to fill them: ").and(set));
        assert_eq!(
            note.to_string(),
            "2 cells are missing; to fill them: data.missing = \"mean\""
        );
        assert_eq!(Note::new("a", "").to_string(), "a");
    }
}

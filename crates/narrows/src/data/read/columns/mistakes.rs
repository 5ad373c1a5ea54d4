//! Describes what is wrong with the cells of a table.

use std::collections::HashSet;

use super::{Columns, Use};
use crate::base::error::{Error, Place};
use crate::base::hint::{Hint, Remedy};
use crate::data::read::advice::{advice, other_delimiter};
use crate::data::read::levels::MOST_LEVELS;
use crate::data::read::names::{list, quote};
use crate::data::read::roles::missing_hint;
use crate::data::read::text_among_numbers::{TextAmongNumbers, settings};

/// The most columns that cannot be read and are named in a message.
const LISTED: usize = 12;

/// The settings that say what a column of text is.
const KEYS: &str = "data.one_hot, data.ignore, data.label or data.id";

impl Columns {
    /// Reports all columns of text, and all missing and infinite cells, in one
    /// error.
    pub(super) fn mistake(&self) -> Option<Error> {
        let refused: Vec<(&str, &TextAmongNumbers)> = self
            .names
            .iter()
            .zip(&self.uses)
            .filter_map(|(name, used)| match used {
                Use::TextAmongNumbers(refused) => Some((name.as_str(), refused)),
                _ => None,
            })
            .collect();
        if !self.unread.is_empty() && !self.any_text && !self.trained {
            return Some(self.unread_columns(&refused));
        }
        let infinite = self.infinite.first.as_ref().filter(|_| !self.any_text);
        match (&refused[..], infinite) {
            ([], None) => self.missing_cells(),
            ([], Some((row, column, text))) => Some(self.infinite_cells(*row, *column, text)),
            ([(name, one)], _) => Some(self.one_text_column(name, one)),
            (several, _) => Some(self.text_columns(several)),
        }
    }

    /// Reports the columns that cannot be read, and those of text with them.
    fn unread_columns(&self, refused: &[(&str, &TextAmongNumbers)]) -> Error {
        let unread = self.unread.iter().take(LISTED);
        let mut found: Vec<String> = unread
            .map(|(name, holds)| format!("{holds} in {}", quote(name)))
            .collect();
        if self.unread.len() > LISTED {
            found.push(format!(
                "and {} more such columns",
                self.unread.len() - LISTED
            ));
        }
        let texts: Vec<String> = refused.iter().map(|(name, _)| name.to_string()).collect();
        if !texts.is_empty() {
            found.push(format!("text in {}", list(&texts)));
        }
        Error::data(
            &self.origin,
            Place::Whole,
            found.join(", "),
            "columns of numbers, booleans or categories",
            Hint::from("leave such columns out, or store them as numbers: ")
                .and(self.example(refused)),
        )
    }

    fn missing_cells(&self) -> Option<Error> {
        let (row, column, text) = self.first_missing.as_ref()?;
        let mut found = missing_cell(text);
        let count: usize = self.missing_in.iter().sum();
        if count > 1 {
            found += &format!(", the first of {count}");
        }
        if self.empty_columns().len() == self.width {
            return Some(Error::data(
                &self.origin,
                Place::Whole,
                "no value in any column",
                "numbers or texts",
                "check that the file is what it should be",
            ));
        }
        let hint = match self.empty_columns().is_empty() {
            true => missing_hint(),
            false => {
                Hint::from("leave out columns without a value, and train on rows that lack cells: ")
                    .and(self.example(&[]))
            }
        };
        Some(self.refuse_at(*row, *column, found, "a value", hint))
    }

    fn infinite_cells(&self, row: usize, column: usize, text: &str) -> Error {
        let mut found = format!("{}, which is infinite in 32 bits", quote(text));
        if self.infinite.count > 1 {
            found += &format!(", the first of {} such cells", self.infinite.count);
        }
        let hint = Hint::from("take such cells for missing: ").and(self.example(&[]));
        self.refuse_at(row, column, found, "a finite number (up to 3.4e38)", hint)
    }

    fn one_text_column(&self, name: &str, one: &TextAmongNumbers) -> Error {
        let column = self.names.iter().position(|n| n == name).unwrap_or(0);
        let refuse =
            |hint: Hint| self.refuse_at(one.row, column, quote(&one.text), "a number", hint);
        if let Some(hint) = self.other_delimiter(&one.text) {
            return refuse(hint);
        }
        let refused = [(name, one)];
        if one.has_two_readings() {
            let hint = two_readings(&one.text).and("; or leave the column out: ");
            return refuse(hint.and(self.example(&refused)));
        }
        if one.is_code() {
            let kind = |kind: &str| Remedy::SetKind {
                column: name.into(),
                kind: kind.into(),
            };
            let hint = Hint::from(
                "a leading zero, or more digits than a number holds, is kept by texts: ",
            )
            .and(kind("category"))
            .and(", or ")
            .and(kind("text"))
            .and(" leaves the column out; ")
            .and(kind("number"))
            .and(" reads it as numbers");
            return refuse(hint);
        }
        let start = match advice(&one.text) {
            Some(advice) => advice + "; ",
            None if one.numbers == 0 => String::new(),
            None => "correct the cell if it is a mistake; ".into(),
        };
        let hint = Hint::from(format!("{start}a column of text must be named in {KEYS}"));
        refuse(hint.and(", for instance ").and(self.example(&refused)))
    }

    fn text_columns(&self, several: &[(&str, &TextAmongNumbers)]) -> Error {
        let names: Vec<String> = several.iter().map(|(n, _)| n.to_string()).collect();
        let row = several[0].1.row;
        let one_row = several.iter().all(|(_, r)| r.row == row && r.is_single());
        let (place, mut hint) = match one_row {
            true => (
                Place::Row(row + 1),
                Hint::from(
                    "take the row out if it holds units or names instead of values; else name each in ",
                ),
            ),
            false => (Place::Whole, Hint::from("name each in ")),
        };
        hint = hint
            .and(format!("{KEYS}, for instance "))
            .and(self.example(several));
        if let Some((_, open)) = several.iter().find(|(_, r)| r.has_two_readings()) {
            hint = hint.and("; ").and(two_readings(&open.text));
        }
        Error::data(
            &self.origin,
            place,
            format!("text in the columns {}", list(&names)),
            "numbers",
            hint,
        )
    }

    /// Returns the columns of data in which every cell is missing.
    fn empty_columns(&self) -> Vec<String> {
        let rows = self.before + self.rows;
        let columns = self.names.iter().zip(&self.uses).zip(&self.missing_in);
        columns
            .filter(|((_, used), missing)| used.is_data() && **missing == rows)
            .map(|((name, _), _)| name.clone())
            .collect()
    }

    /// Returns the settings with which the file can be trained on, given its
    /// columns of text.
    fn example(&self, refused: &[(&str, &TextAmongNumbers)]) -> Remedy {
        let empty = self.empty_columns();
        let others = self.uses.iter().filter(|used| used.is_data()).count() - empty.len();
        let markers = self.markers.own();
        let roles = (&self.one_hot[..], &self.ignore[..]);
        let mut settings = settings(refused, others, roles.0, roles.1, &markers, empty);
        if !self.unread.is_empty() && settings.iter().all(|(key, _)| *key != "data.ignore") {
            // They are ignored already, but only by this reader.
            settings.push(("data.ignore", self.ignore.clone()));
        }
        let ignored = settings.iter().filter(|(key, _)| *key == "data.ignore");
        let ignored: HashSet<String> = ignored.flat_map(|(_, names)| names).cloned().collect();
        let left_out = |name: &String| ignored.contains(name);
        let missing = self.names.iter().zip(&self.missing_in);
        let missing = missing
            .filter(|(name, count)| **count > 0 && !left_out(name))
            .count();
        let infinite = self.infinite.texts.iter().cloned();
        let infinite: Vec<String> = infinite.collect();
        match settings
            .iter_mut()
            .find(|(key, _)| *key == "data.missing_values")
        {
            Some((_, texts)) => texts.extend(infinite),
            None if infinite.is_empty() => {}
            None => settings.push(("data.missing_values", [markers, infinite].concat())),
        }
        let marks = settings
            .iter()
            .any(|(key, _)| *key == "data.missing_values");
        if (missing > 0 || marks) && !self.allow_missing {
            settings.push(("data.missing", vec!["mask".into()]));
        }
        let are_texts =
            |(_, r): &(&str, &TextAmongNumbers)| r.numbers == 0 && !r.has_two_readings();
        Remedy::SetColumns {
            settings,
            plain: !marks && refused.iter().all(are_texts),
        }
    }

    /// Refuses a cell of a column whose numbers are written in another way.
    pub(super) fn written_otherwise(&self, row: usize, column: usize, text: &str) -> Error {
        let Use::Written(_, _, format) = &self.uses[column] else {
            return self.not_a_number(row, column, text);
        };
        let hint = "write the cell as the others, or correct it";
        self.refuse(row, column, quote(text), &format.expected(), hint)
    }

    /// Refuses a cell of a column of times that is written otherwise.
    pub(super) fn no_time(&self, row: usize, column: usize, text: &str) -> Error {
        let Use::Time(_, format, _) = &self.uses[column] else {
            return self.not_a_number(row, column, text);
        };
        let expected = format!(
            "a time as {}, such as '{}'",
            quote(format.text()),
            format.example()
        );
        let hint = match self.trained {
            true => "write the cell as training's were written, or leave the row out",
            false => "correct the cell, or name another format in data.kinds",
        };
        self.refuse(row, column, quote(text), &expected, hint)
    }

    /// Refuses a cell of an ordinal column that is none of its texts.
    pub(super) fn not_ordinal(&self, row: usize, column: usize, text: &str) -> Error {
        let Use::Ordinal(_, levels) = &self.uses[column] else {
            return self.not_a_number(row, column, text);
        };
        let expected = format!("one of the texts of its order: {}", list(levels));
        let hint = match self.trained {
            true => "correct the cell or leave the row out",
            false => "correct the cell, or name all texts of the column in data.kinds",
        };
        self.refuse(row, column, quote(text), &expected, hint)
    }

    /// Refuses a column of two values that has more.
    pub(super) fn not_binary(&self, column: &str, levels: &[String]) -> Error {
        Error::data(
            &self.origin,
            Place::Column(column.into()),
            format!("the values {}", list(levels)),
            "two values, since data.kinds says that it is binary",
            "a column of more texts is a category",
        )
    }

    pub(super) fn not_a_number(&self, row: usize, column: usize, text: &str) -> Error {
        let other = self
            .other_delimiter(text)
            .or_else(|| advice(text).map(Hint::from));
        let kind = self.kinds.get(&self.names[column]);
        let (expected, correct) = match kind {
            _ if self.trained => (
                "a number".to_string(),
                "the model was trained on numbers in this column: correct the cell or leave the row out",
            ),
            Some(kind) => (
                format!("a number, since data.kinds says {}", quote(kind.name())),
                "correct the cell, or give the column another kind in data.kinds",
            ),
            None => ("a number".to_string(), "correct the cell"),
        };
        let hint = other.unwrap_or(correct.into());
        self.refuse(row, column, quote(text), &expected, hint)
    }

    /// Returns what to do if a single column should be several.
    pub(super) fn other_delimiter(&self, text: &str) -> Option<Hint> {
        match &self.names[..] {
            [name] => other_delimiter(name, text),
            _ => None,
        }
    }

    pub(super) fn too_many_levels(&self, column: usize) -> Error {
        Error::data(
            &self.origin,
            Place::Column(self.names[column].clone()),
            format!("more than {MOST_LEVELS} different texts"),
            "a few categories",
            "take the column out of data.one_hot and name it in data.ignore or data.id",
        )
    }

    pub(super) fn too_large(&self, row: usize, column: usize, text: &str) -> Error {
        let expected = "a finite number that 32 bits can hold (up to 3.4e38)";
        self.refuse(
            row,
            column,
            quote(text),
            expected,
            match self.trained {
                true => "correct the cell or leave the row out",
                false => "leave the row out, or the column with data.ignore",
            },
        )
    }

    /// Returns an error at a cell of the column. `row` counts from 0 in this
    /// part, `column` from 0.
    pub fn refuse(
        &self,
        row: usize,
        column: usize,
        found: String,
        expected: &str,
        hint: impl Into<Hint>,
    ) -> Error {
        self.refuse_at(self.before + row, column, found, expected, hint)
    }

    /// Returns an error at a cell; `row` counts from 0 in the file.
    pub(super) fn refuse_at(
        &self,
        row: usize,
        column: usize,
        found: String,
        expected: &str,
        hint: impl Into<Hint>,
    ) -> Error {
        let place = Place::Cell(row + 1, self.names[column].clone());
        Error::data(&self.origin, place, found, expected, hint)
    }
}

/// Returns what decides between the readings of a number.
fn two_readings(text: &str) -> Hint {
    let set = |value: &'static str| Remedy::Set {
        key: "data.decimal",
        value: value.into(),
    };
    Hint::from(format!(
        "the comma of {} may mark decimals or thousands: ",
        quote(text)
    ))
    .and(set("comma"))
    .and(" or ")
    .and(set("point"))
    .and(" says which")
}

pub(super) fn missing_cell(text: &str) -> String {
    match text.trim() {
        "" => "an empty cell".into(),
        text => format!("a missing cell ('{text}')"),
    }
}

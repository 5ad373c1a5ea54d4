//! Describes what is wrong with the cells of a table.

use super::{Columns, Use};
use crate::base::error::{Error, Place};
use crate::base::hint::{Hint, Remedy};
use crate::data::cell::parse;
use crate::data::read::advice::{advice, other_delimiter};
use crate::data::read::levels::MOST_LEVELS;
use crate::data::read::names::{list, quote};
use crate::data::read::roles::{FILL, missing_hint};
use crate::data::read::text_among_numbers::{TextAmongNumbers, settings};

/// The longest example command; a longer one would help nobody.
const LONGEST_EXAMPLE: usize = 1000;

impl Columns {
    /// Reports all columns of text and all missing cells in one error.
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
        let example = settings(&refused, &self.one_hot, &self.ignore);
        let names = example.iter().flat_map(|(_, columns)| columns);
        let example = match names.map(String::len).sum::<usize>() > LONGEST_EXAMPLE {
            true => Hint::default(),
            false => Hint::from(", for instance ").and(Remedy::SetColumns(example)),
        };
        let missing = match self.missing {
            0 => Hint::default(),
            1 => Hint::from("; 1 cell is missing too: add ").and(FILL),
            count => Hint::from(format!("; {count} cells are missing too: add ")).and(FILL),
        };
        let keys = "data.one_hot, data.ignore, data.label or data.id";
        match &refused[..] {
            [] => self.first_missing.as_ref().map(|(row, column, text)| {
                let mut found = missing_cell(text);
                if self.missing > 1 {
                    found += &format!(", the first of {}", self.missing);
                }
                self.refuse_at(*row, *column, found, "a value", missing_hint())
            }),
            [(name, one)] => {
                let column = self.names.iter().position(|n| n == name).unwrap_or(0);
                if let Some(hint) = self.other_delimiter(&one.text) {
                    return Some(self.refuse_at(
                        one.row,
                        column,
                        quote(&one.text),
                        "a number",
                        hint,
                    ));
                }
                let start = match advice(&one.text) {
                    Some(advice) => advice + "; ",
                    None if one.numbers == 0 => String::new(),
                    None => "correct the cell if it is a mistake; ".into(),
                };
                let end = match one.row == 0 && self.names.iter().any(|n| parse(n).is_some()) {
                    true => {
                        "; the first line was taken for the header, so if it holds values add a line of names above it"
                    }
                    false => "",
                };
                let hint = Hint::from(format!("{start}a column of text must be named in {keys}"));
                let hint = hint.and(example).and(missing).and(end);
                Some(self.refuse_at(one.row, column, quote(&one.text), "a number", hint))
            }
            several => {
                let names: Vec<String> = several.iter().map(|(n, _)| n.to_string()).collect();
                let row = several[0].1.row;
                let one_row = several.iter().all(|(_, r)| r.row == row && r.is_single());
                let (place, start) = match one_row {
                    true => (
                        Place::Row(row + 1),
                        "take the row out if it holds units or names instead of values; else ",
                    ),
                    false => (Place::Whole, ""),
                };
                Some(Error::data(
                    &self.origin,
                    place,
                    format!("text in the columns {}", list(&names)),
                    "numbers",
                    Hint::from(format!("{start}name each in {keys}"))
                        .and(example)
                        .and(missing),
                ))
            }
        }
    }

    pub(super) fn not_a_number(&self, row: usize, column: usize, text: &str) -> Error {
        let other = self.other_delimiter(text).or_else(|| advice(text));
        let hint = match (other, self.trained) {
            (Some(other), _) => other.into(),
            (None, true) => {
                "the model was trained on numbers in this column: correct the cell or leave the row out"
                    .into()
            }
            (None, false) => Hint::from(
                "correct the cell; or if the column holds text, add a first line that names the columns",
            ),
        };
        self.refuse(row, column, quote(text), "a number", hint)
    }

    /// Returns what to do if a single column should be several.
    pub(super) fn other_delimiter(&self, text: &str) -> Option<String> {
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

pub(super) fn missing_cell(text: &str) -> String {
    match text.trim() {
        "" => "an empty cell".into(),
        text => format!("a missing cell ('{text}')"),
    }
}

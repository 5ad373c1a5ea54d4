//! Some of the rows of a file: `file.csv@1-300`, `file.csv@301-`.

use std::path::Path;

use super::observed::Observations;
use super::reader::{Reader, Room};
use crate::base::error::{Error, Place, Result};
use crate::data::table::Table;

/// Rows of a file by their numbers, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    first: usize,
    /// The last row; `None` for all to the end.
    last: Option<usize>,
}

/// Returns a source without the rows that it names, and those. What exists under the
/// whole name wins.
///
/// # Errors
/// [`Error::Usage`] for rows that cannot be: a row 0, or a last one before the first.
pub(super) fn split(source: &str) -> Result<(&str, Option<Range>)> {
    let Some((file, range)) = named(source) else {
        return Ok((source, None));
    };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |text: &str| text.parse::<usize>().ok();
    let last = match last {
        "" => Some(None),
        last => number(last).map(Some),
    };
    match (number(first), last) {
        (Some(first), Some(last)) if first > 0 && last.is_none_or(|last| last >= first) => {
            Ok((file, Some(Range { first, last })))
        }
        _ => Err(Error::usage(
            format!("the rows {range} of {file}"),
            "the numbers of a first and a last row, counted from 1, as 1-300 or 301-",
            "",
        )),
    }
}

/// Returns a source without the rows that it names.
pub(super) fn whole(source: &str) -> &str {
    named(source).map_or(source, |(file, _)| file)
}

/// Returns the file and the rows of a source that ends in `@` and digits or a `-`.
fn named(source: &str) -> Option<(&str, &str)> {
    let (file, range) = source.rsplit_once('@')?;
    let is_range = |c: char| c.is_ascii_digit() || c == '-';
    let named = !file.is_empty() && !range.is_empty() && range.chars().all(is_range);
    (named && !Path::new(source).exists()).then_some((file, range))
}

/// Reads some of a file's rows.
pub(super) struct RangeReader {
    rows: Box<dyn Reader>,
    range: Range,
    /// Rows of the file so far, and of the range.
    read: usize,
    found: usize,
    origin: String,
}

impl RangeReader {
    pub fn new(rows: Box<dyn Reader>, range: Range) -> Self {
        RangeReader {
            rows,
            range,
            read: 0,
            found: 0,
            origin: String::new(),
        }
    }

    fn is_over(&self) -> bool {
        self.range.last.is_some_and(|last| self.read >= last)
    }
}

impl Reader for RangeReader {
    fn total(&self) -> Option<usize> {
        let all = self.rows.total()?;
        let last = self.range.last.map_or(all, |last| last.min(all));
        Some((last + 1).saturating_sub(self.range.first))
    }

    fn holds(&self) -> usize {
        self.rows.holds()
    }

    fn observe(&mut self) -> Result<Option<Observations>> {
        self.rows.observe()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        while !self.is_over() {
            let Some(part) = self.rows.next(room)? else {
                break;
            };
            self.origin.clone_from(&part.origin);
            let before = self.read;
            self.read += part.rows();
            let is_in = |row: &usize| {
                let number = before + row + 1;
                number >= self.range.first && self.range.last.is_none_or(|last| number <= last)
            };
            let rows: Vec<usize> = (0..part.rows()).filter(is_in).collect();
            if rows.is_empty() {
                continue;
            }
            self.found += rows.len();
            if rows.len() == part.rows() {
                return Ok(Some(part));
            }
            let notes = part.notes.clone();
            return Ok(Some(Table {
                notes,
                ..part.select(&rows)
            }));
        }
        match self.found {
            0 => Err(Error::data(
                &self.origin,
                Place::Whole,
                format!("{} rows", self.read),
                format!("row {}, as the source names it", self.range.first),
                "name rows that are there",
            )),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Parts, Roles, read};

    #[test]
    fn rows_follow_the_name_of_a_file_unless_one_is_called_so() {
        let range = |first, last| Some(Range { first, last });
        assert_eq!(
            split("a.csv@1-300").unwrap(),
            ("a.csv", range(1, Some(300)))
        );
        assert_eq!(
            split("a.npz:x@301-").unwrap(),
            ("a.npz:x", range(301, None))
        );
        assert_eq!(split("a@b.csv@7").unwrap(), ("a@b.csv", range(7, Some(7))));
        for whole in ["a.csv", "me@home", "a@.csv", "@1-2", "-"] {
            assert_eq!(split(whole).unwrap(), (whole, None));
        }
        for wrong in ["a.csv@0-3", "a.csv@9-3", "a.csv@1-2-3", "a.csv@-"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.csv@1-2");
        std::fs::write(&path, "").unwrap();
        let path = path.display().to_string();
        assert_eq!(split(&path).unwrap(), (path.as_str(), None));
    }

    #[test]
    fn rows_of_a_range_keep_their_numbers_in_parts_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let rows: String = (1..=50)
            .map(|row| format!("{row},{}\n", row * row))
            .collect();
        std::fs::write(&path, format!("a,b\n{rows}")).unwrap();
        let source = |range: &str| format!("{}@{range}", path.display());
        let firsts = |table: &Table| -> Vec<f32> {
            (0..table.rows()).map(|row| table.value(row, 0)).collect()
        };
        let whole = read(&source("8-11"), &Roles::default()).unwrap();
        assert_eq!(firsts(&whole), [8.0, 9.0, 10.0, 11.0]);
        assert_eq!((whole.number_of(0), whole.number_of(3)), (8, 11));
        let parts = Parts::open(&source("8-"), &Roles::default())
            .unwrap()
            .of_rows(5);
        let parts: Vec<Table> = parts.collect::<Result<_>>().unwrap();
        let all: Vec<f32> = parts.iter().flat_map(firsts).collect();
        assert_eq!(all, (8..=50).map(|row| row as f32).collect::<Vec<_>>());
        assert_eq!(parts[0].number_of(0), 8);
        let beyond = read(&source("51-60"), &Roles::default())
            .unwrap_err()
            .to_string();
        assert!(
            beyond.contains("50 rows") && beyond.contains("row 51"),
            "{beyond}"
        );
    }
}

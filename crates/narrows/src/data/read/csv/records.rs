//! Reads the records of a table of text, one at a time.

use std::io::Read;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::dialect::{Dialect, is_comment};
use super::encoding::Encoding;
use super::guard::{Fault, Guard, LONGEST_ROW};
use super::spaces::Spaces;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::cell::parse;
use crate::data::read::columns::Columns;
use crate::data::read::names::quote;
use crate::data::read::reader::Room;

/// The records of a file, one at a time.
pub(super) struct Records {
    pub origin: String,
    reader: Reader<Guard<Box<dyn Read>>>,
    record: ByteRecord,
    delimiter: u8,
    /// Whether any run of spaces parts cells.
    spaces: bool,
    /// The lines of the file before the table.
    lines_before: u64,
    /// Whether lines end in a carriage return and a line feed.
    carriage_returns: bool,
    /// The most bytes of a row.
    pub longest: usize,
    encoding: Encoding,
    /// Lines of comment between the rows, since they were told of last.
    comments: usize,
}

impl Records {
    /// Reads records from `reader`, which begins at the first line of the table.
    /// `head` are the first bytes.
    pub fn new(origin: &str, reader: Box<dyn Read>, head: &[u8], dialect: &Dialect) -> Self {
        let first_feed = head.iter().position(|&byte| byte == b'\n');
        let reader: Box<dyn Read> = match dialect.spaces {
            true => Box::new(Spaces::new(reader)),
            false => reader,
        };
        let guard = Guard::new(reader, dialect.delimiter, dialect.line);
        Records {
            origin: origin.into(),
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .buffer_capacity(64 * 1024)
                .delimiter(dialect.delimiter)
                .from_reader(guard),
            record: ByteRecord::new(),
            delimiter: dialect.delimiter,
            spaces: dialect.spaces,
            lines_before: dialect.line - 1,
            carriage_returns: first_feed.is_some_and(|at| head[..at].ends_with(b"\r")),
            longest: LONGEST_ROW,
            encoding: Encoding::default(),
            comments: 0,
        }
    }

    /// Moves to the next record; returns `false` at the end.
    pub fn advance(&mut self) -> Result<bool> {
        self.reader.get_mut().begin_record(self.longest);
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|error| match self.reader.get_ref().fault {
            Some(fault) => self.faulty(fault),
            None => Error::file(&self.origin, "read", error),
        })?;
        if more && memchr::memchr2(b'\n', b'\r', self.record.as_slice()).is_some() {
            self.refuse_rows_in_a_cell()?;
        }
        Ok(more)
    }

    /// Returns whether the next record has to be read from the file, since all
    /// bytes so far belong to records that were. A line's end may be left.
    pub fn is_drained(&self) -> bool {
        let given = self.reader.get_ref().given;
        self.reader.position().byte() + "\r\n".len() as u64 >= given
    }

    /// Returns the number of cells of the record.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Returns the cells of the record as text.
    pub fn cells(&mut self) -> Result<Vec<String>> {
        let (line, record) = (self.line(), &self.record);
        let cell = |(column, bytes)| match self.encoding.decode(bytes) {
            Some(text) => Ok(text.trim().to_string()),
            None => Err(two_encodings(
                &self.origin,
                Place::Line(line),
                &format!("cell {}", column + 1),
                bytes,
            )),
        };
        record.iter().enumerate().map(cell).collect()
    }

    /// Calls `with` for each cell of the record whose column is wanted, as
    /// text.
    pub fn each(&mut self, wanted: impl Fn(usize) -> bool, mut with: impl FnMut(usize, &str)) {
        for (column, bytes) in self.record.iter().enumerate() {
            if wanted(column)
                && let Some(text) = self.encoding.decode(bytes)
            {
                with(column, text.trim());
            }
        }
    }

    /// Returns what was inferred since the last call.
    pub fn notes(&mut self) -> Vec<Note> {
        let comments = match std::mem::take(&mut self.comments) {
            0 => None,
            1 => Some("1 line of comment between the rows is skipped".into()),
            count => Some(format!(
                "{count} lines of comment between the rows are skipped"
            )),
        };
        let mut notes = self.encoding.notes();
        notes.extend(comments.map(|seen| Note::new(seen, "")));
        notes
    }

    /// Returns the line of the file that the record starts on. The reader
    /// counts the line feeds it has passed, so it matters what ended the
    /// record: a line feed that was read, or the end of the file or a carriage
    /// return.
    fn line(&self) -> u64 {
        let within = self.record.as_slice().iter().filter(|&&b| b == b'\n');
        let fed = !self.reader.get_ref().ended && !self.carriage_returns;
        let line = self.reader.position().line() - u64::from(fed);
        line.saturating_sub(within.count() as u64).max(1) + self.lines_before
    }

    /// Adds the record as a row.
    pub fn add_to(&mut self, columns: &mut Columns, room: Room) -> Result<()> {
        let row = columns.rows();
        if self.record.len() != columns.len() {
            // A line of spaces, or the mark that once ended files.
            let is_blank = self
                .record
                .iter()
                .all(|cell| matches!(cell.trim_ascii(), b"" | b"\x1a"));
            if self.record.len() < columns.len() && is_comment(&self.record) {
                self.comments += 1;
                return Ok(());
            }
            return match self.record.len() == 1 && is_blank {
                true => Ok(()),
                false => Err(self.ragged(columns)),
            };
        }
        columns.add_rows(1, room)?;
        let Records {
            record, encoding, ..
        } = self;
        for (column, cell) in record.iter().enumerate() {
            match encoding.decode(cell) {
                Some(text) => {
                    columns.text(row, column, text.trim())?;
                    columns.keep(row, column, &text);
                }
                None if columns.ignores(column) => {}
                None => {
                    let number = columns.number_of(row);
                    let place = Place::Cell(number, columns.name(column).into());
                    return Err(two_encodings(&self.origin, place, "", cell));
                }
            }
        }
        Ok(())
    }

    /// Sets the label and the ids of a row whose other cells cannot be used.
    pub fn add_tags(&mut self, columns: &mut Columns, row: usize) -> Result<()> {
        for (column, cell) in self.record.iter().enumerate().take(columns.len()) {
            if columns.is_tag(column)
                && let Some(text) = self.encoding.decode(cell)
            {
                columns.text(row, column, text.trim())?;
            }
        }
        Ok(())
    }

    /// Returns the error for a record of another length than the first.
    fn ragged(&self, columns: &Columns) -> Error {
        let number = columns.number_of(columns.rows());
        let (found, hint) = match self.record.len() {
            1 => (format!("1 cell in row {number}"), self.why_ragged(columns)),
            cells => (
                format!("{cells} cells in row {number}"),
                self.why_ragged(columns),
            ),
        };
        let expected = format!("{}, as in the first line", columns.len());
        Error::data(
            &self.origin,
            Place::Line(self.line()),
            found,
            expected,
            hint,
        )
    }

    fn why_ragged(&self, columns: &Columns) -> Hint {
        let is_first = columns.number_of(columns.rows()) == 1;
        // Lines of a title are no numbers.
        let is_odd = columns.is_odd();
        let (cells, columns) = (self.record.len(), columns.len());
        if is_first && cells > columns || columns == 1 && is_odd {
            let lines = self.line() - 1;
            return Hint::from("if the lines above are no part of the table: ").and(Remedy::Set {
                key: "data.skip_lines",
                value: lines.to_string().into(),
            });
        }
        if cells < columns {
            return "complete the row, or take it out if it was cut off or holds no data".into();
        }
        match self.record.iter().skip(columns).all(<[u8]>::is_empty) {
            true => "take the delimiter at the end of this row out, or add it to all rows",
            false => {
                "put a cell that holds the delimiter in double quotes, and write decimals with a point"
            }
        }
        .into()
    }

    /// Refuses a quoted cell whose lines are rows: its quote was opened, or
    /// closed, by mistake.
    fn refuse_rows_in_a_cell(&self) -> Result<()> {
        let width = self.record.len();
        // What is quoted keeps its spaces.
        let delimiters = |line: &[u8]| match self.spaces {
            true => line
                .split(|b| b" \t".contains(b))
                .filter(|cell| !cell.is_empty())
                .count()
                .saturating_sub(1),
            false => line.iter().filter(|&&b| b == self.delimiter).count(),
        };
        let is_number =
            |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| parse(text).is_some());
        for (column, cell) in self.record.iter().enumerate() {
            let ends = match cell.contains(&b'\n') {
                true => b'\n',
                false => b'\r',
            };
            let lines: Vec<&[u8]> = cell.split(|&byte| byte == ends).collect();
            let Some((last, [_, inner @ ..])) = lines.split_last() else {
                continue;
            };
            let starts_as_number = |line: &[u8]| {
                let start = line
                    .split(|&b| b == self.delimiter || self.spaces && b == b' ')
                    .next();
                is_number(start.unwrap_or_default())
            };
            // Any line of prose may have one comma, but it is no number.
            let is_row = |line: &&[u8]| match width {
                1 => is_number(line),
                2 => delimiters(line) == 1 && starts_as_number(line),
                // Nor are bare delimiters a row.
                _ => delimiters(line) == width - 1 && line.iter().any(u8::is_ascii_alphanumeric),
            };
            let are_rows = inner.iter().all(is_row);
            // The last line ends where the cell does.
            if !inner.is_empty() && are_rows && delimiters(last) == column {
                return Err(Error::data(
                    &self.origin,
                    Place::Line(self.line()),
                    format!(
                        "a quoted cell with {} more lines like rows",
                        inner.len() + 1
                    ),
                    "a quote that is closed in its row",
                    "close the quote or take it out",
                ));
            }
        }
        Ok(())
    }

    fn faulty(&self, fault: Fault) -> Error {
        let (place, found, expected) = match fault {
            Fault::TooLong => (
                Place::Whole,
                "a row of more bytes than are allowed",
                "at most 32 MiB",
            ),
            Fault::TooManyCells => (
                Place::Whole,
                "a row of more cells than are allowed",
                "at most 1,048,576",
            ),
            Fault::NeverClosed(line) => (
                Place::Line(line),
                "a quote that is never closed",
                "one that is closed in its row",
            ),
            Fault::ClosedWithin(line) => (
                Place::Line(line),
                "a quote that is closed lines below, within a cell",
                "one that is closed in its row",
            ),
        };
        let hint = match place {
            Place::Whole => "is a quote never closed?",
            _ => "close the quote or take it out",
        };
        Error::data(&self.origin, place, found, expected, hint)
    }
}

fn two_encodings(origin: &str, place: Place, cell: &str, bytes: &[u8]) -> Error {
    let text = quote(&String::from_utf8_lossy(bytes));
    Error::data(
        origin,
        place,
        format!("{cell} {text}, in another encoding than cells before").trim(),
        "UTF-8 text, or Windows-1252 in all of the file",
        "save the file as UTF-8",
    )
}

//! Reads a sheet of an Excel workbook.
//!
//! The sheet is read once, from its start to its end, into a temporary file of its
//! rows; what all of it shows, as how wide it is, is then known before the first
//! row. Its first row is taken for names by the rules of CSV, its cells have the
//! types that the workbook says.

mod book;
mod guard;
mod kept;
mod time;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::book::Book;
use self::kept::{Kept, Row, Value};
use super::columns::Columns;
use super::input::Input;
use super::names::{list, quote};
use super::observed::Observations;
use super::reader::{Reader, Room};
use super::{Roles, csv};
use crate::base::error::{Error, Place, Result, one_line};
use crate::base::hint::Hint;
use crate::base::nearest::nearest;
use crate::base::note::Note;
use crate::data::table::Table;

/// The rows by which the first one is taken for names or not.
const SAMPLE: usize = 200;
/// How text is called that is no workbook, but named like one.
const WORKBOOK: &str = "an Excel workbook";

/// A workbook of which one sheet is read.
pub(super) struct Sheet {
    origin: String,
    /// The file and its bytes, until it is read.
    unread: Option<(File, u64)>,
    /// The sheet that the source names.
    wanted: Option<String>,
    roles: Roles,
    rows: Option<Rows>,
    notes: Vec<Note>,
}

/// The rows of a sheet, from one on.
struct Rows {
    kept: Kept,
    columns: Columns,
    /// The next row, if there is one.
    next: Option<Row>,
}

/// Opens a workbook. `sheet` is the one that the source names, `source` the whole
/// name of the rows.
pub(super) fn open(input: Input, sheet: Option<&str>, roles: &Roles) -> Result<Sheet> {
    let file = input.origin().to_string();
    let origin = match sheet {
        Some(sheet) => format!("{file}:{sheet}"),
        None => file,
    };
    if !input.head().starts_with(b"PK") {
        return Err(no_workbook(&origin, input.head()));
    }
    Ok(Sheet {
        unread: Some(input.into_file()?),
        origin,
        wanted: sheet.map(String::from),
        roles: roles.clone(),
        rows: None,
        notes: Vec::new(),
    })
}

fn no_workbook(origin: &str, head: &[u8]) -> Error {
    let is_old = head.starts_with(b"\xd0\xcf\x11\xe0");
    let (found, hint) = match is_old {
        true => (
            "an Excel workbook with a password, or of an old kind",
            "save it as .xlsx, without a password",
        ),
        false => (
            "bytes that are no workbook",
            "name the file as what it is, or save the sheet again",
        ),
    };
    Error::data(origin, Place::Whole, found, WORKBOOK, hint)
}

fn damaged(origin: &str, reason: impl std::fmt::Display) -> Error {
    Error::data(
        origin,
        Place::Whole,
        format!(
            "what is no Excel workbook, or a damaged one ({})",
            one_line(reason)
        ),
        WORKBOOK,
        "the file is damaged or of another kind; save it again, or export the sheet as `CSV UTF-8`",
    )
}

impl Reader for Sheet {
    fn total(&self) -> Option<usize> {
        None
    }

    fn observe(&mut self) -> Result<Option<Observations>> {
        self.start(Room::ENDLESS)?;
        let Some(rows) = &mut self.rows else {
            return Ok(None);
        };
        while rows.next.is_some() {
            rows.add(&self.origin, Room::ENDLESS)?;
            rows.columns.forget();
        }
        Ok(Some(rows.columns.observations()))
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        self.start(room)?;
        let Some(rows) = &mut self.rows else {
            return Ok(None);
        };
        loop {
            while rows.next.is_some() && !rows.columns.is_full(room) {
                rows.add(&self.origin, room)?;
            }
            if rows.next.is_none() || !rows.columns.is_mistaken() {
                let part = rows.columns.part(room)?;
                return Ok(part.map(|mut table| {
                    table.notes.splice(0..0, self.notes.drain(..));
                    table.formats.clone_from(&self.roles.formats);
                    table
                }));
            }
            // The rest is read to report all mistakes at once.
            rows.columns.forget();
        }
    }
}

impl Sheet {
    /// Copies the rows of the sheet, and names its columns, unless that is done.
    fn start(&mut self, room: Room) -> Result<()> {
        if let Some((file, bytes)) = self.unread.take() {
            let read = catch_unwind(AssertUnwindSafe(|| self.begin(file, bytes, room)));
            let contradicts = |_| Err(damaged(&self.origin, "its parts contradict each other"));
            self.rows = Some(read.unwrap_or_else(contradicts)?);
        }
        Ok(())
    }

    /// Copies the rows of the sheet, and names its columns.
    fn begin(&mut self, file: File, bytes: u64, room: Room) -> Result<Rows> {
        let broken = |reason: String| damaged(&self.origin, reason);
        let texts = guard::check(&file, bytes).map_err(broken)?;
        room.check(&self.origin, 1, texts)?;
        let mut book = Book::open(file, &self.origin)?;
        let sheet = self.choose(&mut book)?;
        let mut kept = self.keep(&mut book, &sheet, bytes)?;
        let skipped = self.roles.skip_lines as u64;
        let fail = |e| Error::file(&self.origin, "read", e);
        kept.rewind(skipped).map_err(fail)?;
        let mut sample = Vec::new();
        while sample.len() < SAMPLE
            && let Some(row) = kept.next().map_err(fail)?
        {
            sample.push((row.line, row.texts()));
        }
        if sample.is_empty() {
            return Err(Error::data(
                &self.origin,
                Place::Whole,
                format!("no cell with a value in the sheet {}", quote(&sheet)),
                "at least one row",
                "name another sheet, or lower data.skip_lines if it is set",
            ));
        }
        let (columns, is_row) =
            csv::columns_of_rows(&self.origin, &sample, &self.roles, &mut self.notes)?;
        kept.rewind(skipped).map_err(fail)?;
        let mut next = kept.next().map_err(fail)?;
        if !is_row {
            next = kept.next().map_err(fail)?;
        }
        Ok(Rows {
            kept,
            columns,
            next,
        })
    }

    /// Returns the sheet to read: the one that is named, or the first with cells.
    fn choose(&mut self, book: &mut Book) -> Result<String> {
        let sheets = book.sheets();
        if let Some(wanted) = &self.wanted {
            if sheets.contains(wanted) {
                return Ok(wanted.clone());
            }
            let near = nearest(wanted, sheets.iter().map(String::as_str));
            return Err(Error::data(
                &self.origin,
                Place::Whole,
                format!("no sheet {}", quote(wanted)),
                format!("one of its sheets: {}", list(&sheets)),
                match near {
                    Some(near) => format!("is {} the one?", quote(near)),
                    None => "name one of them after the colon".into(),
                },
            ));
        }
        let mut with_cells = Vec::new();
        for sheet in sheets {
            if book.has_cells(&sheet, &self.origin)? {
                with_cells.push(sheet);
            }
        }
        let [first, others @ ..] = &with_cells[..] else {
            return Err(Error::data(
                &self.origin,
                Place::Whole,
                "no sheet with a cell",
                "at least one row",
                "check that the file was written to its end",
            ));
        };
        if let Some(other) = others.first() {
            let seen = format!(
                "the sheet {} is read, the first of {} with cells",
                quote(first),
                with_cells.len()
            );
            let hint = Hint::from(format!("{}:{other} names another", self.origin));
            self.notes.push(Note::new(seen, hint));
        }
        Ok(first.clone())
    }

    /// Copies the cells that have values to a temporary file.
    fn keep(&mut self, book: &mut Book, sheet: &str, bytes: u64) -> Result<Kept> {
        let origin = &self.origin;
        let fail = |e| Error::file(origin, "read", e);
        let mut kept = Kept::new(bytes).map_err(fail)?;
        let (mut errors, mut durations) = (Vec::new(), 0usize);
        book.each(sheet, origin, &mut |row, column, value| {
            let value = match value {
                book::Met::Value(value) => value,
                book::Met::Duration(days) => {
                    durations += 1;
                    Value::Number(days)
                }
                book::Met::Error(text) => {
                    errors.push(text);
                    return Ok(true);
                }
            };
            kept.add(row, column, value)
                .map_err(|reason| damaged(origin, reason))?;
            Ok(true)
        })?;
        kept.end().map_err(fail)?;
        let mut tell = |seen: String| self.notes.push(Note::new(seen, ""));
        if let Some(first) = errors.first() {
            let cells = match errors.len() {
                1 => format!("1 cell with the error {first} is missing"),
                count => format!("{count} cells with errors such as {first} are missing"),
            };
            tell(cells);
        }
        if durations > 0 {
            tell("durations are read as numbers of days".into());
        }
        Ok(kept)
    }
}

impl Rows {
    /// Adds the next row to the part.
    fn add(&mut self, origin: &str, room: Room) -> Result<()> {
        let Some(row) = self.next.take() else {
            return Ok(());
        };
        let columns = &mut self.columns;
        let at = columns.rows();
        columns.add_rows(1, room)?;
        for (column, value) in row.cells.iter().enumerate() {
            if columns.keeps_cells() {
                columns.keep(at, column, &value.text());
            }
            match value {
                Value::Empty => columns.missing(at, column, "")?,
                Value::Text(text) | Value::Date(text) | Value::Moment(text) => {
                    columns.text(at, column, text)?;
                }
                value if columns.keeps_text(column) => columns.text(at, column, &value.text())?,
                Value::Number(number) => columns.number(at, column, *number)?,
                Value::Boolean(value) => columns.number(at, column, f64::from(u8::from(*value)))?,
            }
        }
        columns.check_room(room)?;
        self.next = self
            .kept
            .next()
            .map_err(|e| Error::file(origin, "read", e))?;
        Ok(())
    }
}

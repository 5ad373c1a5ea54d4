//! Reads tables of text.

mod column_names;
mod dialect;
mod encoding;
mod evidence;
mod guard;
mod header;
mod records;
mod spaces;
mod survey;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::time::{Duration, Instant};

use encoding_rs_io::DecodeReaderBytes;

use self::column_names::Named;
use self::dialect::dialect;
use self::guard::LONGEST_ROW;
use self::header::Header;
use self::records::Records;
use super::Roles;
use super::columns::Columns;
use super::input::Input;
use super::live::Live;
use super::names::{named_in, quote};
use super::other_kinds::other_kind;
use super::reader::Room;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::table::Table;
use crate::settings::Header as HeaderSetting;

/// How long rows wait for others to be returned with: long enough for a program
/// that writes all the time, short enough for one that does not.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long the first row of a part waits at most, if it need not.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// The bytes at the start of a file that its layout is recognised by.
const HEAD: usize = 64 * 1024;

/// A table of text whose rows are read one after another.
pub(super) struct Text {
    source: Source,
    /// Whether the file name promises tabs.
    tabs: bool,
    roles: Roles,
    rows: Records,
    columns: Columns,
    /// Whether the current record is a row that is yet to be added.
    more: bool,
    /// Whether there may be a record after it.
    going_on: bool,
    /// The source of the bytes if they come in their own time.
    live: Option<Live>,
    /// When the first row of the part was there.
    begun: Instant,
    /// The error of a row that comes after rows yet to be returned.
    failed: Option<Error>,
    notes: Vec<Note>,
    /// Whether what all rows show was found out, or is not to be.
    surveyed: bool,
}

/// Where the bytes of a table come from.
enum Source {
    Path(String),
    /// A temporary copy of what can be read only once.
    Copy {
        origin: String,
        file: File,
    },
    Once,
}

/// Opens a table; `tabs` means that the file name promises tabs. `path` is the
/// file, if it can be opened again.
pub(super) fn open(input: Input, path: Option<&str>, tabs: bool, roles: &Roles) -> Result<Text> {
    let is_file = |path: &&str| std::fs::metadata(path).is_ok_and(|file| file.is_file());
    let (source, input) = match path.filter(is_file) {
        Some(path) => (Source::Path(path.into()), input),
        // A model's rows are read as its training rows were.
        None if roles.optional => (Source::Once, input),
        None => {
            let origin = input.origin().to_string();
            let (file, _) = input.into_file()?;
            let source = Source::Copy { origin, file };
            let input = source.open()?;
            (source, input)
        }
    };
    let mut notes = Vec::new();
    let live = input.arriving();
    let (rows, columns, more) = start(input, tabs, roles, &mut notes)?;
    Ok(Text {
        source,
        tabs,
        roles: roles.clone(),
        rows,
        columns,
        more,
        going_on: more,
        live,
        begun: Instant::now(),
        failed: None,
        notes,
        surveyed: roles.optional,
    })
}

impl Source {
    fn open(&self) -> Result<Input> {
        match self {
            Source::Path(path) => Input::open(path),
            Source::Copy { origin, file } => {
                let fail = |e| Error::file(origin, "read", e);
                let mut file = file.try_clone().map_err(fail)?;
                file.rewind().map_err(fail)?;
                Input::new(origin, Box::new(file), false)
            }
            Source::Once => Err(Error::usage(
                "rows that can be read only once",
                "rows that can be read again",
                "",
            )),
        }
    }
}

/// Reads up to the first row.
fn start(
    input: Input,
    tabs: bool,
    roles: &Roles,
    notes: &mut Vec<Note>,
) -> Result<(Records, Columns, bool)> {
    let origin = input.origin().to_string();
    let (mut head, mut complete, mut reader) = as_utf8(input, notes)?;
    if roles.skip_lines > 0 {
        let fail = |e| Error::file(&origin, "read", e);
        (head, complete, reader) = below_lines(reader, roles.skip_lines).map_err(fail)?;
    }
    if let Some((found, hint)) = other_kind(&head) {
        let expected = "rows of text";
        return Err(Error::data(origin, Place::Whole, found, expected, hint));
    }
    let mut found = dialect(&head, complete, tabs, roles.delimiter);
    found.line += roles.skip_lines as u64;
    let skipped = found.skipped as u64;
    io::copy(&mut (&mut reader).take(skipped), &mut io::sink())
        .map_err(|e| Error::file(&origin, "read", e))?;
    let mut rows = Records::new(&origin, reader, &head[found.skipped..], &found);
    if !rows.advance()? {
        return Err(Error::data(
            &origin,
            Place::Whole,
            "an empty file",
            "at least one row",
            "check that the file was written to its end",
        ));
    }
    notes.append(&mut found.notes);
    let body = found.body();
    let first = rows.cells()?;
    let (named, is_row) = name_columns(&origin, first, &body, &found, roles, notes)?;
    notes.extend(named.notes);
    let own = roles;
    let mut roles = roles.clone();
    roles.ignore.extend(named.empty);
    if let Some(name) = named.row_names {
        let seen = format!(
            "the first column has no name, so it names the rows, and is kept out of training as {}",
            quote(&name)
        );
        notes.push(Note::new(seen, ""));
        match &roles.id {
            None => roles.id = Some(name),
            Some(_) => roles.ignore.push(name),
        }
    }
    let columns = Columns::new(&origin, named.names, named.has_names, &roles)?;
    let columns = columns.of_text(&own.ignore);
    let more = if is_row { true } else { rows.advance()? };
    Ok((rows, columns, more))
}

/// Names the columns; also returns whether the first line is a row.
fn name_columns(
    origin: &str,
    first: Vec<String>,
    body: &[Vec<String>],
    dialect: &dialect::Dialect,
    roles: &Roles,
    notes: &mut Vec<Note>,
) -> Result<(Named, bool)> {
    let only = roles.only.iter().flatten().map(String::as_str);
    let wanted = named_in(roles).map(|(_, name)| name.as_str()).chain(only);
    let wanted: Vec<&str> = wanted.collect();
    let set = |value: &'static str| Remedy::Set {
        key: "data.header",
        value: value.into(),
    };
    // Rows for a model without names begin at once, unless a line is no row.
    let is_unnamed = roles.width.is_some() && roles.only.is_none();
    let of_line = match header::header(&first, body, &wanted) {
        Header::Names(reason) if is_unnamed && !reason.is_empty() => Header::Row(String::new()),
        Header::Names(_) if is_unnamed => {
            let seen = "the model's columns have no names, so columns are taken by their position";
            notes.push(Note::new(seen, ""));
            Header::Names(String::new())
        }
        other => other,
    };
    if roles.header == HeaderSetting::Auto && is_title(&first, body) {
        return Err(Error::data(
            origin,
            Place::Line(dialect.line),
            format!("{} above a line of names", quote(&first[0])),
            "a first line that names the columns, or a row",
            Hint::from("if the line is no part of the table: ").and(Remedy::Set {
                key: "data.skip_lines",
                value: dialect.line.to_string().into(),
            }),
        ));
    }
    let header = match &roles.header {
        HeaderSetting::Present(true) => Header::Names(String::new()),
        HeaderSetting::Present(false) => Header::Row(String::new()),
        HeaderSetting::Names(names) if are_same(names, &first) => Header::Names(String::new()),
        HeaderSetting::Names(_) | HeaderSetting::Auto => of_line,
    };
    let given = match &roles.header {
        // New rows may have them in another order.
        HeaderSetting::Names(names) if !are_same(names, &first) => Some(names),
        _ => None,
    };
    let is_row = match header {
        Header::Names(reason) => {
            if !reason.is_empty() {
                let seen = format!("the first line is taken for the columns' names: {reason}");
                notes.push(Note::new(
                    seen,
                    Hint::from("if it is a row: ").and(set("false")),
                ));
            }
            false
        }
        Header::Row(reason) => {
            let comment = dialect.comment.as_deref().map(|text| dialect.cells(text));
            let is_text = |cell: &String| crate::data::cell::parse(cell).is_none();
            let comment = comment.filter(|cells| {
                given.is_none() && cells.len() == first.len() && cells.iter().all(is_text)
            });
            if let Some(names) = comment {
                notes.push(Note::new(
                    "the comment above the rows names the columns",
                    "",
                ));
                return Ok((column_names::named(names, body), true));
            }
            if !reason.is_empty() && given.is_none() {
                let seen = format!(
                    "the first line is taken for a row: {reason}; the columns are called x1 to x{}",
                    first.len()
                );
                let hint = Hint::from("if it holds names: ").and(set("true"));
                notes.push(Note::new(seen, hint));
            }
            true
        }
        Header::Unclear(found) => {
            return Err(Error::data(
                origin,
                Place::Line(dialect.line),
                found,
                "a header of names, or a first row of values",
                Hint::from("if it names the columns: ")
                    .and(set("true"))
                    .and("; if it is a row: ")
                    .and(set("false")),
            ));
        }
    };
    let width = body.first().map_or(first.len(), Vec::len);
    let named = match given {
        // Row names and an empty last column need no names.
        Some(names) if names.len() != width && names.len() + 1 != width => {
            return Err(Error::config(
                "data.header",
                format!("{} names", names.len()),
                format!("one for each of the {width} columns of {origin}"),
                "name every column, in the order of the file",
            ));
        }
        Some(names) => column_names::named(names.clone(), body),
        None if is_row => column_names::numbered(first.len()),
        None => column_names::named(first, body),
    };
    Ok((named, is_row))
}

/// Returns whether the first line is one cell above a line that names two
/// columns of numbers.
fn is_title(first: &[String], body: &[Vec<String>]) -> bool {
    let [names, rows @ ..] = body else {
        return false;
    };
    let is_number = |cell: &String| crate::data::cell::parse(cell).is_some();
    let number_column = |at: usize| rows.iter().all(|row| row.get(at).is_some_and(is_number));
    first.len() == 1
        && !rows.is_empty()
        && names.len() == 2
        && (0..2).all(|at| !is_number(&names[at]))
        && (0..2).any(number_column)
}

/// Returns whether two lists have the same names, in any order.
fn are_same(some: &[String], others: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    some.len() == others.len() && sorted(some) == sorted(others)
}

/// Returns the first bytes of a table as UTF-8, or as another encoding that
/// keeps ASCII, whether these are all, and a reader of all of them.
fn as_utf8(input: Input, notes: &mut Vec<Note>) -> Result<(Vec<u8>, bool, Box<dyn Read>)> {
    let head = input.head();
    if !head.starts_with(&[0xff, 0xfe]) && !head.starts_with(&[0xfe, 0xff]) {
        let complete = input.is_complete();
        return Ok((head.to_vec(), complete, input.into_reader()));
    }
    notes.push(Note::new("the file is read as UTF-16", ""));
    let origin = input.origin().to_string();
    let mut reader = DecodeReaderBytes::new(input.into_reader());
    let mut head = Vec::new();
    (&mut reader)
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|e| Error::file(&origin, "read", e))?;
    let complete = head.len() < HEAD;
    let all = Cursor::new(head.clone()).chain(reader);
    Ok((head, complete, Box::new(all)))
}

/// Skips lines, and returns the first bytes below them, whether these are all,
/// and a reader of all of them.
fn below_lines(reader: Box<dyn Read>, lines: usize) -> io::Result<(Vec<u8>, bool, Box<dyn Read>)> {
    let mut reader = BufReader::new(reader);
    let mut left = lines;
    while left > 0 {
        let buffer = reader.fill_buf()?;
        let Some(end) = buffer
            .iter()
            .position(|&byte| matches!(byte, b'\n' | b'\r'))
        else {
            match buffer.len() {
                0 => break,
                all => reader.consume(all),
            }
            continue;
        };
        let is_return = buffer[end] == b'\r';
        reader.consume(end + 1);
        if is_return && reader.fill_buf()?.first() == Some(&b'\n') {
            reader.consume(1);
        }
        left -= 1;
    }
    let mut head = Vec::new();
    (&mut reader).take(HEAD as u64).read_to_end(&mut head)?;
    let complete = head.len() < HEAD;
    let all = Cursor::new(head.clone()).chain(reader);
    Ok((head, complete, Box::new(all)))
}

impl Text {
    /// Finds out from all rows how numbers are written, and starts anew.
    fn survey(&mut self) -> Result<()> {
        self.surveyed = true;
        let (mut rows, columns, more) =
            start(self.source.open()?, self.tabs, &self.roles, &mut Vec::new())?;
        let (formats, mut notes) = survey::survey(&mut rows, &columns, more, self.roles.decimal)?;
        self.roles.formats = formats;
        self.notes.clear();
        (self.rows, self.columns, self.more) =
            start(self.source.open()?, self.tabs, &self.roles, &mut self.notes)?;
        self.going_on = self.more;
        self.notes.append(&mut notes);
        Ok(())
    }

    /// Adds rows until the part is full, the file ends, or a cell turns out not
    /// to be written as numbers usually are; or, of what comes in its own time,
    /// until the next row lets itself be waited for.
    fn fill(&mut self, room: Room) -> Result<()> {
        loop {
            if !self.more && self.going_on {
                if self.columns.is_full(room) || self.would_wait(room)? {
                    return Ok(());
                }
                self.rows.longest = LONGEST_ROW.min(room.bytes);
                self.more = self.rows.advance()?;
                self.going_on = self.more;
            }
            if !self.more || self.columns.is_full(room) {
                return Ok(());
            }
            let before = self.columns.rows();
            if before == 0 {
                self.begun = Instant::now();
            }
            self.more = false;
            if let Err(error) = self.rows.add_to(&mut self.columns, room) {
                if self.columns.rows() > before {
                    self.columns.drop_row();
                }
                return Err(error);
            }
            if self.columns.is_odd() && !self.surveyed {
                return Ok(());
            }
        }
    }

    /// Returns whether rows are there to be returned, and the next one would
    /// have to be waited for.
    fn would_wait(&self, room: Room) -> Result<bool> {
        let Some(live) = self.live.as_ref().filter(|_| room.is_part()) else {
            return Ok(false);
        };
        if self.columns.rows() == 0 || !self.rows.is_drained() {
            return Ok(false);
        }
        let patience = PATIENCE.min(LONGEST_WAIT.saturating_sub(self.begun.elapsed()));
        let ready = live.wait(patience);
        Ok(!ready.map_err(|e| Error::file(self.columns.origin(), "read", e))?)
    }
}

impl super::reader::Reader for Text {
    fn total(&self) -> Option<usize> {
        None
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        if room.is_part() && !self.surveyed {
            self.survey()?;
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        loop {
            let mut filled = self.fill(room);
            if self.columns.is_odd() && !self.surveyed {
                self.survey()?;
                continue;
            }
            if self.live.is_some() && room.is_part() && self.columns.rows() > 0 {
                // The rows before it are returned first.
                self.failed = filled.err();
                filled = Ok(());
            }
            filled?;
            if !self.going_on || !self.columns.is_mistaken() {
                let part = self.columns.part(room)?;
                self.notes.append(&mut self.rows.notes());
                return Ok(part.map(|mut table| {
                    self.notes.append(&mut table.notes);
                    table.notes = std::mem::take(&mut self.notes);
                    table.formats.clone_from(&self.roles.formats);
                    table
                }));
            }
            // The rest is read to report all mistakes at once.
            self.columns.forget();
        }
    }
}

#[cfg(test)]
mod tests;

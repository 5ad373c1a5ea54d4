//! Reads tables of text.

mod column_names;
mod dialect;
mod encoding;
mod first_line;
mod guard;
mod head;
mod header;
mod records;
mod spaces;
mod survey;

use std::io::{self, Read};
use std::time::{Duration, Instant};

use ::csv::{ByteRecord, Position};

use self::column_names::Named;
use self::dialect::{Dialect, dialect};
use self::guard::LONGEST_ROW;
use self::head::Head;
use self::records::Records;
use super::Roles;
use super::again::Again;
use super::columns::Columns;
use super::input::Input;
use super::live::Live;
use super::names::quote;
use super::observed::Observations;
use super::other_kinds::other_kind;
use super::reader::Room;
use crate::base::error::{Error, Place, Result};
use crate::base::note::Note;
use crate::data::table::Table;
use crate::settings::Decimal;

/// How long rows wait for others to be returned with: long enough for a program
/// that writes all the time, short enough for one that does not.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long the first row of a part waits at most, if it need not.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A table of text whose rows are read one after another.
pub(super) struct Text {
    source: Again,
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

/// Opens a table; `tabs` means that the file name promises tabs. `path` is the
/// file, if it can be opened again.
pub(super) fn open(input: Input, path: Option<&str>, tabs: bool, roles: &Roles) -> Result<Text> {
    let (source, input) = Again::of(input, path, roles)?;
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

/// Reads up to the first row.
fn start(
    input: Input,
    tabs: bool,
    roles: &Roles,
    notes: &mut Vec<Note>,
) -> Result<(Records, Columns, bool)> {
    let origin = input.origin().to_string();
    let fail = |e| Error::file(&origin, "read", e);
    let mut head = Head::of(input, notes).map_err(fail)?;
    if roles.skip_lines > 0 {
        head = head.below(roles.skip_lines).map_err(fail)?;
    }
    if let Some((found, hint)) = other_kind(&head.bytes) {
        let expected = "rows of text";
        return Err(Error::data(origin, Place::Whole, found, expected, hint));
    }
    let decimal_commas =
        roles.decimal == Decimal::Comma || roles.formats.values().any(|f| f.decimal_comma);
    let mut found = dialect(
        &head.bytes,
        head.is_all,
        tabs,
        roles.delimiter,
        decimal_commas,
    );
    found.line += roles.skip_lines as u64;
    let skipped = (&mut head.reader).take(found.skipped as u64);
    io::copy(&mut { skipped }, &mut io::sink()).map_err(fail)?;
    let first_bytes = &head.bytes[found.skipped..];
    let mut rows = Records::new(&origin, head.reader, first_bytes, &found);
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
    let (mut named, is_row) = first_line::columns_of(&origin, rows.cells()?, &found, roles)?;
    notes.append(&mut named.notes);
    let columns = columns(&origin, named, roles, notes)?;
    let more = if is_row { true } else { rows.advance()? };
    Ok((rows, columns, more))
}

/// Returns the columns with the roles that their names imply.
fn columns(origin: &str, named: Named, roles: &Roles, notes: &mut Vec<Note>) -> Result<Columns> {
    let own = roles;
    let mut roles = roles.clone();
    roles.ignore.extend(named.empty);
    if let Some(name) = named.row_names {
        let seen = format!(
            "the first column has no name, so it names the rows, and is kept out of training as {}",
            quote(&name)
        );
        notes.push(Note::new(seen, ""));
        match roles.id.is_empty() {
            true => roles.id.push(name),
            false => roles.ignore.push(name),
        }
    }
    let columns = Columns::new(origin, named.names, named.has_names, &roles)?;
    Ok(columns.of_text(&own.ignore))
}

/// Names the columns of rows that come in cells, not in text, as those of a table
/// of text. `rows` are the first ones, of the same number of cells, each with its
/// line. Also returns whether the first is a row.
pub(super) fn columns_of_rows(
    origin: &str,
    rows: &[(u64, Vec<String>)],
    roles: &Roles,
    notes: &mut Vec<Note>,
) -> Result<(Columns, bool)> {
    let (line, first) = rows[0].clone();
    let record = |(at, cells): &(u64, Vec<String>)| {
        let mut record = ByteRecord::from(cells.as_slice());
        let mut position = Position::new();
        record.set_position(Some(position.set_line(at - line + 1).clone()));
        record
    };
    let layout = Dialect {
        line,
        delimiter: b',',
        sample: rows.iter().map(record).collect(),
        ..Dialect::default()
    };
    let (mut named, is_row) = first_line::columns_of(origin, first, &layout, roles)?;
    notes.append(&mut named.notes);
    Ok((columns(origin, named, roles, notes)?, is_row))
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
                self.columns.pass_over(before, error, room)?;
                self.rows.add_tags(&mut self.columns, before)?;
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

    fn observe(&mut self) -> Result<Option<Observations>> {
        while self.more {
            self.rows.add_to(&mut self.columns, Room::ENDLESS)?;
            self.columns.forget();
            self.more = self.rows.advance()?;
        }
        Ok(Some(self.columns.observations()))
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

//! Reads JSON lines: an object a line, whose keys are the columns.

mod keys;
mod line;
mod object;

use std::io::BufReader;
use std::time::{Duration, Instant};

use self::keys::Keys;
use self::line::Lines;
use self::object::Value;
use super::Roles;
use super::again::Again;
use super::allowance::Allowance;
use super::columns::Columns;
use super::input::Input;
use super::live::Live;
use super::names::{name_unnamed, quote};
use super::observed::Observations;
use super::reader::{Reader, Room};
use super::unread::set_aside;
use crate::base::error::{Error, Place, Result};
use crate::data::table::Table;

/// How long rows wait for others to be returned with, and at most.
const PATIENCE: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// What a value may be.
const VALUES: &str = "a number, a boolean, a text or null";

/// The objects of a file, one after another.
pub(super) struct Objects {
    lines: Lines,
    columns: Columns,
    keys: Keys,
    /// Keys beyond these columns that are passed over, since a model does not
    /// want them; `None` if all keys are known.
    unknown: Option<Unknown>,
    allowance: Allowance,
    /// For each column the last row in which it had a value, counted from 1.
    filled: Vec<usize>,
    row: usize,
    /// Whether the current line is a row that is yet to be added.
    more: bool,
    live: Option<Live>,
    begun: Instant,
    failed: Option<Error>,
}

/// What a key means that the first line did not have.
#[derive(Clone, Copy, PartialEq)]
enum Unknown {
    PassedOver,
    Refused,
}

/// Opens a file; `path` is its name, if it can be opened again.
pub(super) fn open(input: Input, path: Option<&str>, roles: &Roles) -> Result<Objects> {
    let origin = input.origin().to_string();
    let (again, input) = Again::of(input, path, roles)?;
    let live = input.arriving();
    let mut lines = Lines::new(
        &origin,
        BufReader::with_capacity(1 << 16, input.into_reader()),
    );
    let (keys, unknown) = match again {
        Again::Once => {
            let mut keys = Keys::default();
            if lines.advance()? {
                keys.add(&lines)?;
            }
            let unknown = keys.complete(roles);
            (keys, Some(unknown))
        }
        _ => {
            let mut keys = Keys::default();
            while lines.advance()? {
                match keys.add(&lines) {
                    // It is passed over where it is read.
                    Err(Error::Data { .. }) if roles.passes_over => {}
                    added => added?,
                }
            }
            let input = again.open()?.into_reader();
            lines = Lines::new(&origin, BufReader::with_capacity(1 << 16, input));
            lines.advance()?;
            (keys, None)
        }
    };
    if keys.names.is_empty() {
        return Err(Error::data(
            origin,
            Place::Whole,
            "no object with a key",
            "an object a line, whose keys are the columns",
            "check that the file was written to its end",
        ));
    }
    let mut headers = keys.names.clone();
    name_unnamed(&mut headers);
    let mut roles = roles.clone();
    let unread = match unknown {
        None => set_aside(&origin, keys.unread(&headers), headers.len(), &mut roles)?,
        // Those of later lines are refused where they are.
        Some(_) => Vec::new(),
    };
    let filled = vec![0; headers.len()];
    let mut columns = Columns::new(&origin, headers, true, &roles)?;
    columns.set_unread(unread);
    keys.set_tag_kinds(&mut columns);
    Ok(Objects {
        more: lines.has_row(),
        lines,
        columns,
        keys,
        unknown,
        allowance: Allowance::of(0),
        filled,
        row: 0,
        live,
        begun: Instant::now(),
        failed: None,
    })
}

impl Reader for Objects {
    fn total(&self) -> Option<usize> {
        None
    }

    fn observe(&mut self) -> Result<Option<Observations>> {
        /// Rows that are held at a time.
        const ROWS: usize = 4_096;
        let room = Room {
            rows: ROWS,
            ..Room::ENDLESS
        };
        while self.more || self.lines.is_open() {
            self.fill(room)?;
            self.columns.forget();
        }
        Ok(Some(self.columns.observations()))
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        loop {
            let filled = self.fill(room);
            if self.live.is_some() && room.is_part() && self.columns.rows() > 0 {
                // The rows before it are returned first.
                self.failed = filled.err();
            } else {
                filled?;
            }
            if !self.more && !self.lines.is_open() || !self.columns.is_mistaken() {
                return self.columns.part(room);
            }
            // The rest is read to report all mistakes at once.
            self.columns.forget();
        }
    }
}

impl Objects {
    /// Adds rows until the part is full or the file ends; or, of what comes in its
    /// own time, until the next row lets itself be waited for.
    fn fill(&mut self, room: Room) -> Result<()> {
        loop {
            if self.columns.is_full(room) {
                return Ok(());
            }
            if !self.more {
                if !self.lines.is_open() || self.would_wait(room)? {
                    return Ok(());
                }
                self.lines.limit(room.bytes);
                self.more = self.lines.advance()?;
                if !self.more {
                    return Ok(());
                }
            }
            let before = self.columns.rows();
            if before == 0 {
                self.begun = Instant::now();
            }
            self.more = false;
            if let Err(error) = self.add(room) {
                self.columns.pass_over(before, error, room)?;
                self.add_tags(before)?;
            }
        }
    }

    /// Adds the object of the current line as a row.
    fn add(&mut self, room: Room) -> Result<()> {
        let (columns, lines) = (&mut self.columns, &self.lines);
        let at = columns.rows();
        columns.add_rows(1, room)?;
        self.row += 1;
        self.allowance.add(lines.bytes() as u64);
        let mut count = 0;
        for (place, (key, value)) in lines.object()?.into_iter().enumerate() {
            let Some(column) = self.keys.column(&key, place) else {
                match self.unknown {
                    Some(Unknown::PassedOver) => continue,
                    _ => return Err(lines.unknown_key(&key)),
                }
            };
            if std::mem::replace(&mut self.filled[column], self.row) == self.row {
                return Err(lines.repeated_key(&key));
            }
            count += 1;
            set(columns, at, column, &value)?;
        }
        // A line may have few of many keys.
        let absent = self.filled.len() - count;
        let taken = self.allowance.take(absent as u64 * size_of::<f32>() as u64);
        taken.map_err(|found| lines.refuse(found, "rows that have most of the keys", ""))?;
        if absent > 0 {
            for (column, filled) in self.filled.iter().enumerate() {
                if *filled != self.row {
                    columns.missing(at, column, "")?;
                }
            }
        }
        columns.check_room(room)
    }

    /// Sets the label and the ids of an object whose other values cannot be used.
    fn add_tags(&mut self, row: usize) -> Result<()> {
        // What is no object has none.
        let Ok(object) = self.lines.object() else {
            return Ok(());
        };
        for (place, (key, value)) in object.into_iter().enumerate() {
            let column = self.keys.column(&key, place);
            if let Some(column) = column.filter(|&column| self.columns.is_tag(column)) {
                set(&mut self.columns, row, column, &value)?;
            }
        }
        Ok(())
    }

    /// Returns whether rows are there to be returned, and the next one would have
    /// to be waited for.
    fn would_wait(&self, room: Room) -> Result<bool> {
        let Some(live) = self.live.as_ref().filter(|_| room.is_part()) else {
            return Ok(false);
        };
        if self.columns.rows() == 0 || !self.lines.is_drained() {
            return Ok(false);
        }
        let patience = PATIENCE.min(LONGEST_WAIT.saturating_sub(self.begun.elapsed()));
        let ready = live.wait(patience);
        Ok(!ready.map_err(|e| Error::file(self.columns.origin(), "read", e))?)
    }
}

/// Sets a cell.
fn set(columns: &mut Columns, row: usize, column: usize, value: &Value) -> Result<()> {
    let keeps_text = columns.keeps_text(column);
    match value {
        Value::Text(text) => columns.keep(row, column, text),
        Value::Boolean(value) => columns.keep_number(row, column, value),
        Value::Number(number) => columns.keep_number(row, column, number),
        _ => {}
    }
    match value {
        Value::Null => columns.missing(row, column, ""),
        Value::Text(text) => columns.text(row, column, text),
        Value::Boolean(value) if keeps_text => columns.text(row, column, &value.to_string()),
        Value::Boolean(value) => columns.number(row, column, f64::from(u8::from(*value))),
        Value::Number(number) if keeps_text => columns.text(row, column, &number.to_string()),
        Value::Number(number) => {
            columns.number(row, column, number.as_f64().unwrap_or(f64::INFINITY))
        }
        // What cannot be read is not looked at either.
        Value::List | Value::Object if columns.ignores(column) || columns.observes() => Ok(()),
        Value::List | Value::Object => {
            let found = match value {
                Value::List => "a list",
                _ => "an object within the object",
            };
            let name = quote(columns.name(column));
            let hint = format!(
                "leave the column out: name {name} in data.ignore; or write its values as keys of their own"
            );
            Err(columns.refuse(row, column, found.into(), VALUES, hint))
        }
    }
}

#[cfg(test)]
mod tests;

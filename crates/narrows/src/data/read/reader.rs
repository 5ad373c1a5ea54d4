//! Defines what every format's reader does, and how much it may hold.

use super::observed::Observations;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::memory::shown;
use crate::data::source::CHUNK;
use crate::data::table::Table;

/// Limits on how much of a file may be in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Rows of a part.
    pub rows: usize,
    /// Bytes of a part's values and texts.
    pub bytes: usize,
}

impl Room {
    pub const ENDLESS: Room = Room {
        rows: usize::MAX,
        bytes: usize::MAX,
    };

    /// Returns whether `rows` rows of `bytes` bytes in all are enough for a
    /// part.
    pub fn is_full(&self, rows: usize, bytes: usize) -> bool {
        let early = self.is_part() && rows > 0 && rows.is_multiple_of(CHUNK);
        rows >= self.rows || early && bytes >= self.bytes / 2
    }

    /// Returns whether parts are wanted, rather than everything at once.
    pub fn is_part(&self) -> bool {
        self.rows < usize::MAX
    }

    /// Refuses more bytes than there is room for; `row` counts from 1.
    pub fn check(&self, origin: &str, row: usize, bytes: usize) -> Result<()> {
        if bytes <= self.bytes {
            return Ok(());
        }
        Err(Error::data(
            origin,
            Place::Row(row),
            format!("more than {} of rows to hold", shown(self.bytes)),
            "rows that fit into the memory they may take",
            Hint::from("allow more with ")
                .and(Remedy::AllowMemory)
                .and(", or take fewer rows"),
        ))
    }
}

/// A file of one format that is being read.
pub(super) trait Reader {
    /// Returns the number of rows if it is known in advance.
    fn total(&self) -> Option<usize>;

    /// Returns about how many bytes are held in addition to the current rows.
    fn holds(&self) -> usize {
        0
    }

    /// Looks at all cells, if the roles ask for it; `None` for a format whose
    /// cells are all numbers.
    fn observe(&mut self) -> Result<Option<Observations>> {
        Ok(None)
    }

    /// Returns the next rows; `None` at the end.
    fn next(&mut self, room: Room) -> Result<Option<Table>>;
}

/// Returns all rows that are left of a file as one table.
pub(super) fn whole(mut file: impl Reader, room: Room) -> Result<Table> {
    file.next(room)?.ok_or_else(|| {
        Error::usage(
            "no rows that are left to read",
            "at least one",
            "read a file from its start",
        )
    })
}

impl Reader for Box<dyn Reader> {
    fn total(&self) -> Option<usize> {
        (**self).total()
    }

    fn holds(&self) -> usize {
        (**self).holds()
    }

    fn observe(&mut self) -> Result<Option<Observations>> {
        (**self).observe()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        (**self).next(room)
    }
}

/// Returns the positions of a part's rows in their file; `None` if the part is
/// the whole file.
pub(super) fn places(room: Room, before: usize, rows: usize) -> Option<Vec<usize>> {
    room.is_part().then(|| (before..before + rows).collect())
}

/// Reader of a table in memory, as if it were a file.
pub(super) struct TableReader {
    table: Table,
    next: usize,
}

impl TableReader {
    pub fn new(table: Table) -> Self {
        TableReader { table, next: 0 }
    }
}

impl Reader for TableReader {
    fn total(&self) -> Option<usize> {
        Some(self.table.rows())
    }

    fn holds(&self) -> usize {
        self.table.memory()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        let rows = room.rows.min(self.table.rows() - self.next);
        if rows == 0 {
            return Ok(None);
        }
        if self.next == 0 && !room.is_part() {
            room.check(&self.table.origin, rows, self.table.memory())?;
            self.next = rows;
            return Ok(Some(self.table.clone()));
        }
        let places: Vec<usize> = (self.next..self.next + rows).collect();
        let mut part = self.table.select(&places);
        let place = |&row: &usize| self.table.number_of(row) - 1;
        part.places = Some(places.iter().map(place).collect());
        self.next += rows;
        Ok(Some(part))
    }
}

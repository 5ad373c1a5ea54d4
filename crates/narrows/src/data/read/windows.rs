//! Reads the windows of a series from a file of any format.

use super::reader::{Reader, Room};
use crate::base::error::Result;
use crate::data::table::Table;
use crate::data::windows::Cutter;
use crate::settings::Series;

/// A file whose rows become windows.
pub(super) struct WindowReader {
    rows: Box<dyn Reader>,
    cutter: Cutter,
    origin: String,
}

impl WindowReader {
    pub fn new(rows: Box<dyn Reader>, series: Series) -> Self {
        WindowReader {
            rows,
            cutter: Cutter::new(series),
            origin: String::new(),
        }
    }
}

impl Reader for WindowReader {
    fn total(&self) -> Option<usize> {
        self.rows.total()
    }

    fn holds(&self) -> usize {
        self.rows.holds() + self.cutter.holds()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        while let Some(rows) = self.rows.next(room)? {
            self.origin.clone_from(&rows.origin);
            let number = rows.number_of(rows.rows().saturating_sub(1));
            let Some(windows) = self.cutter.cut(rows, !room.is_part())? else {
                continue;
            };
            if !room.is_part() {
                room.check(&self.origin, number, windows.memory())?;
            }
            return Ok(Some(windows));
        }
        self.cutter.none_made(&self.origin).map_or(Ok(None), Err)
    }
}

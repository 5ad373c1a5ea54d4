//! Reads the rows of a file in parts.

use super::Roles;
use super::open::open;
use super::reader::{Reader, Room, TableReader, whole};
use super::windows::WindowReader;
use crate::base::error::Result;
use crate::data::scale::{Pixels, Scaler};
use crate::data::table::Table;

/// The most rows of a part, unless [`Parts::of_rows`] says otherwise.
const ROWS: usize = 10_000;

/// The rows of a file of any known format, part by part: tables of at most a
/// given number of rows each, in the file's order. Only the current part is in
/// memory.
///
/// A part holds what [`read`](super::read()) makes of the same rows, with these
/// differences: a category's texts are those of the part, and [`Table::number_of`]
/// gives the numbers of its rows in the file. Errors count rows from the
/// start of the file. If a file turns out to be damaged at its end, its earlier
/// parts have already been returned.
///
/// Also held in memory are: the members of labels and ids of an `.npz`, the
/// names of a folder's images, and all of an array in Fortran order, in which
/// no row is complete before the end.
///
/// ```no_run
/// use narrows::read::{Parts, Roles};
/// for part in Parts::open("large.csv", &Roles::default())?.of_rows(1_000) {
///     println!("{} more rows", part?.rows());
/// }
/// # Ok::<(), narrows::Error>(())
/// ```
pub struct Parts {
    file: Box<dyn Reader>,
    room: Room,
    /// The scaler of the model that the rows are for, and the pixel values seen
    /// so far.
    scaler: Option<(Scaler, Pixels)>,
    ended: bool,
}

impl Parts {
    /// Opens a path, or standard input for `-`, to be read in parts of at most
    /// 10,000 rows.
    ///
    /// # Errors
    /// Returns the errors of [`read`](super::read()) that show at the start of
    /// a file; the others come from the iterator, which then ends.
    pub fn open(source: &str, roles: &Roles) -> Result<Self> {
        let rows = open(source, roles)?;
        Ok(Self::of_file(match &roles.series {
            Some(series) => Box::new(WindowReader::new(rows, series.clone())),
            None => rows,
        }))
    }

    /// Splits a table that is already in memory into parts.
    pub fn of(table: Table) -> Self {
        Self::of_file(Box::new(TableReader::new(table)))
    }

    fn of_file(file: Box<dyn Reader>) -> Self {
        Parts {
            file,
            room: Room {
                rows: ROWS,
                ..Room::ENDLESS
            },
            scaler: None,
            ended: false,
        }
    }

    /// Sets how many rows a part has.
    pub fn of_rows(mut self, rows: usize) -> Self {
        self.room.rows = rows.clamp(1, usize::MAX - 1);
        self
    }

    /// Limits the bytes of a part's values and texts. Long texts end a part
    /// early, at a multiple of 256 rows; a part that would have fewer rows is
    /// refused.
    pub fn within(mut self, bytes: usize) -> Self {
        self.room.bytes = bytes;
        self
    }

    /// Adds a check at the end, for which all rows are needed: if the model of
    /// `scaler` was trained on pixels, the numbers must be pixels too.
    pub fn for_scaler(mut self, scaler: &Scaler) -> Self {
        self.scaler = Some((scaler.clone(), Pixels::default()));
        self
    }

    /// Reads all rows that are left as one table, which takes at most the bytes
    /// of [`Parts::within`].
    ///
    /// # Errors
    /// As [`read`](super::read()); [`Error::Data`](crate::Error::Data) if the
    /// rows take more bytes: they are refused before they are held;
    /// [`Error::Usage`](crate::Error::Usage) if no rows are left.
    pub fn whole(self) -> Result<Table> {
        let room = Room {
            rows: usize::MAX,
            ..self.room
        };
        let table = whole(self.file, room)?;
        if let Some((scaler, mut pixels)) = self.scaler {
            pixels.add(&scaler, &table);
            pixels.check()?;
        }
        Ok(table)
    }

    /// Returns about how many bytes are held in addition to the part.
    pub fn holds(&self) -> usize {
        self.file.holds()
    }

    /// Returns the total number of rows if the file gives it at its start.
    pub fn total(&self) -> Option<usize> {
        self.file.total()
    }
}

impl Iterator for Parts {
    type Item = Result<Table>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let part = self.file.next(self.room).transpose();
        let part = match (part, &mut self.scaler) {
            (Some(Ok(part)), Some((scaler, pixels))) => {
                pixels.add(scaler, &part);
                Some(Ok(part))
            }
            (None, Some((_, pixels))) => pixels.check().err().map(Err),
            (part, _) => part,
        };
        self.ended = !matches!(part, Some(Ok(_)));
        part
    }
}

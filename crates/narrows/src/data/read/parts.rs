//! The rows of a file, some at a time.

use super::Roles;
use super::open::open;
use super::reader::{Held, Reader, Room};
use crate::base::error::Result;
use crate::data::scale::{Pixels, Scaler};
use crate::data::table::Table;

/// The rows of a file of any known format, part by part: tables of at most so
/// many rows each, in the file's order. Only the part at hand is in memory.
///
/// What a part holds is what [`read`](super::read()) makes of the same rows,
/// with these differences: the texts of a category are those of the part, and
/// [`Table::places`] tells where its rows are in the file. Errors name rows as
/// they are counted from the start of the file. A file that is found to be
/// damaged at its end has given its other parts by then.
///
/// Held in memory are besides: the members of labels and ids of an `.npz`, the
/// names of a folder's images, and all of an array in Fortran's order, in which
/// no row is complete before the end.
///
/// ```no_run
/// use narrows::read::{Parts, Roles};
/// for part in Parts::open("large.csv", &Roles::default(), 10_000)? {
///     println!("{} more rows", part?.rows());
/// }
/// # Ok::<(), narrows::Error>(())
/// ```
pub struct Parts {
    file: Box<dyn Reader>,
    room: Room,
    /// The scaler of the model that the rows are for, and what they have shown so far.
    scaler: Option<(Scaler, Pixels)>,
    ended: bool,
}

impl Parts {
    /// Opens a path, or standard input for `-`, to be read in parts of at most
    /// `rows` rows.
    ///
    /// # Errors
    /// Those of [`read`](super::read()) that show at the start of a file; the
    /// others come from the iterator, which then ends.
    pub fn open(source: &str, roles: &Roles, rows: usize) -> Result<Self> {
        Ok(Self::of_file(open(source, roles)?, rows))
    }

    /// The rows of a table that is in memory already, part by part.
    pub fn of(table: Table, rows: usize) -> Self {
        Self::of_file(Box::new(Held::new(table)), rows)
    }

    fn of_file(file: Box<dyn Reader>, rows: usize) -> Self {
        Parts {
            file,
            room: Room {
                rows: rows.clamp(1, usize::MAX - 1),
                ..Room::ENDLESS
            },
            scaler: None,
            ended: false,
        }
    }

    /// Changes how many rows a part has.
    pub fn of_rows(mut self, rows: usize) -> Self {
        self.room.rows = rows.clamp(1, usize::MAX - 1);
        self
    }

    /// Has the values and texts of a part take at most so many bytes. Long
    /// texts end a part early, at a multiple of 256 rows; a part of fewer is
    /// refused.
    pub fn within(mut self, bytes: usize) -> Self {
        self.room.bytes = bytes;
        self
    }

    /// Also checks, at the end, what only all rows together tell of whether
    /// they fit a model's scaler: that numbers are pixels where the model was
    /// trained on pixels.
    pub fn for_scaler(mut self, scaler: &Scaler) -> Self {
        self.scaler = Some((scaler.clone(), Pixels::default()));
        self
    }

    /// About as many bytes as are held beside the part.
    pub fn holds(&self) -> usize {
        self.file.holds()
    }

    /// How many rows there will be, where the file tells at its start.
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

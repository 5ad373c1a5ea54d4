//! The rows of a file, some at a time.

use std::path::Path;

use super::input::Input;
use super::{Format, Roles, csv, idx, images, npy, npz, parquet, sniff};
use crate::error::{Error, Place, Result};
use crate::memory::shown;
use crate::model::Model;
use crate::scale::{Pixels, Scaler};
use crate::table::Table;

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
    /// The model that the rows are for, and what they have shown so far.
    scaler: Option<(Scaler, Pixels)>,
    ended: bool,
}

/// Rows of a model's chunk; parts that end early have a multiple of it.
const CHUNK: usize = crate::bulk::CHUNK;

/// How much of a file may be in memory.
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

    /// Whether so many rows of so many bytes are enough for a part.
    pub fn is_full(&self, rows: usize, bytes: usize) -> bool {
        let early = self.is_part() && rows > 0 && rows.is_multiple_of(CHUNK);
        rows >= self.rows || early && bytes >= self.bytes / 2
    }

    /// Whether parts are asked for, rather than everything at once.
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
            "allow more with --memory, or take fewer rows",
        ))
    }
}

/// A file of one format that is being read.
pub(super) trait Reader {
    /// How many rows there are, where that is known beforehand.
    fn total(&self) -> Option<usize>;

    /// About as many bytes as are held beside the rows at hand.
    fn holds(&self) -> usize {
        0
    }

    /// The next rows; none at the end.
    fn next(&mut self, room: Room) -> Result<Option<Table>>;
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
    /// they fit a model: that numbers are pixels where it was trained on
    /// pixels.
    pub fn for_model(mut self, model: &Model) -> Self {
        self.scaler = Some((model.scaler.clone(), Pixels::default()));
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

/// Opens a file by its name, or by its first bytes.
pub(super) fn open(source: &str, roles: &Roles) -> Result<Box<dyn Reader>> {
    if source == "-" {
        let input = Input::standard()?;
        return open_as(sniff(&input)?, input, roles);
    }
    let path = Path::new(source);
    if path.is_dir() {
        return Ok(Box::new(images::folder(source, roles)?));
    }
    if images::is_image(path) {
        return Ok(Box::new(images::single(source, roles)?));
    }
    let input = Input::open(source)?;
    let format = match Format::of(source) {
        Some(format) => format,
        None => sniff(&input)?,
    };
    open_as(format, input, roles)
}

fn open_as(format: Format, input: Input, roles: &Roles) -> Result<Box<dyn Reader>> {
    if input.head().is_empty() {
        return Err(Error::data(
            input.origin(),
            Place::Whole,
            "an empty file",
            "at least one row",
            "check that the file was written to its end",
        ));
    }
    Ok(match format {
        Format::Csv { tabs } => Box::new(csv::open(input, tabs, roles)?),
        Format::Npy => Box::new(npy::open(input, roles)?),
        Format::Npz => Box::new(npz::open(input, roles)?),
        Format::Idx => Box::new(idx::open(input, roles)?),
        Format::Parquet => Box::new(parquet::open(input, roles)?),
    })
}

/// All rows of a file as one table.
pub(super) fn whole(mut file: impl Reader, room: Room) -> Result<Table> {
    match file.next(room)? {
        Some(table) => Ok(table),
        None => unreachable!("a file without rows is refused"),
    }
}

impl Reader for Box<dyn Reader> {
    fn total(&self) -> Option<usize> {
        (**self).total()
    }

    fn holds(&self) -> usize {
        (**self).holds()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        (**self).next(room)
    }
}

/// The places of a part's rows in their file; none where it is all of the file.
pub(super) fn places(room: Room, before: usize, rows: usize) -> Option<Vec<usize>> {
    room.is_part().then(|| (before..before + rows).collect())
}

/// A table as if it were a file.
pub(super) struct Held {
    table: Table,
    next: usize,
}

impl Held {
    pub fn new(table: Table) -> Self {
        Held { table, next: 0 }
    }
}

impl Reader for Held {
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
        let places: Vec<usize> = (self.next..self.next + rows).collect();
        let mut part = self.table.select(&places);
        let place = |&row: &usize| self.table.number_of(row) - 1;
        part.places = Some(places.iter().map(place).collect());
        self.next += rows;
        Ok(Some(part))
    }
}

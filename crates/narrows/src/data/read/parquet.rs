//! Reads Parquet files of flat columns.

mod batch;
mod guard;
mod leaves;
mod pages;
mod shapes;
mod thrift;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::column::reader::{ColumnReader, get_column_reader};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::reader::{FileReader, Length, SerializedFileReader};

use self::batch::Batch;
use self::leaves::{Leaf, leaves};
use self::pages::Pages;
use super::allowance::Allowance;
use super::columns::Columns;
use super::input::Input;
use super::observed::Observations;
use super::reader::{Reader, Room};
use super::typed_columns::name_all;
use super::{Roles, typed_columns};
use crate::base::error::{Error, Place, Result, one_line};
use crate::base::note::Note;
use crate::data::table::Table;

/// Rows read from a file at a time.
const BATCH: usize = 4096;

/// Bytes of a page and of its column's dictionary, as most programs write them.
const PAGE: usize = 2 << 20;

/// A file whose row groups are read batch by batch.
pub(super) struct Groups {
    origin: String,
    reader: SerializedFileReader<File>,
    /// Another handle of the file, to check its pages before they are unpacked.
    file: File,
    /// What remains of the file's bytes, and of what they may unpack to.
    packed: u64,
    allowance: Allowance,
    columns: Columns,
    /// What was inferred, until it is told with the first rows.
    notes: Vec<Note>,
    leaves: Vec<Leaf>,
    /// The columns of the current group, how many of its rows are read at a
    /// time, and the number of the next group.
    open: Vec<ColumnReader>,
    batch: usize,
    next: usize,
}

pub(super) fn open(input: Input, roles: &Roles) -> Result<Groups> {
    let origin = input.origin().to_string();
    let (file, packed) = input.into_file()?;
    guarded(&origin, || open_file(&origin, file, packed, roles))
}

/// Turns panics into errors: the decoders assert what a damaged file may break.
fn guarded<T>(origin: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let result = catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(damaged(origin, "its parts contradict each other")))
}

fn open_file(origin: &str, file: File, packed: u64, roles: &Roles) -> Result<Groups> {
    guard::check_footer(&file).map_err(|found| damaged(origin, found))?;
    let own = file.try_clone();
    let own = own.map_err(|e| Error::file(origin, "read", e))?;
    let reader = SerializedFileReader::new(file).map_err(|error| undecoded(origin, error))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let fields = schema.root_schema().get_fields();
    let mut headers: Vec<String> = fields.iter().map(|field| field.name().into()).collect();
    let mut notes = Vec::new();
    name_all(&mut headers, &mut notes);
    let unread = leaves::unread(schema, &headers);
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let mut entries = metadata.into_iter().flatten();
    let pandas = entries.find(|entry| entry.key == "pandas");
    let pandas = pandas.and_then(|entry| entry.value.as_deref());
    let mut columns = typed_columns::columns(origin, headers, unread, pandas, roles, &mut notes)?;
    let leaves = leaves(origin, schema, &mut columns)?;
    Ok(Groups {
        origin: origin.into(),
        reader,
        packed: own.len(),
        file: own,
        allowance: Allowance::of(packed),
        columns,
        notes,
        leaves,
        open: Vec::new(),
        batch: BATCH,
        next: 0,
    })
}

impl Reader for Groups {
    fn total(&self) -> Option<usize> {
        let rows = self.reader.metadata().file_metadata().num_rows();
        usize::try_from(rows).ok()
    }

    fn holds(&self) -> usize {
        let metadata = self.reader.metadata();
        // For each column: a page, packed and unpacked, and a dictionary.
        let of_group = |group: &RowGroupMetaData| {
            let of = |leaf: &Leaf| {
                let bytes = group.column(leaf.index).uncompressed_size();
                2 * usize::try_from(bytes).unwrap_or(0).min(PAGE)
            };
            self.leaves.iter().map(of).sum::<usize>()
        };
        let groups = metadata.row_groups().iter();
        groups.map(of_group).max().unwrap_or(0) + metadata.memory_size()
    }

    fn observe(&mut self) -> Result<Option<Observations>> {
        let origin = self.origin.clone();
        guarded(&origin, || {
            while self.add_batch(Room::ENDLESS)? || self.open_group()? {
                self.columns.forget();
            }
            Ok(Some(self.columns.observations()))
        })
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        let origin = self.origin.clone();
        guarded(&origin, || self.next_rows(room))
    }
}

impl Groups {
    fn next_rows(&mut self, room: Room) -> Result<Option<Table>> {
        loop {
            let mut more = true;
            while more && !self.columns.is_full(room) {
                more = self.add_batch(room)? || self.open_group()?;
            }
            if !more || !self.columns.is_mistaken() {
                let part = self.columns.part(room)?;
                return Ok(part.map(|mut table| {
                    table.notes.splice(0..0, self.notes.drain(..));
                    table
                }));
            }
            // The rest is read to report all mistakes at once.
            self.columns.forget();
        }
    }

    /// Moves to the next group; returns `false` if there is none.
    fn open_group(&mut self) -> Result<bool> {
        if self.next == self.reader.num_row_groups() {
            return Ok(false);
        }
        let broken = |error: ParquetError| undecoded(&self.origin, error);
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let group = self.reader.get_row_group(self.next).map_err(broken)?;
        self.open.clear();
        self.batch = BATCH;
        for leaf in &self.leaves {
            let chunk = group.metadata().column(leaf.index);
            let few = guard::check_pages(&self.file, chunk, &mut self.packed, &mut self.allowance);
            let few = few.map_err(|found| damaged(&self.origin, found))?;
            self.batch = self.batch.min(few).max(1);
            let descriptor = schema.column(leaf.index);
            let pages = Pages {
                inner: group.get_column_page_reader(leaf.index).map_err(broken)?,
                physical: descriptor.physical_type(),
                levels: descriptor.max_def_level() > 0,
            };
            self.open
                .push(get_column_reader(descriptor, Box::new(pages)));
        }
        self.next += 1;
        Ok(true)
    }

    /// Adds the next rows of the current group; returns `false` if none are
    /// left.
    fn add_batch(&mut self, room: Room) -> Result<bool> {
        // At most up to where a part may end.
        let start = self.columns.rows();
        let most = BATCH - start % BATCH;
        let most = most.min(room.rows - start).min(self.batch);
        let mut count = None;
        for (leaf, reader) in self.leaves.iter().zip(&mut self.open) {
            let mut batch = Batch {
                origin: &self.origin,
                allowance: &mut self.allowance,
                leaf,
                start,
                count,
                columns: &mut self.columns,
                most,
                room,
            };
            count = Some(batch.add_from(reader)?);
        }
        Ok(count.is_some_and(|count| count > 0))
    }
}

fn undecoded(origin: &str, error: ParquetError) -> Error {
    damaged(origin, &error).caused_by(error)
}

fn damaged(origin: &str, reason: impl std::fmt::Display) -> Error {
    Error::data(
        origin,
        Place::Whole,
        format!(
            "what is no Parquet file, or a damaged one ({})",
            one_line(reason)
        ),
        "a Parquet file",
        "the file is damaged or of another kind; copy or save it again",
    )
}

#[cfg(test)]
mod tests;

//! Reads Arrow's files (Feather) and streams, of flat columns.

mod batch;
mod messages;
mod types;

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;

use self::messages::Messages;
use self::types::{Leaf, leaves};
use super::Roles;
use super::allowance::Allowance;
use super::columns::Columns;
use super::input::Input;
use super::observed::Observations;
use super::other_kinds::other_file;
use super::reader::{Reader, Room};
use super::typed_columns::{self, name_all};
use crate::base::error::{Error, Place, Result, one_line};
use crate::base::note::Note;
use crate::data::table::Table;

/// What a file should be.
const EXPECTED: &str = "an Arrow or Feather file";
/// The most rows that are added at a time.
const ROWS: usize = 4096;

/// Returns whether the first bytes are those of a file or a stream of Arrow.
pub(super) fn is_magic(head: &[u8]) -> bool {
    messages::is_file(head) || messages::is_stream(head)
}

/// A file or a stream whose record batches are read one after another.
pub(super) struct Batches {
    origin: String,
    messages: Messages,
    /// What remains of what the bytes may unpack to.
    allowance: Allowance,
    columns: Columns,
    leaves: Vec<Leaf>,
    /// The places of these columns in the file.
    read: Vec<usize>,
    /// What was inferred, until it is told with the first rows.
    notes: Vec<Note>,
    /// The current batch, and how many of its rows were added.
    batch: Option<RecordBatch>,
    added: usize,
}

pub(super) fn open(input: Input, roles: &Roles) -> Result<Batches> {
    let origin = input.origin().to_string();
    guarded(&origin, || open_messages(&origin, input, roles))
}

/// Turns panics into errors: the decoders assert what a damaged file may break.
fn guarded<T>(origin: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let result = catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(damaged(origin, "its parts contradict each other")))
}

fn open_messages(origin: &str, input: Input, roles: &Roles) -> Result<Batches> {
    if !is_magic(input.head()) {
        let other = other_file(input.head());
        let (found, hint) = other.unwrap_or((
            "bytes of another kind",
            "name the file as what it is, or save it again",
        ));
        let place = Place::Whole;
        return Err(Error::data(origin, place, found, EXPECTED, hint));
    }
    let mut allowance = Allowance::of(0);
    let mut messages = Messages::new(input);
    let schema = messages.schema(&mut allowance);
    let schema = schema.map_err(|reason| damaged(origin, reason))?;
    let mut headers: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let mut notes = Vec::new();
    name_all(&mut headers, &mut notes);
    let unread = types::unread(&schema, &headers);
    let pandas = schema.metadata().get("pandas").map(String::as_str);
    let mut columns = typed_columns::columns(origin, headers, unread, pandas, roles, &mut notes)?;
    let leaves = leaves(origin, &schema, &mut columns)?;
    Ok(Batches {
        origin: origin.into(),
        messages,
        allowance,
        columns,
        read: leaves.iter().map(|leaf| leaf.index).collect(),
        leaves,
        notes,
        batch: None,
        added: 0,
    })
}

impl Reader for Batches {
    fn total(&self) -> Option<usize> {
        None
    }

    fn observe(&mut self) -> Result<Option<Observations>> {
        let origin = self.origin.clone();
        guarded(&origin, || {
            while self.add_rows(Room::ENDLESS)? {
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

impl Batches {
    fn next_rows(&mut self, room: Room) -> Result<Option<Table>> {
        loop {
            let mut more = true;
            while more && !self.columns.is_full(room) {
                more = self.add_rows(room)?;
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

    /// Adds the next rows; returns `false` at the end.
    fn add_rows(&mut self, room: Room) -> Result<bool> {
        let left = |batch: &RecordBatch| batch.num_rows() - self.added;
        if self.batch.as_ref().is_none_or(|batch| left(batch) == 0) {
            // The former one is freed first.
            self.batch = None;
            self.added = 0;
            let row = self.columns.number_of(self.columns.rows());
            let limit = |bytes| room.check(&self.origin, row, bytes);
            self.batch = self
                .messages
                .batch(&mut self.allowance, limit, &self.read)
                .map_err(|e| match e {
                    messages::Stop::Damaged(reason) => damaged(&self.origin, reason),
                    messages::Stop::Refused(error) => error,
                })?;
            return Ok(self.batch.is_some());
        }
        let Some(batch) = &self.batch else {
            return Ok(false);
        };
        let start = self.columns.rows();
        // At most up to where a part may end.
        let count = left(batch).min(ROWS - start % ROWS).min(room.rows - start);
        // What has no values at all may still have any number of rows.
        let bytes = count as u64 * 4 * (1 + self.leaves.len() as u64);
        let taken = self.allowance.take(bytes);
        taken.map_err(|found| damaged(&self.origin, found))?;
        self.columns.add_rows(count, room)?;
        for (at, leaf) in self.leaves.iter().enumerate() {
            let array = batch.column(at).slice(self.added, count);
            batch::Cells {
                origin: &self.origin,
                columns: &mut self.columns,
                allowance: &mut self.allowance,
                column: leaf.column,
                start,
                room,
            }
            .add(&array)?;
        }
        self.added += count;
        Ok(true)
    }
}

fn damaged(origin: &str, reason: impl std::fmt::Display) -> Error {
    Error::data(
        origin,
        Place::Whole,
        format!(
            "what is no Arrow file or stream, or a damaged one ({})",
            one_line(reason)
        ),
        EXPECTED,
        "the file is damaged or of another kind; copy or save it again",
    )
}

#[cfg(test)]
mod tests;

//! Reads Parquet files of flat columns.

mod guard;
mod pages;
mod shapes;
mod thrift;

use std::collections::HashSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::reader::{FileReader, Length, SerializedFileReader};
use ::parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::allowance::Allowance;
use super::columns::Columns;
use super::input::Input;
use super::reader::{Reader, Room};
use super::{Roles, names};
use crate::base::error::{Error, Place, Result, one_line};
use crate::data::table::{Table, TagKind};
use half::f16;
use pages::Pages;

/// Rows read from a file at a time.
const BATCH: usize = 4096;

/// Bytes of a page and of its column's dictionary, as most programs write them.
const PAGE: usize = 2 << 20;

/// The row numbers that pandas writes as if they were data.
const PANDAS_INDEX: &str = "__index_level_0__";

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
    let headers: Vec<String> = fields.iter().map(|field| field.name().into()).collect();
    let mut roles = roles.clone();
    let unread = set_aside(origin, schema, &headers, &mut roles)?;
    let index_has_role = names::named_in(&roles).any(|(_, name)| name == PANDAS_INDEX);
    if !index_has_role && headers.iter().any(|name| name == PANDAS_INDEX) {
        roles.ignore.push(PANDAS_INDEX.into());
    }
    let mut columns = Columns::new(origin, headers, true, &roles)?;
    columns.set_unread(unread);
    let leaves = leaves(origin, schema, &mut columns)?;
    Ok(Groups {
        origin: origin.into(),
        reader,
        packed: own.len(),
        file: own,
        allowance: Allowance::of(packed),
        columns,
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
                return self.columns.part(room);
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

/// A column that is read: its index in the file and among the names.
struct Leaf {
    index: usize,
    column: usize,
    meaning: Meaning,
}

/// What the stored values stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    Number,
    Unsigned,
    /// A float of 16 bits.
    Half,
    /// An integer, to be divided by this power of ten.
    Decimal(i32),
    Text,
}

/// Adds the columns that cannot be read to those that are ignored, unless a role
/// or a model needs them. Returns them, each with what it holds.
fn set_aside(
    origin: &str,
    schema: &SchemaDescriptor,
    headers: &[String],
    roles: &mut Roles,
) -> Result<Vec<(String, String)>> {
    let mut unread: Vec<(String, String)> = Vec::new();
    let named = names::named_in(roles).map(|(_, name)| name);
    let needed: HashSet<&String> = named.chain(roles.only.iter().flatten()).collect();
    for index in 0..schema.num_columns() {
        let name = &headers[schema.get_column_root_idx(index)];
        if needed.contains(name) || unread.last().is_some_and(|(known, _)| known == name) {
            continue;
        }
        if let Err(holds) = meaning_of(schema, index) {
            unread.push((name.clone(), holds.into()));
        }
    }
    if !unread.is_empty() && unread.len() == headers.len() {
        let holds: Vec<String> = unread
            .iter()
            .map(|(name, holds)| format!("{holds} in '{name}'"))
            .collect();
        return Err(Error::data(
            origin,
            Place::Whole,
            format!("only {}", holds.join(", ")),
            "a column of numbers, booleans or text",
            "store them as numbers, dates as days or seconds",
        ));
    }
    roles
        .ignore
        .extend(unread.iter().map(|(name, _)| name.clone()));
    Ok(unread)
}

/// Returns the columns to read; all must be flat and of a known type.
fn leaves(origin: &str, schema: &SchemaDescriptor, columns: &mut Columns) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    for index in 0..schema.num_columns() {
        let column = schema.get_column_root_idx(index);
        if columns.ignores(column) {
            continue;
        }
        let meaning = meaning_of(schema, index).map_err(|found| {
            Error::data(
                origin,
                Place::Column(columns.name(column).into()),
                found,
                "a column of numbers, booleans or text",
                "name the column in data.ignore, or store it as numbers",
            )
        })?;
        columns.set_tag_kind(
            column,
            tag_kind(meaning, schema.column(index).physical_type()),
        );
        leaves.push(Leaf {
            index,
            column,
            meaning,
        });
    }
    Ok(leaves)
}

/// Returns what the values of a column are as labels or ids.
fn tag_kind(meaning: Meaning, physical: Physical) -> TagKind {
    match (meaning, physical) {
        (Meaning::Number, Physical::BOOLEAN) => TagKind::Boolean,
        (Meaning::Number | Meaning::Half, Physical::FLOAT | Physical::DOUBLE)
        | (Meaning::Half, _)
        | (Meaning::Decimal(_), _) => TagKind::Number,
        // Without a sign, 64 bits may hold more.
        (Meaning::Unsigned, Physical::INT64) => TagKind::Text,
        (Meaning::Number | Meaning::Unsigned, _) => TagKind::Integer,
        (Meaning::Text, _) => TagKind::Text,
    }
}

/// Returns what a column's values stand for, or else what it holds.
fn meaning_of(
    schema: &SchemaDescriptor,
    index: usize,
) -> std::result::Result<Meaning, &'static str> {
    let descriptor = schema.column(index);
    let root = schema.get_column_root(index);
    if !root.is_group() && descriptor.max_rep_level() == 0 {
        return meaning(&descriptor);
    }
    let info = root.get_basic_info();
    Err(match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::List), _) | (_, ConvertedType::LIST) => "lists",
        (Some(LogicalType::Map), _) | (_, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            "maps"
        }
        _ if descriptor.max_rep_level() > 0 => "lists",
        _ => "structs",
    })
}

fn meaning(column: &ColumnDescriptor) -> std::result::Result<Meaning, &'static str> {
    let logical = column.logical_type_ref();
    let converted = column.converted_type();
    if matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL {
        return Ok(Meaning::Decimal(column.type_scale()));
    }
    match (logical, converted) {
        (Some(LogicalType::Date), _) | (_, ConvertedType::DATE) => return Err("dates"),
        (Some(LogicalType::Time(_)), _)
        | (_, ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS) => return Err("times"),
        (Some(LogicalType::Timestamp(_)), _)
        | (_, ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS) => {
            return Err("dates and times");
        }
        (_, ConvertedType::INTERVAL) => return Err("spans of time"),
        (Some(LogicalType::Float16), _) => return Ok(Meaning::Half),
        (Some(LogicalType::Uuid), _) => return Err("UUIDs"),
        _ => {}
    }
    match column.physical_type() {
        Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE => Ok(Meaning::Number),
        Physical::INT32 | Physical::INT64 => match (logical, converted) {
            (Some(LogicalType::Integer(kind)), _) if !kind.is_signed => Ok(Meaning::Unsigned),
            (
                _,
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64,
            ) => Ok(Meaning::Unsigned),
            _ => Ok(Meaning::Number),
        },
        Physical::INT96 => Err("dates and times"),
        Physical::BYTE_ARRAY => Ok(Meaning::Text),
        Physical::FIXED_LEN_BYTE_ARRAY => Err("bytes"),
    }
}

/// The next rows of one column.
struct Batch<'a> {
    origin: &'a str,
    allowance: &'a mut Allowance,
    leaf: &'a Leaf,
    /// The first row.
    start: usize,
    /// The number of rows, once the first column has determined it.
    count: Option<usize>,
    columns: &'a mut Columns,
    /// The most rows to read.
    most: usize,
    room: Room,
}

impl Batch<'_> {
    /// Reads the values of a column of any type; returns the number of rows.
    fn add_from(&mut self, reader: &mut ColumnReader) -> Result<usize> {
        let unsigned = self.leaf.meaning == Meaning::Unsigned;
        let scale = match self.leaf.meaning {
            Meaning::Decimal(scale) => scale,
            _ => 0,
        };
        use ColumnReader::*;
        match reader {
            BoolColumnReader(r) => self.add(r, |b, row, &v| b.number(row, u8::from(v).into(), v)),
            FloatColumnReader(r) => self.add(r, |b, row, &v| b.number(row, v.into(), v)),
            DoubleColumnReader(r) => self.add(r, |b, row, &v| b.number(row, v, v)),
            Int32ColumnReader(r) => self.add(r, |b, row, &v| match unsigned {
                true => b.integer(row, (v as u32).into(), scale),
                false => b.integer(row, v.into(), scale),
            }),
            Int64ColumnReader(r) => self.add(r, |b, row, &v| match unsigned {
                true => b.integer(row, (v as u64).into(), scale),
                false => b.integer(row, v.into(), scale),
            }),
            ByteArrayColumnReader(r) => self.add(r, |b, row, v| b.bytes(row, v.data())),
            FixedLenByteArrayColumnReader(r) => self.add(r, |b, row, v| b.bytes(row, v.data())),
            Int96ColumnReader(_) => Err(damaged(self.origin, "a column changes its type")),
        }
    }

    /// Reads the values and passes each, with its row, to `set`; returns the
    /// number of rows.
    fn add<T: DataType>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        set: impl Fn(&mut Self, usize, &T::T) -> Result<()>,
    ) -> Result<usize> {
        let mut levels = Vec::new();
        let mut values = Vec::new();
        let (count, _, _) = reader
            .read_records(self.most, Some(&mut levels), None, &mut values)
            .map_err(|error| undecoded(self.origin, error))?;
        if self.count.is_some_and(|expected| expected != count) {
            return Err(damaged(self.origin, "its columns are not of one length"));
        }
        if self.count.is_none() {
            self.columns.add_rows(count, self.room)?;
        }
        let mut values = values.iter();
        for row in 0..count {
            // A column that cannot be null has no levels.
            let null = levels.get(row) == Some(&0);
            let row = self.start + row;
            match values.as_slice().first() {
                _ if null => self.columns.missing(row, self.leaf.column, "")?,
                Some(value) => set(self, row, value)?,
                None => return Err(damaged(self.origin, "values are missing")),
            }
            if !null {
                values.next();
            }
        }
        Ok(count)
    }

    /// Sets a number; `text` is how it reads as a label or an id.
    fn number(&mut self, row: usize, value: f64, text: impl ToString) -> Result<()> {
        let column = self.leaf.column;
        match self.columns.keeps_text(column) {
            true => self.columns.text(row, column, &text.to_string()),
            false => self.columns.number(row, column, value),
        }
    }

    fn integer(&mut self, row: usize, value: i128, scale: i32) -> Result<()> {
        match scale {
            0 => self.number(row, value as f64, value),
            _ => {
                let value = value as f64 / 10f64.powi(scale);
                self.number(row, value, value)
            }
        }
    }

    fn bytes(&mut self, row: usize, bytes: &[u8]) -> Result<()> {
        // One text of a dictionary may occur in every row.
        let taken = self.allowance.take(bytes.len() as u64);
        taken.map_err(|found| damaged(self.origin, found))?;
        if self.leaf.meaning == Meaning::Half {
            return match bytes.try_into() {
                Ok(bytes) => {
                    let value = f16::from_le_bytes(bytes);
                    self.number(row, value.into(), value)
                }
                Err(_) => Err(damaged(self.origin, "a half float is not of two bytes")),
            };
        }
        if let Meaning::Decimal(scale) = self.leaf.meaning {
            return match big_endian(bytes) {
                Some(value) => self.integer(row, value, scale),
                None => Err(damaged(self.origin, "a decimal has no digits, or too many")),
            };
        }
        let column = self.leaf.column;
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.columns.text(row, column, text)?;
                // Checked at each text, before many long texts are held.
                self.columns.check_room(self.room)
            }
            // As text they can be shown, counted and left out like other texts.
            Err(_) if !self.columns.keeps_text(column) => {
                let text = bytes.escape_ascii().to_string();
                self.columns.text(row, column, &text)?;
                self.columns.check_room(self.room)
            }
            Err(_) => {
                let hint = "name the column in data.ignore";
                let found = "bytes that are no text".into();
                Err(self.columns.refuse(row, column, found, "UTF-8 text", hint))
            }
        }
    }
}

/// Parses a big-endian signed integer of 1 to 16 bytes.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    if bytes.len() > 16 {
        return None;
    }
    let sign = if first >= 0x80 { -1 } else { 0 };
    Some(
        bytes
            .iter()
            .fold(sign, |value, &byte| value << 8 | i128::from(byte)),
    )
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

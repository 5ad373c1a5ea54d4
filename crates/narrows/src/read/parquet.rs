//! Parquet files of flat columns.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::columns::Columns;
use super::input::Input;
use super::{Roles, names};
use crate::error::{Error, Place, Result, one_line};
use crate::table::Table;

/// Rows taken from a file at a time.
const BATCH: usize = 4096;

/// The row numbers that pandas writes as if they were data.
const PANDAS_INDEX: &str = "__index_level_0__";

pub(super) fn read(input: Input, roles: &Roles) -> Result<Table> {
    let origin = input.origin().to_string();
    let file = input.into_file()?;
    // The decoders assert what a damaged file may break.
    let result = catch_unwind(AssertUnwindSafe(|| read_file(&origin, file, roles)));
    result.unwrap_or_else(|_| Err(damaged(&origin, "its parts contradict each other")))
}

fn read_file(origin: &str, file: File, roles: &Roles) -> Result<Table> {
    let broken = |error: ParquetError| damaged(origin, error);
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let fields = schema.root_schema().get_fields();
    let headers: Vec<String> = fields.iter().map(|field| field.name().into()).collect();
    let mut roles = roles.clone();
    let index_has_role = names::named_in(&roles).any(|(_, name)| name == PANDAS_INDEX);
    if !index_has_role && headers.iter().any(|name| name == PANDAS_INDEX) {
        roles.ignore.push(PANDAS_INDEX.into());
    }
    let mut columns = Columns::new(origin, headers, true, &roles)?;
    let leaves = leaves(origin, schema, &columns)?;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(broken)?;
        let mut readers = Vec::new();
        for leaf in &leaves {
            readers.push(group.get_column_reader(leaf.index).map_err(broken)?);
        }
        while add_batch(origin, &leaves, &mut readers, &mut columns)? {}
    }
    columns.finish()
}

/// A column that is read: its place in the file and among the names.
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
    /// An integer, to be divided by this power of ten.
    Decimal(i32),
    Text,
}

/// The columns to read, all of which must be flat and of a known type.
fn leaves(origin: &str, schema: &SchemaDescriptor, columns: &Columns) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    for index in 0..schema.num_columns() {
        let column = schema.get_column_root_idx(index);
        let descriptor = schema.column(index);
        if columns.ignores(column) {
            continue;
        }
        let nested = schema.get_column_root(index).is_group() || descriptor.max_rep_level() > 0;
        let meaning = match nested {
            true => Err("a nested column"),
            false => meaning(&descriptor),
        };
        let meaning = meaning.map_err(|found| {
            Error::data(
                origin,
                Place::Column(columns.name(column).into()),
                found,
                "a column of numbers, booleans or text",
                "name the column in data.ignore, or store it as numbers",
            )
        })?;
        leaves.push(Leaf {
            index,
            column,
            meaning,
        });
    }
    Ok(leaves)
}

fn meaning(column: &ColumnDescriptor) -> std::result::Result<Meaning, &'static str> {
    let logical = column.logical_type_ref();
    let converted = column.converted_type();
    if matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL {
        return Ok(Meaning::Decimal(column.type_scale()));
    }
    match column.physical_type() {
        Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE => Ok(Meaning::Number),
        Physical::INT32 | Physical::INT64 => match (logical, converted) {
            (Some(LogicalType::Date | LogicalType::Time(_) | LogicalType::Timestamp(_)), _) => {
                Err("dates or times")
            }
            (Some(LogicalType::Integer(kind)), _) if !kind.is_signed => Ok(Meaning::Unsigned),
            (
                _,
                ConvertedType::DATE
                | ConvertedType::TIME_MILLIS
                | ConvertedType::TIME_MICROS
                | ConvertedType::TIMESTAMP_MILLIS
                | ConvertedType::TIMESTAMP_MICROS,
            ) => Err("dates or times"),
            (
                _,
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64,
            ) => Ok(Meaning::Unsigned),
            _ => Ok(Meaning::Number),
        },
        Physical::INT96 => Err("dates or times"),
        Physical::BYTE_ARRAY => Ok(Meaning::Text),
        Physical::FIXED_LEN_BYTE_ARRAY => Err("bytes of a fixed length"),
    }
}

/// Adds the next rows of a row group; false when there are none left.
fn add_batch(
    origin: &str,
    leaves: &[Leaf],
    readers: &mut [ColumnReader],
    columns: &mut Columns,
) -> Result<bool> {
    let start = columns.rows();
    let mut count = None;
    for (leaf, reader) in leaves.iter().zip(readers) {
        let mut batch = Batch {
            origin,
            leaf,
            start,
            count,
            columns,
        };
        let unsigned = leaf.meaning == Meaning::Unsigned;
        let scale = match leaf.meaning {
            Meaning::Decimal(scale) => scale,
            _ => 0,
        };
        use ColumnReader::*;
        let added = match reader {
            BoolColumnReader(r) => {
                batch.add(r, |b, row, &v| b.number(row, u8::from(v).into(), v))?
            }
            FloatColumnReader(r) => batch.add(r, |b, row, &v| b.number(row, v.into(), v))?,
            DoubleColumnReader(r) => batch.add(r, |b, row, &v| b.number(row, v, v))?,
            Int32ColumnReader(r) => batch.add(r, |b, row, &v| match unsigned {
                true => b.integer(row, (v as u32).into(), scale),
                false => b.integer(row, v.into(), scale),
            })?,
            Int64ColumnReader(r) => batch.add(r, |b, row, &v| match unsigned {
                true => b.integer(row, (v as u64).into(), scale),
                false => b.integer(row, v.into(), scale),
            })?,
            ByteArrayColumnReader(r) => batch.add(r, |b, row, v| b.bytes(row, v.data()))?,
            FixedLenByteArrayColumnReader(r) => batch.add(r, |b, row, v| b.bytes(row, v.data()))?,
            Int96ColumnReader(_) => return Err(damaged(origin, "a column changes its type")),
        };
        count = Some(added);
    }
    Ok(count.is_some_and(|count| count > 0))
}

/// The next rows of one column.
struct Batch<'a, 'b> {
    origin: &'a str,
    leaf: &'a Leaf,
    /// The first row.
    start: usize,
    /// The number of rows, once the first column has told it.
    count: Option<usize>,
    columns: &'a mut Columns<'b>,
}

impl Batch<'_, '_> {
    /// Reads the values and hands each, with its row, to `set`; returns the
    /// number of rows.
    fn add<T: DataType>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        set: impl Fn(&mut Self, usize, &T::T) -> Result<()>,
    ) -> Result<usize> {
        let mut levels = Vec::new();
        let mut values = Vec::new();
        let (count, _, _) = reader
            .read_records(BATCH, Some(&mut levels), None, &mut values)
            .map_err(|error| damaged(self.origin, error))?;
        if self.count.is_some_and(|expected| expected != count) {
            return Err(damaged(self.origin, "its columns are not of one length"));
        }
        if self.count.is_none() {
            self.columns.add_rows(count);
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
        if let Meaning::Decimal(scale) = self.leaf.meaning {
            return match big_endian(bytes) {
                Some(value) => self.integer(row, value, scale),
                None => Err(damaged(self.origin, "a decimal has no digits, or too many")),
            };
        }
        let column = self.leaf.column;
        match std::str::from_utf8(bytes) {
            Ok(text) => self.columns.text(row, column, text),
            Err(_) => {
                let hint = "name the column in data.ignore";
                let found = "bytes that are no text".into();
                Err(self.columns.refuse(row, column, found, "UTF-8 text", hint))
            }
        }
    }
}

/// A signed integer of 1 to 16 bytes.
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
mod tests {
    use super::*;

    #[test]
    fn decimals_are_signed_and_big_endian() {
        assert_eq!(big_endian(&[0x01, 0x00]), Some(256));
        assert_eq!(big_endian(&[0xff, 0xfe]), Some(-2));
        assert_eq!(big_endian(&[0x80; 16]).map(|v| v < 0), Some(true));
        assert_eq!(big_endian(&[]), None);
        assert_eq!(big_endian(&[0; 17]), None);
    }
}

//! Finds out what the columns of a Parquet file hold, and which of them are
//! read.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use crate::base::error::{Error, Place, Result};
use crate::data::read::columns::Columns;
use crate::data::read::counts::Counts;
use crate::data::table::TagKind;

/// A column that is read: its index in the file and among the names.
pub(super) struct Leaf {
    pub index: usize,
    pub column: usize,
    pub meaning: Meaning,
}

/// What the stored values stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    Number,
    Unsigned,
    /// A float of 16 bits.
    Half,
    /// An integer, to be divided by this power of ten.
    Decimal(i32),
    /// A date or a time, which becomes text.
    Time(Counts),
    Text,
}

/// Returns the columns that cannot be read, each with what it holds.
pub(super) fn unread(schema: &SchemaDescriptor, headers: &[String]) -> Vec<(String, String)> {
    let mut unread: Vec<(String, String)> = Vec::new();
    for index in 0..schema.num_columns() {
        let name = &headers[schema.get_column_root_idx(index)];
        if unread.last().is_some_and(|(known, _)| known == name) {
            continue;
        }
        if let Err(holds) = meaning_of(schema, index) {
            unread.push((name.clone(), holds.into()));
        }
    }
    unread
}

/// Returns the columns to read; all must be flat and of a known type.
pub(super) fn leaves(
    origin: &str,
    schema: &SchemaDescriptor,
    columns: &mut Columns,
) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    for index in 0..schema.num_columns() {
        let column = schema.get_column_root_idx(index);
        let meaning = meaning_of(schema, index);
        // What cannot be read is not looked at either.
        let is_needed = !columns.ignores(column) || columns.keeps_cells();
        let may_lack = columns.observes() || columns.ignores(column);
        if !is_needed || may_lack && meaning.is_err() {
            continue;
        }
        let meaning = meaning.map_err(|found| {
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
        (Meaning::Text | Meaning::Time(_), _) => TagKind::Text,
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

/// Returns how many of a unit are a second.
fn per_second(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

fn meaning(column: &ColumnDescriptor) -> std::result::Result<Meaning, &'static str> {
    let logical = column.logical_type_ref();
    let converted = column.converted_type();
    if matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL {
        return Ok(Meaning::Decimal(column.type_scale()));
    }
    match (logical, converted) {
        (Some(LogicalType::Date), _) | (_, ConvertedType::DATE) => {
            return Ok(Meaning::Time(Counts::Days));
        }
        (Some(LogicalType::Time(time)), _) => {
            return Ok(Meaning::Time(Counts::OfDay(per_second(&time.unit))));
        }
        (Some(LogicalType::Timestamp(time)), _) => {
            return Ok(Meaning::Time(Counts::SinceEpoch(per_second(&time.unit))));
        }
        (_, ConvertedType::TIME_MILLIS) => return Ok(Meaning::Time(Counts::OfDay(1000))),
        (_, ConvertedType::TIME_MICROS) => return Ok(Meaning::Time(Counts::OfDay(1_000_000))),
        (_, ConvertedType::TIMESTAMP_MILLIS) => {
            return Ok(Meaning::Time(Counts::SinceEpoch(1000)));
        }
        (_, ConvertedType::TIMESTAMP_MICROS) => {
            return Ok(Meaning::Time(Counts::SinceEpoch(1_000_000)));
        }
        (_, ConvertedType::INTERVAL) => return Err("intervals"),
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

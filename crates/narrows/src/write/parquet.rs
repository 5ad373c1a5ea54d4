//! Parquet files.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use ::parquet::errors::Result;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};

use crate::error::Error;
use crate::table::{ColumnKind, Table, Tags};

/// Rows in a group; one column of a group is held in memory at a time.
const GROUP: usize = 65_536;

/// Refuses names that a reader could not tell apart.
pub(super) fn check(table: &Table) -> crate::Result<()> {
    let tags = table.ids.iter().chain(&table.labels).map(|tags| &tags.name);
    let mut seen = HashSet::new();
    for name in tags.chain(table.columns.iter().map(|column| &column.name)) {
        if name.is_empty() || !seen.insert(name) {
            return Err(Error::usage(
                format!("two columns called '{name}', or one without a name"),
                "a name of its own for each column, the ids and the labels too",
                "write .npy instead, which has no names, or rename the columns",
            ));
        }
    }
    Ok(())
}

/// Writes ids, labels and columns.
pub(super) fn encode(table: &Table, out: &mut (impl Write + Send)) -> io::Result<()> {
    encode_all(table, out).map_err(io::Error::other)
}

fn encode_all(table: &Table, out: &mut (impl Write + Send)) -> Result<()> {
    let tags: Vec<&Tags> = table.ids.iter().chain(&table.labels).collect();
    let mut fields = Vec::new();
    for tags in &tags {
        fields.push(text_field(&tags.name, Repetition::REQUIRED)?);
    }
    for column in &table.columns {
        fields.push(match column.kind {
            ColumnKind::Category(_) => text_field(&column.name, Repetition::OPTIONAL)?,
            ColumnKind::Number => number_field(&column.name)?,
        });
    }
    let schema = Type::group_type_builder("table")
        .with_fields(fields)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    for start in (0..table.rows()).step_by(GROUP) {
        let rows = start..table.rows().min(start + GROUP);
        let mut group = writer.next_row_group()?;
        for tags in &tags {
            let texts = tags.values[rows.clone()].iter();
            let texts: Vec<ByteArray> = texts.map(|text| ByteArray::from(text.as_str())).collect();
            add_text(&mut group, &texts, None)?;
        }
        for (column, meaning) in table.columns.iter().enumerate() {
            let values = rows.clone().map(|row| table.value(row, column));
            match &meaning.kind {
                ColumnKind::Number => add_numbers(&mut group, &values.collect::<Vec<_>>())?,
                ColumnKind::Category(levels) => {
                    let level = |value: f32| match value.is_nan() {
                        true => None,
                        false => levels.get(value as usize),
                    };
                    let known: Vec<i16> =
                        values.clone().map(|v| level(v).is_some().into()).collect();
                    let texts: Vec<ByteArray> = values
                        .filter_map(level)
                        .map(|text| ByteArray::from(text.as_str()))
                        .collect();
                    add_text(&mut group, &texts, Some(&known))?;
                }
            }
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn text_field(name: &str, repetition: Repetition) -> Result<TypePtr> {
    let field = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
        .with_logical_type(Some(LogicalType::String))
        .with_repetition(repetition);
    Ok(Arc::new(field.build()?))
}

fn number_field(name: &str) -> Result<TypePtr> {
    let field =
        Type::primitive_type_builder(name, Physical::FLOAT).with_repetition(Repetition::REQUIRED);
    Ok(Arc::new(field.build()?))
}

/// `known` is 1 for each row that has a text and 0 for each that is missing.
fn add_text<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    texts: &[ByteArray],
    known: Option<&[i16]>,
) -> Result<()> {
    if let Some(mut column) = group.next_column()? {
        column
            .typed::<ByteArrayType>()
            .write_batch(texts, known, None)?;
        column.close()?;
    }
    Ok(())
}

fn add_numbers<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[f32],
) -> Result<()> {
    if let Some(mut column) = group.next_column()? {
        column
            .typed::<FloatType>()
            .write_batch(values, None, None)?;
        column.close()?;
    }
    Ok(())
}

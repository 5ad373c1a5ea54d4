//! Writes Parquet files.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use ::parquet::errors::Result;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};

use crate::base::error::Error;
use crate::data::table::{ColumnKind, Table};

/// The most and fewest rows in a group; a group is held in memory until full.
const GROUP: usize = 65_536;
const SMALLEST_GROUP: usize = 1024;
/// Approximate bytes kept for each column of each group.
const COLUMN: usize = 512;
/// The most values in a group whose rows have many columns.
const GROUP_VALUES: usize = 4 << 20;

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

/// The rows of a file: ids, labels and columns.
pub(super) struct ParquetWriter {
    writer: SerializedFileWriter<BufWriter<File>>,
    /// Rows of the next group, column by column.
    columns: Vec<Cells>,
    rows: usize,
    /// Bytes of the texts in those rows.
    texts: usize,
    /// Rows per group.
    group: usize,
}

/// The cells of one column.
enum Cells {
    Numbers(Vec<f32>),
    Texts(Vec<ByteArray>),
    /// Texts, and for each row 1 if it has a text, else 0.
    Categories(Vec<ByteArray>, Vec<i16>),
}

impl ParquetWriter {
    pub fn new(out: BufWriter<File>, like: &Table) -> io::Result<Self> {
        Self::try_new(out, like).map_err(io::Error::other)
    }

    fn try_new(out: BufWriter<File>, like: &Table) -> Result<Self> {
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for tags in like.ids.iter().chain(&like.labels) {
            fields.push(text_field(&tags.name, Repetition::REQUIRED)?);
            columns.push(Cells::Texts(Vec::new()));
        }
        for column in &like.columns {
            fields.push(match column.kind {
                ColumnKind::Category(_) => text_field(&column.name, Repetition::OPTIONAL)?,
                ColumnKind::Number => number_field(&column.name)?,
            });
            columns.push(match column.kind {
                ColumnKind::Category(_) => Cells::Categories(Vec::new(), Vec::new()),
                ColumnKind::Number => Cells::Numbers(Vec::new()),
            });
        }
        let schema = Type::group_type_builder("table")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        Ok(ParquetWriter {
            writer: SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?,
            group: (GROUP_VALUES / columns.len()).clamp(SMALLEST_GROUP, GROUP),
            columns,
            rows: 0,
            texts: 0,
        })
    }

    pub fn add(&mut self, table: &Table) -> io::Result<()> {
        let mut from = 0;
        while from < table.rows() {
            let to = table.rows().min(from + self.group - self.rows);
            self.take(table, from..to);
            if self.rows == self.group {
                self.write_group().map_err(io::Error::other)?;
            }
            from = to;
        }
        Ok(())
    }

    /// Returns about how many bytes are held: a group of rows, and the metadata
    /// of every column of every group, which is written at the end of the file.
    pub fn holds(&self) -> usize {
        let groups = self.writer.flushed_row_groups().len();
        (self.group * size_of::<f32>() + groups * COLUMN) * self.columns.len() + self.texts
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.try_finish().map_err(io::Error::other)
    }

    fn try_finish(&mut self) -> Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.writer.finish()?;
        Ok(self.writer.inner_mut().flush()?)
    }

    /// Keeps some rows for the next group.
    fn take(&mut self, table: &Table, rows: Range<usize>) {
        self.rows += rows.len();
        let mut cells = self.columns.iter_mut();
        for tags in table.ids.iter().chain(&table.labels) {
            if let Some(Cells::Texts(texts)) = cells.next() {
                let new = tags.values[rows.clone()].iter();
                let bytes = new.clone().map(|text| text.len() + size_of::<ByteArray>());
                self.texts += bytes.sum::<usize>();
                texts.extend(new.map(|text| ByteArray::from(text.as_str())));
            }
        }
        for (column, (meaning, cells)) in table.columns.iter().zip(cells).enumerate() {
            let values = rows.clone().map(|row| table.value(row, column));
            match (cells, &meaning.kind) {
                (Cells::Numbers(numbers), _) => numbers.extend(values),
                (Cells::Categories(texts, known), ColumnKind::Category(levels)) => {
                    // Stores each text once; its cells share it.
                    let levels: Vec<ByteArray> =
                        levels.iter().map(|l| ByteArray::from(l.as_str())).collect();
                    let level = |value: f32| match value.is_nan() {
                        true => None,
                        false => levels.get(value as usize).cloned(),
                    };
                    known.extend(values.clone().map(|v| i16::from(level(v).is_some())));
                    self.texts += rows.len() * size_of::<ByteArray>();
                    texts.extend(values.filter_map(level));
                }
                _ => {}
            }
        }
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.columns {
            match cells {
                Cells::Numbers(numbers) => {
                    add_numbers(&mut group, numbers)?;
                    numbers.clear();
                }
                Cells::Texts(texts) => {
                    add_text(&mut group, texts, None)?;
                    texts.clear();
                }
                Cells::Categories(texts, known) => {
                    add_text(&mut group, texts, Some(known))?;
                    texts.clear();
                    known.clear();
                }
            }
        }
        group.close()?;
        (self.rows, self.texts) = (0, 0);
        Ok(())
    }
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

/// Adds texts; `known` is 1 for each row that has a text and 0 for each that is
/// missing one.
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

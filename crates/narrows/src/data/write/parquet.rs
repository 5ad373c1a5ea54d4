//! Writes Parquet files.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type,
};
use ::parquet::errors::Result;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};

use crate::base::error::Error;
use crate::data::table::{ColumnKind, Table, TagKind};

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
    Texts(Known<ByteArray>),
    Integers(Known<i64>),
    Doubles(Known<f64>),
    Booleans(Known<bool>),
}

/// Values, and for each row 1 if it has one, else 0.
struct Known<T> {
    values: Vec<T>,
    rows: Vec<i16>,
}

impl<T> Known<T> {
    fn new() -> Self {
        Known {
            values: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn add(&mut self, value: Option<T>) {
        self.rows.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    /// Adds a value for each text, and none for an empty one.
    fn parse(&mut self, texts: &[String]) -> io::Result<()>
    where
        T: FromStr,
    {
        for text in texts {
            let value = text.parse().map_err(|_| {
                io::Error::other(format!(
                    "'{text}' among ids or labels that are numbers in their file"
                ))
            });
            self.add(match text.is_empty() {
                true => None,
                false => Some(value?),
            });
        }
        Ok(())
    }

    /// Writes all values as the next column, and forgets them.
    fn write<D: DataType<T = T>, W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        if let Some(mut column) = group.next_column()? {
            column
                .typed::<D>()
                .write_batch(&self.values, Some(&self.rows), None)?;
            column.close()?;
        }
        self.values.clear();
        self.rows.clear();
        Ok(())
    }
}

impl ParquetWriter {
    pub fn new(out: BufWriter<File>, like: &Table) -> io::Result<Self> {
        Self::try_new(out, like).map_err(io::Error::other)
    }

    fn try_new(out: BufWriter<File>, like: &Table) -> Result<Self> {
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for tags in like.ids.iter().chain(&like.labels) {
            let (field, cells) = match tags.kind {
                TagKind::Text => (text_field(&tags.name)?, Cells::Texts(Known::new())),
                TagKind::Integer => (
                    optional_field(&tags.name, Physical::INT64)?,
                    Cells::Integers(Known::new()),
                ),
                TagKind::Number => (
                    optional_field(&tags.name, Physical::DOUBLE)?,
                    Cells::Doubles(Known::new()),
                ),
                TagKind::Boolean => (
                    optional_field(&tags.name, Physical::BOOLEAN)?,
                    Cells::Booleans(Known::new()),
                ),
            };
            fields.push(field);
            columns.push(cells);
        }
        for column in &like.columns {
            fields.push(match column.kind {
                ColumnKind::Category(_) => text_field(&column.name)?,
                ColumnKind::Number | ColumnKind::Circular { .. } => number_field(&column.name)?,
            });
            columns.push(match column.kind {
                ColumnKind::Category(_) => Cells::Texts(Known::new()),
                ColumnKind::Number | ColumnKind::Circular { .. } => Cells::Numbers(Vec::new()),
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
            self.take(table, from..to)?;
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
    fn take(&mut self, table: &Table, rows: Range<usize>) -> io::Result<()> {
        self.rows += rows.len();
        let mut cells = self.columns.iter_mut();
        for tags in table.ids.iter().chain(&table.labels) {
            let new = &tags.values[rows.clone()];
            match cells.next() {
                Some(Cells::Texts(texts)) => {
                    let bytes = new.iter().map(|text| text.len() + size_of::<ByteArray>());
                    self.texts += bytes.sum::<usize>();
                    for text in new {
                        let is_known = !text.is_empty();
                        texts.add(is_known.then(|| ByteArray::from(text.as_str())));
                    }
                }
                Some(Cells::Integers(integers)) => integers.parse(new)?,
                Some(Cells::Doubles(doubles)) => doubles.parse(new)?,
                Some(Cells::Booleans(booleans)) => booleans.parse(new)?,
                Some(Cells::Numbers(_)) | None => {}
            }
        }
        for (column, (meaning, cells)) in table.columns.iter().zip(cells).enumerate() {
            let values = rows.clone().map(|row| table.value(row, column));
            match (cells, &meaning.kind) {
                (Cells::Numbers(numbers), _) => numbers.extend(values),
                (Cells::Texts(texts), ColumnKind::Category(levels)) => {
                    // Stores each text once; its cells share it.
                    let levels: Vec<ByteArray> =
                        levels.iter().map(|l| ByteArray::from(l.as_str())).collect();
                    let level = |value: f32| match value.is_nan() {
                        true => None,
                        false => levels.get(value as usize).cloned(),
                    };
                    self.texts += rows.len() * size_of::<ByteArray>();
                    values.for_each(|value| texts.add(level(value)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.columns {
            match cells {
                Cells::Numbers(numbers) => {
                    add_numbers(&mut group, numbers)?;
                    numbers.clear();
                }
                Cells::Texts(texts) => texts.write::<ByteArrayType, _>(&mut group)?,
                Cells::Integers(integers) => integers.write::<Int64Type, _>(&mut group)?,
                Cells::Doubles(doubles) => doubles.write::<DoubleType, _>(&mut group)?,
                Cells::Booleans(booleans) => booleans.write::<BoolType, _>(&mut group)?,
            }
        }
        group.close()?;
        (self.rows, self.texts) = (0, 0);
        Ok(())
    }
}

fn text_field(name: &str) -> Result<TypePtr> {
    let field = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
        .with_logical_type(Some(LogicalType::String))
        .with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(field.build()?))
}

fn optional_field(name: &str, physical: Physical) -> Result<TypePtr> {
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(field.build()?))
}

fn number_field(name: &str) -> Result<TypePtr> {
    let field =
        Type::primitive_type_builder(name, Physical::FLOAT).with_repetition(Repetition::REQUIRED);
    Ok(Arc::new(field.build()?))
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

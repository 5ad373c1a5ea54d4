//! Writes delimited text.

use std::fmt::Write as _;
use std::io::{self, Write};

use ::csv::{ErrorKind, WriterBuilder};

use super::parquet;
use crate::base::error::Error;
use crate::data::cell::reads_as_value;
use crate::data::table::{Column, ColumnKind, Table};

/// Refuses a header that would read back as a row of numbers, or be ambiguous.
pub(super) fn check(table: &Table) -> crate::Result<()> {
    parquet::check(table)?;
    let mut tags = table.ids.iter().chain(&table.labels);
    let is_number = |name: &str| reads_as_value(name);
    if tags.all(|tags| is_number(&tags.name)) && table.columns.iter().all(|c| is_number(&c.name)) {
        return Err(Error::usage(
            "CSV for columns whose names are all numbers",
            "at least one name that is text, so that a header is told from rows",
            "write .parquet instead, or rename the columns",
        ));
    }
    Ok(())
}

/// Writer of a header and rows.
pub(super) struct CsvWriter<W: Write> {
    writer: ::csv::Writer<W>,
    begun: bool,
}

impl<W: Write> CsvWriter<W> {
    pub fn new(out: W, delimiter: u8) -> Self {
        CsvWriter {
            writer: WriterBuilder::new().delimiter(delimiter).from_writer(out),
            begun: false,
        }
    }

    /// Adds all rows of a table; the first table's names come before its rows.
    pub fn add(&mut self, table: &Table) -> io::Result<()> {
        self.try_add(table)
            .map_err(|error| match error.into_kind() {
                // Kept as it is: the caller checks whether the reader has gone
                // away.
                ErrorKind::Io(error) => error,
                other => io::Error::other(format!("{other:?}")),
            })
    }

    fn try_add(&mut self, table: &Table) -> Result<(), ::csv::Error> {
        let writer = &mut self.writer;
        let tags: Vec<_> = table.ids.iter().chain(&table.labels).collect();
        if !self.begun {
            let names = tags.iter().map(|tags| &tags.name);
            writer.write_record(names.chain(table.columns.iter().map(|column| &column.name)))?;
            self.begun = true;
        }
        // Decimals are written as the model's rows have them.
        let comma = |column: &Column| {
            let format = table.formats.get(&column.name);
            format.is_some_and(|format| format.decimal_comma)
        };
        let commas: Vec<bool> = table.columns.iter().map(comma).collect();
        let mut cell = String::new();
        for row in 0..table.rows() {
            for tags in &tags {
                writer.write_field(&tags.values[row])?;
            }
            for (column, meaning) in table.columns.iter().enumerate() {
                let value = table.value(row, column);
                cell.clear();
                match &meaning.kind {
                    _ if value.is_nan() => {}
                    ColumnKind::Category(levels) => match levels.get(value as usize) {
                        Some(level) => cell.push_str(level),
                        None => shortest(value, &mut cell),
                    },
                    ColumnKind::Number => {
                        shortest(value, &mut cell);
                        if let Some(at) = cell.find('.').filter(|_| commas[column]) {
                            cell.replace_range(at..=at, ",");
                        }
                    }
                }
                writer.write_field(&cell)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(writer.flush()?)
    }

    /// Returns the destination of the rows.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(|e| e.into_error())
    }
}

/// Appends the shortest text that reads back as the same number.
fn shortest(value: f32, out: &mut String) {
    let plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    // Writing to a string cannot fail.
    let _ = match plain {
        true => write!(out, "{value}"),
        false => write!(out, "{value:e}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::{Tags, Values};

    #[test]
    fn ids_come_first_then_labels_then_columns() {
        let mut table = Table::from_floats(vec![0.1, 1e-9, f32::NAN, -2.0], 2).unwrap();
        table.columns[1].kind = ColumnKind::Category(vec!["red, dark".into(), "b".into()]);
        table.values = Values::Floats(vec![0.1, 0.0, f32::NAN, 1.0]);
        let tags = |name: &str| {
            Some(Tags {
                kind: Default::default(),
                name: name.into(),
                values: vec![format!("{name}1"), format!("{name}2")],
            })
        };
        table.labels = tags("y");
        table.ids = tags("id");
        let mut rows = CsvWriter::new(Vec::new(), b',');
        rows.add(&table).unwrap();
        let out = rows.finish().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "id,y,x1,x2\nid1,y1,0.1,\"red, dark\"\nid2,y2,,b\n"
        );
    }

    #[test]
    fn numbers_are_short_and_exact() {
        for (value, text) in [(0.1, "0.1"), (-0.0, "-0"), (1e-9, "1e-9"), (3e38, "3e38")] {
            let mut out = String::new();
            shortest(value, &mut out);
            assert_eq!(out, text);
            assert_eq!(out.parse::<f32>().unwrap().to_bits(), value.to_bits());
        }
    }
}

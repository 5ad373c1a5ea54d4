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
    /// Whether formulas are made text.
    safe: bool,
    /// The first text that is written as it is and begins like a formula.
    formula: Option<String>,
}

impl<W: Write> CsvWriter<W> {
    /// Starts a text; `safe` puts `'` before what begins like a formula.
    pub fn new(out: W, delimiter: u8, safe: bool) -> Self {
        CsvWriter {
            writer: WriterBuilder::new().delimiter(delimiter).from_writer(out),
            begun: false,
            safe,
            formula: None,
        }
    }

    /// Returns the first text that was written as it is and begins like a
    /// formula.
    pub fn formula(&self) -> Option<&str> {
        self.formula.as_deref()
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
        let tags: Vec<_> = table.ids.iter().chain(&table.labels).collect();
        if !self.begun {
            let names = tags.iter().map(|tags| &tags.name);
            for name in names.chain(table.columns.iter().map(|column| &column.name)) {
                self.write_text(name)?;
            }
            self.writer.write_record(None::<&[u8]>)?;
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
                self.write_text(&tags.values[row])?;
            }
            for (column, meaning) in table.columns.iter().enumerate() {
                let value = table.value(row, column);
                if let ColumnKind::Category(levels) = &meaning.kind
                    && !value.is_nan()
                    && let Some(level) = levels.get(value as usize)
                {
                    self.write_text(level)?;
                    continue;
                }
                cell.clear();
                if !value.is_nan() {
                    shortest(value, &mut cell);
                }
                let is_number = !matches!(meaning.kind, ColumnKind::Category(_));
                if let Some(at) = cell.find('.').filter(|_| is_number && commas[column]) {
                    cell.replace_range(at..=at, ",");
                }
                self.writer.write_field(&cell)?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(self.writer.flush()?)
    }

    /// Writes a cell whose text comes from the data.
    fn write_text(&mut self, text: &str) -> Result<(), ::csv::Error> {
        if !is_like_formula(text) {
            return self.writer.write_field(text);
        }
        if self.safe {
            return self.writer.write_field(format!("'{text}"));
        }
        self.formula.get_or_insert_with(|| text.into());
        self.writer.write_field(text)
    }

    /// Returns the destination of the rows.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(|e| e.into_error())
    }
}

/// Returns whether a spreadsheet would take a text for a formula rather than for
/// a text or a number.
fn is_like_formula(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'=' | b'@' | b'\t' | b'\r' | b'\n') => true,
        Some(b'+' | b'-') => {
            // A comma may be that of decimals or of thousands.
            let rest = text[1..].replace(',', "");
            rest.starts_with(['+', '-']) || rest.parse::<f64>().is_err()
        }
        _ => false,
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
        table.ids.extend(tags("id"));
        let mut rows = CsvWriter::new(Vec::new(), b',', false);
        rows.add(&table).unwrap();
        let out = rows.finish().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "id,y,x1,x2\nid1,y1,0.1,\"red, dark\"\nid2,y2,,b\n"
        );
    }

    #[test]
    fn texts_like_formulas_are_told_or_made_text() {
        let mut table = Table::from_floats(vec![0.0, -2.0, 1.0, 3.0], 2).unwrap();
        table.columns[0].kind = ColumnKind::Category(vec!["@sum".into(), "-5e-1".into()]);
        table.columns[1].name = "-x".into();
        table.ids = vec![Tags::new("id", ["a", "=1+1"])];
        let written = |safe| {
            let mut rows = CsvWriter::new(Vec::new(), b',', safe);
            rows.add(&table).unwrap();
            let formula = rows.formula().map(str::to_owned);
            (String::from_utf8(rows.finish().unwrap()).unwrap(), formula)
        };
        let plain = "id,x1,-x\na,@sum,-2\n=1+1,-5e-1,3\n";
        assert_eq!(written(false), (plain.into(), Some("-x".into())));
        let safe = "id,x1,'-x\na,'@sum,-2\n'=1+1,-5e-1,3\n";
        assert_eq!(written(true), (safe.into(), None));
    }

    #[test]
    fn a_sign_before_a_number_is_no_formula() {
        for text in ["=", "@a", "\ta", "\ra", "+a", "-", "-1-2", "--1", "+49 30"] {
            assert!(is_like_formula(text), "{text:?}");
        }
        for text in ["", "a=b", "-1", "+1.5", "-1,5", "-.5e3", "'=1", "1-2", "é"] {
            assert!(!is_like_formula(text), "{text:?}");
        }
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

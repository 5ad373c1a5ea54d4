//! Keeps the rows of a sheet in a temporary file, so that they can be read again
//! from the first, each as wide as the widest.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::data::read::allowance::Allowance;

/// The rows and columns of a sheet, of which no program has more.
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;
/// The most bytes of a row's texts.
const LONGEST_ROW: usize = 32 << 20;

/// The value of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Empty,
    Number(f64),
    Boolean(bool),
    Text(String),
    /// A date, and one with its time of day, as texts. The date alone is midnight
    /// where another cell of its column has a time; both are returned as texts.
    Date(String),
    Moment(String),
}

/// What stands behind the dates of a column whose other cells have times.
const MIDNIGHT: &str = " 00:00:00";

impl Value {
    /// Returns the value as it is written.
    pub fn text(&self) -> String {
        match self {
            Value::Empty => String::new(),
            Value::Number(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            Value::Text(text) | Value::Date(text) | Value::Moment(text) => text.clone(),
        }
    }
}

/// A row with its line in the sheet, counted from 1.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub line: u64,
    pub cells: Vec<Value>,
}

impl Row {
    /// Returns all cells as they are written.
    pub fn texts(&self) -> Vec<String> {
        self.cells.iter().map(Value::text).collect()
    }
}

/// The rows that have a value, each from its first cell with one to its last.
pub(super) struct Kept {
    file: File,
    writer: Option<BufWriter<File>>,
    reader: Option<BufReader<File>>,
    /// The row that is being added: its number, first column and cells.
    row: u32,
    first: u32,
    cells: Vec<Value>,
    bytes: usize,
    /// The first column with a value, and that after the last one.
    left: u32,
    right: u32,
    /// The columns of dates with times.
    timed: HashSet<u32>,
    allowance: Allowance,
    /// Lines at the start that are skipped.
    skipped: u64,
}

impl Kept {
    /// Creates a file for the rows of a workbook of `packed` bytes.
    pub fn new(packed: u64) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Kept {
            writer: Some(BufWriter::new(file.try_clone()?)),
            file,
            reader: None,
            row: 0,
            first: 0,
            cells: Vec::new(),
            bytes: 0,
            left: u32::MAX,
            right: 0,
            timed: HashSet::new(),
            allowance: Allowance::of(packed),
            skipped: 0,
        })
    }

    /// Adds a cell with a value; rows and columns count from 0 and come in order.
    ///
    /// # Errors
    /// Describes what was found, in words.
    pub fn add(&mut self, row: u32, column: u32, value: Value) -> Result<(), String> {
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err(format!(
                "a cell in row {}, column {}, beyond those of a sheet",
                u64::from(row) + 1,
                u64::from(column) + 1
            ));
        }
        if row != self.row && !self.cells.is_empty() {
            self.write_row().map_err(|e| e.to_string())?;
        }
        if self.cells.is_empty() {
            if row < self.row {
                return Err("its rows are in no order".into());
            }
            (self.row, self.first, self.bytes) = (row, column, 0);
        }
        let next = self.first + self.cells.len() as u32;
        let between = column
            .checked_sub(next)
            .ok_or("its cells are in no order")?;
        match &value {
            Value::Text(text) => self.bytes += text.len(),
            Value::Date(text) => self.bytes += text.len() + MIDNIGHT.len(),
            Value::Moment(text) => {
                self.bytes += text.len();
                self.timed.insert(column);
            }
            Value::Empty | Value::Number(_) | Value::Boolean(_) => {}
        }
        if self.bytes > LONGEST_ROW {
            return Err("a row of more than 32 MiB".into());
        }
        // Rows become as wide as the widest.
        self.allowance.take(u64::from(between) + 1)?;
        self.cells
            .extend(std::iter::repeat_n(Value::Empty, between as usize));
        self.cells.push(value);
        self.left = self.left.min(self.first);
        self.right = self.right.max(column + 1);
        Ok(())
    }

    fn write_row(&mut self) -> io::Result<()> {
        let Some(to) = &mut self.writer else {
            return Ok(());
        };
        to.write_all(&self.row.to_le_bytes())?;
        to.write_all(&self.first.to_le_bytes())?;
        to.write_all(&(self.cells.len() as u32).to_le_bytes())?;
        for value in self.cells.drain(..) {
            let kind = if matches!(value, Value::Date(_)) {
                4
            } else {
                3
            };
            match value {
                Value::Empty => to.write_all(&[0])?,
                Value::Number(number) => {
                    to.write_all(&[1])?;
                    to.write_all(&number.to_le_bytes())?;
                }
                Value::Boolean(value) => to.write_all(&[2, u8::from(value)])?,
                Value::Text(text) | Value::Date(text) | Value::Moment(text) => {
                    to.write_all(&[kind])?;
                    to.write_all(&(text.len() as u32).to_le_bytes())?;
                    to.write_all(text.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// Ends the adding of rows.
    pub fn end(&mut self) -> io::Result<()> {
        if !self.cells.is_empty() {
            self.write_row()?;
        }
        match self.writer.take() {
            Some(mut writer) => writer.flush(),
            None => Ok(()),
        }
    }

    /// Begins anew with the first row below `skipped` lines.
    pub fn rewind(&mut self, skipped: u64) -> io::Result<()> {
        self.file.rewind()?;
        self.reader = Some(BufReader::new(self.file.try_clone()?));
        self.skipped = skipped;
        Ok(())
    }

    /// Returns the next row; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Row>> {
        loop {
            let row = self.read_row()?;
            if row.as_ref().is_none_or(|row| row.line > self.skipped) {
                return Ok(row);
            }
        }
    }

    fn read_row(&mut self) -> io::Result<Option<Row>> {
        let Some(from) = &mut self.reader else {
            return Ok(None);
        };
        let mut row = [0; 4];
        match from.read_exact(&mut row) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let number = |from: &mut BufReader<File>| {
            let mut bytes = [0; 4];
            from.read_exact(&mut bytes)
                .map(|()| u32::from_le_bytes(bytes))
        };
        let (first, count) = (number(from)?, number(from)?);
        let width = (self.right - self.left) as usize;
        let mut cells = Vec::with_capacity(width);
        cells.resize((first - self.left) as usize, Value::Empty);
        for column in first..first + count {
            let mut kind = [0];
            from.read_exact(&mut kind)?;
            cells.push(match kind[0] {
                0 => Value::Empty,
                1 => {
                    let mut bytes = [0; 8];
                    from.read_exact(&mut bytes)?;
                    Value::Number(f64::from_le_bytes(bytes))
                }
                2 => {
                    from.read_exact(&mut kind)?;
                    Value::Boolean(kind[0] == 1)
                }
                _ => {
                    let length = number(from)?;
                    let mut bytes = vec![0; length as usize];
                    from.read_exact(&mut bytes)?;
                    if kind[0] == 4 && self.timed.contains(&column) {
                        bytes.extend(MIDNIGHT.as_bytes());
                    }
                    Value::Text(String::from_utf8_lossy(&bytes).into_owned())
                }
            });
        }
        cells.resize(width, Value::Empty);
        let line = u64::from(u32::from_le_bytes(row)) + 1;
        Ok(Some(Row { line, cells }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_wide_as_the_widest_without_empty_ones() {
        let mut kept = Kept::new(0).unwrap();
        let text = |text: &str| Value::Text(text.into());
        kept.add(1, 2, text("title")).unwrap();
        kept.add(3, 1, text("a")).unwrap();
        kept.add(3, 3, Value::Boolean(true)).unwrap();
        kept.add(9, 3, Value::Number(-0.5)).unwrap();
        kept.end().unwrap();
        for skipped in [0, 2] {
            kept.rewind(skipped).unwrap();
            let mut rows = Vec::new();
            while let Some(row) = kept.next().unwrap() {
                rows.push((row.line, row.cells));
            }
            let expected = [
                (2, vec![Value::Empty, text("title"), Value::Empty]),
                (4, vec![text("a"), Value::Empty, Value::Boolean(true)]),
                (10, vec![Value::Empty, Value::Empty, Value::Number(-0.5)]),
            ];
            assert_eq!(rows, expected[usize::from(skipped > 0)..]);
        }
    }

    #[test]
    fn a_date_is_midnight_where_others_of_its_column_have_times() {
        let mut kept = Kept::new(0).unwrap();
        let date = || Value::Date("2024-01-31".into());
        let moment = "2024-01-31 10:30:00";
        for (row, value) in [(0, date()), (1, Value::Moment(moment.into()))] {
            kept.add(row, 1, date()).unwrap();
            kept.add(row, 2, value).unwrap();
        }
        kept.end().unwrap();
        kept.rewind(0).unwrap();
        for second in ["2024-01-31 00:00:00", moment] {
            let row = kept.next().unwrap().unwrap();
            assert_eq!(row.texts(), ["2024-01-31", second]);
        }
    }

    #[test]
    fn cells_out_of_order_or_beyond_a_sheet_are_refused() {
        let refused = |cells: &[(u32, u32)]| {
            let mut kept = Kept::new(0).unwrap();
            let mut added = cells
                .iter()
                .map(|&(row, column)| kept.add(row, column, Value::Number(1.0)));
            added.find_map(Result::err).unwrap()
        };
        assert!(refused(&[(2, 0), (1, 0)]).contains("rows are in no order"));
        assert!(refused(&[(0, 4), (0, 4)]).contains("cells are in no order"));
        assert!(refused(&[(1_048_576, 0)]).contains("row 1048577"));
        assert!(refused(&[(0, 16_384)]).contains("column 16385"));
    }
}

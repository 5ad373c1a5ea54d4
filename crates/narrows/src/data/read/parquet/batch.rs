//! Reads the values of a Parquet file's column into a table.

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use half::f16;

use super::leaves::{Leaf, Meaning};
use super::{damaged, undecoded};
use crate::base::error::Result;
use crate::data::read::allowance::Allowance;
use crate::data::read::columns::Columns;
use crate::data::read::counts::{EXPECTED, HINT, found};
use crate::data::read::reader::Room;

/// The next rows of one column.
pub(super) struct Batch<'a> {
    pub origin: &'a str,
    pub allowance: &'a mut Allowance,
    pub leaf: &'a Leaf,
    /// The first row.
    pub start: usize,
    /// The number of rows, once the first column has determined it.
    pub count: Option<usize>,
    pub columns: &'a mut Columns,
    /// The most rows to read.
    pub most: usize,
    pub room: Room,
}

impl Batch<'_> {
    /// Reads the values of a column of any type; returns the number of rows.
    pub fn add_from(&mut self, reader: &mut ColumnReader) -> Result<usize> {
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
        self.columns.keep_number(row, column, &text);
        match self.columns.keeps_text(column) {
            true => self.columns.text(row, column, &text.to_string()),
            false => self.columns.number(row, column, value),
        }
    }

    fn integer(&mut self, row: usize, value: i128, scale: i32) -> Result<()> {
        if let Meaning::Time(counts) = self.leaf.meaning {
            let text = i64::try_from(value)
                .ok()
                .and_then(|value| counts.text(value));
            let column = self.leaf.column;
            return match text {
                Some(text) => {
                    self.columns.keep(row, column, &text);
                    self.columns.text(row, column, &text)
                }
                None => Err(self
                    .columns
                    .refuse(row, column, found(value), EXPECTED, HINT)),
            };
        }
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
                None => Err(self.columns.refuse(
                    row,
                    self.leaf.column,
                    "a decimal without digits, or with more than 38".into(),
                    "a number",
                    "name the column in data.ignore, or store it as doubles",
                )),
            };
        }
        let column = self.leaf.column;
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.columns.keep(row, column, text);
                self.columns.text(row, column, text)?;
                // Checked at each text, before many long texts are held.
                self.columns.check_room(self.room)
            }
            // As text they can be shown, counted and left out like other texts.
            Err(_) if !self.columns.is_tag(column) => {
                let text = bytes.escape_ascii().to_string();
                self.columns.keep(row, column, &text);
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

/// Parses a big-endian signed integer of at most 16 bytes besides those that
/// only repeat its sign.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    let (sign, filler) = if first >= 0x80 { (-1, 0xff) } else { (0, 0) };
    let (more, bytes) = bytes.split_at(bytes.len().saturating_sub(16));
    let is_sign = bytes[0] >= 0x80 && filler == 0xff || bytes[0] < 0x80 && filler == 0;
    let repeats = is_sign && more.iter().all(|&byte| byte == filler);
    if !(more.is_empty() || repeats) {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(sign, |value, &byte| value << 8 | i128::from(byte)),
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
        assert_eq!(big_endian(&[0; 17]), Some(0));
        let mut wide = [0xff; 32];
        assert_eq!(big_endian(&wide), Some(-1));
        wide[16] = 0;
        assert_eq!(big_endian(&wide), None);
    }
}

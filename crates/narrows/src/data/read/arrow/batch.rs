//! Adds the values of an array to a table.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

use super::damaged;
use crate::base::error::Result;
use crate::data::read::allowance::Allowance;
use crate::data::read::columns::Columns;
use crate::data::read::counts::{Counts, EXPECTED, HINT, found};
use crate::data::read::reader::Room;

/// The next cells of one column.
pub(super) struct Cells<'a> {
    pub origin: &'a str,
    pub columns: &'a mut Columns,
    pub allowance: &'a mut Allowance,
    pub column: usize,
    /// The first row.
    pub start: usize,
    pub room: Room,
}

impl Cells<'_> {
    /// Adds all values of an array.
    pub fn add(&mut self, array: &ArrayRef) -> Result<()> {
        use DataType::*;
        match array.data_type() {
            Boolean => {
                let values = array.as_boolean();
                self.each(array, |cells, row, at| {
                    let value = values.value(at);
                    cells.number(row, u8::from(value).into(), value)
                })
            }
            Int8 => self.integers(array.as_primitive::<Int8Type>()),
            Int16 => self.integers(array.as_primitive::<Int16Type>()),
            Int32 => self.integers(array.as_primitive::<Int32Type>()),
            Int64 => self.integers(array.as_primitive::<Int64Type>()),
            UInt8 => self.integers(array.as_primitive::<UInt8Type>()),
            UInt16 => self.integers(array.as_primitive::<UInt16Type>()),
            UInt32 => self.integers(array.as_primitive::<UInt32Type>()),
            UInt64 => self.integers(array.as_primitive::<UInt64Type>()),
            Duration(TimeUnit::Second) => self.integers(array.as_primitive::<DurationSecondType>()),
            Duration(TimeUnit::Millisecond) => {
                self.integers(array.as_primitive::<DurationMillisecondType>())
            }
            Duration(TimeUnit::Microsecond) => {
                self.integers(array.as_primitive::<DurationMicrosecondType>())
            }
            Duration(TimeUnit::Nanosecond) => {
                self.integers(array.as_primitive::<DurationNanosecondType>())
            }
            Date32 => self.times(array.as_primitive::<Date32Type>(), Counts::Days),
            // Days, as milliseconds.
            Date64 => {
                let days = |value: i64| value.div_euclid(86_400_000);
                let days = array
                    .as_primitive::<Date64Type>()
                    .unary::<_, Int64Type>(days);
                self.times(&days, Counts::Days)
            }
            Time32(TimeUnit::Millisecond) => {
                let times = array.as_primitive::<Time32MillisecondType>();
                self.times(times, Counts::OfDay(1000))
            }
            Time32(_) => self.times(array.as_primitive::<Time32SecondType>(), Counts::OfDay(1)),
            Time64(TimeUnit::Nanosecond) => {
                let times = array.as_primitive::<Time64NanosecondType>();
                self.times(times, Counts::OfDay(1_000_000_000))
            }
            Time64(_) => {
                let times = array.as_primitive::<Time64MicrosecondType>();
                self.times(times, Counts::OfDay(1_000_000))
            }
            Timestamp(unit, _) => {
                let (values, per_second) = match unit {
                    TimeUnit::Second => (values_of::<TimestampSecondType>(array), 1),
                    TimeUnit::Millisecond => (values_of::<TimestampMillisecondType>(array), 1000),
                    TimeUnit::Microsecond => {
                        (values_of::<TimestampMicrosecondType>(array), 1_000_000)
                    }
                    TimeUnit::Nanosecond => {
                        (values_of::<TimestampNanosecondType>(array), 1_000_000_000)
                    }
                };
                self.times(&values, Counts::SinceEpoch(per_second))
            }
            Float16 => self.floats(array.as_primitive::<Float16Type>()),
            Float32 => self.floats(array.as_primitive::<Float32Type>()),
            Float64 => self.floats(array.as_primitive::<Float64Type>()),
            Decimal32(_, scale) => {
                let values = array.as_primitive::<Decimal32Type>();
                self.each(array, |c, row, at| {
                    c.decimal(row, Some(values.value(at).into()), *scale)
                })
            }
            Decimal64(_, scale) => {
                let values = array.as_primitive::<Decimal64Type>();
                self.each(array, |c, row, at| {
                    c.decimal(row, Some(values.value(at).into()), *scale)
                })
            }
            Decimal128(_, scale) => {
                let values = array.as_primitive::<Decimal128Type>();
                self.each(array, |c, row, at| {
                    c.decimal(row, Some(values.value(at)), *scale)
                })
            }
            Decimal256(_, scale) => {
                let values = array.as_primitive::<Decimal256Type>();
                self.each(array, |c, row, at| {
                    c.decimal(row, values.value(at).to_i128(), *scale)
                })
            }
            Utf8 => {
                let values = array.as_string::<i32>();
                self.each(array, |cells, row, at| cells.text(row, values.value(at)))
            }
            LargeUtf8 => {
                let values = array.as_string::<i64>();
                self.each(array, |cells, row, at| cells.text(row, values.value(at)))
            }
            Utf8View => {
                let values = array.as_string_view();
                self.each(array, |cells, row, at| cells.text(row, values.value(at)))
            }
            Binary => {
                let values = array.as_binary::<i32>();
                self.each(array, |cells, row, at| cells.bytes(row, values.value(at)))
            }
            LargeBinary => {
                let values = array.as_binary::<i64>();
                self.each(array, |cells, row, at| cells.bytes(row, values.value(at)))
            }
            BinaryView => {
                let values = array.as_binary_view();
                self.each(array, |cells, row, at| cells.bytes(row, values.value(at)))
            }
            Dictionary(..) => self.dictionary(array),
            // Nothing but nulls.
            _ => self.each(array, |_, _, _| Ok(())),
        }
    }

    /// Adds what the keys of a dictionary stand for, each value by itself.
    fn dictionary(&mut self, array: &ArrayRef) -> Result<()> {
        let dictionary = array.as_any_dictionary();
        let (keys, values) = (dictionary.keys(), dictionary.values());
        if values.is_empty() {
            return self.each(array, |cells, row, _| cells.missing(row));
        }
        let start = self.start;
        let short = values.as_string_opt::<i32>();
        let long = values.as_string_opt::<i64>();
        for (at, place) in dictionary.normalized_keys().into_iter().enumerate() {
            self.start = start + at;
            match (short, long) {
                _ if keys.is_null(at) || values.is_null(place) => self.missing(self.start)?,
                (Some(texts), _) => self.text(self.start, texts.value(place))?,
                (_, Some(texts)) => self.text(self.start, texts.value(place))?,
                _ => self.add(&values.slice(place, 1))?,
            }
        }
        self.start = start;
        Ok(())
    }

    /// Calls `set` with each row that is not null, and its place in the array.
    fn each(
        &mut self,
        array: &ArrayRef,
        set: impl Fn(&mut Self, usize, usize) -> Result<()>,
    ) -> Result<()> {
        let nulls = array.logical_nulls();
        for at in 0..array.len() {
            let row = self.start + at;
            match nulls.as_ref().is_some_and(|nulls| nulls.is_null(at)) {
                true => self.missing(row)?,
                false => set(self, row, at)?,
            }
        }
        Ok(())
    }

    fn integers<T>(&mut self, values: &PrimitiveArray<T>) -> Result<()>
    where
        T: ArrowPrimitiveType,
        T::Native: Into<i128> + Copy,
    {
        let array: ArrayRef = std::sync::Arc::new(values.clone());
        self.each(&array, |cells, row, at| {
            let value: i128 = values.value(at).into();
            cells.number(row, value as f64, value)
        })
    }

    fn times<T>(&mut self, values: &PrimitiveArray<T>, counts: Counts) -> Result<()>
    where
        T: ArrowPrimitiveType,
        T::Native: Into<i64> + Copy,
    {
        let array: ArrayRef = std::sync::Arc::new(values.clone());
        self.each(&array, |cells, row, at| {
            let value: i64 = values.value(at).into();
            match counts.text(value) {
                Some(text) => cells.text(row, &text),
                None => {
                    let (columns, column) = (&cells.columns, cells.column);
                    Err(columns.refuse(row, column, found(value), EXPECTED, HINT))
                }
            }
        })
    }

    fn floats<T>(&mut self, values: &PrimitiveArray<T>) -> Result<()>
    where
        T: ArrowPrimitiveType,
        T::Native: Into<f64> + ToString + Copy,
    {
        let array: ArrayRef = std::sync::Arc::new(values.clone());
        self.each(&array, |cells, row, at| {
            let value = values.value(at);
            cells.number(row, value.into(), value)
        })
    }

    fn missing(&mut self, row: usize) -> Result<()> {
        self.columns.missing(row, self.column, "")
    }

    /// Sets a number; `text` is how it reads as a label or an id.
    fn number(&mut self, row: usize, value: f64, text: impl ToString) -> Result<()> {
        self.columns.keep_number(row, self.column, &text);
        match self.columns.keeps_text(self.column) {
            true => self.columns.text(row, self.column, &text.to_string()),
            false => self.columns.number(row, self.column, value),
        }
    }

    fn decimal(&mut self, row: usize, value: Option<i128>, scale: i8) -> Result<()> {
        match value {
            Some(value) if scale == 0 => self.number(row, value as f64, value),
            Some(value) => {
                let value = value as f64 / 10f64.powi(scale.into());
                self.number(row, value, value)
            }
            None => Err(self.columns.refuse(
                row,
                self.column,
                "a decimal with more than 38 digits".into(),
                "a number",
                "name the column in data.ignore, or store it as doubles",
            )),
        }
    }

    fn text(&mut self, row: usize, text: &str) -> Result<()> {
        // One text of a dictionary may occur in every row.
        let taken = self.allowance.take(text.len() as u64);
        taken.map_err(|found| damaged(self.origin, found))?;
        self.columns.keep(row, self.column, text);
        self.columns.text(row, self.column, text)?;
        // Checked at each text, before many long texts are held.
        self.columns.check_room(self.room)
    }

    fn bytes(&mut self, row: usize, bytes: &[u8]) -> Result<()> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(row, text),
            // As text they can be shown, counted and left out like other texts.
            Err(_) if !self.columns.is_tag(self.column) => {
                self.text(row, &bytes.escape_ascii().to_string())
            }
            Err(_) => {
                let hint = "name the column in data.ignore";
                let found = "bytes that are no text".into();
                let column = self.column;
                Err(self.columns.refuse(row, column, found, "UTF-8 text", hint))
            }
        }
    }
}

/// Returns the integers that an array of times holds.
fn values_of<T>(array: &ArrayRef) -> PrimitiveArray<Int64Type>
where
    T: ArrowPrimitiveType<Native = i64>,
{
    array.as_primitive::<T>().reinterpret_cast()
}

//! Arrays of numbers, as NumPy and IDX files hold them: elements from bytes,
//! and what each number of dimensions means.

use std::io::{ErrorKind, Read};

use ndarray::{Array, IxDyn, ShapeBuilder};

use super::extent::Extent;
use super::{MISSING_HINT, MISSING_TO_A_MODEL, Roles};
use crate::error::{Error, Place, Result};
use crate::table::{ImageShape, Table, Values};

/// Bytes taken from a file at a time; a multiple of every element's size.
const CHUNK: usize = 64 * 1024;

/// Wider rows are images or the like, whose values are not that large.
const WIDEST: usize = 4096;

/// The type of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Element {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

/// What the header of an array says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub element: Element,
    pub big_endian: bool,
    /// Whether the first dimension varies fastest.
    pub fortran: bool,
    pub shape: Vec<usize>,
}

/// Hands each element of `$bytes`, as its own type, to `$f`.
macro_rules! each {
    ($bytes:expr, $big_endian:expr, $type:ty, $f:expr) => {{
        let (elements, _) = $bytes.as_chunks::<{ size_of::<$type>() }>();
        if $big_endian {
            elements.iter().for_each(|&e| $f(<$type>::from_be_bytes(e)))
        } else {
            elements.iter().for_each(|&e| $f(<$type>::from_le_bytes(e)))
        }
    }};
}

impl Header {
    fn size(&self) -> usize {
        match self.element {
            Element::Bool | Element::U8 | Element::I8 => 1,
            Element::U16 | Element::I16 => 2,
            Element::U32 | Element::I32 | Element::F32 => 4,
            Element::U64 | Element::I64 | Element::F64 => 8,
        }
    }

    /// The number of rows, if the shape has one to four dimensions, none of
    /// them empty.
    pub fn rows(&self, origin: &str, place: &Place) -> Result<usize> {
        let refuse = |expected, hint| {
            let found = format!("an array of shape {:?}", self.shape);
            Err(Error::data(origin, place.clone(), found, expected, hint))
        };
        let whole = "check that the array was not empty when it was saved";
        let images = "images as [rows, height, width, channels] with 1 or 3 channels";
        match self.shape[..] {
            [] | [_, _, _, _, _, ..] => refuse(
                "1 to 4 dimensions, of which rows are the first",
                "reshape it to [rows, features]",
            ),
            [0, ..] => refuse("at least one row", whole),
            _ if self.shape.contains(&0) => refuse("at least one feature", whole),
            [_, 1 | 3, _, channels] if channels != 1 && channels != 3 => refuse(
                images,
                "move the channels to the end: array.transpose(0, 2, 3, 1)",
            ),
            [_, _, _, 4] => refuse(images, "leave the alpha channel out: array[..., :3]"),
            [_, _, _, channels] if channels != 1 && channels != 3 => {
                refuse(images, "reshape it to [rows, features]")
            }
            [rows, ..] => Ok(rows),
        }
    }

    /// Whether the elements are kept as bytes: pixels are.
    fn keeps_bytes(&self) -> bool {
        self.element == Element::U8 && self.shape.len() > 1
    }

    fn push(&self, bytes: &[u8], out: &mut Values) {
        let big = self.big_endian;
        let out = match out {
            Values::Bytes(out) => return out.extend_from_slice(bytes),
            Values::Floats(out) => out,
        };
        match self.element {
            Element::Bool => each!(bytes, big, u8, |e| out.push(f32::from(e != 0))),
            Element::U8 => each!(bytes, big, u8, |e| out.push(e as f32)),
            Element::I8 => each!(bytes, big, i8, |e| out.push(e as f32)),
            Element::U16 => each!(bytes, big, u16, |e| out.push(e as f32)),
            Element::I16 => each!(bytes, big, i16, |e| out.push(e as f32)),
            Element::U32 => each!(bytes, big, u32, |e| out.push(e as f32)),
            Element::I32 => each!(bytes, big, i32, |e| out.push(e as f32)),
            Element::U64 => each!(bytes, big, u64, |e| out.push(e as f32)),
            Element::I64 => each!(bytes, big, i64, |e| out.push(e as f32)),
            Element::F32 => each!(bytes, big, f32, |e| out.push(e)),
            Element::F64 => each!(bytes, big, f64, |e| out.push(e as f32)),
        }
    }

    /// Hands on each element that 32 bits may not hold, as it is.
    fn each_wide(&self, bytes: &[u8], mut take: impl FnMut(f64)) {
        let big = self.big_endian;
        match self.element {
            Element::U32 => each!(bytes, big, u32, |e| take(e as f64)),
            Element::I32 => each!(bytes, big, i32, |e| take(e as f64)),
            Element::U64 => each!(bytes, big, u64, |e| take(e as f64)),
            Element::I64 => each!(bytes, big, i64, |e| take(e as f64)),
            Element::F64 => each!(bytes, big, f64, &mut take),
            _ => {}
        }
    }

    /// The elements as text: integers exactly and without a point.
    fn push_text(&self, bytes: &[u8], out: &mut Vec<String>) {
        let big = self.big_endian;
        match self.element {
            Element::Bool => each!(bytes, big, u8, |e| out.push((e != 0).to_string())),
            Element::U8 => each!(bytes, big, u8, |e: u8| out.push(e.to_string())),
            Element::I8 => each!(bytes, big, i8, |e: i8| out.push(e.to_string())),
            Element::U16 => each!(bytes, big, u16, |e: u16| out.push(e.to_string())),
            Element::I16 => each!(bytes, big, i16, |e: i16| out.push(e.to_string())),
            Element::U32 => each!(bytes, big, u32, |e: u32| out.push(e.to_string())),
            Element::I32 => each!(bytes, big, i32, |e: i32| out.push(e.to_string())),
            Element::U64 => each!(bytes, big, u64, |e: u64| out.push(e.to_string())),
            Element::I64 => each!(bytes, big, i64, |e: i64| out.push(e.to_string())),
            Element::F32 => each!(bytes, big, f32, |e: f32| out.push(e.to_string())),
            Element::F64 => each!(bytes, big, f64, |e: f64| out.push(e.to_string())),
        }
    }
}

/// Reads the elements that follow a header, as the rows of a table.
pub(super) fn read_table(
    origin: &str,
    place: &Place,
    header: &Header,
    reader: impl Read,
    roles: &Roles,
) -> Result<Table> {
    let rows = header.rows(origin, place)?;
    let mut values = match header.keeps_bytes() {
        true => Values::Bytes(Vec::new()),
        false => Values::Floats(Vec::new()),
    };
    let width = match header.shape[..] {
        [_] => 1,
        [_, width] if width <= WIDEST => width,
        _ => 0,
    };
    let mut extents: Vec<Extent> = (0..width).map(|_| Extent::default()).collect();
    let mut seen = 0;
    read_elements(origin, place, header, reader, |bytes| {
        header.push(bytes, &mut values);
        if width > 0 {
            header.each_wide(bytes, |value| {
                let column = match header.fortran {
                    true => seen / rows,
                    false => seen % width,
                };
                seen += 1;
                // More than the header promises is refused afterwards.
                if let Some(extent) = extents.get_mut(column).filter(|_| value.is_finite()) {
                    extent.add(value);
                }
            });
        }
    })?;
    if header.fortran {
        values = match values {
            Values::Bytes(values) => Values::Bytes(rows_first(&header.shape, values)),
            Values::Floats(values) => Values::Floats(rows_first(&header.shape, values)),
        };
    }
    let columns = values.len() / rows;
    let mut table = Table::unnamed(origin, values, columns)?;
    table.image = match header.shape[1..] {
        [height, width] => Some((height, width, 1)),
        [height, width, channels] => Some((height, width, channels)),
        _ => None,
    }
    .map(|(height, width, channels)| ImageShape {
        height,
        width,
        channels,
    });
    let exact = extents.iter().enumerate();
    table.exact = exact.filter_map(|(at, of)| of.exact(at)).collect();
    refuse_not_finite(&table, roles)?;
    Ok(table)
}

/// Reads the elements that follow a header of one dimension, as text.
pub(super) fn read_texts(
    origin: &str,
    place: &Place,
    header: &Header,
    reader: impl Read,
) -> Result<Vec<String>> {
    header.rows(origin, place)?;
    let mut texts = Vec::new();
    read_elements(origin, place, header, reader, |bytes| {
        header.push_text(bytes, &mut texts);
    })?;
    Ok(texts)
}

/// Reads just the bytes that the header promises, a chunk at a time, so that a
/// header that lies costs no memory.
fn read_elements(
    origin: &str,
    place: &Place,
    header: &Header,
    mut reader: impl Read,
    mut take: impl FnMut(&[u8]),
) -> Result<()> {
    let lengths = header.shape.iter().map(|&length| length as u64);
    let promised = lengths
        .chain([header.size() as u64])
        .try_fold(1u64, u64::checked_mul);
    let refuse = |found: String| {
        let shape = &header.shape;
        let expected = match promised {
            Some(bytes) => format!("{} of values for the shape {shape:?}", counted(bytes)),
            None => "a shape that a file can hold".into(),
        };
        let hint = "the file is damaged or cut short; copy or download it again";
        Error::data(origin, place.clone(), found, expected, hint)
    };
    let mut left = promised.ok_or_else(|| refuse(format!("the shape {:?}", header.shape)))?;
    let mut chunk = vec![0; CHUNK];
    loop {
        // One byte more than promised tells whether more follows.
        let wanted = left.saturating_add(1).min(CHUNK as u64) as usize;
        let got = read_full(&mut reader, &mut chunk[..wanted])
            .map_err(|e| Error::file(origin, "read", e))?;
        if got as u64 > left {
            return Err(refuse("bytes after the end".into()));
        }
        take(&chunk[..got]);
        left -= got as u64;
        if got < wanted {
            break;
        }
    }
    match (left, promised) {
        (0, _) => Ok(()),
        (left, Some(promised)) => Err(refuse(counted(promised - left))),
        (_, None) => Ok(()),
    }
}

fn counted(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".into(),
        bytes => format!("{bytes} bytes"),
    }
}

/// Fills the buffer as far as the reader goes.
fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match reader.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

/// Reorders values whose first dimension varies fastest to row-major.
fn rows_first<T: Copy>(shape: &[usize], values: Vec<T>) -> Vec<T> {
    match Array::from_shape_vec(IxDyn(shape).f(), values) {
        Ok(array) => array.iter().copied().collect(),
        // The number of values was checked against the shape.
        Err(_) => Vec::new(),
    }
}

/// Refuses infinities, and NaN unless missing values are allowed.
fn refuse_not_finite(table: &Table, roles: &Roles) -> Result<()> {
    let Values::Floats(values) = &table.values else {
        return Ok(());
    };
    let bad = |value: &f32| value.is_infinite() || (value.is_nan() && !roles.allow_missing);
    let Some(at) = values.iter().position(bad) else {
        return Ok(());
    };
    let width = table.columns.len();
    let (found, expected, hint) = match values[at].is_nan() {
        true if roles.optional => ("NaN", "a value", MISSING_TO_A_MODEL),
        true => ("NaN", "a value", MISSING_HINT),
        false => (
            "a number beyond 32 bits, or infinity",
            "a finite number",
            "leave the row out, or make the number finite",
        ),
    };
    let place = Place::Cell(at / width + 1, table.columns[at % width].name.clone());
    Err(Error::data(&table.origin, place, found, expected, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(element: Element, shape: &[usize]) -> Header {
        Header {
            element,
            big_endian: true,
            fortran: false,
            shape: shape.to_vec(),
        }
    }

    #[test]
    fn numbers_too_large_for_32_bits_are_remembered() {
        for fortran in [false, true] {
            let header = Header {
                element: Element::F64,
                big_endian: false,
                fortran,
                shape: vec![2, 2],
            };
            let mut values = [1.7e9, 1.0, 1.7e9 + 1.0, 2.0];
            if fortran {
                values.swap(1, 2);
            }
            let bytes: Vec<u8> = values.iter().flat_map(|v: &f64| v.to_le_bytes()).collect();
            let table =
                read_table("t", &Place::Whole, &header, &bytes[..], &Roles::default()).unwrap();
            assert_eq!(table.exact.len(), 1);
            let exact = &table.exact[0];
            assert_eq!((exact.column, exact.high), (0, 1.7e9 + 1.0));
            assert!(exact.lost);
        }
    }

    #[test]
    fn elements_become_numbers_and_text() {
        let header = header(Element::I16, &[2, 1]);
        let bytes: &[u8] = &[0xff, 0xfe, 0x01, 0x00];
        let table = read_table("t", &Place::Whole, &header, bytes, &Roles::default()).unwrap();
        assert_eq!(table.values, Values::Floats(vec![-2.0, 256.0]));
        let texts = read_texts("t", &Place::Whole, &header, bytes).unwrap();
        assert_eq!(texts, ["-2", "256"]);
    }

    #[test]
    fn fortran_order_is_turned_to_rows() {
        // [[1, 2, 3], [4, 5, 6]] by columns.
        let rows = rows_first(&[2, 3], vec![1, 4, 2, 5, 3, 6]);
        assert_eq!(rows, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_header_that_lies_is_refused_without_memory() {
        for (shape, word) in [
            (vec![usize::MAX, 7, 3], "a shape that a file can hold"),
            (vec![1 << 40, 1 << 10], "found 3 bytes"),
            (vec![1, 2], "bytes after the end"),
            (vec![0, 2], "at least one row"),
            (vec![2, 0], "at least one feature"),
            (vec![], "1 to 4 dimensions"),
            (vec![1, 1, 1, 3, 1], "1 to 4 dimensions"),
            (vec![1, 1, 1, 2], "1 or 3 channels"),
        ] {
            let header = header(Element::U8, &shape);
            let error = read_table("t", &Place::Whole, &header, &[0; 3][..], &Roles::default())
                .unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

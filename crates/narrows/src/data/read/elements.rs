//! The elements of an array in a file: its header, and its bytes as numbers or
//! texts.

use std::io::{ErrorKind, Read};

use half::f16;

use super::allowance::MOST_VALUES;
use crate::base::error::{Error, Place, Result};
use crate::data::table::TagKind;

/// Bytes read from a file at a time; a multiple of every element's size.
const CHUNK: usize = 64 * 1024;

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
    F16,
    F32,
    F64,
}

impl Element {
    /// Returns what the elements are as labels or ids.
    pub fn tag_kind(self) -> TagKind {
        match self {
            Element::Bool => TagKind::Boolean,
            Element::F16 | Element::F32 | Element::F64 => TagKind::Number,
            // Without a sign, 64 bits may hold more.
            Element::U64 => TagKind::Text,
            _ => TagKind::Integer,
        }
    }
}

/// The contents of an array's header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub element: Element,
    pub big_endian: bool,
    /// Whether the first dimension varies fastest.
    pub fortran: bool,
    pub shape: Vec<usize>,
}

/// Passes each element of `$bytes`, as its own type, to `$f`.
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

/// Appends `$f` of each element of `$bytes` to `$out`.
macro_rules! push {
    ($bytes:expr, $big_endian:expr, $out:expr, $type:ty, $f:expr) => {{
        let (elements, _) = $bytes.as_chunks::<{ size_of::<$type>() }>();
        let f = $f;
        if $big_endian {
            $out.extend(elements.iter().map(|&e| f(<$type>::from_be_bytes(e))))
        } else {
            $out.extend(elements.iter().map(|&e| f(<$type>::from_le_bytes(e))))
        }
    }};
}

impl Header {
    pub fn size(&self) -> usize {
        match self.element {
            Element::Bool | Element::U8 | Element::I8 => 1,
            Element::U16 | Element::I16 | Element::F16 => 2,
            Element::U32 | Element::I32 | Element::F32 => 4,
            Element::U64 | Element::I64 | Element::F64 => 8,
        }
    }

    /// Returns the number of rows; refuses shapes without one to four
    /// dimensions, or with an empty one.
    pub fn rows(&self, origin: &str, place: &Place) -> Result<usize> {
        let refuse = |expected, hint| {
            let found = format!("an array of shape {:?}", self.shape);
            Err(Error::data(origin, place.clone(), found, expected, hint))
        };
        let whole = "check that the array was not empty when it was saved";
        let images = "images as [rows, height, width, channels] with 1 or 3 channels";
        let reshape = "reshape it to [rows, features]";
        match self.shape[..] {
            [] | [_, _, _, _, _, ..] => {
                refuse("1 to 4 dimensions, of which rows are the first", reshape)
            }
            [0, ..] => refuse("at least one row", whole),
            _ if self.shape.contains(&0) => refuse("at least one feature", whole),
            [_, 1 | 3, _, channels] if channels != 1 && channels != 3 => refuse(
                images,
                "move the channels to the end: array.transpose(0, 2, 3, 1)",
            ),
            [_, _, _, 4] => refuse(images, "leave the alpha channel out: array[..., :3]"),
            [_, _, _, channels] if channels != 1 && channels != 3 => refuse(images, reshape),
            [rows, ref row @ ..] => {
                let values = row.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
                match values.is_some_and(|values| values <= MOST_VALUES) {
                    true => Ok(rows),
                    false => refuse("at most 4194304 values in a row", reshape),
                }
            }
        }
    }

    /// Returns the number of elements per row.
    pub fn of_row(&self) -> usize {
        self.shape[1..].iter().product()
    }

    /// Returns whether the elements are kept as bytes, as pixels are.
    pub fn keeps_bytes(&self) -> bool {
        self.element == Element::U8 && self.shape.len() > 1
    }

    /// Appends the elements as numbers.
    pub fn push(&self, bytes: &[u8], out: &mut Vec<f32>) {
        let big = self.big_endian;
        match self.element {
            Element::Bool => push!(bytes, big, out, u8, |e| f32::from(e != 0)),
            Element::U8 => push!(bytes, big, out, u8, |e| e as f32),
            Element::I8 => push!(bytes, big, out, i8, |e| e as f32),
            Element::U16 => push!(bytes, big, out, u16, |e| e as f32),
            Element::I16 => push!(bytes, big, out, i16, |e| e as f32),
            Element::U32 => push!(bytes, big, out, u32, |e| e as f32),
            Element::I32 => push!(bytes, big, out, i32, |e| e as f32),
            Element::U64 => push!(bytes, big, out, u64, |e| e as f32),
            Element::I64 => push!(bytes, big, out, i64, |e| e as f32),
            Element::F16 => push!(bytes, big, out, f16, f16::to_f32),
            Element::F32 => push!(bytes, big, out, f32, |e| e),
            Element::F64 => push!(bytes, big, out, f64, |e| e as f32),
        }
    }

    /// Passes on each element that 32 bits may not hold, unrounded.
    pub fn each_wide(&self, bytes: &[u8], mut take: impl FnMut(f64)) {
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

    /// Appends the elements as text: integers exactly and without a point.
    pub fn push_text(&self, bytes: &[u8], out: &mut Vec<String>) {
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
            Element::F16 => each!(bytes, big, f16, |e: f16| out.push(e.to_string())),
            Element::F32 => each!(bytes, big, f32, |e: f32| out.push(e.to_string())),
            Element::F64 => each!(bytes, big, f64, |e: f64| out.push(e.to_string())),
        }
    }
}

/// The bytes that a header promises, read a chunk at a time, so that a false
/// header costs no memory.
pub(super) struct Elements<R> {
    pub origin: String,
    place: Place,
    pub header: Header,
    reader: R,
    promised: u64,
    left: u64,
    chunk: Vec<u8>,
}

impl<R: Read> Elements<R> {
    pub fn new(origin: &str, place: Place, header: Header, reader: R) -> Result<Self> {
        let lengths = header.shape.iter().map(|&length| length as u64);
        let promised = lengths
            .chain([header.size() as u64])
            .try_fold(1u64, u64::checked_mul);
        let mut elements = Elements {
            origin: origin.into(),
            place,
            header,
            reader,
            promised: promised.unwrap_or(0),
            left: promised.unwrap_or(0),
            chunk: Vec::new(),
        };
        if promised.is_none() {
            let found = format!("the shape {:?}", elements.header.shape);
            return Err(elements.refuse(found, "a shape that a file can hold".into()));
        }
        elements.chunk.resize(CHUNK, 0);
        Ok(elements)
    }

    fn refuse(&self, found: String, expected: String) -> Error {
        let hint = "the file is damaged or cut short; copy or download it again";
        Error::data(&self.origin, self.place.clone(), found, expected, hint)
    }

    fn refused(&self, found: String) -> Error {
        let (promised, shape) = (counted(self.promised), &self.header.shape);
        self.refuse(
            found,
            format!("{promised} of values for the shape {shape:?}"),
        )
    }

    fn fill(&mut self, wanted: usize) -> Result<usize> {
        read_full(&mut self.reader, &mut self.chunk[..wanted])
            .map_err(|e| Error::file(&self.origin, "read", e))
    }

    /// Passes on the bytes of the next rows. No bytes may follow the last row.
    pub fn read(&mut self, rows: usize, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let row = self.header.of_row() as u64 * self.header.size() as u64;
        let mut wanted = (rows as u64).saturating_mul(row).min(self.left);
        while wanted > 0 {
            let chunk = wanted.min(CHUNK as u64);
            let got = self.fill(chunk as usize)? as u64;
            if got < chunk {
                let found = self.promised - self.left + got;
                return Err(self.refused(counted(found)));
            }
            take(&self.chunk[..got as usize])?;
            self.left -= got;
            wanted -= got;
        }
        if self.left == 0 && self.fill(1)? > 0 {
            return Err(self.refused("bytes after the end".into()));
        }
        Ok(())
    }
}

fn counted(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".into(),
        bytes => format!("{bytes} bytes"),
    }
}

/// Fills the buffer until it is full or the reader ends.
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

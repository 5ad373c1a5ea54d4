//! Reads arrays of numbers from NumPy and IDX files: elements from bytes, and
//! the meaning of each number of dimensions.

use std::io::{ErrorKind, Read};

use ndarray::{Array, IxDyn, ShapeBuilder};

use super::Roles;
use super::allowance::MOST_VALUES;
use super::extent::Extent;
use super::grown::Grown;
use super::reader::{Held, Reader, Room, places};
use super::roles::{MISSING_TO_A_MODEL, missing_hint};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::Hint;
use crate::data::table::{ImageShape, Table, Values};

/// Bytes read from a file at a time; a multiple of every element's size.
const CHUNK: usize = 64 * 1024;

/// The widest rows with statistics; wider ones are images or the like, whose
/// values are not that large.
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
    fn size(&self) -> usize {
        match self.element {
            Element::Bool | Element::U8 | Element::I8 => 1,
            Element::U16 | Element::I16 => 2,
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
    fn of_row(&self) -> usize {
        self.shape[1..].iter().product()
    }

    /// Returns whether the elements are kept as bytes, as pixels are.
    fn keeps_bytes(&self) -> bool {
        self.element == Element::U8 && self.shape.len() > 1
    }

    /// Appends the elements as numbers.
    fn push(&self, bytes: &[u8], out: &mut Vec<f32>) {
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
            Element::F32 => push!(bytes, big, out, f32, |e| e),
            Element::F64 => push!(bytes, big, out, f64, |e| e as f32),
        }
    }

    /// Passes on each element that 32 bits may not hold, unrounded.
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

    /// Appends the elements as text: integers exactly and without a point.
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

/// The elements that follow a header, as the rows of a table.
pub(super) struct Rows<R> {
    elements: Elements<R>,
    rows: usize,
    before: usize,
    /// The hint for the first missing value; `None` if missing values are
    /// allowed.
    missing: Option<Hint>,
    /// All rows of an array in Fortran order, if parts are wanted.
    held: Option<Held>,
}

impl<R: Read> Rows<R> {
    pub fn new(
        origin: &str,
        place: Place,
        header: Header,
        reader: R,
        roles: &Roles,
    ) -> Result<Self> {
        Ok(Rows {
            rows: header.rows(origin, &place)?,
            elements: Elements::new(origin, place, header, reader)?,
            before: 0,
            missing: match (roles.allow_missing, roles.optional) {
                (true, _) => None,
                (_, true) => Some(MISSING_TO_A_MODEL.into()),
                _ => Some(missing_hint()),
            },
            held: None,
        })
    }

    /// Returns the number of rows that the header promises.
    pub fn total(&self) -> usize {
        self.rows
    }

    /// Returns the bytes held in addition to a part: all of an array in Fortran
    /// order, twice while it is reordered.
    pub fn holds(&self) -> usize {
        let header = &self.elements.header;
        let value = if header.keeps_bytes() {
            1
        } else {
            size_of::<f32>()
        };
        match header.fortran {
            true => [self.rows, header.of_row(), value, 2]
                .into_iter()
                .fold(1, usize::saturating_mul),
            false => 0,
        }
    }

    /// Returns the next rows; `None` at the end.
    pub fn next(&mut self, room: Room) -> Result<Option<Table>> {
        if !self.elements.header.fortran || !room.is_part() {
            return self.read(room);
        }
        if self.held.is_none() {
            // If the array exceeds the room, its size in `holds` was already
            // refused.
            self.held = self.read(Room::ENDLESS)?.map(Held::new);
        }
        match &mut self.held {
            Some(held) => held.next(room),
            None => Ok(None),
        }
    }

    fn read(&mut self, room: Room) -> Result<Option<Table>> {
        let left = self.rows - self.before;
        if left == 0 {
            return Ok(None);
        }
        let header = self.elements.header.clone();
        let rows = left.min(room.rows);
        let of_row = header.of_row();
        let origin = self.elements.origin.clone();
        // While they are reordered, the rows are in memory twice.
        let copies = if header.fortran { 2 } else { 1 };
        let value = if header.keeps_bytes() {
            1
        } else {
            size_of::<f32>()
        };
        let bytes = [rows, of_row, value, copies];
        let bytes = bytes.into_iter().fold(1, usize::saturating_mul);
        let fits = (room.bytes / copies / value)
            .checked_div(of_row)
            .unwrap_or(0);
        room.check(&origin, fits.saturating_add(self.before + 1), bytes)?;

        let mut pixels = Grown::new();
        let mut numbers = Grown::new();
        let width = match header.shape[..] {
            [_] => 1,
            [_, width] if width <= WIDEST => width,
            _ => 0,
        };
        let mut extents: Vec<Extent> = (0..width).map(|_| Extent::default()).collect();
        let mut seen = 0;
        self.elements.read(rows, |bytes| {
            match header.keeps_bytes() {
                true => pixels.more(bytes.len()).extend_from_slice(bytes),
                false => header.push(bytes, numbers.more(bytes.len() / header.size())),
            }
            if width > 0 {
                header.each_wide(bytes, |value| {
                    let column = match header.fortran {
                        true => seen / rows,
                        false => seen % width,
                    };
                    seen += 1;
                    if let Some(extent) = extents.get_mut(column).filter(|_| value.is_finite()) {
                        extent.add(value);
                    }
                });
            }
        })?;
        let values = match (header.keeps_bytes(), header.fortran) {
            (true, false) => Values::Bytes(pixels.whole()),
            (true, true) => Values::Bytes(rows_first(&header.shape, pixels.whole())),
            (false, false) => Values::Floats(numbers.whole()),
            (false, true) => Values::Floats(rows_first(&header.shape, numbers.whole())),
        };
        let columns = values.len() / rows;
        let mut table = Table::unnamed(&origin, values, columns)?;
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
        table.places = places(room, self.before, rows);
        refuse_not_finite(&table, self.missing.as_ref())?;
        self.before += rows;
        Ok(Some(table))
    }
}

/// The elements that follow a header of one dimension, as texts.
pub(super) struct Texts<R> {
    elements: Elements<R>,
}

impl<R: Read> Texts<R> {
    pub fn new(origin: &str, place: Place, header: Header, reader: R) -> Result<Self> {
        header.rows(origin, &place)?;
        let elements = Elements::new(origin, place, header, reader)?;
        Ok(Texts { elements })
    }

    /// Returns the next `count` texts.
    pub fn next(&mut self, count: usize) -> Result<Vec<String>> {
        let header = self.elements.header.clone();
        let mut texts = Vec::new();
        self.elements
            .read(count, |bytes| header.push_text(bytes, &mut texts))?;
        Ok(texts)
    }
}

/// The bytes that a header promises, read a chunk at a time, so that a false
/// header costs no memory.
struct Elements<R> {
    origin: String,
    place: Place,
    header: Header,
    reader: R,
    promised: u64,
    left: u64,
    chunk: Vec<u8>,
}

impl<R: Read> Elements<R> {
    fn new(origin: &str, place: Place, header: Header, reader: R) -> Result<Self> {
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
    fn read(&mut self, rows: usize, mut take: impl FnMut(&[u8])) -> Result<()> {
        let row = self.header.of_row() as u64 * self.header.size() as u64;
        let mut wanted = (rows as u64).saturating_mul(row).min(self.left);
        while wanted > 0 {
            let chunk = wanted.min(CHUNK as u64);
            let got = self.fill(chunk as usize)? as u64;
            if got < chunk {
                let found = self.promised - self.left + got;
                return Err(self.refused(counted(found)));
            }
            take(&self.chunk[..got as usize]);
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

/// Reorders values whose first dimension varies fastest to row-major order.
fn rows_first<T: Copy>(shape: &[usize], values: Vec<T>) -> Vec<T> {
    match Array::from_shape_vec(IxDyn(shape).f(), values) {
        Ok(array) => array.iter().copied().collect(),
        // The number of values was checked against the shape.
        Err(_) => Vec::new(),
    }
}

/// Refuses infinities, and refuses NaN if there is a hint for it.
fn refuse_not_finite(table: &Table, missing: Option<&Hint>) -> Result<()> {
    let Values::Floats(values) = &table.values else {
        return Ok(());
    };
    let bad = |value: &f32| value.is_infinite() || (value.is_nan() && missing.is_some());
    let Some(at) = values.iter().position(bad) else {
        return Ok(());
    };
    let width = table.columns.len();
    let (found, expected, hint) = match values[at].is_nan() {
        true => ("NaN", "a value", missing.cloned().unwrap_or_default()),
        false => (
            "a number beyond 32 bits, or infinity",
            "a finite number",
            "leave the row out, or make the number finite".into(),
        ),
    };
    let place = Place::Cell(
        table.number_of(at / width),
        table.columns[at % width].name.clone(),
    );
    Err(Error::data(&table.origin, place, found, expected, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_table(header: &Header, bytes: &[u8]) -> Result<Table> {
        let mut rows = Rows::new("t", Place::Whole, header.clone(), bytes, &Roles::default())?;
        Ok(rows.next(Room::ENDLESS)?.unwrap())
    }

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
            let table = read_table(&header, &bytes).unwrap();
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
        let table = read_table(&header, bytes).unwrap();
        assert_eq!(table.values, Values::Floats(vec![-2.0, 256.0]));
        let texts = Texts::new("t", Place::Whole, header, bytes)
            .unwrap()
            .next(2)
            .unwrap();
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
            let error = read_table(&header, &[0; 3]).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

//! Turns the elements of arrays into the rows of a table, or into texts.

use std::io::Read;

use ndarray::{Array, IxDyn, ShapeBuilder};

use super::Roles;
use super::elements::{Element, Elements, Header};
use super::extent::Extent;
use super::pieces::Pieces;
use super::reader::{Reader, Room, TableReader, places};
use super::roles::{MISSING_TO_A_MODEL, infinite_cells, missing_hint};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::Hint;
use crate::data::table::{ImageShape, Table, TagKind, Values};

/// The widest rows with statistics; wider ones are images or the like, whose
/// values are not that large.
const WIDEST: usize = 4096;

/// The elements that follow a header, as the rows of a table.
pub(super) struct ArrayRows<R> {
    elements: Elements<R>,
    rows: usize,
    before: usize,
    /// The hint for the first missing value; `None` if missing values are
    /// allowed.
    missing: Option<Hint>,
    /// Whether rows are only looked at, so that infinities are no mistake.
    any_number: bool,
    /// All rows of an array in Fortran order, if parts are wanted.
    held: Option<TableReader>,
}

impl<R: Read> ArrayRows<R> {
    pub fn new(
        origin: &str,
        place: Place,
        header: Header,
        reader: R,
        roles: &Roles,
    ) -> Result<Self> {
        Ok(ArrayRows {
            rows: header.rows(origin, &place)?,
            elements: Elements::new(origin, place, header, reader)?,
            before: 0,
            missing: match (roles.allow_missing, roles.optional) {
                (true, _) => None,
                (_, true) => Some(MISSING_TO_A_MODEL.into()),
                _ => Some(missing_hint()),
            },
            any_number: roles.any_text,
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
            self.held = self.read(Room::ENDLESS)?.map(TableReader::new);
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

        let mut pixels = Pieces::new();
        let mut numbers = Pieces::new();
        let width = match header.shape[..] {
            [_] => 1,
            [_, width] if width <= WIDEST => width,
            _ => 0,
        };
        let mut extents: Vec<Extent> = (0..width).map(|_| Extent::default()).collect();
        let mut seen = 0;
        self.elements.read(rows, |bytes| {
            match header.keeps_bytes() {
                true => {
                    pixels.check_granted(bytes.len())?;
                    pixels.more(bytes.len()).extend_from_slice(bytes);
                }
                false => {
                    let count = bytes.len() / header.size();
                    numbers.check_granted(count)?;
                    header.push(bytes, numbers.more(count));
                }
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
            Ok(())
        })?;
        let values = match (header.keeps_bytes(), header.fortran) {
            (true, false) => Values::Bytes(pixels.whole()?),
            (true, true) => Values::Bytes(rows_first(&header.shape, pixels.whole()?)),
            (false, false) => Values::Floats(numbers.whole()?),
            (false, true) => Values::Floats(rows_first(&header.shape, numbers.whole()?)),
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
        table.words = table.image.is_some() && header.element == Element::U16;
        let exact = extents.iter().enumerate();
        table.exact = exact.filter_map(|(at, of)| of.exact(at)).collect();
        table.places = places(room, self.before, rows);
        if self.any_number {
            forget_infinities(&mut table);
        }
        refuse_not_finite(&table, self.missing.as_ref())?;
        self.before += rows;
        Ok(Some(table))
    }
}

/// The elements that follow a header of one dimension, as texts.
pub(super) struct ArrayTexts<R> {
    elements: Elements<R>,
}

impl<R: Read> ArrayTexts<R> {
    pub fn new(origin: &str, place: Place, header: Header, reader: R) -> Result<Self> {
        header.rows(origin, &place)?;
        let elements = Elements::new(origin, place, header, reader)?;
        Ok(ArrayTexts { elements })
    }

    /// Returns what the texts are in the file.
    pub fn kind(&self) -> TagKind {
        self.elements.header.element.tag_kind()
    }

    /// Returns the next `count` texts.
    pub fn next(&mut self, count: usize) -> Result<Vec<String>> {
        let header = self.elements.header.clone();
        let mut texts = Vec::new();
        self.elements.read(count, |bytes| {
            header.push_text(bytes, &mut texts);
            Ok(())
        })?;
        Ok(texts)
    }
}

/// Reorders values whose first dimension varies fastest to row-major order.
fn rows_first<T: Copy>(shape: &[usize], values: Vec<T>) -> Vec<T> {
    match Array::from_shape_vec(IxDyn(shape).f(), values) {
        Ok(array) => array.iter().copied().collect(),
        // The number of values was checked against the shape.
        Err(_) => Vec::new(),
    }
}

/// Takes infinities for missing values, and tells how many there are.
fn forget_infinities(table: &mut Table) {
    let width = table.columns.len();
    let Values::Floats(values) = &mut table.values else {
        return;
    };
    let infinite = values.iter_mut().enumerate();
    let mut infinite = infinite.filter(|(_, value)| value.is_infinite());
    let Some((first, value)) = infinite.next() else {
        return;
    };
    *value = f32::NAN;
    let more = infinite.map(|(_, value)| *value = f32::NAN).count();
    table.notes.push(infinite_cells(
        more + 1,
        table.number_of(first / width),
        &table.columns[first % width].name,
    ));
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
        true => (
            "NaN".into(),
            "a value",
            missing.cloned().unwrap_or_default(),
        ),
        false => {
            let found = "a number beyond 32 bits, or infinity".to_string();
            let count = values.iter().filter(|value| value.is_infinite()).count();
            (
                match count {
                    1 => found,
                    _ => format!("{found}, the first of {count} such cells"),
                },
                "a finite number",
                "make such cells missing, array[~numpy.isfinite(array)] = numpy.nan, or leave their rows out".into(),
            )
        }
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
        let mut rows = ArrayRows::new("t", Place::Whole, header.clone(), bytes, &Roles::default())?;
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
    fn an_infinity_is_refused_with_its_place_but_does_not_hide_the_rest() {
        let header = header(Element::F32, &[2, 2]);
        let values = [1.0, f32::INFINITY, 3.0, f32::NEG_INFINITY];
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        let error = read_table(&header, &bytes).unwrap_err().to_string();
        assert!(
            error.contains(
                "row 1, column 'x2': found a number beyond 32 bits, or infinity, the first of 2"
            ),
            "{error}"
        );
        let roles = Roles {
            any_text: true,
            allow_missing: true,
            ..Roles::default()
        };
        let mut rows = ArrayRows::new("t", Place::Whole, header, &bytes[..], &roles).unwrap();
        let table = rows.next(Room::ENDLESS).unwrap().unwrap();
        assert_eq!((table.value(0, 0), table.value(1, 0)), (1.0, 3.0));
        assert!(table.value(0, 1).is_nan() && table.value(1, 1).is_nan());
        assert_eq!(table.notes, [infinite_cells(2, 1, "x2")]);
    }

    #[test]
    fn elements_become_numbers_and_text() {
        let header = header(Element::I16, &[2, 1]);
        let bytes: &[u8] = &[0xff, 0xfe, 0x01, 0x00];
        let table = read_table(&header, bytes).unwrap();
        assert_eq!(table.values, Values::Floats(vec![-2.0, 256.0]));
        let texts = ArrayTexts::new("t", Place::Whole, header, bytes)
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

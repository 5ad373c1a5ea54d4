//! IDX, the format of the MNIST files: four bytes that give the type and the
//! number of dimensions, then the dimensions and the elements; all big-endian.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::Roles;
use super::arrays::{ArrayRows, ArrayTexts};
use super::elements::{Element, Header};
use super::input::Input;
use super::names;
use super::reader::{self, Reader, Room};
use crate::base::error::{Error, Place, Result};
use crate::data::table::{Table, Tags, Values};

/// Reads grey images from the bytes of an IDX file, gzipped or not: pixels are
/// bytes `[rows, height, width]`. `origin` names the file in messages.
///
/// # Errors
/// [`Error::Data`] if the bytes are not IDX, are of another type or number of
/// dimensions, hold no images, or are fewer or more than the header says.
pub fn images(origin: &str, bytes: &[u8]) -> Result<Table> {
    let (header, reader) = header(Input::memory(origin, bytes)?)?;
    expect_bytes(origin, &header, 3, "images")?;
    table(origin, header, reader)
}

/// Reads the labels of an IDX file, gzipped or not: one byte per row, `[rows]`.
/// `origin` names the file in messages.
///
/// # Errors
/// [`Error::Data`] if the bytes are not IDX, are of another type or number of
/// dimensions, hold no labels, or are fewer or more than the header says.
pub fn labels(origin: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let (mut header, reader) = header(Input::memory(origin, bytes)?)?;
    expect_bytes(origin, &header, 1, "labels")?;
    // As one column, so that the labels stay bytes.
    header.shape.push(1);
    match table(origin, header, reader)?.values {
        Values::Bytes(labels) => Ok(labels),
        Values::Floats(labels) => Ok(labels.into_iter().map(|label| label as u8).collect()),
    }
}

fn table(origin: &str, header: Header, reader: Box<dyn Read>) -> Result<Table> {
    let rows = ArrayRows::new(origin, Place::Whole, header, reader, &Roles::default())?;
    reader::whole(Idx { rows, labels: None }, Room::ENDLESS)
}

/// An IDX file, and the labels file that the roles name.
pub(super) struct Idx {
    rows: ArrayRows<Box<dyn Read>>,
    labels: Option<ArrayTexts<Box<dyn Read>>>,
}

pub(super) fn open(input: Input, roles: &Roles) -> Result<Idx> {
    let origin = input.origin().to_string();
    names::refuse_any(&origin, "an IDX file", &["data.label"], roles)?;
    let (header, reader) = header(input)?;
    let rows = ArrayRows::new(&origin, Place::Whole, header, reader, roles)?;
    let labels = match &roles.label {
        Some(path) => open_labels(path, rows.total(), roles.optional)?,
        None => None,
    };
    Ok(Idx { rows, labels })
}

impl Reader for Idx {
    fn total(&self) -> Option<usize> {
        Some(self.rows.total())
    }

    fn holds(&self) -> usize {
        self.rows.holds()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        let Some(mut table) = self.rows.next(room)? else {
            return Ok(None);
        };
        if let Some(labels) = &mut self.labels {
            table.labels = Some(Tags {
                kind: labels.kind(),
                name: "label".into(),
                values: labels.next(table.rows())?,
            });
        }
        Ok(Some(table))
    }
}

/// Returns whether a file starts like IDX.
pub(super) fn is_magic(head: &[u8]) -> bool {
    matches!(head, [0, 0, code, dimensions, ..]
        if element(*code).is_some() && (1..=4).contains(dimensions))
}

/// Opens the labels of `rows` rows. Optional labels may be missing, or belong
/// to another number of rows: a model's own training labels.
fn open_labels(
    path: &str,
    rows: usize,
    optional: bool,
) -> Result<Option<ArrayTexts<Box<dyn Read>>>> {
    if optional && !Path::new(path).exists() {
        return Ok(None);
    }
    let (header, reader) = header(Input::open(path)?)?;
    if header.shape != [rows] {
        if optional {
            return Ok(None);
        }
        return Err(Error::data(
            path,
            Place::Whole,
            format!("an array of shape {:?}", header.shape),
            format!("[{rows}], one label for each row of the data"),
            "data.label names the labels file that belongs to data.source",
        ));
    }
    ArrayTexts::new(path, Place::Whole, header, reader).map(Some)
}

/// Reads the header; the elements come next.
fn header(input: Input) -> Result<(Header, Box<dyn Read>)> {
    let origin = input.origin().to_string();
    let refuse = |found: &str| {
        Error::data(
            &origin,
            Place::Whole,
            found,
            "an IDX file of 1 to 4 dimensions, gzipped or not",
            "the file is damaged or of another kind; copy or save it again",
        )
    };
    let mut reader = input.into_reader();
    let mut fill = |buffer: &mut [u8]| match reader.read_exact(buffer) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(refuse("a file that ends within its header"))
        }
        other => other.map_err(|error| Error::file(&origin, "read", error)),
    };
    let mut magic = [0; 4];
    fill(&mut magic)?;
    let [_, _, code, dimensions] = magic;
    let Some(element) = element(code).filter(|_| is_magic(&magic)) else {
        return Err(refuse(&format!("a file that starts with {magic:02x?}")));
    };
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        let mut length = [0; 4];
        fill(&mut length)?;
        shape.push(u32::from_be_bytes(length) as usize);
    }
    let header = Header {
        element,
        big_endian: true,
        fortran: false,
        shape,
    };
    Ok((header, reader))
}

fn element(code: u8) -> Option<Element> {
    match code {
        0x08 => Some(Element::U8),
        0x09 => Some(Element::I8),
        0x0b => Some(Element::I16),
        0x0c => Some(Element::I32),
        0x0d => Some(Element::F32),
        0x0e => Some(Element::F64),
        _ => None,
    }
}

fn expect_bytes(origin: &str, header: &Header, dimensions: usize, what: &str) -> Result<()> {
    if header.element == Element::U8 && header.shape.len() == dimensions {
        return Ok(());
    }
    Err(Error::data(
        origin,
        Place::Whole,
        format!("{:?} elements of shape {:?}", header.element, header.shape),
        format!("{what}: bytes of {dimensions} dimensions"),
        "images and labels are two files; name the one of images",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::ImageShape;

    /// Two images of one row and three columns.
    const IMAGES: &[u8] = &[
        0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60,
    ];

    #[test]
    fn images_are_bytes_with_a_shape() {
        let table = images("t", IMAGES).unwrap();
        assert_eq!(table.values, Values::Bytes(vec![10, 20, 30, 40, 50, 60]));
        let shape = ImageShape {
            height: 1,
            width: 3,
            channels: 1,
        };
        assert_eq!((table.rows(), table.image), (2, Some(shape)));
    }

    #[test]
    fn labels_are_one_byte_a_row() {
        assert_eq!(
            labels("t", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 9]).unwrap(),
            [7, 9]
        );
        let error = labels("t", IMAGES).unwrap_err().to_string();
        assert!(error.contains("labels: bytes of 1 dimensions"), "{error}");
    }

    #[test]
    fn every_other_length_is_refused() {
        for end in 0..IMAGES.len() {
            let error = images("t", &IMAGES[..end]).unwrap_err().to_string();
            let cut = error.contains("ends within") || error.contains("cut short");
            assert!(cut, "{end}: {error}");
        }
        let longer = [IMAGES, &[0]].concat();
        let error = images("t", &longer).unwrap_err().to_string();
        assert!(error.contains("bytes after the end"), "{error}");
    }
}

//! Reads NumPy arrays: `.npy`.

use std::io::{ErrorKind, Read};

use ndarray_npy::npy::header;

use super::arrays::ArrayRows;
use super::elements::{Element, Header};
use super::input::Input;
use super::reader::{Reader, Room};
use super::{Roles, names};
use crate::base::error::{Error, Place, Result, one_line};
use crate::data::table::Table;

/// The most bytes of a header; one of plain numbers has about a hundred.
const LONGEST_HEADER: usize = 64 * 1024;

/// An array whose rows are read one after another.
pub(super) struct Array(ArrayRows<Box<dyn Read>>);

pub(super) fn open(input: Input, roles: &Roles) -> Result<Array> {
    let origin = input.origin().to_string();
    names::refuse_any(&origin, "a NumPy array", &[], roles)?;
    let mut reader = input.into_reader();
    let header = read_header(&origin, &Place::Whole, &mut reader)?;
    ArrayRows::new(&origin, Place::Whole, header, reader, roles).map(Array)
}

impl Reader for Array {
    fn total(&self) -> Option<usize> {
        Some(self.0.total())
    }

    fn holds(&self) -> usize {
        self.0.holds()
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        self.0.next(room)
    }
}

/// Reads the header of an array; the elements come next.
pub(super) fn read_header(origin: &str, place: &Place, reader: &mut impl Read) -> Result<Header> {
    let refuse_for = |found: String, hint| {
        let expected = "a NumPy array of booleans, integers or floats of 16, 32 or 64 bits";
        Error::data(origin, place.clone(), found, expected, hint)
    };
    let refuse = |found: String| {
        refuse_for(
            found,
            "save it with numpy.save(path, array.astype(\"float32\"))",
        )
    };
    let bytes = match header_bytes(reader) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return Err(refuse("a file that ends within its header".into()));
        }
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Err(refuse(error.to_string()));
        }
        Err(error) => return Err(Error::file(origin, "read", error)),
    };
    // Brackets are counted because the parser's time grows exponentially with
    // their depth; plain numbers need only `{` and `(`.
    let brackets = bytes.iter().filter(|byte| b"({[".contains(byte)).count();
    if brackets > 4 {
        return Err(refuse_for(
            "an array of records".into(),
            "make it plain with numpy.lib.recfunctions.structured_to_unstructured",
        ));
    }
    let header = header::Header::from_reader(&mut &bytes[..]).map_err(|error| {
        let reason = one_line(&error).replace("error parsing header: ", "");
        let reason = reason.replace("error parsing metadata dict: ", "");
        let reason = reason.split(":  -->").next().unwrap_or_default();
        refuse(format!("a header that cannot be read ({reason})")).caused_by(error)
    })?;
    let kind = header.type_descriptor.as_string();
    let Some((element, big_endian)) = kind.and_then(|kind| element(kind)) else {
        let found = format!("elements of type {}", header.type_descriptor);
        return Err(refuse_for(found, advice(kind.map_or("", String::as_str))));
    };
    Ok(Header {
        element,
        big_endian,
        fortran: header.layout.is_fortran(),
        shape: header.shape,
    })
}

/// Returns what to do about elements that are no numbers; `kind` is NumPy's name
/// of their type.
fn advice(kind: &str) -> &'static str {
    match kind.trim_start_matches(['<', '>', '|', '=']).chars().next() {
        Some('U' | 'S' | 'a' | 'T') => {
            "texts can be kept as CSV: pandas.DataFrame(array).to_csv(path, index=False); those that are all numbers become numbers by array.astype(\"float32\")"
        }
        Some('O' | 'V') => {
            "objects can be kept as CSV: pandas.DataFrame(array).to_csv(path, index=False)"
        }
        Some('M' | 'm') => {
            "make them numbers first: array.astype(\"int64\"), counted in the array's own unit"
        }
        Some('c') => "split them first: numpy.stack([array.real, array.imag], axis=-1)",
        _ => "save it with numpy.save(path, array.astype(\"float32\"))",
    }
}

/// Reads the bytes of the header alone. Its length comes first, in two bytes in
/// version 1 of the format and in four bytes in later versions.
fn header_bytes(reader: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let invalid = |reason: String| std::io::Error::new(ErrorKind::InvalidData, reason);
    let mut bytes = vec![0; 6];
    reader.read_exact(&mut bytes)?;
    if bytes != b"\x93NUMPY" {
        return Err(invalid("a file that does not start like one".into()));
    }
    bytes.resize(10, 0);
    reader.read_exact(&mut bytes[6..])?;
    if !(1..=3).contains(&bytes[6]) {
        return Err(invalid(format!("version {} of the format", bytes[6])));
    }
    let mut length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    if bytes[6] > 1 {
        bytes.resize(12, 0);
        reader.read_exact(&mut bytes[10..])?;
        length += usize::from(u16::from_le_bytes([bytes[10], bytes[11]])) << 16;
    }
    if length > LONGEST_HEADER {
        return Err(invalid("a header that is too long".into()));
    }
    let start = bytes.len();
    bytes.resize(start + length, 0);
    reader.read_exact(&mut bytes[start..])?;
    Ok(bytes)
}

/// Parses NumPy's name of an element type, and whether it is big-endian.
fn element(kind: &str) -> Option<(Element, bool)> {
    let (order, kind) = kind.split_at_checked(1)?;
    let element = match kind {
        "b1" => Element::Bool,
        "u1" => Element::U8,
        "i1" => Element::I8,
        "u2" => Element::U16,
        "i2" => Element::I16,
        "u4" => Element::U32,
        "i4" => Element::I32,
        "u8" => Element::U64,
        "i8" => Element::I64,
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return None,
    };
    match order {
        "<" | "|" => Some((element, false)),
        ">" => Some((element, true)),
        "=" => Some((element, cfg!(target_endian = "big"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::read::reader::whole;
    use crate::data::table::Values;
    use ndarray::{Array2, array};
    use ndarray_npy::WriteNpyExt;

    fn read_bytes(bytes: &[u8]) -> Result<Table> {
        let input = Input::memory("t.npy", bytes).unwrap();
        whole(open(input, &Roles::default())?, Room::ENDLESS)
    }

    fn with_header(text: &str) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16 + 1).to_le_bytes());
        bytes.extend(text.bytes());
        bytes.push(b'\n');
        bytes
    }

    #[test]
    fn either_order_reads_the_same() {
        let rows: Array2<f64> = array![[1., 2., 3.], [4., 5., 6.]];
        let by_columns = Array2::from_shape_vec((3, 2), vec![1., 4., 2., 5., 3., 6.])
            .unwrap()
            .reversed_axes();
        for array in [rows, by_columns] {
            let mut bytes = Vec::new();
            array.write_npy(&mut bytes).unwrap();
            let table = read_bytes(&bytes).unwrap();
            assert_eq!(table.values, Values::Floats(vec![1., 2., 3., 4., 5., 6.]));
            assert_eq!(table.columns.len(), 3);
        }
    }

    #[test]
    fn half_floats_of_either_byte_order_are_read() {
        // 1.5, the largest half, NaN and the smallest half above 0.
        let halves: [u16; 4] = [0x3e00, 0x7bff, 0x7e00, 0x0001];
        for (order, bytes) in [
            ("<", halves.map(u16::to_le_bytes)),
            (">", halves.map(u16::to_be_bytes)),
        ] {
            let text = format!("{{'descr': '{order}f2', 'fortran_order': False, 'shape': (2, 2)}}");
            let bytes = [with_header(&text), bytes.concat()].concat();
            let input = Input::memory("t.npy", &bytes).unwrap();
            let roles = Roles {
                allow_missing: true,
                ..Roles::default()
            };
            let table = whole(open(input, &roles).unwrap(), Room::ENDLESS).unwrap();
            let Values::Floats(values) = table.values else {
                panic!()
            };
            assert_eq!(values[..2], [1.5, 65_504.0]);
            assert!(values[2].is_nan() && values[3] == 2f32.powi(-24));
        }
    }

    #[test]
    fn advice_for_what_is_no_number_can_be_followed() {
        for (kind, word) in [
            ("<U1", "to_csv"),
            ("|S3", "to_csv"),
            ("|O", "to_csv"),
            ("<M8[ns]", "int64"),
            ("<c16", "array.real"),
            ("<f16", "float32"),
        ] {
            let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (1,)}}");
            let error = read_bytes(&with_header(&text)).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn bytes_of_two_dimensions_stay_bytes() {
        let mut bytes = Vec::new();
        array![[1u8, 2], [3, 4]].write_npy(&mut bytes).unwrap();
        let table = read_bytes(&bytes).unwrap();
        assert_eq!(table.values, Values::Bytes(vec![1, 2, 3, 4]));
        assert_eq!(table.image, None);
    }

    #[test]
    fn what_is_no_plain_array_is_refused() {
        let nested = format!("{{'descr': {}", "(".repeat(60_000));
        let slow = format!(
            "{{'descr': {}1{}, 'fortran_order': False, 'shape': (1,)}}",
            "{".repeat(16),
            "}".repeat(16)
        );
        let record =
            "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (1,)}";
        for (header, word) in [
            (
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
                "'|O'",
            ),
            (
                "{'descr': 'é8', 'fortran_order': False, 'shape': (1,)}",
                "header",
            ),
            ("{'descr': '<f8'}", "cannot be read"),
            (&nested, "records"),
            (&slow, "records"),
            (record, "records"),
        ] {
            let error = read_bytes(&with_header(header)).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}

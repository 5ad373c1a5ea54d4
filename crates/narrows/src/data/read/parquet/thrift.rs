//! Walks over compact Thrift without trusting it.
//!
//! The decoder allocates memory according to the lengths it reads, and takes
//! every field for what it should be, whatever type it has. So the walk checks
//! each field against its type, and each length against the bytes that there
//! are.

/// The required type of a field.
pub(super) enum Kind {
    Bool,
    Byte,
    Int,
    Double,
    Bytes,
    Struct(&'static Shape),
    List(&'static Kind),
}

/// The known fields of a struct; others are skipped.
pub(super) type Shape = [(i16, Kind)];

/// What was met at a path of fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Met {
    /// A whole number.
    Number(i64),
    /// The start of a list with this number of elements.
    List(usize),
    /// The end of a struct.
    End,
}

/// The deepest nesting of unknown fields; deeper ones are refused.
const DEEPEST: usize = 32;

/// Walks a struct and returns its number of bytes; `None` if the bytes are not
/// such a struct, or are too few.
pub(super) fn walk(
    bytes: &[u8],
    shape: &'static Shape,
    met: &mut dyn FnMut(&[i16], Met),
) -> Option<usize> {
    let mut walk = Walk {
        bytes,
        at: 0,
        path: Vec::new(),
        met,
    };
    walk.structure(shape, 0)?;
    Some(walk.at)
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    path: Vec<i16>,
    met: &'a mut dyn FnMut(&[i16], Met),
}

/// The types of fields, as compact Thrift numbers them; 1 is true, 2 false.
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const DOUBLE: u8 = 7;
const BYTES: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

impl Walk<'_> {
    fn structure(&mut self, shape: &'static Shape, depth: usize) -> Option<()> {
        let mut last = 0i16;
        loop {
            let head = self.byte()?;
            if head & 0x0f == 0 {
                (self.met)(&self.path, Met::End);
                return Some(());
            }
            last = match head >> 4 {
                0 => i16::try_from(self.number()?).ok()?,
                more => last.checked_add(i16::from(more))?,
            };
            self.path.push(last);
            let kind = shape.iter().find(|(id, _)| *id == last);
            match kind {
                Some((_, kind)) => self.known(kind, head & 0x0f, false, depth)?,
                None => self.any(head & 0x0f, false, depth)?,
            }
            self.path.pop();
        }
    }

    /// Reads a value whose type must match a kind; a boolean takes a byte only
    /// in a list.
    fn known(&mut self, kind: &'static Kind, type_: u8, in_list: bool, depth: usize) -> Option<()> {
        match (kind, type_) {
            (Kind::Bool, 1 | FALSE) | (Kind::Byte, BYTE) => self.any(type_, in_list, depth),
            (Kind::Double, DOUBLE) | (Kind::Bytes, BYTES) => self.any(type_, in_list, depth),
            (Kind::Int, 4..=6) => {
                let number = self.number()?;
                (self.met)(&self.path, Met::Number(number));
                Some(())
            }
            (Kind::Struct(shape), STRUCT) => self.structure(shape, depth + 1),
            (Kind::List(kind), LIST) => {
                let (count, type_) = self.list()?;
                (self.met)(&self.path, Met::List(count));
                (0..count).try_for_each(|_| self.known(kind, type_, true, depth + 1))
            }
            _ => None,
        }
    }

    /// Skips a value of any kind.
    fn any(&mut self, type_: u8, in_list: bool, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match type_ {
            1 | FALSE if in_list => self.pass(1),
            1 | FALSE => Some(()),
            BYTE => self.pass(1),
            4..=6 => self.number().map(|_| ()),
            DOUBLE => self.pass(8),
            BYTES => {
                let length = self.unsigned()?;
                self.pass(usize::try_from(length).ok()?)
            }
            LIST | SET => {
                let (count, type_) = self.list()?;
                (0..count).try_for_each(|_| self.any(type_, true, depth + 1))
            }
            MAP => {
                let count = self.unsigned()?;
                if count == 0 {
                    return Some(());
                }
                let types = self.byte()?;
                self.enough(count)?;
                (0..count).try_for_each(|_| {
                    self.any(types >> 4, true, depth + 1)?;
                    self.any(types & 0x0f, true, depth + 1)
                })
            }
            STRUCT => self.structure(&[], depth + 1),
            UUID => self.pass(16),
            _ => None,
        }
    }

    /// Reads a list's type and its number of elements, each at least one byte.
    fn list(&mut self) -> Option<(usize, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.unsigned()?,
            count => u64::from(count),
        };
        self.enough(count)?;
        Some((count as usize, head & 0x0f))
    }

    fn enough(&self, count: u64) -> Option<()> {
        (count <= (self.bytes.len() - self.at) as u64).then_some(())
    }

    fn number(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn pass(&mut self, count: usize) -> Option<()> {
        self.enough(count as u64)?;
        self.at += count;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static INNER: &Shape = &[(1, Kind::Int)];
    static OUTER: &Shape = &[
        (1, Kind::Int),
        (2, Kind::List(&Kind::Struct(INNER))),
        (3, Kind::Bytes),
    ];

    type Places = Vec<(Vec<i16>, Met)>;

    fn met(bytes: &[u8]) -> Option<(usize, Places)> {
        let mut all = Vec::new();
        let length = walk(bytes, OUTER, &mut |path, met| {
            all.push((path.to_vec(), met))
        })?;
        Some((length, all))
    }

    #[test]
    fn numbers_and_lists_are_met_with_their_path() {
        // 1: -1, 2: [{1: 150}], 3: "ab", 9: true, end, and one more byte.
        let bytes = [
            0x15, 0x01, 0x19, 0x1c, 0x15, 0xac, 0x02, 0x00, 0x18, 0x02, b'a', b'b', 0x61, 0x00, 7,
        ];
        let (length, all) = met(&bytes).unwrap();
        assert_eq!(length, bytes.len() - 1);
        assert_eq!(
            all,
            [
                (vec![1], Met::Number(-1)),
                (vec![2], Met::List(1)),
                (vec![2, 1], Met::Number(150)),
                (vec![2], Met::End),
                (vec![], Met::End),
            ]
        );
        for end in 0..length {
            assert_eq!(met(&bytes[..end]), None, "cut to {end}");
        }
    }

    #[test]
    fn what_lies_is_refused() {
        // A text where a number must be.
        assert_eq!(met(&[0x18, 0x01, b'a', 0x00]), None);
        // A list of more elements, and a text of more bytes, than there are.
        assert_eq!(met(&[0x29, 0xfc, 0xff, 0xff, 0x03, 0x00, 0x00]), None);
        assert_eq!(met(&[0x38, 0xff, 0xff, 0xff, 0x7f, 0x00]), None);
        // Structs within structs.
        assert_eq!(met(&[0xac; 200]), None);
    }
}

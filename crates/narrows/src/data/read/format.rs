//! Recognises the formats of files.

use serde_json::{Map, Value};

use super::arrow;
use super::idx;
use super::input::Input;
use super::other_kinds::{other_file, packed};
use crate::base::error::{Error, Place, Result};

/// The formats that are told by their first bytes.
const KNOWN: &str = "CSV, JSON lines, Excel, NumPy, IDX, Parquet or Arrow";

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Format {
    Csv { tabs: bool },
    Npy,
    Npz,
    Idx,
    Parquet,
    Excel,
    JsonLines,
    Arrow,
}

impl Format {
    /// Returns the format that the name implies, if any.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let known = [
            (".csv", Format::Csv { tabs: false }),
            (".tsv", Format::Csv { tabs: true }),
            (".npy", Format::Npy),
            (".npz", Format::Npz),
            (".idx", Format::Idx),
            ("-ubyte", Format::Idx),
            (".parquet", Format::Parquet),
            (".arrow", Format::Arrow),
            (".arrows", Format::Arrow),
            (".feather", Format::Arrow),
            (".jsonl", Format::JsonLines),
            (".ndjson", Format::JsonLines),
            (".xlsx", Format::Excel),
            (".xlsm", Format::Excel),
            (".xlsb", Format::Excel),
        ];
        let found = known.iter().find(|(end, _)| name.ends_with(end));
        found.map(|&(_, format)| format)
    }
}

/// Returns the format that the first bytes show.
pub(super) fn sniff(input: &Input) -> Result<Format> {
    let head = input.head();
    if head.starts_with(b"\x93NUMPY") {
        Ok(Format::Npy)
    } else if head.starts_with(b"PK\x03\x04") {
        Ok(match is_workbook(head) {
            true => Format::Excel,
            false => Format::Npz,
        })
    } else if head.starts_with(b"PAR1") {
        Ok(Format::Parquet)
    } else if arrow::is_magic(head) {
        Ok(Format::Arrow)
    } else if idx::is_magic(head) {
        Ok(Format::Idx)
    } else if is_object_a_line(head, input.is_complete()) {
        Ok(Format::JsonLines)
    } else if is_text(head) {
        Ok(Format::Csv { tabs: false })
    } else {
        if let Some((found, hint)) = packed(head).or_else(|| other_file(head)) {
            let place = Place::Whole;
            return Err(Error::data(input.origin(), place, found, KNOWN, hint));
        }
        Err(Error::data(
            input.origin(),
            Place::Whole,
            "bytes of no known format",
            KNOWN,
            "save the rows as one of these; images are read from .png or .jpg files, or a folder of them",
        ))
    }
}

/// Returns whether the first line that is not empty is an object of JSON, or, if
/// it does not end, begins as one.
fn is_object_a_line(head: &[u8], complete: bool) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let end = memchr::memchr(b'\n', text);
    if !text.starts_with(b"{") {
        return false;
    }
    match end {
        None if !complete => text[1..].trim_ascii_start().starts_with(b"\""),
        _ => {
            let line = &text[..end.unwrap_or(text.len())];
            serde_json::from_slice::<Map<String, Value>>(line).is_ok()
        }
    }
}

/// Returns whether an archive begins as workbooks do, with one of their parts.
fn is_workbook(head: &[u8]) -> bool {
    let parts: [&[u8]; 3] = [b"[Content_Types].xml", b"_rels/.rels", b"xl/"];
    let name = head.get(30..).unwrap_or_default();
    parts.iter().any(|part| name.starts_with(part))
}

/// Returns whether the bytes are UTF-16 with its mark, or text of an encoding
/// that keeps ASCII: no other control characters than those between lines and
/// cells, and not mostly characters beyond ASCII.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    let control = |byte: &u8| *byte < 0x20 && !b"\t\n\r\x0c".contains(byte);
    let ascii = head.iter().filter(|byte| byte.is_ascii()).count();
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut off at the end.
        Err(error) => error.error_len().is_none(),
    };
    !head.iter().any(control) && (utf8 || 2 * ascii > head.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_the_format() {
        let csv = Some(Format::Csv { tabs: false });
        assert_eq!(Format::of("a/b.CSV"), csv);
        assert_eq!(Format::of("b.csv.gz"), csv);
        assert_eq!(Format::of("t10k-images-idx3-ubyte.gz"), Some(Format::Idx));
        assert_eq!(Format::of("b.tsv"), Some(Format::Csv { tabs: true }));
        assert_eq!(Format::of("b.gz"), None);
        assert_eq!(Format::of("b.ndjson.gz"), Some(Format::JsonLines));
    }

    #[test]
    fn an_object_a_line_is_known_by_the_first() {
        for (head, complete) in [
            (&b"\xef\xbb\xbf\n {\"a\": [1]}\r\n[oops"[..], false),
            (b"{}\n", true),
            (b"{\"a\": 1}", true),
            (b"{\"a\": \"endless", false),
        ] {
            assert!(is_object_a_line(head, complete));
        }
        for head in [
            &b"{a},b\n1,2\n"[..],
            b"{\n\"a\": 1\n}\n",
            b"[{\"a\": 1}]\n",
            b"",
        ] {
            assert!(!is_object_a_line(head, true));
        }
    }

    #[test]
    fn text_may_end_within_a_character() {
        assert!(is_text("naïve".as_bytes()));
        assert!(is_text(&"é".as_bytes()[..1]));
        assert!(is_text(b"\xff\xfe1\x00") && is_text(b"caf\xe9,1\n"));
        assert!(!is_text(b"1\x002") && !is_text(b"\x1b[31m,1") && !is_text(b"\xe9\xe8\xff1"));
    }
}

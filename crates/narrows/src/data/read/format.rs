//! Recognises the formats of files.

use super::idx;
use super::input::Input;
use super::other_kinds::{other_file, packed};
use crate::base::error::{Error, Place, Result};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Format {
    Csv { tabs: bool },
    Npy,
    Npz,
    Idx,
    Parquet,
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
        Ok(Format::Npz)
    } else if head.starts_with(b"PAR1") {
        Ok(Format::Parquet)
    } else if idx::is_magic(head) {
        Ok(Format::Idx)
    } else if is_text(head) {
        Ok(Format::Csv { tabs: false })
    } else {
        if let Some((found, hint)) = packed(head).or_else(|| other_file(head)) {
            let expected = "CSV, NumPy, IDX or Parquet";
            return Err(Error::data(
                input.origin(),
                Place::Whole,
                found,
                expected,
                hint,
            ));
        }
        Err(Error::data(
            input.origin(),
            Place::Whole,
            "bytes of no known format",
            "CSV, NumPy, IDX or Parquet",
            "save the rows as one of these; images are read from .png or .jpg files, or a folder of them",
        ))
    }
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
    }

    #[test]
    fn text_may_end_within_a_character() {
        assert!(is_text("naïve".as_bytes()));
        assert!(is_text(&"é".as_bytes()[..1]));
        assert!(is_text(b"\xff\xfe1\x00") && is_text(b"caf\xe9,1\n"));
        assert!(!is_text(b"1\x002") && !is_text(b"\x1b[31m,1") && !is_text(b"\xe9\xe8\xff1"));
    }
}

//! Looks at the first bytes of a table of text.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs_io::DecodeReaderBytes;

use crate::base::note::Note;
use crate::data::read::input::Input;

/// The bytes at the start of a table from which its layout is recognised.
const HEAD: usize = 64 * 1024;

/// A table with its first bytes.
pub(super) struct Head {
    /// The first bytes, as UTF-8 or in another encoding that keeps ASCII.
    pub bytes: Vec<u8>,
    /// Whether these are all.
    pub is_all: bool,
    /// All bytes, from the first on.
    pub reader: Box<dyn Read>,
}

impl Head {
    /// Opens a table; UTF-16 becomes UTF-8, which is noted.
    pub fn of(input: Input, notes: &mut Vec<Note>) -> io::Result<Self> {
        let bytes = input.head();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            notes.push(Note::new("the file is read as UTF-16", ""));
            return Self::at(DecodeReaderBytes::new(input.into_reader()));
        }
        Ok(Head {
            bytes: bytes.to_vec(),
            is_all: input.is_complete(),
            reader: input.into_reader(),
        })
    }

    fn at(mut reader: impl Read + 'static) -> io::Result<Self> {
        let mut bytes = Vec::new();
        (&mut reader).take(HEAD as u64).read_to_end(&mut bytes)?;
        Ok(Head {
            is_all: bytes.len() < HEAD,
            reader: Box::new(Cursor::new(bytes.clone()).chain(reader)),
            bytes,
        })
    }

    /// Returns the table below its first lines.
    pub fn below(self, lines: usize) -> io::Result<Self> {
        let mut reader = BufReader::new(self.reader);
        for _ in 0..lines {
            skip_line(&mut reader)?;
        }
        Self::at(reader)
    }
}

/// Skips a line, which ends in a line feed, a carriage return or both.
fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let length = buffer.len();
        let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let Some(end) = end else {
            if length == 0 {
                return Ok(());
            }
            reader.consume(length);
            continue;
        };
        let is_return = buffer[end] == b'\r';
        reader.consume(end + 1);
        if is_return && reader.fill_buf()?.first() == Some(&b'\n') {
            reader.consume(1);
        }
        return Ok(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_skipped_however_they_end_and_however_far_they_go() {
        let long = "x".repeat(3 * HEAD);
        for (text, lines) in [
            ("a\nb\nc,d\n".to_string(), 2),
            ("a\r\n\r\nc,d\n".into(), 2),
            ("a\rb\rc,d\n".into(), 2),
            (format!("{long}\n{long}\nc,d\n"), 2),
        ] {
            let input = Input::memory("t", text.as_bytes()).unwrap();
            let head = Head::of(input, &mut Vec::new()).unwrap();
            let mut head = head.below(lines).unwrap();
            assert_eq!((&*head.bytes, head.is_all), (&b"c,d\n"[..], true));
            let mut all = Vec::new();
            head.reader.read_to_end(&mut all).unwrap();
            assert_eq!(all, b"c,d\n");
        }
        let input = Input::memory("t", b"a\n").unwrap();
        let head = Head::of(input, &mut Vec::new()).unwrap();
        assert!(head.below(9).unwrap().bytes.is_empty());
    }
}

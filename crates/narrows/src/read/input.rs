//! Opening a file or standard input, and a look at its first bytes.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// As many first bytes as are looked at to tell formats and delimiters apart.
const HEAD: usize = 64 * 1024;

/// An opened file or standard input, unpacked where it is gzipped.
pub(super) struct Input {
    origin: String,
    head: Vec<u8>,
    rest: Box<dyn Read>,
    /// Whether `origin` is the path of a file that holds just these bytes.
    plain_file: bool,
}

impl Input {
    pub fn open(path: &str) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::file(path, "read", e))?;
        Self::new(path, Box::new(file), true)
    }

    pub fn standard() -> Result<Self> {
        Self::new("standard input", Box::new(io::stdin()), false)
    }

    /// Bytes that are already in memory, under the name `origin`.
    pub fn memory(origin: &str, bytes: &[u8]) -> Result<Self> {
        Self::new(origin, Box::new(Cursor::new(bytes.to_vec())), false)
    }

    fn new(origin: &str, mut rest: Box<dyn Read>, mut plain_file: bool) -> Result<Self> {
        let fail = |e| Error::file(origin, "read", e);
        let mut head = first_bytes(&mut rest).map_err(fail)?;
        if head.starts_with(&[0x1f, 0x8b]) {
            plain_file = false;
            rest = Box::new(MultiGzDecoder::new(Cursor::new(head).chain(rest)));
            head = first_bytes(&mut rest).map_err(fail)?;
        }
        Ok(Input {
            origin: origin.into(),
            head,
            rest,
            plain_file,
        })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Up to 64 KiB from the start.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// All bytes, from the start.
    pub fn into_reader(self) -> Box<dyn Read> {
        Box::new(Cursor::new(self.head).chain(self.rest))
    }

    /// A file to seek in, from the start: the file itself, or else a
    /// temporary one that the input is copied to.
    pub fn into_file(self) -> Result<File> {
        let origin = self.origin.clone();
        let fail = |e| Error::file(&origin, "read", e);
        if self.plain_file {
            return File::open(&origin).map_err(fail);
        }
        let mut file = tempfile::tempfile().map_err(fail)?;
        io::copy(&mut self.into_reader(), &mut file).map_err(fail)?;
        file.rewind().map_err(fail)?;
        Ok(file)
    }
}

fn first_bytes(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

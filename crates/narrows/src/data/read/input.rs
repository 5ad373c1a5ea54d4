//! Opens a file or standard input, and looks at its first bytes.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::allowance::most;
use crate::base::error::{Error, Result};

/// The number of first bytes that formats and delimiters are recognised by.
const HEAD: usize = 64 * 1024;

/// An opened file or standard input, decompressed if it is gzipped.
pub(super) struct Input {
    origin: String,
    head: Vec<u8>,
    rest: Box<dyn Read>,
    /// Bytes read so far, before decompression.
    packed: Rc<Cell<u64>>,
    /// Whether `origin` is the path of a file that holds exactly these bytes.
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

    /// Wraps bytes that are already in memory, under the name `origin`.
    pub fn memory(origin: &str, bytes: &[u8]) -> Result<Self> {
        Self::new(origin, Box::new(Cursor::new(bytes.to_vec())), false)
    }

    pub fn new(origin: &str, rest: Box<dyn Read>, mut plain_file: bool) -> Result<Self> {
        let fail = |e| Error::file(origin, "read", e);
        let packed = Rc::new(Cell::new(0));
        let mut rest: Box<dyn Read> = Box::new(CountingReader {
            inner: rest,
            count: packed.clone(),
        });
        let mut head = first_bytes(&mut rest).map_err(fail)?;
        if head.starts_with(&[0x1f, 0x8b]) {
            plain_file = false;
            rest = Box::new(LimitedDecoder {
                inner: MultiGzDecoder::new(Cursor::new(head).chain(rest)),
                packed: packed.clone(),
                unpacked: 0,
            });
            head = first_bytes(&mut rest).map_err(fail)?;
        }
        Ok(Input {
            origin: origin.into(),
            head,
            rest,
            packed,
            plain_file,
        })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns up to 64 KiB from the start.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Returns a reader of all bytes from the start.
    pub fn into_reader(self) -> Box<dyn Read> {
        Box::new(Cursor::new(self.head).chain(self.rest))
    }

    /// Returns a file to seek in, from the start: the file itself, or else a
    /// temporary file that the input is copied to. Also returns the number of
    /// bytes before decompression.
    pub fn into_file(self) -> Result<(File, u64)> {
        let origin = self.origin.clone();
        let fail = |e| Error::file(&origin, "read", e);
        if self.plain_file {
            let file = File::open(&origin).map_err(fail)?;
            let length = file.metadata().map_err(fail)?.len();
            return Ok((file, length));
        }
        let packed = self.packed.clone();
        let mut file = tempfile::tempfile().map_err(fail)?;
        io::copy(&mut self.into_reader(), &mut file).map_err(fail)?;
        file.rewind().map_err(fail)?;
        Ok((file, packed.get()))
    }
}

/// A reader that counts what is read.
struct CountingReader<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// A decompressing reader that fails once so few bytes unpack to too many.
struct LimitedDecoder<R> {
    inner: R,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
}

impl<R: Read> Read for LimitedDecoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.unpacked += count as u64;
        let most = most(self.packed.get());
        if self.unpacked > most {
            let reason = format!(
                "its first {} bytes unpack to more than {} MiB; if they are meant to, unpack the file first",
                self.packed.get(),
                most >> 20
            );
            return Err(io::Error::other(reason));
        }
        Ok(count)
    }
}

fn first_bytes(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

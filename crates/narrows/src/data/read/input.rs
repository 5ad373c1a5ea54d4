//! Opens a file or standard input, and looks at its first bytes.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::rc::Rc;
use std::time::Duration;

use flate2::read::MultiGzDecoder;

use super::allowance::most;
use super::live::Live;
use crate::base::error::{Error, Place, Result};

/// The number of first bytes that formats and delimiters are recognised by.
const HEAD: usize = 64 * 1024;
/// The most bytes of a stream that are copied to the folder for temporary files.
const MOST_COPIED: u64 = 4 << 30;

/// An opened file or standard input, decompressed if it is gzipped.
pub(super) struct Input {
    origin: String,
    head: Vec<u8>,
    rest: Box<dyn Read>,
    /// Bytes read so far, before decompression.
    packed: Rc<Cell<u64>>,
    /// Whether `origin` is the path of a file that holds exactly these bytes.
    plain_file: bool,
    /// Whether the first bytes are all there are.
    complete: bool,
    /// The source of these bytes if they come in their own time.
    live: Option<Live>,
}

impl Input {
    pub fn open(path: &str) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::file(path, "read", e))?;
        match file.metadata().is_ok_and(|file| file.is_file()) {
            true => Self::new(path, Box::new(file), true),
            false => Self::live(path, file),
        }
    }

    pub fn standard() -> Result<Self> {
        Self::live("standard input", io::stdin())
    }

    /// Opens what may come slowly, as from a pipe.
    fn live(origin: &str, input: impl Read + Send + 'static) -> Result<Self> {
        let live = Live::new(input).map_err(|e| Error::file(origin, "read", e))?;
        Self::of(origin, Box::new(live.clone()), false, Some(live))
    }

    /// Wraps bytes that are already in memory, under the name `origin`.
    pub fn memory(origin: &str, bytes: &[u8]) -> Result<Self> {
        Self::new(origin, Box::new(Cursor::new(bytes.to_vec())), false)
    }

    pub fn new(origin: &str, rest: Box<dyn Read>, plain_file: bool) -> Result<Self> {
        Self::of(origin, rest, plain_file, None)
    }

    fn of(
        origin: &str,
        rest: Box<dyn Read>,
        mut plain_file: bool,
        mut live: Option<Live>,
    ) -> Result<Self> {
        let fail = |e| Error::file(origin, "read", e);
        let packed = Rc::new(Cell::new(0));
        let mut rest: Box<dyn Read> = Box::new(CountingReader {
            inner: rest,
            count: packed.clone(),
        });
        let (mut head, mut complete) = first_bytes(&mut rest, live.as_ref()).map_err(fail)?;
        if head.starts_with(&[0x1f, 0x8b]) {
            (plain_file, live) = (false, None);
            rest = Box::new(LimitedDecoder {
                inner: MultiGzDecoder::new(Cursor::new(head).chain(rest)),
                packed: packed.clone(),
                unpacked: 0,
            });
            (head, complete) = first_bytes(&mut rest, None).map_err(fail)?;
        }
        Ok(Input {
            origin: origin.into(),
            head,
            rest,
            packed,
            plain_file,
            complete,
            live,
        })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns up to 64 KiB from the start.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Returns whether [`Input::head`] is everything.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the source of these bytes, uncompressed, if they come in their
    /// own time.
    pub fn arriving(&self) -> Option<Live> {
        self.live.clone()
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
        let copied = io::copy(&mut self.into_reader().take(MOST_COPIED + 1), &mut file);
        if copied.map_err(fail)? > MOST_COPIED {
            return Err(Error::data(
                &origin,
                Place::Whole,
                format!("more than {} GiB that have to be kept", MOST_COPIED >> 30),
                "rows that can be read more than once",
                "save them as a file that is not compressed, and name that",
            ));
        }
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

/// Reads the first bytes, and tells whether they are all. Of what comes in its
/// own time, some lines are enough.
fn first_bytes(reader: &mut dyn Read, live: Option<&Live>) -> io::Result<(Vec<u8>, bool)> {
    let mut head = vec![0; HEAD];
    let mut length = 0;
    while length < HEAD {
        let lines = head[..length].iter().filter(|&&byte| byte == b'\n');
        let patience = match lines.take(2).count() {
            0 => None,
            1 => Some(Duration::from_millis(500)),
            _ => Some(Duration::from_millis(20)),
        };
        if let (Some(live), Some(patience)) = (live, patience)
            && !live.wait(patience)?
        {
            break;
        }
        match reader.read(&mut head[length..]) {
            Ok(0) => {
                head.truncate(length);
                return Ok((head, true));
            }
            Ok(count) => length += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    head.truncate(length);
    Ok((head, false))
}

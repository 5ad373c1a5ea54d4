//! Watches the bytes of a table for rows without end and quotes that are never
//! closed.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};

use crate::data::read::allowance::MOST_COLUMNS;

/// The longest row: a longer one is an unclosed quote, or a small compressed
/// file that unpacks without end.
pub(super) const LONGEST_ROW: usize = 32 << 20;

/// A reader that fails if one record has too many bytes or cells, or if a quote
/// takes in the rows that follow it.
pub(super) struct Guard<R> {
    inner: R,
    delimiter: u8,
    /// Bytes and cells that may still come in this record.
    left: usize,
    cells: usize,
    /// Bytes that were given on.
    pub given: u64,
    /// Whether the end was reached.
    pub ended: bool,
    quotes: Quotes,
    /// What made reading fail.
    pub fault: Option<Fault>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// It has more bytes than are allowed.
    TooLong,
    /// It has more cells than are allowed.
    TooManyCells,
    /// The quote that opens in this line, counted from 1, is never closed.
    NeverClosed(u64),
    /// The quote that opens in this line is closed in a later one by a quote
    /// with text after it.
    ClosedWithin(u64),
}

impl<R> Guard<R> {
    /// Guards the rows of `inner`, which begin in line `line` of the file.
    pub fn new(inner: R, delimiter: u8, line: u64) -> Self {
        Guard {
            inner,
            delimiter,
            left: LONGEST_ROW,
            cells: MOST_COLUMNS,
            given: 0,
            ended: false,
            quotes: Quotes::new(line),
            fault: None,
        }
    }

    /// Begins a new record of at most `longest` bytes.
    pub fn begin_record(&mut self, longest: usize) {
        (self.left, self.cells) = (longest, MOST_COLUMNS);
    }

    fn fail(&mut self, fault: Fault) -> io::Error {
        self.fault = Some(fault);
        io::Error::other("rows that cannot be told apart")
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(self.fail(Fault::TooLong));
        }
        let count = self.inner.read(buffer)?;
        let read = &buffer[..count];
        match self
            .cells
            .checked_sub(memchr_iter(self.delimiter, read).count())
        {
            Some(cells) => self.cells = cells,
            None => return Err(self.fail(Fault::TooManyCells)),
        }
        self.ended |= count == 0;
        self.left = self.left.saturating_sub(count);
        self.given += count as u64;
        let fault = match count {
            0 if !buffer.is_empty() => self.quotes.end(),
            _ => self.quotes.add(read, self.delimiter),
        };
        match fault {
            Some(fault) => Err(self.fail(fault)),
            None => Ok(count),
        }
    }
}

/// Follows quotes as the reader of records takes them: one opens a cell only at
/// its start, and two in a quoted cell are one character.
struct Quotes {
    /// The line that is read.
    line: u64,
    /// The last byte; a line feed at the start.
    last: u8,
    /// The line in which the quoted cell opened that is read.
    opened: Option<u64>,
    /// Whether the last byte was a quote in a quoted cell, which closes it
    /// unless another one follows.
    may_close: bool,
}

impl Quotes {
    fn new(line: u64) -> Self {
        Quotes {
            line,
            last: b'\n',
            opened: None,
            may_close: false,
        }
    }

    fn add(&mut self, bytes: &[u8], delimiter: u8) -> Option<Fault> {
        let mut at = 0;
        while at < bytes.len() {
            if self.may_close {
                let next = bytes[at];
                self.may_close = false;
                if next == b'"' {
                    self.last = next;
                    at += 1;
                    continue;
                }
                let opened = self.opened.take();
                let after = [delimiter, b'\n', b'\r', b' ', b'\t'].contains(&next);
                if let Some(line) = opened.filter(|&line| line < self.line && !after) {
                    return Some(Fault::ClosedWithin(line));
                }
            }
            let quote = memchr(b'"', &bytes[at..]).map(|found| at + found);
            let until = quote.unwrap_or(bytes.len());
            self.line += memchr_iter(b'\n', &bytes[at..until]).count() as u64;
            if until > at {
                self.last = bytes[until - 1];
            }
            let quote = quote?;
            if self.opened.is_some() {
                self.may_close = true;
            } else if [delimiter, b'\n', b'\r'].contains(&self.last) {
                self.opened = Some(self.line);
            }
            self.last = b'"';
            at = quote + 1;
        }
        None
    }

    /// Returns what is wrong at the end of the file.
    fn end(&mut self) -> Option<Fault> {
        self.opened
            .filter(|_| !self.may_close)
            .map(Fault::NeverClosed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the fault of a text, whatever the size of the parts in which it
    /// is read.
    fn fault(text: &str) -> Option<Fault> {
        let of = |size: usize| {
            let mut guard = Guard::new(text.as_bytes(), b',', 1);
            let mut part = vec![0; size];
            while guard.read(&mut part).is_ok_and(|count| count > 0) {}
            guard.fault
        };
        let found = of(1);
        for size in [2, 3, 100] {
            assert_eq!(of(size), found, "{text:?}");
        }
        found
    }

    #[test]
    fn quotes_that_take_in_other_rows_are_found() {
        for sound in [
            "a,b\n\"1\",2\n",
            "a,b\n\"1\n\n2\",2",
            "a,\"b \"\" \n\"\"\"\n1,2\n",
            "a,6\" pipe\n1,\"6\" pipe\n",
            "\"a\"",
            "\"a\n\" ,b",
            "",
        ] {
            assert_eq!(fault(sound), None, "{sound:?}");
        }
        assert_eq!(fault("a,b\n1,\"2\n3,4\n"), Some(Fault::NeverClosed(2)));
        assert_eq!(fault("a,b\n1,\"2\"\"\n3,4"), Some(Fault::NeverClosed(2)));
        assert_eq!(
            fault("a,b\n1,\"2\n3,4\n5,\"x\"\n"),
            Some(Fault::ClosedWithin(2))
        );
    }

    #[test]
    fn a_row_that_never_ends_is_refused() {
        for (byte, expected) in [(b'1', Fault::TooLong), (b',', Fault::TooManyCells)] {
            let mut endless = Guard::new(io::repeat(byte), b',', 1);
            endless.begin_record(3 * MOST_COLUMNS / 2);
            let mut out = Vec::new();
            assert!(endless.read_to_end(&mut out).is_err());
            assert_eq!(endless.fault, Some(expected));
        }
    }
}

//! Reads the lines of a file.

use std::io::{BufRead, BufReader, Read};

use super::super::names::quote;
use super::object::{Object, object};
use crate::base::error::{Error, Place, Result, one_line};
use crate::base::hint::Hint;

/// The most bytes of a line.
const LONGEST: usize = 32 << 20;

/// The lines of a file that are not empty.
pub(super) struct Lines {
    origin: String,
    reader: BufReader<Box<dyn Read>>,
    line: Vec<u8>,
    number: u64,
    longest: usize,
    /// Whether there may be a further line.
    open: bool,
}

impl Lines {
    pub fn new(origin: &str, reader: BufReader<Box<dyn Read>>) -> Self {
        Lines {
            origin: origin.into(),
            reader,
            line: Vec::new(),
            number: 0,
            longest: LONGEST,
            open: true,
        }
    }

    /// Limits the bytes of a line, if it allows less than any file may have.
    pub fn limit(&mut self, bytes: usize) {
        self.longest = LONGEST.min(bytes);
    }

    /// Moves to the next line; returns `false` at the end.
    pub fn advance(&mut self) -> Result<bool> {
        loop {
            self.line.clear();
            let most = self.longest as u64 + 1;
            let read = (&mut self.reader)
                .take(most)
                .read_until(b'\n', &mut self.line);
            let read = read.map_err(|e| Error::file(&self.origin, "read", e))?;
            self.number += 1;
            if read > self.longest {
                return Err(self.refuse(
                    format!("a line of more than {} bytes", self.longest),
                    "an object a line",
                    "is the end of a line missing?",
                ));
            }
            self.open = read > 0;
            if !self.open {
                self.line.clear();
                return Ok(false);
            }
            if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
                self.line.drain(..3);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Returns whether there may be a further line.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Returns whether the current line has an object.
    pub fn has_row(&self) -> bool {
        !self.line.is_empty()
    }

    /// Returns whether the next line has to be read from the file.
    pub fn is_drained(&self) -> bool {
        self.reader.buffer().is_empty()
    }

    /// Returns the length of the current line.
    pub fn bytes(&self) -> usize {
        self.line.len()
    }

    /// Returns the object of the current line.
    pub fn object(&self) -> Result<Object<'_>> {
        object(self.line.trim_ascii_end()).map_err(|error| self.no_object(&error))
    }

    fn no_object(&self, error: &serde_json::Error) -> Error {
        let reason = one_line(error);
        let reason = reason.replace("at line 1 column", "at column");
        let text = self.line.trim_ascii();
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        if reason.starts_with("number out of range") {
            return self.refuse(
                format!("a number that 64 bits cannot hold ({reason})"),
                "numbers of at most 1.8e308",
                "correct it, or write null where there is no value",
            );
        }
        let hint = if text.starts_with(b"[") {
            "write an object a line, not one list of all rows"
        } else if text == b"{" {
            "write each object on one line"
        } else if has("NaN") || has("Infinity") {
            "JSON has no NaN or Infinity: write null where there is no value"
        } else {
            "correct the line or take it out"
        };
        self.refuse(
            format!("what is no JSON object ({reason})"),
            "an object a line",
            hint,
        )
    }

    /// Returns the error for a key that the first line did not have.
    pub fn unknown_key(&self, key: &str) -> Error {
        self.refuse(
            format!("the key {}, which the first line has not", quote(key)),
            "the keys of the first line, since rows from a pipe are read once",
            "give the first line all keys, with null where it has no value, or save the rows as a file",
        )
    }

    /// Returns the error for a key that an object has more than once.
    pub fn repeated_key(&self, key: &str) -> Error {
        self.refuse(
            format!("the key {} more than once", quote(key)),
            "a key once in an object",
            "rename one of them",
        )
    }

    /// Returns an error in the current line.
    pub fn refuse(&self, found: String, expected: &str, hint: impl Into<Hint>) -> Error {
        Error::data(
            &self.origin,
            Place::Line(self.number),
            found,
            expected,
            hint,
        )
    }
}

//! Turns columns that are aligned by spaces into columns of one delimiter.

use std::io::{self, Read};

/// A reader that replaces each run of spaces and tabs by one tab, and drops
/// those at the start and end of a line; what is quoted stays as it is.
pub(super) struct Spaces<R> {
    inner: R,
    input: Vec<u8>,
    quoted: bool,
    /// Whether a run of spaces was read that is not written yet.
    space: bool,
    /// Whether the line has no character yet.
    start: bool,
    out: Vec<u8>,
    written: usize,
}

impl<R: Read> Spaces<R> {
    pub fn new(inner: R) -> Self {
        Spaces {
            inner,
            input: vec![0; 64 * 1024],
            quoted: false,
            space: false,
            start: true,
            out: Vec::new(),
            written: 0,
        }
    }

    fn add(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t' if !self.quoted => {
                self.space = true;
                return;
            }
            b'\n' | b'\r' if !self.quoted => (self.space, self.start) = (false, true),
            _ => {
                if self.space && !self.start {
                    self.out.push(b'\t');
                }
                (self.space, self.start) = (false, false);
                self.quoted ^= byte == b'"';
            }
        }
        self.out.push(byte);
    }
}

impl<R: Read> Read for Spaces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.written == self.out.len() {
            (self.written, self.out) = (0, std::mem::take(&mut self.out));
            self.out.clear();
            let count = self.inner.read(&mut self.input)?;
            if count == 0 {
                return Ok(0);
            }
            for at in 0..count {
                self.add(self.input[at]);
            }
        }
        let left = &self.out[self.written..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.written += count;
        Ok(count)
    }
}

/// Returns a text as [`Spaces`] does.
pub(super) fn delimited(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    // Reading from memory does not fail.
    let _ = Spaces::new(text).read_to_end(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_spaces_become_one_tab() {
        let text = b"  a  b\t \"c d\" \n1   2 3\r\n\n4 5 6";
        assert_eq!(delimited(text), b"a\tb\t\"c d\"\n1\t2\t3\r\n\n4\t5\t6");
        let mut slow = Spaces::new(std::io::Read::chain(&text[..3], &text[3..]));
        let mut out = Vec::new();
        let mut one = [0];
        while slow.read(&mut one).unwrap() > 0 {
            out.push(one[0]);
        }
        assert_eq!(out, delimited(text));
    }
}

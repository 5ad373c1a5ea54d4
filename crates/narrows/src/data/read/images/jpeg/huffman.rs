//! Reads Huffman codes from the bytes of a scan.

use super::{Check, DAMAGED};

/// Codes of up to this length are looked up at once.
const SHORT: u32 = 8;
const CUT: &str = "ends before its last row: it is cut short or damaged";

/// The symbols of a Huffman table by their codes.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// For each start of eight bits: the symbol and the length of its code; a
    /// length of 0 if it is longer.
    short: Vec<(u8, u8)>,
    /// For each length up to 16: the first code beyond those of that length.
    end: [u32; 17],
    /// What turns a code of that length into a place among the symbols.
    offset: [i32; 17],
    symbols: Vec<u8>,
}

impl Code {
    /// Reads a table; returns what follows it.
    pub fn of(bytes: &[u8]) -> Check<(Code, &[u8])> {
        let damaged = "has a damaged table of codes";
        let (counts, rest) = bytes.split_at_checked(16).ok_or(damaged)?;
        let total = counts.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(damaged)?;
        let mut code = Code {
            short: vec![(0, 0); 1 << SHORT],
            end: [0; 17],
            offset: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut next, mut place) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            let at = length as usize;
            code.offset[at] = place as i32 - next as i32;
            for &symbol in &symbols[place..place + usize::from(count)] {
                if next >= 1 << length {
                    return Err(damaged.into());
                }
                if length <= SHORT {
                    let free = SHORT - length;
                    let from = (next << free) as usize;
                    code.short[from..from + (1 << free)].fill((symbol, length as u8));
                }
                next += 1;
            }
            place += usize::from(count);
            code.end[at] = next;
            next <<= 1;
        }
        Ok((code, rest))
    }
}

/// The bits of a scan, up to the next marker.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The bits that are next, from the highest on, and their number.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Bits {
            bytes,
            at: 0,
            buffer: 0,
            count: 0,
        }
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else {
                return;
            };
            if byte == 0xff {
                // 0xff is followed by 0 unless it begins a marker.
                match self.bytes.get(self.at + 1) {
                    Some(0) => self.at += 1,
                    _ => return,
                }
            }
            self.at += 1;
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn peek(&self, count: u32) -> u32 {
        // Two shifts, since a shift by 64 is none.
        (self.buffer >> 1 >> (63 - count)) as u32
    }

    fn drop(&mut self, count: u32) -> Check<()> {
        if count > self.count {
            return Err(CUT.into());
        }
        self.buffer <<= count;
        self.count -= count;
        Ok(())
    }

    /// Reads the next symbol.
    pub fn symbol(&mut self, code: Option<&Code>) -> Check<u8> {
        let code = code.ok_or("lacks a table of codes")?;
        if self.count < 16 {
            self.fill();
        }
        let (symbol, length) = code.short[self.peek(SHORT) as usize];
        if length > 0 {
            self.drop(u32::from(length))?;
            return Ok(symbol);
        }
        for length in SHORT + 1..=16 {
            let found = self.peek(length);
            if found < code.end[length as usize] {
                self.drop(length)?;
                let place = found as i32 + code.offset[length as usize];
                let symbol = usize::try_from(place)
                    .ok()
                    .and_then(|at| code.symbols.get(at));
                return symbol.copied().ok_or(DAMAGED.into());
            }
        }
        Err(if self.count < 16 { CUT } else { DAMAGED }.into())
    }

    /// Reads up to 16 bits as a number.
    pub fn number(&mut self, count: u8) -> Check<u32> {
        let count = u32::from(count);
        if count > 16 {
            return Err(DAMAGED.into());
        }
        if self.count < count {
            self.fill();
        }
        let number = self.peek(count);
        self.drop(count)?;
        Ok(number)
    }

    /// Passes over up to 16 bits.
    pub fn skip(&mut self, count: u8) -> Check<()> {
        self.number(count).map(|_| ())
    }

    /// Expects the restart marker of this number, and goes on after it.
    pub fn restart(&mut self, number: usize) -> Check<()> {
        let at = self.end()?;
        let [0xff, marker] = self.bytes[at..].first_chunk().ok_or(CUT)? else {
            return Err(DAMAGED.into());
        };
        if usize::from(*marker) != 0xd0 + number {
            return Err(CUT.into());
        }
        *self = Bits {
            at: at + 2,
            ..Bits::new(self.bytes)
        };
        Ok(())
    }

    /// Expects a marker, and returns its place. A decoder that has lost its way
    /// has codes left over.
    pub fn end(&mut self) -> Check<usize> {
        // The last byte is filled up with bits of no meaning.
        let mut left = self.count / 8;
        let mut buffer = self.buffer << (self.count % 8);
        while left > 0 {
            if !matches!(buffer >> 56, 0 | 0xff) {
                return Err(DAMAGED.into());
            }
            buffer <<= 8;
            left -= 1;
        }
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at) {
            match (byte, self.bytes.get(at + 1)) {
                (0xff, Some(0)) => at += 2,
                (0xff, Some(0xff)) | (0, _) => at += 1,
                (0xff, Some(_)) => return Ok(at),
                (0xff, None) => break,
                _ => return Err(DAMAGED.into()),
            }
        }
        Err("has no end marker: it is cut short".into())
    }
}

//! Compresses text to the same bytes, however it comes.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

/// The bytes that are compressed at a time: what a compressor writes depends on
/// how much it is given at once.
const BLOCK: usize = 32 * 1024;

/// A gzip file that is written block by block.
pub(super) struct Packed<W: Write> {
    encoder: GzEncoder<W>,
    block: Vec<u8>,
}

impl<W: Write> Packed<W> {
    pub fn new(to: W) -> Self {
        Packed {
            encoder: GzEncoder::new(to, Compression::default()),
            block: Vec::with_capacity(BLOCK),
        }
    }

    /// Compresses the rest, and returns what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.encoder.write_all(&self.block)?;
        self.encoder.finish()
    }
}

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        if self.block.len() == BLOCK {
            self.encoder.write_all(&self.block)?;
            self.block.clear();
        }
        Ok(count)
    }

    /// Does nothing: a block is compressed in one piece.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_do_not_depend_on_how_they_come() {
        let text: Vec<u8> = (0..200_000u32)
            .flat_map(|n| format!("{n},").into_bytes())
            .collect();
        let written = |size: usize| {
            let mut packed = Packed::new(Vec::new());
            for piece in text.chunks(size) {
                packed.write_all(piece).unwrap();
                packed.flush().unwrap();
            }
            packed.finish().unwrap()
        };
        let whole = written(text.len());
        assert!(
            [7, 1_000, BLOCK, 100_001]
                .into_iter()
                .all(|size| written(size) == whole)
        );
    }
}

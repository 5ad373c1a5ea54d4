//! Writes NumPy arrays.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use crate::data::table::{Table, Values};

/// Values that are converted to bytes at a time.
const PIECE: usize = 4096;

/// Writer of the values alone; images keep their shape. The number of rows is
/// known only at the end, and is then written into the space that the header
/// leaves for it.
pub(super) struct NpyWriter {
    out: BufWriter<File>,
    /// The dimensions after the first.
    row: Vec<usize>,
    bytes: bool,
    rows: usize,
}

impl NpyWriter {
    pub fn new(mut out: BufWriter<File>, like: &Table) -> io::Result<Self> {
        let row = match like.image {
            Some(image) if image.channels == 1 => vec![image.height, image.width],
            Some(image) => vec![image.height, image.width, image.channels],
            None => vec![like.columns.len()],
        };
        let bytes = matches!(like.values, Values::Bytes(_));
        out.write_all(&header(bytes, 0, &row))?;
        Ok(NpyWriter {
            out,
            row,
            bytes,
            rows: 0,
        })
    }

    pub fn add(&mut self, table: &Table) -> io::Result<()> {
        match &table.values {
            Values::Bytes(values) => self.out.write_all(values)?,
            Values::Floats(values) => {
                let mut bytes = [0; 4 * PIECE];
                for piece in values.chunks(PIECE) {
                    let (four, _) = bytes.as_chunks_mut::<4>();
                    let pairs = four.iter_mut().zip(piece);
                    pairs.for_each(|(to, value)| *to = value.to_le_bytes());
                    self.out.write_all(&bytes[..4 * piece.len()])?;
                }
            }
        }
        self.rows += table.rows();
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.rewind()?;
        self.out
            .write_all(&header(self.bytes, self.rows, &self.row))?;
        self.out.flush()
    }
}

/// Returns the header of the first version of the format. Its length does not
/// depend on the number of rows, and is a multiple of 64 bytes, as readers
/// prefer.
fn header(bytes: bool, rows: usize, row: &[usize]) -> Vec<u8> {
    let kind = if bytes { "|u1" } else { "<f4" };
    let text = |rows: usize| {
        let row: Vec<String> = row.iter().map(|length| length.to_string()).collect();
        format!(
            "{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {}), }}",
            row.join(", ")
        )
    };
    let before = b"\x93NUMPY\x01\x00".len() + size_of::<u16>();
    let length = (before + text(usize::MAX).len() + 1).next_multiple_of(64) - before;
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((length as u16).to_le_bytes());
    out.extend(format!("{:<1$}\n", text(rows), length - 1).bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_room_for_any_number_of_rows() {
        for row in [vec![784], vec![28, 28], vec![100, 100, 3]] {
            for bytes in [false, true] {
                let most = header(bytes, usize::MAX, &row);
                assert_eq!(most.len(), header(bytes, 0, &row).len());
                assert_eq!(most.len() % 64, 0);
                let told = usize::from(u16::from_le_bytes([most[8], most[9]]));
                assert_eq!(told + 10, most.len());
                assert_eq!(most.last(), Some(&b'\n'));
            }
        }
    }
}

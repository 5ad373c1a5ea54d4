//! A network over many rows, some at a time.

use crate::network::{Fixed, Network};
use crate::scale::Prepared;

pub(crate) use crate::network::CHUNK;

/// Rows to send through a network, wherever they come from.
pub(crate) trait Source {
    /// Values of a row.
    fn width(&self) -> usize;

    /// Some rows by their numbers, `[rows, width]`, row-major.
    fn gather(&self, rows: &[usize]) -> Vec<f32>;

    /// A row's place in the data that these rows were selected from.
    fn place(&self, row: usize) -> usize {
        row
    }
}

impl Source for Prepared<'_> {
    fn width(&self) -> usize {
        self.features()
    }

    fn gather(&self, rows: &[usize]) -> Vec<f32> {
        Prepared::gather(self, rows)
    }

    fn place(&self, row: usize) -> usize {
        self.table.number_of(row) - 1
    }
}

/// Some rows on their way through a network, each `[rows, …]`, row-major.
pub(crate) struct Chunk<'a> {
    pub rows: usize,
    pub input: &'a [f32],
    /// The output layer's sums, before its activation.
    pub sums: &'a [f32],
    pub output: &'a [f32],
}

/// Sends rows through encoder and decoder; `each` gets chunk after chunk.
pub(crate) fn chunks(
    network: &Network,
    data: &dyn Source,
    rows: &[usize],
    each: impl FnMut(Chunk),
) {
    chunks_of(&Fixed::new(network), data, rows, each);
}

/// The same through a network that is packed already.
pub(crate) fn chunks_of(
    fixed: &Fixed,
    data: &dyn Source,
    rows: &[usize],
    mut each: impl FnMut(Chunk),
) {
    for part in rows.chunks(CHUNK) {
        let input = data.gather(part);
        let code = fixed.encode(&input, part.len());
        let sums = fixed.decode_sums(&code, part.len());
        let mut output = sums.clone();
        fixed.output(&mut output);
        each(Chunk {
            rows: part.len(),
            input: &input,
            sums: &sums,
            output: &output,
        });
    }
}

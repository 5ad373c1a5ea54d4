//! A network over many rows, in chunks of one fixed size: the last is padded,
//! so that a row's result does not depend on how many rows come with it.

use crate::network::Network;
use crate::scale::Prepared;

/// Rows at a time.
pub(crate) const CHUNK: usize = 256;

/// Rows to send through a network, wherever they come from.
pub(crate) trait Source {
    /// Values of a row.
    fn width(&self) -> usize;

    /// Some rows by their numbers, `[rows, width]`, row-major.
    fn gather(&self, rows: &[usize]) -> Vec<f32>;
}

impl Source for Prepared<'_> {
    fn width(&self) -> usize {
        self.features()
    }

    fn gather(&self, rows: &[usize]) -> Vec<f32> {
        Prepared::gather(self, rows)
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

/// Sends rows through encoder and decoder; `each` gets every
/// chunk without its padding.
pub(crate) fn chunks(
    network: &Network,
    data: &dyn Source,
    rows: &[usize],
    mut each: impl FnMut(Chunk),
) {
    for part in rows.chunks(CHUNK) {
        let input = data.gather(part);
        let code = encode(network, &input, part.len());
        let sums = padded(&code, part.len(), |codes| {
            network.decode_sums_rows(codes, CHUNK)
        });
        let output = network.output_rows(sums.clone(), part.len());
        each(Chunk {
            rows: part.len(),
            input: &input,
            sums: &sums,
            output: &output,
        });
    }
}

/// Codes of at most a chunk of rows.
pub(crate) fn encode(network: &Network, features: &[f32], rows: usize) -> Vec<f32> {
    padded(features, rows, |features| {
        network.encode_rows(features, CHUNK)
    })
}

/// Outputs of the encoder's layer number `layers`, counted from 1, of at most
/// a chunk of rows.
pub(crate) fn lower_layers(
    network: &Network,
    layers: usize,
    features: &[f32],
    rows: usize,
) -> Vec<f32> {
    padded(features, rows, |features| {
        network.lower_layers(layers, features, CHUNK)
    })
}

/// Features of at most a chunk of codes.
pub(crate) fn decode(network: &Network, codes: &[f32], rows: usize) -> Vec<f32> {
    padded(codes, rows, |codes| network.decode_rows(codes, CHUNK))
}

/// At most a chunk of rows through what takes a whole one.
pub(crate) fn padded(
    values: &[f32],
    rows: usize,
    through: impl FnOnce(Vec<f32>) -> Vec<f32>,
) -> Vec<f32> {
    let width = values.len() / rows;
    let mut full = values.to_vec();
    full.resize(CHUNK * width, 0.0);
    let mut out = through(full);
    out.truncate(out.len() / CHUNK * rows);
    out
}

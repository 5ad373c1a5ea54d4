//! Sends rows through layer after layer, and shares them among threads.

use std::sync::Mutex;

use super::PackedLayer;
use super::block::{Place, Sums, block};
use super::few;
use super::panel::WIDTH;
use super::tile::Rows;
use crate::kernel::threads;

/// Consecutive layers, packed.
#[derive(Clone, Debug)]
pub struct PackedNetwork {
    layers: Vec<PackedLayer>,
}

impl PackedNetwork {
    /// # Panics
    ///
    /// If there is no layer or a layer's outputs are not as many as the
    /// inputs of the next.
    pub fn new(layers: Vec<PackedLayer>) -> Self {
        assert!(!layers.is_empty(), "a network without layers");
        for pair in layers.windows(2) {
            assert_eq!(pair[0].outputs, pair[1].inputs, "outputs, then inputs");
        }
        PackedNetwork { layers }
    }

    /// Returns the layers, in order.
    pub fn layers(&self) -> &[PackedLayer] {
        &self.layers
    }

    /// Computes `out = a_L(… a_1(rows · W_1 + b_1) … · W_L + b_L)`; `rows` is
    /// `[n, inputs of the first]` and `out` is `[n, outputs of the last]`, both
    /// row-major.
    ///
    /// `finish(layer, sums)` replaces a layer's sums by its activation of them,
    /// with [`Sums::map`]; layers are numbered from 0.
    ///
    /// # Panics
    ///
    /// If the lengths do not match.
    pub fn apply(&self, rows: &[f32], out: &mut [f32], finish: impl Fn(usize, Sums) + Sync) {
        apply(&self.layers, rows, out, finish);
    }
}

/// Floats of a block of rows and of the layers' outputs for it: half of a usual
/// second-level cache.
const BLOCK_FLOATS: usize = 128 * 1024;
/// Multiply-adds worth another thread.
const WORTH: usize = 1 << 20;
/// The fewest rows per thread; with fewer, each thread would read all weights
/// for too little work.
const FEW: usize = 4;

pub(super) fn apply(
    layers: &[PackedLayer],
    rows: &[f32],
    out: &mut [f32],
    finish: impl Fn(usize, Sums) + Sync,
) {
    let inputs = layers[0].inputs;
    let outputs = layers[layers.len() - 1].outputs;
    let count = rows.len() / inputs;
    assert_eq!(rows.len(), count * inputs, "values of whole rows");
    assert_eq!(out.len(), count * outputs, "values for the outputs");
    if count == 0 {
        return;
    }
    let threads = rayon::current_num_threads();
    if count < FEW * threads {
        let mut scratch = Scratch::new(layers, count);
        let mut shared = Vec::new();
        chain(layers, rows, out, &mut scratch, |at, layer, rows, place| {
            few::layer(layer, rows, place, threads, &mut shared, |sums| {
                finish(at, sums)
            });
        });
        return;
    }
    let size = block_rows(layers, count, threads);
    let blocks = Mutex::new(
        rows.chunks(size * inputs)
            .zip(out.chunks_mut(size * outputs)),
    );
    let next = || blocks.lock().expect("no panic while it is held").next();
    threads::share(threads.min(count.div_ceil(size)), |_| {
        let mut scratch = Scratch::new(layers, size);
        while let Some((rows, out)) = next() {
            chain(layers, rows, out, &mut scratch, |at, layer, rows, place| {
                let panels = 0..layer.panels.count();
                block(layer, panels, rows, place, |sums| finish(at, sums));
            });
        }
    });
}

/// Returns the number of rows in a block.
fn block_rows(layers: &[PackedLayer], count: usize, threads: usize) -> usize {
    let sum = |size: fn(&PackedLayer) -> usize| layers.iter().map(size).sum::<usize>();
    let work = sum(|layer| layer.inputs * layer.outputs);
    let most = (BLOCK_FLOATS / sum(|layer| layer.inputs + layer.outputs)).clamp(14, 256);
    // The same number of blocks for every thread.
    let threads = threads.min(count * work / WORTH).max(1);
    count.div_ceil(count.div_ceil(most).next_multiple_of(threads))
}

/// Outputs of the inner layers, in alternating buffers.
struct Scratch {
    buffers: [Vec<f32>; 2],
}

impl Scratch {
    fn new(layers: &[PackedLayer], rows: usize) -> Self {
        let mut lengths = [0; 2];
        if is_crowded(layers[0].inputs) {
            lengths[1] = rows * stride(layers[0].inputs);
        }
        for (at, layer) in layers[..layers.len() - 1].iter().enumerate() {
            let length = &mut lengths[at % 2];
            *length = (*length).max(rows * stride(layer.outputs));
        }
        Scratch {
            buffers: lengths.map(|length| vec![0.0; length]),
        }
    }
}

/// Returns whether rows at this stride share one set of a first-level cache
/// with 4 KiB per way; a set holds fewer rows than a tile reads at once.
fn is_crowded(stride: usize) -> bool {
    stride.is_multiple_of(1024)
}

/// Returns the number of floats from one row to the next in a buffer: whole
/// cache lines.
fn stride(values: usize) -> usize {
    let stride = values.next_multiple_of(WIDTH);
    if is_crowded(stride) {
        stride + WIDTH
    } else {
        stride
    }
}

/// Sends a block of rows through all layers; `step` runs one layer, given its
/// number.
fn chain(
    layers: &[PackedLayer],
    rows: &[f32],
    out: &mut [f32],
    scratch: &mut Scratch,
    mut step: impl FnMut(usize, &PackedLayer, Rows, Place),
) {
    let inputs = layers[0].inputs;
    let count = rows.len() / inputs;
    let [to, from] = &mut scratch.buffers;
    let (mut to, mut from) = (to, from);
    let mut now = Rows {
        values: rows,
        stride: inputs,
        inputs,
        count,
    };
    if is_crowded(inputs) && count > 1 {
        now.stride = stride(inputs);
        for (to, row) in from.chunks_mut(now.stride).zip(rows.chunks(inputs)) {
            to[..inputs].copy_from_slice(row);
        }
        now.values = from;
    }
    let last = layers.len() - 1;
    for (at, layer) in layers[..last].iter().enumerate() {
        let row = stride(layer.outputs);
        step(
            at,
            layer,
            now,
            Place {
                values: to,
                row,
                panel: WIDTH,
            },
        );
        std::mem::swap(&mut to, &mut from);
        now = Rows {
            values: from,
            stride: row,
            inputs: layer.outputs,
            count,
        };
    }
    let row = layers[last].outputs;
    step(
        last,
        &layers[last],
        now,
        Place {
            values: out,
            row,
            panel: WIDTH,
        },
    );
}

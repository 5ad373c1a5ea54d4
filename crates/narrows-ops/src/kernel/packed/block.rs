//! Runs one layer for a block of rows, tile by tile.

use std::ops::Range;

use pulp::{Arch, WithSimd};

use super::PackedLayer;
use super::panel::WIDTH;
use super::tile::{self, MAX_LINES, Rows};

/// Sums of some of a layer's units for some rows, before they become outputs.
pub struct Sums<'a> {
    arch: Arch,
    lines: &'a mut [[f32; WIDTH]],
}

impl Sums<'_> {
    /// Replaces each sum by `activation(sum)`.
    #[inline]
    pub fn map(self, activation: impl Fn(f32) -> f32) {
        self.arch.dispatch(Map {
            lines: self.lines,
            activation,
        });
    }
}

struct Map<'a, F> {
    lines: &'a mut [[f32; WIDTH]],
    activation: F,
}

impl<F: Fn(f32) -> f32> WithSimd for Map<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for value in self.lines.as_flattened_mut() {
            *value = (self.activation)(*value);
        }
    }
}

/// The destination of outputs: those of row `r` in panel `p` go to
/// `values[r · row + p · panel ..]`.
pub(super) struct Place<'a> {
    pub values: &'a mut [f32],
    pub row: usize,
    pub panel: usize,
}

/// Computes some panels of a layer for some rows. `finish` turns sums into
/// outputs.
pub(super) fn block(
    layer: &PackedLayer,
    panels: Range<usize>,
    rows: Rows,
    place: Place,
    finish: impl Fn(Sums),
) {
    let arch = layer.arch;
    let stored = &layer.panels;
    let (most_rows, most_panels) = tile::shape(arch, rows.count);
    let whole = panels.start..panels.end.min(stored.whole_bias.len());
    let mut sums = [[0.0; WIDTH]; MAX_LINES];
    // Panels are in the outer loop: each is fetched once and then stays near.
    for part in even(whole, most_panels) {
        let weight = &stored.whole[part.start * layer.inputs..part.end * layer.inputs];
        let bias = &stored.whole_bias[part.clone()];
        let columns = columns(layer, &part);
        let first = (part.start - panels.start) * place.panel;
        for some in even(0..rows.count, most_rows) {
            let sums = &mut sums[..some.len() * part.len()];
            tile::whole(arch, rows.part(some.start, some.len()), weight, bias, sums);
            finish(Sums { arch, lines: sums });
            let to = &mut place.values[some.start * place.row + first..];
            put(sums, part.len(), columns, to, place.row, place.panel);
        }
    }
    if let Some(bias) = &stored.narrow_bias
        && panels.end > stored.whole_bias.len()
    {
        let part = stored.whole_bias.len()..panels.end;
        let columns = columns(layer, &part);
        let first = (part.start - panels.start) * place.panel;
        for some in even(0..rows.count, most_rows) {
            let sums = &mut sums[..some.len()];
            tile::narrow(
                arch,
                rows.part(some.start, some.len()),
                &stored.narrow,
                bias,
                sums,
            );
            finish(Sums { arch, lines: sums });
            let to = &mut place.values[some.start * place.row + first..];
            put(sums, 1, columns, to, place.row, place.panel);
        }
    }
}

/// Returns the number of the layer's columns in the last of these panels.
fn columns(layer: &PackedLayer, panels: &Range<usize>) -> usize {
    (layer.outputs - (panels.end - 1) * WIDTH).min(WIDTH)
}

/// Copies a tile's outputs to their place.
fn put(
    lines: &[[f32; WIDTH]],
    panels: usize,
    last: usize,
    to: &mut [f32],
    row: usize,
    panel: usize,
) {
    for (r, lines) in lines.chunks_exact(panels).enumerate() {
        for (p, line) in lines.iter().enumerate() {
            let to = &mut to[r * row + p * panel..];
            if p + 1 < panels || last == WIDTH {
                to[..WIDTH].copy_from_slice(line);
            } else {
                to[..last].copy_from_slice(&line[..last]);
            }
        }
    }
}

/// Splits a range into parts of at most `most`, as even as possible.
pub(super) fn even(range: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let length = range.len();
    let parts = length.div_ceil(most);
    (0..parts).map(move |part| {
        range.start + part * length / parts..range.start + (part + 1) * length / parts
    })
}

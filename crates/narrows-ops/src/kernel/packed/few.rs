//! Runs one layer for a few rows: threads share its panels instead of the rows,
//! so that each reads only a part of the weights and may keep that part in its
//! cache.

use std::sync::Mutex;

use super::PackedLayer;
use super::block::{Place, Sums, block};
use super::panel::WIDTH;
use super::tile::Rows;
use crate::kernel::threads;

/// Weights worth another thread.
const WORTH: usize = 1 << 16;

/// Computes all panels of a layer for a few rows. `shared` is memory for reuse.
pub(super) fn layer(
    layer: &PackedLayer,
    rows: Rows,
    place: Place,
    threads: usize,
    shared: &mut Vec<f32>,
    finish: impl Fn(Sums) + Sync,
) {
    let panels = layer.panels.count();
    let parts = threads
        .min(layer.inputs * layer.outputs / WORTH)
        .min(panels / 2);
    if parts < 2 {
        return block(layer, 0..panels, rows, place, finish);
    }
    // Panel by panel, so that each thread's part is contiguous.
    let piece = rows.count * WIDTH;
    shared.resize(panels * piece, 0.0);
    let size = panels.div_ceil(parts);
    let jobs = Mutex::new(shared.chunks_mut(size * piece).enumerate());
    let next = || jobs.lock().expect("no panic while it is held").next();
    threads::share(parts, |_| {
        while let Some((part, values)) = next() {
            let panels = part * size..((part + 1) * size).min(panels);
            let place = Place {
                values,
                row: WIDTH,
                panel: piece,
            };
            block(layer, panels, rows, place, &finish);
        }
    });
    for (panel, values) in shared.chunks(piece).enumerate() {
        let first = panel * WIDTH;
        let columns = (layer.outputs - first).min(WIDTH);
        for (row, values) in values.chunks(WIDTH).enumerate() {
            let to = &mut place.values[row * place.row + first..][..columns];
            to.copy_from_slice(&values[..columns]);
        }
    }
}

//! Hides known cells from a network and measures what it makes of them.

use super::calibrate::spaced;
use super::column_errors::ColumnSums;
use crate::base::random::{Address, Stream};
use crate::data::cells::Cells;
use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::objective::inference::Inference;

/// The share of the cells that are hidden at a time.
const SHARE: f32 = 0.3;
/// The most rows, and how often each is measured with other cells hidden.
const ROWS: usize = 4_000;
const TURNS: u64 = 4;

/// Adds up the errors of cells that are hidden at random.
pub(crate) fn errors_of_hidden<'s>(
    inference: &Inference,
    data: &'s Prepared,
    cells: &Cells,
    rows: &[usize],
    seed: u64,
) -> ColumnSums<'s> {
    let mut sums = ColumnSums::new(&data.scaler).with_distances();
    let width = cells.features();
    for part in spaced(rows, ROWS).chunks(CHUNK) {
        let places: Vec<usize> = part.iter().map(|&row| data.place(row)).collect();
        let clean = data.gather_known(part);
        for turn in 0..TURNS {
            let address = Address {
                seed,
                epoch: 0,
                rows: &places,
                turn,
            };
            let drawn = address.uniforms(Stream::Missing, 0, cells.ranges.len());
            let (mut shown, mut hidden) = (clean.clone(), clean.clone());
            let of_rows = shown
                .chunks_exact_mut(width)
                .zip(hidden.chunks_exact_mut(width))
                .zip(drawn.chunks_exact(cells.ranges.len()));
            for ((shown, hidden), drawn) in of_rows {
                for (range, &draw) in cells.ranges.iter().zip(drawn) {
                    let other = if draw < SHARE {
                        &mut *shown
                    } else {
                        &mut *hidden
                    };
                    other[range.clone()].fill(f32::NAN);
                }
            }
            let codes = inference.encode(&shown, part.len());
            sums.add(&hidden, &inference.decode(&codes, part.len()));
        }
    }
    sums
}

//! Sums columns over rows, and repeats a row.

use std::mem::MaybeUninit;

use super::blocks::Blocks;
use super::cells::area;
use super::chunks::{Cut, fill_chunks, write_chunks};
use super::vector::{each_lanes, from_fn, vectorized};

/// Multiplications that cost about as much as a value: memory takes the time.
const COST: usize = 16;

/// Returns the sum of each column of `[rows, columns]`, adding row after row.
pub fn column_sums(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns.max(1);
    let blocks = Blocks::columns(rows, columns, COST);
    let cut = Cut {
        length: columns,
        chunk: blocks.step,
    };
    let [sums] = fill_chunks([cut], |at, [sums]| {
        let (_, block) = blocks.get(at);
        for row in values.chunks_exact(columns) {
            add(&row[block.clone()], sums);
        }
    });
    sums
}

/// Computes `sums += row`.
pub(super) fn add(row: &[f32], sums: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            each_lanes(
                row.len(),
                #[inline(always)]
                |lanes| {
                    let (value, sum) = (lanes.of(row), lanes.of(sums));
                    let sum = from_fn(
                        #[inline(always)]
                        |i| sum[i] + value[i],
                    );
                    lanes.put(sums, sum);
                },
            );
        },
    );
}

/// Returns `rows` copies of a row.
pub fn rows_of(row: &[f32], rows: usize) -> Vec<f32> {
    let columns = row.len();
    let blocks = Blocks::rows(rows, columns, COST);
    let cut = Cut {
        length: area(rows, columns),
        chunk: blocks.step * columns,
    };
    let write = |_, [values]: [&mut [MaybeUninit<f32>]; 1]| {
        for values in values.chunks_exact_mut(columns) {
            values.write_copy_of_slice(row);
        }
    };
    // SAFETY: chunks are whole rows, and each row is written.
    let [values] = unsafe { write_chunks([cut], write) };
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_summed_and_rows_repeated() {
        for (rows, columns) in [(1, 1), (3, 5), (200, 1000), (1000, 17)] {
            let row: Vec<f32> = (0..columns).map(|c| c as f32).collect();
            let values = rows_of(&row, rows);
            assert_eq!(values.len(), rows * columns);
            let sums = column_sums(&values, columns);
            let expected = row.iter().map(|v| v * rows as f32);
            assert!(sums.iter().copied().eq(expected), "{rows} {columns}");
        }
    }
}

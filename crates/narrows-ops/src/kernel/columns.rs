//! Sums over rows, and rows of one value a column.

use super::blocks::Blocks;
use super::cells::{Cells, unwritten};
use super::threads::share;
use super::vector::{each_lanes, from_fn, vectorized};

/// Multiplications that a value costs about as much as: it is memory that
/// takes the time.
const COST: usize = 16;

/// The sum of each column of `[rows, columns]`, row after row.
pub fn column_sums(values: &[f32], columns: usize) -> Vec<f32> {
    // SAFETY: blocks cover all columns, and each starts at 0.
    let mut sums = unsafe { unwritten(columns) };
    let rows = values.len() / columns.max(1);
    let to = Cells::of(&mut sums);
    let blocks = Blocks::columns(rows, columns, COST);
    share(blocks.count, |at| {
        let (_, block) = blocks.get(at);
        // SAFETY: blocks are of columns here and do not overlap.
        let sums = unsafe { to.get(block.start, block.end) };
        sums.fill(0.0);
        for row in values.chunks_exact(columns) {
            add(&row[block.clone()], sums);
        }
    });
    sums
}

/// `sums += row`
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

/// The same row so many times.
pub fn rows_of(row: &[f32], rows: usize) -> Vec<f32> {
    let columns = row.len();
    // SAFETY: blocks cover all rows, and each is written whole.
    let mut values = unsafe { unwritten(rows * columns) };
    let to = Cells::of(&mut values);
    let blocks = Blocks::rows(rows, columns, COST);
    share(blocks.count, |at| {
        let (rows, _) = blocks.get(at);
        for at in rows {
            // SAFETY: each row is one part's.
            unsafe { to.get(at * columns, (at + 1) * columns) }.copy_from_slice(row);
        }
    });
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

//! Cuts a matrix into parts for threads, according to its shape alone.

use std::ops::Range;

/// The multiplications that justify a part of their own: some microseconds of
/// work.
const WORTH: usize = 200_000;
/// The most parts. If there are fewer threads than parts, a delayed thread
/// costs little, since the others take over its parts. From 8 threads on, each
/// thread has at most one part. The number is constant because results must not
/// depend on the number of threads.
const MOST: usize = 8;
/// Columns or rows that vector units and the product's kernel process at once.
const WIDTH: usize = 16;

/// Blocks of columns or of rows of a matrix `[rows, columns]`.
#[derive(Debug, Clone, Copy)]
pub struct Blocks {
    rows: usize,
    columns: usize,
    by_rows: bool,
    /// Rows or columns per block; the last block may have fewer.
    pub step: usize,
    /// The number of blocks.
    pub count: usize,
}

impl Blocks {
    /// Cuts for work of `depth` multiplications per value.
    pub fn new(rows: usize, columns: usize, depth: usize) -> Self {
        let work = rows * columns * depth;
        let count = (work / WORTH).clamp(1, MOST);
        let by_rows = columns < count * WIDTH && rows > columns;
        Self::cut(rows, columns, count, by_rows)
    }

    /// Cuts into blocks of columns only: each has all rows of its columns.
    pub fn columns(rows: usize, columns: usize, depth: usize) -> Self {
        let work = rows * columns * depth;
        Self::cut(rows, columns, (work / WORTH).clamp(1, MOST), false)
    }

    /// Cuts into blocks of rows only: each has all columns of its rows.
    pub fn rows(rows: usize, columns: usize, depth: usize) -> Self {
        let work = rows * columns * depth;
        Self::cut(rows, columns, (work / WORTH).clamp(1, MOST), true)
    }

    fn cut(rows: usize, columns: usize, count: usize, by_rows: bool) -> Self {
        let side = if by_rows { rows } else { columns };
        let width = if by_rows { 1 } else { WIDTH };
        let step = side.div_ceil(count).next_multiple_of(width).max(1);
        Blocks {
            rows,
            columns,
            by_rows,
            step,
            count: side.div_ceil(step).max(1),
        }
    }

    /// Returns the rows and columns of one block. Together, all blocks cover
    /// the matrix, and no two overlap.
    pub fn get(&self, at: usize) -> (Range<usize>, Range<usize>) {
        let cut = |side: usize| (at * self.step).min(side)..((at + 1) * self.step).min(side);
        match self.by_rows {
            true => (cut(self.rows), 0..self.columns),
            false => (0..self.rows, cut(self.columns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_place_once() {
        for (rows, columns, depth) in [
            (1, 1, 1),
            (150, 784, 300),
            (784, 30, 250),
            (1000, 8, 5000),
            (3, 17, 100_000),
            (0, 5, 3),
            (5, 0, 3),
        ] {
            let mut seen = vec![0; rows * columns];
            let blocks = Blocks::new(rows, columns, depth);
            for at in 0..blocks.count {
                let (r, c) = blocks.get(at);
                r.for_each(|r| c.clone().for_each(|c| seen[r * columns + c] += 1));
            }
            assert!(seen.iter().all(|&s| s == 1), "{rows} {columns} {depth}");
        }
    }

    #[test]
    fn small_work_stays_whole() {
        assert_eq!(Blocks::new(32, 64, 30).count, 1);
        assert!(Blocks::new(150, 784, 300).count > 4);
    }
}

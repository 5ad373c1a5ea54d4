//! Collects rows into a batch from wherever they are stored.

use std::ops::Range;

use super::blocks::Blocks;
use super::cells::area;
use super::chunks::{Cut, fill_chunks};
use super::vector::vectorized;

/// Multiplications that cost about as much as a value.
const COST: usize = 16;

/// Returns `[rows, width]` values, row-major; `fill(row, values)` writes each
/// row, whose values start as 0.
pub fn fill_rows(rows: usize, width: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    fill_blocks(rows, width, |block, values| {
        let each = block.zip(values.chunks_exact_mut(width.max(1)));
        each.for_each(|(row, values)| fill(row, values));
    })
}

/// Returns `[rows, width]` values, row-major; `fill(rows, values)` writes each
/// block of rows, whose values start as 0. It is not called if there are no
/// values.
pub fn fill_blocks(
    rows: usize,
    width: usize,
    fill: impl Fn(Range<usize>, &mut [f32]) + Sync,
) -> Vec<f32> {
    let length = area(rows, width);
    let blocks = Blocks::rows(rows, width, COST);
    let cut = Cut {
        length,
        chunk: blocks.step * width,
    };
    let [values] = fill_chunks([cut], |at, [values]| fill(blocks.get(at).0, values));
    values
}

/// Converts bytes to fractions of 255.
pub fn bytes_to_unit(bytes: &[u8], out: &mut [f32]) {
    assert_eq!(bytes.len(), out.len(), "a value for each byte");
    vectorized(
        #[inline(always)]
        || {
            for (to, &byte) in out.iter_mut().zip(bytes) {
                *to = f32::from(byte) / 255.0;
            }
        },
    );
}

/// Computes `(value - offset) / factor` for each column; returns whether all
/// results are finite.
pub fn scaled(values: &[f32], offsets: &[f32], factors: &[f32], out: &mut [f32]) -> bool {
    let width = out.len();
    let (values, offsets) = (&values[..width], &offsets[..width]);
    let factors = &factors[..width];
    vectorized(
        #[inline(always)]
        || {
            let mut finite = true;
            for at in 0..width {
                out[at] = (values[at] - offsets[at]) / factors[at];
                finite &= out[at].abs() < f32::INFINITY;
            }
            finite
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_together_in_order() {
        for (rows, width) in [(0, 3), (1, 1), (500, 700)] {
            let found = fill_rows(rows, width, |row, out| out.fill(row as f32));
            let expected = (0..rows * width).map(|at| (at / width) as f32);
            assert!(found.into_iter().eq(expected));
        }
    }

    #[test]
    fn blocks_are_whole_rows_set_to_0() {
        for (rows, width) in [(0, 3), (3, 0), (1, 1), (500, 700)] {
            let found = fill_blocks(rows, width, |block, values| {
                assert_eq!(values.len(), block.len() * width);
                assert!(values.iter().all(|&value| value == 0.0));
                values.fill(block.start as f32 + 1.0);
            });
            assert_eq!(found.len(), rows * width);
            assert!(found.iter().all(|&value| value > 0.0));
        }
    }

    #[test]
    #[should_panic(expected = "too large")]
    fn more_values_than_can_be_counted_are_refused() {
        fill_rows(usize::MAX / 2 + 1, 2, |_, _| ());
    }

    #[test]
    fn columns_are_scaled_and_what_is_not_finite_is_seen() {
        let mut out = [0.0; 3];
        let scale = ([1.0, 2.0, 3.0], [2.0, 4.0, 8.0]);
        assert!(scaled(&[3.0, 2.0, -5.0], &scale.0, &scale.1, &mut out));
        assert_eq!(out, [1.0, 0.0, -1.0]);
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(!scaled(&[3.0, wrong, 1.0], &scale.0, &scale.1, &mut out));
        }
    }

    #[test]
    fn bytes_become_the_nearest_fractions() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut out = vec![0.0; 256];
        bytes_to_unit(&bytes, &mut out);
        let expected = (0..=255).map(|byte| byte as f32 / 255.0);
        assert!(out.into_iter().eq(expected));
    }
}

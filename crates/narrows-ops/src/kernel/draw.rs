//! Computes the random draws of given rows.
//!
//! Each row has its own stream of ChaCha8 words under a key, so its draws
//! depend on key, row and width alone, not on the rows next to it. Blocks of
//! one or of several rows are computed together, in the lanes of vectors.

mod chacha;
mod kind;

pub use kind::{Draw, Keep, Normal, Uniform};

use chacha::{Key, WORDS, panel};
use pulp::{Arch, Simd, WithSimd};

/// Fills `out`, `[rows, width]`, with draws of the kind `draw`.
///
/// A row takes `width` / 16 blocks of 16 words, rounded up, of the ChaCha8
/// stream numbered by the row: with b blocks, its draw j comes from word j / b
/// of block j % b. Words 2i and 2i + 1 of a block make a pair of draws. So
/// adjacent blocks fill adjacent values.
pub fn fill(key: &[u8; 32], rows: &[usize], width: usize, draw: &impl Draw, out: &mut [f32]) {
    assert_eq!(rows.len() * width, out.len());
    if width == 0 {
        return;
    }
    Arch::new().dispatch(Fill::new(key, rows, width, draw, out));
}

struct Fill<'a, D> {
    key: Key,
    rows: &'a [usize],
    width: usize,
    /// Blocks per row.
    blocks: usize,
    /// Pairs of words used per block.
    pairs: usize,
    draw: &'a D,
    out: &'a mut [f32],
}

impl<D: Draw> WithSimd for Fill<'_, D> {
    type Output = ();

    /// Uses as many lanes as the registers can hold 16 words of; the draws do
    /// not depend on the number of lanes.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        if S::F32_LANES >= 16 {
            self.fill::<16>();
        } else {
            self.fill::<8>();
        }
    }
}

impl<'a, D: Draw> Fill<'a, D> {
    fn new(
        key: &[u8; 32],
        rows: &'a [usize],
        width: usize,
        draw: &'a D,
        out: &'a mut [f32],
    ) -> Self {
        let (words, _) = key.as_chunks();
        let blocks = width.div_ceil(WORDS);
        Fill {
            key: std::array::from_fn(|at| u32::from_le_bytes(words[at])),
            rows,
            width,
            blocks,
            pairs: width.div_ceil(blocks).div_ceil(2),
            draw,
            out,
        }
    }

    #[inline(always)]
    fn fill<const LANES: usize>(&mut self) {
        let shared = self.blocks % LANES;
        self.whole::<LANES>(self.blocks - shared);
        if shared > 0 {
            self.shared::<LANES>(self.blocks - shared);
        }
    }

    /// Fills from the first `blocks` blocks of each row, a multiple of `LANES`.
    #[inline(always)]
    fn whole<const LANES: usize>(&mut self, blocks: usize) {
        for (&row, out) in self.rows.iter().zip(self.out.chunks_exact_mut(self.width)) {
            for first in (0..blocks).step_by(LANES) {
                let places = std::array::from_fn(|lane| (first + lane) as u32);
                let words = panel(&self.key, &places, &[row as u64; LANES]);
                for (at, words) in words.as_chunks().0.iter().take(self.pairs).enumerate() {
                    let start = 2 * at * self.blocks + first;
                    let [even, odd] = drawn(self.draw, words);
                    store(&even, out, start);
                    store(&odd, out, start + self.blocks);
                }
            }
        }
    }

    /// Fills from the blocks of each row starting at `first`, with blocks of
    /// several rows at once.
    #[inline(always)]
    fn shared<const LANES: usize>(&mut self, first: usize) {
        let count = self.rows.len() * (self.blocks - first);
        let (mut row, mut block) = (0, first);
        for _ in 0..count.div_ceil(LANES) {
            let mut places = [0; LANES];
            let mut streams = [0; LANES];
            let mut starts = [0; LANES];
            for lane in 0..LANES {
                places[lane] = block as u32;
                streams[lane] = self.rows[row] as u64;
                starts[lane] = row * self.width;
                // The last place fills the remaining lanes.
                if block + 1 < self.blocks {
                    block += 1;
                } else if row + 1 < self.rows.len() {
                    (row, block) = (row + 1, first);
                }
            }
            let words = panel(&self.key, &places, &streams);
            for (at, words) in words.as_chunks().0.iter().take(self.pairs).enumerate() {
                for (half, values) in drawn(self.draw, words).iter().enumerate() {
                    let past = (2 * at + half) * self.blocks;
                    for lane in 0..LANES {
                        let at = past + places[lane] as usize;
                        if at < self.width {
                            self.out[starts[lane] + at] = values[lane];
                        }
                    }
                }
            }
        }
    }
}

/// Returns the draws that a pair of words makes in each lane.
#[inline(always)]
fn drawn<const LANES: usize>(
    draw: &impl Draw,
    [first, second]: &[[u32; LANES]; 2],
) -> [[f32; LANES]; 2] {
    let mut values = [[0.0; LANES]; 2];
    for lane in 0..LANES {
        let [even, odd] = draw.pair([first[lane], second[lane]]);
        values[0][lane] = even;
        values[1][lane] = odd;
    }
    values
}

/// Writes `values` to `out` from `at` on, as far as `out` goes.
#[inline(always)]
fn store<const LANES: usize>(values: &[f32; LANES], out: &mut [f32], at: usize) {
    let out = out.get_mut(at..).unwrap_or_default();
    match out.first_chunk_mut() {
        Some(out) => *out = *values,
        None => out.copy_from_slice(&values[..out.len()]),
    }
}

#[cfg(test)]
mod tests;

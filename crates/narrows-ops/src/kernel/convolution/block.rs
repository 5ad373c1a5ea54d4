//! Stores rows side by side: one vector holds the same value of as many rows as
//! it has lanes.
//!
//! In a block, the maps of a pixel are adjacent, `[pixels, step, lanes]`. The
//! step is the number of maps or one more: an even step would crowd the pixels
//! of a map into a few of a cache's sets.

use std::mem::MaybeUninit;

use pulp::Simd;

use super::Maps;

/// The order of a row's maps, and their positions in a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub maps: Maps,
    /// Rows are `[pixels, channels]` rather than `[channels, pixels]`.
    pub image: bool,
}

/// Vectors that a tile may read beyond the last map of the last pixel.
const SLACK: usize = 8;

impl Layout {
    /// Returns the number of vectors from one pixel to the next.
    pub fn step(self) -> usize {
        self.maps.channels | 1
    }

    /// Returns the number of vectors in a block, with a pixel of zeros after
    /// the last.
    pub fn vectors(self) -> usize {
        (self.maps.pixels() + 1) * self.step() + SLACK
    }

    /// Counts through the vectors of a row's values, in the order of the row.
    #[inline(always)]
    fn places(self) -> Places {
        let (pixels, step) = (self.maps.pixels(), self.step());
        match self.image {
            true => Places::new(self.maps.channels, 1, step),
            false => Places::new(pixels, step, 1),
        }
    }

    /// Copies rows, at most as many as there are lanes, into a block.
    #[inline(always)]
    pub fn pack<S: Simd>(self, simd: S, rows: &[f32], block: &mut [S::f32s]) {
        match S::F32_LANES {
            16 => self.pack_lanes::<S, 16>(simd, rows, block),
            8 => self.pack_lanes::<S, 8>(simd, rows, block),
            4 => self.pack_lanes::<S, 4>(simd, rows, block),
            2 => self.pack_lanes::<S, 2>(simd, rows, block),
            _ => self.pack_lanes::<S, 1>(simd, rows, block),
        }
        // Pixels outside the map count as zero.
        block[self.maps.pixels() * self.step()..].fill(simd.splat_f32s(0.0));
    }

    /// Copies a block into rows, at most as many as there are lanes, and
    /// returns the rows.
    #[inline(always)]
    pub fn unpack<'r, S: Simd>(
        self,
        simd: S,
        block: &[S::f32s],
        rows: &'r mut [MaybeUninit<f32>],
    ) -> &'r mut [f32] {
        match S::F32_LANES {
            16 => self.unpack_lanes::<S, 16>(simd, block, rows),
            8 => self.unpack_lanes::<S, 8>(simd, block, rows),
            4 => self.unpack_lanes::<S, 4>(simd, block, rows),
            2 => self.unpack_lanes::<S, 2>(simd, block, rows),
            _ => self.unpack_lanes::<S, 1>(simd, block, rows),
        }
    }

    /// Adds the values of each map to the map's sum.
    #[inline(always)]
    pub fn sum<S: Simd>(self, simd: S, block: &[S::f32s], sums: &mut [f32]) {
        // Enough maps at a time to hide the latency of an addition.
        const MAPS: usize = 8;
        let pixels = block.chunks_exact(self.step()).take(self.maps.pixels());
        for (at, sums) in sums.chunks_mut(MAPS).enumerate() {
            let mut lanes = [simd.splat_f32s(0.0); MAPS];
            for pixel in pixels.clone() {
                for (lanes, values) in lanes.iter_mut().zip(&pixel[at * MAPS..]) {
                    *lanes = simd.add_f32s(*lanes, *values);
                }
            }
            for (sum, lanes) in sums.iter_mut().zip(lanes) {
                *sum += simd.reduce_sum_f32s(lanes);
            }
        }
    }

    #[inline(always)]
    fn pack_lanes<S: Simd, const LANES: usize>(self, simd: S, rows: &[f32], block: &mut [S::f32s]) {
        let values = self.maps.values();
        let count = LANES.min(rows.len() / values);
        let mut places = self.places();
        let mut tile = [simd.splat_f32s(0.0); LANES];
        for first in (0..values).step_by(LANES) {
            let length = LANES.min(values - first);
            // The lengths of a whole tile are constants, so it stays in
            // registers.
            if [count, length] == [LANES; 2] {
                for row in 0..LANES {
                    tile[row] = S::as_simd_f32s(&rows[row * values + first..][..LANES]).0[0];
                }
                transpose::<S, LANES>(simd, &mut tile);
                for vector in tile {
                    block[places.next()] = vector;
                }
            } else {
                tile.fill(simd.splat_f32s(0.0));
                for row in 0..count {
                    tile[row] = simd.partial_load_f32s(&rows[row * values + first..][..length]);
                }
                transpose::<S, LANES>(simd, &mut tile);
                for vector in &tile[..length] {
                    block[places.next()] = *vector;
                }
            }
        }
    }

    #[inline(always)]
    fn unpack_lanes<'r, S: Simd, const LANES: usize>(
        self,
        simd: S,
        block: &[S::f32s],
        rows: &'r mut [MaybeUninit<f32>],
    ) -> &'r mut [f32] {
        let values = self.maps.values();
        let count = LANES.min(rows.len() / values);
        assert_eq!(rows.len(), count * values, "whole rows of a block");
        let mut places = self.places();
        let mut tile = [simd.splat_f32s(0.0); LANES];
        for first in (0..values).step_by(LANES) {
            let length = LANES.min(values - first);
            if [count, length] == [LANES; 2] {
                for vector in &mut tile {
                    *vector = block[places.next()];
                }
                transpose::<S, LANES>(simd, &mut tile);
                for row in 0..LANES {
                    let place = &mut rows[row * values + first..][..LANES];
                    S::as_uninit_mut_simd_f32s(place).0[0].write(tile[row]);
                }
            } else {
                for vector in &mut tile[..length] {
                    *vector = block[places.next()];
                }
                transpose::<S, LANES>(simd, &mut tile);
                for row in 0..count {
                    let mut lanes = [0.0; LANES];
                    simd.partial_store_f32s(&mut lanes, tile[row]);
                    let place = &mut rows[row * values + first..][..length];
                    place.write_copy_of_slice(&lanes[..length]);
                }
            }
        }
        // SAFETY: the values of each row are written, `LANES` at a time, and as
        // asserted there are no others.
        unsafe { rows.assume_init_mut() }
    }
}

/// Counts through the vectors of a block in the order of a row.
struct Places {
    inner: usize,
    by: usize,
    outer: usize,
    left: usize,
    start: usize,
    at: usize,
}

impl Places {
    #[inline(always)]
    fn new(inner: usize, by: usize, outer: usize) -> Self {
        Places {
            inner,
            by,
            outer,
            left: inner,
            start: 0,
            at: 0,
        }
    }

    #[inline(always)]
    fn next(&mut self) -> usize {
        if self.left == 0 {
            self.left = self.inner;
            self.start += self.outer;
            self.at = self.start;
        }
        let at = self.at;
        self.left -= 1;
        self.at += self.by;
        at
    }
}

/// Exchanges quarters of a tile, then quarters of those, and so on.
#[inline(always)]
fn transpose<S: Simd, const LANES: usize>(simd: S, tile: &mut [S::f32s; LANES]) {
    // Unrolled, so that each call is compiled for its own distance.
    if LANES > 8 {
        exchange::<S, LANES, 8>(simd, tile);
    }
    if LANES > 4 {
        exchange::<S, LANES, 4>(simd, tile);
    }
    if LANES > 2 {
        exchange::<S, LANES, 2>(simd, tile);
    }
    if LANES > 1 {
        exchange::<S, LANES, 1>(simd, tile);
    }
}

#[inline(always)]
fn exchange<S: Simd, const LANES: usize, const APART: usize>(simd: S, tile: &mut [S::f32s; LANES]) {
    let mut lanes = [0; 16];
    for (lane, bit) in lanes.iter_mut().enumerate() {
        *bit = (lane & APART) as u32;
    }
    let lanes = S::as_simd_u32s(&lanes).0[0];
    let stays = simd.less_than_u32s(lanes, simd.splat_u32s(1));
    for row in 0..LANES {
        if row & APART == 0 {
            let (one, other) = (tile[row], tile[row + APART]);
            tile[row] = simd.select_f32s(stays, one, simd.rotate_right_f32s(other, APART));
            tile[row + APART] = simd.select_f32s(stays, simd.rotate_left_f32s(one, APART), other);
        }
    }
}

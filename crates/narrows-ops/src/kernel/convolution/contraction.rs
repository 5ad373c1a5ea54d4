//! Computes the weights' gradient: for each tap, large map and small map, the
//! sum of `x y` over the pixels that meet there and over rows.

use pulp::Simd;

use super::Window;
use super::block::Layout;
use super::routes::{self, TapGroup};

/// Large and small maps at a time, if one tap is processed at a time.
const MAPS: [usize; 2] = [4, 3];
/// Small maps at a time if the large side has few maps.
const NARROW: usize = 4;
/// Taps at a time if the large side has few maps.
pub(super) const TAPS: usize = 3;

/// Where weights are used: one tap at a time or, with few large maps, several.
#[derive(Debug, Clone)]
pub(super) enum Meetings {
    Single(Vec<TapGroup<1>>),
    Several(Vec<TapGroup<TAPS>>),
}

impl Meetings {
    pub fn new(window: Window) -> Self {
        match window.large.channels < MAPS[0] {
            true => Meetings::Several(routes::tap_groups(window)),
            false => Meetings::Single(routes::tap_groups(window)),
        }
    }
}

/// Adds the contribution of blocks of rows to the sums at
/// `place(tap, large map, small map)`.
#[inline(always)]
pub(super) fn contract<S: Simd>(
    simd: S,
    tap_groups: &Meetings,
    taps: usize,
    large: (Layout, &[S::f32s]),
    small: (Layout, &[S::f32s]),
    place: impl Fn(usize, usize, usize) -> usize,
    sums: &mut [f32],
) {
    match tap_groups {
        Meetings::Single(each) => {
            over::<S, 1, { MAPS[0] }, { MAPS[1] }>(simd, each, taps, large, small, place, sums)
        }
        Meetings::Several(each) => {
            over::<S, TAPS, 1, NARROW>(simd, each, taps, large, small, place, sums)
        }
    }
}

#[inline(always)]
fn over<S: Simd, const TAPS: usize, const LARGE: usize, const SMALL: usize>(
    simd: S,
    tap_groups: &[TapGroup<TAPS>],
    taps: usize,
    large: (Layout, &[S::f32s]),
    small: (Layout, &[S::f32s]),
    place: impl Fn(usize, usize, usize) -> usize,
    sums: &mut [f32],
) {
    let channels = [large.0.maps.channels, small.0.maps.channels];
    for y in (0..channels[1]).step_by(SMALL) {
        for x in (0..channels[0]).step_by(LARGE) {
            for meeting in tap_groups {
                let tile = tile::<S, TAPS, LARGE, SMALL>(simd, meeting, large, small, [x, y]);
                // A tile may reach beyond the last tap and the last maps.
                for (tap, tile) in (meeting.tap..taps).zip(tile) {
                    for (x, tile) in (x..channels[0]).zip(tile) {
                        for (y, lanes) in (y..channels[1]).zip(tile) {
                            sums[place(tap, x, y)] += simd.reduce_sum_f32s(lanes);
                        }
                    }
                }
            }
        }
    }
}

/// Computes the sums for `TAPS` taps, `LARGE` large maps and `SMALL` small
/// maps, starting at the given ones.
#[inline(always)]
fn tile<S: Simd, const TAPS: usize, const LARGE: usize, const SMALL: usize>(
    simd: S,
    meeting: &TapGroup<TAPS>,
    large: (Layout, &[S::f32s]),
    small: (Layout, &[S::f32s]),
    [x, y]: [usize; 2],
) -> [[[S::f32s; SMALL]; LARGE]; TAPS] {
    let steps = [large.0.step(), small.0.step()];
    let mut sums = [[[simd.splat_f32s(0.0); SMALL]; LARGE]; TAPS];
    let blocks = large.1.chunks_exact(large.0.vectors());
    for (large, small) in blocks.zip(small.1.chunks_exact(small.0.vectors())) {
        for (places, pixel) in &meeting.pixels {
            let (ys, _) = small[pixel * steps[1] + y..]
                .split_first_chunk::<SMALL>()
                .unwrap();
            for tap in 0..TAPS {
                let at = places[tap] * steps[0] + x;
                let (xs, _) = large[at..].split_first_chunk::<LARGE>().unwrap();
                for x in 0..LARGE {
                    for y in 0..SMALL {
                        sums[tap][x][y] = simd.mul_add_f32s(xs[x], ys[y], sums[tap][x][y]);
                    }
                }
            }
        }
    }
    sums
}

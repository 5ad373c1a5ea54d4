//! Turns random words into draws of a distribution.

use crate::kernel::math::{exponent_bits, reduced_ln_1p, turned};
use std::f32::consts::LN_2;

/// 2⁻³².
const STEP: f32 = 1.0 / 4_294_967_296.0;

/// A kind of draw: two random words make two draws.
pub trait Draw: Sync {
    /// Returns the draws of two words. Must be `#[inline(always)]`, to be compiled
    /// for the widest vectors.
    fn pair(&self, words: [u32; 2]) -> [f32; 2];
}

/// Uniform in [0, 1): the upper 24 bits of a word, times 2⁻²⁴.
pub struct Uniform;

impl Draw for Uniform {
    #[inline(always)]
    fn pair(&self, words: [u32; 2]) -> [f32; 2] {
        // Signed, because processors convert signed integers.
        words.map(|word| (word >> 8) as i32 as f32 * (1.0 / 16_777_216.0))
    }
}

/// 0 with a given probability, else a constant: a mask of dropped units.
pub struct Keep {
    /// Words below this are dropped.
    threshold: u32,
    kept: f32,
}

impl Keep {
    /// Drops a `share` in [0, 1), to a step of 2⁻³², and scales the rest by
    /// 1 / (1 - `share`), so that the mean is 1.
    pub fn scaled(share: f64) -> Self {
        assert!((0.0..1.0).contains(&share));
        Keep {
            threshold: (share / f64::from(STEP)) as u32,
            kept: (1.0 / (1.0 - share)) as f32,
        }
    }
}

impl Draw for Keep {
    #[inline(always)]
    fn pair(&self, words: [u32; 2]) -> [f32; 2] {
        words.map(|word| {
            if word < self.threshold {
                0.0
            } else {
                self.kept
            }
        })
    }
}

/// Standard normal (Box & Muller 1958): sqrt(-2 ln u) times the cosine and sine
/// of 2π v, with u = (first word + 1/2) / 2³² and v likewise from the second
/// word.
///
/// Within 2e-7 (1 + |draw|) of the formula, and at most 6.77 in size, which
/// fewer than one in 10¹⁰ normal draws would exceed.
pub struct Normal;

impl Draw for Normal {
    #[inline(always)]
    fn pair(&self, [first, second]: [u32; 2]) -> [f32; 2] {
        let radius = (-2.0 * ln_unit(first)).sqrt();
        let quarters = second.wrapping_add(1 << 29) >> 30;
        // Signed and at most an eighth of a turn.
        let past = second.wrapping_sub(quarters << 30) as i32;
        let (sin, cos) = turned(quarters, (past as f32).mul_add(STEP, 0.5 * STEP));
        [radius * cos, radius * sin]
    }
}

/// Returns ln u of u = (`word` + 1/2) / 2³², to within a few steps of its own
/// size even if u is near 1.
#[inline(always)]
fn ln_unit(word: u32) -> f32 {
    // The distance to the nearer of 0 and 1, at most 1/2: as `f32`, u itself
    // would round to 1.
    let upper = word as i32 >> 31;
    let near = (word as i32 ^ upper) as f32;
    let near = near.mul_add(STEP, 0.5 * STEP);
    let upper = upper != 0;
    let bits = exponent_bits(if upper { 1.0 - near } else { near });
    // 2^-e, and 2^-e u - 1.
    let scale = f32::from_bits(1.0_f32.to_bits().wrapping_sub(bits as u32));
    let signed = if upper { -near } else { near };
    let base = if upper { scale - 1.0 } else { -1.0 };
    let f = signed.mul_add(scale, base);
    ((bits >> 23) as f32).mul_add(LN_2, reduced_ln_1p(f))
}

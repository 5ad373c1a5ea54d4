//! Computes elementary functions of an `f32`, written such that a loop over
//! them becomes vector instructions.
//!
//! No function branches, and each gives exactly the same result on every
//! processor: all use the fused `mul_add`. Run them within
//! [`vectorized`](super::vector::vectorized); elsewhere, or on a processor that
//! cannot fuse, each `mul_add` is a slow call. Accuracies are in steps of `f32`
//! at the result, the worst of millions of values of every exponent.
//! Polynomials were fitted by iteratively reweighted least squares.

mod normal;
mod turn;

use std::f32::consts::{LN_2, LOG2_E};

pub use normal::{gelu, gelu_slope};
pub use turn::turned;

/// 1.5 · 2²³: adding this rounds a small value to a whole number, which is then
/// in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// ln 2 in two parts: products of whole numbers up to 2⁹ and the first are
/// exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Returns (`n`, e^`r` - 1) for `x` = `n` ln 2 + `r` with |`r`| <= ln 2 / 2 and
/// |`x`| < 2⁹.
///
/// e^r - 1 = r + r² q(r), with q of degree 5 fitted by minimax over
/// |r| <= 0.3469, relative error 4.4e-10.
#[inline(always)]
fn reduced_exp(x: f32) -> (i32, f32) {
    let shifted = x.mul_add(LOG2_E, ROUNDER);
    let whole = shifted - ROUNDER;
    let n = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()) as i32;
    let r = whole.mul_add(-LN_2_LOW, whole.mul_add(-LN_2_HIGH, x));
    let r2 = r * r;
    let q = 1.976_424_4e-4_f32
        .mul_add(r, 1.393_234_4e-3)
        .mul_add(r2, 8.333_543e-3_f32.mul_add(r, 4.166_649_3e-2))
        .mul_add(r2, 0.166_666_66_f32.mul_add(r, 0.5));
    (n, r2.mul_add(q, r))
}

/// Returns 2^`n` for -127 < `n` < 128.
#[inline(always)]
fn power_of_2(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// Returns e^`x`, within 1 step; infinite above 88.722, subnormal and then 0
/// below -87.336.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (n, p) = reduced_exp(x);
    // Two factors, because 2^n alone can be out of range.
    let half = n >> 1;
    (1.0 + p) * power_of_2(half) * power_of_2(n.wrapping_sub(half))
}

/// Returns e^`x` - 1, within 1.5 steps, near 0 too.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let clamped = if x > 89.0 { 89.0 } else { x };
    let clamped = if clamped < -26.0 { -26.0 } else { clamped };
    let (n, p) = reduced_exp(clamped);
    // Half of 2^n, because n can be 128.
    let half = power_of_2(n.wrapping_sub(1));
    let y = half.mul_add(p, half - 0.5) * 2.0;
    // Keeps the sign of 0 and every bit of a subnormal.
    if x.abs() < 1e-30 { x } else { y }
}

/// Returns ln(1 + `f`) for -1/3 <= `f` <= 1/3.
///
/// f + f² p(f), with p of degree 8 fitted by minimax, relative error 4.6e-9.
#[inline(always)]
pub fn reduced_ln_1p(f: f32) -> f32 {
    let f2 = f * f;
    let p = (-0.128_793_84_f32)
        .mul_add(f2, 0.139_856_52_f32.mul_add(f, -0.121_874_295))
        .mul_add(f2, 0.140_055_37_f32.mul_add(f, -0.166_802_23))
        .mul_add(f2, 0.200_104_36_f32.mul_add(f, -0.249_998_05))
        .mul_add(f2, 0.333_332_15_f32.mul_add(f, -0.5));
    f2.mul_add(p, f)
}

/// Returns the bits of 2^`e`, minus those of 1, for the `e` that brings the
/// positive normal `x` / 2^`e` into [2/3, 4/3).
#[inline(always)]
pub(super) fn exponent_bits(x: f32) -> i32 {
    let two_thirds = 0x3F2A_AAAB_u32;
    (x.to_bits().wrapping_sub(two_thirds) & 0xFF80_0000) as i32
}

/// Returns ln `x`, within 1 step; -inf at 0, NaN below.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let small = x < f32::MIN_POSITIVE;
    let normal = if small { x * 8_388_608.0 } else { x };
    let bits = exponent_bits(normal);
    let m = f32::from_bits(normal.to_bits().wrapping_sub(bits as u32));
    let e = (bits >> 23) as f32 - if small { 23.0 } else { 0.0 };
    let y = e.mul_add(LN_2, reduced_ln_1p(m - 1.0));
    let y = if x < f32::INFINITY { y } else { x };
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    if x < 0.0 { f32::NAN } else { y }
}

/// Returns 1 / (1 + e^-`z`), within 2.5 steps, even if the result is small.
#[inline(always)]
pub fn sigmoid(z: f32) -> f32 {
    // e^-|z| never overflows.
    let t = exp(-z.abs());
    let above = if z < 0.0 { t } else { 1.0 };
    above / (1.0 + t)
}

/// Returns the hyperbolic tangent, within 2.5 steps, near 0 too:
/// (1 - t) / (1 + t) with t = e^(-2|`z`|), computed from t - 1.
#[inline(always)]
pub fn tanh(z: f32) -> f32 {
    let a = -2.0 * z.abs();
    let (n, p) = reduced_exp(if a < -26.0 { -26.0 } else { a });
    let scale = power_of_2(n);
    let less = scale.mul_add(p, scale - 1.0);
    (-less / (2.0 + less)).copysign(z)
}

/// Returns ln(1 + e^`z`) = max(`z`, 0) + ln(1 + e^-|`z`|), within 2 steps, even
/// if the result is small.
#[inline(always)]
pub fn softplus(z: f32) -> f32 {
    let t = exp(-z.abs());
    // 1 + t is in [1, 2], and is halved if that brings it nearer 1.
    let halve = t > 1.0 / 3.0;
    let f = if halve { t.mul_add(0.5, -0.5) } else { t };
    let base = if halve { LN_2 } else { 0.0 };
    let above = if z > 0.0 { z } else { 0.0 };
    above + (base + reduced_ln_1p(f))
}

#[cfg(test)]
mod tests;

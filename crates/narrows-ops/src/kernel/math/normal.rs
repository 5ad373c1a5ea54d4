//! Computes GELU and its slope.

use super::exp;

/// Returns the standard normal distribution function Φ(`z`) and density φ(`z`)
/// for |`z`| <= 15, both within a few steps of `f32` at the result.
///
/// Φ(-a) = e^(-a²/2) t q(t) with t = 1 / (1 + 0.35 a), and q of degree 8 fitted
/// by minimax over 0 <= a <= 14.6, relative error 3.4e-8.
#[inline(always)]
fn cdf_and_density(z: f32) -> (f32, f32) {
    let a = z.abs();
    let t = 1.0 / a.mul_add(0.35, 1.0);
    let q = (-0.029_160_19_f32)
        .mul_add(t, 0.144_042_28)
        .mul_add(t, -0.255_862_74)
        .mul_add(t, 0.159_347_09)
        .mul_add(t, -0.023_231_39)
        .mul_add(t, 0.105_560_645)
        .mul_add(t, 0.119_819_2)
        .mul_add(t, 0.139_863_8)
        .mul_add(t, 0.139_621_29);
    let square = a * a;
    // The rounding error of the square, which would show for large squares.
    let lost = a.mul_add(a, -square);
    let e = exp(-0.5 * square);
    let e = e.mul_add(-0.5 * lost, e);
    let below = e * (t * q);
    let cdf = if z < 0.0 { below } else { 1.0 - below };
    (cdf, e * 0.398_942_3)
}

/// Clamps `z` to ±15, beyond which GELU is `z` or 0. NaN stays NaN.
#[inline(always)]
fn clamped(z: f32) -> f32 {
    let z = if z > 15.0 { 15.0 } else { z };
    if z < -15.0 { -15.0 } else { z }
}

/// Returns `z` Φ(`z`), with Φ the standard normal distribution function
/// (Hendrycks & Gimpel 2016). For `z` >= -12.5 the result is within 6 steps of
/// `f32` at the result. For smaller `z` it is below 5e-35 in size, and only its
/// absolute error is small: Φ(`z`) becomes subnormal near `z` = -12.9, and then
/// 0.
#[inline(always)]
pub fn gelu(z: f32) -> f32 {
    let inner = clamped(z);
    let (cdf, _) = cdf_and_density(inner);
    let z = if z < inner { inner } else { z };
    z * cdf
}

/// Returns the slope of [`gelu`], Φ(`z`) + `z` φ(`z`), with an absolute error
/// of at most 2e-7 for every `z`.
#[inline(always)]
pub fn gelu_slope(z: f32) -> f32 {
    let z = clamped(z);
    let (cdf, density) = cdf_and_density(z);
    z.mul_add(density, cdf)
}

//! Compares each function with the same function in `f64`.

use super::*;

/// Returns the finite values that a function is tested on: every 1009th bit
/// pattern, so all exponents, subnormals and both signs.
fn values() -> impl Iterator<Item = f32> {
    (0..=u32::MAX)
        .step_by(1009)
        .map(f32::from_bits)
        .filter(|x| x.is_finite())
}

/// Returns `count` values in even steps from `low` to `high`.
fn steps(low: f64, high: f64, count: u32) -> impl Iterator<Item = f32> {
    (0..=count).map(move |at| (low + (high - low) * f64::from(at) / f64::from(count)) as f32)
}

/// Returns the distance from `found` to `expected`, in steps of `f32` there.
fn ulps(found: f32, expected: f64) -> f64 {
    let rounded = expected as f32;
    if rounded == found || (rounded.is_nan() && found.is_nan()) {
        // Off by less than one rounding step.
        return if rounded.is_finite() { 0.5 } else { 0.0 };
    }
    if !found.is_finite() || !rounded.is_finite() {
        return f64::INFINITY;
    }
    let step = f64::from(rounded.abs().max(f32::MIN_POSITIVE));
    let step = 2f64.powi(step.log2().floor() as i32 - 23);
    (f64::from(found) - expected).abs() / step
}

fn worst(
    of: impl Fn(f32) -> f32,
    reference: impl Fn(f64) -> f64,
    values: impl Iterator<Item = f32>,
) -> (f64, f32) {
    values
        .map(|x| (ulps(of(x), reference(f64::from(x))), x))
        .fold(
            (0.0, 0.0),
            |worst, at| if at.0 > worst.0 { at } else { worst },
        )
}

fn within(bound: f64, of: impl Fn(f32) -> f32 + Copy, reference: impl Fn(f64) -> f64 + Copy) {
    let near = steps(-20.0, 20.0, 3_000_001);
    for (off, x) in [worst(of, reference, values()), worst(of, reference, near)] {
        println!(
            "{off} steps off at {x}: {} for {}",
            of(x),
            reference(f64::from(x))
        );
        assert!(off <= bound, "{off} steps off at {x}");
    }
    assert!(of(f32::NAN).is_nan());
    for x in [f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0] {
        let expected = reference(f64::from(x)) as f32;
        let same = of(x).to_bits() == expected.to_bits() || (of(x).is_nan() && expected.is_nan());
        assert!(same, "{} for {expected} at {x}", of(x));
    }
}

#[test]
fn exp_is_right() {
    within(1.0, exp, f64::exp);
}

#[test]
fn exp_m1_is_right() {
    within(1.5, exp_m1, f64::exp_m1);
}

#[test]
fn ln_is_right() {
    within(1.0, ln, f64::ln);
}

#[test]
fn sigmoid_is_right() {
    within(2.5, sigmoid, |z| 1.0 / (1.0 + (-z).exp()));
}

#[test]
fn tanh_is_right() {
    within(2.5, tanh, f64::tanh);
}

#[test]
fn softplus_is_right() {
    within(2.0, softplus, |z| z.max(0.0) + (-z.abs()).exp().ln_1p());
}

/// Returns the sine and cosine of 2π `u`, for |`u`| < 2²⁰.
fn sin_cos_turns(u: f32) -> (f32, f32) {
    let shifted = u.mul_add(4.0, ROUNDER);
    // Exact: u and the quarter are close.
    let f = (shifted - ROUNDER).mul_add(-0.25, u);
    turned(shifted.to_bits(), f)
}

#[test]
fn a_turn_is_right() {
    let off = |found: f32, expected: f64| (f64::from(found) - expected).abs();
    for u in steps(0.0, 1.0, 3_000_001).chain(steps(-9.0, 9.0, 100_001)) {
        let (sin, cos) = sin_cos_turns(u);
        let angle = std::f64::consts::TAU * f64::from(u);
        assert!(off(sin, angle.sin()) < 1e-7, "sine of {u}: {sin}");
        assert!(off(cos, angle.cos()) < 1e-7, "cosine of {u}: {cos}");
    }
    for (u, both) in [(0.0, (0.0, 1.0)), (0.25, (1.0, 0.0)), (0.5, (0.0, -1.0))] {
        assert_eq!(sin_cos_turns(u), both);
    }
}

/// Returns the standard normal distribution function: by its series around 0,
/// by its continued fraction further out (Abramowitz & Stegun 26.2.11,
/// 26.2.14).
fn cdf(z: f64) -> f64 {
    let a = z.abs();
    let below = if a < 3.0 {
        let term = |(sum, term), k| (sum + term, term * a * a / (2.0 * f64::from(k) + 1.0));
        let (sum, _) = (1..80).fold((0.0, a), term);
        0.5 - density(a) * sum
    } else {
        density(a) / (1..200).rev().fold(a, |rest, k| a + f64::from(k) / rest)
    };
    if z < 0.0 { below } else { 1.0 - below }
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}

#[test]
fn gelu_is_right() {
    let near = steps(-12.5, 14.0, 1_000_001);
    let (off, x) = worst(gelu, |z| z * cdf(z), near);
    assert!(off <= 6.0, "{off} steps off at {x}");
    for z in [15.0, 1e4, f32::MAX, f32::INFINITY] {
        assert_eq!((gelu(z), gelu(-z)), (z, 0.0));
    }
    assert!(gelu(f32::NAN).is_nan());
}

#[test]
fn the_slope_of_gelu_is_right() {
    for z in steps(-14.0, 14.0, 1_000_001) {
        let z64 = f64::from(z);
        let expected = cdf(z64) + z64 * density(z64);
        let off = (f64::from(gelu_slope(z)) - expected).abs();
        assert!(off < 2e-7, "{off} off at {z}");
    }
    for z in [15.0, 1e4, f32::MAX, f32::INFINITY] {
        assert_eq!((gelu_slope(z), gelu_slope(-z)), (1.0, 0.0));
    }
    assert!(gelu_slope(f32::NAN).is_nan());
}

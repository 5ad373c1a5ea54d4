//! Computes with normal distributions of codes, `[rows, 2 code]`: means
//! followed by spreads.

use serde::{Deserialize, Serialize};

use super::math::{exp, ln};
use super::vector::vectorized;

/// Keeps the logarithm of `σ²` finite.
pub(crate) const EPSILON: f64 = 1e-10;

/// The value given in addition to a unit's mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// `γ = log σ²`
    #[default]
    LogVariance,
    /// `σ`
    Sigma,
}

/// Returns `x + factor y`, in the memory of `y`.
pub fn add_scaled(x: &[f32], mut y: Vec<f32>, factor: f32) -> Vec<f32> {
    assert_eq!(x.len(), y.len(), "as many of both");
    let values = &mut y[..];
    vectorized(
        #[inline(always)]
        || {
            for (y, &x) in values.iter_mut().zip(x) {
                *y = factor.mul_add(*y, x);
            }
        },
    );
    y
}

/// Returns a unit's standard deviation, and its derivative with respect to
/// `given`.
#[inline(always)]
fn deviation(spread: Spread, given: f32) -> (f32, f32) {
    match spread {
        Spread::LogVariance => {
            let deviation = exp(0.5 * given);
            (deviation, 0.5 * deviation)
        }
        Spread::Sigma => (given, 1.0),
    }
}

/// Returns a unit's divergence from the standard normal distribution without
/// the mean's part, and its derivative with respect to `given`.
#[inline(always)]
fn cost(spread: Spread, given: f32) -> (f32, f32) {
    match spread {
        Spread::LogVariance => {
            let variance = exp(given);
            (0.5 * (variance - 1.0 - given), 0.5 * (variance - 1.0))
        }
        Spread::Sigma => {
            let variance = given * given;
            let whole = variance + EPSILON as f32;
            (0.5 * (variance - 1.0 - ln(whole)), given - given / whole)
        }
    }
}

/// Returns `μ + σ ε`, `[rows, code]`; `noise` is `ε`.
pub fn draw(spread: Spread, outputs: &[f32], noise: &[f32], code: usize) -> Vec<f32> {
    let mut drawn = vec![0.0; noise.len()];
    let rows = outputs.chunks_exact(2 * code).zip(noise.chunks_exact(code));
    for ((row, noise), drawn) in rows.zip(drawn.chunks_exact_mut(code)) {
        let (means, spreads) = row.split_at(code);
        vectorized(
            #[inline(always)]
            || {
                for at in 0..code {
                    drawn[at] = means[at] + deviation(spread, spreads[at]).0 * noise[at];
                }
            },
        );
    }
    drawn
}

/// Returns the gradient of the outputs, `[rows, 2 code]`, from that of the
/// draws.
pub fn draw_gradient(
    spread: Spread,
    outputs: &[f32],
    noise: &[f32],
    upstream: &[f32],
    code: usize,
) -> Vec<f32> {
    let mut gradient = vec![0.0; outputs.len()];
    let rows = outputs.chunks_exact(2 * code).zip(noise.chunks_exact(code));
    let rows = rows.zip(upstream.chunks_exact(code));
    for (((row, noise), upstream), to) in rows.zip(gradient.chunks_exact_mut(2 * code)) {
        let (of_means, of_spreads) = to.split_at_mut(code);
        of_means.copy_from_slice(upstream);
        let spreads = &row[code..];
        vectorized(
            #[inline(always)]
            || {
                for at in 0..code {
                    of_spreads[at] = upstream[at] * noise[at] * deviation(spread, spreads[at]).1;
                }
            },
        );
    }
    gradient
}

/// Returns the divergence of each unit, averaged over rows.
pub fn divergence(spread: Spread, outputs: &[f32], code: usize) -> Vec<f32> {
    let mut sums = vec![0.0; code];
    for row in outputs.chunks_exact(2 * code) {
        let (means, spreads) = row.split_at(code);
        let sums = &mut sums[..];
        vectorized(
            #[inline(always)]
            || {
                for at in 0..code {
                    let of_mean = 0.5 * means[at] * means[at];
                    sums[at] += of_mean + cost(spread, spreads[at]).0;
                }
            },
        );
    }
    let rows = (outputs.len() / (2 * code)) as f32;
    sums.iter_mut().for_each(|sum| *sum /= rows);
    sums
}

/// Returns the gradient of the outputs from that of each unit's mean
/// divergence.
pub fn divergence_gradient(spread: Spread, outputs: &[f32], upstream: &[f32]) -> Vec<f32> {
    let code = upstream.len();
    let mut gradient = vec![0.0; outputs.len()];
    let share = 2.0 * code as f32 / outputs.len() as f32;
    let rows = outputs.chunks_exact(2 * code);
    for (row, to) in rows.zip(gradient.chunks_exact_mut(2 * code)) {
        let (means, spreads) = row.split_at(code);
        let (of_means, of_spreads) = to.split_at_mut(code);
        vectorized(
            #[inline(always)]
            || {
                for at in 0..code {
                    let by = upstream[at] * share;
                    of_means[at] = by * means[at];
                    of_spreads[at] = by * cost(spread, spreads[at]).1;
                }
            },
        );
    }
    gradient
}

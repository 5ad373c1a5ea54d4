//! Computes the error of reconstructions and its gradient.

use super::activation::{Activation, Function, With};
use super::blocks::Blocks;
use super::chunks::each;
use super::math::{sigmoid, softplus};
use super::vector::{LANES, each_lanes, sign, vectorized};

/// How an output `y = a(z)` and its target `x` are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// `log(1 + exp z) - x z`: the cross-entropy of a Bernoulli feature in nats
    /// with the logit `z`, whatever the activation.
    CrossEntropy,
    /// `(y - x)²`
    Squared,
    /// `(y - x)²/(2σ²) + log σ + ½ log 2π`
    Gaussian {
        /// `σ`
        deviation: f64,
    },
    /// `|y - x|`
    Absolute,
    /// `d²/2` if `|d| ≤ δ`, otherwise `δ(|d| - δ/2)`, with `d = y - x`.
    Huber {
        /// `δ`
        delta: f64,
    },
}

/// An error `d(z, x)` of an output's sum `z` and a target `x`, and its
/// derivative with respect to `z`.
trait Loss: Copy + Sync {
    fn both(self, z: f32, x: f32) -> (f32, f32);
}

/// Cross-entropy on the logits.
#[derive(Clone, Copy)]
struct Bce;

impl Loss for Bce {
    #[inline(always)]
    fn both(self, z: f32, x: f32) -> (f32, f32) {
        (softplus(z) - x * z, sigmoid(z) - x)
    }
}

/// An error of the output `a(z)`.
#[derive(Clone, Copy)]
struct Of<F, D> {
    function: F,
    /// The error of a difference `y - x`, and its derivative.
    distance: D,
}

impl<F: Function, D: Fn(f32) -> (f32, f32) + Copy + Sync> Loss for Of<F, D> {
    #[inline(always)]
    fn both(self, z: f32, x: f32) -> (f32, f32) {
        let y = self.function.value(z);
        let (error, slope) = (self.distance)(y - x);
        (error, slope * self.function.slope(z, y))
    }
}

fn of<F, D: Fn(f32) -> (f32, f32)>(function: F, distance: D) -> Of<F, D> {
    Of { function, distance }
}

/// Output sums and targets, both `[rows, features]`.
#[derive(Debug)]
pub struct Outputs<'a> {
    /// Sums before the output's activation.
    pub sums: &'a mut [f32],
    /// Clean inputs.
    pub targets: &'a [f32],
    /// The number of rows.
    pub rows: usize,
}

/// Returns the error of each row, summed over its features; replaces `sums` by
/// the error's gradient with respect to them, times `share`.
pub fn row_errors(
    distance: Distance,
    activation: Activation,
    outputs: Outputs,
    share: f32,
) -> Vec<f32> {
    let by = By {
        distance,
        outputs,
        share,
    };
    match distance {
        Distance::CrossEntropy => by.rows(Bce),
        _ => activation.with(by),
    }
}

struct By<'a> {
    distance: Distance,
    outputs: Outputs<'a>,
    share: f32,
}

impl With for By<'_> {
    type Output = Vec<f32>;

    fn with<F: Function>(self, function: F) -> Vec<f32> {
        match self.distance {
            Distance::CrossEntropy => unreachable!("told apart before"),
            Distance::Squared => {
                let loss = of(
                    function,
                    #[inline(always)]
                    |d: f32| (d * d, 2.0 * d),
                );
                self.rows(loss)
            }
            Distance::Gaussian { deviation } => {
                let precision = (1.0 / (deviation * deviation)) as f32;
                let constant = (deviation.ln() + 0.5 * std::f64::consts::TAU.ln()) as f32;
                let loss = of(
                    function,
                    #[inline(always)]
                    move |d: f32| (d * d * (0.5 * precision) + constant, d * precision),
                );
                self.rows(loss)
            }
            Distance::Absolute => {
                let loss = of(
                    function,
                    #[inline(always)]
                    |d: f32| (d.abs(), sign(d)),
                );
                self.rows(loss)
            }
            Distance::Huber { delta } => {
                let delta = delta as f32;
                let loss = of(
                    function,
                    #[inline(always)]
                    move |d: f32| {
                        let far = d.abs();
                        let near = if far < delta { far } else { delta };
                        (near * near * 0.5 + (far - near) * delta, near * sign(d))
                    },
                );
                self.rows(loss)
            }
        }
    }
}

impl By<'_> {
    fn rows(self, loss: impl Loss) -> Vec<f32> {
        let Outputs {
            sums,
            targets,
            rows,
        } = self.outputs;
        assert_eq!(sums.len(), targets.len(), "a target for each output");
        if rows == 0 {
            return Vec::new();
        }
        let features = targets.len() / rows;
        // Whole rows, so that each row's sum is computed in one place.
        let blocks = Blocks::rows(rows, features, 48);
        let chunk = (blocks.step * features).max(1);
        let mut errors = vec![0.0; rows];
        let tasks = errors
            .chunks_mut(blocks.step)
            .zip(sums.chunks_mut(chunk))
            .zip(targets.chunks(chunk));
        each(tasks, |((errors, sums), targets)| {
            let rows = sums
                .chunks_exact_mut(features)
                .zip(targets.chunks_exact(features));
            for (error, (sums, targets)) in errors.iter_mut().zip(rows) {
                *error = row_error(loss, sums, targets, self.share);
            }
        });
        errors
    }
}

/// Multiplies each row by its own factor.
pub fn scale_rows(values: &mut [f32], factors: &[f32]) {
    let width = values.len() / factors.len().max(1);
    let blocks = Blocks::rows(factors.len(), width, 1);
    let chunk = (blocks.step * width).max(1);
    let tasks = values.chunks_mut(chunk).zip(factors.chunks(blocks.step));
    each(tasks, |(values, factors)| {
        for (values, &factor) in values.chunks_exact_mut(width).zip(factors) {
            vectorized(
                #[inline(always)]
                || values.iter_mut().for_each(|value| *value *= factor),
            );
        }
    });
}

/// Returns a row's error; replaces its sums by their gradient times `share`.
fn row_error(loss: impl Loss, sums: &mut [f32], targets: &[f32], share: f32) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let mut total = [0.0; LANES];
            let whole = sums.len() / LANES * LANES;
            each_lanes(
                whole,
                #[inline(always)]
                |lanes| {
                    let (z, x) = (lanes.of(sums), lanes.of(targets));
                    let mut gradient = [0.0; LANES];
                    for i in 0..LANES {
                        let (e, g) = loss.both(z[i], x[i]);
                        total[i] += e;
                        gradient[i] = g * share;
                    }
                    lanes.put(sums, gradient);
                },
            );
            let mut sum: f32 = total.iter().sum();
            for at in whole..sums.len() {
                let (e, g) = loss.both(sums[at], targets[at]);
                sum += e;
                sums[at] = g * share;
            }
            sum
        },
    )
}

//! The error of reconstructions with its gradient.

use super::activation::{Function, With};
use super::blocks::Blocks;
use super::cells::{Cells, unwritten};
use super::math::{sigmoid, softplus};
use super::threads::share;
use super::vector::{LANES, each_lanes, sign, vectorized};
use crate::{Activation, Distance};

/// An error `d(z, x)` of an output's sum `z` and a target `x`, and its
/// derivative by `z`.
trait Error: Copy + Sync {
    fn both(self, z: f32, x: f32) -> (f32, f32);
}

/// Cross-entropy on the logits.
#[derive(Clone, Copy)]
struct Bce;

impl Error for Bce {
    #[inline(always)]
    fn both(self, z: f32, x: f32) -> (f32, f32) {
        (softplus(z) - x * z, sigmoid(z) - x)
    }
}

/// An error of the output `a(z)`.
#[derive(Clone, Copy)]
struct Of<F, D> {
    function: F,
    /// Error and derivative of a difference `y - x`.
    distance: D,
}

impl<F: Function, D: Fn(f32) -> (f32, f32) + Copy + Sync> Error for Of<F, D> {
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

/// Output sums beside targets, both `[rows, features]`.
#[derive(Clone, Copy)]
pub struct Outputs<'a> {
    /// Before the output's activation.
    pub sums: Cells<'a>,
    /// Clean inputs.
    pub targets: &'a [f32],
    /// How many rows there are.
    pub rows: usize,
}

/// The error of each row, summed over its features; `sums` become its gradient
/// by them, times `share`.
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
                let error = of(
                    function,
                    #[inline(always)]
                    |d: f32| (d * d, 2.0 * d),
                );
                self.rows(error)
            }
            Distance::Gaussian { deviation } => {
                let precision = (1.0 / (deviation * deviation)) as f32;
                let constant = (deviation.ln() + 0.5 * std::f64::consts::TAU.ln()) as f32;
                let error = of(
                    function,
                    #[inline(always)]
                    move |d: f32| (d * d * (0.5 * precision) + constant, d * precision),
                );
                self.rows(error)
            }
            Distance::Absolute => {
                let error = of(
                    function,
                    #[inline(always)]
                    |d: f32| (d.abs(), sign(d)),
                );
                self.rows(error)
            }
            Distance::Huber { delta } => {
                let delta = delta as f32;
                let error = of(
                    function,
                    #[inline(always)]
                    move |d: f32| {
                        let far = d.abs();
                        let near = if far < delta { far } else { delta };
                        (near * near * 0.5 + (far - near) * delta, near * sign(d))
                    },
                );
                self.rows(error)
            }
        }
    }
}

impl By<'_> {
    fn rows(&self, error: impl Error) -> Vec<f32> {
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
        // Rows are few or many; whole rows keep a row's sum in one place.
        let blocks = Blocks::rows(rows, features, 48);
        // SAFETY: every row writes its place.
        let mut row_errors = unsafe { unwritten(rows) };
        let to = Cells::of(&mut row_errors);
        share(blocks.count, |at| {
            let (rows, _) = blocks.get(at);
            for row in rows {
                let (from, end) = (row * features, (row + 1) * features);
                // SAFETY: each row is one part's.
                let (sums, to) = unsafe { (sums.get(from, end), to.get(row, row + 1)) };
                to[0] = row_error(error, sums, &targets[from..end], self.share);
            }
        });
        row_errors
    }
}

/// Each row times a factor of its own.
pub fn scale_rows(values: Cells, factors: &[f32]) {
    if factors.is_empty() {
        return;
    }
    let width = values.len() / factors.len();
    let blocks = Blocks::rows(factors.len(), width, 1);
    share(blocks.count, |at| {
        for row in blocks.get(at).0 {
            // SAFETY: each row is one part's.
            let values = unsafe { values.get(row * width, (row + 1) * width) };
            let factor = factors[row];
            vectorized(
                #[inline(always)]
                || values.iter_mut().for_each(|value| *value *= factor),
            );
        }
    });
}

/// A row's error; its sums become their gradient times `share`.
fn row_error(error: impl Error, sums: &mut [f32], targets: &[f32], share: f32) -> f32 {
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
                        let (e, g) = error.both(z[i], x[i]);
                        total[i] += e;
                        gradient[i] = g * share;
                    }
                    lanes.put(sums, gradient);
                },
            );
            let mut sum: f32 = total.iter().sum();
            for at in whole..sums.len() {
                let (e, g) = error.both(sums[at], targets[at]);
                sum += e;
                sums[at] = g * share;
            }
            sum
        },
    )
}

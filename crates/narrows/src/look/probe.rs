//! Measures how well a linear model tells the classes of rows: multinomial
//! logistic regression, a linear probe (Alain & Bengio 2016).

use std::collections::VecDeque;

use faer::{Mat, MatRef};
use rayon::prelude::*;

use crate::base::linear::product;

/// Rows that one thread takes at a time.
const BLOCK: usize = 512;
/// Number of past steps that the curvature is estimated from.
const MEMORY: usize = 10;
/// Largest number of steps.
const STEPS: usize = 500;
/// The weights are found when no part of the gradient is larger than this.
const FLAT: f64 = 1e-5;
/// Largest number of halvings of a step.
const HALVINGS: i32 = 40;

/// Fits a linear softmax model to rows and returns the share of test rows, 0 to
/// 1, whose class it names; 0 if there are no rows of either kind.
///
/// `fit` and `test` are `[rows, width]`, row-major, of any finite values,
/// `width` is at least 1; classes are numbers below `classes`. Features are
/// scaled to mean 0 and deviation 1 over the rows of the fit, and those that do
/// not vary there are left out. The weights W and biases minimise −(Σ log
/// p(class)) / rows + ‖W‖² / (2 rows), the penalty of scikit-learn's
/// `LogisticRegression`, so that shares compare with those of papers.
pub fn linear_probe(
    fit: &[f32],
    fit_classes: &[usize],
    test: &[f32],
    test_classes: &[usize],
    width: usize,
    classes: usize,
) -> f64 {
    if fit_classes.is_empty() || test_classes.is_empty() {
        return 0.0;
    }
    let scale = Scale::of(fit, width);
    let fit = ScaledRows::new(fit, &scale);
    let start = vec![0.0; classes * fit.width];
    let weights = least(start, |weights| fit.loss(fit_classes, weights));
    let found = ScaledRows::new(test, &scale).classes(&weights);
    let pairs = found.iter().zip(test_classes);
    pairs.filter(|(found, class)| found == class).count() as f64 / test_classes.len() as f64
}

/// The transformation of each feature to mean 0 and deviation 1.
struct Scale {
    means: Vec<f64>,
    /// 1 / deviation; 0 for a feature that does not vary.
    factors: Vec<f64>,
}

impl Scale {
    fn of(values: &[f32], width: usize) -> Self {
        let rows = (values.len() / width) as f64;
        let mut means = vec![0.0; width];
        for row in values.chunks_exact(width) {
            let sums = means.iter_mut().zip(row);
            sums.for_each(|(sum, &x)| *sum += f64::from(x) / rows);
        }
        let mut squares = vec![0.0; width];
        let mut varies = vec![false; width];
        for row in values.chunks_exact(width) {
            for (at, &x) in row.iter().enumerate() {
                squares[at] += (f64::from(x) - means[at]).powi(2) / rows;
                // The mean of equal values may be off by a rounding.
                varies[at] |= x != values[at];
            }
        }
        let factor = |(square, varies): (&f64, &bool)| match varies {
            true => 1.0 / square.sqrt(),
            false => 0.0,
        };
        Scale {
            factors: squares.iter().zip(&varies).map(factor).collect(),
            means,
        }
    }
}

/// Scaled rows in blocks, each `[rows, width + 1]`, row-major, with a 1 at
/// every row's end, which the biases multiply.
struct ScaledRows {
    blocks: Vec<Vec<f64>>,
    count: usize,
    width: usize,
}

impl ScaledRows {
    fn new(values: &[f32], scale: &Scale) -> Self {
        let width = scale.means.len();
        let block = |values: &[f32]| {
            let mut block = Vec::with_capacity(values.len() / width * (width + 1));
            for row in values.chunks_exact(width) {
                let scaled = row.iter().zip(&scale.means).zip(&scale.factors);
                block.extend(scaled.map(|((&x, mean), factor)| (f64::from(x) - mean) * factor));
                block.push(1.0);
            }
            block
        };
        ScaledRows {
            blocks: values.chunks(BLOCK * width).map(block).collect(),
            count: values.len() / width,
            width: width + 1,
        }
    }

    fn block(&self, at: usize) -> MatRef<'_, f64> {
        let block = &self.blocks[at];
        MatRef::from_row_major_slice(block, block.len() / self.width, self.width)
    }

    /// Returns W x of the rows of a block, `[classes, rows]`.
    fn sums(&self, at: usize, weights: &[f64]) -> Mat<f64> {
        let (weights, rows) = (shaped(weights, self.width), self.block(at).transpose());
        product(weights, rows)
    }

    /// Returns the class of the largest sum of each row, the first among
    /// equals.
    fn classes(&self, weights: &[f64]) -> Vec<usize> {
        let mut found = Vec::with_capacity(self.count);
        for at in 0..self.blocks.len() {
            let sums = self.sums(at, weights);
            found.extend((0..sums.ncols()).map(|row| {
                let sums = sums.col_as_slice(row);
                // `max_by` returns the last of several maxima.
                let classes = (0..sums.len()).rev();
                classes
                    .max_by(|&a, &b| sums[a].total_cmp(&sums[b]))
                    .unwrap_or(0)
            }));
        }
        found
    }

    /// Returns the loss over weights `[classes, width]`, and its gradient.
    fn loss(&self, classes: &[usize], weights: &[f64]) -> (f64, Vec<f64>) {
        let parts: Vec<(f64, Mat<f64>)> = (0..self.blocks.len())
            .into_par_iter()
            .map(|at| {
                let mut errors = self.sums(at, weights);
                let classes = &classes[at * BLOCK..];
                let rows = 0..errors.ncols();
                let loss = rows
                    .map(|row| surprise(errors.col_as_slice_mut(row), classes[row]))
                    .sum();
                let gradient = product(self.block(at).transpose(), errors.transpose());
                (loss, gradient)
            })
            .collect();
        let mut loss = 0.0;
        let mut gradient = vec![0.0; weights.len()];
        // Always in the order of the rows.
        for (part, slopes) in &parts {
            loss += part;
            for (class, to) in gradient.chunks_exact_mut(self.width).enumerate() {
                add(to, 1.0, slopes.col_as_slice(class));
            }
        }
        let each = weights
            .chunks_exact(self.width)
            .zip(gradient.chunks_exact_mut(self.width));
        for (weights, to) in each {
            // The last weight is a bias.
            let weights = &weights[..self.width - 1];
            loss += dot(weights, weights) / 2.0;
            add(to, 1.0, weights);
        }
        let rows = self.count as f64;
        gradient.iter_mut().for_each(|slope| *slope /= rows);
        (loss / rows, gradient)
    }
}

fn shaped(weights: &[f64], width: usize) -> MatRef<'_, f64> {
    MatRef::from_row_major_slice(weights, weights.len() / width, width)
}

/// Returns −log p of a class, p ∝ exp(sums), and replaces the sums by their
/// gradient, p − 1 for the class and p for the others.
fn surprise(sums: &mut [f64], class: usize) -> f64 {
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let of_class = sums[class] - most;
    sums.iter_mut().for_each(|sum| *sum = (*sum - most).exp());
    let whole: f64 = sums.iter().sum();
    sums.iter_mut().for_each(|sum| *sum /= whole);
    sums[class] -= 1.0;
    whole.ln() - of_class
}

/// A step, and the change of the gradient over it.
struct Bend {
    step: Vec<f64>,
    change: Vec<f64>,
    /// step · change
    product: f64,
}

/// Minimises a convex function by L-BFGS (Nocedal & Wright 2006, algorithm
/// 7.5), halving steps until the function falls (Armijo 1966).
fn least(start: Vec<f64>, function: impl Fn(&[f64]) -> (f64, Vec<f64>)) -> Vec<f64> {
    let mut place = start;
    let (mut value, mut slope) = function(&place);
    let mut bends: VecDeque<Bend> = VecDeque::new();
    for _ in 0..STEPS {
        if slope.iter().all(|s| s.abs() <= FLAT) {
            break;
        }
        let downhill = downhill(&slope, &bends);
        let fall = 1e-4 * dot(&slope, &downhill);
        let found = (0..HALVINGS).find_map(|halvings| {
            let share = 0.5f64.powi(halvings);
            let mut place = place.clone();
            add(&mut place, share, &downhill);
            let (lower, slope) = function(&place);
            (lower <= value + share * fall).then_some((place, lower, slope))
        });
        // No lower value can be told apart.
        let Some((next, lower, flatter)) = found else {
            break;
        };
        let (mut step, mut change) = (next.clone(), flatter.clone());
        add(&mut step, -1.0, &place);
        add(&mut change, -1.0, &slope);
        let product = dot(&step, &change);
        if product > 0.0 {
            bends.truncate(MEMORY - 1);
            bends.push_front(Bend {
                step,
                change,
                product,
            });
        }
        (place, value, slope) = (next, lower, flatter);
    }
    place
}

/// Returns minus the gradient times the inverse curvature that the latest
/// steps, newest first, imply (Nocedal & Wright 2006, algorithm 7.4).
fn downhill(slope: &[f64], bends: &VecDeque<Bend>) -> Vec<f64> {
    let mut way: Vec<f64> = slope.iter().map(|s| -s).collect();
    let mut shares = Vec::with_capacity(bends.len());
    for bend in bends {
        let share = dot(&bend.step, &way) / bend.product;
        add(&mut way, -share, &bend.change);
        shares.push(share);
    }
    let factor = match bends.front() {
        Some(bend) => bend.product / dot(&bend.change, &bend.change),
        None => 1.0 / dot(slope, slope).sqrt(),
    };
    way.iter_mut().for_each(|w| *w *= factor);
    for (bend, share) in bends.iter().zip(shares).rev() {
        let other = dot(&bend.change, &way) / bend.product;
        add(&mut way, share - other, &bend.step);
    }
    way
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    to.iter_mut()
        .zip(what)
        .for_each(|(to, what)| *to += factor * what);
}

#[cfg(test)]
mod tests;

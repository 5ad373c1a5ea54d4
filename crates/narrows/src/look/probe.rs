//! How much of the classes of rows a linear model finds in them: multinomial
//! logistic regression, a linear probe (Alain & Bengio 2016).

use std::collections::VecDeque;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

/// Rows at a time, by one thread.
const BLOCK: usize = 512;
/// Steps that the curvature is taken from.
const MEMORY: usize = 10;
/// Steps at most.
const STEPS: usize = 500;
/// The largest part of the gradient at which the weights are found.
const FLAT: f64 = 1e-5;
/// Halvings of a step at most.
const HALVINGS: i32 = 40;

/// The share of test rows, 0 to 1, whose class a linear softmax model names
/// that was fitted to other rows; 0 where there are no rows of either kind.
///
/// `fit` and `test` are `[rows, width]`, row-major, of any finite values,
/// `width` is at least 1; classes are numbers below `classes`. Features are
/// scaled to mean 0 and deviation 1 over the rows of the fit, and those that do
/// not vary there are left out. The weights W and biases minimise
/// −(Σ log p(class)) / rows + ‖W‖² / (2 rows), the penalty of scikit-learn's
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
    let fit = Rows::new(fit, &scale);
    let start = vec![0.0; classes * fit.width];
    let weights = least(start, |weights| fit.loss(fit_classes, weights));
    let found = Rows::new(test, &scale).classes(&weights);
    let pairs = found.iter().zip(test_classes);
    pairs.filter(|(found, class)| found == class).count() as f64 / test_classes.len() as f64
}

/// What brings each feature to mean 0 and deviation 1.
struct Scale {
    means: Vec<f64>,
    /// 1 / deviation; 0 for what does not vary.
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
                // The mean of equal values may be off them by a rounding.
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
/// every row's end that the biases are the weights of.
struct Rows {
    blocks: Vec<Vec<f64>>,
    count: usize,
    width: usize,
}

impl Rows {
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
        Rows {
            blocks: values.chunks(BLOCK * width).map(block).collect(),
            count: values.len() / width,
            width: width + 1,
        }
    }

    fn block(&self, at: usize) -> MatRef<'_, f64> {
        let block = &self.blocks[at];
        MatRef::from_row_major_slice(block, block.len() / self.width, self.width)
    }

    /// W x of the rows of a block, `[classes, rows]`.
    fn sums(&self, at: usize, weights: &[f64]) -> Mat<f64> {
        let (weights, rows) = (shaped(weights, self.width), self.block(at).transpose());
        let mut sums = Mat::zeros(weights.nrows(), rows.ncols());
        matmul(sums.as_mut(), Accum::Replace, weights, rows, 1.0, Par::Seq);
        sums
    }

    /// The class of the largest sum of each row, of equal ones the first.
    fn classes(&self, weights: &[f64]) -> Vec<usize> {
        let mut found = Vec::with_capacity(self.count);
        for at in 0..self.blocks.len() {
            let sums = self.sums(at, weights);
            found.extend((0..sums.ncols()).map(|row| {
                let sums = sums.col_as_slice(row);
                // The last of several maxima is found.
                let classes = (0..sums.len()).rev();
                classes
                    .max_by(|&a, &b| sums[a].total_cmp(&sums[b]))
                    .unwrap_or(0)
            }));
        }
        found
    }

    /// What is minimised over weights `[classes, width]`, and its gradient.
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
                let mut gradient = Mat::zeros(self.width, errors.nrows());
                let (rows, to) = (self.block(at).transpose(), gradient.as_mut());
                matmul(to, Accum::Replace, rows, errors.transpose(), 1.0, Par::Seq);
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
            // The last is a bias.
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

/// −log p of a class, p ∝ exp(sums); in place of the sums their gradient, p − 1
/// of the class and p of the others.
fn surprise(sums: &mut [f64], class: usize) -> f64 {
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let of_class = sums[class] - most;
    sums.iter_mut().for_each(|sum| *sum = (*sum - most).exp());
    let whole: f64 = sums.iter().sum();
    sums.iter_mut().for_each(|sum| *sum /= whole);
    sums[class] -= 1.0;
    whole.ln() - of_class
}

/// A step that was taken, and how the gradient changed over it.
struct Bend {
    step: Vec<f64>,
    change: Vec<f64>,
    /// step · change
    product: f64,
}

/// Where a convex function is least, by L-BFGS (Nocedal & Wright 2006,
/// algorithm 7.5), halving steps until the function falls (Armijo 1966).
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
        // As low as can be told.
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

/// Minus the gradient times the inverse curvature that the latest steps, newest
/// first, tell of (the same, algorithm 7.4).
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
mod tests {
    use super::*;
    use crate::random::{Draws, Stream};

    /// Values in −1 to 1.
    fn values(count: usize) -> Vec<f32> {
        let mut draws = Draws::new(1, Stream::Sample, 0, 0);
        (0..count).map(|_| 2.0 * draws.uniform() - 1.0).collect()
    }

    fn fitted(values: &[f32], classes: &[usize], width: usize, count: usize) -> Vec<f64> {
        let rows = Rows::new(values, &Scale::of(values, width));
        let start = vec![0.0; count * rows.width];
        least(start, |weights| rows.loss(classes, weights))
    }

    #[test]
    fn classes_apart_are_all_found() {
        let mut rows = values(600 * 5);
        let classes: Vec<usize> = (0..600).map(|row| row % 3).collect();
        for (row, &class) in rows.chunks_exact_mut(5).zip(&classes) {
            row[class] += 2.5;
        }
        let (fit, test) = rows.split_at(300 * 5);
        let found = linear_probe(fit, &classes[..300], test, &classes[300..], 5, 3);
        assert_eq!(found, 1.0);
    }

    #[test]
    fn no_line_parts_opposite_corners() {
        // Every row in all four corners, classed by the signs' product.
        let mirrored = |row: &[f32]| {
            let [x, y] = [1.0 + row[0], 1.0 + row[1]];
            [[x, y], [-x, y], [-x, -y], [x, -y]]
        };
        let corners = |values: &[f32]| -> Vec<f32> {
            let rows = values.chunks_exact(2).flat_map(mirrored);
            rows.flatten().collect()
        };
        let classes: Vec<usize> = (0..400).map(|row| row % 2).collect();
        let (fit, test) = (corners(&values(200)), corners(&values(400)[200..]));
        assert_eq!(linear_probe(&fit, &classes, &test, &classes, 2, 2), 0.5);
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        // Two blocks of rows.
        let (width, count) = (3, 4);
        let rows = values(700 * width);
        let classes: Vec<usize> = (0..700).map(|row| row * row % count).collect();
        let rows = Rows::new(&rows, &Scale::of(&rows, width));
        let weights: Vec<f64> = values(count * (width + 1))
            .iter()
            .map(|&v| v.into())
            .collect();
        let (_, gradient) = rows.loss(&classes, &weights);
        for at in 0..weights.len() {
            let beside = |step| {
                let mut weights = weights.clone();
                weights[at] += step;
                rows.loss(&classes, &weights).0
            };
            let slope = (beside(1e-5) - beside(-1e-5)) / 2e-5;
            assert!(
                (slope - gradient[at]).abs() < 1e-9,
                "{at}: {slope} {gradient:?}"
            );
        }
    }

    #[test]
    fn weights_of_0_are_as_surprised_as_chance() {
        let rows = values(10 * 2);
        let rows = Rows::new(&rows, &Scale::of(&rows, 2));
        let (loss, _) = rows.loss(&[0; 10], &[0.0; 5 * 3]);
        assert!((loss - 5f64.ln()).abs() < 1e-12, "{loss}");
    }

    #[test]
    fn the_slope_of_two_values_is_that_of_its_equation() {
        // Scaled, the values are ∓1, and weights ∓w with margin m = 2 w minimise
        // ln(1 + exp(−m)) + w² / rows: w / rows = 1 / (1 + exp(2 w)).
        let weights = fitted(&[3., 5., 3., 5.], &[0, 1, 0, 1], 1, 2);
        let slope = weights[2];
        assert!((slope / 4.0 - 1.0 / (1.0 + (2.0 * slope).exp())).abs() < 1e-4);
        for (found, expected) in weights.iter().zip([-slope, 0.0, slope, 0.0]) {
            assert!((found - expected).abs() < 1e-9, "{weights:?}");
        }
    }

    #[test]
    fn features_that_do_not_vary_leave_the_shares_of_the_classes() {
        // The mean of equal values of 0.1 is not exactly theirs.
        let classes = [0, 1, 1, 2, 1, 2, 1, 1, 2, 1];
        let weights = fitted(&[0.1; 20], &classes, 2, 3);
        let whole: f64 = [2, 5, 8].iter().map(|&bias| weights[bias].exp()).sum();
        for (class, share) in [0.1, 0.6, 0.3].into_iter().enumerate() {
            assert_eq!(weights[class * 3..class * 3 + 2], [0.0; 2]);
            assert!((weights[class * 3 + 2].exp() / whole - share).abs() < 1e-4);
        }
        // Whatever they are elsewhere.
        let test = [0.1, 0.2, 1e30, 0.1];
        assert_eq!(
            linear_probe(&[0.1; 20], &classes, &test, &[1, 2], 2, 3),
            0.5
        );
    }

    #[test]
    fn a_class_that_no_row_of_the_fit_has_is_not_named() {
        let fit = [-2., -1., 1., 2.];
        let found = linear_probe(&fit, &[0, 0, 2, 2], &[-3., 0.1, 3.], &[0, 1, 2], 1, 4);
        assert_eq!(found, 2.0 / 3.0);
    }

    #[test]
    fn one_class_is_always_right() {
        let rows = values(12);
        assert_eq!(linear_probe(&rows, &[0; 4], &rows, &[0; 4], 3, 1), 1.0);
        assert_eq!(linear_probe(&rows, &[1; 4], &rows, &[1; 4], 3, 2), 1.0);
    }

    #[test]
    fn without_rows_nothing_is_right() {
        assert_eq!(linear_probe(&[], &[], &[1.], &[0], 1, 2), 0.0);
        assert_eq!(linear_probe(&[1.], &[0], &[], &[], 1, 2), 0.0);
    }

    #[test]
    fn the_unit_of_a_feature_does_not_matter() {
        let rows = values(400 * 2);
        let classes: Vec<usize> = rows
            .chunks_exact(2)
            .map(|r| usize::from(r[0] > r[1]))
            .collect();
        // Powers of 2, so that roundings are the same.
        let units = [2f32.powi(100), 2f32.powi(-100)];
        let scaled: Vec<f32> = rows
            .chunks_exact(2)
            .flat_map(|r| [r[0] * units[0], r[1] * units[1]])
            .collect();
        assert_eq!(
            fitted(&rows, &classes, 2, 2),
            fitted(&scaled, &classes, 2, 2)
        );
    }

    #[test]
    fn weights_do_not_depend_on_threads() {
        let rows = values(1500 * 6);
        let classes: Vec<usize> = (0..1500).map(|row| row % 7 % 3).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| fitted(&rows, &classes, 6, 3))
        };
        assert_eq!(with(1), with(4));
    }
}

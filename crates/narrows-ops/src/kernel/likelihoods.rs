//! Computes minus the log-likelihood of rows whose columns are of several
//! kinds, its gradient, and the features that the columns' outputs stand for.

use super::blocks::Blocks;
use super::chunks::each;
use super::counts::count;
use super::math::{exp, ln, sigmoid, softplus};
use super::vector::{LANES, each_lanes, from_fn, vectorized};

/// The least magnitude of a gradient; 0 stands for less. Averaged over a
/// batch and squared in an optimizer's moments, less would be subnormal, and
/// processors compute with subnormal numbers a hundred times more slowly.
const LEAST: f32 = 1e-15;

/// How the outputs `z` of adjacent features and their targets `x` are compared:
/// by minus the logarithm of a likelihood, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Likelihood {
    /// `(z - x)²/2`: each feature is normal with mean `z` and deviation 1. The
    /// constant `½ log 2π` is left out.
    Normal,
    /// `log(1 + exp z) - x z`: each feature is 1 with the probability
    /// `sigmoid(z)`, else 0.
    Bernoulli,
    /// `Σ xₖ (log Σ exp z - zₖ)`: one of the features is 1, each with the
    /// probability `exp zₖ / Σ exp z`. Targets that are all 0 cost nothing.
    Categorical,
    /// A count `n` is negative binomial: with the mean `m` and the inverse
    /// dispersion `r` its variance is `m + m²/r`. Its feature is
    /// `x = (log(1 + n) - offset) / factor`, and `log m = z factor + offset`.
    Count {
        /// The offset of the count's feature.
        offset: f32,
        /// The factor of the count's feature.
        factor: f32,
        /// `r`
        dispersion: f32,
    },
}

/// Adjacent features of one likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Their likelihood.
    pub likelihood: Likelihood,
    /// How many they are.
    pub features: usize,
}

/// Output sums and targets of rows, both `[rows, features]`.
#[derive(Debug)]
pub struct Outputs<'a> {
    /// The output layer's sums.
    pub sums: &'a mut [f32],
    /// Clean inputs.
    pub targets: &'a [f32],
    /// Factors of each feature's error: `[rows, features]`, or one row for all.
    pub factors: &'a [f32],
    /// The number of rows.
    pub rows: usize,
}

/// Returns the error of each row, summed over its features; replaces `sums` by
/// the error's gradient with respect to them, times `share`.
pub fn row_errors(parts: &[Part], outputs: Outputs, share: f32) -> Vec<f32> {
    let Outputs {
        sums,
        targets,
        factors,
        rows,
    } = outputs;
    assert_eq!(sums.len(), targets.len(), "a target for each output");
    if rows == 0 {
        return Vec::new();
    }
    let features = targets.len() / rows;
    let width: usize = parts.iter().map(|part| part.features).sum();
    assert_eq!(width, features, "a likelihood for each feature");
    let each_row = factors.len() > features;
    let expected = if each_row { targets.len() } else { features };
    assert_eq!(factors.len(), expected, "a factor for each feature");
    // Whole rows, so that each row's sum is computed in one place.
    let blocks = Blocks::rows(rows, features, 48);
    let chunk = (blocks.step * features).max(1);
    let mut errors = vec![0.0; rows];
    let tasks = errors
        .chunks_mut(blocks.step)
        .zip(sums.chunks_mut(chunk))
        .zip(targets.chunks(chunk))
        .enumerate();
    each(tasks, |(at, ((errors, sums), targets))| {
        vectorized(
            #[inline(always)]
            || {
                for (row, error) in errors.iter_mut().enumerate() {
                    let own = row * features..(row + 1) * features;
                    let from = match each_row {
                        true => at * chunk + own.start,
                        false => 0,
                    };
                    let row_of = RowOf {
                        sums: &mut sums[own.clone()],
                        targets: &targets[own],
                        factors: &factors[from..from + features],
                        share,
                    };
                    *error = row_error(parts, row_of);
                }
            },
        );
    });
    errors
}

/// Adjacent features of a row, as in [`Outputs`].
struct RowOf<'a> {
    sums: &'a mut [f32],
    targets: &'a [f32],
    factors: &'a [f32],
    share: f32,
}

impl RowOf<'_> {
    /// Takes the first features off.
    #[inline(always)]
    fn take(&mut self, features: usize) -> RowOf<'_> {
        let (sums, rest) = std::mem::take(&mut self.sums).split_at_mut(features);
        self.sums = rest;
        let (targets, rest) = self.targets.split_at(features);
        self.targets = rest;
        let (factors, rest) = self.factors.split_at(features);
        self.factors = rest;
        RowOf {
            sums,
            targets,
            factors,
            share: self.share,
        }
    }
}

/// Returns a row's error; replaces its sums by their gradient times `share`.
#[inline(always)]
fn row_error(parts: &[Part], mut row: RowOf) -> f32 {
    let (mut error, mut at) = (0.0, 0);
    while at < parts.len() {
        let run = run_at(parts, at);
        at += run.len();
        let own = row.take(features_of(run));
        error += match run[0].likelihood {
            Likelihood::Normal => feature_errors(
                own,
                #[inline(always)]
                |z, x| (0.5 * (z - x) * (z - x), z - x),
            ),
            Likelihood::Bernoulli => feature_errors(
                own,
                #[inline(always)]
                |z, x| (softplus(z) - x * z, sigmoid(z) - x),
            ),
            Likelihood::Categorical => categorical_errors(run, own),
            Likelihood::Count {
                offset,
                factor,
                dispersion,
            } => feature_errors(
                own,
                #[inline(always)]
                |z, x| count(z, x, (offset, factor, dispersion)),
            ),
        };
    }
    error
}

/// Returns the part at a place, with the categories that follow if it is one:
/// adjacent ones are computed together.
#[inline(always)]
fn run_at(parts: &[Part], at: usize) -> &[Part] {
    let mut end = at + 1;
    if parts[at].likelihood == Likelihood::Categorical {
        while end < parts.len() && parts[end].likelihood == Likelihood::Categorical {
            end += 1;
        }
    }
    &parts[at..end]
}

/// Returns how many features the parts have together.
#[inline(always)]
fn features_of(parts: &[Part]) -> usize {
    let mut features = 0;
    for part in parts {
        features += part.features;
    }
    features
}

/// Returns the sum of the features' errors times their factors; replaces their
/// sums by the gradient times `share`. `of` returns a feature's error and its
/// slope.
#[inline(always)]
fn feature_errors(row: RowOf, of: impl Fn(f32, f32) -> (f32, f32) + Copy) -> f32 {
    let RowOf {
        sums: z,
        targets: x,
        factors: f,
        share,
    } = row;
    let mut total = [0.0; LANES];
    let whole = z.len() / LANES * LANES;
    each_lanes(
        whole,
        #[inline(always)]
        |lanes| {
            let (sums, targets, factors) = (lanes.of(z), lanes.of(x), lanes.of(f));
            let mut gradient = [0.0; LANES];
            for i in 0..LANES {
                let (error, slope) = of(sums[i], targets[i]);
                total[i] += error * factors[i];
                gradient[i] = unless_tiny(slope * (factors[i] * share));
            }
            lanes.put(z, gradient);
        },
    );
    let mut sum: f32 = total.iter().sum();
    for at in whole..z.len() {
        let (error, slope) = of(z[at], x[at]);
        sum += error * f[at];
        z[at] = unless_tiny(slope * (f[at] * share));
    }
    sum
}

/// Returns the summed errors of adjacent categories; replaces their sums by the
/// gradient times `share`.
#[inline(always)]
fn categorical_errors(parts: &[Part], row: RowOf) -> f32 {
    let RowOf {
        sums: z,
        targets: x,
        factors: f,
        share,
    } = row;
    let (mut error, mut from) = (0.0, 0);
    for part in parts {
        let own = from..from + part.features;
        from = own.end;
        let (z, x, f) = (&mut z[own.clone()], &x[own.clone()], &f[own]);
        lessen_by_largest(z);
        for at in 0..z.len() {
            error -= f[at] * x[at] * z[at];
        }
    }
    exp_all(z);
    from = 0;
    for part in parts {
        let own = from..from + part.features;
        from = own.end;
        let (z, x, f) = (&mut z[own.clone()], &x[own.clone()], &f[own]);
        let (mut total, mut weight) = (0.0, 0.0);
        for at in 0..z.len() {
            total += z[at];
            weight += f[at] * x[at];
        }
        error += weight * ln(total);
        let scale = weight / total;
        for at in 0..z.len() {
            z[at] = unless_tiny((scale * z[at] - f[at] * x[at]) * share);
        }
    }
    error
}

/// Subtracts the largest value from all.
#[inline(always)]
fn lessen_by_largest(z: &mut [f32]) {
    let mut largest = f32::NEG_INFINITY;
    for &z in z.iter() {
        largest = if z > largest { z } else { largest };
    }
    for value in z.iter_mut() {
        *value -= largest;
    }
}

/// Returns 0 in place of a gradient below [`LEAST`].
#[inline(always)]
fn unless_tiny(gradient: f32) -> f32 {
    if gradient.abs() < LEAST {
        0.0
    } else {
        gradient
    }
}

/// Replaces each value by its exponential; below e^-80 by that, which is no
/// subnormal.
#[inline(always)]
fn exp_all(z: &mut [f32]) {
    each_lanes(
        z.len(),
        #[inline(always)]
        |lanes| {
            let z_of = lanes.of(z);
            let powers = from_fn(
                #[inline(always)]
                |i| exp(z_of[i].max(-80.0)),
            );
            lanes.put(z, powers);
        },
    );
}

/// Replaces output sums `[rows, features]` by the features that they stand for:
/// means, probabilities, and the feature of a count's mean.
pub fn means(parts: &[Part], sums: &mut [f32]) {
    let width = features_of(parts).max(1);
    vectorized(
        #[inline(always)]
        || {
            for row in sums.chunks_exact_mut(width) {
                let (mut rest, mut at) = (row, 0);
                while at < parts.len() {
                    let run = run_at(parts, at);
                    at += run.len();
                    let (own, after) = rest.split_at_mut(features_of(run));
                    rest = after;
                    means_of_run(run, own);
                }
            }
        },
    );
}

#[inline(always)]
fn means_of_run(run: &[Part], z: &mut [f32]) {
    match run[0].likelihood {
        Likelihood::Normal => {}
        Likelihood::Bernoulli => {
            for z in z.iter_mut() {
                *z = sigmoid(*z);
            }
        }
        Likelihood::Categorical => {
            let mut from = 0;
            for part in run {
                lessen_by_largest(&mut z[from..from + part.features]);
                from += part.features;
            }
            exp_all(z);
            from = 0;
            for part in run {
                let own = &mut z[from..from + part.features];
                from += part.features;
                let mut total = 0.0;
                for value in own.iter() {
                    total += value;
                }
                for value in own.iter_mut() {
                    *value /= total;
                }
            }
        }
        Likelihood::Count { offset, factor, .. } => {
            for z in z.iter_mut() {
                let log_mean = z.mul_add(factor, offset).clamp(-30.0, 30.0);
                *z = (softplus(log_mean) - offset) / factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_gradient_is_so_small_that_its_square_is_subnormal() {
        let likelihoods = [
            Likelihood::Normal,
            Likelihood::Bernoulli,
            Likelihood::Categorical,
        ];
        for likelihood in likelihoods {
            let part = |features| Part {
                likelihood,
                features,
            };
            // Unlikely to all but impossible, in lanes and in the rest.
            let mut sums: Vec<f32> = (0..40).map(|at| -3.0 * at as f32).collect();
            let mut targets = vec![0.0; 40];
            (targets[0], targets[20]) = (1.0, 1.0);
            if likelihood == Likelihood::Normal {
                targets = sums.iter().map(|z| z + 1e-30).collect();
            }
            let outputs = Outputs {
                sums: &mut sums,
                targets: &targets,
                factors: &[0.5; 40],
                rows: 1,
            };
            let errors = row_errors(&[part(20), part(20)], outputs, 1.0);
            assert!(errors[0].is_finite());
            for (at, gradient) in sums.iter().enumerate() {
                let size = gradient.abs();
                assert!(size == 0.0 || size >= LEAST, "{likelihood:?} {at}: {size}");
            }
            assert!(likelihood == Likelihood::Normal || sums.contains(&0.0));
        }
    }

    #[test]
    fn outputs_become_what_they_stand_for() {
        let part = |likelihood, features| Part {
            likelihood,
            features,
        };
        let counted = Likelihood::Count {
            offset: 0.5,
            factor: 2.0,
            dispersion: 3.0,
        };
        let parts = [
            part(Likelihood::Normal, 1),
            part(Likelihood::Bernoulli, 1),
            part(Likelihood::Categorical, 2),
            part(counted, 1),
        ];
        let mut sums = vec![0.3, 0.0, 1.0, 1.0 + 3f32.ln(), 0.25];
        means(&parts, &mut sums);
        // The count's mean is e¹, whose feature is (log(1 + e) - 0.5)/2.
        let of_count = ((1.0 + 1f32.exp()).ln() - 0.5) / 2.0;
        for (found, expected) in sums.iter().zip([0.3, 0.5, 0.25, 0.75, of_count]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}

//! Computes how likely counts are: they are negative binomial.

use super::math::{exp, ln, reduced_ln_1p};

/// Returns `log(1 + x)` for `x >= 0`, near 0 too.
#[inline(always)]
fn ln_1p(x: f32) -> f32 {
    let near = reduced_ln_1p(x.min(1.0 / 3.0));
    if x < 1.0 / 3.0 { near } else { ln(1.0 + x) }
}

/// Returns the error of a count and its slope with respect to `z`.
#[inline(always)]
pub(super) fn count(z: f32, x: f32, (offset, factor, r): (f32, f32, f32)) -> (f32, f32) {
    let n = (exp(x.mul_add(factor, offset)) - 1.0).max(0.0);
    // A mean beyond all counts would be infinite.
    let log_mean = z.mul_add(factor, offset).clamp(-30.0, 30.0);
    let mean = exp(log_mean);
    // r log((r + m)/r) without the difference of two large numbers.
    let (log_share, log_rest) = (ln_1p(mean / r), ln_1p(r / mean));
    let constant = log_choices(f64::from(n), f64::from(r)) as f32;
    let error = r * log_share + n * log_rest - constant;
    (error, factor * (mean - n) * (r / (r + mean)))
}

/// Returns minus the log-likelihood of a count `n` in nats, negative binomial with
/// this mean and inverse dispersion.
pub fn count_cost(n: f64, mean: f64, dispersion: f64) -> f64 {
    let (mean, r) = (mean.max(1e-13), dispersion);
    r * (mean / r).ln_1p() + n * (r / mean).ln_1p() - log_choices(n, r)
}

/// Returns `log Γ(n + r) - log Γ(r) - log Γ(n + 1)`.
pub(crate) fn log_choices(n: f64, r: f64) -> f64 {
    log_gamma(n + r) - log_gamma(r) - log_gamma(n + 1.0)
}

/// Returns `log Γ(x)` for `x > 0`, by Stirling's series from 8 on.
fn log_gamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 1.0);
    while x < 8.0 {
        below *= x;
        x += 1.0;
    }
    let i = 1.0 / x;
    let i2 = i * i;
    let series = i * (1.0 / 12.0 - i2 * (1.0 / 360.0 - i2 * (1.0 / 1260.0 - i2 / 1680.0)));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - below.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_gamma_is_that_of_factorials() {
        let mut factorial = 1.0f64;
        for n in 1..30 {
            let n = f64::from(n);
            assert!((log_gamma(n) - factorial.ln()).abs() < 1e-9 * n, "{n}");
            factorial *= n;
        }
        // Γ(½) = √π
        let half = 0.5 * std::f64::consts::PI.ln();
        assert!((log_gamma(0.5) - half).abs() < 1e-9);
        // Large arguments keep their precision in differences.
        assert!((log_choices(1.0, 1e4) - 1e4f64.ln()).abs() < 1e-7);
    }

    #[test]
    fn probabilities_of_counts_sum_to_1() {
        let (offset, factor) = (0.7f32, 1.3f32);
        for r in [0.3f32, 4.0, 500.0] {
            let total: f64 = (0..2000)
                .map(|n| {
                    let x = ((1.0 + n as f32).ln() - offset) / factor;
                    let cost = count(0.4, x, (offset, factor, r)).0;
                    let mean = f64::from(0.4 * factor + offset).exp();
                    let exact = count_cost(f64::from(n), mean, f64::from(r));
                    assert!(
                        (f64::from(cost) - exact).abs() < 2e-3 * exact.max(1.0),
                        "{n}"
                    );
                    (-exact).exp()
                })
                .sum();
            assert!((total - 1.0).abs() < 2e-3, "{r}: {total}");
        }
    }
}

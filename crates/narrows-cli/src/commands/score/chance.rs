//! How likely chance alone marks no more rows than were marked.

/// Returns the probability that of `scored` rows like those that were held out at most
/// `marked` have a p-value of at most `share` among `reference` held-out rows.
///
/// The rate of such rows is itself a draw, of the distribution of the `l`-th of the
/// reference's order statistics with `l` the largest number for which `l / (1 +
/// reference)` is at most `share`; the number of marks is then nearly negative binomial.
pub fn at_most(marked: usize, scored: usize, reference: usize, share: f64) -> f64 {
    let l = ((reference + 1) as f64 * share + 1e-9).floor();
    if l < 1.0 {
        return 1.0;
    }
    let q = reference as f64 / (reference + scored) as f64;
    let mut log = l * q.ln();
    let mut sum = 0.0;
    for k in 0..=marked {
        if k > 0 {
            let k = k as f64;
            log += ((k + l - 1.0) / k).ln() + (1.0 - q).ln();
        }
        sum += log.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_marks_are_unlikely_where_many_are_expected() {
        // With l = 3, none is marked at all if the three largest lie beyond all rows.
        let none = at_most(0, 1_600, 300, 0.01);
        assert!((none - (300.0f64 / 1_900.0).powi(3)).abs() < 1e-12);
        assert!(at_most(40, 10_000, 5_000, 0.01) < 0.001);
        assert!(at_most(95, 10_000, 5_000, 0.01) > 0.2);
        assert_eq!(at_most(0, 100, 50, 0.01), 1.0);
        assert!((at_most(10_000, 1_000, 300, 0.01) - 1.0).abs() < 1e-6);
    }
}

//! p-values of new rows among rows that nothing was fitted on, and which of them
//! to mark.
//!
//! `p = (1 + #{reference scores at least as large}) / (1 + reference scores)`: of
//! rows of the same kind as those of the reference, at most a share `a` has
//! `p <= a` (Bates, Candès, Lei, Romano & Sesia, "Testing for outliers with
//! conformal p-values", 2023, section 2).

/// Returns the p-value of a score among `reference`, which is sorted: the share of
/// rows as unusual as this one or more so, itself included. NaN without a
/// reference, or for a score that is NaN.
pub(crate) fn p_value(reference: &[f32], score: f32) -> f32 {
    if reference.is_empty() || score.is_nan() {
        return f32::NAN;
    }
    let below = reference.partition_point(|&r| r < score);
    let at_least = reference.len() - below;
    ((1 + at_least) as f64 / (1 + reference.len()) as f64) as f32
}

/// Returns the largest p-value to mark so that of the marked rows at most a share
/// `rate` are usual ones, on average; `None` if none can be marked (Benjamini &
/// Hochberg 1995). NaN stands for rows that have none, and counts as no row.
pub fn threshold_of_discoveries(p_values: &[f32], rate: f64) -> Option<f32> {
    let mut sorted: Vec<f32> = p_values.iter().copied().filter(|p| !p.is_nan()).collect();
    sorted.sort_by(f32::total_cmp);
    let rows = sorted.len() as f64;
    let found = |&(at, p): &(usize, f32)| f64::from(p) <= rate * (at + 1) as f64 / rows;
    let last = sorted.iter().copied().enumerate().rfind(found);
    last.map(|(_, p)| p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    #[test]
    fn the_row_itself_and_ties_count() {
        let reference = [1.0, 2.0, 2.0, 4.0];
        for (score, expected) in [(0.5, 1.0), (2.0, 0.8), (3.0, 0.4), (4.0, 0.4), (9.0, 0.2)] {
            assert_eq!(p_value(&reference, score), expected, "{score}");
        }
        assert!(p_value(&[], 1.0).is_nan());
        assert!(p_value(&reference, f32::NAN).is_nan());
    }

    #[test]
    fn discoveries_are_the_smallest_that_stay_below_the_line() {
        // rate * rank / rows: .02, .04, .06, .08, .1
        let p = [0.5, 0.03, 0.01, f32::NAN, 0.09, 0.055];
        assert_eq!(threshold_of_discoveries(&p, 0.1), Some(0.055));
        assert_eq!(threshold_of_discoveries(&p, 0.02), None);
        assert_eq!(threshold_of_discoveries(&[], 0.5), None);
    }

    /// Returns sorted uniform numbers.
    fn reference(turn: u64) -> Vec<f32> {
        let mut draws = Draws::new(7, Stream::Split, turn, 0);
        let mut reference: Vec<f32> = (0..199).map(|_| draws.uniform()).collect();
        reference.sort_by(f32::total_cmp);
        reference
    }

    #[test]
    fn a_usual_row_is_marked_as_often_as_was_said() {
        // The marks of one reference depend on each other: one new row for each.
        const TURNS: u64 = 4_000;
        for level in [0.01, 0.05, 0.2] {
            let marked = (0..TURNS).filter(|&turn| {
                let score = Draws::new(8, Stream::Split, turn, 0).uniform();
                p_value(&reference(turn), score) <= level
            });
            let share = marked.count() as f64 / TURNS as f64;
            let level = f64::from(level);
            let error = (level * (1.0 - level) / TURNS as f64).sqrt();
            assert!((share - level).abs() < 4.0 * error, "{share} at {level}");
        }
    }

    #[test]
    fn of_discoveries_few_are_usual_rows() {
        const TURNS: u64 = 400;
        let mut wrong = 0.0;
        for turn in 0..TURNS {
            let reference = reference(turn);
            let mut draws = Draws::new(9, Stream::Split, turn, 0);
            // 20 of 100 rows are beyond all others.
            let scores = (0..100).map(|at| match at < 20 {
                true => 2.0,
                false => draws.uniform(),
            });
            let p: Vec<f32> = scores.map(|score| p_value(&reference, score)).collect();
            let Some(most) = threshold_of_discoveries(&p, 0.1) else {
                continue;
            };
            let marked = |rows: &[f32]| rows.iter().filter(|p| **p <= most).count() as f64;
            wrong += marked(&p[20..]) / marked(&p);
        }
        let share = wrong / TURNS as f64;
        // 80 of 100 rows are usual; their share's deviation is below .1 a turn.
        assert!(share < 0.08 + 4.0 * 0.1 / (TURNS as f64).sqrt(), "{share}");
        assert!(share > 0.02, "{share}");
    }
}

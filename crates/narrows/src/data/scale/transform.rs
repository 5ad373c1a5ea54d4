//! Bends a number before it is scaled, so that a long tail does not hide the
//! differences among the others.

use serde::{Deserialize, Serialize};

use crate::base::normal::quantile;

/// A monotone function of a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Transform {
    /// `log(1 + n)` of a count.
    Count,
    /// `sign(x) log(1 + |x|/unit)`; the unit is the median of `|x|` over the
    /// training rows, so that a column's own unit changes nothing.
    Log { unit: f32 },
    /// The standard normal quantile of the number's rank among the training
    /// rows, linear between `ranks`, each a number with its quantile, and beyond
    /// them as steep as from the first to the last.
    Rank { ranks: Vec<(f32, f32)> },
}

/// The numbers with their quantiles that a column's ranks are kept by.
const RANKS: usize = 200;

impl Transform {
    /// Returns the logarithm for these known numbers of the training rows.
    pub fn log(known: &[f32]) -> Self {
        let mut sizes: Vec<f32> = known.iter().map(|x| x.abs()).filter(|x| *x > 0.0).collect();
        sizes.sort_by(f32::total_cmp);
        let median = sizes.get(sizes.len() / 2).copied();
        Transform::Log {
            unit: median.unwrap_or(1.0),
        }
    }

    /// Returns the ranks of these known numbers of the training rows.
    pub fn rank(known: &[f32]) -> Self {
        let mut sorted = known.to_vec();
        sorted.sort_by(f32::total_cmp);
        let rows = sorted.len();
        let mut ranks: Vec<(f32, f32)> = Vec::new();
        let each = (rows / RANKS).max(1);
        // The ends are among them: a tail is what ranks are for.
        let places = (0..rows).step_by(each).chain(rows.checked_sub(1));
        for at in places {
            let value = sorted[at];
            // Equal numbers have one rank, the middle of theirs.
            let first = sorted.partition_point(|&x| x < value);
            let last = sorted.partition_point(|&x| x <= value);
            let share = (first + last) as f64 / (2.0 * rows as f64);
            if ranks.last().is_none_or(|(known, _)| *known < value) {
                ranks.push((value, quantile(share) as f32));
            }
        }
        Transform::Rank { ranks }
    }

    /// Returns the number that is scaled.
    pub fn of(&self, value: f32) -> f32 {
        match self {
            Transform::Count => value.max(0.0).ln_1p(),
            Transform::Log { unit } => (value.abs() / unit).ln_1p().copysign(value),
            Transform::Rank { ranks } => along(ranks, value, |&rank| rank),
        }
    }

    /// Returns the number that becomes this one.
    pub fn back(&self, scaled: f32) -> f32 {
        match self {
            Transform::Count => scaled.exp_m1().clamp(0.0, f32::MAX),
            Transform::Log { unit } => (scaled.abs().exp_m1() * unit)
                .min(f32::MAX)
                .copysign(scaled),
            Transform::Rank { ranks } => along(ranks, scaled, |&(value, rank)| (rank, value)),
        }
    }

    /// Returns the slope of [`Self::back`] near a number.
    pub fn slope_back(&self, scaled: f32) -> f32 {
        let beside = |by: f32| self.back(scaled + by);
        (beside(0.01) - beside(-0.01)) / 0.02
    }

    /// Returns whether the function, read from a file, can be used.
    pub fn is_sound(&self) -> bool {
        match self {
            Transform::Count => true,
            Transform::Log { unit } => *unit > 0.0 && unit.is_finite(),
            Transform::Rank { ranks } => {
                let rises = |pair: &[(f32, f32)]| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1;
                let finite = |(value, rank): &(f32, f32)| value.is_finite() && rank.is_finite();
                !ranks.is_empty() && ranks.iter().all(finite) && ranks.windows(2).all(rises)
            }
        }
    }
}

/// Returns the place of `x` along a line through points, each of which `point`
/// makes `(x, y)`.
fn along(points: &[(f32, f32)], x: f32, point: impl Fn(&(f32, f32)) -> (f32, f32)) -> f32 {
    let (first, last) = (point(&points[0]), point(&points[points.len() - 1]));
    let slope = match last.0 > first.0 {
        true => (last.1 - first.1) / (last.0 - first.0),
        false => 1.0,
    };
    let beyond = |end: (f32, f32)| (end.1 + slope * (x - end.0)).clamp(-f32::MAX, f32::MAX);
    if x <= first.0 {
        return beyond(first);
    }
    if x >= last.0 {
        return beyond(last);
    }
    let above = points.partition_point(|p| point(p).0 <= x);
    let (low, high) = (point(&points[above - 1]), point(&points[above]));
    low.1 + (high.1 - low.1) * (x - low.0) / (high.0 - low.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail() -> Vec<f32> {
        (0..999).map(|at| ((at as f32) / 100.0).exp()).collect()
    }

    #[test]
    fn every_function_rises_and_has_its_way_back() {
        let known = tail();
        for transform in [
            Transform::Count,
            Transform::log(&known),
            Transform::rank(&known),
        ] {
            assert!(transform.is_sound());
            let mut before = f32::NEG_INFINITY;
            for value in [0.0, 0.5, 1.0, 3.0, 20.0, 500.0, 2e4, 3e5] {
                let scaled = transform.of(value);
                assert!(scaled > before, "{transform:?}: {value}");
                let back = transform.back(scaled);
                assert!(
                    (back - value).abs() < 2e-3 * value.max(1.0),
                    "{value}: {back}"
                );
                before = scaled;
            }
        }
    }

    #[test]
    fn a_logarithm_has_no_unit_and_keeps_the_sign() {
        let known = tail();
        let grams: Vec<f32> = known.iter().map(|x| 1000.0 * x).collect();
        let (a, b) = (Transform::log(&known), Transform::log(&grams));
        for value in [-7.0, 0.0, 2.0, 900.0] {
            assert!((a.of(value) - b.of(1000.0 * value)).abs() < 1e-5);
        }
        assert_eq!(a.of(-3.0), -a.of(3.0));
        let median = a.of(tail()[499]);
        assert!((median - 2f32.ln()).abs() < 1e-5, "{median}");
    }

    #[test]
    fn ranks_are_normal_whatever_the_numbers_are() {
        let transform = Transform::rank(&tail());
        let mut scaled: Vec<f32> = tail().iter().map(|&x| transform.of(x)).collect();
        scaled.sort_by(f32::total_cmp);
        for (share, expected) in [(0.5, 0.0), (0.8413, 1.0), (0.0228, -2.0)] {
            let found = scaled[(share * 998.0) as usize];
            assert!((found - expected).abs() < 0.03, "{share}: {found}");
        }
        // The largest of many is no further out than a normal draw would be.
        let many: Vec<f32> = (1..100_000).map(|at| (1e5 / at as f32).powf(0.8)).collect();
        let largest = Transform::rank(&many).of(1e4);
        assert!((4.0..4.8).contains(&largest), "{largest}");
        // What lies beyond training is no end of it.
        assert!(transform.of(1e6) > transform.of(1e5) && transform.of(1e5) > scaled[998]);
        let two = Transform::rank(&[1.0, 1.0, 1.0, 5.0]);
        assert!(two.of(1.0) < two.of(5.0));
        assert_eq!(Transform::rank(&[4.0; 9]).of(4.0), 0.0);
    }
}

//! Records the numbers of a column before they are rounded to 32 bits.

use crate::data::table::Exact;

/// Whole numbers up to this size fit in 32 bits.
const WHOLE: f64 = 16_777_216.0;
/// A deviation of fewer rounding steps than this is mostly rounding.
const STEPS: f64 = 100.0;

/// Statistics of the values seen so far, as written in the file.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// Values in this part of the file, and in earlier parts.
    count: usize,
    before: usize,
    mean: f64,
    squares: f64,
    low: f64,
    high: f64,
}

impl Extent {
    /// Returns an empty extent for the next part of the file.
    pub fn next(&self) -> Self {
        Extent {
            before: self.seen(),
            ..Extent::default()
        }
    }

    /// Returns how many values were seen since the start of the file.
    pub fn seen(&self) -> usize {
        self.before + self.count
    }

    pub fn add(&mut self, value: f64) {
        if self.count == 0 {
            (self.low, self.high) = (value, value);
        }
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        // Welford's update: stable however large the mean is.
        self.count += 1;
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count as f64;
        self.squares += from_mean * (value - self.mean);
    }

    /// Returns what is worth keeping; `None` if 32 bits show as much.
    pub fn exact(&self, column: usize) -> Option<Exact> {
        let size = self.low.abs().max(self.high.abs());
        let deviation = (self.squares / self.count.max(1) as f64).sqrt();
        // Below the smallest normal number, steps grow no smaller.
        let size = size.max(f64::from(f32::MIN_POSITIVE));
        let lost = self.low < self.high && size * f64::from(f32::EPSILON) * STEPS > deviation;
        let cut = |value: f64| value.abs() > WHOLE && f64::from(value as f32) != value;
        (lost || cut(self.low) || cut(self.high)).then_some(Exact {
            column,
            low: self.low,
            mean: self.mean,
            high: self.high,
            lost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(values: &[f64]) -> Option<Exact> {
        let mut extent = Extent::default();
        values.iter().for_each(|&value| extent.add(value));
        extent.exact(3)
    }

    #[test]
    fn numbers_below_those_of_32_bits_lose_their_differences() {
        assert!(exact(&[1e-50, 3e-50]).unwrap().lost);
        assert_eq!(exact(&[1e-36, 3e-36]), None);
        assert_eq!(exact(&[1e-50, 1.0]), None);
    }

    #[test]
    fn times_in_seconds_lose_their_differences_to_32_bits() {
        let found = exact(&[1_700_000_000.0, 1_700_000_010.0]).unwrap();
        assert!(found.lost);
        assert_eq!(
            (found.column, found.low, found.mean, found.high),
            (3, 1_700_000_000.0, 1_700_000_005.0, 1_700_000_010.0)
        );
    }

    #[test]
    fn large_numbers_far_apart_are_cut_but_not_lost() {
        assert!(!exact(&[1.0, 1_700_017_941.0]).unwrap().lost);
        assert_eq!(exact(&[0.1, 0.2, 1e6]), None);
        assert_eq!(exact(&[5.0, 5.0]), None);
    }
}

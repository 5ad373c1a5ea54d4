//! Summarises the training rows column by column.

use crate::data::table::Table;

/// The most rows that a column's quantiles are taken from.
const SAMPLE: usize = 10_000;
/// A value lies far from all others if it widens the standard deviation of the
/// training rows this many times beyond the width of their middle.
const FAR: f64 = 10.0;

/// Statistics of the training rows of one number column.
pub(super) struct Summary {
    /// The number of cells that are not missing.
    pub count: usize,
    pub mean: f64,
    pub deviation: f64,
    pub low: f32,
    pub high: f32,
    /// Whether all values are whole numbers.
    pub whole: bool,
    /// Whether there are exactly two different values.
    pub two_valued: bool,
    pub spread: Spread,
}

/// The middle of a column's values and the width of that middle, which a few
/// values far from all others do not move.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    pub median: f32,
    /// The standard deviation of a normal distribution with the same
    /// quartiles; with the same 5th and 95th percentile if the quartiles are
    /// equal, and then the 1st and 99th. 0 if all of these are equal.
    pub width: f32,
}

impl Summary {
    /// Returns whether a few values lie so far from all others that scaling by
    /// the standard deviation would leave no difference between the others.
    /// `outside` are the smallest and largest value of the rows that are no
    /// training rows.
    pub fn is_far(&self, outside: Option<(f32, f32)>) -> bool {
        let width = f64::from(self.spread.width);
        if width <= 0.0 {
            return false;
        }
        // One such value among the training rows would widen their deviation
        // as much.
        let furthest = FAR * width * (self.count as f64).sqrt();
        let distance = |end: f32| f64::from(end - self.spread.median).abs();
        self.deviation > FAR * width
            || outside.is_some_and(|(low, high)| distance(low).max(distance(high)) > furthest)
    }
}

/// Returns a summary of each column over some rows.
pub(super) fn summarise(table: &Table, rows: &[usize]) -> Vec<Summary> {
    struct Sums {
        count: usize,
        mean: f64,
        squares: f64,
        low: f32,
        high: f32,
        whole: bool,
        /// Whether a value is neither the first nor the second.
        third: bool,
    }
    let width = table.columns.len();
    let none = || Sums {
        count: 0,
        mean: 0.0,
        squares: 0.0,
        low: f32::INFINITY,
        high: f32::NEG_INFINITY,
        whole: true,
        third: false,
    };
    let mut sums: Vec<Sums> = (0..width).map(|_| none()).collect();
    let mut values = Vec::with_capacity(width);
    for &row in rows {
        values.clear();
        table.push_row(row, &mut values);
        for (sum, &value) in sums.iter_mut().zip(&values) {
            if value.is_nan() {
                continue;
            }
            // Welford's update: stable however large the mean is.
            sum.count += 1;
            let from_mean = f64::from(value) - sum.mean;
            sum.mean += from_mean / sum.count as f64;
            sum.squares += from_mean * (f64::from(value) - sum.mean);
            // The first two values are the lowest and the highest so far.
            let is_end = value == sum.low || value == sum.high;
            sum.third |= sum.low < sum.high && !is_end;
            sum.low = sum.low.min(value);
            sum.high = sum.high.max(value);
            sum.whole &= value.fract() == 0.0;
        }
    }
    let spreads = (0..width).map(|column| spread(table, rows, column));
    sums.into_iter()
        .zip(spreads)
        .map(|(sum, spread)| Summary {
            count: sum.count,
            mean: sum.mean,
            deviation: (sum.squares / sum.count.max(1) as f64).sqrt(),
            low: sum.low,
            high: sum.high,
            whole: sum.whole,
            two_valued: !sum.third && sum.low < sum.high,
            spread,
        })
        .collect()
}

/// Returns the smallest and largest value of each column over the rows that are
/// not in `rows`; `None` for a column without any.
pub(super) fn ranges_outside(table: &Table, rows: &[usize]) -> Vec<Option<(f32, f32)>> {
    let mut inside = vec![false; table.rows()];
    rows.iter().for_each(|&row| inside[row] = true);
    let mut ranges = vec![None; table.columns.len()];
    let mut values = Vec::with_capacity(ranges.len());
    for row in (0..table.rows()).filter(|&row| !inside[row]) {
        values.clear();
        table.push_row(row, &mut values);
        for (range, &value) in ranges.iter_mut().zip(&values) {
            if !value.is_nan() {
                let (low, high) = range.unwrap_or((value, value));
                *range = Some((low.min(value), high.max(value)));
            }
        }
    }
    ranges
}

/// Returns the spread of a column over at most 10,000 of the rows.
fn spread(table: &Table, rows: &[usize], column: usize) -> Spread {
    let step = rows.len().div_ceil(SAMPLE).max(1);
    let sample = rows.iter().step_by(step);
    let mut values: Vec<f32> = sample
        .map(|&row| table.value(row, column))
        .filter(|value| !value.is_nan())
        .collect();
    if values.is_empty() {
        return Spread {
            median: 0.0,
            width: 0.0,
        };
    }
    values.sort_unstable_by(f32::total_cmp);
    let quantile = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    // Each pair of quantiles, and how many deviations of a normal
    // distribution lie between them.
    let pairs = [(0.25, 1.349), (0.05, 3.290), (0.01, 4.653)];
    let widths = pairs
        .map(|(share, deviations)| (quantile(1.0 - share) - quantile(share)) / deviations as f32);
    Spread {
        median: quantile(0.5),
        width: widths.into_iter().find(|&width| width > 0.0).unwrap_or(0.0),
    }
}

/// Returns the commonest level of the rows, missing cells left out; the first
/// if several are equally common.
pub(super) fn commonest(table: &Table, rows: &[usize], column: usize, levels: usize) -> usize {
    let mut counts = vec![0usize; levels];
    for &row in rows {
        let value = table.value(row, column);
        if !value.is_nan() {
            counts[value as usize] += 1;
        }
    }
    (0..levels)
        .max_by_key(|&level| (counts[level], levels - level))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(values: Vec<f32>) -> Summary {
        let table = Table::from_floats(values, 1).unwrap();
        let rows: Vec<usize> = (0..table.rows()).collect();
        summarise(&table, &rows).pop().unwrap()
    }

    #[test]
    fn one_far_value_does_not_move_the_spread() {
        let mut values: Vec<f32> = (0..499).map(|i| (i % 100) as f32).collect();
        let near = summary(values.clone());
        assert!(!near.is_far(None) && near.whole);
        assert!(near.is_far(Some((0.0, 1e9))) && !near.is_far(Some((-200.0, 300.0))));
        values.push(1e9);
        let far = summary(values);
        assert!(far.is_far(None));
        assert!((far.spread.median - near.spread.median).abs() <= 1.0);
        assert!((far.spread.width - near.spread.width).abs() < 1.0);
    }

    #[test]
    fn a_column_that_is_mostly_zero_has_a_width_all_the_same() {
        let values = (0..1000).map(|i| if i % 10 == 0 { (i / 10) as f32 } else { 0.0 });
        let summary = summary(values.collect());
        assert!(summary.spread.width > 0.0 && !summary.is_far(None));
    }
}

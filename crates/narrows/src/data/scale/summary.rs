//! Summarises the training rows column by column.

use crate::data::table::Table;

/// Statistics of the training rows of one number column.
pub(super) struct Summary {
    /// The number of cells that are not missing.
    pub count: usize,
    pub mean: f64,
    pub deviation: f64,
    pub low: f32,
    pub high: f32,
}

/// Returns a summary of each column over some rows.
pub(super) fn summarise(table: &Table, rows: &[usize]) -> Vec<Summary> {
    let width = table.columns.len();
    let mut sums = vec![(0usize, 0f64, 0f64, f32::INFINITY, f32::NEG_INFINITY); width];
    let mut values = Vec::with_capacity(width);
    for &row in rows {
        values.clear();
        table.push_row(row, &mut values);
        for (sum, &value) in sums.iter_mut().zip(&values) {
            if value.is_nan() {
                continue;
            }
            // Welford's update: stable however large the mean is.
            sum.0 += 1;
            let from_mean = f64::from(value) - sum.1;
            sum.1 += from_mean / sum.0 as f64;
            sum.2 += from_mean * (f64::from(value) - sum.1);
            sum.3 = sum.3.min(value);
            sum.4 = sum.4.max(value);
        }
    }
    sums.into_iter()
        .map(|(count, mean, squares, low, high)| Summary {
            count,
            mean,
            deviation: (squares / count.max(1) as f64).sqrt(),
            low,
            high,
        })
        .collect()
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

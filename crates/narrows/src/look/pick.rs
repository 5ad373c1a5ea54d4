//! Picks the values and rows that a look shows.

/// Returns the indices of values from the largest to the smallest, earlier ones
/// first among equals.
pub(super) fn falling(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    order
}

/// Picks at most `most` of `rows` rows, evenly spaced from the first to the
/// last, counted from 0.
pub(super) fn spaced(rows: usize, most: usize) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    (0..most)
        .map(|at| at * (rows - 1) / (most - 1).max(1))
        .collect()
}

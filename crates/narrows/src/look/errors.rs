//! Counts rows by error, next to the held-out rows.

use serde::Serialize;

use crate::model::Model;

/// Bins of the histogram.
const BINS: usize = 40;

/// Rows counted by their score: by default the squared error, summed over features, in
/// the model's scaled units ([`Scores::errors`](crate::Scores::errors)).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ErrorHistogram {
    /// The bins' ends, one more than there are bins. The last bin also holds
    /// all errors beyond its end.
    pub edges: Vec<f64>,
    /// Number of rows in each bin.
    pub rows: Vec<usize>,
    /// Number of reference rows in each bin; they gave the model's percentiles.
    pub reference: Vec<usize>,
    /// Whether these rows are the reference rows themselves; `reference` then
    /// holds no counts.
    pub are_reference: bool,
    /// Whether the reference rows were held out; else they were trained on.
    pub held_out: bool,
    /// Number of errors beyond the last bin's end.
    pub beyond: usize,
    /// The median error; NaN if no row has one.
    pub median: f64,
    /// The median error of the reference rows; `None` if there are none.
    pub reference_median: Option<f64>,
}

/// Counts the errors, and those of the model's reference rows.
pub(super) fn histogram(errors: &[f32], model: &Model) -> ErrorHistogram {
    let mut sorted: Vec<f32> = errors.iter().copied().filter(|e| !e.is_nan()).collect();
    sorted.sort_by(f32::total_cmp);
    let held_out = model.history.iter().any(|e| e.held_out.is_some());
    let reference = &model.reference.all;
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-4 * (1.0 + b.abs());
    if sorted.len() == reference.len() && sorted.iter().zip(reference).all(close) {
        // Rows compared with themselves say nothing.
        return ErrorHistogram {
            are_reference: true,
            ..counted(&sorted, &[], held_out)
        };
    }
    counted(&sorted, reference, held_out)
}

/// Counts sorted `errors` and sorted `reference`.
fn counted(errors: &[f32], reference: &[f32], held_out: bool) -> ErrorHistogram {
    let both = || [errors, reference].into_iter().filter(|e| !e.is_empty());
    let low = both()
        .map(|e| f64::from(e[0]))
        .fold(f64::INFINITY, f64::min);
    let most = both()
        .map(|e| f64::from(e[e.len() - 1]))
        .fold(f64::NEG_INFINITY, f64::max);
    // A few far rows would press all others into one bin.
    let usual = both().map(|e| quantile(e, 0.95)).fold(low, f64::max);
    // No row has an error.
    let (low, most) = if low <= most { (low, most) } else { (0.0, 0.0) };
    let mut high = most.min(low + 2.0 * (usual - low));
    if high <= low {
        high = if low > 0.0 { low * 1.1 } else { 1.0 };
    }
    let width = (high - low) / BINS as f64;
    let count = |errors: &[f32]| {
        let mut bins = vec![0; BINS];
        for &error in errors {
            // `as` puts what lies below the first edge into the first bin.
            let bin = ((f64::from(error) - low) / width) as usize;
            bins[bin.min(BINS - 1)] += 1;
        }
        bins
    };
    ErrorHistogram {
        edges: (0..=BINS).map(|edge| low + width * edge as f64).collect(),
        rows: count(errors),
        reference: count(reference),
        are_reference: false,
        held_out,
        beyond: errors.iter().filter(|&&e| f64::from(e) > high).count(),
        median: quantile(errors, 0.5),
        reference_median: (!reference.is_empty()).then(|| quantile(reference, 0.5)),
    }
}

/// Interpolates a quantile of sorted values; NaN if there are none.
fn quantile(sorted: &[f32], share: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    let rest = at - at.floor();
    f64::from(below) * (1.0 - rest) + f64::from(above) * rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_counted_once_and_far_rows_fall_in_the_last_bin() {
        let mut errors: Vec<f32> = (0..200).map(|i| i as f32).collect();
        errors.push(1e6);
        let found = counted(&errors, &[0.0, 100.0], true);
        assert_eq!(found.rows.iter().sum::<usize>(), 201);
        assert_eq!(found.reference.iter().sum::<usize>(), 2);
        assert_eq!((found.beyond, found.edges.len()), (1, BINS + 1));
        assert!(found.edges[BINS] < 400.0, "{:?}", found.edges);
        assert_eq!((found.median, found.reference_median), (100.0, Some(50.0)));
    }

    #[test]
    fn one_row_without_error_has_a_histogram() {
        let found = counted(&[0.0], &[], false);
        assert_eq!((found.rows[0], found.median), (1, 0.0));
        assert_eq!(found.edges[BINS], 1.0);
        assert_eq!(found.reference_median, None);
        let none = counted(&[], &[], false);
        assert_eq!(none.rows, [0; BINS]);
        assert!(none.median.is_nan());
    }
}

//! How well scores tell rows of one kind from all others, where it is known which
//! they are.

/// What scores say about rows that are known to be unusual.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Ranking {
    /// The number of rows.
    pub rows: usize,
    /// The number of unusual ones among them.
    pub unusual: usize,
    /// The chance that an unusual row has a larger score than another, ties for
    /// half: the area under the receiver operating characteristic.
    pub auroc: f64,
    /// The mean over unusual rows of the share of unusual ones among the rows with
    /// at least their score.
    pub average_precision: f64,
    /// The score from which on rows have to be marked for the largest `F1`, the
    /// harmonic mean of precision and recall.
    pub best_threshold: f32,
    /// Precision and recall of the marks from that score on.
    pub best: (f64, f64),
}

/// Returns how well scores, larger for more unusual rows, find those that
/// `is_unusual`; `None` unless there are rows of both kinds. Rows without a score
/// (NaN) count as the most usual ones.
pub fn ranking(scores: &[f32], is_unusual: &[bool]) -> Option<Ranking> {
    let rows = scores.len().min(is_unusual.len());
    let unusual = is_unusual[..rows].iter().filter(|is| **is).count();
    if unusual == 0 || unusual == rows {
        return None;
    }
    let score = |row: usize| match scores[row].is_nan() {
        true => f32::NEG_INFINITY,
        false => scores[row],
    };
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
    let (mut above, mut found) = (0usize, 0usize);
    let (mut pairs, mut precisions) = (0.0, 0.0);
    let mut best = (0.0, f32::INFINITY, (0.0, 0.0));
    for tied in order.chunk_by(|&a, &b| score(a) == score(b)) {
        let new = tied.iter().filter(|row| is_unusual[**row]).count();
        let usual = tied.len() - new;
        let usual_above = (above - found) as f64;
        let usual_below = (rows - unusual) as f64 - usual_above - usual as f64;
        pairs += new as f64 * (usual_below + usual as f64 / 2.0);
        above += tied.len();
        found += new;
        let (precision, recall) = (found as f64 / above as f64, found as f64 / unusual as f64);
        precisions += precision * new as f64;
        let f1 = 2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE);
        if f1 > best.0 {
            best = (f1, score(tied[0]), (precision, recall));
        }
    }
    Some(Ranking {
        rows,
        unusual,
        auroc: pairs / (unusual as f64 * (rows - unusual) as f64),
        average_precision: precisions / unusual as f64,
        best_threshold: best.1,
        best: best.2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_rankings_have_known_figures() {
        let is = [true, false, true, false, false];
        let found = ranking(&[0.9, 0.8, 0.7, 0.2, 0.1], &is).unwrap();
        assert_eq!((found.rows, found.unusual), (5, 2));
        // Of six pairs, one is the wrong way round.
        assert!((found.auroc - 5.0 / 6.0).abs() < 1e-12);
        assert!((found.average_precision - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        assert_eq!(found.best_threshold, 0.7);
        assert_eq!(found.best, (2.0 / 3.0, 1.0));
    }

    #[test]
    fn ties_count_half_and_rows_without_a_score_are_last() {
        let tied = ranking(&[1.0; 4], &[true, false, false, true]).unwrap();
        assert_eq!((tied.auroc, tied.average_precision), (0.5, 0.5));
        let last = ranking(&[f32::NAN, 1.0, 2.0], &[true, false, false]).unwrap();
        assert_eq!(last.auroc, 0.0);
        assert_eq!(ranking(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(ranking(&[], &[]), None);
    }
}

//! The errors of held-out rows, among which the scores of other rows get their
//! percentiles.
//!
//! A row with missing cells is compared with held-out rows that lack as many:
//! fewer known cells say less about the others, so that their errors are of
//! another size.

use std::cmp::Ordering;

use crate::base::conformal::p_value;
use crate::network::NamedTensor;

/// The numbers of missing cells that are told apart.
pub(super) const COUNTS: usize = 10;

/// The name of the errors of all held-out rows in a model's file.
pub(crate) const ERRORS: &str = "held_out_errors";
/// The name of those by missing cells, `[counts, 1 + errors]`: each row begins
/// with its number of missing cells.
const BY_MISSING: &str = "held_out_errors_by_missing";

/// The largest tenth of all scores, but at least so many, says how they fall off, if that
/// is no more than half of them. Such as are nearly the same say nothing: the least mean
/// logarithm of their ratio.
const FEWEST_BEYOND: usize = 10;
const LEAST_SPREAD: f64 = 1e-3;

/// Sorted errors of held-out rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reference {
    /// Those of all held-out rows, as they are.
    pub all: Vec<f32>,
    /// Numbers of missing cells, ascending, each with the errors of rows that
    /// lack so many.
    pub by_missing: Vec<(usize, Vec<f32>)>,
}

impl Reference {
    /// Returns the errors among which that of a row with so many missing cells
    /// has its percentile.
    pub fn for_missing(&self, missing: usize) -> &[f32] {
        let mut nearest = (missing, &self.all);
        // Rows as they are stand for whole rows where those are not apart.
        if self
            .by_missing
            .first()
            .is_some_and(|(first, _)| *first == 0)
        {
            nearest.0 = usize::MAX;
        }
        for (count, errors) in &self.by_missing {
            let distance = count.abs_diff(missing);
            if distance <= nearest.0 {
                nearest = (distance, errors);
            }
        }
        nearest.1
    }

    /// Returns `-ln p` of a score of a row with so many missing cells. Beyond nine
    /// tenths of the held-out scores, p falls off as a power of the score does
    /// (Hill, "A simple general approach to inference about the tail of a
    /// distribution", 1975): rows beyond all of them differ, too. Of fewer than a
    /// hundred it is the largest ten, and of fewer than twenty the p-value among them.
    pub fn surprise(&self, missing: usize, score: f64) -> f64 {
        surprise(self.for_missing(missing), score)
    }

    /// Returns what several networks find of the rows that each of them has not seen:
    /// how surprising its own network finds each row.
    pub fn pooled(networks: &[&Reference]) -> Self {
        let surprises = |of: &[f32]| -> Vec<f32> {
            let of_row = |&score: &f32| surprise(of, score.into()) as f32;
            of.iter().map(of_row).collect()
        };
        let in_order = |parts: Vec<Vec<f32>>| {
            let mut all = parts.concat();
            all.sort_by(f32::total_cmp);
            all
        };
        let all = networks.iter().map(|network| surprises(&network.all));
        let mut by_missing: Vec<(usize, Vec<f32>)> = Vec::new();
        let first = networks.first().map(|network| &network.by_missing);
        for (count, _) in first.into_iter().flatten() {
            let of_network = |network: &&Reference| {
                let mut counts = network.by_missing.iter();
                let found = counts.find(|(other, _)| other == count);
                found.map(|(_, scores)| surprises(scores))
            };
            let parts: Option<Vec<Vec<f32>>> = networks.iter().map(of_network).collect();
            by_missing.extend(parts.map(|parts| (*count, in_order(parts))));
        }
        Reference {
            all: in_order(all.collect()),
            by_missing,
        }
    }

    pub fn store(&self) -> Vec<NamedTensor> {
        let mut tensors = vec![NamedTensor {
            name: ERRORS.into(),
            shape: [1, self.all.len()],
            values: self.all.clone(),
        }];
        if let Some((_, first)) = self.by_missing.first() {
            let row = |(count, errors): &(usize, Vec<f32>)| {
                std::iter::once(*count as f32)
                    .chain(errors.clone())
                    .collect::<Vec<_>>()
            };
            tensors.push(NamedTensor {
                name: BY_MISSING.into(),
                shape: [self.by_missing.len(), 1 + first.len()],
                values: self.by_missing.iter().flat_map(row).collect(),
            });
        }
        tensors
    }

    /// Reads what [`Self::store`] gives. The error says what is wrong with it.
    pub fn from_stored(stored: &[NamedTensor], columns: usize) -> Result<Self, String> {
        let find = |name| stored.iter().find(|tensor| tensor.name == name);
        let all = find(ERRORS).ok_or_else(|| format!("no '{ERRORS}'"))?;
        sorted(ERRORS, &all.values)?;
        let mut by_missing: Vec<(usize, Vec<f32>)> = Vec::new();
        if let Some(tensor) = find(BY_MISSING) {
            let width = tensor.shape[1];
            if width < 2 || tensor.shape[0] > COUNTS {
                return Err(format!("'{BY_MISSING}' of shape {:?}", tensor.shape));
            }
            for row in tensor.values.chunks_exact(width) {
                let after = by_missing.last().map_or(0, |(count, _)| count + 1);
                let is_count = row[0].fract() == 0.0 && row[0] >= after as f32;
                if !is_count || row[0] >= columns as f32 {
                    return Err(format!("{} missing cells in '{BY_MISSING}'", row[0]));
                }
                sorted(BY_MISSING, &row[1..])?;
                let errors = row[1..].iter().map(|error| error.min(f32::MAX));
                by_missing.push((row[0] as usize, errors.collect()));
            }
        }
        // Older files may hold errors of rows that were too far out for a number.
        let all = all.values.iter().map(|error| error.min(f32::MAX)).collect();
        Ok(Reference { all, by_missing })
    }
}

/// Returns `-ln p` of a score among a reference; see [`Reference::surprise`].
fn surprise(reference: &[f32], score: f64) -> f64 {
    // As those that are kept are rounded.
    let score = f64::from(score as f32);
    let tenth = reference.len() - reference.len() * 9 / 10;
    let beyond = tenth.max(FEWEST_BEYOND.min(reference.len() / 2));
    let (below, tail) = reference.split_at(reference.len() - beyond);
    let from = below.last().map_or(0.0, |&last| f64::from(last));
    if beyond >= FEWEST_BEYOND && score > from && from > 0.0 {
        let logs = tail.iter().map(|&s| (f64::from(s) / from).ln());
        let mean = logs.sum::<f64>() / tail.len() as f64;
        if mean > LEAST_SPREAD {
            let share = (reference.len() as f64 / beyond as f64).ln();
            return share + (score / from).ln() / mean;
        }
    }
    let least = reference.first().map_or(0.0, |&least| f64::from(least));
    if score <= least && least > 0.0 {
        // Rows more usual than all held-out ones differ, too: up to the surprise of the
        // next p-value.
        let rows = reference.len() as f64;
        return score / least * ((rows + 1.0) / rows).ln();
    }
    0.0 - f64::from(p_value(reference, score as f32)).ln()
}

/// Refuses errors that are below 0, or out of order.
fn sorted(name: &str, errors: &[f32]) -> Result<(), String> {
    let right = |pair: &[f32]| pair[0].partial_cmp(&pair[1]).is_some_and(Ordering::is_le);
    let first = errors.first().is_none_or(|&first| first >= 0.0);
    match first && errors.windows(2).all(right) {
        true => Ok(()),
        false => Err(format!("errors of '{name}' that are not sorted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_more_usual_than_all_held_out_ones_differ_too() {
        let reference: Vec<f32> = (1..=200).map(|at| at as f32).collect();
        let found = [0.0, 0.5, 0.999, 1.0, 1.5].map(|score| surprise(&reference, score));
        assert!(found[0] == 0.0 && found[0].is_sign_positive());
        assert!(found.windows(2).all(|pair| pair[0] <= pair[1]), "{found:?}");
        assert!(found[1] > 0.0 && found[2] < surprise(&reference, 2.0));
    }
}

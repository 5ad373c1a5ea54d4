//! Measures the errors of held-out rows, among which the scores of other rows
//! get their percentiles.

use super::reference::{COUNTS, Reference};
use super::row_errors::Scorer;
use super::score::errors;
use crate::base::random::{Draws, Stream};
use crate::config::Missing;
use crate::data::scale::Prepared;
use crate::data::table::{Table, Values};
use crate::settings::DataConfig;

/// Number of errors kept in a model, for percentiles of new rows.
const KEPT: usize = 5_000;
/// Rows that each number of missing cells is measured on, and errors that are
/// kept for each.
const ROWS: usize = 1_000;
/// Fewer errors than this say nothing.
const FEWEST: usize = 10;
/// Values that rows are copied to at a time.
const MOST_VALUES: usize = 1 << 22;

/// Measures some rows of prepared data.
pub(crate) fn reference(
    scorer: &Scorer,
    data: &Prepared,
    rows: &[usize],
    config: &DataConfig,
    seed: u64,
) -> Reference {
    // Of a network whose reconstructions are not finite, no error is kept.
    let mut all = errors(scorer, data, &spaced(rows, KEPT)).unwrap_or_default();
    all.retain(|error| !error.is_nan());
    all.sort_by(f32::total_cmp);
    let mut by_missing = Vec::new();
    if config.missing != Missing::Refuse && matches!(data.table.values, Values::Floats(_)) {
        by_missing = of_fewer_cells(scorer, data, rows, seed);
    }
    Reference { all, by_missing }
}

/// Returns at most so many of the rows, evenly spaced.
pub(super) fn spaced(rows: &[usize], most: usize) -> Vec<usize> {
    let step = rows.len().div_ceil(most).max(1);
    rows.iter().copied().step_by(step).collect()
}

/// Returns the errors of rows of which cells are taken away at random until so
/// many are missing.
fn of_fewer_cells(
    scorer: &Scorer,
    data: &Prepared,
    rows: &[usize],
    seed: u64,
) -> Vec<(usize, Vec<f32>)> {
    let columns = data.scaler.columns();
    let rows = spaced(rows, ROWS.min(MOST_VALUES / columns).max(1));
    let counts = (0..COUNTS.min(columns)).map(|at| match columns <= COUNTS {
        true => at,
        false => at * columns / COUNTS,
    });
    let mut found: Vec<(usize, Vec<f32>)> = Vec::new();
    for count in counts {
        let enough = |&row: &usize| data.missing_columns(row) <= count;
        let of: Vec<usize> = rows.iter().copied().filter(enough).collect();
        // If nearly all rows are whole, rows as they are stand for whole ones.
        if of.is_empty() || count == 0 && of.len() * 10 >= rows.len() * 9 {
            continue;
        }
        let turns = (ROWS / 3).div_ceil(of.len());
        let mut errors_of: Vec<f32> = Vec::new();
        for turn in 0..turns as u64 {
            let fewer = with_missing(data, &of, count, seed, turn);
            let Ok(fewer) = data.scaler.fit_to(&fewer) else {
                return Vec::new();
            };
            let all: Vec<usize> = (0..of.len()).collect();
            errors_of.extend(errors(scorer, &fewer, &all).unwrap_or_default());
        }
        if errors_of.len() >= FEWEST {
            errors_of.sort_by(f32::total_cmp);
            found.push((count, errors_of));
        }
    }
    // A tensor has rows of one length.
    let kept = found
        .iter()
        .map(|(_, errors)| errors.len())
        .min()
        .unwrap_or(0);
    for (_, errors) in &mut found {
        let (last, all) = (errors.len() - 1, errors.clone());
        let at = |place: usize| all[place * last / (kept - 1)];
        *errors = (0..kept).map(at).collect();
    }
    found
}

/// Returns rows with cells taken away until `count` are missing in each.
fn with_missing(data: &Prepared, rows: &[usize], count: usize, seed: u64, turn: u64) -> Table {
    let mut table = data.table.select(rows);
    let width = table.columns.len();
    let Values::Floats(values) = &mut table.values else {
        return table;
    };
    for (row, values) in rows.iter().zip(values.chunks_exact_mut(width)) {
        let part = count as u64 * ROWS as u64 + turn;
        let mut draws = Draws::new(seed, Stream::Missing, *row as u64, part);
        let known = data.known_columns(*row);
        let take = count - (data.scaler.columns() - known.len());
        let order = draws.permutation(known.len());
        for place in order.into_iter().take(take) {
            values[known[place]] = f32::NAN;
        }
    }
    table
}

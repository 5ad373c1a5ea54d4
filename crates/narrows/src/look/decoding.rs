//! Shows what codes decode to: one unit moved at a time, a grid over a code of
//! two units, the way between rows, and new rows with their nearest old rows.

use serde::Serialize;

use super::neighbours::{nearest, squared_distance};
use super::pick::{falling, spaced};
use super::rows::{RowDisplay, RowShape, RowValues};
use super::sample::Sample;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::data::table::Table;
use crate::model::{Model, NewRows};

/// Number of units moved, the most varying first, and of places for each.
const UNITS: usize = 10;
const PLACES: usize = 9;
/// Places on a side of the grid.
const SIDE: usize = 15;
/// Pairs of rows, and steps from one row to the other, ends included.
const PAIRS: usize = 6;
const STEPS: usize = 9;
/// Number of new rows, and of old rows searched for the nearest ones.
const NEW: usize = 12;
const OLD: usize = 60_000;
/// Old rows in memory at a time, and old rows that give the usual distance.
const PART: usize = 2_000;
const USUAL: usize = 100;
/// Features followed along a way.
const MOVES: usize = 6;

/// What codes decode to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Decoding {
    /// The form of decoded rows.
    #[serde(flatten)]
    pub shape: RowShape,
    /// The row whose code is nearest to the mean code, counted from 1;
    /// traversals pass through it.
    pub middle: usize,
    /// Units moved alone, the most varying first.
    pub traversals: Vec<Traversal>,
    /// A grid, for a code of two units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<Grid>,
    /// Ways between rows.
    pub interpolations: Vec<Interpolation>,
    /// New rows, if the model can generate them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
}

/// One unit moved over its range while the others stay as in the middle row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Traversal {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// Values of the unit, from its 2nd to its 98th percentile over the rows.
    pub at: Vec<f32>,
    /// The decoded rows.
    pub rows: Vec<RowValues>,
    /// For tables, the features that move most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
}

/// A feature at each place of a way, in scaled units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Move {
    /// The column's name, or `column=level` for a category.
    pub feature: String,
    /// The feature's value at each place.
    pub values: Vec<f32>,
}

/// A code of two units, decoded at the crossings of a grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Grid {
    /// The first unit's values, rising, from its 2nd to its 98th percentile.
    pub first: Vec<f32>,
    /// The second unit's values, falling: the first line is the top.
    pub second: Vec<f32>,
    /// Decoded rows line by line, `[second, first]`.
    pub rows: Vec<RowValues>,
    /// For tables, the features that move most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
}

/// The way from one row to another through the code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interpolation {
    /// The first row's number, counted from 1.
    pub from: usize,
    /// The last row's number, counted from 1.
    pub to: usize,
    /// The rows' labels, if the table has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<[String; 2]>,
    /// The first row as it was read.
    pub first: RowValues,
    /// Decoded mixes of the two codes in equal steps, both ends included.
    pub rows: Vec<RowValues>,
    /// The last row as it was read.
    pub last: RowValues,
    /// For tables, the features that move most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
}

/// New rows with the most similar old ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Generated {
    /// Whether the old rows are from the training data.
    pub training: bool,
    /// Number of old rows searched.
    pub old: usize,
    /// One entry for each new row.
    pub rows: Vec<NewRow>,
    /// The mean distance from an old row to the nearest other old row, in
    /// scaled units, to compare with; `None` for a single old row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual_distance: Option<f32>,
}

/// A new row and the old row that is nearest to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewRow {
    /// The generated row.
    pub row: RowValues,
    /// The nearest old row.
    pub nearest: RowValues,
    /// The nearest old row's number, counted from 1.
    pub nearest_row: usize,
    /// The Euclidean distance between the two, in scaled units.
    pub distance: f32,
}

/// Decodes from the codes of a sample. New rows are compared with the training
/// data if it is given, else with the rows looked at.
pub(super) fn decoding(
    model: &Model,
    data: &Prepared,
    sample: &Sample,
    training: Option<&Table>,
) -> Result<Decoding> {
    let shown = RowDisplay::new(data);
    let names = match data.scaler.image {
        Some(_) => Vec::new(),
        None => data.scaler.feature_names(),
    };
    let decoded = |codes: &[f32]| {
        let features = model.inference().decode(codes, codes.len() / sample.units);
        (shown.of(&features), moves(&names, &features))
    };
    let middle = sample.middle();
    let around = sample.code(middle);
    let traversal = |unit: usize| {
        let at = steps(sample.range(unit), PLACES);
        let codes: Vec<f32> = at.iter().flat_map(|&to| moved(around, unit, to)).collect();
        let (rows, moves) = decoded(&codes);
        Traversal {
            unit: unit + 1,
            at,
            rows,
            moves,
        }
    };
    let grid = || {
        let first = steps(sample.range(0), SIDE);
        let mut second = steps(sample.range(1), SIDE);
        second.reverse();
        let crossing = |&y: &f32| {
            first
                .iter()
                .flat_map(move |&x| [x, y])
                .collect::<Vec<f32>>()
        };
        let codes: Vec<f32> = second.iter().flat_map(crossing).collect();
        let (rows, moves) = decoded(&codes);
        Grid {
            first: first.clone(),
            second,
            rows,
            moves,
        }
    };
    Ok(Decoding {
        shape: shown.shape(),
        middle: data.table.number_of(sample.rows[middle]),
        traversals: sample
            .varying()
            .into_iter()
            .take(UNITS)
            .map(traversal)
            .collect(),
        grid: (sample.units == 2).then(grid),
        interpolations: interpolations(data, sample, &shown, decoded),
        generated: generated(model, data, training, &shown)?,
    })
}

/// Returns equal steps from the first to the second end.
fn steps((low, high): (f32, f32), count: usize) -> Vec<f32> {
    let last = (count - 1) as f32;
    (0..count)
        .map(|at| low + (high - low) * at as f32 / last)
        .collect()
}

fn moved(code: &[f32], unit: usize, to: f32) -> Vec<f32> {
    let mut code = code.to_vec();
    code[unit] = to;
    code
}

/// Returns the features with the widest range over rows of features, which are
/// in the order of `names`; empty without names.
fn moves(names: &[String], features: &[f32]) -> Vec<Move> {
    let of = |at: usize| features.iter().skip(at).step_by(names.len()).copied();
    let range = |at: usize| of(at).fold(f32::MIN, f32::max) - of(at).fold(f32::MAX, f32::min);
    let ranges: Vec<f32> = (0..names.len()).map(range).collect();
    let feature = |&at: &usize| Move {
        feature: names[at].clone(),
        values: of(at).collect(),
    };
    falling(&ranges).iter().take(MOVES).map(feature).collect()
}

/// Pairs evenly spaced rows, each with the next, of another label if there is
/// one.
fn interpolations(
    data: &Prepared,
    sample: &Sample,
    shown: &RowDisplay,
    decoded: impl Fn(&[f32]) -> (Vec<RowValues>, Vec<Move>),
) -> Vec<Interpolation> {
    let places = spaced(sample.rows.len(), 2 * PAIRS);
    let labels = data.table.labels.as_ref().map(|tags| &tags.values);
    let pair = |pair: &[usize]| {
        let &[from, mut to] = pair else {
            return None;
        };
        if let Some(labels) = labels {
            let other = |&place: &usize| labels[sample.rows[place]] != labels[sample.rows[from]];
            to = (to..sample.rows.len()).find(other).unwrap_or(to);
        }
        let mixed = steps((0.0, 1.0), STEPS).into_iter().flat_map(|share| {
            let pairs = sample.code(from).iter().zip(sample.code(to));
            pairs.map(move |(a, b)| a * (1.0 - share) + b * share)
        });
        let ends = [sample.rows[from], sample.rows[to]];
        let mut inputs = shown.of_data(data, &ends).into_iter();
        let (rows, moves) = decoded(&mixed.collect::<Vec<f32>>());
        Some(Interpolation {
            from: data.table.number_of(ends[0]),
            to: data.table.number_of(ends[1]),
            labels: labels.map(|labels| ends.map(|row| labels[row].clone())),
            rows,
            moves,
            first: inputs.next()?,
            last: inputs.next()?,
        })
    };
    places.chunks(2).filter_map(pair).collect()
}

/// Returns new rows; `None` if the model cannot generate any.
fn generated(
    model: &Model,
    data: &Prepared,
    training: Option<&Table>,
    shown: &RowDisplay,
) -> Result<Option<Generated>> {
    let seed = model.config.seed;
    let (new, values) = match model.new_rows() {
        NewRows::Drawn => {
            let table = model.generate(NEW, seed)?;
            let drawn = model.prepare(&table)?;
            (drawn.range(0, NEW), shown.of_table(&table))
        }
        NewRows::Means => match model.new_features(NEW, seed, |_| {}) {
            Some(means) => {
                let values = shown.of(&means);
                (means, values)
            }
            None => return Ok(None),
        },
    };
    let old_data = training.map(|table| model.prepare(table)).transpose()?;
    let old = old_data.as_ref().unwrap_or(data);
    let rows = spaced(old.rows(), OLD);
    let found = nearest_rows(old, &rows, &new, 1);
    // Each of these rows is its own nearest one, or as near as a copy.
    let some: Vec<usize> = spaced(rows.len(), USUAL)
        .iter()
        .map(|&at| rows[at])
        .collect();
    let others = nearest_rows(old, &rows, &old.gather(&some), 2);
    let usual = some.iter().zip(&others).filter_map(|(own, others)| {
        let mut others = others.iter().filter(|(_, row)| row != own);
        others.next().map(|(distance, _)| *distance)
    });
    let usual: Vec<f64> = usual.collect();
    let mean = usual.iter().sum::<f64>() / usual.len() as f64;
    let nearest: Vec<usize> = found.iter().flatten().map(|(_, row)| *row).collect();
    let nearest_values = shown.of_data(old, &nearest);
    let new_row = |((found, row), nearest): ((&Near, RowValues), RowValues)| {
        let &(distance, at) = found.first()?;
        Some(NewRow {
            row,
            nearest,
            nearest_row: old.table.number_of(at),
            distance: distance as f32,
        })
    };
    let all = found.iter().zip(values).zip(nearest_values);
    Ok(Some(Generated {
        training: training.is_some(),
        old: rows.len(),
        rows: all.filter_map(new_row).collect(),
        usual_distance: (!usual.is_empty()).then_some(mean as f32),
    }))
}

/// Rows near a query: the distance of each, and its place in the table.
type Near = Vec<(f64, usize)>;

/// Finds the `k` nearest of some rows to each query, with their distances,
/// nearest first. Works on a few rows at a time, so that data of any size fits.
fn nearest_rows(data: &Prepared, rows: &[usize], queries: &[f32], k: usize) -> Vec<Near> {
    let width = data.features();
    let mut best: Vec<Near> = vec![Vec::new(); queries.len() / width];
    for part in rows.chunks(PART) {
        let features = data.gather(part);
        let found = nearest(&features, queries, width, k);
        let each = best.iter_mut().zip(found).zip(queries.chunks_exact(width));
        for ((best, found), query) in each {
            best.extend(found.into_iter().map(|at| {
                let row = &features[at * width..(at + 1) * width];
                (squared_distance(query, row).sqrt(), part[at])
            }));
            best.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            best.truncate(k);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_equal_and_reach_both_ends() {
        assert_eq!(steps((-1.0, 1.0), 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn the_features_that_move_most_come_first() {
        let names: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let found = moves(&names, &[0.0, 5.0, 1.0, 0.5, 5.0, -1.0]);
        let order: Vec<&str> = found.iter().map(|m| m.feature.as_str()).collect();
        assert_eq!(order, ["c", "a", "b"]);
        assert_eq!(found[0].values, [1.0, -1.0]);
    }
}

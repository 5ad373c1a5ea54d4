//! Maps which cells of a table are missing.

use serde::Serialize;

use super::pick::spaced;
use crate::data::scale::Prepared;

/// The most rows of a map, and the most columns.
const ROWS: usize = 100;
const COLUMNS: usize = 60;

/// Which cells of some rows are missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Holes {
    /// The number of all rows.
    pub rows: usize,
    /// The number of rows that lack a cell.
    pub lacking: usize,
    /// The number of columns that have missing cells.
    pub columns_with_holes: usize,
    /// The rows of the map, evenly spaced: their numbers in the data, counted
    /// from 1.
    pub shown: Vec<usize>,
    /// The columns of the map: at most 60 of those that have missing cells, the
    /// most missing first.
    pub columns: Vec<HoledColumn>,
}

/// A column with missing cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HoledColumn {
    /// The column's name.
    pub name: String,
    /// The share of all rows that lack its cell, above 0, at most 1.
    pub share: f64,
    /// Whether each row of the map lacks it.
    pub missing: Vec<bool>,
}

/// Maps the missing cells; `None` for images, and where none is missing.
pub(super) fn holes(data: &Prepared) -> Option<Holes> {
    if data.scaler.image.is_some() {
        return None;
    }
    let names = data.scaler.column_names();
    let mut counts = vec![0usize; names.len()];
    let mut lacking = 0;
    for row in 0..data.rows() {
        let lacks = data.lacking(row);
        lacking += usize::from(!lacks.is_empty());
        lacks.iter().for_each(|&(column, _)| counts[column] += 1);
    }
    let mut order: Vec<usize> = (0..names.len()).filter(|&at| counts[at] > 0).collect();
    if order.is_empty() {
        return None;
    }
    // In the data's order among equals.
    order.sort_by_key(|&at| std::cmp::Reverse(counts[at]));
    let rows = spaced(data.rows(), ROWS);
    let column = |&at: &usize| HoledColumn {
        name: names[at].clone(),
        share: counts[at] as f64 / data.rows() as f64,
        missing: rows
            .iter()
            .map(|&row| data.table.value(row, data.place_of(at)).is_nan())
            .collect(),
    };
    Some(Holes {
        rows: data.rows(),
        lacking,
        columns_with_holes: order.len(),
        columns: order.iter().take(COLUMNS).map(column).collect(),
        shown: rows.iter().map(|&row| data.table.number_of(row)).collect(),
    })
}

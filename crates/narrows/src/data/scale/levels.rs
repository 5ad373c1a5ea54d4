//! The levels of a category: which texts are told apart.

use super::ColumnScale;
use super::summary::commonest;
use crate::data::rare::{OTHER, told_apart};
use crate::data::table::Table;

/// Returns the scale of a category column. With `joins`, rare texts become one
/// level, the last, which texts that no training row had become too.
pub(super) fn category(
    table: &Table,
    rows: &[usize],
    column: usize,
    levels: &[String],
    joins: bool,
    fill: bool,
) -> ColumnScale {
    let name = table.columns[column].name.clone();
    let commonest = fill.then(|| commonest(table, rows, column, levels.len()));
    let mut counts = vec![0; levels.len()];
    for row in 0..table.rows() {
        let value = table.value(row, column);
        if !value.is_nan() {
            counts[value as usize] += 1;
        }
    }
    let mut kept = told_apart(&counts);
    if !joins || kept.iter().all(|kept| *kept) {
        return ColumnScale::Category {
            name,
            levels: levels.to_vec(),
            rare: Vec::new(),
            fill: commonest,
        };
    }
    if let Some(at) = levels.iter().position(|level| level == OTHER) {
        kept[at] = false;
    }
    let by = |wanted: bool| {
        let levels = levels.iter().zip(&kept);
        levels.filter(move |(_, kept)| **kept == wanted)
    };
    let mut common: Vec<String> = by(true).map(|(level, _)| level.clone()).collect();
    let place = |at: usize| match kept[at] {
        true => kept[..at].iter().filter(|kept| **kept).count(),
        false => common.len(),
    };
    let fill = commonest.map(place);
    common.push(OTHER.into());
    ColumnScale::Category {
        name,
        levels: common,
        rare: by(false).map(|(level, _)| level.clone()).collect(),
        fill,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::{Column, Values};

    #[test]
    fn rare_texts_become_one_level_where_they_may() {
        let mut values = vec![0.0; 600];
        values.extend([1.0; 3]);
        values.extend([2.0; 500]);
        values.extend([3.0, f32::NAN]);
        let levels = ["a", "b", "c", "d"];
        let columns = vec![Column::category("x", levels)];
        let table = Table::new(columns, Values::Floats(values)).unwrap();
        let levels = levels.map(String::from);
        let rows: Vec<usize> = (0..table.rows()).collect();
        let ColumnScale::Category {
            levels: kept,
            rare,
            fill,
            ..
        } = category(&table, &rows[600..], 0, &levels, true, true)
        else {
            panic!()
        };
        assert_eq!(kept, ["a", "c", OTHER]);
        assert_eq!(rare, ["b", "d"]);
        assert_eq!(fill, Some(1), "the commonest of the training rows is c");
        let ColumnScale::Category {
            levels: kept, rare, ..
        } = category(&table, &rows, 0, &levels, false, false)
        else {
            panic!()
        };
        assert_eq!(kept, levels);
        assert!(rare.is_empty());
    }
}

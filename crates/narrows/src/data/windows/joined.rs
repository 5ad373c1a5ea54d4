//! Puts rows of a part after those that were kept of earlier ones.

use crate::data::table::{ColumnKind, Table, Tags, Values};

/// Returns the rows of a part after those that were kept of earlier ones.
pub fn joined(kept: Table, rows: Table) -> Table {
    let places = |table: &Table| {
        (0..table.rows())
            .map(|row| table.number_of(row) - 1)
            .collect()
    };
    let mut all: Vec<usize> = places(&kept);
    all.extend::<Vec<usize>>(places(&rows));
    let width = rows.columns.len();
    let mut columns = rows.columns.clone();
    let mut values = Vec::with_capacity(all.len() * width);
    for row in 0..kept.rows() {
        for (at, column) in columns.iter_mut().enumerate() {
            let value = kept.value(row, at);
            values.push(match (&kept.columns[at].kind, &mut column.kind) {
                (ColumnKind::Category(old), ColumnKind::Category(levels)) if !value.is_nan() => {
                    place_among(levels, &old[value as usize]) as f32
                }
                _ => value,
            });
        }
    }
    for row in 0..rows.rows() {
        rows.push_row(row, &mut values);
    }
    let after = |kept: &Tags, rows: Tags| Tags {
        values: kept.values.iter().cloned().chain(rows.values).collect(),
        ..rows
    };
    let ids = kept
        .ids
        .iter()
        .zip(rows.ids)
        .map(|(kept, rows)| after(kept, rows));
    Table {
        columns,
        values: Values::Floats(values),
        ids: ids.collect(),
        labels: kept
            .labels
            .as_ref()
            .zip(rows.labels)
            .map(|(kept, rows)| after(kept, rows)),
        places: Some(all),
        texts: kept.texts.zip(rows.texts).map(|(mut kept, rows)| {
            kept.cells.extend(rows.cells);
            kept
        }),
        ..rows
    }
}

/// Returns the place of a level, which is added if it is not there.
fn place_among(levels: &mut Vec<String>, level: &str) -> usize {
    let known = levels.iter().position(|known| known == level);
    known.unwrap_or_else(|| {
        levels.push(level.into());
        levels.len() - 1
    })
}

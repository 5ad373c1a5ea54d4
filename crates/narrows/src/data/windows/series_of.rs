//! Parts rows into series.

use std::collections::HashMap;

use crate::data::table::Tags;

/// The series that rows belong to.
pub struct SeriesOf {
    pub names: Vec<String>,
    /// The rows of each.
    pub rows: Vec<Vec<usize>>,
    /// The series of each row, and its place there.
    pub place: Vec<(usize, usize)>,
}

impl SeriesOf {
    /// Parts rows by the texts of a column; without one they are one series.
    pub fn new(column: Option<&Tags>, rows: usize) -> Self {
        let mut found = SeriesOf {
            names: Vec::new(),
            rows: Vec::new(),
            place: Vec::with_capacity(rows),
        };
        let mut known: HashMap<&str, usize> = HashMap::new();
        for row in 0..rows {
            let name = column.map_or("", |column| column.values[row].as_str());
            let of = *known.entry(name).or_insert_with(|| {
                found.names.push(name.into());
                found.rows.push(Vec::new());
                found.names.len() - 1
            });
            found.place.push((of, found.rows[of].len()));
            found.rows[of].push(row);
        }
        found
    }
}

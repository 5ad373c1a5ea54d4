//! What the rows of a table are windows of.

use std::sync::Arc;

use super::{Column, Table, Values};

/// What the windows of a table are made of: each of its rows is `length` rows of a
/// series in succession, its columns those of the oldest row first, column by column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Windows {
    /// Rows of a window.
    pub length: usize,
    /// The rows of all windows, series by series, in the order of time.
    pub points: Arc<Vec<Point>>,
    /// The place among the points of the newest row of each window.
    pub newest: Vec<usize>,
    /// How times are written, where they are known.
    pub time_format: Option<String>,
    /// The time between two rows above which no window has both; 0 if there is none.
    pub gap: f64,
}

/// A row of a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Its place in the file, counted from 0.
    pub place: usize,
    /// When it was, as the file has it.
    pub time: Option<String>,
}

impl Windows {
    /// Returns these windows, of some rows of the table.
    pub fn select(&self, rows: &[usize]) -> Self {
        Windows {
            newest: rows.iter().map(|&row| self.newest[row]).collect(),
            points: Arc::clone(&self.points),
            time_format: self.time_format.clone(),
            ..*self
        }
    }

    /// Returns the row of the series that a window's cell comes from. `column` is the
    /// cell's column in the table.
    pub fn point(&self, row: usize, column: usize) -> &Point {
        &self.points[self.newest[row] - self.before(column)]
    }

    /// Returns how many rows before its newest a window's cell comes from.
    pub fn before(&self, column: usize) -> usize {
        self.length - 1 - column % self.length
    }

    /// Returns whether two windows have a row in common.
    pub fn overlap(&self, a: usize, b: usize) -> bool {
        self.newest[a].abs_diff(self.newest[b]) < self.length
    }
}

/// Returns the name of a column `before` rows ago.
pub(crate) fn name_before(column: &str, before: usize) -> String {
    match before {
        0 => column.into(),
        before => format!("{column} t-{before}"),
    }
}

impl Table {
    /// Returns how many rows of a series make one of these rows; `None` if they are no
    /// windows.
    pub fn window(&self) -> Option<usize> {
        self.windows.as_ref().map(|windows| windows.length)
    }

    /// Returns where in its series a window's cell comes from: the time, or else the
    /// row's number in the file. `None` if rows are no windows.
    pub fn time_of(&self, row: usize, column: usize) -> Option<String> {
        let point = self.windows.as_ref()?.point(row, column);
        let time = point.time.clone();
        Some(time.unwrap_or_else(|| (point.place + 1).to_string()))
    }

    /// Returns a table of the newest row of each window.
    pub(crate) fn newest(&self) -> Table {
        let Some(length) = self.window() else {
            return self.clone();
        };
        let columns: Vec<usize> = (length - 1..self.columns.len()).step_by(length).collect();
        let of_row = |row: usize| columns.iter().map(move |&at| self.value(row, at));
        let values = (0..self.rows()).flat_map(of_row).collect();
        let kept: Vec<Column> = columns.iter().map(|&at| self.columns[at].clone()).collect();
        let exact = self.exact.iter().filter_map(|exact| {
            let at = columns.iter().position(|&at| at == exact.column)?;
            Some(super::Exact {
                column: at,
                ..exact.clone()
            })
        });
        Table {
            columns: kept,
            values: Values::Floats(values),
            exact: exact.collect(),
            windows: None,
            origin: self.origin.clone(),
            labels: self.labels.clone(),
            ids: self.ids.clone(),
            places: self.places.clone(),
            unread: self.unread.clone(),
            notes: Vec::new(),
            formats: self.formats.clone(),
            texts: None,
            unusable: Vec::new(),
            ..*self
        }
    }
}

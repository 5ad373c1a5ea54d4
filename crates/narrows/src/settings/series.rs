//! Rows that are windows of a series.

use super::DataConfig;

/// How the rows of a series become windows: `data.window` and what stands beside it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Series {
    /// Rows of a window.
    pub window: usize,
    /// Rows from one window to the next.
    pub step: usize,
    /// The column that says when each row was; `None` if rows are in the order of time.
    pub time: Option<String>,
    /// How that column is written; `None` if its cells show it.
    pub time_format: Option<String>,
    /// The column that says which series each row belongs to; `None` if there is one.
    pub group: Option<String>,
    /// The time between two rows, in seconds, or as a column of numbers counts it, above
    /// which they are not in succession; 0 if they always are, `None` if the rows show it.
    pub gap: Option<f64>,
}

impl DataConfig {
    /// Returns how rows become windows; `None` if each is by itself.
    pub fn series(&self) -> Option<Series> {
        Some(Series {
            window: self.window?,
            step: self.step.unwrap_or(1),
            time: self.time.clone(),
            time_format: self.time_format.clone(),
            group: self.group.clone(),
            gap: self.gap,
        })
    }
}

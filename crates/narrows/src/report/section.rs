//! Defines a section of the report and the drawings in it.

use super::chart::Chart;
use super::listing::Listing;
use super::pictures::Picture;

/// One section: a title, a caption that says what to see, and drawings.
#[derive(Default)]
pub(super) struct Section {
    pub id: &'static str,
    pub title: String,
    pub says: String,
    /// Whether the caption stands above drawings as wide as the page.
    pub full: bool,
    pub drawings: Vec<Drawing>,
}

/// One drawing.
pub(super) enum Drawing {
    /// A heading over the drawings that follow.
    Heading { title: String, says: String },
    Chart {
        /// Classes with their names: lines or dots.
        legend: Vec<Key>,
        chart: Chart,
    },
    /// Small charts side by side, each with a name.
    Panels(Vec<Panel>),
    /// Lines of pictures, each with a name.
    Strips(Vec<Strip>),
    /// Rows of a table.
    Cells(Grid),
    /// Texts and bars in lines.
    Listing(Listing),
    /// Pictures one below the other, side by side with others.
    Stacks(Vec<Pictures>),
    /// Pictures that belong together, in lines of `across`.
    Tiles {
        across: usize,
        pictures: Vec<Picture>,
    },
}

/// The meaning of a colour.
pub(super) struct Key {
    pub class: String,
    pub name: String,
    pub line: bool,
}

impl Key {
    pub fn line(class: &str, name: impl Into<String>) -> Self {
        Key {
            class: class.into(),
            name: name.into(),
            line: true,
        }
    }

    pub fn dot(class: impl Into<String>, name: impl Into<String>) -> Self {
        Key {
            class: class.into(),
            name: name.into(),
            line: false,
        }
    }
}

/// A small chart with a name.
pub(super) struct Panel {
    pub name: String,
    pub note: String,
    pub chart: Chart,
}

/// Pictures in a line.
pub(super) struct Strip {
    pub name: String,
    pub note: String,
    pub pictures: Vec<Picture>,
}

/// One image: its input, reconstruction and PCA's.
pub(super) struct Pictures {
    pub stack: Vec<Picture>,
    pub caption: String,
    pub label: Option<String>,
    pub error: String,
}

/// Rows of a table: for each column input and reconstruction.
pub(super) struct Grid {
    pub columns: Vec<String>,
    pub rows: Vec<GridRow>,
}

impl Grid {
    /// Returns whether any row shows an error.
    pub fn has_errors(&self) -> bool {
        self.rows.iter().any(|row| !row.error.is_empty())
    }
}

/// One row of a table.
pub(super) struct GridRow {
    pub name: String,
    pub cells: Vec<GridCell>,
    pub error: String,
}

/// One value and its reconstruction.
pub(super) struct GridCell {
    pub input: String,
    pub output: String,
    /// Strength of the cell's tint, 0 to 1.
    pub tint: String,
    pub title: String,
}

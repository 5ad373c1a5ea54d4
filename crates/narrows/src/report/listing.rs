//! Defines a table of texts and bars, as a page and a drawing of its own show
//! it.

/// A table: what its columns are called, and its lines.
pub(super) struct Listing {
    pub head: Vec<Title>,
    pub lines: Vec<Vec<Entry>>,
    /// What stands below it, such as how many lines are left out.
    pub more: String,
}

/// What a column is called.
pub(super) struct Title {
    pub name: &'static str,
    pub is_number: bool,
}

/// What a line has in a column.
pub(super) enum Entry {
    /// A name or a text; what is small stands below it.
    Text { text: String, small: String },
    /// A number or two, at the right end.
    Number { text: String, small: String },
    /// A bar, its length in percent.
    Bar { length: String },
}

impl Entry {
    pub fn text(text: impl Into<String>, small: impl Into<String>) -> Self {
        Entry::Text {
            text: text.into(),
            small: small.into(),
        }
    }

    pub fn number(text: impl Into<String>, small: impl Into<String>) -> Self {
        Entry::Number {
            text: text.into(),
            small: small.into(),
        }
    }

    /// Returns a bar of a share, 0 to 1; none is longer or shorter.
    pub fn bar(share: f64) -> Self {
        Entry::Bar {
            length: format!("{:.1}", 100.0 * share.clamp(0.0, 1.0)),
        }
    }

    /// Returns the width beside that of others, the first of a line apart.
    pub fn weight(&self) -> f64 {
        match self {
            Entry::Text { .. } => 2.0,
            Entry::Number { .. } => 1.1,
            Entry::Bar { .. } => 1.2,
        }
    }

    /// Returns whether something small stands below.
    pub fn has_small(&self) -> bool {
        match self {
            Entry::Text { small, .. } | Entry::Number { small, .. } => !small.is_empty(),
            Entry::Bar { .. } => false,
        }
    }
}

/// Says how many lines are left out; nothing if none are.
pub(super) fn more(all: usize, most: usize) -> String {
    match all.saturating_sub(most) {
        0 => String::new(),
        left => format!("and {} more", super::text::count(left)),
    }
}

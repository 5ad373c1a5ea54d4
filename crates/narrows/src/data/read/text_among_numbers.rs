//! Collects the columns that were taken for numbers but hold text, to report
//! all of them at once, with settings that accept them.

use std::collections::BTreeSet;

/// The most different texts in a column of categories.
const CATEGORIES: usize = 20;

/// A column of numbers in which text was found.
#[derive(Debug)]
pub(super) struct TextAmongNumbers {
    /// The row of the first text, counted from 0.
    pub row: usize,
    /// The first text.
    pub text: String,
    /// The number of cells that are numbers.
    pub numbers: usize,
    texts: usize,
    different: BTreeSet<String>,
}

impl TextAmongNumbers {
    /// Creates the record at the first text, after `numbers` cells that are
    /// numbers.
    pub fn new(row: usize, text: &str, numbers: usize) -> Self {
        let mut refused = TextAmongNumbers {
            row,
            text: text.into(),
            numbers,
            texts: 0,
            different: BTreeSet::new(),
        };
        refused.add(text);
        refused
    }

    /// Adds another cell of text.
    pub fn add(&mut self, text: &str) {
        self.texts += 1;
        if self.different.len() <= CATEGORIES {
            self.different.insert(text.into());
        }
    }

    /// Returns whether the first text is the only one, among numbers.
    pub fn is_single(&self) -> bool {
        self.texts == 1 && self.numbers > 0
    }

    /// Returns whether a few texts occur again and again.
    fn is_category(&self) -> bool {
        let different = self.different.len();
        self.numbers == 0 && (2..=CATEGORIES).contains(&different) && self.texts >= 2 * different
    }
}

/// Returns the settings that accept the columns, in addition to those already
/// named: `data.one_hot` for categories, `data.ignore` for others.
pub(super) fn settings(
    refused: &[(&str, &TextAmongNumbers)],
    one_hot: &[String],
    ignore: &[String],
) -> Vec<(&'static str, Vec<String>)> {
    let setting = |key, known: &[String], categories: bool| {
        let new = refused
            .iter()
            .filter(|(_, r)| r.is_category() == categories);
        let new: Vec<&str> = new.map(|(name, _)| *name).collect();
        if new.is_empty() {
            return None;
        }
        let names = known.iter().map(String::as_str).chain(new);
        Some((key, names.map(String::from).collect()))
    };
    let settings = [
        setting("data.one_hot", one_hot, true),
        setting("data.ignore", ignore, false),
    ];
    settings.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_few_texts_become_categories_and_others_are_left_out() {
        let mut colour = TextAmongNumbers::new(0, "red", 0);
        for text in ["blue", "red", "blue"] {
            colour.add(text);
        }
        let mut note = TextAmongNumbers::new(0, "well, well", 0);
        note.add("hm");
        let refused = [("colour", &colour), ("my note", &note)];
        assert_eq!(
            settings(&refused, &[], &[]),
            [
                ("data.one_hot", vec!["colour".to_string()]),
                ("data.ignore", vec!["my note".into()]),
            ]
        );
        assert_eq!(
            settings(&refused[..1], &["kind".into()], &[]),
            [("data.one_hot", vec!["kind".to_string(), "colour".into()])]
        );
    }
}

//! Collects the columns that were taken for numbers but hold text, to report
//! all of them at once, with settings that accept them.

use std::collections::BTreeSet;

use super::observed::is_code;
use crate::data::number_format::Written;

/// The most different texts in a column of categories.
const CATEGORIES: usize = 20;
/// The most different texts that are exceptions among numbers.
const EXCEPTIONS: usize = 8;
/// The most different texts that are counted.
const COUNTED: usize = 1000;

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
    /// Whether every text is a number with a comma that may mark decimals or
    /// thousands.
    commas: bool,
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
            commas: true,
            different: BTreeSet::new(),
        };
        refused.add(text);
        refused
    }

    /// Adds another cell of text.
    pub fn add(&mut self, text: &str) {
        self.texts += 1;
        self.commas &= is_open(text);
        if self.different.len() <= COUNTED {
            self.different.insert(text.into());
        }
    }

    /// Returns whether the first text is the only one, among numbers.
    pub fn is_single(&self) -> bool {
        self.texts == 1 && self.numbers > 0
    }

    /// Returns whether every text is a number with a comma, which may mark
    /// decimals or thousands.
    pub fn has_two_readings(&self) -> bool {
        self.commas
    }

    /// Returns whether the first text is digits that are no number.
    pub fn is_code(&self) -> bool {
        is_code(&self.text)
    }

    /// Returns the texts if they are a few among many numbers, as mistakes and
    /// markers of missing cells are.
    fn exceptions(&self) -> impl Iterator<Item = &String> {
        // A text of several lines may be rows that a quote has taken in.
        let lines = self
            .different
            .iter()
            .any(|text| text.contains(['\n', '\r']));
        let few = self.different.len() <= EXCEPTIONS
            && self.numbers >= 9 * self.texts
            && !lines
            && !self.is_code();
        self.different.iter().filter(move |_| few && !self.commas)
    }

    /// Returns whether a few texts occur again and again.
    fn is_category(&self) -> bool {
        let different = self.different.len();
        self.numbers == 0 && (2..=CATEGORIES).contains(&different) && self.texts >= 2 * different
    }
}

/// Returns whether the comma of a number may mark decimals or thousands, as in
/// `1,234`.
fn is_open(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let open = |digits_of: &str| {
        let parts = digits_of.split_once(',');
        parts.is_some_and(|(whole, rest)| {
            (1..=3).contains(&whole.len()) && rest.len() == 3 && digits(whole) && digits(rest)
        })
    };
    Written::of(text).is_some_and(|written| open(written.digits))
}

/// Returns the settings that accept the columns, in addition to those already
/// named: `data.one_hot` for categories, `data.ignore` for others and for the
/// columns that are `empty`, `data.missing_values` for a few texts among many
/// numbers. If none of `others` columns of data would be left,
/// the columns with the fewest texts are taken for categories.
pub(super) fn settings(
    refused: &[(&str, &TextAmongNumbers)],
    others: usize,
    one_hot: &[String],
    ignore: &[String],
    missing: &[String],
    empty: Vec<String>,
) -> Vec<(&'static str, Vec<String>)> {
    let is_kept = |r: &TextAmongNumbers| r.is_category() || r.exceptions().next().is_some();
    let none_left = others == 0 && !refused.iter().any(|(_, r)| is_kept(r));
    let repeats = |r: &TextAmongNumbers| {
        let different = r.different.len();
        different > 1 && different <= COUNTED && different < r.texts + r.numbers
    };
    let repeating = refused.iter().filter(|(_, r)| none_left && repeats(r));
    let fewest = repeating.map(|(_, r)| r.different.len()).min();
    let is_category =
        |r: &TextAmongNumbers| r.is_category() || repeats(r) && fewest == Some(r.different.len());
    let exceptions = refused.iter().flat_map(|(_, r)| r.exceptions());
    let exceptions: Vec<String> = exceptions.cloned().collect();
    let others = refused
        .iter()
        .filter(|(_, r)| r.exceptions().next().is_none());
    let (categories, left_out): (Vec<_>, Vec<_>) = others.partition(|(_, r)| is_category(r));
    let names = |columns: Vec<&(&str, &TextAmongNumbers)>| {
        let names = columns.into_iter().map(|(name, _)| name.to_string());
        names.collect::<Vec<String>>()
    };
    let left_out = [names(left_out), empty].concat();
    let settings = [
        ("data.one_hot", one_hot, names(categories)),
        ("data.ignore", ignore, left_out),
        ("data.missing_values", missing, exceptions),
    ];
    let changed = settings.into_iter().filter(|(_, _, new)| !new.is_empty());
    changed
        .map(|(key, known, new)| (key, [known.to_vec(), new].concat()))
        .collect()
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
        let mut number = TextAmongNumbers::new(3, "oops", 8);
        let alone = |r: &TextAmongNumbers| settings(&[("n", r)], 1, &[], &[], &[], Vec::new());
        assert_eq!(alone(&number), [("data.ignore", vec!["n".to_string()])]);
        number.numbers += 1;
        assert_eq!(
            alone(&number),
            [("data.missing_values", vec!["oops".to_string()])]
        );
        let refused = [("colour", &colour), ("my note", &note)];
        assert_eq!(
            settings(&refused, 1, &[], &[], &[], Vec::new()),
            [
                ("data.one_hot", vec!["colour".to_string()]),
                ("data.ignore", vec!["my note".into()]),
            ]
        );
        assert_eq!(
            settings(&refused[..1], 1, &["kind".into()], &[], &[], Vec::new()),
            [("data.one_hot", vec!["kind".to_string(), "colour".into()])]
        );
    }
}

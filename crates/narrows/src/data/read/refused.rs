//! Columns that were taken for numbers and hold text: all of them are told of
//! at once, with settings that take them.

use std::collections::BTreeSet;

/// A text column of more different texts is hardly one of categories.
const CATEGORIES: usize = 20;

/// A column of numbers in which a text was found.
#[derive(Debug)]
pub(super) struct Refused {
    /// The row of the first text, counted from 0.
    pub row: usize,
    /// The first text.
    pub text: String,
    /// Cells that are numbers.
    pub numbers: usize,
    texts: usize,
    different: BTreeSet<String>,
}

impl Refused {
    /// From the first text, after some cells that were numbers.
    pub fn new(row: usize, text: &str, numbers: usize) -> Self {
        let mut refused = Refused {
            row,
            text: text.into(),
            numbers,
            texts: 0,
            different: BTreeSet::new(),
        };
        refused.add(text);
        refused
    }

    /// Another cell of text.
    pub fn add(&mut self, text: &str) {
        self.texts += 1;
        if self.different.len() <= CATEGORIES {
            self.different.insert(text.into());
        }
    }

    /// Whether the first text is the only one, among numbers.
    pub fn is_single(&self) -> bool {
        self.texts == 1 && self.numbers > 0
    }

    /// Whether a few texts come again and again.
    fn is_category(&self) -> bool {
        let different = self.different.len();
        self.numbers == 0 && (2..=CATEGORIES).contains(&different) && self.texts >= 2 * different
    }
}

/// `--set` arguments that take the columns, beside those named already:
/// categories by `data.one_hot`, others left out by `data.ignore`.
pub(super) fn settings(
    refused: &[(&str, &Refused)],
    one_hot: &[String],
    ignore: &[String],
) -> String {
    let argument = |key: &str, known: &[String], categories: bool| {
        let new = refused
            .iter()
            .filter(|(_, r)| r.is_category() == categories);
        let new: Vec<&str> = new.map(|(name, _)| *name).collect();
        if new.is_empty() {
            return None;
        }
        let names: Vec<String> = known
            .iter()
            .map(String::as_str)
            .chain(new)
            .map(item)
            .collect();
        Some(match &names[..] {
            [name] => format!("--set {}", shell(&format!("{key}={name}"))),
            names => format!("--set {}", shell(&format!("{key}=[{}]", names.join(",")))),
        })
    };
    let arguments = [
        argument("data.one_hot", one_hot, true),
        argument("data.ignore", ignore, false),
    ];
    arguments
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// A name as an item of a list: quoted unless it is a plain word.
fn item(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || "_-".contains(c));
    let word = name.chars().any(char::is_alphabetic) && name != "true" && name != "false";
    match plain && word && crate::data::cell::parse(name).is_none() {
        true => name.into(),
        false => serde_json::to_string(name).expect("a text is valid JSON"),
    }
}

/// An argument as a shell takes it.
fn shell(argument: &str) -> String {
    let plain = argument
        .chars()
        .all(|c| c.is_alphanumeric() || "_-.=".contains(c));
    match plain {
        true => argument.into(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_few_texts_become_categories_and_others_are_left_out() {
        let mut colour = Refused::new(0, "red", 0);
        for text in ["blue", "red", "blue"] {
            colour.add(text);
        }
        let mut note = Refused::new(0, "well, well", 0);
        note.add("hm");
        let refused = [("colour", &colour), ("my note", &note)];
        assert_eq!(
            settings(&refused, &[], &[]),
            r#"--set data.one_hot=colour --set 'data.ignore="my note"'"#
        );
        assert_eq!(
            settings(&refused[..1], &["kind".into()], &[]),
            "--set 'data.one_hot=[kind,colour]'"
        );
    }
}

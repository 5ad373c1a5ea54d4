//! Numbers the texts of a category column.

use std::collections::BTreeMap;

use crate::data::cell::{is_whole, without_zeros};

/// The most categories: more are surely a mistake, since each becomes an input
/// of the network.
pub(super) const MOST_LEVELS: usize = 65_536;

/// The texts seen so far, numbered in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Levels(BTreeMap<String, usize>);

impl Levels {
    /// How often a text is held while [`Levels::sort`] works: here, by place and
    /// in the list.
    pub const COPIES: usize = 3;

    /// Returns how many texts there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of a text, a new one if the text was not seen before;
    /// `None` if there are too many texts already.
    pub fn number(&mut self, text: &str) -> Option<f32> {
        if let Some(&number) = self.0.get(text) {
            return Some(number as f32);
        }
        let next = self.0.len();
        if next == MOST_LEVELS {
            return None;
        }
        self.0.insert(text.into(), next);
        Some(next as f32)
    }

    /// Returns whether [`Levels::sort`] drops zeros: all texts are whole numbers,
    /// and some of them have zeros after their point.
    pub fn drops_zeros(&self) -> bool {
        self.are_whole() && self.0.keys().any(|text| text.contains('.'))
    }

    fn are_whole(&self) -> bool {
        self.0.keys().all(|text| is_whole(without_zeros(text)))
    }

    /// Renumbers the values of the column to the order of their texts, and
    /// returns the texts in that order. Missing values are NaN and stay so.
    /// If all texts are whole numbers, zeros after their point are dropped: `3.0`
    /// is `3`. The value [`MOST_LEVELS`] stands for all further texts.
    pub fn sort<'a>(self, column: impl Iterator<Item = &'a mut f32>) -> Vec<String> {
        let mut sorted = vec![0.0; self.0.len()];
        let whole = self.are_whole();
        let mut texts: Vec<String> = Vec::with_capacity(self.0.len());
        let mut places = BTreeMap::new();
        for (text, old) in self.0 {
            let short = if whole { without_zeros(&text) } else { &text };
            let new = match places.get(short) {
                Some(&new) => new,
                None => {
                    places.insert(short.to_string(), texts.len());
                    texts.push(short.into());
                    texts.len() - 1
                }
            };
            sorted[old] = new as f32;
        }
        let mut more = false;
        for value in column.filter(|value| !value.is_nan()) {
            match sorted.get(*value as usize) {
                Some(&new) => *value = new,
                None => (more, *value) = (true, texts.len() as f32),
            }
        }
        if more {
            texts.push("…".into());
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_end_up_sorted() {
        let mut levels = Levels::default();
        let mut values: Vec<f32> = ["b", "c", "a", "b"]
            .iter()
            .map(|text| levels.number(text).unwrap())
            .collect();
        assert_eq!(levels.sort(values.iter_mut()), ["a", "b", "c"]);
        assert_eq!(values, [1.0, 2.0, 0.0, 1.0]);
    }

    #[test]
    fn a_whole_number_is_one_level_however_it_is_written() {
        let sorted = |texts: &[&str]| {
            let mut levels = Levels::default();
            let numbers = texts.iter().map(|text| levels.number(text).unwrap());
            let mut values: Vec<f32> = numbers.collect();
            (levels.sort(values.iter_mut()), values)
        };
        let (levels, values) = sorted(&["2.0", "0", "0.0", "2"]);
        assert_eq!(levels, ["0", "2"]);
        assert_eq!(values, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(sorted(&["1.0", "1.10"]).0, ["1.0", "1.10"]);
    }

    #[test]
    fn there_is_a_limit() {
        let mut levels = Levels::default();
        for i in 0..MOST_LEVELS {
            assert!(levels.number(&i.to_string()).is_some());
        }
        assert_eq!(levels.number("one more"), None);
        assert_eq!(levels.number("7"), Some(7.0));
    }
}

//! Numbers the texts of a category column.

use std::collections::BTreeMap;

/// The most categories: more are surely a mistake, since each becomes an input
/// of the network.
pub(super) const MOST_LEVELS: usize = 65_536;

/// The texts seen so far, numbered in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Levels(BTreeMap<String, usize>);

impl Levels {
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

    /// Renumbers the values of the column to the order of their texts, and
    /// returns the texts in that order. Missing values are NaN and stay so.
    pub fn sort<'a>(self, column: impl Iterator<Item = &'a mut f32>) -> Vec<String> {
        let mut sorted = vec![0.0; self.0.len()];
        for (new, &old) in self.0.values().enumerate() {
            sorted[old] = new as f32;
        }
        for value in column.filter(|value| !value.is_nan()) {
            *value = sorted[*value as usize];
        }
        self.0.into_keys().collect()
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
    fn there_is_a_limit() {
        let mut levels = Levels::default();
        for i in 0..MOST_LEVELS {
            assert!(levels.number(&i.to_string()).is_some());
        }
        assert_eq!(levels.number("one more"), None);
        assert_eq!(levels.number("7"), Some(7.0));
    }
}

//! Decides which texts stand for a missing cell.

use crate::data::cell::{is_missing, parse};

/// The texts that stand for a missing cell besides the usual ones, or, among
/// texts, instead of them.
pub(super) struct Markers {
    /// Each text that the settings name, with its number if it is one; `None`
    /// if they name none.
    own: Option<Vec<(String, Option<f32>)>>,
}

impl Markers {
    pub fn new(texts: Option<&[String]>) -> Self {
        let own = |text: &String| (text.clone(), parse(text));
        Markers {
            own: texts.map(|texts| texts.iter().map(own).collect()),
        }
    }

    /// Returns the texts that the settings name.
    pub fn own(&self) -> Vec<String> {
        let texts = self.own.iter().flatten();
        texts.map(|(text, _)| text.clone()).collect()
    }

    /// Returns whether the settings name the text, or a number of the same size.
    pub fn is_own(&self, text: &str) -> bool {
        let Some(own) = &self.own else {
            return false;
        };
        let number = parse(text);
        own.iter()
            .any(|(marker, value)| marker == text || number.is_some() && *value == number)
    }

    /// Returns whether the settings name the number.
    pub fn is_own_number(&self, number: f32) -> bool {
        let values = self.own.iter().flatten().map(|(_, value)| *value);
        values.into_iter().any(|value| value == Some(number))
    }

    /// Returns whether the text stands for a missing cell of a number column.
    pub fn is_missing_number(&self, text: &str) -> bool {
        is_missing(text) || self.is_own(text)
    }

    /// Returns whether the text stands for a missing cell of a column of texts.
    pub fn is_missing_text(&self, text: &str) -> bool {
        match self.own {
            None => is_missing(text),
            Some(_) => text.is_empty() || self.is_own(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_markers_stand_for_missing_cells_by_their_size() {
        let usual = Markers::new(None);
        assert!(usual.is_missing_text("NA") && usual.is_missing_number("NA"));
        let own = Markers::new(Some(&["-999".into(), "gone".into()]));
        for text in ["-999", "-999.0", "-9.99e2", "gone", ""] {
            assert!(
                own.is_missing_number(text) && own.is_missing_text(text),
                "{text}"
            );
        }
        assert!(own.is_missing_number("NA") && !own.is_missing_text("NA"));
        assert!(own.is_own_number(-999.0) && !own.is_own_number(999.0));
        assert!(!own.is_own("999"));
    }
}

//! Turns labels into classes.

use std::collections::BTreeSet;

use crate::data::cell::is_missing;
use crate::data::table::Tags;

/// Returns the distinct labels that are not missing, without surrounding
/// spaces: sorted as numbers if all are numbers, else as text.
pub(crate) fn classes(tags: &Tags) -> Vec<String> {
    let texts = tags.values.iter().map(|text| text.trim());
    let seen: BTreeSet<&str> = texts.filter(|text| !is_missing(text)).collect();
    let mut classes: Vec<String> = seen.into_iter().map(str::to_string).collect();
    let numbers: Option<Vec<f64>> = classes.iter().map(|class| class.parse().ok()).collect();
    if let Some(numbers) = numbers {
        let mut pairs: Vec<(f64, String)> = numbers.into_iter().zip(classes).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        classes = pairs.into_iter().map(|(_, class)| class).collect();
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_labels_are_no_class_and_numbers_go_by_size() {
        let of = |values: &[&str]| {
            classes(&Tags {
                kind: Default::default(),
                name: "label".into(),
                values: values.iter().map(ToString::to_string).collect(),
            })
        };
        assert_eq!(of(&["b", " a", "NA", "", "a", "?"]), ["a", "b"]);
        assert_eq!(of(&["10", "2", "2"]), ["2", "10"]);
    }
}

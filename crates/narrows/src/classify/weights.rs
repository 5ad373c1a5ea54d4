//! Weighs the classes of a training, so that rare ones count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ClassifierConfig;
use super::rows::{Labels, Split};
use crate::base::error::{Error, Result};
use crate::base::hint::Remedy;

/// The word for [`ClassWeights::Balanced`].
const BALANCED: &str = "balanced";

/// By how much the loss of a row is multiplied, by the row's class. The weights
/// are then divided by their mean over the training rows, so that this mean is 1
/// and the rate needs no change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum ClassWeights {
    /// `n / (K n_class)` for `n` training rows of `K` classes, as scikit-learn's
    /// `class_weight="balanced"`: each class has the same share of the loss.
    Balanced,
    /// A finite weight above 0 for each class that is named; others have 1.
    Each(BTreeMap<String, f64>),
}

/// Class weights as text: `"balanced"`, or a table of classes.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    Each(BTreeMap<String, f64>),
}

impl From<ClassWeights> for Written {
    fn from(weights: ClassWeights) -> Self {
        match weights {
            ClassWeights::Balanced => Written::Word(BALANCED.into()),
            ClassWeights::Each(each) => Written::Each(each),
        }
    }
}

impl TryFrom<Written> for ClassWeights {
    type Error = String;

    fn try_from(written: Written) -> std::result::Result<Self, String> {
        match written {
            Written::Word(word) if word == BALANCED => Ok(ClassWeights::Balanced),
            Written::Word(word) => Err(format!(
                "'{word}', expected \"balanced\" or a weight for each class"
            )),
            Written::Each(each) => Ok(ClassWeights::Each(each)),
        }
    }
}

impl ClassWeights {
    /// Returns the first class whose weight is out of range.
    pub(super) fn out_of_range(&self) -> Option<(&str, f64)> {
        let ClassWeights::Each(each) = self else {
            return None;
        };
        let mut each = each.iter().map(|(class, &weight)| (class.as_str(), weight));
        each.find(|(_, weight)| !(*weight > 0.0 && weight.is_finite()))
    }
}

/// Returns the weight of every class, with a mean of 1 over the training rows.
///
/// # Errors
/// [`Error::Config`] if the settings name a class that there is not.
pub(super) fn weights(
    config: &ClassifierConfig,
    labels: &Labels,
    split: &Split,
) -> Result<Vec<f32>> {
    let classes = &labels.classes;
    let mut counts = vec![0usize; classes.len()];
    for &row in &split.train {
        counts[labels.class(row)] += 1;
    }
    let raw: Vec<f64> = match &config.class_weights {
        None => return Ok(vec![1.0; classes.len()]),
        Some(ClassWeights::Balanced) => counts.iter().map(|&count| 1.0 / count as f64).collect(),
        Some(ClassWeights::Each(each)) => {
            if let Some(unknown) = each.keys().find(|class| !classes.contains(class)) {
                return Err(Error::config(
                    "classifier.class_weights",
                    format!("the class '{unknown}'"),
                    format!("a class among the labels: {}", classes.join(", ")),
                    Remedy::ExplainClassifier,
                ));
            }
            let of = |class| each.get(class).copied().unwrap_or(1.0);
            classes.iter().map(of).collect()
        }
    };
    let sum: f64 = raw.iter().zip(&counts).map(|(w, &n)| w * n as f64).sum();
    let mean = sum / split.train.len() as f64;
    Ok(raw
        .into_iter()
        .map(|weight| (weight / mean) as f32)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::{Table, Tags};

    /// Returns the weights of classes with 6, 3 and 1 rows.
    fn weighed(class_weights: Option<ClassWeights>) -> Result<Vec<f32>> {
        let names = "aaaaaabbbc".chars().map(|name| name.to_string());
        let table = Table::from_floats(vec![0.0; 10], 1).unwrap();
        let table = table.with_labels(Tags::new("kind", names)).unwrap();
        let config = ClassifierConfig {
            class_weights,
            held_out: Some(0),
            ..Default::default()
        };
        let labels = Labels::of(&table).unwrap();
        weights(&config, &labels, &labels.split(&config).unwrap())
    }

    fn each(of: &[(&str, f64)]) -> Option<ClassWeights> {
        let of = of.iter().map(|&(class, weight)| (class.into(), weight));
        Some(ClassWeights::Each(of.collect()))
    }

    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        // compute_class_weight("balanced", …): 10 / (3 * [6, 3, 1]).
        let expected = [10.0 / 18.0, 10.0 / 9.0, 10.0 / 3.0].map(|w: f64| w as f32);
        let found = weighed(Some(ClassWeights::Balanced)).unwrap();
        assert_eq!(found, expected);
        assert_eq!(weighed(None).unwrap(), [1.0; 3]);
    }

    #[test]
    fn named_weights_have_a_mean_of_1_over_the_rows_and_others_count_once() {
        // (6 + 3 + 11) / 10 = 2.
        assert_eq!(weighed(each(&[("c", 11.0)])).unwrap(), [0.5, 0.5, 5.5]);
        let message = weighed(each(&[("d", 2.0)])).unwrap_err().to_string();
        assert!(
            message.contains("found the class 'd', expected a class among the labels: a, b, c"),
            "{message}"
        );
    }

    #[test]
    fn weights_are_written_as_a_word_or_a_table() {
        for (weights, text) in [
            (Some(ClassWeights::Balanced), r#""balanced""#),
            (each(&[("c", 11.0)]), r#"{"c":11.0}"#),
        ] {
            assert_eq!(serde_json::to_string(&weights).unwrap(), text);
            let back: Option<ClassWeights> = serde_json::from_str(text).unwrap();
            assert_eq!(back, weights);
        }
        let wrong = serde_json::from_str::<ClassWeights>(r#""even""#);
        assert!(wrong.unwrap_err().to_string().contains("'even', expected"));
    }
}

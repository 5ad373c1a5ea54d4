//! Measures how good the code is for other work: how well it predicts labels,
//! compared with the inputs themselves and PCA of the same size.
//!
//! Labels take no part in training an autoencoder. Two plain methods predict
//! them: the majority of the nearest rows, and a linear probe, which is a
//! multinomial logistic regression.

use serde::Serialize;

use super::neighbours::knn_accuracy;
use super::pick::spaced;
use super::probe::linear_probe;
use crate::base::error::Result;
use crate::base::random::{Draws, Stream};
use crate::data::labels::classes;
use crate::data::scale::Prepared;
use crate::data::source::CHUNK;
use crate::data::source::Source;
use crate::data::table::Table;
use crate::model::Model;

/// Number of rows that the methods learn from, fewer if features times classes
/// would need more multiplications per step, and of rows that they are tested
/// on.
const FIT: usize = 4_000;
const MOST_WORK: usize = 100_000_000;
const FEWEST: usize = 300;
const TEST: usize = 1_000;
/// Without training rows, one row in this many is for testing.
const EVERY: usize = 5;
/// Number of nearest rows that vote.
pub const NEIGHBOURS: usize = 5;
/// A column with more values than this holds no labels.
const MOST_CLASSES: usize = 100;

/// Accuracies on rows that the methods did not learn from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Usefulness {
    /// The label column.
    pub label: String,
    /// Number of different labels.
    pub classes: usize,
    /// Number of rows that the methods learnt from.
    pub fitted: usize,
    /// Whether those rows are from the autoencoder's training data; else they
    /// are other rows of the same table.
    pub training: bool,
    /// Number of rows that the methods were tested on.
    pub tested: usize,
    /// The share of the commonest label among the tested rows: the accuracy of
    /// always guessing it.
    pub commonest: f64,
    /// Whether the autoencoder's training used the labels.
    pub told_labels: bool,
    /// Accuracy from the code.
    pub code: Accuracy,
    /// Accuracy from the inputs, in scaled units.
    pub inputs: Accuracy,
    /// Accuracy from PCA of the code's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pca: Option<Accuracy>,
}

/// Shares of the tested rows whose label was predicted, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Accuracy {
    /// By the majority of the five nearest rows.
    pub nearest: f64,
    /// By a linear probe.
    pub linear: f64,
}

/// Labelled rows as numbers.
struct LabelledRows {
    features: Vec<f32>,
    codes: Vec<f32>,
    classes: Vec<usize>,
}

/// Predicts labels from the code; `None` without labels, with only one, or with
/// too many of them.
pub(super) fn usefulness(
    model: &Model,
    data: &Prepared,
    training: Option<&Table>,
) -> Result<Option<Usefulness>> {
    let Some(tags) = &data.table.labels else {
        return Ok(None);
    };
    let training = training.filter(|table| table.labels.is_some());
    let of = training.and_then(|table| table.labels.as_ref());
    let names = classes(of.unwrap_or(tags));
    if !(2..=MOST_CLASSES).contains(&names.len()) {
        return Ok(None);
    }
    let other = training.map(|table| model.prepare(table)).transpose()?;
    let labelled = |data: &Prepared| -> Vec<(usize, usize)> {
        let texts = data.table.labels.iter().flat_map(|tags| &tags.values);
        let class = |text: &String| names.iter().position(|name| name == text.trim());
        let rows = texts.enumerate();
        rows.filter_map(|(row, text)| Some((row, class(text)?)))
            .collect()
    };
    let encoded = |data: &Prepared, rows: &[usize]| -> Vec<f32> {
        let code = |part: &[usize]| {
            let features = data.gather_known(part);
            model.inference().encode(&features, part.len())
        };
        rows.chunks(CHUNK).flat_map(code).collect()
    };
    let gathered = |data: &Prepared, some: &[(usize, usize)], most: usize| {
        let some: Vec<(usize, usize)> = spaced(some.len(), most)
            .iter()
            .map(|&at| some[at])
            .collect();
        let rows: Vec<usize> = some.iter().map(|(row, _)| *row).collect();
        LabelledRows {
            features: data.gather(&rows),
            codes: encoded(data, &rows),
            classes: some.iter().map(|(_, class)| *class).collect(),
        }
    };
    let work = data.features().max(model.config.network.code) * names.len();
    let most = FIT.min((MOST_WORK / work).max(FEWEST));
    let (fit, test) = match &other {
        Some(other) => (
            gathered(other, &labelled(other), most),
            gathered(data, &labelled(data), TEST),
        ),
        None => {
            let all = labelled(data);
            // Drawn, since the order of rows may follow their labels.
            let order = Draws::new(1, Stream::Split, 0, 0).permutation(all.len());
            let (test, fit) = order.split_at(all.len() / EVERY);
            let some = |places: &[usize]| places.iter().map(|&at| all[at]).collect();
            let (fit, test): (Vec<_>, Vec<_>) = (some(fit), some(test));
            (gathered(data, &fit, most), gathered(data, &test, TEST))
        }
    };
    if fit.classes.len() < EVERY || test.classes.is_empty() {
        return Ok(None);
    }
    let accuracy = |fitted: &[f32], tested: &[f32], width: usize| Accuracy {
        nearest: knn_accuracy(
            fitted,
            &fit.classes,
            tested,
            &test.classes,
            width,
            NEIGHBOURS,
        ),
        linear: linear_probe(
            fitted,
            &fit.classes,
            tested,
            &test.classes,
            width,
            names.len(),
        ),
    };
    let counts = (0..names.len()).map(|class| test.classes.iter().filter(|&&c| c == class).count());
    Ok(Some(Usefulness {
        label: tags.name.clone(),
        classes: names.len(),
        fitted: fit.classes.len(),
        training: other.is_some(),
        told_labels: model.was_told_labels(),
        tested: test.classes.len(),
        commonest: counts.max().unwrap_or(0) as f64 / test.classes.len() as f64,
        code: accuracy(&fit.codes, &test.codes, model.config.network.code),
        inputs: accuracy(&fit.features, &test.features, data.features()),
        pca: model.pca.as_ref().map(|pca| {
            accuracy(
                &pca.encode(&fit.features),
                &pca.encode(&test.features),
                pca.size(),
            )
        }),
    }))
}

//! Shows how training went, epoch by epoch.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::history::{Epoch, TimedEpoch};

/// Every series of a training run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Curves {
    /// The sum of all terms of the training loss.
    pub total: Curve,
    /// The terms of the training loss, by name.
    pub terms: Vec<Curve>,
    /// The reconstruction term on the held-out rows; without points if none
    /// were held out.
    pub held_out: Curve,
    /// The variants' terms on the held-out rows, by name.
    pub held_out_terms: Vec<Curve>,
    /// Squared error summed over the features of a held-out row, mean over
    /// rows, in scaled units.
    pub held_out_error: Curve,
    /// PCA's squared error per row, with the same code size, on the rows looked
    /// at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pca_error: Option<f64>,
    /// The learning rate of each epoch's last step.
    pub rate: Curve,
    /// The norm of the gradient in each epoch's last step.
    pub gradient_norm: Curve,
    /// Rows per second of the training pass; without points if the times are
    /// unknown: no model keeps them.
    pub rows_per_second: Curve,
    /// The epoch whose weights early stopping kept, if it chose one.
    pub best_epoch: Option<usize>,
    /// What was trained when, in order; empty if it was always the whole
    /// network. Values of two parts do not compare: each measures what its own
    /// part reproduces.
    pub parts: Vec<TrainedPart>,
}

/// Epochs that trained one layer, or the whole network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrainedPart {
    /// The layer, counted from 1 from the outermost; `None` for the whole
    /// network.
    pub layer: Option<usize>,
    /// The part's first epoch.
    pub first: usize,
    /// The part's last epoch so far.
    pub last: usize,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Curve {
    /// The term's name.
    pub name: String,
    /// Epoch, counted from 1, and value.
    pub points: Vec<(usize, f64)>,
}

const TOTAL: &str = "total";

/// Collects the series of a history and of its times.
pub(super) fn curves(
    history: &[Epoch],
    best_epoch: Option<usize>,
    pca_error: Option<f64>,
    timed: &[TimedEpoch],
) -> Curves {
    let curve = |name: &str, value: &dyn Fn(&Epoch) -> Option<f64>| Curve {
        name: name.into(),
        points: points(history, value),
    };
    let mut terms = by_term(history, |e| Some(&e.loss));
    terms.retain(|term| term.name != TOTAL);
    Curves {
        total: curve(TOTAL, &|e| e.loss.get(TOTAL).copied()),
        terms,
        held_out: curve("held-out rows", &|e| {
            e.held_out.as_ref().map(|h| h.reconstruction)
        }),
        held_out_terms: by_term(history, |e| e.held_out.as_ref().map(|h| &h.terms)),
        held_out_error: curve("held-out error", &|e| e.whole().map(|h| h.error_per_row)),
        pca_error,
        rate: curve("learning rate", &|e| Some(e.rate)),
        gradient_norm: curve("gradient norm", &|e| e.gradient_norm),
        rows_per_second: Curve {
            name: "rows per second".into(),
            points: timed
                .iter()
                .map(|timed| (timed.epoch.epoch, timed.rows_per_second))
                .collect(),
        },
        best_epoch,
        parts: parts(history),
    }
}

/// Returns a series for each name.
fn by_term<'h>(
    history: &'h [Epoch],
    terms: impl Fn(&'h Epoch) -> Option<&'h BTreeMap<String, f64>>,
) -> Vec<Curve> {
    let mut names: Vec<&String> = history
        .iter()
        .filter_map(&terms)
        .flat_map(|terms| terms.keys())
        .collect();
    names.sort_unstable();
    names.dedup();
    let curve = |name: &String| Curve {
        name: name.clone(),
        points: history
            .iter()
            .filter_map(|epoch| Some((epoch.epoch, *terms(epoch)?.get(name)?)))
            .collect(),
    };
    names.into_iter().map(curve).collect()
}

fn parts(history: &[Epoch]) -> Vec<TrainedPart> {
    let part = |epochs: &[Epoch]| TrainedPart {
        layer: epochs[0].phase,
        first: epochs[0].epoch,
        last: epochs[epochs.len() - 1].epoch,
    };
    let parts = history.chunk_by(|a, b| a.phase == b.phase).map(part);
    let parts: Vec<TrainedPart> = parts.collect();
    match parts.iter().any(|part| part.layer.is_some()) {
        true => parts,
        false => Vec::new(),
    }
}

fn points(history: &[Epoch], value: impl Fn(&Epoch) -> Option<f64>) -> Vec<(usize, f64)> {
    history
        .iter()
        .filter_map(|epoch| Some((epoch.epoch, value(epoch)?)))
        .collect()
}

//! How the loss fell, epoch by epoch.

use serde::Serialize;

use crate::history::Epoch;

/// Every series of a training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curves {
    /// The sum of all terms of the training loss.
    pub total: Curve,
    /// The terms of the training loss, by name.
    pub terms: Vec<Curve>,
    /// The reconstruction term on the held-out rows; without points where
    /// none were held out.
    pub held_out: Curve,
    /// The epoch whose weights were kept, where early stopping chose one.
    pub best_epoch: Option<usize>,
    /// What was trained when, in order; empty where it was always the whole
    /// network. Values of two parts do not compare: each is of what its part
    /// reproduces.
    pub parts: Vec<TrainedPart>,
}

/// Epochs that trained one layer, or the whole network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrainedPart {
    /// The layer, counted from 1 from the outermost; none for the whole
    /// network.
    pub layer: Option<usize>,
    /// The first of its epochs.
    pub first: usize,
    /// The last of them so far.
    pub last: usize,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// The term's name.
    pub name: String,
    /// Epoch, counted from 1, and value.
    pub points: Vec<(usize, f64)>,
}

const TOTAL: &str = "total";

/// The series of a history.
pub(super) fn curves(history: &[Epoch], best_epoch: Option<usize>) -> Curves {
    let mut names: Vec<&String> = history.iter().flat_map(|e| e.loss.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let term = |name: &str| Curve {
        name: name.into(),
        points: points(history, |e| e.loss.get(name).copied()),
    };
    Curves {
        total: term(TOTAL),
        terms: names
            .into_iter()
            .filter(|name| *name != TOTAL)
            .map(|name| term(name))
            .collect(),
        held_out: Curve {
            name: "held-out rows".into(),
            points: points(history, |e| e.held_out.as_ref().map(|h| h.reconstruction)),
        },
        best_epoch,
        parts: parts(history),
    }
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

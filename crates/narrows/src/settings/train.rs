//! `[train]`: how long training runs.

use serde::{Deserialize, Serialize};

/// `[train]`: how long training runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrainConfig {
    /// Passes over the training rows (default 5). `[layerwise]` has its own
    /// epochs.
    pub epochs: usize,
    /// Rows per step (default 150; 0 for all rows at once).
    pub batch: usize,
    /// Epochs without a better held-out error after which training stops and
    /// keeps the best weights (default: never).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<usize>,
    /// Share of the training rows, 0 to 0.5, that each epoch leaves out, those that
    /// come back worst before it (default 0): unusual rows among them are not learnt.
    /// The share rises from 0 over the first quarter of the epochs (Shen & Sanghavi,
    /// "Learning with bad training data via iterative trimmed loss minimization",
    /// 2019).
    #[serde(skip_serializing_if = "is_none")]
    pub trim: f64,
}

fn is_none(share: &f64) -> bool {
    *share == 0.0
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            epochs: 5,
            batch: 150,
            early_stopping: None,
            trim: 0.0,
        }
    }
}

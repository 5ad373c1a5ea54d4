//! `[train]`: how long training goes on.

use serde::{Deserialize, Serialize};

/// `[train]`: how long training goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training rows (default 5). `[layerwise]` has epochs of
    /// its own.
    pub epochs: usize,
    /// Rows a step (default 150; 0 for all rows at once).
    pub batch: usize,
    /// Stop after this many epochs without a better held-out error, and keep
    /// the best weights (default: never).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<usize>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            epochs: 5,
            batch: 150,
            early_stopping: None,
        }
    }
}

//! What a training did, epoch by epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One epoch, without anything that differs between two equal trainings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// The learning rate of the last step.
    pub rate: f64,
    /// Every term of the loss, and their `total`: means over the epoch's
    /// rows, as they were while the weights moved.
    pub loss: BTreeMap<String, f64>,
    /// Errors on the held-out rows after the epoch; none without such rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
}

/// Errors on the held-out rows, in the model's scaled units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Squared error, mean over rows and features.
    pub mse: f64,
    /// Squared error summed over the features of a row, mean over rows.
    pub error_per_row: f64,
    /// The reconstruction term of the loss, without noise on the input.
    pub reconstruction: f64,
    /// The variants' terms, weighted as in training.
    #[serde(flatten)]
    pub terms: BTreeMap<String, f64>,
}

impl HeldOut {
    /// The loss but for penalties of the weights.
    pub fn loss(&self) -> f64 {
        self.reconstruction + self.terms.values().sum::<f64>()
    }
}

/// An epoch with its times, which differ from run to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimedEpoch {
    /// The epoch.
    #[serde(flatten)]
    pub epoch: Epoch,
    /// Seconds it took, held-out rows included.
    pub seconds: f64,
    /// Rows a second of the training pass alone.
    pub rows_per_second: f64,
}

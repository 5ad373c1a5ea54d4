//! Records what a training did, epoch by epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One epoch, without anything that differs between two equal trainings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Epoch {
    /// The epoch's number, counted from 1.
    pub epoch: usize,
    /// The trained layer, counted from 1 from the outermost; `None` for the
    /// whole network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<usize>,
    /// The learning rate of the last step.
    pub rate: f64,
    /// The norm of the gradient of all weights in the last step, without the
    /// penalties of the weights, before any clipping; `None` in older files,
    /// which lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// Every term of the loss, and their `total`: means over the epoch's rows,
    /// measured while the weights changed.
    pub loss: BTreeMap<String, f64>,
    /// Errors on the held-out rows after the epoch; `None` without such rows.
    /// If one layer was trained, they are its own autoencoder's, which
    /// reconstructs the layer's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
    /// The whole network's errors on the held-out rows, after the last epoch of
    /// its last layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacked: Option<HeldOut>,
}

/// Errors on the held-out rows, in the model's scaled units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
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

impl Epoch {
    /// Returns the whole network's errors on the held-out rows, if measured.
    pub fn whole(&self) -> Option<&HeldOut> {
        match self.phase {
            None => self.held_out.as_ref(),
            Some(_) => self.stacked.as_ref(),
        }
    }
}

impl HeldOut {
    /// Returns the loss without penalties of the weights.
    pub fn loss(&self) -> f64 {
        self.reconstruction + self.terms.values().sum::<f64>()
    }
}

/// An epoch with its times, which differ from run to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimedEpoch {
    /// The epoch.
    #[serde(flatten)]
    pub epoch: Epoch,
    /// Seconds that the epoch took, held-out rows included.
    pub seconds: f64,
    /// Rows per second of the training pass alone.
    pub rows_per_second: f64,
}

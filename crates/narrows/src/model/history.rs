//! Records what a training did, epoch by epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The largest number of a history: a sum of terms of this size is finite.
const MOST: f64 = 1e300;

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

/// Checks a history that was read from a file. The error says what is wrong
/// with it.
pub(crate) fn check(history: &[Epoch], layers: usize) -> Result<(), String> {
    for (at, epoch) in history.iter().enumerate() {
        if epoch.epoch != at + 1 {
            return Err(format!("epoch {} in place {}", epoch.epoch, at + 1));
        }
        if epoch
            .phase
            .is_some_and(|layer| !(1..=layers).contains(&layer))
        {
            return Err(format!("epoch {} of a layer that is not there", at + 1));
        }
        if !epoch.loss.contains_key("total") {
            return Err(format!("epoch {} without its total loss", at + 1));
        }
        let held_out = epoch.held_out.iter().chain(&epoch.stacked);
        let held_out = held_out.flat_map(|h| {
            let own = [h.mse, h.error_per_row, h.reconstruction];
            own.into_iter().chain(h.terms.values().copied())
        });
        let own = [epoch.rate, epoch.gradient_norm.unwrap_or(0.0)];
        let mut numbers = own
            .into_iter()
            .chain(epoch.loss.values().copied())
            .chain(held_out);
        if numbers.any(|number| number.abs() > MOST) {
            return Err(format!("numbers of epoch {} that are too large", at + 1));
        }
    }
    Ok(())
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

//! `[loss]`: the terms that training minimises.

use serde::{Deserialize, Serialize};

use super::choices::{Balance, Reconstruction};

/// `[loss]`: the terms that training minimises.
///
/// Row terms are summed over features and averaged over rows, so multiply a
/// weight published for a mean over features by their number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LossConfig {
    /// How an input and its reconstruction are compared. Default: by MSE, but
    /// column by column in a table of more than plain numbers.
    pub reconstruction: Reconstruction,
    /// Columns: how they weigh. Default: equally, but in nats if codes are drawn
    /// (`[variational]`), since the loss is then a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// The error at which Huber's loss turns from square to linear (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub huber_delta: Option<f32>,
    /// Gaussian: the standard deviation `σ` of the features around their
    /// reconstruction, in scaled units (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f32>,
    /// λ of the penalty λ Σ|w| over every matrix (default 0).
    pub l1: f32,
    /// λ of the penalty λ/2 Σw² over every matrix (default 0).
    pub l2: f32,
}

impl Default for LossConfig {
    fn default() -> Self {
        LossConfig {
            reconstruction: Reconstruction::Auto,
            balance: None,
            huber_delta: None,
            deviation: None,
            l1: 0.0,
            l2: 0.0,
        }
    }
}

impl LossConfig {
    /// Returns whether the reconstruction term is a negative log-likelihood in
    /// nats.
    pub fn is_likelihood(&self) -> bool {
        match self.reconstruction {
            Reconstruction::Bce | Reconstruction::Gaussian => true,
            Reconstruction::Columns => self.balance != Some(Balance::Equal),
            _ => false,
        }
    }
}

//! `[optimizer]`: how the weights are updated.

use serde::{Deserialize, Serialize};

use super::choices::{OptimizerName, Schedule};

/// `[optimizer]`: how the weights are updated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OptimizerConfig {
    /// The method (default Adam).
    pub name: OptimizerName,
    /// The learning rate (default 0.001).
    pub rate: f64,
    /// SGD and RMSProp: share of the last update that is kept (default 0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// SGD: whether the gradient is corrected for the coming update (default
    /// false).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesterov: Option<bool>,
    /// RMSProp: decay of the mean square (default 0.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<f64>,
    /// Adam, AdamW, Nadam: decay of the mean (default 0.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Adam, AdamW, Nadam: decay of the mean square (default 0.999).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// RMSProp and the Adams: number added to the root (default 1e-8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// AdamW: weight decay per step, times the rate (default 0.01). Biases are
    /// left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// How the rate changes over time (default constant).
    pub schedule: Schedule,
    /// Step schedule: epochs between drops (default 10). Exponential: epochs
    /// per factor (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<f64>,
    /// Step and exponential schedules: factor that the rate is multiplied by
    /// (default 0.1 and 0.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Epochs, or a part of one, over which the rate first rises linearly from
    /// 0 (default 0).
    pub warm_up: f64,
    /// Upper bound on the Euclidean norm of all gradients together; longer
    /// ones are scaled down to it (default: none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        OptimizerConfig {
            name: OptimizerName::Adam,
            rate: 0.001,
            momentum: None,
            nesterov: None,
            decay: None,
            beta1: None,
            beta2: None,
            epsilon: None,
            weight_decay: None,
            schedule: Schedule::Constant,
            every: None,
            factor: None,
            warm_up: 0.0,
            clip: None,
        }
    }
}

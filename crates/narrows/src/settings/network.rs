//! `[network]`: the shape of the network.

use serde::{Deserialize, Serialize};

use super::choices::{Activation, Init};

/// `[network]`: the shape of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NetworkConfig {
    /// Widths of the encoder's layers between input and code; the decoder
    /// mirrors them (default `[300]`; `[]` for one layer each way).
    pub hidden: Vec<usize>,
    /// Width of the code (default 150; with a code of maps, their total size).
    pub code: usize,
    /// Activation of the hidden layers (default ELU).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Activation of the code (default: the one that a variant needs, or else
    /// that of the hidden layers).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_activation: Option<Activation>,
    /// Activation of the output (default identity).
    pub output: Activation,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// Distribution of the initial weights. Default, for each layer: He for
    /// ReLU and its relatives, LeCun for SELU, Glorot for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
    /// Share of each hidden layer's outputs set to 0 in training; the rest are
    /// scaled by 1/(1 - share) (default 0).
    pub dropout: f32,
    /// Whether hidden layers are batch-normalised before their activation.
    pub batch_norm: bool,
    /// Upper bound on the Euclidean norm of each unit's incoming weights,
    /// enforced after every step (default: none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_norm: Option<f32>,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig {
            hidden: vec![300],
            code: 150,
            activation: None,
            code_activation: None,
            output: Activation::Identity,
            tied: false,
            init: None,
            dropout: 0.0,
            batch_norm: false,
            max_norm: None,
        }
    }
}

impl NetworkConfig {
    /// Returns the hidden layers' activation, with its default filled in.
    pub fn hidden_activation(&self) -> Activation {
        self.activation.unwrap_or(Activation::Elu)
    }
}

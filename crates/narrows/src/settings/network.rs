//! `[network]`: the shape of the network.

use serde::{Deserialize, Serialize};

use super::choices::{Activation, Init};

/// `[network]`: the shape of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Widths of the encoder's layers between input and code; the decoder
    /// mirrors them (default `[300]`; `[]` for one layer each way).
    pub hidden: Vec<usize>,
    /// Width of the code (default 150; of maps, what they have).
    pub code: usize,
    /// Activation of the hidden layers (default ELU).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Activation of the code (default: what a variant needs, or else that of
    /// the hidden layers).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_activation: Option<Activation>,
    /// Activation of the output (default identity).
    pub output: Activation,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// How weights start. Default: He after ReLU and its kin, LeCun after
    /// SELU, Glorot after the others, layer by layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
    /// Share of each hidden layer's outputs set to 0 in training; the rest
    /// is scaled by 1/(1 - share) (default 0).
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
    /// The hidden layers' activation, its default filled in.
    pub fn hidden_activation(&self) -> Activation {
        self.activation.unwrap_or(Activation::Elu)
    }
}

//! Describes a network as plain data: its layers, and how they are trained.

use super::map::{Map, RowShape};
use crate::settings::{Activation, Init};

/// Everything needed to build a network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NetworkSpec {
    /// The encoder's layers, then the decoder's.
    pub layers: Vec<LayerSpec>,
    /// The number of encoder layers.
    pub depth: usize,
    /// The shape of a row at the input and after each layer of the encoder.
    pub shapes: Vec<RowShape>,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// The share of hidden units that are dropped in training.
    pub dropout: f32,
    /// Whether hidden layers are batch-normalised.
    pub batch_norm: bool,
    /// Further matrices, trained together with the layers.
    pub own: Vec<OwnSpec>,
    /// The seed of the first weights.
    pub seed: u64,
}

/// One layer: a linear map, a bias for each unit, an activation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerSpec {
    pub name: String,
    pub map: Map,
    pub activation: Activation,
    pub init: Init,
    /// Whether the layer has dropout and batch normalisation; code and output
    /// have neither.
    pub hidden: bool,
}

/// A further matrix that a variant trains together with the layers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnSpec {
    pub name: String,
    pub shape: [usize; 2],
    /// The distribution of the initial values; `None` for 0.
    pub init: Option<Init>,
}

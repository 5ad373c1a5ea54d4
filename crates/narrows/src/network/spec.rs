//! What a network is to be, as plain data: its layers, and how they are
//! trained.

use super::map::{Map, RowShape};
use crate::settings::{Activation, Init};

/// Everything that a network is built of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NetworkSpec {
    /// The encoder's layers, then the decoder's.
    pub layers: Vec<LayerSpec>,
    /// The number of layers that are the encoder's.
    pub depth: usize,
    /// What a row is at the input and after each layer of the encoder.
    pub shapes: Vec<RowShape>,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// The share of hidden units that are dropped in training.
    pub dropout: f32,
    /// Whether hidden layers are batch-normalised.
    pub batch_norm: bool,
    /// Matrices that are trained beside the layers.
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
    /// Hidden layers have dropout and batch normalisation; code and output
    /// have not.
    pub hidden: bool,
}

/// A matrix that a variant trains beside the layers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnSpec {
    pub name: String,
    pub shape: [usize; 2],
    /// How the matrix starts; `None` for 0.
    pub init: Option<Init>,
}

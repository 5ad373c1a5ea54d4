//! What the rest of a network needs to know about an activation.

use crate::settings::{Activation, Init};

impl Init {
    /// Returns the initialisation that preserves the variance of a layer with
    /// this activation.
    pub fn usual_for(activation: Activation) -> Init {
        match activation {
            Activation::Relu | Activation::LeakyRelu | Activation::Elu | Activation::Gelu => {
                Init::He
            }
            Activation::Selu => Init::Lecun,
            Activation::Identity
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Softplus => Init::Glorot,
        }
    }
}

/// Returns the bounds of an activation's values; those of GELU are rounded.
pub(crate) fn reach(activation: Activation) -> (f32, f32) {
    match activation {
        Activation::Identity | Activation::LeakyRelu => (f32::NEG_INFINITY, f32::INFINITY),
        Activation::Sigmoid => (0.0, 1.0),
        Activation::Tanh => (-1.0, 1.0),
        Activation::Relu | Activation::Softplus => (0.0, f32::INFINITY),
        Activation::Elu => (-1.0, f32::INFINITY),
        Activation::Selu => (-1.758, f32::INFINITY),
        Activation::Gelu => (-0.17, f32::INFINITY),
    }
}

/// Returns whether a unit with this activation can stay at 0 for every row.
pub(super) fn can_die(activation: Activation) -> bool {
    activation == Activation::Relu
}

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

/// Returns whether a unit with this activation can stay at 0 for every row.
pub(super) fn can_die(activation: Activation) -> bool {
    activation == Activation::Relu
}

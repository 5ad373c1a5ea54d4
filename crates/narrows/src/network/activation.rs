//! What the rest of a network needs to know of an activation.

use crate::settings::{Activation, Init};

impl Init {
    /// The initialisation that keeps the variance of a layer with this
    /// activation.
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

/// Whether a unit of this kind can stay at 0 for every row.
pub(super) fn can_die(activation: Activation) -> bool {
    activation == Activation::Relu
}

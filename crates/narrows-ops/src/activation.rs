//! Computes activations by ordinary operations.

use burn::tensor::{Tensor, activation as burn_activation};

use crate::kernel::activation::{LEAK, SELU_ALPHA, SELU_SCALE};

pub use crate::kernel::activation::Activation;

impl Activation {
    /// Applies the function to every sum; the shape does not change.
    pub fn apply(self, sums: Tensor<2>) -> Tensor<2> {
        match self {
            Activation::Identity => sums,
            Activation::Sigmoid => burn_activation::sigmoid(sums),
            Activation::Tanh => sums.tanh(),
            Activation::Relu => burn_activation::relu(sums),
            Activation::LeakyRelu => burn_activation::leaky_relu(sums, LEAK),
            Activation::Elu => elu(sums, 1.0),
            Activation::Selu => elu(sums, SELU_ALPHA).mul_scalar(SELU_SCALE),
            Activation::Gelu => burn_activation::gelu(sums),
            Activation::Softplus => softplus(sums),
        }
    }

    /// Returns the derivative at every sum, in the same shape. Automatic
    /// differentiation knows its own derivative.
    pub fn derivative(self, sums: Tensor<2>) -> Tensor<2> {
        // Returns 1 above 0 and the values of `below` elsewhere.
        let kinked = |below: Tensor<2>| {
            let above = sums.clone().greater_elem(0.0);
            below.mask_fill(above, 1.0)
        };
        match self {
            Activation::Identity => sums.ones_like(),
            Activation::Sigmoid => {
                let output = burn_activation::sigmoid(sums);
                output.clone() - output.square()
            }
            Activation::Tanh => sums.tanh().square() * -1.0 + 1.0,
            Activation::Relu => kinked(sums.zeros_like()),
            Activation::LeakyRelu => kinked(sums.zeros_like() + LEAK),
            Activation::Elu => sums.clamp_max(0.0).exp(),
            Activation::Selu => {
                kinked(sums.clone().clamp_max(0.0).exp() * SELU_ALPHA).mul_scalar(SELU_SCALE)
            }
            Activation::Gelu => {
                // Φ(z) + z φ(z)
                let below = (sums.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() * 0.5 + 0.5;
                let density = (sums.clone().square() * -0.5).exp() / std::f64::consts::TAU.sqrt();
                below + sums * density
            }
            Activation::Softplus => burn_activation::sigmoid(sums),
        }
    }
}

/// Returns `z - m + α(exp m - 1)` with `m = min(z, 0)`. There is no exponential
/// of a large number, so no infinity that the backward pass would multiply by
/// 0.
fn elu(sums: Tensor<2>, alpha: f64) -> Tensor<2> {
    let below = sums.clone().clamp_max(0.0);
    sums - below.clone() + (below.exp() - 1.0) * alpha
}

/// Returns `log(1 + exp z) = -log sigmoid(-z)`, stable on both sides.
pub fn softplus(sums: Tensor<2>) -> Tensor<2> {
    -burn_activation::log_sigmoid(-sums)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn at(activation: Activation, z: f32) -> f32 {
        let sums = Tensor::<2>::from_data([[z]], &Device::flex());
        activation.apply(sums).into_scalar::<f32>()
    }

    #[test]
    fn known_values() {
        for (activation, z, expected) in [
            (Activation::Identity, -1.5, -1.5),
            (Activation::Sigmoid, 0.0, 0.5),
            (Activation::Tanh, 0.5, 0.462_117_16),
            (Activation::Relu, -2.0, 0.0),
            (Activation::LeakyRelu, -2.0, -0.02),
            (Activation::Elu, -1.0, -0.632_120_56),
            (Activation::Elu, 2.0, 2.0),
            (Activation::Selu, -1.0, -1.111_330_7),
            (Activation::Selu, 1.0, 1.050_701),
            (Activation::Gelu, 1.0, 0.841_345),
            (Activation::Softplus, 0.0, std::f32::consts::LN_2),
        ] {
            let found = at(activation, z);
            assert!(
                (found - expected).abs() < 1e-5,
                "{activation:?}({z}) = {found}"
            );
        }
    }

    #[test]
    fn large_sums_stay_finite() {
        for activation in [
            Activation::Elu,
            Activation::Selu,
            Activation::Softplus,
            Activation::Sigmoid,
        ] {
            for z in [-1e4, 1e4] {
                assert!(at(activation, z).is_finite(), "{activation:?}({z})");
            }
        }
    }
}

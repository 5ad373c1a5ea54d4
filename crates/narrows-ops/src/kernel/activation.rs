//! Defines activations as functions of one sum, for loops that become vector
//! instructions.

use serde::{Deserialize, Serialize};

use super::math::{exp_m1, sigmoid, softplus, tanh};

/// An element-wise function of a layer's sums `z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `z`
    Identity,
    /// `1 / (1 + exp(-z))`
    Sigmoid,
    /// `tanh z`
    Tanh,
    /// `max(0, z)`
    Relu,
    /// `z` above 0, `0.01 z` below
    LeakyRelu,
    /// `z` above 0, `exp(z) - 1` below (Clevert et al. 2016)
    Elu,
    /// Scaled ELU (Klambauer et al. 2017)
    Selu,
    /// `z Φ(z)`, with the exact error function (Hendrycks & Gimpel 2016)
    Gelu,
    /// `log(1 + exp z)`
    Softplus,
}

/// Klambauer et al. 2017, section 1: the fixed point of mean 0 and variance 1.
pub(crate) const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
pub(crate) const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
pub(crate) const LEAK: f64 = 0.01;

/// An activation `y = a(z)` and its derivative.
pub trait Function: Copy + Sync {
    /// Whether the derivative needs the sum `z`; otherwise the output alone
    /// determines it.
    const NEEDS_SUMS: bool = false;

    /// Returns `a(z)`.
    fn value(self, z: f32) -> f32;

    /// Returns `a'(z)`, where `y = a(z)`. `z` can be anything unless
    /// `NEEDS_SUMS`.
    fn slope(self, z: f32, y: f32) -> f32;
}

macro_rules! functions {
    ($($name:ident: |$z:ident| $value:expr, |$sz:ident, $y:ident| $slope:expr;)*) => {
        $(
            #[doc = concat!("See [`Activation::", stringify!($name), "`].")]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Function for $name {
                #[inline(always)]
                fn value(self, $z: f32) -> f32 {
                    $value
                }

                #[inline(always)]
                fn slope(self, $sz: f32, $y: f32) -> f32 {
                    $slope
                }
            }
        )*
    };
}

functions! {
    Identity: |z| z, |_z, _y| 1.0;
    Sigmoid: |z| sigmoid(z), |_z, y| y * (1.0 - y);
    Tanh: |z| tanh(z), |_z, y| 1.0 - y * y;
    // In this order NaN stays NaN.
    Relu: |z| if z < 0.0 { 0.0 } else { z }, |_z, y| if y > 0.0 { 1.0 } else { 0.0 };
    LeakyRelu: |z| if z < 0.0 { z * LEAK as f32 } else { z },
        |_z, y| if y > 0.0 { 1.0 } else { LEAK as f32 };
    Elu: |z| if z < 0.0 { exp_m1(z) } else { z }, |_z, y| if y > 0.0 { 1.0 } else { y + 1.0 };
    Selu: |z| if z < 0.0 { exp_m1(z) * (SELU_ALPHA * SELU_SCALE) as f32 } else { z * SELU_SCALE as f32 },
        |_z, y| if y > 0.0 { SELU_SCALE as f32 } else { y + (SELU_ALPHA * SELU_SCALE) as f32 };
    Softplus: |z| softplus(z), |_z, y| -exp_m1(-y);
}

/// See [`Activation::Gelu`].
#[derive(Debug, Clone, Copy)]
pub struct Gelu;

impl Function for Gelu {
    const NEEDS_SUMS: bool = true;

    #[inline(always)]
    fn value(self, z: f32) -> f32 {
        super::math::gelu(z)
    }

    #[inline(always)]
    fn slope(self, z: f32, _y: f32) -> f32 {
        super::math::gelu_slope(z)
    }
}

/// Work to be done with an activation that is known at compile time.
pub trait With {
    /// The result of the work.
    type Output;

    /// Does the work.
    fn with<F: Function>(self, function: F) -> Self::Output;
}

impl Activation {
    /// Does the work with the function of this activation.
    pub fn with<W: With>(self, what: W) -> W::Output {
        match self {
            Activation::Identity => what.with(Identity),
            Activation::Sigmoid => what.with(Sigmoid),
            Activation::Tanh => what.with(Tanh),
            Activation::Relu => what.with(Relu),
            Activation::LeakyRelu => what.with(LeakyRelu),
            Activation::Elu => what.with(Elu),
            Activation::Selu => what.with(Selu),
            Activation::Gelu => what.with(Gelu),
            Activation::Softplus => what.with(Softplus),
        }
    }
}

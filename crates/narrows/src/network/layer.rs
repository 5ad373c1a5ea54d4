//! A layer: a linear map, a bias for each unit, an activation.
//!
//! A layer is `a(x W + b)`: `x` is `[rows, inputs]`, `W` is
//! `[inputs, outputs]`, `b` is `[1, outputs]`, and `a` is the activation. With
//! batch normalisation it is `a(norm(x W) s + b)` (Ioffe & Szegedy 2015). The
//! units of a convolution are its maps: each has one bias and one norm for all
//! of its pixels.

use burn::tensor::Tensor;
use narrows_ops::{Convolution, dense};

use super::map::Map;
use super::norm::Norm;
use super::spec::LayerSpec;
use super::{Parameter, Pass, dropout_mask};
use crate::settings::Activation;

/// A layer; its weights are in the network's list.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub name: String,
    /// The layer's place among all layers, which addresses its random draws.
    pub place: u64,
    /// The convolution; `None` for a dense layer.
    convolution: Option<Convolution>,
    pub weight: usize,
    /// Whether the weights belong to the mirrored layer.
    pub tied: bool,
    bias: usize,
    norm: Option<Norm>,
    pub activation: Activation,
    pub hidden: bool,
}

/// The positions of a layer's weights in the network's list.
pub(super) struct Places {
    pub weight: usize,
    pub tied: bool,
    pub bias: usize,
    pub norm: Option<Norm>,
}

impl Layer {
    pub fn new(spec: &LayerSpec, place: usize, at: Places) -> Self {
        Layer {
            name: spec.name.clone(),
            place: place as u64,
            convolution: match spec.map {
                Map::Dense { .. } => None,
                Map::Convolution(window) => Some(Convolution::new(window, false)),
                Map::Transposed(window) => Some(Convolution::new(window, true)),
            },
            weight: at.weight,
            tied: at.tied,
            bias: at.bias,
            norm: at.norm,
            activation: spec.activation,
            hidden: spec.hidden,
        }
    }

    /// Returns `x W`, `[rows, outputs]`.
    pub fn product(&self, parameters: &[Parameter], input: Tensor<2>) -> Tensor<2> {
        let bias = parameters[self.bias].value.zeros_like().detach();
        self.biased(parameters, input, bias, Activation::Identity)
    }

    /// Returns the sums that the activation is applied to, `[rows, outputs]`.
    pub fn sums(&self, parameters: &[Parameter], input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let bias = parameters[self.bias].value.clone();
        let Some(norm) = &self.norm else {
            return self.biased(parameters, input, bias, Activation::Identity);
        };
        let sums = self.product(parameters, input);
        let [rows, outputs] = sums.dims();
        let pixels = self.outputs_per_unit();
        if pixels == 1 {
            return norm.apply(parameters, sums, pass) + bias;
        }
        // To the norm, each pixel of a map is a row of its own.
        let units = outputs / pixels;
        let sums = sums.reshape([rows, units, pixels]).swap_dims(1, 2);
        let sums = sums.reshape([rows * pixels, units]);
        let normed = norm.apply(parameters, sums, pass) + bias;
        let normed = normed.reshape([rows, pixels, units]).swap_dims(1, 2);
        normed.reshape([rows, outputs])
    }

    /// Returns `a(x W + b)`, `[rows, outputs]`.
    fn biased(
        &self,
        parameters: &[Parameter],
        input: Tensor<2>,
        bias: Tensor<2>,
        activation: Activation,
    ) -> Tensor<2> {
        let weight = parameters[self.weight].value.clone();
        match &self.convolution {
            Some(convolution) => convolution.apply(input, weight, bias, activation, self.tied),
            None => dense(input, weight, bias, activation, self.tied),
        }
    }

    /// Returns the layer's outputs, `[rows, outputs]`.
    pub fn apply(
        &self,
        parameters: &[Parameter],
        input: Tensor<2>,
        pass: &mut Pass,
        dropout: f32,
    ) -> Tensor<2> {
        let output = match self.norm {
            Some(_) => self.activation.apply(self.sums(parameters, input, pass)),
            None => {
                let bias = parameters[self.bias].value.clone();
                self.biased(parameters, input, bias, self.activation)
            }
        };
        match pass {
            Pass::Train(train) if self.hidden && dropout > 0.0 => {
                let mask = dropout_mask(dropout, &output, self.place, train);
                output * mask
            }
            _ => output,
        }
    }

    /// Returns weight and bias; `None` if the layer is not dense or is
    /// normalised.
    pub fn plain_dense(&self, parameters: &[Parameter]) -> Option<(Tensor<2>, Tensor<2>)> {
        let value = |at: usize| parameters[at].value.clone();
        let plain = self.is_dense() && self.norm.is_none();
        plain.then(|| (value(self.weight), value(self.bias)))
    }

    /// Returns the number of outputs that belong to one unit: 1, or the pixels
    /// of a map.
    pub fn outputs_per_unit(&self) -> usize {
        self.convolution.as_ref().map_or(1, Convolution::pixels)
    }

    /// Returns whether this is a dense layer.
    pub fn is_dense(&self) -> bool {
        self.convolution.is_none()
    }
}

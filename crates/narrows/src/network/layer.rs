//! A layer: a linear map, a bias for each unit, an activation.
//!
//! It is `a(x W + b)`: `x` is `[rows, inputs]`, `W` is `[inputs, outputs]`,
//! `b` is `[1, outputs]`, `a` the activation. With batch normalisation it is
//! `a(norm(x W) s + b)` (Ioffe & Szegedy 2015). The units of a convolution are
//! its maps: they have one bias and one norm for all of their pixels.

use burn::tensor::Tensor;

use super::convolution::Convolution;
use super::norm::Norm;
use super::{Parameter, Pass, dropout_mask};
use crate::config::Activation;
use crate::plan::{LayerPlan, Map};

/// A layer: where its weights are in the network's list.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub name: String,
    /// Its place among all layers, which names its random draws.
    pub place: u64,
    /// None for a dense layer.
    convolution: Option<Convolution>,
    pub weight: usize,
    /// Whether the weights are those of the mirrored layer.
    pub tied: bool,
    bias: usize,
    norm: Option<Norm>,
    pub activation: Activation,
    pub hidden: bool,
}

/// Where the weights of a layer are in the network's list.
pub(super) struct Places {
    pub weight: usize,
    pub tied: bool,
    pub bias: usize,
    pub norm: Option<Norm>,
}

impl Layer {
    pub fn new(plan: &LayerPlan, place: usize, at: Places) -> Self {
        Layer {
            name: plan.name.clone(),
            place: place as u64,
            convolution: match plan.map {
                Map::Dense { .. } => None,
                Map::Convolution(window) => Some(Convolution::new(window, false)),
                Map::Transposed(window) => Some(Convolution::new(window, true)),
            },
            weight: at.weight,
            tied: at.tied,
            bias: at.bias,
            norm: at.norm,
            activation: plan.activation,
            hidden: plan.hidden,
        }
    }

    /// `x W`, `[rows, outputs]`
    pub fn product(&self, parameters: &[Parameter], input: Tensor<2>) -> Tensor<2> {
        let weight = parameters[self.weight].value.clone();
        match &self.convolution {
            Some(convolution) => convolution.rows(convolution.apply(input, weight, self.tied)),
            None if self.tied => input.matmul(weight.transpose()),
            None => input.matmul(weight),
        }
    }

    /// What the activation is applied to, `[rows, outputs]`.
    pub fn sums(&self, parameters: &[Parameter], input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let bias = parameters[self.bias].value.clone();
        let mut normed = |sums: Tensor<2>| match &self.norm {
            Some(norm) => norm.apply(parameters, sums, pass),
            None => sums,
        };
        let Some(convolution) = &self.convolution else {
            return normed(self.product(parameters, input)) + bias;
        };
        let weight = parameters[self.weight].value.clone();
        let mut units = convolution.apply(input, weight, self.tied);
        if self.norm.is_some() {
            units = normed(units.transpose()).transpose();
        }
        convolution.rows(units + bias.transpose())
    }

    /// The layer's outputs, `[rows, outputs]`.
    pub fn apply(
        &self,
        parameters: &[Parameter],
        input: Tensor<2>,
        pass: &mut Pass,
        dropout: f32,
    ) -> Tensor<2> {
        let output = self.activation.apply(self.sums(parameters, input, pass));
        match pass {
            Pass::Train(train) if self.hidden && dropout > 0.0 => {
                let mask = dropout_mask(dropout, &output, self.place, train);
                output * mask
            }
            _ => output,
        }
    }

    /// Outputs that belong to one unit: 1, or the pixels of a map.
    pub fn outputs_per_unit(&self) -> usize {
        self.convolution.as_ref().map_or(1, Convolution::pixels)
    }

    /// Whether it is a dense layer.
    pub fn is_dense(&self) -> bool {
        self.convolution.is_none()
    }
}

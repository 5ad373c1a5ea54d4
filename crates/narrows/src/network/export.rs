//! Exports a decoder as plain numbers, for use outside this program.

use burn::tensor::Tensor;
use serde::Serialize;

use super::layer::Layer;
use super::{Network, Pass};
use crate::base::device::{matrix, values};
use crate::settings::Activation;

/// Inputs whose weights are computed at a time.
const AT_A_TIME: usize = 256;

/// A dense layer as numbers: `a(x W + b)`. Batch normalisation is part of the
/// weights and bias.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecoderLayer {
    /// Inputs of the layer.
    pub inputs: usize,
    /// Units of the layer.
    pub outputs: usize,
    /// The activation, applied to each sum.
    pub activation: Activation,
    /// `W`, `[inputs, outputs]`, row-major.
    pub weights: Vec<f32>,
    /// `b`, `[outputs]`
    pub bias: Vec<f32>,
}

impl Network {
    /// Returns the decoder's layers; `None` if one of them is not dense, or if
    /// there are more than `most` weights in all.
    pub(crate) fn dense_decoder(&self, most: usize) -> Option<Vec<DecoderLayer>> {
        let network = self.untracked();
        let layers = || network.decoder.iter();
        let weights = |layer: &Layer| {
            let [rows, columns] = network.parameters[layer.weight].value.dims();
            rows * columns
        };
        if layers().map(weights).sum::<usize>() > most {
            return None;
        }
        layers().map(|layer| network.as_numbers(layer)).collect()
    }

    /// Returns a layer as numbers. In use, a layer's sums are affine in its
    /// input: its sums for the input 0 are its bias, and the additional sums
    /// for each input alone are its weights.
    fn as_numbers(&self, layer: &Layer) -> Option<DecoderLayer> {
        if !layer.is_dense() {
            return None;
        }
        let [rows, columns] = self.parameters[layer.weight].value.dims();
        let inputs = if layer.tied { columns } else { rows };
        let sums = |x: Tensor<2>| layer.sums(&self.parameters, x, &mut Pass::Evaluate);
        let nothing = matrix(vec![0f32; inputs], [1, inputs], &self.device);
        let bias = sums(nothing);
        let mut weights = Vec::with_capacity(rows * columns);
        for from in (0..inputs).step_by(AT_A_TIME) {
            let count = AT_A_TIME.min(inputs - from);
            let mut each = vec![0f32; count * inputs];
            let own = each.iter_mut().skip(from).step_by(inputs + 1);
            own.for_each(|x| *x = 1.0);
            let each = matrix(each, [count, inputs], &self.device);
            weights.extend(values(sums(each) - bias.clone()));
        }
        Some(DecoderLayer {
            inputs,
            outputs: bias.dims()[1],
            activation: layer.activation,
            weights,
            bias: values(bias),
        })
    }
}

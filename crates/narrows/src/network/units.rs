//! Looks at single units: what they give for rows, and which inputs excite
//! them.
//!
//! The layers whose units can be inspected are, in order, the encoder's hidden
//! layers by name (`encoder.0`, …), `code`, and the decoder's hidden layers
//! (`decoder.0`, …). A unit of a convolution is a map.

use burn::tensor::Tensor;

use super::activation::can_die;
use super::layer::Layer;
use super::{Network, Pass};
use crate::base::device::{matrix, values};
use crate::data::cells::Known;

/// The code's name among the layers.
const CODE: &str = "code";

/// Outputs of a layer's units.
pub(crate) struct UnitOutputs {
    pub units: usize,
    /// `[rows, units]`, row-major; a map's output is that of its largest
    /// pixel.
    pub values: Vec<f32>,
}

impl Network {
    /// Returns the names of the layers whose units can be inspected.
    pub(crate) fn unit_layers(&self) -> Vec<String> {
        let name = |(at, layer): (usize, &Layer)| match at + 1 == self.encoder.len() {
            true => CODE.to_string(),
            false => layer.name.clone(),
        };
        self.hidden().enumerate().map(name).collect()
    }

    /// Returns all layers but the output layer.
    fn hidden(&self) -> impl Iterator<Item = &Layer> {
        let decoder = &self.decoder[..self.decoder.len() - 1];
        self.encoder.iter().chain(decoder)
    }

    /// Returns the outputs of the units of all of these layers for features
    /// `[rows, features]`, row-major, of which NaN stands for those that are not
    /// known; `code` turns the encoder's outputs into codes.
    pub(crate) fn unit_outputs(
        &self,
        features: Vec<f32>,
        rows: usize,
        code: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Vec<UnitOutputs> {
        let mut outputs = Vec::new();
        self.through_hidden(features, rows, code, |layer, x| {
            let pixels = layer.outputs_per_unit();
            let units = x.dims()[1] / pixels;
            let x = match pixels {
                1 => x,
                _ => x.reshape([rows * units, pixels]).max_dim(1),
            };
            let values = values(x);
            outputs.push(UnitOutputs { units, values });
        });
        outputs
    }

    /// Sends rows through all layers but the output layer. Calls `each` with
    /// every layer and its outputs, with the code instead of the code layer's
    /// outputs.
    fn through_hidden(
        &self,
        features: Vec<f32>,
        rows: usize,
        code: impl Fn(Tensor<2>) -> Tensor<2>,
        mut each: impl FnMut(&Layer, Tensor<2>),
    ) {
        let inputs = match self.cells() {
            Some(cells) => cells.inputs(&features),
            None => features,
        };
        let width = inputs.len() / rows;
        let mut x = matrix(inputs, [rows, width], &self.device);
        for (at, layer) in self.hidden().enumerate() {
            x = self.apply(layer, x, &mut Pass::Evaluate);
            if at + 1 == self.encoder.len() {
                x = code(x);
            }
            each(layer, x.clone());
        }
    }

    /// Returns, for each layer before the output, its name, whether its units
    /// can die, and for every unit the sum of its outputs' magnitudes over the
    /// rows.
    pub(crate) fn activity(
        &self,
        features: Vec<f32>,
        rows: usize,
        code: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Vec<(String, bool, Vec<f32>)> {
        let mut activity = Vec::new();
        self.through_hidden(features, rows, code, |layer, x| {
            let sums = values(x.abs().sum_dim(0));
            let units = sums.chunks(layer.outputs_per_unit());
            let sums = units.map(|unit| unit.iter().sum()).collect();
            activity.push((layer.name.clone(), can_die(layer.activation), sums));
        });
        activity
    }

    /// Returns how each of the inputs `[rows, features]` excites its unit: the
    /// unit's weighted input (of a map, the mean over its pixels), `[rows]`,
    /// and the gradient of that with respect to the input, `[rows, features]`.
    /// `layer` is an index into [`Self::unit_layers`]; there are as many rows
    /// as `units`, which are counted from 0. NaN stands for features that are
    /// not known.
    ///
    /// The weighted input, before the activation, has a slope even where the
    /// activation has none.
    pub(crate) fn excitement(
        &self,
        layer: usize,
        units: &[usize],
        features: Vec<f32>,
        code: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> (Vec<f32>, Vec<f32>) {
        let rows = units.len();
        let width = features.len() / rows;
        let network = self.followed();
        let of_rows = |values| matrix::<f32>(values, [rows, width], &network.device);
        let Known {
            values: shown,
            known,
        } = match network.cells() {
            Some(cells) => cells.separate(features),
            None => Known::all(features),
        };
        let input = of_rows(shown).require_grad();
        let mut pass = Pass::Evaluate;
        let mut x = network.inputs(input.clone(), known.map(of_rows).as_ref());
        let mut sums = None;
        for (at, hidden) in network.hidden().enumerate().take(layer + 1) {
            if at == layer {
                let found = hidden.sums(&network.parameters, x.clone(), &mut pass);
                sums = Some((hidden, found));
            } else {
                x = network.apply(hidden, x, &mut pass);
                if at + 1 == network.encoder.len() {
                    x = code(x);
                }
            }
        }
        let (hidden, sums) = sums.expect("a layer that the network has");
        let (outputs, pixels) = (sums.dims()[1], hidden.outputs_per_unit());
        // In a drawn code, the first outputs are the units' means.
        let mut chosen = vec![0f32; rows * outputs];
        for (row, unit) in units.iter().enumerate() {
            let from = row * outputs + unit * pixels;
            chosen[from..from + pixels].fill(1.0 / pixels as f32);
        }
        let chosen = matrix(chosen, [rows, outputs], &network.device);
        let excited = (sums * chosen).sum_dim(1);
        let mut gradients = excited.clone().sum().backward();
        let gradient = input.grad_remove(&mut gradients);
        (
            values(excited),
            gradient.map_or(vec![0.0; rows * width], values),
        )
    }
}

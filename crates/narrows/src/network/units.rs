//! Single units: what they give for rows, and how inputs excite them.
//!
//! The layers whose units can be looked at are, in order, the encoder's
//! hidden layers by name (`encoder.0`, …), `code`, and the decoder's hidden
//! layers (`decoder.0`, …). A unit of a convolution is a map.

use burn::tensor::Tensor;

use super::layer::Layer;
use super::{Network, Pass};
use crate::device::{matrix, values};

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
    /// The names of the layers whose units can be looked at.
    pub(crate) fn unit_layers(&self) -> Vec<String> {
        let name = |(at, layer): (usize, &Layer)| match at + 1 == self.encoder.len() {
            true => CODE.to_string(),
            false => layer.name.clone(),
        };
        self.hidden().enumerate().map(name).collect()
    }

    /// All layers but the output layer.
    pub(super) fn hidden(&self) -> impl Iterator<Item = &Layer> {
        let decoder = &self.decoder[..self.decoder.len() - 1];
        self.encoder.iter().chain(decoder)
    }

    /// The outputs of the units of every such layer for features
    /// `[rows, features]`, row-major.
    pub(crate) fn unit_outputs(&self, features: Vec<f32>, rows: usize) -> Vec<UnitOutputs> {
        let mut outputs = Vec::new();
        self.through_hidden(features, rows, |layer, x| {
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

    /// Sends rows through all layers but the output layer; `each` gets a
    /// layer and its outputs, the code in place of the code layer's.
    pub(super) fn through_hidden(
        &self,
        features: Vec<f32>,
        rows: usize,
        mut each: impl FnMut(&Layer, Tensor<2>),
    ) {
        let width = features.len() / rows;
        let mut x = matrix(features, [rows, width], &self.device);
        for (at, layer) in self.hidden().enumerate() {
            x = self.apply(layer, x, &mut Pass::Evaluate);
            if at + 1 == self.encoder.len() {
                x = self.code(x, &Pass::Evaluate);
            }
            each(layer, x.clone());
        }
    }

    /// How the inputs `[rows, features]` excite one unit each: the unit's
    /// weighted input (of a map, the mean over its pixels), `[rows]`, and the
    /// gradient of it by the input, `[rows, features]`. `layer` counts
    /// [`Self::unit_layers`]; there are as many rows as `units`, which count
    /// from 0.
    ///
    /// It is what the activation is applied to, which has a slope where the
    /// activation has none.
    pub(crate) fn excitement(
        &self,
        layer: usize,
        units: &[usize],
        features: Vec<f32>,
    ) -> (Vec<f32>, Vec<f32>) {
        let rows = units.len();
        let width = features.len() / rows;
        let network = self.followed();
        let input = matrix(features, [rows, width], &network.device).require_grad();
        let mut pass = Pass::Evaluate;
        let mut x = input.clone();
        let mut sums = None;
        for (at, hidden) in network.hidden().enumerate().take(layer + 1) {
            if at == layer {
                let found = hidden.sums(&network.parameters, x.clone(), &mut pass);
                sums = Some((hidden, found));
            } else {
                x = network.apply(hidden, x, &mut pass);
                if at + 1 == network.encoder.len() {
                    x = network.code(x, &pass);
                }
            }
        }
        let (hidden, sums) = sums.expect("a layer that the network has");
        let (outputs, pixels) = (sums.dims()[1], hidden.outputs_per_unit());
        // Of a drawn code the first outputs are the units' means.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::device::device;
    use crate::plan::Plan;

    fn network(change: impl Fn(&mut Config)) -> Network {
        let mut config = Config::default();
        config.network.hidden = vec![4];
        config.network.code = 3;
        change(&mut config);
        let plan = Plan::new(&config, 5).unwrap();
        Network::new::<f32>(&plan, &device("cpu").unwrap())
    }

    #[test]
    fn layers_are_named_from_the_input_to_the_output() {
        let names = network(|_| ()).unit_layers();
        assert_eq!(names, ["encoder.0", "code", "decoder.0"]);
    }

    #[test]
    fn outputs_of_the_code_are_the_code() {
        let network = network(|_| ());
        let features: Vec<f32> = (0..10).map(|i| (i as f32 * 0.7).sin()).collect();
        let code = network.encode_rows(features.clone(), 2);
        let outputs = network.unit_outputs(features, 2);
        assert_eq!((outputs.len(), outputs[1].units), (3, 3));
        assert_eq!(outputs[1].values, code);
    }

    #[test]
    fn gradients_of_units_agree_with_finite_differences() {
        for (at, change) in [
            |_: &mut Config| (),
            |config: &mut Config| config.network.batch_norm = true,
            |config: &mut Config| config.variational = Some(Default::default()),
            |config: &mut Config| config.network.tied = true,
        ]
        .into_iter()
        .enumerate()
        {
            let network = network(change);
            let start: Vec<f32> = (0..5).map(|i| (i as f32 * 0.9 + 0.3).cos()).collect();
            for layer in 0..3 {
                let (_, gradient) = network.excitement(layer, &[2], start.clone());
                for feature in 0..5 {
                    let beside = |by: f32| {
                        let mut input = start.clone();
                        input[feature] += by;
                        network.excitement(layer, &[2], input).0[0]
                    };
                    let slope = (beside(1e-2) - beside(-1e-2)) / 2e-2;
                    assert!(
                        (slope - gradient[feature]).abs() < 2e-3,
                        "config {at}, layer {layer}, feature {feature}: {slope} {gradient:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn each_row_follows_its_own_unit() {
        let network = network(|_| ());
        let row: Vec<f32> = (0..5).map(|i| i as f32 * 0.1).collect();
        let (alone, slope) = network.excitement(0, &[3], row.clone());
        let (both, slopes) = network.excitement(0, &[1, 3], [row.clone(), row].concat());
        assert_eq!(both[1], alone[0]);
        assert_eq!(slopes[5..], slope[..]);
        assert_ne!(slopes[..5], slope[..]);
    }
}

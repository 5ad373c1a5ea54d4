//! The network: layers that encode and decode.

mod activation;
mod columns;
mod export;
mod inference;
mod init;
mod layer;
pub(crate) mod map;
mod norm;
mod rows;
mod spec;
mod tangent;
mod units;

use burn::tensor::{Device, ElementConversion, Tensor};

use crate::base::device::{Number, matrix, values};
use crate::base::random::{Address, Stream};
use crate::settings::{Activation, Init};

use columns::{Columns, first_of};
use layer::{Layer, Places};

pub(crate) use crate::data::source::CHUNK;
pub(crate) use activation::reach;
pub use export::DecoderLayer;
pub(crate) use inference::{InferenceNetwork, padded};
pub(crate) use map::{Map, Maps, RowShape, shape};
pub(crate) use norm::Observed;
pub(crate) use spec::{LayerSpec, NetworkSpec, OwnSpec};
pub(crate) use units::UnitOutputs;

/// Encoder and decoder with their weights.
/// All weights are in one list. A tied decoder's layers refer to the encoder's
/// matrices, so two tied layers share one matrix.
#[derive(Debug, Clone)]
pub struct Network {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    dropout: f32,
    /// The shape of a row from the input to the code.
    shapes: Vec<RowShape>,
    columns: Columns,
    pub(crate) parameters: Vec<Parameter>,
    device: Device,
}

/// A named matrix of the network. Biases and the like are `[1, outputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub name: String,
    pub role: Role,
    /// Rows of the matrix that belong to one input, or to one map of inputs.
    pub taps: usize,
    pub value: Tensor<2>,
}

/// The distribution that a matrix is first drawn from, and the map that it is
/// for; `None` for parameters that start at 0 or 1.
type Drawn = Option<(Init, Map)>;

/// The role of a parameter in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A matrix between two layers: decayed, bounded by max-norm.
    Weight,
    /// A bias, or batch normalisation's scale.
    Bias,
    /// A running mean or variance of batch normalisation: not trained.
    Statistic,
    /// A weight that a variant trains together with the network: never decayed.
    Own,
}

/// Values of one parameter in host memory, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// The name, such as `encoder.0.weight`.
    pub name: String,
    /// `[inputs, outputs]`, or `[1, outputs]` for parameters that are not
    /// matrices.
    pub shape: [usize; 2],
    /// Row-major.
    pub values: Vec<f32>,
}

/// The kind of a forward pass.
pub(crate) enum Pass<'a> {
    /// As in use: no dropout, running averages, nothing drawn.
    Evaluate,
    /// As in use, but with the draws that define a loss.
    Measure(Address<'a>),
    /// As in training: dropout, noise, the batch's own statistics.
    Train(TrainPass<'a>),
}

/// The random draws of a training pass, and the statistics that it collects.
pub(crate) struct TrainPass<'a> {
    pub address: Address<'a>,
    /// Completed epochs, including the fraction of the current one.
    pub progress: f64,
    /// The class of every row of the table if a variant takes labels; `None`
    /// for rows without a label.
    pub labels: &'a [Option<usize>],
    /// The batch's statistics, for the running averages after the step.
    pub observed: Vec<norm::Observed>,
}

impl TrainPass<'_> {
    /// Returns the classes of the batch's rows.
    pub fn classes(&self) -> Vec<Option<usize>> {
        let class = |&row: &usize| self.labels.get(row).copied().flatten();
        self.address.rows.iter().map(class).collect()
    }
}

impl<'a> Pass<'a> {
    /// Returns the address of this pass's draws; `None` if nothing is drawn.
    pub fn address(&self) -> Option<Address<'a>> {
        match self {
            Pass::Evaluate => None,
            Pass::Measure(address) => Some(*address),
            Pass::Train(train) => Some(train.address),
        }
    }

    /// Returns the training pass; `None` for other passes.
    pub fn training(&self) -> Option<&TrainPass<'a>> {
        match self {
            Pass::Train(train) => Some(train),
            _ => None,
        }
    }
}

impl Network {
    /// Creates a network with newly drawn weights.
    pub(crate) fn new<T: Number>(spec: &NetworkSpec, device: &Device) -> Self {
        let seed = spec.seed;
        let draw = |place: usize, name: &str, shape: [usize; 2], init: Drawn| match init {
            Some((init, map)) => Ok(init.draw(map, seed, place as u64)),
            None if name.ends_with("norm.scale") || name.ends_with("norm.variance") => {
                Ok(vec![1.0; shape[1]])
            }
            None => Ok(first_of(spec, name).unwrap_or_else(|| vec![0.0; shape[1]])),
        };
        Self::build::<T>(spec, device, draw).expect("drawing weights cannot fail")
    }

    /// Creates a network with stored weights.
    ///
    /// # Errors
    /// Returns the name and shape of the first missing parameter.
    pub(crate) fn from_stored(
        spec: &NetworkSpec,
        stored: &[NamedTensor],
        device: &Device,
    ) -> std::result::Result<Self, String> {
        let find = |_: usize, name: &str, shape: [usize; 2], _: Drawn| {
            let found = stored
                .iter()
                .find(|s| s.name == name && s.shape == shape)
                .ok_or_else(|| format!("no tensor '{name}' of shape {shape:?}"))?;
            if name == columns::VARIANCE && found.values.iter().any(|v| *v <= 0.0) {
                return Err(format!("variances in '{name}' that are not above 0"));
            }
            Ok(found.values.clone())
        };
        Self::build::<f32>(spec, device, find)
    }

    /// Lays out the layers; `first(place, name, shape, init)` gives each
    /// parameter's initial values.
    fn build<T: Number>(
        spec: &NetworkSpec,
        device: &Device,
        mut first: impl FnMut(usize, &str, [usize; 2], Drawn) -> std::result::Result<Vec<f32>, String>,
    ) -> std::result::Result<Self, String> {
        let depth = spec.depth;
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut layers: Vec<Layer> = Vec::new();
        for (place, layer) in spec.layers.iter().enumerate() {
            let mut add = |name: &str, role: Role, shape: [usize; 2]| {
                let name = format!("{}.{name}", layer.name);
                let init = (role == Role::Weight).then_some((layer.init, layer.map));
                let values = first(place, &name, shape, init)?;
                let values = values.into_iter().map(|v| v.elem::<T>()).collect();
                parameters.push(Parameter {
                    name,
                    role,
                    taps: match role {
                        Role::Weight => layer.map.taps(),
                        _ => 1,
                    },
                    value: matrix::<T>(values, shape, device),
                });
                Ok::<usize, String>(parameters.len() - 1)
            };
            let unit = [1, layer.map.units()];
            let mirror = (spec.tied && place >= depth).then(|| 2 * depth - 1 - place);
            let weight = match mirror {
                Some(mirror) => layers[mirror].weight,
                None => add("weight", Role::Weight, layer.map.weight())?,
            };
            let bias = add("bias", Role::Bias, unit)?;
            let norm = match spec.batch_norm && layer.hidden {
                true => Some(norm::Norm {
                    scale: add("norm.scale", Role::Bias, unit)?,
                    mean: add("norm.mean", Role::Statistic, unit)?,
                    variance: add("norm.variance", Role::Statistic, unit)?,
                }),
                false => None,
            };
            let at = Places {
                weight,
                tied: mirror.is_some(),
                bias,
                norm,
            };
            layers.push(Layer::new(layer, place, at));
        }
        for (at, own) in spec.own.iter().enumerate() {
            let place = spec.layers.len() + at;
            let [inputs, outputs] = own.shape;
            let init = own.init.map(|init| (init, Map::Dense { inputs, outputs }));
            let values = first(place, &own.name, own.shape, init)?;
            let values = values.into_iter().map(|v| v.elem::<T>()).collect();
            parameters.push(Parameter {
                name: own.name.clone(),
                role: Role::Own,
                taps: 1,
                value: matrix::<T>(values, own.shape, device),
            });
        }
        let columns = Columns::new(spec, parameters.len());
        if let Some(variances) = columns.variances() {
            let shape = [1, variances.of.len()];
            let values = first(0, columns::VARIANCE, shape, None)?;
            let values = values.into_iter().map(|v| v.elem::<T>()).collect();
            parameters.push(Parameter {
                name: columns::VARIANCE.into(),
                role: Role::Statistic,
                taps: 1,
                value: matrix::<T>(values, shape, device),
            });
        }
        let decoder = layers.split_off(depth);
        Ok(Network {
            columns,
            encoder: layers,
            decoder,
            dropout: spec.dropout,
            shapes: spec.shapes.clone(),
            parameters,
            device: device.clone(),
        })
    }

    /// Returns the network with weights that gather gradients.
    pub(crate) fn tracked(&self) -> Self {
        let mut network = self.followed();
        for parameter in &mut network.parameters {
            if parameter.role != Role::Statistic {
                parameter.value = parameter.value.clone().require_grad();
            }
        }
        network
    }

    /// Returns the network such that inputs can gather gradients through it,
    /// but its own weights do not.
    fn followed(&self) -> Self {
        let mut network = self.clone();
        network.device = network.device.autodiff();
        for parameter in &mut network.parameters {
            parameter.value = parameter.value.clone().autodiff();
        }
        network
    }

    /// Returns the network without gradients.
    pub(crate) fn untracked(&self) -> Self {
        let mut network = self.clone();
        network.device = network.device.without_autodiff();
        for parameter in &mut network.parameters {
            parameter.value = parameter.value.clone().without_autodiff();
        }
        network
    }

    /// Returns the device of the network's tensors.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Maps `[rows, features]` to the encoder's outputs, before any variant
    /// turns them into the code. All features count as known, unless they come
    /// from [`Network::inputs`].
    pub(crate) fn encoder_outputs(&self, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        self.encoder
            .iter()
            .fold(self.entered(input), |x, layer| self.apply(layer, x, pass))
    }

    /// Returns a matrix that a variant trains, by name.
    pub(crate) fn own(&self, name: &str) -> Tensor<2> {
        let found = self.parameters.iter().find(|p| p.name == name);
        found.expect("a variant's own matrix").value.clone()
    }

    /// Maps codes `[rows, code]` to the output layer's sums `[rows, features]`,
    /// before its activation.
    pub(crate) fn decode_sums(&self, code: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let (last, inner) = self.decoder.split_last().expect("a decoder has a layer");
        let x = inner
            .iter()
            .fold(code, |x, layer| self.apply(layer, x, pass));
        last.sums(&self.parameters, x, pass)
    }

    /// Maps the output layer's sums to reconstructions.
    pub(crate) fn output(&self, sums: Tensor<2>) -> Tensor<2> {
        match self.likelihoods() {
            Some(likelihoods) => narrows_ops::means(&likelihoods.parts, sums),
            None => self.output_activation().apply(sums),
        }
    }

    /// Returns the output layer's activation.
    pub(crate) fn output_activation(&self) -> Activation {
        let last = self.decoder.last();
        last.expect("a decoder has a layer").activation
    }

    fn apply(&self, layer: &Layer, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        layer.apply(&self.parameters, input, pass, self.dropout)
    }

    /// Folds a batch's statistics into the running averages.
    pub(crate) fn absorb(&mut self, observed: Vec<norm::Observed>) {
        // A pass may go through a layer several times; only the first time
        // counts.
        let mut layers = Vec::new();
        for seen in observed {
            if !layers.contains(&seen.layer()) {
                layers.push(seen.layer());
                seen.absorb(&mut self.parameters);
            }
        }
    }

    /// Returns whether the decoder's matrices are the encoder's, transposed.
    pub(crate) fn is_tied(&self) -> bool {
        self.decoder.iter().any(|layer| layer.tied)
    }

    /// Returns the number of trained values.
    pub fn weights(&self) -> usize {
        let trained = self.parameters.iter().filter(|p| p.role != Role::Statistic);
        trained.map(|p| p.value.shape().num_elements()).sum()
    }

    /// Returns every parameter's values.
    pub fn store(&self) -> Vec<NamedTensor> {
        let stored = |p: &Parameter| NamedTensor {
            name: p.name.clone(),
            shape: p.value.dims(),
            values: values(p.value.clone()),
        };
        self.parameters.iter().map(stored).collect()
    }

    /// Returns the shapes of a row from the input to the code.
    pub(crate) fn shapes(&self) -> &[RowShape] {
        &self.shapes
    }

    /// Returns the number of the encoder's layers.
    pub(crate) fn encoder_layers(&self) -> usize {
        self.encoder.len()
    }

    /// Returns the shape as text: `784-300-150-300-784`, or
    /// `28x28x1-16x14x14-32x7x7-64 and back`.
    pub fn shape(&self) -> String {
        shape(&self.shapes)
    }

    /// Returns channels, height and width of a code that is feature maps, in
    /// the order of a row of the code; `None` for other codes.
    pub fn code_maps(&self) -> Option<[usize; 3]> {
        match self.shapes.last()? {
            &RowShape::Maps(Maps {
                channels,
                height,
                width,
            }) => Some([channels, height, width]),
            _ => None,
        }
    }
}

/// Returns 0 for a share of the units and `1 / (1 - share)` for the rest, drawn
/// by row, so that the mask does not depend on the batch. If a batch's rows
/// were repeated, stacked one after another, each repetition has the same mask.
pub(crate) fn dropout_mask(
    share: f32,
    like: &Tensor<2>,
    place: u64,
    train: &TrainPass,
) -> Tensor<2> {
    let [rows, units] = like.dims();
    let share = f64::from(share);
    let mask = train.address.mask(Stream::Dropout, place, units, share);
    let drawn = train.address.rows.len();
    let mask = matrix(mask, [drawn, units], &like.device()).cast(like.dtype());
    match rows == drawn {
        true => mask,
        false => mask.repeat(&[rows / drawn, 1]),
    }
}

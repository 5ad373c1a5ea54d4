//! The network: dense layers that encode and decode.
//!
//! One layer is `a(x W + b)`: `x` is `[rows, inputs]`, `W` is
//! `[inputs, outputs]`, `b` is `[1, outputs]`, `a` the activation. With batch
//! normalisation it is `a(norm(x W) s + b)` (Ioffe & Szegedy 2015).

mod activation;
mod init;
mod norm;
mod tangent;

use std::sync::Arc;

use burn::tensor::{Device, ElementConversion, Tensor};

use crate::config::{Activation, Init};
use crate::device::{Number, matrix, values};
use crate::plan::Plan;
use crate::random::{Address, Stream};
use crate::variant::Variant;

pub(crate) use activation::softplus;

/// Encoder and decoder with their weights.
///
/// All weights are in one list; a tied decoder's layers name the encoder's
/// matrices, so there is one matrix where two layers use it.
#[derive(Debug, Clone)]
pub struct Network {
    encoder: Vec<Dense>,
    decoder: Vec<Dense>,
    dropout: f32,
    variants: Vec<Arc<dyn Variant>>,
    pub(crate) parameters: Vec<Parameter>,
    device: Device,
}

/// A layer: where its weights are in the network's list.
#[derive(Debug, Clone)]
struct Dense {
    name: String,
    /// Its place among all layers, which names its random draws.
    place: u64,
    weight: usize,
    transposed: bool,
    bias: usize,
    norm: Option<norm::Norm>,
    activation: Activation,
    hidden: bool,
}

/// A named matrix of the network. Biases and the like are `[1, outputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub name: String,
    pub role: Role,
    pub value: Tensor<2>,
}

/// What a parameter is to training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A matrix between two layers: decayed, bounded by max-norm.
    Weight,
    /// A bias, or batch normalisation's scale.
    Bias,
    /// A running mean or variance of batch normalisation: not trained.
    Statistic,
    /// A weight that a variant trains beside the network: never decayed.
    Own,
}

/// Values of one parameter outside any device, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The name, such as `encoder.0.weight`.
    pub name: String,
    /// `[inputs, outputs]`, or `[1, outputs]` for what is not a matrix.
    pub shape: [usize; 2],
    /// Row-major.
    pub values: Vec<f32>,
}

/// How a forward pass is made.
pub(crate) enum Pass<'a> {
    /// As in use: no dropout, running statistics, nothing drawn.
    Evaluate,
    /// As in use, but with the draws that a loss is defined by.
    Measure(Address<'a>),
    /// As in training: dropout, noise, the batch's own statistics.
    Train(TrainPass<'a>),
}

/// What a training pass draws from, and what it observed.
pub(crate) struct TrainPass<'a> {
    pub address: Address<'a>,
    /// Epochs done, with the part of the running one.
    pub progress: f64,
    /// The class of every row of the table, where a variant takes labels;
    /// none for rows without one.
    pub labels: &'a [Option<usize>],
    /// The batch's statistics, to be taken up after the step.
    pub observed: Vec<norm::Observed>,
}

impl TrainPass<'_> {
    /// The classes of the batch's rows.
    pub fn classes(&self) -> Vec<Option<usize>> {
        let class = |&row: &usize| self.labels.get(row).copied().flatten();
        self.address.rows.iter().map(class).collect()
    }
}

impl<'a> Pass<'a> {
    /// Where this pass's draws are; none where nothing is drawn.
    pub fn address(&self) -> Option<Address<'a>> {
        match self {
            Pass::Evaluate => None,
            Pass::Measure(address) => Some(*address),
            Pass::Train(train) => Some(train.address),
        }
    }

    /// The training pass, if it is one.
    pub fn training(&self) -> Option<&TrainPass<'a>> {
        match self {
            Pass::Train(train) => Some(train),
            _ => None,
        }
    }
}

impl Network {
    /// A network with freshly drawn weights.
    pub(crate) fn new<T: Number>(plan: &Plan, device: &Device) -> Self {
        let seed = plan.config.seed;
        let draw = |place: usize, name: &str, shape: [usize; 2], init: Option<Init>| match init {
            Some(init) => Ok(init.draw(shape[0], shape[1], seed, place as u64)),
            None if name.ends_with("norm.scale") || name.ends_with("norm.variance") => {
                Ok(vec![1.0; shape[1]])
            }
            None => Ok(vec![0.0; shape[1]]),
        };
        Self::build::<T>(plan, device, draw).expect("drawing weights cannot fail")
    }

    /// A network with stored weights.
    ///
    /// # Errors
    /// The name and shape of the first parameter that is not there.
    pub(crate) fn from_stored(
        plan: &Plan,
        stored: &[Stored],
        device: &Device,
    ) -> std::result::Result<Self, String> {
        let find = |_: usize, name: &str, shape: [usize; 2], _: Option<Init>| {
            stored
                .iter()
                .find(|s| s.name == name && s.shape == shape)
                .map(|s| s.values.clone())
                .ok_or_else(|| format!("no tensor '{name}' of shape {shape:?}"))
        };
        Self::build::<f32>(plan, device, find)
    }

    /// Lays out the layers; `first(place, name, shape, init)` gives each
    /// parameter's first values.
    fn build<T: Number>(
        plan: &Plan,
        device: &Device,
        mut first: impl FnMut(
            usize,
            &str,
            [usize; 2],
            Option<Init>,
        ) -> std::result::Result<Vec<f32>, String>,
    ) -> std::result::Result<Self, String> {
        let config = &plan.config.network;
        let depth = plan.depth();
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut layers: Vec<Dense> = Vec::new();
        for (place, layer) in plan.layers.iter().enumerate() {
            let mut add = |name: &str, role: Role, shape: [usize; 2]| {
                let name = format!("{}.{name}", layer.name);
                let init = (role == Role::Weight).then_some(layer.init);
                let values = first(place, &name, shape, init)?;
                let values = values.into_iter().map(|v| v.elem::<T>()).collect();
                parameters.push(Parameter {
                    name,
                    role,
                    value: matrix::<T>(values, shape, device),
                });
                Ok::<usize, String>(parameters.len() - 1)
            };
            let unit = [1, layer.outputs];
            let mirror = (config.tied && place >= depth).then(|| 2 * depth - 1 - place);
            let weight = match mirror {
                Some(mirror) => layers[mirror].weight,
                None => add("weight", Role::Weight, [layer.inputs, layer.outputs])?,
            };
            let bias = add("bias", Role::Bias, unit)?;
            let norm = match config.batch_norm && layer.hidden {
                true => Some(norm::Norm {
                    scale: add("norm.scale", Role::Bias, unit)?,
                    mean: add("norm.mean", Role::Statistic, unit)?,
                    variance: add("norm.variance", Role::Statistic, unit)?,
                }),
                false => None,
            };
            layers.push(Dense {
                name: layer.name.clone(),
                place: place as u64,
                weight,
                transposed: mirror.is_some(),
                bias,
                norm,
                activation: layer.activation,
                hidden: layer.hidden,
            });
        }
        let variants = plan.config.variants();
        let own = variants.iter().flat_map(|v| v.own(&plan.config));
        for (at, own) in own.enumerate() {
            let place = plan.layers.len() + at;
            let values = first(place, &own.name, own.shape, own.init)?;
            let values = values.into_iter().map(|v| v.elem::<T>()).collect();
            parameters.push(Parameter {
                name: own.name,
                role: Role::Own,
                value: matrix::<T>(values, own.shape, device),
            });
        }
        let decoder = layers.split_off(depth);
        Ok(Network {
            encoder: layers,
            decoder,
            dropout: config.dropout,
            variants,
            parameters,
            device: device.clone(),
        })
    }

    /// The same network whose weights gather gradients.
    pub(crate) fn tracked(mut self) -> Self {
        self.device = self.device.autodiff();
        for parameter in &mut self.parameters {
            let value = parameter.value.clone().autodiff();
            parameter.value = match parameter.role {
                Role::Statistic => value,
                _ => value.require_grad(),
            };
        }
        self
    }

    /// The same network without gradients.
    pub(crate) fn untracked(&self) -> Self {
        let mut network = self.clone();
        network.device = network.device.without_autodiff();
        for parameter in &mut network.parameters {
            parameter.value = parameter.value.clone().without_autodiff();
        }
        network
    }

    /// The device of its tensors.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// From `[rows, features]` to codes `[rows, code]`.
    pub(crate) fn encode(&self, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let outputs = self.encoder_outputs(input, pass);
        self.code(outputs, pass)
    }

    /// From `[rows, features]` to the encoder's outputs, before any variant
    /// makes the code of them.
    pub(crate) fn encoder_outputs(&self, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        self.encoder
            .iter()
            .fold(input, |x, layer| self.apply(layer, x, pass))
    }

    /// From the encoder's outputs to codes `[rows, code]`.
    pub(crate) fn code(&self, outputs: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.variants
            .iter()
            .fold(outputs, |code, variant| variant.code(code, pass))
    }

    /// A matrix that a variant trains, by name.
    pub(crate) fn own(&self, name: &str) -> Tensor<2> {
        let found = self.parameters.iter().find(|p| p.name == name);
        found.expect("a variant's own matrix").value.clone()
    }

    /// The variants in use, in the order in which they act.
    pub(crate) fn variants(&self) -> &[Arc<dyn Variant>] {
        &self.variants
    }

    /// From codes `[rows, code]` to the output layer's sums
    /// `[rows, features]`, before its activation.
    pub(crate) fn decode_sums(&self, code: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let (last, inner) = self.decoder.split_last().expect("a decoder has a layer");
        let x = inner
            .iter()
            .fold(code, |x, layer| self.apply(layer, x, pass));
        self.sums(last, x, pass)
    }

    /// From the output layer's sums to reconstructions.
    pub(crate) fn output(&self, sums: Tensor<2>) -> Tensor<2> {
        self.decoder
            .last()
            .expect("a decoder has a layer")
            .activation
            .apply(sums)
    }

    fn apply(&self, layer: &Dense, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let output = layer.activation.apply(self.sums(layer, input, pass));
        match pass {
            Pass::Train(train) if layer.hidden && self.dropout > 0.0 => {
                let mask = dropout_mask(self.dropout, &output, layer.place, train);
                output * mask
            }
            _ => output,
        }
    }

    /// `x W`
    fn product(&self, layer: &Dense, input: Tensor<2>) -> Tensor<2> {
        let weight = self.parameters[layer.weight].value.clone();
        input.matmul(match layer.transposed {
            true => weight.transpose(),
            false => weight,
        })
    }

    fn sums(&self, layer: &Dense, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let sums = self.product(layer, input);
        let sums = match &layer.norm {
            Some(norm) => norm.apply(&self.parameters, sums, pass),
            None => sums,
        };
        sums + self.parameters[layer.bias].value.clone()
    }

    /// Takes up the statistics that a training pass observed.
    pub(crate) fn absorb(&mut self, observed: Vec<norm::Observed>) {
        for seen in observed {
            seen.absorb(&mut self.parameters);
        }
    }

    /// Whether the decoder's matrices are the encoder's, transposed.
    pub(crate) fn is_tied(&self) -> bool {
        self.decoder.iter().any(|layer| layer.transposed)
    }

    /// How many values are trained.
    pub fn weights(&self) -> usize {
        let trained = self.parameters.iter().filter(|p| p.role != Role::Statistic);
        trained.map(|p| p.value.shape().num_elements()).sum()
    }

    /// Every parameter's values.
    pub fn store(&self) -> Vec<Stored> {
        let stored = |p: &Parameter| Stored {
            name: p.name.clone(),
            shape: p.value.dims(),
            values: values(p.value.clone()),
        };
        self.parameters.iter().map(stored).collect()
    }

    /// Codes `[rows, code]` of features `[rows, features]`, both row-major.
    pub fn encode_rows(&self, features: Vec<f32>, rows: usize) -> Vec<f32> {
        self.encode_rows_as(features, rows, &mut Pass::Evaluate)
    }

    /// The same by another pass.
    pub(crate) fn encode_rows_as(
        &self,
        features: Vec<f32>,
        rows: usize,
        pass: &mut Pass,
    ) -> Vec<f32> {
        let width = features.len() / rows;
        let input = matrix(features, [rows, width], &self.device);
        values(self.encode(input, pass))
    }

    /// Features `[rows, features]` of codes `[rows, code]`, both row-major.
    pub fn decode_rows(&self, codes: Vec<f32>, rows: usize) -> Vec<f32> {
        self.output_rows(self.decode_sums_rows(codes, rows), rows)
    }

    /// The output layer's sums `[rows, features]` of codes `[rows, code]`,
    /// both row-major.
    pub fn decode_sums_rows(&self, codes: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = codes.len() / rows;
        let code = matrix(codes, [rows, width], &self.device);
        values(self.decode_sums(code, &mut Pass::Evaluate))
    }

    /// The output layer's activation of its sums, `[rows, features]`.
    pub fn output_rows(&self, sums: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = sums.len() / rows;
        values(self.output(matrix(sums, [rows, width], &self.device)))
    }

    /// The first layer's outputs `[rows, units]`, row-major.
    pub(crate) fn first_layer(&self, features: Vec<f32>, rows: usize) -> Vec<f32> {
        self.lower_layers(1, features, rows)
    }

    /// The outputs `[rows, units]` of the encoder's layer number `layers`,
    /// counted from 1, row-major.
    pub(crate) fn lower_layers(&self, layers: usize, features: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = features.len() / rows;
        let input = matrix(features, [rows, width], &self.device);
        let lower = self.encoder[..layers].iter();
        values(lower.fold(input, |x, layer| self.apply(layer, x, &mut Pass::Evaluate)))
    }

    /// For each layer before the output: its name and, for every unit, the
    /// sum of its outputs' magnitudes over the given rows.
    pub(crate) fn activity(
        &self,
        features: Vec<f32>,
        rows: usize,
    ) -> Vec<(String, bool, Vec<f32>)> {
        let width = features.len() / rows;
        let mut x = matrix(features, [rows, width], &self.device);
        let mut activity = Vec::new();
        let hidden = &self.decoder[..self.decoder.len() - 1];
        for (at, layer) in self.encoder.iter().chain(hidden).enumerate() {
            x = self.apply(layer, x, &mut Pass::Evaluate);
            if at + 1 == self.encoder.len() {
                x = self.code(x, &Pass::Evaluate);
            }
            let sums = values(x.clone().abs().sum_dim(0));
            activity.push((layer.name.clone(), layer.activation.can_die(), sums));
        }
        activity
    }
}

/// 0 for a share of the units, `1 / (1 - share)` for the rest; drawn by row,
/// so that it does not depend on the batch.
pub(crate) fn dropout_mask(
    share: f32,
    like: &Tensor<2>,
    place: u64,
    train: &TrainPass,
) -> Tensor<2> {
    let [rows, units] = like.dims();
    let keep = 1.0 / (1.0 - share);
    let mask = train
        .address
        .fill(Stream::Dropout, place, units, units, |draws, out| {
            out.iter_mut()
                .for_each(|m| *m = if draws.uniform() < share { 0.0 } else { keep });
        });
    matrix(mask, [rows, units], &like.device()).cast(like.dtype())
}

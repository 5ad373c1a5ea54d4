//! Prepares a trained network for sending many rows through it.
//!
//! Dense layers are packed once, and then a row gives the same bytes alone and
//! among millions, at any number of threads. For the same reason, other layers
//! take rows in chunks of one size, with the last one padded.

use narrows_ops::elementwise::{Function, With, each_value};
use narrows_ops::packed::{Order, PackedLayer, PackedNetwork, Sums};
use narrows_ops::{Activation, means_of_rows};

use super::Network;
use super::layer::Layer;
use crate::base::device::values;
use crate::data::source::CHUNK;

/// The encoder and the decoder of a network whose weights no longer change.
#[derive(Debug, Clone)]
pub(crate) struct InferenceNetwork {
    network: Network,
    encoder: Option<PackedLayers>,
    decoder: Option<PackedLayers>,
}

/// Packed layers with their activations; that of the output layer is left out.
#[derive(Debug, Clone)]
struct PackedLayers {
    layers: PackedNetwork,
    activations: Vec<Activation>,
    outputs: usize,
}

impl InferenceNetwork {
    pub fn new(network: &Network) -> Self {
        let network = network.untracked();
        let encoder = PackedLayers::of(&network, &network.encoder);
        let decoder = PackedLayers::of(&network, &network.decoder).map(|mut decoder| {
            if let Some(last) = decoder.activations.last_mut() {
                *last = Activation::Identity;
            }
            decoder
        });
        InferenceNetwork {
            network,
            encoder,
            decoder,
        }
    }

    /// Prepares the encoder's first `layers` layers alone.
    pub fn lower(network: &Network, layers: usize) -> Self {
        let mut network = network.untracked();
        network.encoder.truncate(layers);
        InferenceNetwork {
            encoder: PackedLayers::of(&network, &network.encoder),
            decoder: None,
            network,
        }
    }

    /// Returns the encoder's outputs `[rows, outputs]` of features
    /// `[rows, features]`, both row-major; NaN stands for features that are not
    /// known.
    pub fn encoder_outputs(&self, features: &[f32], rows: usize) -> Vec<f32> {
        let entered = self.network.cells().map(|cells| cells.inputs(features));
        let features = entered.as_deref().unwrap_or(features);
        match &self.encoder {
            Some(encoder) => encoder.apply(features, rows),
            None => padded(features, rows, |features| {
                self.network.encoder_outputs_rows(features, CHUNK)
            }),
        }
    }

    /// Returns the output layer's sums `[rows, features]` of codes
    /// `[rows, code]`.
    pub fn decode_sums(&self, codes: &[f32], rows: usize) -> Vec<f32> {
        match &self.decoder {
            Some(decoder) => decoder.apply(codes, rows),
            None => padded(codes, rows, |codes| {
                self.network.decode_sums_rows(codes, CHUNK)
            }),
        }
    }

    /// Returns the features `[rows, features]` of codes `[rows, code]`.
    pub fn decode(&self, codes: &[f32], rows: usize) -> Vec<f32> {
        let mut sums = self.decode_sums(codes, rows);
        self.output(&mut sums);
        sums
    }

    /// Applies the output layer's activation to its sums, in place.
    pub fn output(&self, sums: &mut [f32]) {
        match self.network.likelihoods() {
            Some(likelihoods) => means_of_rows(&likelihoods.parts, sums),
            None => self.network.output_activation().with(InPlace(sums)),
        }
    }
}

struct InPlace<'a>(&'a mut [f32]);

impl With for InPlace<'_> {
    type Output = ();

    fn with<F: Function>(self, function: F) {
        each_value(self.0, function);
    }
}

struct OfSums<'a>(Sums<'a>);

impl With for OfSums<'_> {
    type Output = ();

    fn with<F: Function>(self, function: F) {
        self.0.map(
            #[inline(always)]
            move |z| function.value(z),
        );
    }
}

impl PackedLayers {
    /// Packs the layers; `None` if one of them is not dense, or is normalised.
    fn of(network: &Network, layers: &[Layer]) -> Option<Self> {
        let pack = |layer: &Layer| {
            let (weight, bias) = layer.plain_dense(&network.parameters)?;
            let [rows, columns] = weight.dims();
            let (order, inputs, outputs) = match layer.tied {
                true => (Order::OutputsByInputs, columns, rows),
                false => (Order::InputsByOutputs, rows, columns),
            };
            let (weight, bias) = (values(weight), values(bias));
            Some(PackedLayer::new(&weight, order, inputs, outputs, &bias))
        };
        let packed: Option<Vec<PackedLayer>> = layers.iter().map(pack).collect();
        let packed = packed?;
        Some(PackedLayers {
            outputs: packed.last()?.outputs(),
            layers: PackedNetwork::new(packed),
            activations: layers.iter().map(|layer| layer.activation).collect(),
        })
    }

    fn apply(&self, inputs: &[f32], rows: usize) -> Vec<f32> {
        let mut outputs = vec![0.0; rows * self.outputs];
        self.layers.apply(inputs, &mut outputs, |layer, sums| {
            self.activations[layer].with(OfSums(sums));
        });
        outputs
    }
}

/// Sends any number of rows through a function that takes whole chunks of them.
pub(crate) fn padded(
    values: &[f32],
    rows: usize,
    through: impl Fn(Vec<f32>) -> Vec<f32>,
) -> Vec<f32> {
    let width = values.len() / rows.max(1);
    let mut all = Vec::new();
    for part in values.chunks(CHUNK * width.max(1)) {
        let mut full = part.to_vec();
        full.resize(CHUNK * width, 0.0);
        let mut out = through(full);
        out.truncate(out.len() / CHUNK * (part.len() / width.max(1)));
        all.extend(out);
    }
    all
}

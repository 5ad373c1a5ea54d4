//! Runs a trained network with its variants over many rows.

use std::sync::OnceLock;

use super::variant::Coder;
use crate::base::device::{matrix, values};
use crate::data::source::Source;
use crate::network::{CHUNK, InferenceNetwork, Pass};
use crate::settings::Activation;

/// A coder whose weights no longer change, prepared for sending many rows
/// through it.
#[derive(Debug, Clone)]
pub(crate) struct Inference {
    coder: Coder,
    network: InferenceNetwork,
    /// The encoder's first layers alone, one more each time; empty until they are
    /// used.
    lower: OnceLock<Vec<InferenceNetwork>>,
}

impl Inference {
    pub fn new(coder: &Coder) -> Self {
        Inference {
            network: InferenceNetwork::new(&coder.network),
            lower: OnceLock::new(),
            coder: coder.untracked(),
        }
    }

    /// Returns codes `[rows, code]` of features `[rows, features]`, both
    /// row-major; NaN stands for features that are not known.
    pub fn encode(&self, features: &[f32], rows: usize) -> Vec<f32> {
        let outputs = self.network.encoder_outputs(features, rows);
        if self.coder.variants.is_empty() {
            return outputs;
        }
        let shape = [rows, outputs.len() / rows.max(1)];
        let outputs = matrix(outputs, shape, self.coder.network.device());
        values(self.coder.code(outputs, &Pass::Evaluate))
    }

    /// Returns the outputs of each layer of a dense encoder for features
    /// `[rows, features]`, each `[rows, outputs]`; those of the last are the codes.
    pub fn pathway(&self, features: &[f32], rows: usize) -> Vec<Vec<f32>> {
        let network = &self.coder.network;
        let lower = |layers| InferenceNetwork::lower(network, layers);
        let lower = self
            .lower
            .get_or_init(|| (1..network.encoder_layers()).map(lower).collect());
        let outputs = lower
            .iter()
            .map(|lower| lower.encoder_outputs(features, rows));
        outputs.chain([self.encode(features, rows)]).collect()
    }

    /// Returns the activation of the output layer.
    pub fn output_activation(&self) -> Activation {
        self.coder.network.output_activation()
    }

    /// Returns the variance of each feature around its reconstruction, if the
    /// network keeps them.
    pub fn variances(&self) -> Option<Vec<f32>> {
        self.coder.network.variances().map(values)
    }

    /// Returns the output layer's sums `[rows, features]` of codes
    /// `[rows, code]`.
    pub fn decode_sums(&self, codes: &[f32], rows: usize) -> Vec<f32> {
        self.network.decode_sums(codes, rows)
    }

    /// Returns features `[rows, features]` of codes `[rows, code]`.
    pub fn decode(&self, codes: &[f32], rows: usize) -> Vec<f32> {
        self.network.decode(codes, rows)
    }

    /// Sends rows through encoder and decoder; calls `each` with every chunk in
    /// turn.
    pub fn chunks(&self, data: &dyn Source, rows: &[usize], mut each: impl FnMut(Chunk)) {
        for part in rows.chunks(CHUNK) {
            let input = data.gather_known(part);
            each(self.pass(&input, part.len()).chunk());
        }
    }

    /// Sends rows through encoder and decoder, of features `[rows, features]`, NaN
    /// for those that are not known.
    pub fn pass<'a>(&self, input: &'a [f32], rows: usize) -> Passed<'a> {
        let code = self.encode(input, rows);
        let sums = self.decode_sums(&code, rows);
        let mut output = sums.clone();
        self.network.output(&mut output);
        Passed {
            rows,
            input,
            code,
            sums,
            output,
        }
    }
}

/// What a network made of some rows.
pub(crate) struct Passed<'a> {
    rows: usize,
    input: &'a [f32],
    code: Vec<f32>,
    sums: Vec<f32>,
    output: Vec<f32>,
}

impl Passed<'_> {
    pub fn chunk(&self) -> Chunk<'_> {
        Chunk {
            rows: self.rows,
            input: self.input,
            code: &self.code,
            sums: &self.sums,
            output: &self.output,
        }
    }
}

/// A chunk of rows on its way through a network, each field `[rows, …]`,
/// row-major.
pub(crate) struct Chunk<'a> {
    pub rows: usize,
    /// NaN for features that are not known.
    pub input: &'a [f32],
    pub code: &'a [f32],
    /// The output layer's sums, before its activation.
    pub sums: &'a [f32],
    pub output: &'a [f32],
}

//! Runs a network over rows that are not on a device, `[rows, …]`, row-major.

use super::{Network, Pass};
use crate::base::device::{matrix, values};

impl Network {
    /// Returns the encoder's outputs `[rows, outputs]` of features
    /// `[rows, features]`.
    pub(crate) fn encoder_outputs_rows(&self, features: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = features.len() / rows;
        let input = matrix(features, [rows, width], &self.device);
        values(self.encoder_outputs(input, &mut Pass::Evaluate))
    }

    /// Returns the output layer's sums `[rows, features]` of codes
    /// `[rows, code]`.
    pub(crate) fn decode_sums_rows(&self, codes: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = codes.len() / rows;
        let code = matrix(codes, [rows, width], &self.device);
        values(self.decode_sums(code, &mut Pass::Evaluate))
    }
}

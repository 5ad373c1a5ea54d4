//! A network over rows outside any device, `[rows, …]`, row-major.

use super::activation::can_die;
use super::{Network, Pass};
use crate::device::{matrix, values};

impl Network {
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

    /// The output layer's sums `[rows, features]` of codes `[rows, code]`,
    /// both row-major.
    pub fn decode_sums_rows(&self, codes: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = codes.len() / rows;
        let code = matrix(codes, [rows, width], &self.device);
        values(self.decode_sums(code, &mut Pass::Evaluate))
    }

    /// The first layer's outputs `[rows, units]`, row-major; each pixel of
    /// maps is a row of its own.
    pub(crate) fn first_layer(&self, features: Vec<f32>, rows: usize) -> Vec<f32> {
        let width = features.len() / rows;
        let input = matrix(features, [rows, width], &self.device);
        let layer = &self.encoder[0];
        let output = self.apply(layer, input, &mut Pass::Evaluate);
        let pixels = layer.outputs_per_unit();
        let units = output.dims()[1] / pixels;
        let output = output.reshape([rows, units, pixels]).swap_dims(1, 2);
        values(output.reshape([rows * pixels, units]))
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
            let units = sums.chunks(layer.outputs_per_unit());
            let sums = units.map(|unit| unit.iter().sum()).collect();
            activity.push((layer.name.clone(), can_die(layer.activation), sums));
        }
        activity
    }
}

//! A network over rows outside any device, `[rows, …]`, row-major.

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
            let units = sums.chunks(layer.outputs_per_unit());
            let sums = units.map(|unit| unit.iter().sum()).collect();
            activity.push((layer.name.clone(), layer.activation.can_die(), sums));
        }
        activity
    }
}

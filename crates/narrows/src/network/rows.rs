//! A network over rows outside any device, `[rows, …]`, row-major.

use super::activation::can_die;
use super::{Network, Pass};
use crate::device::{matrix, values};
use crate::random::Address;
use crate::variant::Corrupted;

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

    /// Features `[rows, features]`, row-major, as the variants corrupt them.
    pub(crate) fn corrupted_rows(&self, features: Vec<f32>, address: Address) -> Vec<f32> {
        let shape = [address.rows.len(), features.len() / address.rows.len()];
        let clean = Corrupted {
            input: matrix(features, shape, &self.device),
            emphasis: None,
        };
        let variants = self.variants().iter();
        values(
            variants
                .fold(clean, |input, v| v.corrupt(input, address))
                .input,
        )
    }

    /// For each layer before the output: its name and, for every unit, the
    /// sum of its outputs' magnitudes over the given rows.
    pub(crate) fn activity(
        &self,
        features: Vec<f32>,
        rows: usize,
    ) -> Vec<(String, bool, Vec<f32>)> {
        let mut activity = Vec::new();
        self.through_hidden(features, rows, |layer, x| {
            let sums = values(x.abs().sum_dim(0));
            let units = sums.chunks(layer.outputs_per_unit());
            let sums = units.map(|unit| unit.iter().sum()).collect();
            activity.push((layer.name.clone(), can_die(layer.activation), sums));
        });
        activity
    }
}

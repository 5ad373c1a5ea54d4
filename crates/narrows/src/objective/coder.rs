//! Runs a network with its variants over rows that are not on a device,
//! `[rows, …]`, row-major.

use burn::tensor::Tensor;

use super::loss::batch;
use super::variant::{Coder, Corrupted};
use crate::base::device::{matrix, values};
use crate::base::random::Address;
use crate::data::cells::Known;
use crate::data::source::Source;
use crate::network::{CHUNK, Pass, UnitOutputs};

impl Coder {
    /// Returns codes `[rows, code]` of features `[rows, features]` in any pass;
    /// NaN stands for features that are not known.
    pub fn encode_rows_as(&self, features: Vec<f32>, rows: usize, pass: &mut Pass) -> Vec<f32> {
        values(self.encode(self.inputs(features, rows), pass))
    }

    /// Returns the encoder's inputs for features `[rows, features]`, of which
    /// NaN stands for those that are not known.
    pub fn inputs(&self, features: Vec<f32>, rows: usize) -> Tensor<2> {
        let (input, known) = self.known(features, rows);
        self.network.inputs(input, known.as_ref())
    }

    /// Returns features `[rows, features]` on the network's device, with what is
    /// shown in place of NaN; and 1 for each that is known, else 0, or `None` if
    /// all are.
    pub fn known(&self, features: Vec<f32>, rows: usize) -> (Tensor<2>, Option<Tensor<2>>) {
        let shape = [rows, features.len() / rows.max(1)];
        let tensor = |values| matrix::<f32>(values, shape, self.network.device());
        match self.network.cells() {
            Some(cells) => {
                let Known { values, known } = cells.separate(features);
                (tensor(values), known.map(tensor))
            }
            None => (tensor(features), None),
        }
    }

    /// Returns features `[rows, features]` as the variants corrupt them; NaN
    /// stands for those that are not known, before and after.
    pub fn corrupted_rows(&self, features: Vec<f32>, address: Address) -> Vec<f32> {
        let (clean, known) = self.known(features, address.rows.len());
        let corrupted = self.corrupt(Corrupted::clean(clean, known), address);
        let mut input = values(corrupted.input);
        if let Some(known) = corrupted.known {
            let known = values(known);
            let hidden = input
                .iter_mut()
                .zip(known)
                .filter(|(_, known)| *known == 0.0);
            hidden.for_each(|(value, _)| *value = f32::NAN);
        }
        input
    }

    /// Returns the outputs of the units of every layer but the output layer.
    pub fn unit_outputs(&self, features: Vec<f32>, rows: usize) -> Vec<UnitOutputs> {
        let code = |outputs| self.code_in_use(outputs);
        self.network.unit_outputs(features, rows, code)
    }

    /// Returns, for each layer before the output, its name, whether its units
    /// can die, and for every unit the sum of its outputs' magnitudes over the
    /// rows.
    pub fn activity(&self, features: Vec<f32>, rows: usize) -> Vec<(String, bool, Vec<f32>)> {
        let code = |outputs| self.code_in_use(outputs);
        self.network.activity(features, rows, code)
    }

    /// Returns how each input excites its unit; see [`crate::network::Network::excitement`].
    pub fn excitement(
        &self,
        layer: usize,
        units: &[usize],
        features: Vec<f32>,
    ) -> (Vec<f32>, Vec<f32>) {
        let code = |outputs| self.code_in_use(outputs);
        self.network.excitement(layer, units, features, code)
    }

    /// Returns each unit's mean divergence from the prior over the rows, in
    /// nats; `None` unless codes have distributions.
    pub fn unit_divergences(&self, data: &dyn Source, rows: &[usize]) -> Option<Vec<f32>> {
        let mut sums: Vec<f32> = Vec::new();
        for part in rows.chunks(CHUNK) {
            let (input, known) = batch(self, data, part);
            let input = self.network.inputs(input, known.as_ref());
            let mut variants = self.variants.iter();
            let nats = variants.find_map(|v| v.unit_divergences(&self.network, input.clone()))?;
            sums.resize(nats.len(), 0.0);
            sums.iter_mut().zip(nats).for_each(|(sum, new)| *sum += new);
        }
        Some(sums.iter().map(|sum| sum / rows.len() as f32).collect())
    }

    fn code_in_use(&self, outputs: Tensor<2>) -> Tensor<2> {
        self.code(outputs, &Pass::Evaluate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::device::device;
    use crate::config::Config;
    use crate::config::plan::Plan;
    use crate::network::Network;

    fn coder(change: impl Fn(&mut Config)) -> Coder {
        let mut config = Config::default();
        config.network.hidden = vec![4];
        config.network.code = 3;
        change(&mut config);
        let plan = Plan::for_data(&config, 5, None).unwrap();
        plan.config
            .coder(Network::new::<f32>(&plan.spec, &device("cpu").unwrap()))
    }

    #[test]
    fn layers_are_named_from_the_input_to_the_output() {
        let names = coder(|_| ()).network.unit_layers();
        assert_eq!(names, ["encoder.0", "code", "decoder.0"]);
    }

    #[test]
    fn outputs_of_the_code_are_the_code() {
        let coder = coder(|_| ());
        let features: Vec<f32> = (0..10).map(|i| (i as f32 * 0.7).sin()).collect();
        let code = coder.encode_rows_as(features.clone(), 2, &mut Pass::Evaluate);
        let outputs = coder.unit_outputs(features, 2);
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
            let coder = coder(change);
            let start: Vec<f32> = (0..5).map(|i| (i as f32 * 0.9 + 0.3).cos()).collect();
            for layer in 0..3 {
                let (_, gradient) = coder.excitement(layer, &[2], start.clone());
                for feature in 0..5 {
                    let beside = |by: f32| {
                        let mut input = start.clone();
                        input[feature] += by;
                        coder.excitement(layer, &[2], input).0[0]
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
        let coder = coder(|_| ());
        let row: Vec<f32> = (0..5).map(|i| i as f32 * 0.1).collect();
        let (alone, slope) = coder.excitement(0, &[3], row.clone());
        let (both, slopes) = coder.excitement(0, &[1, 3], [row.clone(), row].concat());
        assert_eq!(both[1], alone[0]);
        assert_eq!(slopes[5..], slope[..]);
        assert_ne!(slopes[..5], slope[..]);
    }
}

//! Contractive: the squared Frobenius norm of the encoder's Jacobian,
//! `‖∂h/∂x‖²`, is added to the loss, averaged over rows.
//!
//! Rifai, Vincent, Muller, Glorot & Bengio, "Contractive auto-encoders", 2011.
//! For one layer `h = a(z)`, `z = x W + b`, the squared norm is
//! `Σⱼ a'(zⱼ)² Σᵢ Wᵢⱼ²`. For deeper encoders it is estimated without bias by
//! directions `v` of mean 0 and variance 1: `E ‖∂h/∂x v‖² = ‖∂h/∂x‖²`
//! (Hutchinson 1990), where `∂h/∂x v` passes through the layers together with
//! `x`. With `[variational]`, `h` is all of the encoder's outputs, means and
//! spreads.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Context, Effect, Forward, Measure, Measured, Variant};
use crate::data::source::Source;
use crate::settings::ranges::{above_zero, no_effect, within};
use crate::base::device::{matrix, scalar};
use crate::base::error::{Error, Result};
use crate::objective::terms::{Terms, sum};
use crate::network::{CHUNK, Network};
use crate::base::random::{Address, Stream};
use crate::base::warning::{Setting, Warning};

/// The built-in config, and the lines of `docs/kinds.md`.
pub(super) const EXAMPLE: &str = include_str!("../../../../../configs/contractive.toml");
pub(super) const DOCS: &str = "\
| contractive | `contractive` | 784-300-784, tied | mse 0.00448, squared norm of the Jacobian 91.3 | 3 min 18 s |";

/// `[contractive]`: a term that makes codes insensitive to small changes of the
/// input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Contractive {
    /// Weight of the term (default 0.1).
    pub weight: f32,
    /// Encoders of more than one layer: random directions per row and step
    /// (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directions: Option<usize>,
}

/// Directions per row when the norm is measured, not trained on.
const MEASURED_DIRECTIONS: usize = 16;

impl Default for Contractive {
    fn default() -> Self {
        Contractive {
            weight: 0.1,
            directions: None,
        }
    }
}

/// Returns `‖∂h/∂x‖²` of each row, `[rows, 1]`: exact for one layer, otherwise
/// estimated with `directions` directions per row.
fn squared_jacobians(
    network: &Network,
    input: Tensor<2>,
    address: Address,
    directions: usize,
) -> Tensor<2> {
    let (rows, features) = (input.dims()[0], network.shapes()[0].values());
    if let Some(exact) = network.squared_jacobian(input.clone()) {
        return exact;
    }
    let device = input.device();
    let each = (0..directions as u64).map(|part| {
        let direction = matrix(
            address.normals(Stream::Direction, part, features),
            [rows, features],
            &device,
        );
        let tangent = network.tangent(input.clone(), direction.cast(input.dtype()));
        tangent.square().sum_dim(1)
    });
    let sum = each.reduce(|a, b| a + b).expect("at least one direction");
    sum / directions as f64
}

/// Returns the mean of `‖∂h/∂x‖²` over the rows.
fn squared_jacobian(
    network: &Network,
    input: Tensor<2>,
    address: Address,
    directions: usize,
) -> Tensor<1> {
    let rows = input.dims()[0] as f64;
    sum(squared_jacobians(network, input, address, directions)) / rows
}

/// Returns the mean of `‖∂h/∂x‖` over the first `rows` rows of the data.
pub(crate) fn jacobian_norm(
    seed: u64,
    network: &Network,
    data: &dyn Source,
    rows: usize,
) -> f64 {
    let all: Vec<usize> = (0..rows).collect();
    let parts = all.chunks(CHUNK).map(|part| {
        let inputs = match network.cells() {
            Some(cells) => cells.inputs(&data.gather_known(part)),
            None => data.gather(part),
        };
        let shape = [part.len(), inputs.len() / part.len()];
        let input = matrix(inputs, shape, network.device());
        let address = Address {
            seed,
            epoch: 0,
            rows: part,
            turn: 0,
        };
        let squared = squared_jacobians(network, input, address, MEASURED_DIRECTIONS);
        scalar(sum(squared.sqrt()))
    });
    parts.sum::<f64>() / rows as f64
}

impl Variant for Contractive {
    fn name(&self) -> &'static str {
        "contractive"
    }

    fn check(&self, context: &Context) -> Result<()> {
        above_zero("contractive.weight", f64::from(self.weight))?;
        if let Some(directions) = self.directions {
            within("contractive.directions", directions as f64, 1.0, 1e4)?;
            no_effect(
                "contractive.directions",
                context.is_shallow,
                "the Jacobian of an encoder of one layer is exact",
            )?;
            no_effect(
                "contractive.directions",
                context.trains_layers_alone,
                "each layer's own encoder has one layer, whose Jacobian is exact",
            )?;
        }
        for (key, used) in [
            ("network.batch_norm", context.batch_norm),
            ("network.dropout", context.dropout > 0.0),
        ] {
            if used {
                return Err(Error::config(
                    key,
                    format!("[contractive] beside {key}"),
                    "an encoder whose derivative is that of each row alone",
                    format!("leave [contractive] or {key} out"),
                ));
            }
        }
        Ok(())
    }

    fn excludes(&self, _: &Context) -> Vec<(Effect, &'static str)> {
        let reason = "the derivative of units that are taken away is 0";
        vec![(Effect::ZeroesUnits, reason)]
    }

    fn warnings(&self, context: &Context) -> Vec<Warning> {
        let evaded = !context.tied;
        let try_one = vec![Setting::new("network.tied", true)];
        evaded
            .then_some(Warning::UntiedContractive { try_one })
            .into_iter()
            .collect()
    }

    fn terms(&self, forward: &Forward) -> Terms {
        let Some(address) = forward.pass.address() else {
            return Vec::new();
        };
        let directions = self.directions.unwrap_or(1);
        let term = squared_jacobian(
            &forward.coder.network,
            forward.input.clone(),
            address,
            directions,
        );
        vec![("contraction", term * f64::from(self.weight))]
    }

    fn weight(&self, term: &str) -> Option<(&'static str, f64)> {
        (term == "contraction").then(|| ("contractive.weight", f64::from(self.weight)))
    }

    fn measures(&self, measured: &Measured) -> Vec<Measure> {
        let input = measured.input.clone();
        let directions = MEASURED_DIRECTIONS;
        let squared = squared_jacobian(&measured.coder.network, input, measured.address, directions);
        vec![Measure {
            name: "squared_jacobian",
            value: scalar(squared),
            shown: Some((
                "Squared norm of the Jacobian",
                "of the code by the input, mean over rows",
            )),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Activation, Config};
    use crate::base::device::device;
    use crate::config::plan::Plan;

    const FEATURES: usize = 5;

    fn network(hidden: &[usize], activation: Activation) -> Network {
        let mut config = Config::default();
        config.network.hidden = hidden.to_vec();
        config.network.code = 3;
        config.network.activation = Some(activation);
        let plan = Plan::for_data(&config, FEATURES, None).unwrap();
        Network::new::<f64>(&plan.spec, &device("cpu").unwrap())
    }

    fn code(network: &Network, input: &[f64]) -> Vec<f64> {
        let input = matrix(input.to_vec(), [1, FEATURES], network.device());
        let code = network.encoder_outputs(input, &mut crate::network::Pass::Evaluate);
        code.try_into_vec_as::<f64>().unwrap()
    }

    /// Returns `‖∂h/∂x‖²` of one row by central differences.
    fn by_differences(network: &Network, input: &[f64]) -> f64 {
        let step = 1e-6;
        (0..FEATURES)
            .map(|feature| {
                let moved = |by: f64| {
                    let mut input = input.to_vec();
                    input[feature] += by;
                    code(network, &input)
                };
                let (up, down) = (moved(step), moved(-step));
                let slopes = up.iter().zip(down).map(|(u, d)| (u - d) / (2.0 * step));
                slopes.map(|s| s * s).sum::<f64>()
            })
            .sum()
    }

    #[test]
    fn the_closed_form_is_the_jacobian_of_every_activation() {
        use Activation::*;
        let input = [0.3, -0.7, 0.2, 0.9, -0.4];
        for activation in [
            Identity, Sigmoid, Tanh, Relu, LeakyRelu, Elu, Selu, Gelu, Softplus,
        ] {
            let network = network(&[], activation);
            let x = matrix(input.to_vec(), [1, FEATURES], network.device());
            let found = scalar(sum(network.squared_jacobian(x).unwrap()));
            let expected = by_differences(&network, &input);
            assert!(
                (found - expected).abs() < 1e-6 * expected,
                "{activation:?}: {found} {expected}"
            );
        }
    }

    #[test]
    fn random_directions_estimate_the_jacobian_of_deeper_encoders() {
        let network = network(&[4], Activation::Tanh);
        let input = [0.3, -0.7, 0.2, 0.9, -0.4];
        let x = matrix(input.to_vec(), [1, FEATURES], network.device());
        let address = Address {
            seed: 3,
            epoch: 1,
            rows: &[0],
            turn: 0,
        };
        let found = scalar(squared_jacobian(&network, x, address, 10_000));
        let expected = by_differences(&network, &input);
        // The estimate's deviation is at most √(2/10,000) of it.
        assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
    }

    #[test]
    fn the_norm_is_the_mean_of_the_rows_norms() {
        struct Two;
        impl Source for Two {
            fn width(&self) -> usize {
                FEATURES
            }
            fn place(&self, row: usize) -> usize {
                row
            }
            fn gather(&self, rows: &[usize]) -> Vec<f32> {
                let all = [[0.3, -0.7, 0.2, 0.9, -0.4], [1.3, 0.4, -2.0, 0.1, 0.5]];
                rows.iter().flat_map(|&row| all[row]).collect()
            }
        }
        let mut config = Config::default();
        config.network.hidden = vec![];
        config.network.code = 3;
        let plan = Plan::for_data(&config, FEATURES, None).unwrap();
        let cpu = device("cpu").unwrap();
        let found = jacobian_norm(1, &Network::new::<f32>(&plan.spec, &cpu), &Two, 2);
        let exact = Network::new::<f64>(&plan.spec, &cpu);
        let of = |row: usize| {
            let row: Vec<f64> = Two.gather(&[row]).iter().map(|&x| f64::from(x)).collect();
            by_differences(&exact, &row).sqrt()
        };
        let expected = (of(0) + of(1)) / 2.0;
        assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
    }
}

//! Computes the loss that training a classifier minimises.

use burn::tensor::{Tensor, activation};

use crate::base::device::matrix;
use crate::network::{Network, Pass, Role, dropout_mask};
use crate::objective::terms::{Terms, sum};
use crate::objective::variant::Coder;

/// The loss settings.
pub(super) struct ClassLoss {
    /// λ of λ/2 Σw² over the matrices that are trained.
    pub l2: f32,
    /// Share of the code's units that are dropped.
    pub dropout: f32,
    /// Share of the features that are dropped.
    pub input_dropout: f32,
    /// The weight of each class.
    pub weights: Vec<f32>,
    /// Whether only the layer above the encoder is trained; the inputs are then
    /// codes.
    pub frozen: bool,
}

/// Returns whether a parameter is the encoder's.
pub(super) fn is_encoders(name: &str) -> bool {
    name.starts_with("encoder.")
}

impl ClassLoss {
    /// Computes the terms of a mini-batch: `input` is `[rows, features]`, or
    /// `[rows, code]` for a frozen encoder; `classes` has one entry per row.
    pub fn terms(
        &self,
        coder: &Coder,
        input: Tensor<2>,
        classes: &[usize],
        pass: &mut Pass,
    ) -> Terms {
        let network = &coder.network;
        let code = match self.frozen {
            true => input,
            false => {
                let input = dropped(input, self.input_dropout, INPUT_PLACE, pass);
                let outputs = network.encoder_outputs(input, pass);
                coder.code(outputs, &Pass::Evaluate)
            }
        };
        let code = dropped(code, self.dropout, CODE_PLACE, pass);
        let logits = network.decode_sums(code, pass);
        let mut terms = vec![(
            "cross_entropy",
            cross_entropy(logits, classes, &self.weights),
        )];
        if self.l2 > 0.0 {
            terms.push(("l2", self.squares(network) * (f64::from(self.l2) / 2.0)));
        }
        terms
    }

    fn squares(&self, network: &Network) -> Tensor<1> {
        let parameters = network.parameters.iter();
        parameters
            .filter(|p| p.role == Role::Weight && !(self.frozen && is_encoders(&p.name)))
            .map(|p| sum(p.value.clone().square()))
            .reduce(|a, b| a + b)
            .expect("the layer of classes has a matrix")
    }
}

/// These name the draws of the code's and the features' dropout; no layer has
/// these places.
const CODE_PLACE: u64 = u64::MAX;
const INPUT_PLACE: u64 = u64::MAX - 1;

/// Sets a share of the values to 0 and scales the others, in training.
fn dropped(values: Tensor<2>, share: f32, place: u64, pass: &mut Pass) -> Tensor<2> {
    match pass.training() {
        Some(train) if share > 0.0 => {
            let mask = dropout_mask(share, &values, place, train);
            values * mask
        }
        _ => values,
    }
}

/// Returns `-log softmax(z)` of each row's class times the class's weight, mean
/// over rows, in nats; `logits` are `[rows, classes]`.
fn cross_entropy(logits: Tensor<2>, classes: &[usize], weights: &[f32]) -> Tensor<1> {
    let [rows, width] = logits.dims();
    let mut chosen = vec![0f32; rows * width];
    for (row, &class) in classes.iter().enumerate() {
        chosen[row * width + class] = weights[class];
    }
    let chosen = matrix(chosen, [rows, width], &logits.device()).cast(logits.dtype());
    -sum(activation::log_softmax(logits, 1) * chosen) / rows as f64
}

/// Returns `log softmax(z)` of one row's logits, shifted by the largest, so
/// that no exponential is infinite.
pub(super) fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let shifted = logits.iter().map(|&z| f64::from(z) - largest);
    let log_sum = shifted.clone().map(f64::exp).sum::<f64>().ln();
    shifted.map(|z| z - log_sum).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{ClassifierConfig, spec};
    use super::*;
    use crate::base::device::{device, scalar};
    use crate::base::random::{Address, Draws, Stream};
    use crate::config::plan::Plan;
    use crate::config::{Activation, Config};
    use crate::network::{Network, TrainPass};
    use crate::objective::terms::total;
    use crate::objective::variant::{Variational, WinnerTakeAll};

    const ROWS: usize = 6;
    const FEATURES: usize = 5;
    const CLASSES: [usize; ROWS] = [0, 2, 1, 1, 0, 2];
    const STEP: f64 = 1e-6;

    #[test]
    fn cross_entropy_by_hand() {
        let cpu = device("cpu").unwrap();
        // Softmax of (0, log 3) is (1/4, 3/4).
        let logits = || matrix(vec![0.0, 3f64.ln(), 0.0, 3f64.ln()], [2, 2], &cpu);
        let expected = -(0.25f64.ln() + 0.75f64.ln()) / 2.0;
        let found = scalar(cross_entropy(logits(), &[0, 1], &[1.0; 2]));
        assert!((found - expected).abs() < 1e-12, "{found}");
        let expected = -(0.5 * 0.25f64.ln() + 2.0 * 0.75f64.ln()) / 2.0;
        let found = scalar(cross_entropy(logits(), &[0, 1], &[0.5, 2.0]));
        assert!((found - expected).abs() < 1e-12, "{found}");
        let row = log_softmax(&[0.0, 3f32.ln()]);
        assert!((row[0].exp() - 0.25).abs() < 1e-7 && (row[1].exp() - 0.75).abs() < 1e-7);
    }

    #[test]
    fn a_confident_mistake_costs_what_it_costs() {
        let cpu = device("cpu").unwrap();
        let logits = matrix(vec![0f32, 1e4], [1, 2], &cpu);
        assert_eq!(scalar(cross_entropy(logits, &[0], &[1.0; 2])), 1e4);
        assert_eq!(log_softmax(&[0.0, 1e4]), [-1e4, 0.0]);
        assert_eq!(log_softmax(&[-1e30, 0.0])[1], 0.0);
    }

    /// Returns the largest difference between a gradient and its finite
    /// difference, relative to the gradient's size, and the number of
    /// parameters with a gradient.
    fn worst(objective: &ClassLoss, change: impl FnOnce(&mut Config)) -> (f64, usize) {
        let mut config = Config::default();
        config.network.hidden = vec![6];
        config.network.code = 4;
        config.network.activation = Some(Activation::Tanh);
        change(&mut config);
        let plan = Plan::for_data(&config, FEATURES, None).unwrap();
        let classifier = ClassifierConfig {
            dropout: objective.dropout,
            ..Default::default()
        };
        let spec = spec(&classifier, &plan.spec, 3);
        let cpu = device("cpu").unwrap();
        let network = Network::new::<f64>(&spec, &cpu).tracked();
        let cpu = network.device().clone();
        let mut coder = plan.config.coder(network);
        let rows: Vec<usize> = (0..ROWS).collect();
        let mut draws = Draws::new(3, Stream::Split, 0, 0);
        let input: Vec<f64> = (0..ROWS * FEATURES)
            .map(|_| f64::from(draws.uniform()))
            .collect();
        let loss = |coder: &Coder| {
            let mut pass = Pass::Train(TrainPass {
                address: Address {
                    seed: 1,
                    epoch: 1,
                    turn: 0,
                    rows: &rows,
                },
                progress: 0.5,
                labels: &[],
                observed: Vec::new(),
            });
            let x = matrix(input.clone(), [ROWS, FEATURES], coder.network.device());
            let x = match objective.frozen {
                true => coder.encode(x, &mut Pass::Evaluate).detach(),
                false => x,
            };
            total(&objective.terms(coder, x, &CLASSES, &mut pass))
        };
        let mut gradients = loss(&coder).backward();
        let (mut worst, mut count) = (0.0f64, 0);
        for at in 0..coder.network.parameters.len() {
            let value = coder.network.parameters[at].value.clone();
            let Some(gradient) = value.grad_remove(&mut gradients) else {
                continue;
            };
            count += 1;
            let shape = value.dims();
            let gradient = gradient.try_into_vec_as::<f64>().unwrap();
            let values = value.without_autodiff().try_into_vec_as::<f64>().unwrap();
            let scale = gradient.iter().fold(1e-3f64, |m, g| m.max(g.abs()));
            for place in 0..values.len() {
                let mut moved = |by: f64| {
                    let mut values = values.clone();
                    values[place] += by;
                    coder.network.parameters[at].value = matrix(values, shape, &cpu).require_grad();
                    loss(&coder).into_scalar::<f64>()
                };
                let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                worst = worst.max((difference - gradient[place]).abs() / scale);
            }
            coder.network.parameters[at].value = matrix(values, shape, &cpu).require_grad();
        }
        (worst, count)
    }

    fn objective(l2: f32, dropout: f32, frozen: bool) -> ClassLoss {
        ClassLoss {
            l2,
            dropout,
            input_dropout: 0.0,
            weights: vec![1.0; 3],
            frozen,
        }
    }

    #[test]
    fn gradients_with_features_dropped() {
        let mut objective = objective(0.0, 0.0, false);
        objective.input_dropout = 0.4;
        let (dropped, _) = worst(&objective, |_| {});
        assert!(dropped < 1e-6, "{dropped}");
    }

    #[test]
    fn gradients_with_weighted_classes() {
        for frozen in [false, true] {
            let mut objective = objective(0.1, 0.0, frozen);
            objective.weights = vec![0.25, 3.0, 1.5];
            let (weighted, _) = worst(&objective, |_| {});
            assert!(weighted < 1e-6, "{weighted}");
        }
    }

    #[test]
    fn gradients_against_finite_differences() {
        for (l2, dropout) in [(0.0, 0.0), (0.3, 0.0), (0.0, 0.4), (0.2, 0.3)] {
            let (worst, count) = worst(&objective(l2, dropout, false), |_| {});
            assert!(worst < 1e-6, "l2 {l2}, dropout {dropout}: {worst}");
            assert_eq!(count, 6);
        }
        let (worst, _) = worst(&objective(0.1, 0.0, false), |c| c.network.batch_norm = true);
        assert!(worst < 1e-6, "batch normalisation: {worst}");
    }

    #[test]
    fn gradients_of_a_frozen_encoder_are_those_of_its_upper_layer() {
        let (worst, count) = worst(&objective(0.2, 0.3, true), |_| {});
        assert!(worst < 1e-6, "{worst}");
        assert_eq!(count, 2);
    }

    #[test]
    fn gradients_through_the_codes_of_variants() {
        let variational = |c: &mut Config| {
            c.loss.reconstruction = crate::config::Reconstruction::Gaussian;
            c.variational = Some(Variational::default());
        };
        let (error, _) = worst(&objective(0.0, 0.0, false), variational);
        assert!(error < 1e-6, "variational: {error}");
        let winners = |c: &mut Config| {
            c.winner_take_all = Some(WinnerTakeAll {
                share: 0.5,
                ..Default::default()
            })
        };
        let (error, _) = worst(&objective(0.0, 0.0, false), winners);
        assert!(error < 1e-6, "winner-take-all: {error}");
    }
}

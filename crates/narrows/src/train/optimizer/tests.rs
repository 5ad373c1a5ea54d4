use super::*;
use crate::base::device::{device, matrix, values};
use crate::config::Config;
use crate::config::plan::Plan;

/// Returns a network whose first weight is one number, to follow by hand.
fn network() -> Network {
    let mut config = Config::default();
    config.network.hidden = vec![];
    config.network.code = 1;
    let plan = Plan::for_data(&config, 1, None).unwrap();
    let mut network = Network::new::<f64>(&plan.spec, &device("cpu").unwrap()).tracked();
    network.parameters[0].value = one(1.0).autodiff().require_grad();
    network
}

fn one(value: f64) -> Tensor<2> {
    matrix(vec![value], [1, 1], &device("cpu").unwrap())
}

/// Returns the first weight, starting from 1, after steps with the given
/// gradients.
fn follow(change: impl FnOnce(&mut OptimizerConfig), gradients: &[f64], rate: f64) -> f64 {
    let mut config = OptimizerConfig::default();
    change(&mut config);
    let mut network = network();
    let mut optimizer = Optimizer::new(&config, network.parameters.len());
    for &gradient in gradients {
        let mut all = vec![None; network.parameters.len()];
        all[0] = Some(one(gradient));
        optimizer.step(&mut network, all, rate, Penalty::default());
    }
    network.parameters[0].value.clone().into_scalar::<f64>()
}

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-9,
        "found {found}, expected {expected}"
    );
}

#[test]
fn sgd_by_hand() {
    let sgd = |c: &mut OptimizerConfig| c.name = OptimizerName::Sgd;
    close(follow(sgd, &[0.5, 0.5], 0.1), 0.9);
    // Updates: 0.5, then 0.9 * 0.5 + 0.5 = 0.95.
    let momentum = |c: &mut OptimizerConfig| {
        c.name = OptimizerName::Sgd;
        c.momentum = Some(0.9);
    };
    close(follow(momentum, &[0.5, 0.5], 0.1), 1.0 - 0.05 - 0.095);
    // Updates: 0.5 + 0.9 * 0.5 = 0.95, then 0.5 + 0.9 * 0.95 = 1.355.
    let nesterov = |c: &mut OptimizerConfig| {
        c.name = OptimizerName::Sgd;
        c.momentum = Some(0.9);
        c.nesterov = Some(true);
    };
    close(follow(nesterov, &[0.5, 0.5], 0.1), 1.0 - 0.095 - 0.1355);
}

#[test]
fn rmsprop_by_hand() {
    // v = 0.1 * 0.25 = 0.025; update 0.5 / sqrt(0.025).
    let rmsprop = |c: &mut OptimizerConfig| c.name = OptimizerName::Rmsprop;
    close(
        follow(rmsprop, &[0.5], 0.1),
        1.0 - 0.1 * 0.5 / (0.025f64.sqrt() + 1e-8),
    );
    let momentum = |c: &mut OptimizerConfig| {
        c.name = OptimizerName::Rmsprop;
        c.momentum = Some(0.5);
        c.decay = Some(0.5);
    };
    let first = 0.5 / (0.125f64.sqrt() + 1e-8);
    let second = 0.5 * first + 0.5 / (0.1875f64.sqrt() + 1e-8);
    close(
        follow(momentum, &[0.5, 0.5], 0.1),
        1.0 - 0.1 * (first + second),
    );
}

#[test]
fn adam_and_adamw_by_hand() {
    // With a constant gradient both corrected moments are exact, and each
    // update is the rate.
    close(
        follow(|_| {}, &[0.5, 0.5, 0.5], 0.1),
        1.0 - 3.0 * 0.1 * 0.5 / (0.5 + 1e-8),
    );
    // Each weight first loses a tenth of a hundredth.
    let adamw = |c: &mut OptimizerConfig| c.name = OptimizerName::Adamw;
    close(follow(adamw, &[0.5], 0.1), 0.999 - 0.1 * 0.5 / (0.5 + 1e-8));
    let more = |c: &mut OptimizerConfig| {
        c.name = OptimizerName::Adamw;
        c.weight_decay = Some(0.5);
    };
    close(follow(more, &[0.5], 0.1), 0.95 - 0.1 * 0.5 / (0.5 + 1e-8));
}

#[test]
fn betas_and_epsilon_move_adam() {
    let gradients = [0.5, -0.25];
    let base = follow(|_| {}, &gradients, 0.1);
    // m = .9 * .05 + .1 * -.25 = .02, m̂ = .02 / .19; v̂ = (.999 * .25 + .0625) / 1.999.
    let second = 0.02 / 0.19 / (((0.999 * 0.25 + 0.0625) / 1.999f64).sqrt() + 1e-8);
    close(base, 1.0 - 0.1 * 0.5 / (0.5 + 1e-8) - 0.1 * second);
    assert_ne!(base, follow(|c| c.beta1 = Some(0.5), &gradients, 0.1));
    assert_ne!(base, follow(|c| c.beta2 = Some(0.5), &gradients, 0.1));
    assert_ne!(base, follow(|c| c.epsilon = Some(0.1), &gradients, 0.1));
}

#[test]
fn nadam_by_hand() {
    let nadam = |c: &mut OptimizerConfig| c.name = OptimizerName::Nadam;
    let momentum = |t: f64| 0.9 * (1.0 - 0.5 * 0.96f64.powf(t * 0.004));
    let (now, next) = (momentum(1.0), momentum(2.0));
    let direction = next * 0.05 / (1.0 - now * next) + (1.0 - now) * 0.5 / (1.0 - now);
    close(
        follow(nadam, &[0.5], 0.1),
        1.0 - 0.1 * direction / (0.5 + 1e-8),
    );
}

#[test]
fn clipping_bounds_the_norm_of_all_gradients_together() {
    let gradients = vec![Some(one(3.0)), None, Some(one(4.0))];
    let norm = |gradients: Vec<Option<Tensor<2>>>| -> f64 {
        let squares: f64 = gradients
            .into_iter()
            .flatten()
            .map(|g| g.into_scalar::<f64>().powi(2))
            .sum();
        squares.sqrt()
    };
    close(norm(clipped(gradients.clone(), 1.0)), 1.0);
    close(norm(clipped(gradients, 6.0)), 5.0);
    let sgd = |clip| {
        move |c: &mut OptimizerConfig| {
            c.name = OptimizerName::Sgd;
            c.clip = clip;
        }
    };
    close(follow(sgd(Some(1.0)), &[5.0], 0.1), 0.9);
    close(follow(sgd(None), &[5.0], 0.1), 0.5);
}

#[test]
fn max_norm_bounds_each_units_incoming_weights_and_no_others() {
    let mut network = network();
    let device = device("cpu").unwrap().autodiff();
    network.parameters[0].value = matrix(vec![3.0f32, 0.3, 4.0, 0.4], [2, 2], &device);
    bound_norms(&mut network, 1.0, |_| true);
    let bounded = values(network.parameters[0].value.clone());
    for (found, expected) in bounded.iter().zip([0.6, 0.3, 0.8, 0.4]) {
        assert!((found - expected).abs() < 1e-6, "{bounded:?}");
    }
}

//! Checks every layer and term in f64 against central finite differences.

use crate::base::device::{device, matrix, scalar};
use crate::base::random::{Address, Draws, Stream};
use crate::config::plan::Plan;
use crate::config::{Activation, Config, Reconstruction};
use crate::network::{Network, Pass, Role, TrainPass};
use crate::objective::loss;
use crate::objective::terms::{Terms, total};
use crate::objective::variant::Coder;

const ROWS: usize = 7;
const FEATURES: usize = 5;
const STEP: f64 = 1e-6;
pub(super) const LABELS: [Option<usize>; ROWS] =
    [Some(0), None, Some(2), Some(1), None, Some(1), Some(0)];

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    config.network.hidden = vec![6];
    config.network.code = 3;
    change(&mut config);
    config
}

/// Returns the number of features that a config is for.
fn features(config: &Config) -> usize {
    let image = config.convolutional.as_ref().and_then(|c| c.image());
    image.map_or(FEATURES, |image| image.features())
}

/// Returns inputs in (0, 1), away from kinks.
fn input(features: usize) -> Vec<f64> {
    let mut draws = Draws::new(3, Stream::Split, 0, 0);
    (0..ROWS * features)
        .map(|_| 0.1 + 0.8 * f64::from(draws.uniform()))
        .collect()
}

/// Returns the terms, always with the same draws and statistics for one
/// network.
fn terms(config: &Config, coder: &Coder) -> Terms {
    let rows: Vec<usize> = (0..ROWS).collect();
    let mut pass = Pass::Train(TrainPass {
        address: Address {
            seed: 1,
            epoch: 1,
            rows: &rows,
            turn: 0,
        },
        progress: 0.5,
        labels: &LABELS,
        observed: Vec::new(),
    });
    let features = features(config);
    let x = matrix(input(features), [ROWS, features], coder.network.device());
    loss::terms(&config.loss, coder, (x, None), &mut pass)
}

/// Returns the value that a parameter's gradient belongs to: a variant's own
/// weights follow only the critic's term, which no other weight follows.
fn value(terms: &Terms, role: Role) -> f64 {
    let follows = |name: &str| (name == "critic") == (role == Role::Own);
    let terms = terms.iter().filter(|(name, _)| follows(name));
    terms.map(|(_, term)| scalar(term.clone())).sum()
}

/// Returns the largest difference between a gradient and its finite difference,
/// relative to the gradient's size.
fn worst(config: &Config) -> f64 {
    config.check().unwrap();
    let plan = Plan::for_data(config, features(config), None).unwrap();
    worst_of(&plan, &|coder| terms(config, coder))
}

/// Does what [`worst`] does for the terms of a network of this plan.
pub(super) fn worst_of(plan: &Plan, terms: &dyn Fn(&Coder) -> Terms) -> f64 {
    let network = Network::new::<f64>(&plan.spec, &device("cpu").unwrap()).tracked();
    // Nonzero biases, so that their terms count.
    let cpu = network.device().clone();
    let mut coder = plan.config.coder(network);
    for (at, parameter) in coder.network.parameters.iter_mut().enumerate() {
        if parameter.role == Role::Bias || parameter.name.ends_with("bias") {
            let [rows, columns] = parameter.value.dims();
            let values: Vec<f64> = (0..columns).map(|i| 0.7 + 0.05 * (i + at) as f64).collect();
            parameter.value = matrix(values, [rows, columns], &cpu).require_grad();
        }
    }
    let mut gradients = total(&terms(&coder)).backward();
    let mut worst: f64 = 0.0;
    for at in 0..coder.network.parameters.len() {
        if coder.network.parameters[at].role == Role::Statistic {
            continue;
        }
        let role = coder.network.parameters[at].role;
        let weight = coder.network.parameters[at].value.clone();
        let shape = weight.dims();
        let gradient = weight
            .grad_remove(&mut gradients)
            .expect("every parameter has a gradient");
        let gradient = gradient.try_into_vec_as::<f64>().unwrap();
        let values = weight.without_autodiff().try_into_vec_as::<f64>().unwrap();
        let scale = gradient.iter().fold(1e-3f64, |m, g| m.max(g.abs()));
        for place in 0..values.len() {
            let mut moved = |by: f64| {
                let mut values = values.clone();
                values[place] += by;
                coder.network.parameters[at].value = matrix(values, shape, &cpu).require_grad();
                value(&terms(&coder), role)
            };
            let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            worst = worst.max((difference - gradient[place]).abs() / scale);
        }
        coder.network.parameters[at].value = matrix(values, shape, &cpu).require_grad();
    }
    worst
}

fn check(name: &str, config: &Config) {
    let worst = worst(config);
    assert!(worst < 1e-6, "{name}: {worst}");
}

#[test]
fn every_activation() {
    use Activation::*;
    for activation in [
        Identity, Sigmoid, Tanh, Relu, LeakyRelu, Elu, Selu, Gelu, Softplus,
    ] {
        check(
            &format!("{activation:?}"),
            &config(|c| c.network.activation = Some(activation)),
        );
    }
}

#[test]
fn every_reconstruction_term() {
    for (reconstruction, output) in [
        (Reconstruction::Mse, Activation::Identity),
        (Reconstruction::Mse, Activation::Sigmoid),
        (Reconstruction::Bce, Activation::Sigmoid),
        (Reconstruction::Gaussian, Activation::Identity),
        (Reconstruction::Huber, Activation::Identity),
        (Reconstruction::L1, Activation::Identity),
    ] {
        let config = config(|c| {
            c.loss.reconstruction = reconstruction;
            c.network.output = output;
            if reconstruction == Reconstruction::Huber {
                c.loss.huber_delta = Some(0.5);
            }
        });
        check(&format!("{reconstruction:?}"), &config);
    }
}

#[test]
fn penalties_tied_weights_dropout_and_batch_normalisation() {
    check("l1", &config(|c| c.loss.l1 = 0.3));
    check("l2", &config(|c| c.loss.l2 = 0.3));
    let tied = config(|c| {
        c.network.tied = true;
        (c.loss.l1, c.loss.l2) = (0.2, 0.3);
    });
    check("tied", &tied);
    check("dropout", &config(|c| c.network.dropout = 0.4));
    check("batch_norm", &config(|c| c.network.batch_norm = true));
    let all = config(|c| {
        c.network.hidden = vec![6, 4];
        (c.network.tied, c.network.batch_norm, c.network.dropout) = (true, true, 0.2);
    });
    check("all together", &all);
}

#[test]
fn denoising_and_sparse() {
    use crate::objective::variant::{Denoising, Noise, Sparse, SparsityPenalty};
    for noise in [
        Noise::Gaussian,
        Noise::Dropout,
        Noise::Masking,
        Noise::SaltAndPepper,
    ] {
        let config = config(|c| {
            let weight = (noise != Noise::Gaussian).then_some(2.0);
            c.denoising = Some(Denoising {
                noise,
                corrupted_weight: weight,
                ..Default::default()
            });
        });
        check(&format!("{noise:?}"), &config);
    }
    for penalty in [
        SparsityPenalty::Kl,
        SparsityPenalty::Squared,
        SparsityPenalty::L1,
    ] {
        let config = config(|c| {
            c.sparse = Some(Sparse {
                penalty,
                target: None,
                weight: 0.7,
            });
        });
        check(&format!("{penalty:?}"), &config);
    }
}

#[test]
fn contractive() {
    use crate::objective::variant::Contractive;
    let with = |directions| {
        Some(Contractive {
            weight: 0.4,
            directions,
        })
    };
    for activation in [
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Elu,
        Activation::Selu,
        Activation::Gelu,
        Activation::Softplus,
    ] {
        let closed = config(|c| {
            (c.network.hidden, c.network.tied) = (vec![], true);
            c.network.code_activation = Some(activation);
            c.contractive = with(None);
        });
        check(&format!("closed form, {activation:?}"), &closed);
    }
    let drawn = config(|c| {
        c.network.activation = Some(Activation::Sigmoid);
        c.contractive = with(Some(3));
    });
    check("directions", &drawn);
}

#[test]
fn codes_of_which_some_units_are_kept() {
    use crate::objective::variant::{KSparse, WinnerTakeAll};
    let k_sparse = config(|c| {
        c.k_sparse = Some(KSparse {
            k: 2,
            ..Default::default()
        });
    });
    check("k-sparse", &k_sparse);
    let winners = config(|c| {
        c.network.code_activation = Some(Activation::Softplus);
        c.winner_take_all = Some(WinnerTakeAll {
            share: 0.4,
            spatial: false,
        });
    });
    check("winner-take-all", &winners);
}

#[test]
fn variational() {
    use crate::objective::variant::{Spread, Variational};
    for spread in [Spread::LogVariance, Spread::Sigma] {
        for (reconstruction, output) in [
            (Reconstruction::Bce, Activation::Sigmoid),
            (Reconstruction::Gaussian, Activation::Identity),
            (Reconstruction::Mse, Activation::Identity),
        ] {
            let config = config(|c| {
                (c.loss.reconstruction, c.network.output) = (reconstruction, output);
                c.variational = Some(Variational {
                    spread,
                    beta: Some(1.5),
                    warm_up: Some(2.0),
                    ..Default::default()
                });
            });
            check(&format!("{spread:?} {reconstruction:?}"), &config);
        }
    }
    let free = config(|c| {
        c.variational = Some(Variational {
            free_bits: Some(0.3),
            ..Default::default()
        });
    });
    check("free bits", &free);
}

/// Checks the gradient of the sum of the terms: the bound's cost is reported
/// separately and has no gradient of its own.
#[test]
fn importance_weighting() {
    use crate::objective::variant::{Denoising, Noise, Spread, Variational};
    for spread in [Spread::LogVariance, Spread::Sigma] {
        let config = config(|c| {
            c.loss.reconstruction = Reconstruction::Bce;
            c.network.output = Activation::Sigmoid;
            c.variational = Some(Variational {
                spread,
                samples: 4,
                ..Default::default()
            });
        });
        check(&format!("{spread:?}"), &config);
        let mut dropping = config.clone();
        dropping.network.dropout = 0.3;
        check(&format!("{spread:?}, dropout"), &dropping);
        let mut weighed = config.clone();
        weighed.denoising = Some(Denoising {
            noise: Noise::Masking,
            corrupted_weight: Some(2.0),
            ..Default::default()
        });
        check(&format!("{spread:?}, emphasis"), &weighed);
        let mut normalised = config;
        normalised.network.batch_norm = true;
        check(&format!("{spread:?}, batch normalisation"), &normalised);
    }
}

#[test]
fn adversarial() {
    use crate::objective::variant::{Adversarial, Prior};
    for (prior, labels) in [
        (Prior::Gaussian, false),
        (Prior::Mixture, true),
        (Prior::SwissRoll, false),
    ] {
        let config = config(|c| {
            c.adversarial = Some(Adversarial {
                prior,
                components: (prior != Prior::Gaussian).then_some(3),
                weight: 0.7,
                critic: vec![4, 3],
                labels,
            });
        });
        check(&format!("{prior:?}"), &config);
    }
}

#[test]
fn one_step_of_walking_back_is_denoising() {
    use crate::objective::variant::{Denoising, GenerativeStochastic, Noise};
    let masked = config(|c| {
        c.denoising = Some(Denoising {
            noise: Noise::Masking,
            ..Default::default()
        });
        c.generative_stochastic = Some(GenerativeStochastic {
            walk_back: 1,
            code_noise: 0.2,
            ..Default::default()
        });
    });
    check("one step", &masked);
}

#[test]
fn convolutions_and_their_transposes() {
    use crate::config::ConvolutionalConfig;
    let with = |change: &dyn Fn(&mut Config, &mut ConvolutionalConfig)| {
        config(|config| {
            config.network.hidden = vec![];
            let mut convolutional = ConvolutionalConfig {
                channels: vec![2, 3],
                image: Some(vec![5, 4]),
                ..Default::default()
            };
            change(config, &mut convolutional);
            config.convolutional = Some(convolutional);
        })
    };
    check("plain", &with(&|_, _| {}));
    check("kernels of 2", &with(&|_, c| c.kernel = 2));
    check("stride 1", &with(&|_, c| c.stride = 1));
    check("a hidden layer", &with(&|c, _| c.network.hidden = vec![4]));
    check("colour", &with(&|_, c| c.image = Some(vec![3, 4, 3])));
    check("tied", &with(&|c, _| c.network.tied = true));
    // Normalised sums are steep, and ELU's second derivative jumps at 0.
    let normed = |c: &mut Config| {
        (c.network.activation, c.network.batch_norm) = (Some(Activation::Tanh), true);
    };
    check("batch_norm", &with(&|c, _| normed(c)));
    let maps = |c: &mut Config, convolutional: &mut ConvolutionalConfig| {
        (c.network.code, convolutional.maps) = (6, true);
    };
    check("maps", &with(&maps));
    let all = with(&|c, convolutional| {
        maps(c, convolutional);
        (c.network.code, convolutional.image) = (3, Some(vec![4, 3, 2]));
        normed(c);
        (c.network.tied, c.network.dropout) = (true, 0.2);
        (c.loss.l1, c.loss.l2) = (0.2, 0.3);
    });
    check("all together", &all);
    let contractive = with(&|c, _| {
        c.network.activation = Some(Activation::Tanh);
        c.contractive = Some(crate::objective::variant::Contractive {
            weight: 0.4,
            directions: Some(2),
        });
    });
    check("contractive", &contractive);
    let variational = with(&|c, convolutional| {
        maps(c, convolutional);
        c.variational = Some(Default::default());
    });
    check("variational maps", &variational);
}

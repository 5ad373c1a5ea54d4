//! Tests training layers one by one.

use super::*;
use crate::base::random::{Draws, Stream};
use crate::config::{Activation, LayerEpochs, Layerwise, Networks, Reconstruction, Scale};
use crate::network::NamedTensor;
use crate::objective::variant::{
    Adversarial, Contractive, Denoising, GenerativeStochastic, KSparse, Sparse, Variational,
    WinnerTakeAll,
};
use crate::train::Autoencoder;

/// Returns 200 rows of 6 features near a plane of 2 dimensions.
fn table() -> Table {
    let mut draws = Draws::new(5, Stream::Split, 9, 9);
    let mut values = Vec::new();
    for _ in 0..200 {
        let [a, b] = draws.normal_pair();
        let plane = [a, b, a + b, a - b, 2.0 * a + 0.5 * b, 0.3 * a - b];
        values.extend(plane.map(|v| (v + 0.05 * draws.normal_pair()[0]) as f32));
    }
    Table::from_floats(values, 6).unwrap()
}

fn small(networks: Networks) -> Config {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![4], 2);
    (config.train.batch, config.optimizer.rate) = (20, 0.01);
    config.layerwise = Some(Layerwise {
        epochs: LayerEpochs::Each(vec![2, 3]),
        networks,
        ..Default::default()
    });
    config
}

fn set(config: &mut Config) -> &mut Layerwise {
    config.layerwise.as_mut().unwrap()
}

/// Runs epochs until `epochs` are done.
fn run(training: &mut Training, epochs: usize) {
    while training.epochs_done() < epochs {
        let ran = training.run_epoch(&mut |_| Control::Continue).unwrap();
        ran.expect("training is not over");
    }
}

fn train(config: &Config, table: &Table) -> Model {
    Autoencoder::new(config.clone()).train(table).unwrap()
}

fn values(stored: &[NamedTensor], name: &str) -> Vec<f32> {
    let found = stored.iter().find(|s| s.name == name);
    found.unwrap_or_else(|| panic!("no {name}")).values.clone()
}

/// Returns the model's bytes.
fn bytes(model: &Model) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    model.save(&path).unwrap();
    std::fs::read(path).unwrap()
}

const OUTER: [&str; 4] = [
    "encoder.0.weight",
    "encoder.0.bias",
    "decoder.1.weight",
    "decoder.1.bias",
];
const INNER: [&str; 4] = [
    "encoder.1.weight",
    "encoder.1.bias",
    "decoder.0.weight",
    "decoder.0.bias",
];

#[test]
fn each_phase_moves_its_own_layers_only() {
    let table = table();
    for networks in [Networks::Shared, Networks::Separate] {
        let mut training = Training::new(&small(networks), &table).unwrap();
        let first = training.network().store();
        run(&mut training, 2);
        let between = training.network().store();
        run(&mut training, 5);
        let last = training.network().store();
        for name in OUTER {
            assert_ne!(values(&first, name), values(&between, name), "{name}");
            assert_eq!(values(&between, name), values(&last, name), "{name}");
        }
        for name in INNER {
            assert_eq!(values(&first, name), values(&between, name), "{name}");
            assert_ne!(values(&between, name), values(&last, name), "{name}");
        }
    }
}

#[test]
fn separate_networks_are_those_trained_by_hand_and_stacked() {
    let table = table();
    for tied in [false, true] {
        let mut config = small(Networks::Separate);
        (config.network.tied, config.loss.l2) = (tied, 0.01);
        let stacked = train(&config, &table).coder.network.store();

        let mut by_hand = config.clone();
        (by_hand.layerwise, by_hand.network.hidden) = (None, vec![]);
        (by_hand.network.code, by_hand.train.epochs) = (4, 2);
        let outer = train(&by_hand, &table);
        let codes = outer.encode(&table).unwrap();
        (by_hand.network.code, by_hand.train.epochs) = (2, 3);
        by_hand.network.output = Activation::Elu;
        by_hand.data.scale = Scale::None;
        let inner = train(&by_hand, &codes);

        let (outer, inner) = (outer.coder.network.store(), inner.coder.network.store());
        for (deep, shallow, name) in [
            ("encoder.0.weight", &outer, "encoder.0.weight"),
            ("encoder.0.bias", &outer, "encoder.0.bias"),
            ("encoder.1.weight", &inner, "encoder.0.weight"),
            ("encoder.1.bias", &inner, "encoder.0.bias"),
            ("decoder.0.weight", &inner, "decoder.0.weight"),
            ("decoder.0.bias", &inner, "decoder.0.bias"),
            ("decoder.1.weight", &outer, "decoder.0.weight"),
            ("decoder.1.bias", &outer, "decoder.0.bias"),
        ] {
            if tied && name == "decoder.0.weight" {
                continue;
            }
            assert_eq!(values(&stacked, deep), values(shallow, name), "{deep}");
        }
    }
}

#[test]
fn the_first_phase_is_a_shallow_autoencoder_with_the_deep_networks_first_weights() {
    let table = table();
    let config = small(Networks::Shared);
    let mut training = Training::new(&config, &table).unwrap();
    let first = training.network().store();
    run(&mut training, 2);

    let mut shallow = config.clone();
    (shallow.layerwise, shallow.network.hidden) = (None, vec![]);
    (shallow.network.code, shallow.train.epochs) = (4, 2);
    let mut alone = Training::new(&shallow, &table).unwrap();
    for (deep, name) in OUTER.into_iter().zip([
        "encoder.0.weight",
        "encoder.0.bias",
        "decoder.0.weight",
        "decoder.0.bias",
    ]) {
        let network = &mut alone.running.learner.coder.network;
        let mut places = network.parameters.iter_mut();
        let place = places.find(|p| p.name == name).unwrap();
        let found = first.iter().find(|s| s.name == deep).unwrap();
        let value =
            crate::base::device::matrix(found.values.clone(), found.shape, alone.whole.device());
        place.value = value.autodiff().require_grad();
    }
    run(&mut alone, 2);
    let (deep, shallow) = (training.network().store(), alone.network().store());
    assert_eq!(
        values(&deep, "encoder.0.weight"),
        values(&shallow, "encoder.0.weight")
    );
    assert_eq!(
        values(&deep, "decoder.1.weight"),
        values(&shallow, "decoder.0.weight")
    );
    let held_out = |training: &Training| training.history()[1].held_out.clone();
    assert_eq!(held_out(&training), held_out(&alone));
}

#[test]
fn kept_outputs_and_computed_ones_give_the_same_bytes() {
    let table = table();
    let trained = |memory: f64| {
        let mut config = small(Networks::Shared);
        config.network.hidden = vec![5, 4];
        (set(&mut config).epochs, set(&mut config).fine_tune) = (LayerEpochs::All(2), 1);
        config.denoising = Some(Denoising::default());
        set(&mut config).cache_memory = memory;
        let mut training = Training::new(&config, &table).unwrap();
        run(&mut training, 3);
        let kept = matches!(training.running.inputs, inputs::Inputs::Kept { .. });
        run(&mut training, 7);
        (kept, training.finish().coder.network.store())
    };
    let (kept, of_kept) = trained(1.0);
    // 200 rows of 5 values of 4 bytes.
    let (fits, _) = trained(0.004);
    let (fits_not, of_computed) = trained(0.0039);
    assert!(kept && fits && !fits_not);
    assert_eq!(of_kept, of_computed);
}

#[test]
fn a_training_resumed_in_any_phase_ends_in_the_same_bytes() {
    let table = table();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.ckpt");
    for networks in [Networks::Shared, Networks::Separate] {
        let mut config = small(networks);
        config.network.hidden = vec![5, 4];
        (config.network.batch_norm, config.network.dropout) = (true, 0.1);
        config.denoising = Some(Denoising::default());
        (set(&mut config).epochs, set(&mut config).fine_tune) = (LayerEpochs::All(2), 2);
        config.train.early_stopping = Some(2);
        let whole = bytes(&train(&config, &table));
        for done in 0..8 {
            let mut stopped = Training::new(&config, &table).unwrap();
            run(&mut stopped, done);
            stopped.checkpoint(&path).unwrap();
            let mut resumed = Training::new(&config, &table).unwrap();
            resumed.resume(&path).unwrap();
            assert_eq!(resumed.epochs_done(), done);
            run(&mut resumed, 8);
            assert!(bytes(&resumed.finish()) == whole, "{networks:?} at {done}");
        }
    }
}

#[test]
fn fine_tuning_may_be_asked_for_afterwards() {
    let table = table();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.ckpt");
    let mut config = small(Networks::Shared);
    let mut training = Training::new(&config, &table).unwrap();
    run(&mut training, 5);
    assert!(
        training
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_none()
    );
    training.checkpoint(&path).unwrap();
    set(&mut config).fine_tune = 2;
    let mut resumed = Training::new(&config, &table).unwrap();
    resumed.resume(&path).unwrap();
    run(&mut resumed, 7);
    assert!(bytes(&resumed.finish()) == bytes(&train(&config, &table)));
    set(&mut config).networks = Networks::Separate;
    let refused = Training::new(&config, &table).unwrap().resume(&path);
    assert!(refused.unwrap_err().to_string().contains("other settings"));
}

#[test]
fn the_history_tells_phases_and_measures_what_they_train() {
    let table = table();
    let mut config = small(Networks::Shared);
    set(&mut config).fine_tune = 1;
    let model = train(&config, &table);
    let phases: Vec<_> = model.history.iter().map(|e| (e.epoch, e.phase)).collect();
    let expected = [
        (1, Some(1)),
        (2, Some(1)),
        (3, Some(2)),
        (4, Some(2)),
        (5, Some(2)),
        (6, None),
    ];
    assert_eq!(phases, expected);
    let of = |at: usize| model.history[at].held_out.as_ref().unwrap();
    // Means over the 6 features, the 4 outputs of the first layer, and again
    // the 6 features.
    for (at, width) in [(1, 6.0), (4, 4.0), (5, 6.0)] {
        assert!((of(at).error_per_row / of(at).mse - width).abs() < 1e-9);
    }
    let stacked: Vec<bool> = model.history.iter().map(|e| e.stacked.is_some()).collect();
    assert_eq!(stacked, [false, false, false, false, true, false]);
    assert_eq!(model.held_out(), Some(of(5)));

    // Evaluating the model gives the whole network's error.
    set(&mut config).fine_tune = 0;
    let training = Training::new(&config, &table).unwrap();
    let held_out = training.held_out();
    let model = train(&config, &table);
    let found = model.evaluate(&held_out).unwrap().scaled.error_per_row;
    let told = model.held_out().unwrap().error_per_row;
    assert!((found - told).abs() < 1e-9 * told, "{found} {told}");
}

#[test]
fn every_phase_lowers_its_loss_at_any_depth() {
    let table = table();
    for networks in [Networks::Shared, Networks::Separate] {
        let mut config = small(networks);
        config.network.hidden = vec![6, 5, 4];
        config.optimizer.rate = 0.02;
        set(&mut config).epochs = LayerEpochs::All(8);
        set(&mut config).fine_tune = 8;
        let model = train(&config, &table);
        for phase in model.history.chunks(8) {
            let total = |epoch: &Epoch| epoch.loss["total"];
            assert!(total(&phase[7]) < 0.9 * total(&phase[0]), "{phase:?}");
        }
        // It learnt something layer by layer, and some more together.
        let spread = model.evaluate(&table).unwrap().scaled.explained_variance;
        assert!(spread.unwrap() > 0.8, "{spread:?}");
        let stacked = model.history[31].stacked.as_ref().unwrap().error_per_row;
        assert!(model.held_out().unwrap().error_per_row < stacked);
    }
}

/// Trains with each option; no two may give the same weights.
#[test]
fn every_option_changes_what_is_learned() {
    let table = table();
    type Change = fn(&mut Config);
    let changes: &[(&str, Change)] = &[
        ("shared", |_| {}),
        ("separate", |c| set(c).networks = Networks::Separate),
        ("epochs", |c| set(c).epochs = LayerEpochs::Each(vec![3, 3])),
        ("fine_tune", |c| set(c).fine_tune = 1),
        ("tied", |c| c.network.tied = true),
        ("dropout", |c| c.network.dropout = 0.2),
        ("batch_norm", |c| c.network.batch_norm = true),
        ("max_norm", |c| c.network.max_norm = Some(0.5)),
        ("l1", |c| c.loss.l1 = 0.1),
        ("l2", |c| c.loss.l2 = 0.1),
        ("huber", |c| c.loss.reconstruction = Reconstruction::Huber),
        ("warm_up", |c| c.optimizer.warm_up = 2.0),
        ("denoising", |c| c.denoising = Some(Denoising::default())),
        ("sparse", |c| {
            c.network.activation = Some(Activation::Sigmoid);
            c.sparse = Some(Sparse::default());
        }),
        ("k_sparse", |c| {
            c.k_sparse = Some(KSparse {
                k: 1,
                ..Default::default()
            })
        }),
        ("winner_take_all", |c| {
            c.network.activation = Some(Activation::Relu);
            c.winner_take_all = Some(WinnerTakeAll {
                share: 0.5,
                spatial: false,
            });
        }),
        ("contractive", |c| {
            c.contractive = Some(Contractive::default())
        }),
        ("adversarial", |c| {
            c.adversarial = Some(Adversarial::default())
        }),
        ("generative_stochastic", |c| {
            c.denoising = Some(Denoising::default());
            c.generative_stochastic = Some(GenerativeStochastic::default());
        }),
        ("variational", |c| {
            c.variational = Some(Variational::default())
        }),
    ];
    let mut seen: Vec<(&str, Vec<f32>)> = Vec::new();
    for (name, change) in changes {
        let mut config = small(Networks::Shared);
        change(&mut config);
        let weights = values(
            &train(&config, &table).coder.network.store(),
            "encoder.1.weight",
        );
        if let Some((other, _)) = seen.iter().find(|(_, w)| *w == weights) {
            panic!("'{name}' led to the same weights as '{other}'");
        }
        seen.push((name, weights));
    }
}

#[test]
fn penalties_are_of_the_layers_that_a_phase_trains() {
    let table = table();
    let mut config = small(Networks::Shared);
    (config.loss.l2, config.network.max_norm) = (0.2, Some(0.5));
    config.train.batch = 0;
    let mut training = Training::new(&config, &table).unwrap();
    for (epochs, names) in [(2, OUTER), (3, INNER)] {
        run(&mut training, epochs);
        // One step per epoch: the penalty is of the weights before it.
        let mut before = Training::new(&config, &table).unwrap();
        run(&mut before, epochs - 1);
        let stored = before.network().store();
        let of = |name: &str| -> f64 {
            let squares = values(&stored, name).into_iter();
            squares.map(|v| f64::from(v).powi(2)).sum()
        };
        let expected = 0.1 * (of(names[0]) + of(names[2]));
        let found = training.history().last().unwrap().loss["l2"];
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    run(&mut training, 5);
    for name in ["encoder.0.weight", "encoder.1.weight", "decoder.0.weight"] {
        let stored = training.network().store();
        let width = stored.iter().find(|s| s.name == name).unwrap().shape[1];
        let weights = values(&stored, name);
        for unit in 0..width {
            let incoming = weights.iter().skip(unit).step_by(width);
            let norm = incoming.map(|v| v * v).sum::<f32>().sqrt();
            assert!(norm < 0.5001, "{name}: {norm}");
        }
    }
}

#[test]
fn the_rate_starts_anew_in_each_phase_and_stopping_early_is_for_fine_tuning() {
    let table = table();
    let mut config = small(Networks::Shared);
    config.optimizer.schedule = crate::config::Schedule::Exponential;
    set(&mut config).fine_tune = 2;
    let model = train(&config, &table);
    let rates: Vec<f64> = model.history.iter().map(|e| e.rate).collect();
    assert_eq!((rates[0], rates[1]), (rates[2], rates[3]));
    assert_eq!(rates[0], rates[5]);
    assert!(rates[1] < rates[0]);

    // Fine-tuning at a rate that is far too high makes it worse.
    config.optimizer.schedule = crate::config::Schedule::Constant;
    (config.optimizer.rate, config.train.early_stopping) = (0.1, Some(2));
    set(&mut config).fine_tune = 200;
    let model = train(&config, &table);
    let best = model.best_epoch.unwrap();
    assert!(best > 5 && model.history.len() == best + 2);
}

#[test]
fn denoising_draws_anew_in_every_phase_and_epoch() {
    let draws = |networks| {
        let config = small(networks);
        let plan = Plan::for_data(&config, 6, None).unwrap();
        let phases = phase::phases(&plan);
        let of = |phase: &Phase| {
            let epochs = phase.end() - phase.before;
            (1..=epochs).map(|e| e + phase.draws_from).collect()
        };
        phases.iter().map(of).collect::<Vec<Vec<usize>>>()
    };
    assert_eq!(draws(Networks::Shared), [vec![1, 2], vec![3, 4, 5]]);
    // Separate networks draw as if each were trained alone.
    assert_eq!(draws(Networks::Separate), [vec![1, 2], vec![1, 2, 3]]);
}

#[test]
fn a_stopped_phase_leaves_a_model_of_what_is_trained() {
    let table = table();
    let mut training = Training::new(&small(Networks::Shared), &table).unwrap();
    run(&mut training, 3);
    assert!(
        training
            .run_epoch(&mut |_| Control::Stop)
            .unwrap()
            .is_none()
    );
    let model = training.finish();
    assert_eq!(model.held_out(), None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    model.save(&path).unwrap();
    let loaded = Model::load(&path).unwrap();
    assert_eq!(loaded.history, model.history);
    assert_eq!(loaded.coder.network.store(), model.coder.network.store());
}

use super::batches::batches;
use super::*;
use crate::base::device::{matrix, scalar};
use crate::base::random::{Address, Draws, Stream};
use crate::config::{Activation, Init, OptimizerName, Reconstruction, Scale, Schedule};
use crate::data::table::Values;
use crate::network::NamedTensor;
use crate::network::{Pass, TrainPass};
use crate::objective::loss;
use crate::train::Autoencoder;

/// Returns 240 rows of 6 features near a plane of 2 dimensions.
fn table() -> Table {
    near_plane(0.05)
}

fn near_plane(noise: f64) -> Table {
    let mut draws = Draws::new(5, Stream::Split, 9, 9);
    let mut values = Vec::new();
    for _ in 0..240 {
        let [a, b] = draws.normal_pair();
        let plane = [a, b, a + b, a - b, 2.0 * a + 0.5 * b, 0.3 * a - b];
        values.extend(plane.map(|v| (v + noise * draws.normal_pair()[0]) as f32));
    }
    Table::from_floats(values, 6).unwrap()
}

fn small() -> Config {
    let mut config = Config::default();
    config.network.hidden = vec![8];
    config.network.code = 2;
    config.train.epochs = 4;
    config.train.batch = 20;
    config.optimizer.rate = 0.01;
    config
}

fn trained(change: impl FnOnce(&mut Config)) -> Model {
    let mut config = small();
    change(&mut config);
    Autoencoder::new(config).train(&table()).unwrap()
}

fn last(model: &Model, term: &str) -> f64 {
    model.history.last().unwrap().loss[term]
}

fn held_out(model: &Model) -> f64 {
    model
        .history
        .last()
        .unwrap()
        .held_out
        .as_ref()
        .unwrap()
        .error_per_row
}

#[test]
fn the_loss_falls() {
    let model = trained(|_| {});
    assert!(last(&model, "total") < 0.5 * model.history[0].loss["total"]);
}

#[test]
fn every_optimizer_learns_and_each_moves_differently() {
    let mut ends = Vec::new();
    for (name, rate) in [
        (OptimizerName::Sgd, 0.01),
        (OptimizerName::Rmsprop, 0.01),
        (OptimizerName::Adam, 0.01),
        (OptimizerName::Adamw, 0.01),
        (OptimizerName::Nadam, 0.01),
    ] {
        let model = trained(|c| (c.optimizer.name, c.optimizer.rate) = (name, rate));
        let (first, end) = (model.history[0].loss["total"], last(&model, "total"));
        assert!(end < 0.8 * first, "{name:?}: {first} to {end}");
        ends.push(end);
    }
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    assert_eq!(ends.len(), 5);
}

/// Trains with each option; no two may give the same weights.
#[test]
fn every_option_changes_what_is_learned() {
    type Change = fn(&mut Config);
    let changes: &[(&str, Change)] = &[
        ("nothing", |_| {}),
        ("seed", |c| c.seed = 7),
        ("held_out", |c| c.data.held_out = Some(100)),
        ("scale", |c| c.data.scale = Scale::MinMax),
        ("centre", |c| c.data.scale = Scale::Centre),
        ("binarised", |c| {
            c.data.scale = Scale::MinMax;
            c.data.binarised = true;
        }),
        ("activation", |c| {
            c.network.activation = Some(Activation::Tanh)
        }),
        ("code_activation", |c| {
            c.network.code_activation = Some(Activation::Identity)
        }),
        ("output", |c| c.network.output = Activation::Tanh),
        ("tied", |c| c.network.tied = true),
        ("init", |c| c.network.init = Some(Init::Glorot)),
        ("dropout", |c| c.network.dropout = 0.2),
        ("batch_norm", |c| c.network.batch_norm = true),
        ("max_norm", |c| c.network.max_norm = Some(0.5)),
        ("huber", |c| c.loss.reconstruction = Reconstruction::Huber),
        ("huber_delta", |c| {
            c.loss.reconstruction = Reconstruction::Huber;
            c.loss.huber_delta = Some(0.3);
        }),
        ("l1 error", |c| c.loss.reconstruction = Reconstruction::L1),
        ("l1", |c| c.loss.l1 = 0.1),
        ("l2", |c| c.loss.l2 = 0.1),
        ("step", |c| {
            c.optimizer.schedule = Schedule::Step;
            c.optimizer.every = Some(1.0);
        }),
        ("exponential", |c| {
            c.optimizer.schedule = Schedule::Exponential
        }),
        ("cosine", |c| c.optimizer.schedule = Schedule::Cosine),
        ("warm_up", |c| c.optimizer.warm_up = 1.0),
        ("clip", |c| c.optimizer.clip = Some(0.5)),
        ("batch", |c| c.train.batch = 0),
    ];
    let mut seen: Vec<(&str, Vec<f32>)> = Vec::new();
    for (name, change) in changes {
        let weights = trained(change).coder.network.store().remove(0).values;
        if let Some((other, _)) = seen.iter().find(|(_, w)| *w == weights) {
            panic!("'{name}' led to the same weights as '{other}'");
        }
        seen.push((name, weights));
    }
}

#[test]
fn penalties_shrink_what_they_penalise() {
    let size = |model: &Model, power: i32| -> f64 {
        let weights = model.coder.network.store();
        let matrices = weights.iter().filter(|w| w.name.ends_with("weight"));
        matrices
            .flat_map(|w| &w.values)
            .map(|&v| f64::from(v.abs()).powi(power))
            .sum()
    };
    let plain = trained(|_| {});
    assert!(size(&trained(|c| c.loss.l2 = 0.5), 2) < 0.7 * size(&plain, 2));
    assert!(size(&trained(|c| c.loss.l1 = 0.5), 1) < 0.7 * size(&plain, 1));
}

#[test]
fn l2_is_half_lambda_times_the_sum_of_squares_and_counts_a_tied_matrix_once() {
    for tied in [false, true] {
        let mut config = small();
        (config.loss.l2, config.network.tied) = (0.2, tied);
        let plan = Plan::for_data(&config, 6, None).unwrap();
        let network = Network::new::<f32>(&plan.spec, &device("cpu").unwrap()).tracked();
        let stored = network.store();
        let matrices: Vec<&NamedTensor> = stored
            .iter()
            .filter(|s| s.name.ends_with("weight"))
            .collect();
        assert_eq!(matrices.len(), if tied { 2 } else { 4 });
        let squares: f64 = matrices
            .iter()
            .flat_map(|m| &m.values)
            .map(|&v| f64::from(v).powi(2))
            .sum();
        let x = matrix(vec![0.0f32; 6], [1, 6], network.device());
        let terms = loss::terms(
            &config.loss,
            &plan.config.coder(network),
            x,
            &mut Pass::Evaluate,
        );
        let found = terms
            .into_iter()
            .find(|(name, _)| *name == "l2")
            .map(|(_, v)| scalar(v))
            .unwrap();
        assert!((found - 0.1 * squares).abs() < 1e-4, "{found} {squares}");
    }
}

#[test]
fn a_tied_decoder_is_the_transpose() {
    let model = trained(|c| {
        (c.network.tied, c.network.hidden) = (true, vec![]);
        c.network.code_activation = Some(Activation::Identity);
    });
    let stored = model.coder.network.store();
    let find = |name: &str| stored.iter().find(|s| s.name == name);
    assert!(find("decoder.0.weight").is_none() && find("decoder.0.bias").is_some());
    let weight = &find("encoder.0.weight").unwrap().values;
    let bias = &find("decoder.0.bias").unwrap().values;
    let found = model.inference().decode(&[1.0, 0.0, 0.0, 2.0], 2);
    for feature in 0..6 {
        let by_hand = [
            weight[feature * 2] + bias[feature],
            2.0 * weight[feature * 2 + 1] + bias[feature],
        ];
        assert!((found[feature] - by_hand[0]).abs() < 1e-5);
        assert!((found[6 + feature] - by_hand[1]).abs() < 1e-5);
    }
}

#[test]
fn the_linear_autoencoder_spans_the_pca_subspace() {
    // Enough noise off the plane for gradient descent to find it soon.
    let table = near_plane(0.4);
    let mut config = small();
    config.network.hidden = vec![];
    config.network.code_activation = Some(Activation::Identity);
    config.optimizer.schedule = Schedule::Cosine;
    (config.train.epochs, config.train.batch) = (2500, 0);
    config.optimizer.rate = 0.02;
    let model = Autoencoder::new(config).train(&table).unwrap();
    let pca = model.pca.as_ref().unwrap();
    let stored = model.coder.network.store();
    let decoder = stored
        .iter()
        .find(|s| s.name == "decoder.0.weight")
        .unwrap();
    // The sine of the largest principal angle between the decoder's plane and
    // PCA's: the part of the decoder's orthonormal rows off PCA's plane.
    let rows: Vec<Vec<f64>> = decoder
        .values
        .chunks(6)
        .map(|r| r.iter().map(|&v| f64::from(v)).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let normed = |v: Vec<f64>| {
        let norm = dot(&v, &v).sqrt();
        v.into_iter().map(|x| x / norm).collect::<Vec<f64>>()
    };
    let first = normed(rows[0].clone());
    let overlap = dot(&rows[1], &first);
    let second = normed(
        rows[1]
            .iter()
            .zip(&first)
            .map(|(x, f)| x - overlap * f)
            .collect(),
    );
    for axis in [first, second] {
        let on: f64 = pca
            .components
            .chunks(6)
            .map(|c| dot(&axis, &c.iter().map(|&v| f64::from(v)).collect::<Vec<_>>()).powi(2))
            .sum();
        let sine = (1.0 - on).max(0.0).sqrt();
        assert!(sine < 0.02, "sine of a principal angle: {sine}");
    }
    let found = model.evaluate(&table).unwrap();
    let floor = found.pca.unwrap().error_per_row;
    assert!(
        found.scaled.error_per_row < 1.01 * floor,
        "{} {floor}",
        found.scaled.error_per_row
    );
}

#[test]
fn dropout_keeps_its_share_and_the_mean() {
    let mut config = small();
    (config.network.dropout, config.network.hidden) = (0.3, vec![2000]);
    config.network.activation = Some(Activation::Softplus);
    let plan = Plan::for_data(&config, 6, None).unwrap();
    let network = Network::new::<f32>(&plan.spec, &device("cpu").unwrap());
    let pass = TrainPass {
        address: Address {
            seed: 1,
            epoch: 1,
            rows: &[4],
            turn: 0,
        },
        progress: 0.0,
        labels: &[],
        observed: Vec::new(),
    };
    // The decoder's last layer sees the dropped hidden layer; compare sums.
    let mask = crate::network::dropout_mask(
        0.3,
        &matrix(vec![1.0f32; 2000], [1, 2000], network.device()),
        0,
        &pass,
    );
    let mask = crate::base::device::values(mask);
    let zeros = mask.iter().filter(|&&m| m == 0.0).count() as f64 / 2000.0;
    assert!((zeros - 0.3).abs() < 0.05, "{zeros}");
    assert!(
        mask.iter()
            .all(|&m| m == 0.0 || (m - 1.0 / 0.7).abs() < 1e-6)
    );
}

#[test]
fn batch_normalisation_uses_running_statistics_when_trained() {
    let model = trained(|c| c.network.batch_norm = true);
    let stored = model.coder.network.store();
    let mean = stored
        .iter()
        .find(|s| s.name == "encoder.0.norm.mean")
        .unwrap();
    assert!(mean.values.iter().any(|&m| m != 0.0));
    // A row's code does not depend on the other rows.
    let table = table();
    let all = model.encode(&table).unwrap();
    let one = model.encode(&table.select(&[17])).unwrap();
    assert_eq!(one.value(0, 0), all.value(17, 0));
}

#[test]
fn max_norm_bounds_every_units_incoming_weights() {
    let model = trained(|c| c.network.max_norm = Some(0.5));
    for weight in model
        .coder
        .network
        .store()
        .iter()
        .filter(|w| w.name.ends_with("weight"))
    {
        for unit in 0..weight.shape[1] {
            let squares: f32 = weight
                .values
                .iter()
                .skip(unit)
                .step_by(weight.shape[1])
                .map(|v| v * v)
                .sum();
            assert!(
                squares.sqrt() <= 0.5001,
                "{} {}",
                weight.name,
                squares.sqrt()
            );
        }
    }
}

#[test]
fn early_stopping_stops_and_keeps_the_best_weights() {
    // A rate that is far too high at the end, so the held-out error rises.
    let change = |c: &mut Config| {
        (c.train.epochs, c.train.early_stopping) = (200, Some(3));
        c.optimizer.rate = 0.05;
    };
    let model = trained(change);
    let best = model.best_epoch.unwrap();
    assert!(model.history.len() < 200);
    assert_eq!(model.history.len(), best + 3);
    let errors: Vec<f64> = model
        .history
        .iter()
        .map(|e| e.held_out.as_ref().unwrap().reconstruction)
        .collect();
    assert!(errors.iter().all(|&e| e >= errors[best - 1]));
    // The kept weights give the best epoch's error again.
    let mut config = small();
    change(&mut config);
    let table = table();
    let training = Training::new(&config, &table).unwrap();
    let again = model
        .evaluate(&training.held_out())
        .unwrap()
        .scaled
        .error_per_row;
    assert!((again - errors[best - 1]).abs() < 1e-5 * again);
}

#[test]
fn held_out_rows_take_no_part_in_fitting() {
    let table = table();
    let config = small();
    let base = Autoencoder::new(config.clone()).train(&table).unwrap();
    let training = Training::new(&config, &table).unwrap();
    let mut other = table.clone();
    let Values::Floats(values) = &mut other.values else {
        panic!()
    };
    for &row in &training.split.held_out {
        values[row * 6..(row + 1) * 6].fill(100.0);
    }
    let changed = Autoencoder::new(config).train(&other).unwrap();
    assert_eq!(base.coder.network.store(), changed.coder.network.store());
    assert_eq!(base.scaler, changed.scaler);
    assert_eq!(base.pca, changed.pca);
    assert_ne!(held_out(&base), held_out(&changed));
}

#[test]
fn chosen_rows_are_held_out_and_a_checkpoint_remembers_them() {
    let table = table();
    let chosen = |rows: &[usize]| {
        let options = TrainingOptions {
            held_out_rows: Some(rows.to_vec()),
            ..Default::default()
        };
        Training::with_options(&small(), &table, &options).unwrap()
    };
    let mut training = chosen(&[7, 100, 3]);
    assert_eq!(training.split(), (table.rows() - 3, 3));
    assert_eq!(training.held_out(), table.select(&[3, 7, 100]));
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    training.checkpoint(&path).unwrap();
    chosen(&[3, 7, 100]).resume(&path).unwrap();
    assert!(chosen(&[3, 7, 101]).resume(&path).is_err());
    let mut random = Training::new(&small(), &table).unwrap();
    assert!(random.resume(&path).is_err());
    // Rows that are all trained on are a choice too.
    random.checkpoint(&path).unwrap();
    assert!(chosen(&[]).resume(&path).is_err());
}

#[test]
fn a_model_of_weights_alone_can_be_had_at_any_epoch() {
    let table = table();
    let mut training = Training::new(&small(), &table).unwrap();
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    let early = training.model();
    assert_eq!(early.history.len(), 1);
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let bare = training.model();
    let whole = training.finish();
    assert_eq!(bare.weights(), whole.weights());
    assert_ne!(early.weights(), whole.weights());
    assert!(bare.pca.is_none() && bare.held_out_errors.is_empty());
    // It can be saved and used like any other.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.safetensors");
    bare.save(&path).unwrap();
    let bare = Model::load(&path).unwrap();
    assert_eq!(bare.encode(&table).unwrap(), whole.encode(&table).unwrap());
    let scores = bare.score(&table).unwrap();
    assert_eq!(scores.errors, whole.score(&table).unwrap().errors);
    assert!(scores.percentiles.iter().all(|p| p.is_nan()));
    assert_eq!(bare.evaluate(&table).unwrap().pca, None);
    let looking = crate::look::Looking::new(&bare, &table).unwrap();
    assert!(crate::report(&looking, "bare").is_ok());
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str| {
        let path = folder.path().join(name);
        trained(|c| c.network.dropout = 0.1).save(&path).unwrap();
        std::fs::read(path).unwrap()
    };
    assert_eq!(save("a"), save("b"));
}

#[test]
fn a_resumed_training_ends_in_the_same_bytes() {
    for name in [
        OptimizerName::Sgd,
        OptimizerName::Rmsprop,
        OptimizerName::Adam,
        OptimizerName::Nadam,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = small();
        config.optimizer.name = name;
        if name == OptimizerName::Sgd {
            config.optimizer.momentum = Some(0.9);
            config.optimizer.rate = 0.001;
        }
        (config.network.batch_norm, config.network.dropout) = (true, 0.1);
        config.train.early_stopping = Some(3);
        let table = table();
        let checkpoint = folder.path().join("last.ckpt");
        let finish = |mut training: Training, file: &str| {
            while training
                .run_epoch(&mut |_| Control::Continue)
                .unwrap()
                .is_some()
            {}
            let path = folder.path().join(file);
            training.finish().save(&path).unwrap();
            std::fs::read(path).unwrap()
        };
        let whole = finish(Training::new(&config, &table).unwrap(), "whole");

        let mut stopped = Training::new(&config, &table).unwrap();
        for _ in 0..2 {
            stopped.run_epoch(&mut |_| Control::Continue).unwrap();
        }
        stopped.checkpoint(&checkpoint).unwrap();
        assert!(stopped.run_epoch(&mut |_| Control::Stop).unwrap().is_none());

        let mut resumed = Training::new(&config, &table).unwrap();
        resumed.resume(&checkpoint).unwrap();
        assert_eq!(resumed.epochs_done(), 2);
        assert_eq!(finish(resumed, "resumed"), whole, "{name:?}");
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.ckpt");
    let table = table();
    Training::new(&small(), &table)
        .unwrap()
        .checkpoint(&path)
        .unwrap();
    let mut config = small();
    config.network.code = 3;
    let error = Training::new(&config, &table)
        .unwrap()
        .resume(&path)
        .unwrap_err()
        .to_string();
    assert!(error.contains("other settings"), "{error}");
    let other = table.select(&(0..200).collect::<Vec<_>>());
    let error = Training::new(&small(), &other)
        .unwrap()
        .resume(&path)
        .unwrap_err()
        .to_string();
    assert!(error.contains("other rows"), "{error}");
    let mut config = small();
    config.train.epochs = 9;
    Training::new(&config, &table)
        .unwrap()
        .resume(&path)
        .unwrap();
}

#[test]
fn divergence_is_an_error_with_its_epoch_and_term() {
    let mut config = small();
    (config.optimizer.name, config.optimizer.rate) = (OptimizerName::Sgd, 1e6);
    let error = Autoencoder::new(config).train(&table()).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    assert!(
        error.to_string().contains("lower optimizer.rate"),
        "{error}"
    );
}

#[test]
fn too_few_rows_and_values_out_of_range_are_refused() {
    for rows in [0, 1] {
        let error = Autoencoder::new(small())
            .train(&table().select(&vec![0; rows]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected at least 2 rows"), "{error}");
    }
    let mut config = small();
    config.network.output = Activation::Sigmoid;
    config.loss.reconstruction = Reconstruction::Bce;
    config.data.scale = Scale::None;
    let error = Autoencoder::new(config)
        .train(&table())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("after scaling, expected values in [0, 1]"),
        "{error}"
    );
}

#[test]
fn one_feature_and_two_rows_work() {
    let table = Table::from_floats(vec![1.0, 2.0], 1).unwrap();
    let mut config = small();
    config.network.code = 1;
    let model = Autoencoder::new(config).train(&table).unwrap();
    assert_eq!(model.encode(&table).unwrap().rows(), 2);
}

#[test]
fn a_wide_code_and_few_held_out_rows_are_warned_of() {
    let model = trained(|c| c.network.code = 6);
    assert!(
        model
            .warnings
            .iter()
            .any(|w| w.contains("copying the input")),
        "{:?}",
        model.warnings
    );
    assert!(
        model.warnings.iter().any(|w| w.contains("held-out rows")),
        "{:?}",
        model.warnings
    );
}

#[test]
fn dead_units_are_warned_of() {
    let model = trained(|c| {
        c.network.activation = Some(Activation::Relu);
        c.network.code_activation = Some(Activation::Identity);
        // Huge steps push units below zero for every row.
        (c.optimizer.rate, c.train.epochs) = (3.0, 1);
    });
    assert!(
        model
            .warnings
            .iter()
            .any(|w| w.contains("are 0 for every held-out row")),
        "{:?}",
        model.warnings
    );
}

#[test]
fn a_batch_of_one_row_joins_the_one_before_under_batch_normalisation() {
    let order: Vec<usize> = (0..11).collect();
    let sizes = |batch_norm| {
        let batches = batches(&order, 5, batch_norm);
        batches.iter().map(|batch| batch.len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(true), [5, 6]);
    assert_eq!(sizes(false), [5, 5, 1]);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let save = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let path = folder.path().join(threads.to_string());
        pool.install(|| {
            let model = trained(|c| {
                (c.network.hidden, c.network.code, c.optimizer.clip) = (vec![300], 5, Some(1.0));
                c.train.batch = 0;
            });
            model.save(&path).unwrap();
        });
        std::fs::read(path).unwrap()
    };
    let one = save(1);
    assert_eq!(one, save(2));
    assert_eq!(one, save(5));
}

#[test]
fn weights_that_are_lost_in_the_last_step_are_noticed() {
    let mut config = small();
    (config.optimizer.name, config.optimizer.rate) = (OptimizerName::Sgd, 1e38);
    (config.train.epochs, config.train.batch) = (1, 0);
    let error = Autoencoder::new(config).train(&table()).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
}

#[test]
fn going_on_without_early_stopping_keeps_the_last_weights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.ckpt");
    let table = table();
    let mut config = small();
    config.train.early_stopping = Some(2);
    let mut training = Training::new(&config, &table).unwrap();
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    training.checkpoint(&path).unwrap();
    config.train.early_stopping = None;
    let mut resumed = Training::new(&config, &table).unwrap();
    resumed.resume(&path).unwrap();
    while resumed
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let model = resumed.finish();
    assert_eq!((model.best_epoch, model.history.len()), (None, 4));
}

#[test]
fn max_norm_bounds_a_tied_decoders_units_too() {
    let model = trained(|c| (c.network.max_norm, c.network.tied) = (Some(0.3), true));
    for weight in model
        .coder
        .network
        .store()
        .iter()
        .filter(|w| w.name.ends_with("weight"))
    {
        for unit in weight.values.chunks(weight.shape[1]) {
            let squares: f32 = unit.iter().map(|v| v * v).sum();
            assert!(
                squares.sqrt() <= 0.3001,
                "{} {}",
                weight.name,
                squares.sqrt()
            );
        }
    }
}

#[test]
fn held_out_rows_may_leave_the_range_that_cross_entropy_was_fitted_on() {
    for seed in 0..5 {
        let mut config = small();
        config.seed = seed;
        config.network.output = Activation::Sigmoid;
        config.loss.reconstruction = Reconstruction::Bce;
        config.data.scale = Scale::MinMax;
        config.train.epochs = 1;
        Autoencoder::new(config).train(&table()).unwrap();
    }
}

#[test]
fn rows_that_cannot_be_drawn_are_refused() {
    let mut config = small();
    (config.data.binarised, config.data.scale) = (true, Scale::Standard);
    let message = Autoencoder::new(config.clone()).train(&table());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("data.binarised needs"), "{message}");
    config.layerwise = Some(Default::default());
    config.train.epochs = Config::default().train.epochs;
    let message = config.check().unwrap_err().to_string();
    assert!(message.contains("`data.binarised`"), "{message}");
}

#[test]
fn what_is_measured_are_draws_and_a_model_in_use_takes_rows_as_they_are() {
    // Values near 0.5, so a draw is always about 0.5 away.
    let halves: Vec<f32> = (0..600)
        .map(|i| 0.45 + 0.1 * ((i * 7 % 11) as f32 / 11.0))
        .collect();
    let table = Table::from_floats(halves, 3).unwrap();
    let mut config = small();
    config.network.hidden = vec![];
    config.network.code = 1;
    config.data.binarised = true;
    config.data.held_out = Some(100);
    config.train.epochs = 30;
    let mut training = Training::new(&config, &table).unwrap();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let held_out = training.held_out();
    let told = training.history().last().unwrap().held_out.clone().unwrap();
    let model = training.finish();
    let found = model.evaluate(&held_out).unwrap();
    // The same rows give the same draws, wherever they are measured.
    assert_eq!(found.scaled.error_per_row, told.error_per_row);
    assert!(found.pca.as_ref().unwrap().error_per_row > 0.1);
    assert!(
        model.warnings.iter().all(|w| !w.contains("learnt nothing")),
        "{:?}",
        model.warnings
    );
    // One code unit keeps one of three draws; without draws almost nothing is
    // lost.
    assert!(found.scaled.error_per_row > 0.2, "{found:?}");
    let scores = model.score(&held_out).unwrap();
    let mean = scores.errors.iter().sum::<f32>() / scores.errors.len() as f32;
    assert!(f64::from(mean) < 0.5 * found.scaled.error_per_row, "{mean}");
}

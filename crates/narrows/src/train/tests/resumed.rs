//! Checkpoints, early stopping and seeds: which weights a training ends with.

use super::*;

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
    assert!(bare.pca.is_none() && bare.reference.all.is_empty());
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
fn a_model_has_the_settings_that_it_was_trained_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.ckpt");
    let table = table();
    let before = small();
    let mut training = Training::new(&before, &table).unwrap();
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    training.checkpoint(&path).unwrap();
    let mut after = before.clone();
    (after.optimizer.rate, after.train.epochs) = (0.002, 9);
    after.data.source = "elsewhere.csv".into();
    let mut resumed = Training::new(&after, &table).unwrap();
    resumed.resume(&path).unwrap();
    // Saved again before a step, it is still the training of the old settings.
    let again = folder.path().join("again.ckpt");
    resumed.checkpoint(&again).unwrap();
    let saved: Checkpoint<Config, Epoch> = Checkpoint::read(KIND, &again).unwrap();
    for config in [resumed.model().config, saved.config] {
        assert_eq!(config.optimizer.rate, before.optimizer.rate);
        assert_eq!(config.train.epochs, before.train.epochs);
        assert_eq!(config.data.source, "elsewhere.csv");
    }
    resumed.run_epoch(&mut |_| Control::Continue).unwrap();
    // What the rows decide is decided.
    after.loss.reconstruction = crate::config::Reconstruction::Mse;
    assert_eq!(resumed.model().config, after);
    // A resumed training that is over takes no step.
    after.train.epochs = 1;
    let mut over = Training::new(&after, &table).unwrap();
    over.resume(&path).unwrap();
    assert!(
        over.run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_none()
    );
    assert_eq!(over.finish().config.train.epochs, before.train.epochs);
}

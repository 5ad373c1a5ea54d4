//! Tests that a classifier's training can be paused, stopped, saved and
//! resumed.

use std::fs;
use std::path::Path;

use super::tests::{autoencoder, clouds, short};
use super::*;
use crate::base::error::Error;
use crate::config::OptimizerName;

/// Trains to the end and returns the bytes of the classifier's file.
fn whole(mut training: ClassifierTraining, folder: &Path) -> Vec<u8> {
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let path = folder.join("classifier.safetensors");
    training.finish().save(&path).unwrap();
    fs::read(path).unwrap()
}

/// Trains in pieces, keeping nothing but the checkpoint after every `steps`
/// steps; also returns how many pieces ended within an epoch.
fn in_pieces(
    config: &ClassifierConfig,
    (model, table): (&Model, &Table),
    steps: usize,
    folder: &Path,
) -> (Vec<u8>, usize) {
    let checkpoint = folder.join("last.ckpt");
    let start = || ClassifierTraining::new(config, model, table).unwrap();
    let (mut training, mut within) = (start(), 0);
    loop {
        let mut left = steps;
        let epoch = training.run_epoch(&mut |_| {
            left = left.saturating_sub(1);
            if left == 0 {
                Control::Pause
            } else {
                Control::Continue
            }
        });
        if epoch.unwrap().is_none() && !training.is_paused() {
            break;
        }
        within += usize::from(training.steps_done() > 0);
        training.checkpoint(&checkpoint).unwrap();
        training = start();
        training.resume(&checkpoint).unwrap();
    }
    (whole(training, folder), within)
}

#[test]
fn a_training_in_pieces_ends_in_the_bytes_of_a_whole_one() {
    let table = clouds(90);
    let folder = tempfile::tempdir().unwrap();
    let model = autoencoder(&table, |c| c.network.batch_norm = true);
    type Change = fn(&mut ClassifierConfig);
    let changes: [(&str, Change); 8] = [
        ("as it is", |_| {}),
        ("frozen at first", |c| c.frozen = 1),
        ("dropout", |c| (c.dropout, c.input_dropout) = (0.3, 0.2)),
        ("sgd", |c| {
            c.optimizer.name = OptimizerName::Sgd;
            c.optimizer.momentum = Some(0.9);
        }),
        ("rmsprop", |c| c.optimizer.name = OptimizerName::Rmsprop),
        ("nadam", |c| c.optimizer.name = OptimizerName::Nadam),
        ("clip", |c| c.optimizer.clip = Some(0.1)),
        ("early stopping", |c| {
            c.early_stopping = Some(1);
            c.optimizer.rate = 0.5;
            c.epochs = 8;
        }),
    ];
    for (what, change) in changes {
        let mut config = short();
        change(&mut config);
        let training = ClassifierTraining::new(&config, &model, &table).unwrap();
        let expected = whole(training, folder.path());
        for steps in [1, 3] {
            let (found, within) = in_pieces(&config, (&model, &table), steps, folder.path());
            assert!(within > 2, "{what}: stopped {within} times within an epoch");
            assert!(found == expected, "{what}, stopped after {steps} steps");
        }
    }
}

#[test]
fn other_settings_another_model_and_other_rows_are_refused() {
    let (table, folder) = (clouds(90), tempfile::tempdir().unwrap());
    let path = folder.path().join("last.ckpt");
    let model = autoencoder(&table, |_| {});
    let mut training = ClassifierTraining::new(&short(), &model, &table).unwrap();
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    training.checkpoint(&path).unwrap();
    let refused = |config: &ClassifierConfig, model: &Model, table: &Table| {
        let mut training = ClassifierTraining::new(config, model, table).unwrap();
        training.resume(&path).unwrap_err().to_string()
    };
    let other = ClassifierConfig {
        batch: 17,
        ..short()
    };
    assert!(refused(&other, &model, &table).contains("batch was 16, now 17"));
    let another = autoencoder(&table, |c| c.seed = 7);
    assert!(refused(&short(), &another, &table).contains("another model"));
    assert!(refused(&short(), &model, &clouds(93)).contains("other rows"));
    // More epochs and a lower rate may be asked for.
    let mut longer = short();
    (longer.epochs, longer.optimizer.rate) = (5, 1e-4);
    let mut training = ClassifierTraining::new(&longer, &model, &table).unwrap();
    training.resume(&path).unwrap();
    assert_eq!(training.history().len(), 1);
}

#[test]
fn early_stopping_ends_the_training_and_keeps_the_best_weights() {
    let table = clouds(60);
    let model = autoencoder(&table, |_| {});
    let mut config = short();
    (config.early_stopping, config.epochs) = (Some(2), 200);
    config.optimizer.rate = 0.5;
    let mut training = ClassifierTraining::new(&config, &model, &table).unwrap();
    let mut weights = Vec::new();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {
        weights.push(training.weights());
    }
    let entropy = |epoch: &ClassifierEpoch| epoch.held_out.as_ref().unwrap().cross_entropy;
    let history = training.history();
    let lowest = |a: &usize, b: &usize| entropy(&history[*a]).total_cmp(&entropy(&history[*b]));
    let best = (0..history.len()).min_by(lowest).unwrap();
    assert!(history.len() < 200, "{} epochs", history.len());
    assert_eq!(history.len(), best + 3);
    assert_eq!(training.finish().weights(), weights[best]);
}

#[test]
fn a_device_that_is_not_there_and_early_stopping_without_rows_are_refused() {
    let table = clouds(60);
    let model = autoencoder(&table, |_| {});
    let refused = ClassifierTraining::on(&short(), &model, &table, "abacus");
    assert!(matches!(refused, Err(Error::Usage { .. })));
    let mut config = short();
    (config.early_stopping, config.held_out) = (Some(1), Some(0));
    let refused = ClassifierTraining::new(&config, &model, &table);
    let told = refused.err().unwrap().to_string();
    assert!(told.contains("classifier.early_stopping"), "{told}");
}

#[test]
fn a_classifier_has_the_settings_that_it_was_trained_with() {
    let table = clouds(90);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.ckpt");
    let model = autoencoder(&table, |_| {});
    let before = short();
    let mut training = ClassifierTraining::new(&before, &model, &table).unwrap();
    training.run_epoch(&mut |_| Control::Continue).unwrap();
    training.checkpoint(&path).unwrap();
    let after = ClassifierConfig {
        epochs: before.epochs + 5,
        ..before.clone()
    };
    let resume = || {
        let mut resumed = ClassifierTraining::new(&after, &model, &table).unwrap();
        resumed.resume(&path).unwrap();
        resumed
    };
    assert_eq!(resume().finish().config, before);
    let mut resumed = resume();
    resumed.run_epoch(&mut |_| Control::Continue).unwrap();
    assert_eq!(resumed.finish().config, after);
}

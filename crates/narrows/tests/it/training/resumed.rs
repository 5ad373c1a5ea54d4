//! Checks that a training stopped anywhere and resumed ends in the same bytes
//! as one that never stopped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::carried::{bars, configs, name, shrunk};
use narrows::config::{Activation, OptimizerName, Reconstruction, Schedule};
use narrows::variant::Variational;
use narrows::{Config, Control, Table, Training};

/// Steps between two stops: small numbers drawn from a seed, or always the same
/// number.
enum Stops {
    Each(usize),
    Drawn(u64),
}

impl Stops {
    fn next(&mut self) -> usize {
        match self {
            Stops::Each(steps) => *steps,
            Stops::Drawn(state) => {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                1 + (*state >> 33) as usize % 13
            }
        }
    }
}

/// Paths for the files of one comparison.
struct Files {
    _folder: tempfile::TempDir,
    model: PathBuf,
    checkpoint: PathBuf,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    Files {
        model: folder.path().join("model.safetensors"),
        checkpoint: folder.path().join("last.ckpt"),
        _folder: folder,
    }
}

fn whole(config: &Config, table: &Table, files: &Files) -> Vec<u8> {
    let mut training = Training::new(config, table).unwrap();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    training.finish().save(&files.model).unwrap();
    fs::read(&files.model).unwrap()
}

/// Returns the bytes of the model, and how often the training was stopped
/// within an epoch. Between two stops only the checkpoint is kept.
fn in_pieces(config: &Config, table: &Table, mut stops: Stops, files: &Files) -> (Vec<u8>, usize) {
    let mut within = 0;
    let mut training = Training::new(config, table).unwrap();
    loop {
        let mut left = stops.next();
        let mut watch = |_: &narrows::Step| {
            left = left.saturating_sub(1);
            match left {
                0 => Control::Pause,
                _ => Control::Continue,
            }
        };
        let epoch = training.run_epoch(&mut watch).unwrap();
        if epoch.is_none() && !training.is_paused() {
            break;
        }
        within += usize::from(training.steps_done() > 0);
        training.checkpoint(&files.checkpoint).unwrap();
        training = Training::new(config, table).unwrap();
        training.resume(&files.checkpoint).unwrap();
    }
    training.finish().save(&files.model).unwrap();
    (fs::read(&files.model).unwrap(), within)
}

/// Returns a carried config with several steps per epoch.
fn stepping(path: &Path) -> Config {
    let mut config = shrunk(path);
    config.train.batch = 20;
    config
}

fn check(what: &str, config: &Config, table: &Table, stops: Stops, files: &Files) {
    let expected = whole(config, table, files);
    let (found, within) = in_pieces(config, table, stops, files);
    assert!(within > 3, "{what}: stopped {within} times within an epoch");
    assert!(found == expected, "{what}");
}

#[test]
fn every_config_at_drawn_steps_over_seeds() {
    let (table, files) = (bars(), files());
    for path in configs() {
        for seed in [1, 2, 3] {
            let mut config = stepping(&path);
            config.seed = seed;
            let what = format!("{} with seed {seed}", name(&path));
            check(&what, &config, &table, Stops::Drawn(seed * 77), &files);
        }
    }
}

#[test]
fn every_config_after_every_step() {
    let (table, files) = (bars(), files());
    for path in configs() {
        let config = stepping(&path);
        check(&name(&path), &config, &table, Stops::Each(1), &files);
    }
}

#[test]
fn every_optimizer_schedule_and_regularizer() {
    type Change = fn(&mut Config);
    let changes: [(&str, Change); 11] = [
        ("sgd with momentum", |c| {
            c.optimizer.name = OptimizerName::Sgd;
            c.optimizer.momentum = Some(0.9);
            c.optimizer.nesterov = Some(true);
        }),
        ("rmsprop", |c| c.optimizer.name = OptimizerName::Rmsprop),
        ("adamw", |c| c.optimizer.name = OptimizerName::Adamw),
        ("nadam", |c| c.optimizer.name = OptimizerName::Nadam),
        ("cosine with a warm-up", |c| {
            c.optimizer.schedule = Schedule::Cosine;
            c.optimizer.warm_up = 1.5;
        }),
        ("clip", |c| c.optimizer.clip = Some(0.1)),
        ("batch_norm", |c| c.network.batch_norm = true),
        ("dropout", |c| c.network.dropout = 0.3),
        ("drawn rows", |c| c.data.binarised = true),
        ("several draws of a code", |c| {
            c.loss.reconstruction = Reconstruction::Gaussian;
            c.network.code_activation = Some(Activation::Identity);
            c.network.dropout = 0.2;
            c.variational = Some({
                let mut options = Variational::default();
                options.samples = 3;
                options
            });
        }),
        ("early stopping", |c| {
            c.train.early_stopping = Some(1);
            c.train.epochs = 12;
            c.optimizer.rate = 0.03;
        }),
    ];
    let (table, files) = (bars(), files());
    let stacked = configs().into_iter().find(|path| name(path) == "stacked");
    for (what, change) in changes {
        let mut config = stepping(stacked.as_deref().unwrap_or(Path::new("")));
        change(&mut config);
        check(what, &config, &table, Stops::Drawn(5), &files);
    }
}

#[test]
fn a_stop_is_gone_on_from_at_its_very_step() {
    let (table, files) = (bars(), files());
    let config = stepping(&configs()[0]);
    let expected = whole(&config, &table, &files);
    let mut training = Training::new(&config, &table).unwrap();
    let mut steps = 0;
    let stopped = training.run_epoch(&mut |_| {
        steps += 1;
        match steps {
            4 => Control::Stop,
            _ => Control::Continue,
        }
    });
    assert!(stopped.unwrap().is_none() && training.was_interrupted());
    assert_eq!((training.epochs_done(), training.steps_done()), (0, 4));
    training.checkpoint(&files.checkpoint).unwrap();
    let mut training = Training::new(&config, &table).unwrap();
    training.resume(&files.checkpoint).unwrap();
    let mut first = None;
    let mut watch = |step: &narrows::Step| {
        first.get_or_insert(step.step);
        Control::Continue
    };
    while training.run_epoch(&mut watch).unwrap().is_some() {}
    assert_eq!(first, Some(5));
    training.finish().save(&files.model).unwrap();
    assert!(fs::read(&files.model).unwrap() == expected);
}

#[test]
fn a_run_that_is_over_when_resumed_within_an_epoch_keeps_its_place() {
    let (table, files) = (bars(), files());
    let mut config = stepping(&configs()[0]);
    config.train.epochs = 4;
    let expected = whole(&config, &table, &files);
    let mut training = Training::new(&config, &table).unwrap();
    for _ in 0..2 {
        training.run_epoch(&mut |_| Control::Continue).unwrap();
    }
    training.run_epoch(&mut |_| Control::Pause).unwrap();
    training.checkpoint(&files.checkpoint).unwrap();
    // Only two epochs are asked for now: nothing is left to do, and nothing is
    // lost.
    let mut less = config.clone();
    less.train.epochs = 2;
    let mut training = Training::new(&less, &table).unwrap();
    training.resume(&files.checkpoint).unwrap();
    assert!(
        training
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_none()
    );
    assert!(!training.is_paused());
    training.checkpoint(&files.checkpoint).unwrap();
    let mut training = Training::new(&config, &table).unwrap();
    training.resume(&files.checkpoint).unwrap();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    training.finish().save(&files.model).unwrap();
    assert!(fs::read(&files.model).unwrap() == expected);
}

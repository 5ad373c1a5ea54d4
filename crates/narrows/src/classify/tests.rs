//! Tests training, using and saving classifiers.

use std::collections::BTreeSet;

use super::*;
use crate::base::error::Error;
use crate::base::random::{Draws, Stream};
use crate::config::{
    Activation, ConvolutionalConfig, OptimizerConfig, OptimizerName, Reconstruction, Schedule,
};
use crate::data::table::{ImageShape, Tags};
use crate::objective::variant::{Adversarial, KSparse, Variational};
use crate::train::Autoencoder;

fn rate(rate: f64) -> OptimizerConfig {
    OptimizerConfig {
        rate,
        ..Default::default()
    }
}

/// Returns three separate clouds of points in five columns.
pub(super) fn clouds(rows: usize) -> Table {
    let mut draws = Draws::new(5, Stream::Sample, 0, 0);
    let mut values = Vec::new();
    for row in 0..rows {
        for column in 0..5 {
            let centre = if column % 3 == row % 3 { 4.0 } else { 0.0 };
            values.push(centre + draws.uniform());
        }
    }
    let mut table = Table::from_floats(values, 5).unwrap();
    let names = ["ant", "bee", "fly"];
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "insect".into(),
        values: (0..rows).map(|row| names[row % 3].into()).collect(),
    });
    table
}

pub(super) fn autoencoder(table: &Table, change: impl FnOnce(&mut Config)) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![6];
    config.network.code = 4;
    config.train.batch = 20;
    change(&mut config);
    Autoencoder::new(config).train(table).unwrap()
}

pub(super) fn short() -> ClassifierConfig {
    ClassifierConfig {
        epochs: 3,
        batch: 16,
        ..Default::default()
    }
}

fn encoder_of(weights: Vec<NamedTensor>) -> Vec<NamedTensor> {
    let is_encoders = |stored: &NamedTensor| stored.name.starts_with("encoder.");
    weights.into_iter().filter(is_encoders).collect()
}

#[test]
fn separable_classes_are_all_found() {
    let table = clouds(150);
    let model = autoencoder(&table, |_| {});
    for from_scratch in [false, true] {
        let config = ClassifierConfig {
            optimizer: rate(0.02),
            epochs: 30,
            from_scratch,
            ..short()
        };
        let classifier = Classifier::train(&config, &model, &table).unwrap();
        let found = classifier.evaluate(&table).unwrap();
        assert_eq!((found.accuracy, found.rows), (1.0, 150));
        assert_eq!(found.confusion, [[50, 0, 0], [0, 50, 0], [0, 0, 50]]);
        let held_out = classifier.history[29].held_out.clone().unwrap();
        assert_eq!(held_out.accuracy, 1.0);
    }
}

#[test]
fn probabilities_sum_to_one_and_the_class_has_the_largest() {
    let table = clouds(300);
    let model = autoencoder(&table, |_| {});
    let classifier = Classifier::train(&short(), &model, &table).unwrap();
    let found = classifier.predict(&table).unwrap();
    assert_eq!(found.class.len(), 300);
    for (row, &class) in found.probabilities.chunks(3).zip(&found.class) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(row.iter().all(|&p| (0.0..=row[class]).contains(&p)));
    }
    // A row gets the same result alone.
    let alone = classifier.predict(&table.select(&[299])).unwrap();
    assert_eq!(alone.probabilities, found.probabilities[3 * 299..]);
}

#[test]
fn a_frozen_encoder_stays_for_its_epochs_and_moves_after_them() {
    let table = clouds(90);
    let model = autoencoder(&table, |c| c.network.batch_norm = true);
    let before = encoder_of(model.weights());
    let config = ClassifierConfig {
        frozen: 2,
        ..short()
    };
    let mut training = ClassifierTraining::new(&config, &model, &table).unwrap();
    let mut uppers = BTreeSet::new();
    for epoch in 1..=3 {
        training.run_epoch(&mut |_| Control::Continue).unwrap();
        let weights = training.weights();
        uppers.insert(format!("{:?}", weights.last().unwrap().values));
        let encoder = encoder_of(weights);
        let moved = before.iter().zip(&encoder).filter(|(a, b)| a != b).count();
        // Once the encoder is trained, all of it changes, running statistics
        // too.
        let expected = if epoch <= 2 { 0 } else { before.len() };
        assert_eq!(moved, expected, "epoch {epoch}");
    }
    assert_eq!(uppers.len(), 3, "the upper layer moves in every epoch");
}

#[test]
fn weights_from_scratch_are_not_the_autoencoders() {
    let table = clouds(60);
    let model = autoencoder(&table, |_| {});
    let start = |from_scratch, seed| {
        let config = ClassifierConfig {
            from_scratch,
            seed,
            ..short()
        };
        let training = ClassifierTraining::new(&config, &model, &table).unwrap();
        encoder_of(training.weights())
    };
    assert_eq!(start(false, 1), encoder_of(model.weights()));
    assert_ne!(start(true, 1), start(false, 1));
    assert_ne!(start(true, 1), start(true, 2));
    assert_eq!(start(true, 1)[0].shape, start(false, 1)[0].shape);
}

#[test]
fn every_setting_changes_what_is_learnt() {
    let table = clouds(90);
    let model = autoencoder(&table, |_| {});
    let learnt = |change: &dyn Fn(&mut ClassifierConfig)| {
        let mut config = short();
        change(&mut config);
        let classifier = Classifier::train(&config, &model, &table).unwrap();
        format!("{:?}", classifier.weights())
    };
    let changes: [&dyn Fn(&mut ClassifierConfig); 20] = [
        &|_| {},
        &|c| c.seed = 1,
        &|c| c.labelled = Some(30),
        &|c| c.held_out = Some(0),
        &|c| c.epochs = 4,
        &|c| c.batch = 20,
        &|c| c.batch = 0,
        &|c| c.optimizer.rate = 0.002,
        &|c| c.optimizer.schedule = Schedule::Cosine,
        &|c| c.optimizer.schedule = Schedule::Exponential,
        &|c| c.optimizer.warm_up = 2.0,
        &|c| c.optimizer.clip = Some(0.01),
        &|c| c.optimizer.name = OptimizerName::Sgd,
        &|c| {
            c.optimizer.name = OptimizerName::Sgd;
            c.optimizer.momentum = Some(0.9);
        },
        &|c| c.optimizer.name = OptimizerName::Rmsprop,
        &|c| c.optimizer.name = OptimizerName::Adamw,
        &|c| c.optimizer.name = OptimizerName::Nadam,
        &|c| c.frozen = 1,
        &|c| c.l2 = 0.1,
        &|c| c.from_scratch = true,
    ];
    let mut seen: BTreeSet<String> = changes.iter().map(|change| learnt(change)).collect();
    seen.insert(learnt(&|c| c.dropout = 0.3));
    seen.insert(learnt(&|c| (c.dropout, c.frozen) = (0.3, 3)));
    seen.insert(learnt(&|c| c.input_dropout = 0.3));
    seen.insert(learnt(&|c| c.max_norm = Some(0.3)));
    seen.insert(learnt(&|c| c.frozen = 3));
    assert_eq!(seen.len(), changes.len() + 5);
}

#[test]
fn weights_into_units_stay_within_their_bound_but_for_a_frozen_encoder() {
    let table = clouds(90);
    let model = autoencoder(&table, |_| {});
    for frozen in [0, 3] {
        let config = ClassifierConfig {
            max_norm: Some(0.3),
            frozen,
            ..short()
        };
        let classifier = Classifier::train(&config, &model, &table).unwrap();
        let largest = |stored: &NamedTensor| {
            let [_, outputs] = stored.shape;
            let norm = |unit: usize| {
                let weights = stored.values.iter().skip(unit).step_by(outputs);
                weights.map(|w| w * w).sum::<f32>().sqrt()
            };
            (0..outputs).map(norm).fold(0.0, f32::max)
        };
        for stored in classifier.weights() {
            let is_frozen = frozen == 3 && stored.name.starts_with("encoder.");
            if stored.name.ends_with(".weight") && !is_frozen {
                assert!(largest(&stored) < 0.3 + 1e-5, "{}", stored.name);
            }
        }
        let kept = encoder_of(classifier.weights()) == encoder_of(model.weights());
        assert_eq!(kept, frozen == 3);
    }
}

#[test]
fn any_autoencoder_will_do() {
    let table = clouds(90);
    let variants: [&dyn Fn(&mut Config); 6] = [
        &|c| c.network.tied = true,
        &|c| c.network.hidden = vec![],
        &|c| (c.network.batch_norm, c.network.dropout) = (true, 0.2),
        &|c| {
            c.loss.reconstruction = Reconstruction::Gaussian;
            c.network.code_activation = Some(Activation::Identity);
            c.variational = Some(Variational::default());
        },
        &|c| c.adversarial = Some(Adversarial::default()),
        &|c| {
            c.k_sparse = Some(KSparse {
                k: 3,
                ..Default::default()
            });
        },
    ];
    for change in variants {
        let model = autoencoder(&table, change);
        for frozen in [0, 3] {
            let config = ClassifierConfig {
                dropout: 0.2,
                frozen,
                optimizer: rate(0.01),
                ..short()
            };
            let classifier = Classifier::train(&config, &model, &table).unwrap();
            let names: Vec<String> = classifier.weights().into_iter().map(|w| w.name).collect();
            let known =
                |name: &String| name.starts_with("encoder.") || name.starts_with("classes.");
            assert!(names.iter().all(known), "{names:?}");
            let loss = |epoch: usize| classifier.history[epoch].loss["total"];
            assert!(loss(2) < loss(0), "{:?}", model.config);
        }
    }
}

#[test]
fn convolutional_encoders_will_do_too() {
    let shape = ImageShape {
        height: 4,
        width: 4,
        channels: 1,
    };
    let bright = |at: usize| {
        if (at / 8) % 2 == (at / 16) % 2 {
            200
        } else {
            30
        }
    };
    let pixels = (0..60 * 16).map(|at| bright(at) + (at * 7 % 50) as u8);
    let mut table = Table::from_images(pixels.collect(), shape).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "half".into(),
        values: (0..60).map(|row| (row % 2).to_string()).collect(),
    });
    for maps in [false, true] {
        let model = autoencoder(&table, |c| {
            c.network.hidden = vec![];
            c.convolutional = Some(ConvolutionalConfig {
                channels: vec![2],
                maps,
                ..Default::default()
            });
            if maps {
                c.network.code = Config::default().network.code;
            }
        });
        let config = ClassifierConfig {
            optimizer: rate(0.02),
            epochs: 20,
            ..short()
        };
        let classifier = Classifier::train(&config, &model, &table).unwrap();
        assert_eq!(classifier.evaluate(&table).unwrap().accuracy, 1.0);
        let shape = if maps {
            "4x4x1-2x2x2-2"
        } else {
            "4x4x1-2x2x2-4-2"
        };
        assert_eq!(classifier.shape(), shape);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.safetensors");
        classifier.save(&path).unwrap();
        let back = Classifier::load(&path).unwrap();
        assert_eq!(back.predict(&table), classifier.predict(&table));
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_a_saved_classifier_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let table = clouds(90);
    let model = autoencoder(&table, |_| {});
    let config = ClassifierConfig {
        dropout: 0.2,
        labelled: Some(30),
        ..short()
    };
    let train = || Classifier::train(&config, &model, &table).unwrap();
    train().save(path("a.safetensors")).unwrap();
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let classifier = one.install(train);
    classifier.save(path("b.safetensors")).unwrap();
    let bytes = |name: &str| std::fs::read(path(name)).unwrap();
    assert_eq!(bytes("a.safetensors"), bytes("b.safetensors"));

    let back = Classifier::load(path("a.safetensors")).unwrap();
    assert_eq!(back.predict(&table), classifier.predict(&table));
    assert_eq!(back.evaluate(&table), classifier.evaluate(&table));
    assert_eq!(
        (&back.config, &back.history),
        (&config, &classifier.history)
    );
    assert_eq!(back.label, "insect");
    back.save(path("c.safetensors")).unwrap();
    assert_eq!(bytes("a.safetensors"), bytes("c.safetensors"));
    assert_eq!(
        crate::program::kind(path("a.safetensors")).unwrap(),
        "classifier"
    );
}

#[test]
fn files_of_the_other_kind_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let table = clouds(60);
    let model = autoencoder(&table, |_| {});
    model.save(&path).unwrap();
    let message = Classifier::load(&path).unwrap_err().to_string();
    assert!(
        message.contains("found a model, expected a classifier"),
        "{message}"
    );
    let classifier = Classifier::train(&short(), &model, &table).unwrap();
    classifier.save(&path).unwrap();
    let message = Model::load(&path).unwrap_err().to_string();
    assert!(
        message.contains("found a classifier, expected a model"),
        "{message}"
    );
}

#[test]
fn rows_without_a_label_are_left_out() {
    let mut table = clouds(90);
    let model = autoencoder(&table, |_| {});
    let labels = table.labels.as_mut().unwrap();
    labels.values[30..].fill(String::new());
    let config = ClassifierConfig {
        held_out: Some(5),
        ..short()
    };
    let training = ClassifierTraining::new(&config, &model, &table).unwrap();
    assert_eq!(training.split(), (25, 5));
    let classifier = Classifier::train(&config, &model, &table).unwrap();
    assert_eq!(classifier.evaluate(&table).unwrap().rows, 30);
    assert_eq!(classifier.predict(&table).unwrap().class.len(), 90);
}

#[test]
fn what_cannot_be_learnt_is_refused() {
    let table = clouds(60);
    let model = autoencoder(&table, |c| c.network.batch_norm = true);
    let refused = |config: &ClassifierConfig, table: &Table| match ClassifierTraining::new(
        config, &model, table,
    ) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it is not refused"),
    };
    let mut without = table.clone();
    without.labels = None;
    assert!(refused(&short(), &without).contains("no labels"));
    let one = ClassifierConfig {
        batch: 1,
        ..short()
    };
    assert!(refused(&one, &table).contains("`classifier.batch`"));
    let narrow = Table::from_floats(vec![0.0; 60], 1).unwrap();
    let narrow = Table {
        labels: table.labels.clone(),
        ..narrow
    };
    assert!(refused(&short(), &narrow).contains("columns"));

    let mut strange = table.clone();
    strange.labels.as_mut().unwrap().values[7] = "owl".into();
    let classifier = Classifier::train(&short(), &model, &table).unwrap();
    let message = classifier.evaluate(&strange).unwrap_err().to_string();
    assert!(
        message.contains("row 8, column 'insect': found 'owl'"),
        "{message}"
    );
}

/// Returns rows of two kinds, of which one in fifty is rare; a rare row is often
/// like common ones.
fn rare(rows: usize) -> Table {
    let mut draws = Draws::new(9, Stream::Sample, 0, 0);
    let is_rare = |row: usize| row % 50 == 7;
    let values = (0..rows * 4).map(|at| {
        let centre = if is_rare(at / 4) { 0.35 } else { 0.0 };
        centre + draws.uniform()
    });
    let table = Table::from_floats(values.collect(), 4).unwrap();
    let kinds = (0..rows).map(|row| if is_rare(row) { "rare" } else { "common" });
    table.with_labels(Tags::new("kind", kinds)).unwrap()
}

#[test]
fn weights_raise_the_recall_of_a_rare_class() {
    let (table, new) = (
        rare(2_000),
        rare(3_000).select(&(2_000..3_000).collect::<Vec<_>>()),
    );
    let model = autoencoder(&table, |_| {});
    let found = |class_weights| {
        let config = ClassifierConfig {
            class_weights,
            optimizer: rate(0.01),
            epochs: 20,
            ..short()
        };
        let classifier = Classifier::train(&config, &model, &table).unwrap();
        classifier.evaluate(&new).unwrap()
    };
    let (plain, balanced) = (found(None), found(Some(ClassWeights::Balanced)));
    let recall = |found: &Classification| 1.0 - found.error_per_class[1].unwrap();
    assert_eq!((plain.base_rate, balanced.base_rate), (0.98, 0.98));
    assert!(plain.accuracy >= 0.97, "{plain:?}");
    assert!(recall(&plain) < 0.5, "{plain:?}");
    assert!(recall(&balanced) > 0.7, "{balanced:?}");
    let gain = balanced.balanced_accuracy - plain.balanced_accuracy;
    assert!(gain > 0.1, "{gain}");
}

#[test]
fn early_stopping_watches_the_weighted_cross_entropy() {
    let table = rare(600);
    let model = autoencoder(&table, |_| {});
    let mut config = ClassifierConfig {
        early_stopping: Some(3),
        epochs: 12,
        ..short()
    };
    let trained = |config: &ClassifierConfig| Classifier::train(config, &model, &table).unwrap();
    let plain = trained(&config);
    assert_eq!(plain.held_out().unwrap().weighted_cross_entropy, None);
    config.class_weights = Some(ClassWeights::Each([("rare".into(), 30.0)].into()));
    let weighted = trained(&config);
    let watched = |epoch: &ClassifierEpoch| epoch.held_out.as_ref()?.weighted_cross_entropy;
    let watched: Vec<f64> = weighted.history().iter().filter_map(watched).collect();
    let least = watched.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(watched[weighted.best_epoch().unwrap() - 1], least);
    let kept = weighted.held_out().unwrap();
    assert_ne!(kept.weighted_cross_entropy, Some(kept.cross_entropy));
}

#[test]
fn weights_of_1_are_no_weights() {
    let table = clouds(90);
    let model = autoencoder(&table, |_| {});
    let learnt = |class_weights| {
        let config = ClassifierConfig {
            class_weights,
            ..short()
        };
        let classifier = Classifier::train(&config, &model, &table).unwrap();
        format!("{:?}", classifier.weights())
    };
    let even = ClassWeights::Each([("ant".into(), 1.0)].into());
    assert_eq!(learnt(Some(even)), learnt(None));
    let uneven = ClassWeights::Each([("ant".into(), 2.0)].into());
    assert_ne!(learnt(Some(uneven)), learnt(None));
}

#[test]
fn what_is_measured_at_the_end_is_what_the_classifier_has() {
    let table = rare(600);
    let model = autoencoder(&table, |_| {});
    let config = ClassifierConfig {
        early_stopping: Some(2),
        epochs: 10,
        ..short()
    };
    let mut training = ClassifierTraining::new(&config, &model, &table).unwrap();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let measured = training.measure_held_out().unwrap();
    let held_out = training.finish().held_out().cloned().unwrap();
    assert_eq!(measured.accuracy, held_out.accuracy);
    assert_eq!(measured.cross_entropy, held_out.cross_entropy);
}

#[test]
fn a_diverging_training_says_so() {
    let table = clouds(60);
    let model = autoencoder(&table, |_| {});
    let config = ClassifierConfig {
        optimizer: rate(1e30),
        ..short()
    };
    let error = Classifier::train(&config, &model, &table).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
}

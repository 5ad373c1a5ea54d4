//! Tests that a file whose checksum is right, but whose claims are not, is
//! refused when it is read, or does no harm when it is used.

use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::data::table::{Column, Values};
use crate::look::{Kind, Looking, Options};
use crate::report::{Figure, report};
use crate::train::Autoencoder;
use crate::variant::{Denoising, GenerativeStochastic, Variational};

/// Returns 80 rows of two numbers and a category of three levels.
fn rows() -> Table {
    let columns = vec![
        Column::number("a"),
        Column::number("b"),
        Column::category("kind", ["x", "y", "z"]),
    ];
    let row = |i: usize| [(i * 37 % 101) as f32, (i * 53 % 89) as f32, (i % 3) as f32];
    Table::new(columns, Values::Floats((0..80).flat_map(row).collect())).unwrap()
}

/// Writes a model of [`rows`], to be changed.
fn written(path: &Path, change: impl FnOnce(&mut Config)) -> Container {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![4], 2);
    (config.train.epochs, config.data.held_out) = (2, Some(20.into()));
    change(&mut config);
    let model = Autoencoder::new(config).train(&rows()).unwrap();
    model.save(path).unwrap();
    Container::read(path).unwrap()
}

fn tensor<'a>(file: &'a mut Container, name: &str) -> &'a mut Vec<f32> {
    let mut tensors = file.tensors.iter_mut();
    &mut tensors.find(|t| t.name == name).unwrap().values
}

fn entry<'a>(file: &'a mut Container, path: &[&str]) -> &'a mut Value {
    let entry = &mut file.header[path[0]];
    path[1..]
        .iter()
        .fold(entry, |value, key| match key.parse::<usize>() {
            Ok(at) => &mut value[at],
            Err(_) => &mut value[*key],
        })
}

#[test]
fn claims_that_cannot_be_are_refused_on_loading() {
    type Change = fn(&mut Container);
    let lies: [(&str, Change); 20] = [
        ("no windows of 2 rows", |f| {
            *entry(f, &["config", "data", "window"]) = json!(2)
        }),
        ("unit axes", |f| {
            tensor(f, "pca.components.weight")[0] = 1e30
        }),
        ("unit axes", |f| tensor(f, "pca.mean")[0] = 1e30),
        ("not sorted", |f| tensor(f, "held_out_errors").reverse()),
        ("not sorted", |f| tensor(f, "held_out_errors")[0] = -1.0),
        ("another size", |f| {
            let image = json!({"height": 1, "width": 3, "channels": 1});
            *entry(f, &["scaler"])
                .as_object_mut()
                .unwrap()
                .entry("image")
                .or_insert(json!(0)) = image;
        }),
        ("cannot be scaled", |f| {
            *entry(f, &["scaler", "columns", "2", "levels", "1"]) = json!("x");
        }),
        ("cannot be scaled", |f| {
            *entry(f, &["scaler", "columns", "0", "factor"]) = json!(-1.0);
        }),
        ("two columns", |f| {
            *entry(f, &["scaler", "columns", "0", "name"]) = json!("b");
        }),
        ("bytes", |f| {
            *entry(f, &["scaler", "method"]) = json!("bytes")
        }),
        ("in place 2", |f| {
            *entry(f, &["history", "1", "epoch"]) = json!(1_000_000_000);
        }),
        ("too large", |f| {
            *entry(f, &["history", "1", "loss", "total"]) = json!(1e308);
        }),
        ("too large", |f| {
            *entry(f, &["history", "0", "held_out", "mse"]) = json!(-1e305);
        }),
        ("best epoch", |f| *entry(f, &["best_epoch"]) = json!(9)),
        ("not there", |f| {
            let epoch = entry(f, &["history", "0"]).as_object_mut().unwrap();
            epoch.insert("phase".into(), json!(77));
        }),
        ("one of each", |f| tensor(f, "deviations")[0] = -1.0),
        ("not quantiles", |f| tensor(f, "marginals").reverse()),
        ("mean", |f| tensor(f, "pca.mean")[0] = -1e30),
        ("'x' twice", |f| {
            f.header.insert("classes".into(), json!(["x", "x"]));
        }),
        ("no tensor", |f| {
            *entry(f, &["config", "network", "hidden"]) = json!([1_000_000]);
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for (word, lie) in lies {
        let mut file = written(&path, |c| c.variational = Some(Variational::default()));
        Model::load(&path).unwrap();
        lie(&mut file);
        std::fs::write(&path, file.to_bytes()).unwrap();
        let error = Model::load(&path).expect_err(word).to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn claims_of_several_networks_and_of_scores_are_refused_too() {
    type Change = fn(&mut Container);
    let lies: [(&str, Change); 10] = [
        ("not sorted", |f| {
            tensor(f, "member.2.held_out_errors").reverse()
        }),
        ("found NaN", |f| {
            tensor(f, "member.1.held_out_errors")[0] = f32::NAN;
        }),
        ("of network 2", |f| {
            f.tensors.retain(|t| t.name != "member.2.encoder.0.weight");
        }),
        ("of network 3", |f| {
            *entry(f, &["config", "seeds"]) = json!(3)
        }),
        ("of network 2", |f| {
            tensor(f, "member.2.score.moments").fill(0.0)
        }),
        ("a distance of 0", |f| tensor(f, "score.centre").fill(0.0)),
        ("a distance of -1", |f| tensor(f, "score.kept").fill(-1.0)),
        ("no kept rows", |f| {
            f.tensors.retain(|t| t.name != "score.kept");
        }),
        ("out of order", |f| tensor(f, "column_samples")[0] = 1e9),
        ("out of order", |f| tensor(f, "column_samples")[2] = 1e9),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let several = |c: &mut Config| {
        (c.seeds, c.score.by) = (2, crate::config::ScoreBy::Local);
    };
    for (word, lie) in lies {
        let mut file = written(&path, several);
        Model::load(&path).unwrap();
        lie(&mut file);
        std::fs::write(&path, file.to_bytes()).unwrap();
        let error = Model::load(&path).expect_err(word).to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn a_chain_is_bounded_by_its_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let chain = |c: &mut Config| {
        c.denoising = Some(Denoising::default());
        c.generative_stochastic = Some(GenerativeStochastic::default());
    };
    for (steps, hidden) in [(10_001, 4), (9_000, 100_000)] {
        let mut file = written(&path, chain);
        *entry(&mut file, &["config", "generative_stochastic", "steps"]) = json!(steps);
        *entry(&mut file, &["config", "network", "hidden"]) = json!([hidden]);
        std::fs::write(&path, file.to_bytes()).unwrap();
        let error = Model::load(&path).unwrap_err().to_string();
        let start = format!("{}: `generative_stochastic.steps`", path.display());
        assert!(error.starts_with(&start), "{error}");
    }
}

/// Does everything with a model that can be done with one; returns how often it
/// was an error.
fn used(model: &Model) -> usize {
    let table = rows();
    let mut errors = 0;
    let mut told = |error: Option<Error>| errors += usize::from(error.is_some());
    told(model.encode(&table).err());
    match model.reconstruct(&table) {
        Ok(rows) => assert!((0..rows.rows()).all(|row| rows.value(row, 0).is_finite())),
        Err(error) => told(Some(error)),
    }
    told(model.evaluate(&table).err());
    told(model.interpolate(&table, 0, 1, 3).err());
    told(model.generate(3, 1).err());
    match model.score(&table) {
        Ok(scores) => assert!(scores.errors.iter().all(|error| error.is_finite())),
        Err(error) => told(Some(error)),
    }
    match Looking::new(model, &table) {
        Err(error) => told(Some(error)),
        Ok(looking) => {
            told(report(&looking, "forged").err());
            for kind in Kind::ALL {
                told(Figure::of(&looking, kind, &Options::default()).err());
            }
        }
    }
    errors
}

#[test]
fn weights_of_any_size_end_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let largest = [1e-38, 1e-20, 1e5, 1e9, 1e15, 1e19, 1e25, 1e37];
    for large in largest {
        for alternating in [false, true] {
            for of in [
                "encoder.0.weight",
                "encoder.1.bias",
                "decoder.0.weight",
                "decoder.1.bias",
                "",
            ] {
                let mut file = written(&path, |c| {
                    c.variational = Some(Variational::default());
                });
                for tensor in &mut file.tensors {
                    let is_weight = tensor.name.contains("coder.") && tensor.name.starts_with(of);
                    let values = tensor.values.iter_mut().enumerate().filter(|_| is_weight);
                    values.for_each(|(at, value)| {
                        *value = if alternating && at % 2 == 1 {
                            -large
                        } else {
                            large
                        };
                    });
                }
                std::fs::write(&path, file.to_bytes()).unwrap();
                let errors = used(&Model::load(&path).unwrap());
                assert!(large < 1e30 || !of.is_empty() || errors > 0, "{large}");
            }
        }
    }
}

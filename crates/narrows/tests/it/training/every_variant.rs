//! Runs one suite on every config that the project carries, shrunk in widths,
//! rows and epochs: what holds for any autoencoder, whatever its kind.

use std::fs;
use std::sync::LazyLock;

use narrows::config::Scale;
use narrows::{Autoencoder, Config, Model, Table};

use crate::carried::{ROWS, SIDE, bars, configs, name, shrunk};

/// A model of each config by its name, trained once for the tests that only use
/// it.
static MODELS: LazyLock<Vec<(String, Model)>> = LazyLock::new(|| {
    let models = configs().into_iter().map(|path| {
        let mut config = shrunk(&path);
        config.train.epochs = config.train.epochs.max(4);
        (name(&path), trained(config))
    });
    models.collect()
});

fn trained(config: Config) -> Model {
    let name = format!("{config:?}");
    let model = Autoencoder::new(config).train(&bars());
    model.unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_loss_falls() {
    for (name, model) in MODELS.iter() {
        let of = |at: usize| model.history()[at].loss["reconstruction"];
        let last = model.history().len() - 1;
        assert!(of(last) < of(0), "{name}: {} {}", of(0), of(last));
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |model: &Model| {
        let file = folder.path().join("model.safetensors");
        model.save(&file).unwrap();
        fs::read(file).unwrap()
    };
    for (name, model) in MODELS.iter() {
        let first = bytes(model);
        let mut config = model.config().clone();
        assert!(first == bytes(&trained(config.clone())), "{name}");
        config.seed += 1;
        assert!(first != bytes(&trained(config)), "{name}");
    }
}

#[test]
fn a_model_that_was_saved_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let table = bars();
    for (name, model) in MODELS.iter() {
        let file = folder.path().join(format!("{name}.safetensors"));
        model.save(&file).unwrap();
        let again = Model::load(&file).unwrap();
        assert_eq!(model.config(), again.config(), "{name}");
        assert_eq!(model.weights(), again.weights(), "{name}");
        let codes = model.encode(&table).unwrap();
        assert_eq!(codes, again.encode(&table).unwrap(), "{name}");
        let [rows, rows_again] = [model, &again].map(|model| model.decode(&codes).unwrap());
        assert_eq!(rows, rows_again, "{name}");
        let (new, old) = (model.generate(3, 1), again.generate(3, 1));
        assert_eq!(new.ok(), old.ok(), "{name}");
    }
}

#[test]
fn a_code_does_not_depend_on_the_rows_beside_it() {
    let table = bars();
    for (name, model) in MODELS.iter() {
        let all = model.encode(&table).unwrap();
        assert_eq!(all.rows(), ROWS);
        for row in [0, 17, ROWS - 1] {
            let one = model.encode(&table.select(&[row])).unwrap();
            assert_eq!(one.values(), all.select(&[row]).values(), "{name}");
        }
    }
}

#[test]
fn every_number_of_an_evaluation_is_finite() {
    let table = bars();
    for (name, model) in MODELS.iter() {
        let found = model.evaluate(&table).unwrap();
        assert!(found.scaled.mse.is_finite(), "{name}");
        for (measure, value) in &found.measures {
            assert!(value.is_finite(), "{name}: {measure} {value}");
        }
    }
}

#[test]
fn two_rows_and_one_feature_are_enough() {
    for path in configs() {
        let mut config = shrunk(&path);
        config.data.scale = Scale::MinMax;
        config.data.held_out = Some(0.into());
        if let Some(convolutional) = &mut config.convolutional {
            convolutional.image = Some(vec![1, 1]);
            (convolutional.kernel, convolutional.stride) = (1, 1);
        }
        let table = Table::from_floats(vec![0.0, 1.0], 1).unwrap();
        let model = Autoencoder::new(config)
            .train(&table)
            .unwrap_or_else(|error| panic!("{}: {error}", name(&path)));
        assert_eq!(model.encode(&table).unwrap().rows(), 2, "{}", name(&path));
    }
}

#[test]
fn a_missing_value_is_refused_with_its_row_and_column() {
    let mut values = vec![100.0; 3 * SIDE * SIDE];
    values[SIDE * SIDE + 4] = f32::NAN;
    let table = Table::from_floats(values, SIDE * SIDE).unwrap();
    for (name, model) in MODELS.iter() {
        let told = model.encode(&table).unwrap_err().to_string();
        assert!(told.contains("row 2"), "{name}: {told}");
        assert!(told.contains("x5"), "{name}: {told}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    for path in configs() {
        let text = fs::read_to_string(&path).unwrap();
        let line = text.lines().count() + 2;
        for table in text.lines().filter(|line| line.starts_with('[')) {
            let broken = text.replacen(table, &format!("{table}\nkode = 1"), 1);
            let told = Config::from_toml("c.toml", &broken)
                .unwrap_err()
                .to_string();
            assert!(told.contains("kode"), "{}: {told}", name(&path));
        }
        let broken = format!("{text}\n[kode]\n");
        let told = Config::from_toml("c.toml", &broken)
            .unwrap_err()
            .to_string();
        assert!(told.starts_with(&format!("c.toml:{line}:")), "{told}");
    }
}

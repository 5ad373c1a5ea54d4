//! One suite for every config that the project carries, shrunk in widths,
//! rows and epochs: what holds for any autoencoder, whatever its kind.

mod carried;

use std::fs;
use std::path::Path;

use carried::{ROWS, SIDE, bars, configs, name, shrunk};
use narrows::config::Scale;
use narrows::{Autoencoder, Config, Model, Table};

fn trained(path: &Path) -> Model {
    Autoencoder::new(shrunk(path))
        .train(&bars())
        .unwrap_or_else(|error| panic!("{}: {error}", name(path)))
}

#[test]
fn the_loss_falls() {
    for path in configs() {
        let mut config = shrunk(&path);
        config.train.epochs = config.train.epochs.max(4);
        let model = Autoencoder::new(config).train(&bars()).unwrap();
        let of = |at: usize| model.history[at].loss["reconstruction"];
        let last = model.history.len() - 1;
        assert!(of(last) < of(0), "{}: {} {}", name(&path), of(0), of(last));
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
    for path in configs() {
        let first = bytes(&trained(&path));
        assert!(first == bytes(&trained(&path)), "{}", name(&path));
        let mut config = shrunk(&path);
        config.seed += 1;
        let other = Autoencoder::new(config).train(&bars()).unwrap();
        assert!(first != bytes(&other), "{}", name(&path));
    }
}

#[test]
fn a_model_that_was_saved_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let table = bars();
    for path in configs() {
        let model = trained(&path);
        let file = folder.path().join(format!("{}.safetensors", name(&path)));
        model.save(&file).unwrap();
        let again = Model::load(&file).unwrap();
        assert_eq!(model.config, again.config, "{}", name(&path));
        assert_eq!(model.weights(), again.weights(), "{}", name(&path));
        let codes = model.encode(&table).unwrap();
        assert_eq!(codes, again.encode(&table).unwrap(), "{}", name(&path));
        assert_eq!(
            model.decode(&codes).unwrap(),
            again.decode(&codes).unwrap(),
            "{}",
            name(&path)
        );
        let (new, old) = (model.generate(3, 1), again.generate(3, 1));
        assert_eq!(new.ok(), old.ok(), "{}", name(&path));
    }
}

#[test]
fn a_code_does_not_depend_on_the_rows_beside_it() {
    let table = bars();
    for path in configs() {
        let model = trained(&path);
        let all = model.encode(&table).unwrap();
        assert_eq!(all.rows(), ROWS);
        for row in [0, 17, ROWS - 1] {
            let one = model.encode(&table.select(&[row])).unwrap();
            assert_eq!(one.values, all.select(&[row]).values, "{}", name(&path));
        }
    }
}

#[test]
fn every_number_of_an_evaluation_is_finite() {
    let table = bars();
    for path in configs() {
        let found = trained(&path).evaluate(&table).unwrap();
        assert!(found.scaled.mse.is_finite(), "{}", name(&path));
        for (measure, value) in &found.measures {
            assert!(value.is_finite(), "{}: {measure} {value}", name(&path));
        }
    }
}

#[test]
fn two_rows_and_one_feature_are_enough() {
    for path in configs() {
        let mut config = shrunk(&path);
        config.data.scale = Scale::MinMax;
        config.data.held_out = Some(0);
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
    for path in configs() {
        let model = trained(&path);
        let mut values = vec![100.0; 3 * SIDE * SIDE];
        values[SIDE * SIDE + 4] = f32::NAN;
        let table = Table::from_floats(values, SIDE * SIDE).unwrap();
        let told = model.encode(&table).unwrap_err().to_string();
        assert!(told.contains("row 2"), "{}: {told}", name(&path));
        assert!(told.contains("x5"), "{}: {told}", name(&path));
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

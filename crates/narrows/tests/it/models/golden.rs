//! Checks that files of every version of the format can be read for ever, and
//! keep their meaning.

use std::fs;
use std::path::{Path, PathBuf};

use narrows::config::Reconstruction;
use narrows::read::{Roles, read};
use narrows::{Classifier, Config, Control, Model, Table, Training, Values};

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(name)
}

/// Returns all versions and their folders.
fn versions() -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(golden("")).unwrap();
    let version = |path: PathBuf| {
        let number = path
            .file_name()?
            .to_str()?
            .strip_prefix('v')?
            .parse()
            .ok()?;
        Some((number, path))
    };
    let mut found: Vec<_> = entries
        .filter_map(|entry| version(entry.unwrap().path()))
        .collect();
    found.sort();
    found
}

fn config(name: &str) -> Config {
    let path = golden(&format!("{name}.toml"));
    Config::from_toml(name, &fs::read_to_string(path).unwrap()).unwrap()
}

/// Reads the rows that a config names.
fn rows(config: &Config, roles: &Roles) -> Table {
    read(golden(&config.data.source).to_str().unwrap(), roles).unwrap()
}

/// Reads a table that the program wrote.
fn written(name: &str) -> Table {
    let mut roles = Roles::default();
    roles.any_text = true;
    read(golden(name).to_str().unwrap(), &roles).unwrap()
}

/// Asserts equality up to differences in processors' rounding.
fn assert_near(found: &[f32], expected: &[f32], what: &str) {
    assert_within(2e-4, found, expected, what);
}

fn assert_within(off: f32, found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found - expected).abs() <= off * expected.abs().max(1.0);
        assert!(near, "{what}: {found} for {expected}");
    }
}

fn numbers(table: &Table) -> Vec<f32> {
    let columns = table.columns().iter().enumerate();
    let numbers: Vec<usize> = columns
        .filter(|(_, column)| column.kind == narrows::ColumnKind::Number)
        .map(|(at, _)| at)
        .collect();
    let row = |row: usize| numbers.iter().map(move |&at| table.value(row, at));
    (0..table.rows()).flat_map(row).collect()
}

#[test]
fn the_versions_before_this_one_are_there() {
    let versions: Vec<u64> = versions().into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, [1, 2]);
}

#[test]
fn a_model_gives_the_codes_that_it_gave() {
    for (version, folder) in versions() {
        for name in ["table", "images", "labels"] {
            let what = format!("{name} of version {version}");
            let model = Model::load(folder.join(format!("{name}.safetensors"))).unwrap();
            let rows = rows(&config(name), &model.roles());
            let codes = model.encode(&rows).unwrap();
            let expected = numbers(&written(&format!("codes_{name}.csv")));
            assert_near(&numbers(&codes), &expected, &what);
            assert!(!model.score(&rows).unwrap().errors.is_empty(), "{what}");
        }
    }
}

#[test]
fn a_classifier_finds_the_classes_that_it_found() {
    let expected = written("classes.csv");
    let probability = |table: &Table, column: &str| {
        let at = table
            .columns()
            .iter()
            .position(|c| c.name == column)
            .unwrap();
        (0..table.rows())
            .map(|row| table.value(row, at))
            .collect::<Vec<f32>>()
    };
    for (version, folder) in versions() {
        let classifier = Classifier::load(folder.join("classifier.safetensors")).unwrap();
        let rows = rows(&config("table"), &classifier.roles());
        let found = classifier.predict(&rows).unwrap().to_table(&rows);
        let column = "probability_a";
        let (found, expected) = (probability(&found, column), probability(&expected, column));
        assert_near(&found, &expected, &format!("version {version}"));
    }
}

#[test]
fn a_checkpoint_is_gone_on_from_to_the_same_model() {
    for (version, folder) in versions() {
        for name in ["table", "labels"] {
            let what = format!("{name} of version {version}");
            let mut config = config(name);
            // As the config of a run of that time says.
            config.loss.reconstruction = Reconstruction::Mse;
            let rows = rows(&config, &config.data.roles(false));
            let mut training = Training::new(&config, &rows).unwrap();
            training
                .resume(&folder.join(format!("{name}.ckpt")))
                .unwrap();
            assert!(training.epochs_done() > 0, "{what}");
            let within = version >= 2 && name == "table";
            assert_eq!(training.steps_done() > 0, within, "{what}");
            while training
                .run_epoch(&mut |_| Control::Continue)
                .unwrap()
                .is_some()
            {}
            let expected = Model::load(folder.join(format!("{name}.safetensors"))).unwrap();
            let found = training.finish();
            // A row of `table` lacks a cell, which counted as if it were the
            // mean when these files were written.
            let off = if name == "table" { 2e-3 } else { 2e-4 };
            for (found, expected) in found.weights().iter().zip(expected.weights()) {
                assert_within(off, &found.values, &expected.values, &what);
            }
        }
    }
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_model_and_a_checkpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["v2/table.safetensors", "v2/table.ckpt"] {
        let whole = fs::read(golden(name)).unwrap();
        let path = folder.path().join("damaged");
        let refused = |bytes: &[u8], what: String| {
            // A new file, since overwriting an old one waits for the disk.
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            let error = narrows::program::kind(&path).expect_err(&what).to_string();
            let named = format!("{}: found ", path.display());
            assert!(error.starts_with(&named), "{what}: {error}");
        };
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused(&flipped, format!("bit {bit} of {name}"));
        }
        for length in 0..whole.len() {
            refused(&whole[..length], format!("{length} bytes of {name}"));
        }
        fs::write(&path, &whole).unwrap();
        assert!(narrows::program::kind(&path).is_ok());
    }
}

/// Exposes tests above that read nothing.
#[test]
fn the_rows_are_there() {
    let rows = rows(&config("images"), &Roles::default());
    assert!(matches!(rows.values(), Values::Bytes(bytes) if bytes.len() == 40 * 64));
}

//! Checks that the same seed gives the same bytes at any number of threads, for
//! configs at their full widths.

use std::fs;
use std::path::{Path, PathBuf};

use narrows::config::{DataConfig, LayerEpochs};
use narrows::{Config, Control, ImageShape, Table, Training};

use crate::alone::ran_alone;
use crate::carried::name;

/// Configs that together have every kind of layer, loss and variant.
const EVERY_KIND: [&str; 10] = [
    "adversarial",
    "contractive",
    "convolutional",
    "generative_stochastic",
    "hinton",
    "phases",
    "published/k_sparse",
    "published/variational",
    "sparse",
    "winner_take_all",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

/// Returns every config of the project: those carried, and the published ones.
fn all() -> Vec<PathBuf> {
    let folders = [folder(), folder().join("published")];
    let files = folders.iter().flat_map(|folder| {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    });
    let is_config = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    files.filter(is_config).collect()
}

/// Returns 150 images of 28 x 28 pixels: stripes that follow the row.
fn images() -> Table {
    let pixel = |row: usize, at: usize| {
        let (y, x) = (at / 28, at % 28);
        let stripe = (x * (row % 5) + y * (row % 7) + row) % 11 < 4;
        if stripe { 150 + row as u8 % 100 } else { 0 }
    };
    let pixels = (0..150).flat_map(|row| (0..784).map(move |at| pixel(row, at)));
    let shape = ImageShape {
        height: 28,
        width: 28,
        channels: 1,
    };
    Table::from_images(pixels.collect(), shape).unwrap()
}

/// Returns a config that trains for less time, and without its own rows.
fn short(path: &Path) -> Config {
    let text = fs::read_to_string(path).unwrap();
    let mut config = Config::from_toml(&name(path), &text).unwrap();
    let binarised = config.data.binarised;
    config.data = DataConfig::default();
    config.data.binarised = binarised;
    match &mut config.layerwise {
        Some(layerwise) => {
            layerwise.epochs = LayerEpochs::All(1);
            layerwise.fine_tune = layerwise.fine_tune.min(1);
        }
        // The first epoch leaves no row out.
        None => config.train.epochs = if config.train.trim > 0.0 { 2 } else { 1 },
    }
    config.train.early_stopping = None;
    config.optimizer.warm_up = 0.0;
    config
}

/// Trains on `threads` threads and returns the bytes of the last checkpoint,
/// which holds the weights and the optimizer's moments.
fn trained(config: &Config, table: &Table, threads: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("last.ckpt");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(|| {
        let mut training = Training::new(config, table).unwrap();
        let mut next = || training.run_epoch(&mut |_| Control::Continue).unwrap();
        while next().is_some() {}
        training.checkpoint(&file).unwrap();
    });
    fs::read(file).unwrap()
}

fn check(paths: &[PathBuf]) {
    let table = images();
    for path in paths {
        let config = short(path);
        let one = trained(&config, &table, 1);
        for threads in [2, 4] {
            let same = one == trained(&config, &table, threads);
            assert!(same, "{} with {threads} threads", path.display());
        }
    }
}

#[test]
fn one_two_and_four_threads_train_the_same_bytes_for_every_kind() {
    if ran_alone(one_two_and_four_threads_train_the_same_bytes_for_every_kind) {
        return;
    }
    check(&EVERY_KIND.map(|name| folder().join(format!("{name}.toml"))));
}

#[test]
#[ignore = "long: .ci/long threads"]
fn one_two_and_four_threads_train_the_same_bytes_for_every_config() {
    if ran_alone(one_two_and_four_threads_train_the_same_bytes_for_every_config) {
        return;
    }
    let paths = all();
    assert!(paths.len() >= 30, "{paths:?}");
    check(&paths);
}

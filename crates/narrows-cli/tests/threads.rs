//! The same seed gives the same bytes at any number of threads, for every
//! config that the program carries, at its full widths.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::Scratch;
use narrows::Config;
use narrows::config::DataConfig;

/// 150 images of 28 x 28 pixels as an IDX file: stripes that follow the row.
fn images() -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, 150, 0, 0, 0, 28, 0, 0, 0, 28];
    for row in 0..150 {
        for at in 0..784 {
            let (y, x) = (at / 28, at % 28);
            let stripe = (x * (row % 5) + y * (row % 7) + row) % 11 < 4;
            bytes.push(if stripe { 150 + row as u8 % 100 } else { 0 });
        }
    }
    bytes
}

/// Every config of the project: those carried, and the published ones.
fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let in_folder = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let all = in_folder(folder.clone()).chain(in_folder(folder.join("published")));
    let is_config = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    all.filter(is_config).collect()
}

/// As it is, but for how long it trains, and without its own rows.
fn short(path: &Path) -> Config {
    let text = fs::read_to_string(path).unwrap();
    let mut config = Config::from_toml("config", &text).unwrap();
    config.data = DataConfig {
        binarised: config.data.binarised,
        ..Default::default()
    };
    match &mut config.layerwise {
        Some(layerwise) => {
            layerwise.epochs = narrows::config::LayerEpochs::All(1);
            layerwise.fine_tune = layerwise.fine_tune.min(1);
        }
        None => config.train.epochs = 1,
    }
    config.train.early_stopping = None;
    config.optimizer.warm_up = 0.0;
    config
}

#[test]
fn one_two_and_four_threads_train_the_same_bytes_for_every_config() {
    let scratch = Scratch::new();
    scratch.write("images.idx", images());
    let paths = configs();
    assert!(paths.len() >= 30, "{paths:?}");
    for (at, path) in paths.iter().enumerate() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let name = format!("{at}-{name}");
        scratch.write("my.toml", short(path).to_toml());
        let model = |threads: usize| {
            let run = format!("{name}-on-{threads}");
            scratch.ok(&format!(
                "train my.toml --data images.idx -q --name {run} --threads {threads}"
            ));
            scratch.bytes(&format!("runs/{run}/model.safetensors"))
        };
        let one = model(1);
        assert!(one == model(2), "{name} with 2 threads");
        assert!(one == model(4), "{name} with 4 threads");
    }
}

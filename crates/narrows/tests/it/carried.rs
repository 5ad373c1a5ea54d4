//! Shrinks the configs that the program carries, in widths, rows and epochs.

use std::fs;
use std::path::{Path, PathBuf};

use narrows::{Config, ImageShape, Table, Tags};

/// Number of rows in the shrunk data: one share of it held out.
pub const ROWS: usize = 240;
/// Side of the square images, which gives 36 features.
pub const SIDE: usize = 6;

pub fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 10, "{paths:?}");
    paths
}

pub fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Returns images of one bar each, whose place and brightness follow the row.
pub fn bars() -> Table {
    let mut values = Vec::new();
    let mut labels = Vec::new();
    for row in 0..ROWS {
        let (bar, bright) = (row * 7 % 12, 150 + row * 13 % 100);
        for y in 0..SIDE {
            for x in 0..SIDE {
                let on = if bar < SIDE {
                    y == bar
                } else {
                    x == bar - SIDE
                };
                values.push(if on {
                    bright as u8
                } else {
                    (row * 31 % 20) as u8
                });
            }
        }
        labels.push(format!("bar {bar}"));
    }
    let shape = ImageShape {
        height: SIDE,
        width: SIDE,
        channels: 1,
    };
    let table = Table::from_images(values, shape).unwrap();
    table.with_labels(Tags::new("bar", labels)).unwrap()
}

/// Returns a carried config with everything small.
pub fn shrunk(path: &Path) -> Config {
    let text = fs::read_to_string(path).unwrap();
    let mut config = Config::from_toml(&name(path), &text).unwrap();
    for width in &mut config.network.hidden {
        *width = (*width / 20).clamp(8, 24);
    }
    config.network.code = (config.network.code / 20).clamp(3, 16);
    config.train.epochs = config.train.epochs.clamp(2, 6);
    if config.train.batch > 0 {
        config.train.batch = 20;
    }
    config.train.early_stopping = None;
    config.optimizer.rate = config.optimizer.rate.max(0.003);
    config.optimizer.warm_up = config.optimizer.warm_up.min(1.0);
    config.data = Default::default();
    if let Some(k_sparse) = &mut config.k_sparse {
        k_sparse.k = 4;
    }
    if let Some(adversarial) = &mut config.adversarial {
        adversarial.critic = vec![8];
    }
    if let Some(network) = &mut config.generative_stochastic {
        network.steps = 3;
    }
    config
}

//! Prepares a very short training, to be cut off at any call.

use std::fs;

use crate::common::{CONFIG, Scratch, rows};

/// Returns a folder with few rows, and a config of two short epochs with a save
/// within.
pub fn few() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("rows.csv", rows(60));
    scratch.write("my.toml", CONFIG.replace("epochs = 4", "epochs = 2"));
    scratch
}

/// The command that the tests run.
pub const TRAIN: &str = "train my.toml -q --name cut --checkpoint-every 2";

/// Returns whether no unfinished file is left.
pub fn is_clean(scratch: &Scratch, folder: &str) -> bool {
    let entries = fs::read_dir(scratch.path(folder)).unwrap();
    let mut names = entries.map(|entry| entry.unwrap().file_name());
    names.all(|name| !name.to_string_lossy().starts_with(".narrows-"))
}

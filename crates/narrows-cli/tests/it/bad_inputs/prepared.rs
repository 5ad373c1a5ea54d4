//! Makes the rows, configs and models that cases start from, once.

use std::fs;
use std::path::Path;

use crate::common::Scratch;

/// A folder of prepared files.
pub struct Prepared {
    scratch: Scratch,
}

/// A config for rows of plain numbers.
const PLAIN: &str = "[network]\nhidden = []\ncode = 1\n[train]\nepochs = 2\n";

impl Prepared {
    /// Makes:
    ///
    /// - `rows.csv`, `my.toml`, `runs/my`: 120 rows of `common::rows`, their
    ///   config and their model, code of 2
    /// - `plain.csv`, `plain.toml`, `runs/plain`: numbers `a` and `b`, code of
    ///   1, missing cells refused
    /// - `codes.csv`: the codes of `rows.csv`
    /// - `classes.safetensors`: a classifier on `runs/my`
    /// - `runs/new`: a variational model of `plain.csv`
    /// - `pictures.npy`, `runs/pictures`: 40 grey images of 4 x 4 pixels
    /// - `runs/stopped`: a run that was stopped, without a model
    pub fn new() -> Self {
        let scratch = Scratch::with_model();
        scratch.write("plain.csv", plain());
        scratch.write("plain.toml", PLAIN);
        scratch.write("pictures.npy", pictures());
        for line in [
            "train plain.toml -q --data plain.csv",
            "train plain.toml -q --data plain.csv --name new --set variational.beta=1",
            "train plain.toml -q --data pictures.npy --name pictures",
            "encode runs/my rows.csv -q -o codes.csv",
            "classify train runs/my rows.csv -q -o classes.safetensors --epochs 2",
            "train plain.toml -q --data plain.csv --name stopped",
        ] {
            scratch.ok(line);
        }
        for file in ["model.safetensors", "report.html"] {
            fs::remove_file(scratch.path("runs/stopped").join(file)).unwrap();
        }
        Prepared { scratch }
    }

    /// Returns a file's bytes.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.scratch.bytes(name)
    }

    /// Copies files and folders by their names.
    pub fn copy(&self, names: &[String], to: &Path) {
        for name in names {
            copy(&self.scratch.path(name), &to.join(name));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Returns 60 rows of two numbers.
fn plain() -> String {
    let row = |i: usize| format!("{},{}\n", i % 7, (i * i) % 11);
    std::iter::once("a,b\n".into())
        .chain((0..60).map(row))
        .collect()
}

/// Returns 40 images in NumPy's format.
fn pictures() -> Vec<u8> {
    let mut bytes = super::made::npy_header("|u1", "(40, 4, 4)", false);
    bytes.extend((0..640usize).map(|i| (i * i % 251) as u8));
    bytes
}

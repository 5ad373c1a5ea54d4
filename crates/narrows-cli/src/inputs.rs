//! From what a person names on the command line to rows and models.

use std::path::{Path, PathBuf};

use narrows::config::DataConfig;
use narrows::read::{Roles, read};
use narrows::{Error, Model, Result, Table};

use crate::builtin;
use crate::names;
use crate::output::Output;
use crate::progress;

/// Rows to train on, read by the roles of a config.
pub fn training_rows(config: &DataConfig, output: &Output) -> Result<Table> {
    if config.source.is_empty() {
        return Err(Error::config(
            "data.source",
            "nothing",
            "mnist:train, or a path",
            "name your file with --data FILE",
        ));
    }
    rows(&config.source, &config.roles(false), output)
}

/// Rows for a trained model; labels and ids are carried along if there.
pub fn rows_for(model: &Model, source: &str, output: &Output) -> Result<Table> {
    rows(source, &model.roles(), output)
}

/// Rows from a built-in data set, a file, a folder or standard input.
pub fn rows(source: &str, roles: &Roles, output: &Output) -> Result<Table> {
    progress::busy(
        output,
        &format!("reading {source}"),
        || match builtin::data(source) {
            Some(table) => table,
            None => read(source, roles),
        },
    )
}

/// A model from its file or its run folder, its progress shown.
pub fn model(path: &Path) -> Result<Model> {
    Model::load(model_path(path)?)
}

/// The model file that a path stands for.
pub fn model_path(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.into());
    }
    let file = path.join(names::MODEL);
    if file.exists() {
        return Ok(file);
    }
    Err(Error::model(
        path.display(),
        format!("a folder without {}", names::MODEL),
        "a run folder of `narrows train`, or a .safetensors file",
        match path.join(names::CHECKPOINT).exists() {
            true => format!(
                "its training was stopped: narrows train {} --resume",
                path.display()
            ),
            false => "`ls runs` lists your runs".into(),
        },
    ))
}

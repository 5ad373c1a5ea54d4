//! From what a person names on the command line to rows and models.

use std::path::{Path, PathBuf};

use narrows::config::DataConfig;
use narrows::read::{Parts, Roles, read, read_within};
use narrows::{Error, Model, Result, Table};

use crate::builtin;
use crate::memory;
use crate::names;
use crate::output::{Output, argument};
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

/// Refuses rows that only a run's config names where they are not to be had:
/// they came from standard input, or are gone. `hint` says how to name others.
pub fn check_remembered(source: &str, run: &Path, hint: &str) -> Result<()> {
    if source == "-" {
        return Err(Error::usage(
            format!("{}, trained from standard input", run.display()),
            "rows that can be read again",
            hint,
        ));
    }
    if builtin::test_rows(source).is_some() || source.is_empty() || Path::new(source).exists() {
        return Ok(());
    }
    Err(Error::File {
        path: source.into(),
        action: "read".into(),
        reason: format!(
            "the rows that {} was trained on are not there",
            run.display()
        ),
        hint: format!("relative paths start at the current folder; if the rows have moved, {hint}"),
    })
}

/// Whether a path is called as rows are, not as a config or a model.
pub fn looks_like_data(path: &Path) -> bool {
    const ENDINGS: [&str; 9] = [
        "csv", "tsv", "gz", "npy", "npz", "parquet", "idx", "png", "jpg",
    ];
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| ENDINGS.contains(&e.as_str()))
        || builtin::test_rows(&path.to_string_lossy()).is_some()
}

/// Rows for a trained model; ids and labels are carried along if there, and
/// an id that is not there is missed.
pub fn rows_for(model: &Model, source: &str, output: &Output) -> Result<Table> {
    let table = rows(source, &model.roles(), output)?;
    if misses_id(model, &table) {
        // Rows that do not fit at all are told of first.
        model.prepare(&table)?;
        warn_of_id(model, source, output);
    }
    Ok(table)
}

/// Whether rows have no id that training rows had.
pub fn misses_id(model: &Model, table: &Table) -> bool {
    model.config.data.id.is_some() && table.ids.is_none() && table.named
}

/// Says so.
pub fn warn_of_id(model: &Model, source: &str, output: &Output) {
    let id = model.config.data.id.as_deref().unwrap_or_default();
    output.warn(format_args!(
        "{source} has no column '{id}', which told rows apart in training: outputs go by order alone"
    ));
}

/// Rows from a built-in data set, a file, a folder or standard input.
pub fn rows(source: &str, roles: &Roles, output: &Output) -> Result<Table> {
    let within = memory::for_table()?;
    progress::busy(output, &format!("reading {source}"), || {
        match (builtin::data(source), within) {
            (Some(table), Some(bytes)) => memory::check_table(table?, bytes),
            (Some(table), None) => table,
            (None, Some(bytes)) => read_within(source, roles, bytes),
            (None, None) => read(source, roles),
        }
    })
}

/// The same part by part, of as many rows as the caller says later.
pub fn parts(source: &str, roles: &Roles) -> Result<Parts> {
    match builtin::data(source) {
        Some(table) => Ok(Parts::of(table?, 1)),
        None => Parts::open(source, roles, 1),
    }
}

/// A model from its file or its run folder, its progress shown.
pub fn model(path: &Path) -> Result<Model> {
    Model::load(model_path(path)?)
}

/// The model file that a path stands for.
pub fn model_path(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        if looks_like_data(path) {
            return Err(Error::usage(
                format!("'{}', which looks like data", path.display()),
                "a model: a run folder of `narrows train`, or a .safetensors file",
                "MODEL comes first, DATA after it",
            ));
        }
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
                argument(path.display())
            ),
            false => "`ls runs` lists your runs".into(),
        },
    ))
}

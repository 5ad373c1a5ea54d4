//! Reads the rows and models that the command line names.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use narrows::config::DataConfig;
use narrows::program::file_of;
use narrows::read::{Parts, Roles};
use narrows::{Classifier, Error, Model, Note, Result, Table};

use crate::builtin;
use crate::memory;
use crate::output::{Output, argument};
use crate::progress;
use crate::run_files;

/// Reads rows to train on, with the column roles of a config.
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

/// Refuses rows that only a run's config names if they came from standard input
/// or no longer exist. `hint` says how to name others.
pub fn check_remembered(source: &str, run: &Path, hint: &str) -> Result<()> {
    if source == "-" {
        return Err(Error::usage(
            format!("{}, trained from standard input", run.display()),
            "rows that can be read again",
            hint,
        ));
    }
    if builtin::test_rows(source).is_some()
        || source.is_empty()
        || Path::new(file_of(source)).exists()
    {
        return Ok(());
    }
    Err(Error::file_because(
        source,
        "read",
        format!(
            "the rows that {} was trained on are not there",
            run.display()
        ),
        format!("relative paths start at the current folder; if the rows have moved, {hint}"),
    ))
}

/// Returns whether a path is named like rows, not like a config or a model.
pub fn looks_like_data(path: &Path) -> bool {
    const ENDINGS: [&str; 13] = [
        "csv", "tsv", "xlsx", "jsonl", "arrow", "feather", "gz", "npy", "npz", "parquet", "idx",
        "png", "jpg",
    ];
    let source = path.to_string_lossy();
    let ending = Path::new(file_of(&source)).extension();
    let ending = ending.map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| ENDINGS.contains(&e.as_str()))
        || builtin::test_rows(&path.to_string_lossy()).is_some()
}

/// Reads rows for a trained model, with their ids and labels if present, and
/// warns if the id is missing.
pub fn rows_for(model: &Model, source: &str, output: &Output) -> Result<Table> {
    let table = rows(source, &model.roles(), output)?;
    if model.tells_of_unseen() {
        tell_of_unseen(model.unseen(&table)?, &mut HashSet::new(), output);
    }
    if missing_id(model, &table).is_some() {
        // An error that the rows do not fit at all comes first.
        model.check(&table)?;
        warn_of_missing_id(model, &table, source, output);
    }
    Ok(table)
}

/// Tells of columns with texts that no training row had, unless they are among
/// those `told` of, which they become.
pub fn tell_of_unseen(unseen: Vec<(String, Note)>, told: &mut HashSet<String>, output: &Output) {
    for (column, note) in unseen {
        if told.insert(column) {
            output.notes(&[note]);
        }
    }
}

/// Returns the first column of ids that the training rows had and these rows
/// lack.
fn missing_id<'a>(model: &'a Model, table: &Table) -> Option<&'a String> {
    let has = |name: &&String| table.ids().iter().any(|ids| ids.name == **name);
    let mut ids = model.config().data.id.iter().filter(|_| table.is_named());
    ids.find(|name| !has(name))
}

/// Warns of rows without the id that the training rows had.
pub fn warn_of_missing_id(model: &Model, table: &Table, source: &str, output: &Output) {
    if let Some(id) = missing_id(model, table) {
        output.warn(format_args!(
            "{source} has no column '{id}', which told rows apart in training: outputs go by order alone"
        ));
    }
}

/// Reads rows from a built-in data set, a file, a folder or standard input.
pub fn rows(source: &str, roles: &Roles, output: &Output) -> Result<Table> {
    rows_beside(source, roles, 1, output)
}

/// Reads rows like [`rows`], for one of several tables held at a time.
pub fn rows_beside(source: &str, roles: &Roles, tables: usize, output: &Output) -> Result<Table> {
    warn_of_shadowed(source, output);
    let within = memory::for_table()?.map(|bytes| bytes / tables);
    let table = progress::busy(output, &format!("reading {source}"), || {
        match (builtin::data(source), within) {
            (Some(table), Some(bytes)) => memory::check_table(table?, bytes),
            (Some(table), None) => table,
            (None, within) => {
                check_there(source)?;
                let rows = Parts::open(source, roles)?;
                rows.within(within.unwrap_or(usize::MAX)).whole()
            }
        }
    })?;
    output.notes(table.notes());
    Ok(table)
}

/// Warns of a file or folder that is called like built-in data, which is taken
/// instead.
pub fn warn_of_shadowed(source: &str, output: &Output) {
    if builtin::test_rows(source).is_some() && Path::new(source).exists() {
        output.warn(format_args!(
            "{source} is the built-in data set; to read what is there under that name: ./{source}"
        ));
    }
}

/// Opens rows to be read part by part; the caller sets the size of the parts.
pub fn parts(source: &str, roles: &Roles) -> Result<Parts> {
    match builtin::data(source) {
        Some(table) => Ok(Parts::of(table?)),
        None => {
            check_there(source)?;
            Parts::open(source, roles)
        }
    }
}

/// Refuses rows that do not exist, if their name shows why.
fn check_there(source: &str) -> Result<()> {
    let Some(reason) = std::fs::metadata(file_of(source))
        .err()
        .filter(|_| source != "-")
    else {
        return Ok(());
    };
    let hint = if source.contains("://") {
        "only files are read: download it first".into()
    } else if source.starts_with('~') {
        "the shell puts a folder for ~ only at the start of a word: write --data ~/…".into()
    } else if source.contains('*') {
        "one file or folder is read: put the rows into one".into()
    } else if let Some(near) = builtin::data_near(source) {
        format!("did you mean {near}?")
    } else if source.ends_with(":train") || source.ends_with(":test") {
        "the built-in data sets are mnist, plane, basic and rectangles".into()
    } else {
        // The reader reports everything else.
        return Ok(());
    };
    Err(Error::file(source, "read", reason).with_hint(hint))
}

/// Loads a model from its file or its run folder.
pub fn model(path: &Path) -> Result<Model> {
    Model::load(model_path(path)?)
}

/// Loads a classifier from its file.
pub fn classifier(path: &Path) -> Result<Classifier> {
    let expected = "the file that `narrows classify train` wrote";
    if path.is_dir() {
        return Err(Error::model(
            path.display(),
            "a folder",
            expected,
            format!(
                "narrows classify train {} DATA -o classifier.safetensors",
                argument(path.display())
            ),
        ));
    }
    if looks_like_data(path) {
        return Err(Error::usage(
            format!("'{}', which looks like data", path.display()),
            expected,
            "CLASSIFIER comes first, DATA after it",
        ));
    }
    Classifier::load(path)
}

/// Returns the error for a path that is no folder, if its name shows that it is
/// no model either.
fn no_model(path: &Path) -> Option<Error> {
    let refused = |what: &str, hint: String| {
        Some(Error::usage(
            format!("'{}', which {what}", path.display()),
            "a model: a run folder of `narrows train`, or a .safetensors file",
            hint,
        ))
    };
    if path == Path::new("-") {
        return refused("is standard input", "a model is read from a file".into());
    }
    if looks_like_data(path) {
        return refused("looks like data", "MODEL comes first, DATA after it".into());
    }
    let run = path
        .parent()
        .filter(|run| run.join(run_files::MODEL).is_file());
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let other = matches!(ending.as_deref(), Some("toml" | "html" | "jsonl"));
    match run.filter(|_| other && path.exists()) {
        Some(run) if run == Path::new("") => {
            return refused("is no model", format!("its model is {}", run_files::MODEL));
        }
        Some(run) => {
            let hint = format!("name the run folder: {}", argument(run.display()));
            return refused("is no model", hint);
        }
        None if path.exists() && ending.as_deref() == Some("toml") => {
            let hint = format!("narrows train {} makes one", argument(path.display()));
            return refused("is a config", hint);
        }
        None => {}
    }
    let reason = std::fs::metadata(path).err()?;
    let run = Path::new("runs").join(path);
    let hint = if run.join(run_files::MODEL).is_file() {
        format!("is {} the one?", run.display())
    } else if builtin::config(&path.to_string_lossy()).is_some() {
        format!("narrows train {} makes one", path.display())
    } else if path.parent() == Some(Path::new("runs")) {
        "`ls runs` lists your runs".into()
    } else {
        return None;
    };
    Some(Error::file(path.display(), "read", reason).with_hint(hint))
}

/// Returns the model file that a path stands for.
pub fn model_path(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return match no_model(path) {
            Some(error) => Err(error),
            None => Ok(path.into()),
        };
    }
    let file = path.join(run_files::MODEL);
    if file.exists() {
        return Ok(file);
    }
    Err(Error::model(
        path.display(),
        format!("a folder without {}", run_files::MODEL),
        "a run folder of `narrows train`, or a .safetensors file",
        if path.join(run_files::CHECKPOINT).exists() {
            format!(
                "its training was stopped: go on with narrows train {run} --resume, or make a model of what it has learnt with --finish instead",
                run = argument(path.display())
            )
        } else {
            "`ls runs` lists your runs".into()
        },
    ))
}

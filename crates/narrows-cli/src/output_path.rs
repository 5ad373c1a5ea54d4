//! Checks that a file to be written is none that is read, and lists what its
//! format cannot hold.

use std::borrow::Cow;
use std::path::Path;

use narrows::program::{file_of, visible};
use narrows::write::is_stream;
use narrows::{ColumnKind, Error, Model, Result, Table};

use crate::run_files;

/// Refuses to overwrite the model or the rows that are read, even with
/// `--force`.
pub fn check_apart(target: &str, model: &Path, data: &str) -> Result<()> {
    let target = Path::new(target);
    if is_stream(target) {
        return Ok(());
    }
    // A run folder stands for the model in it.
    let in_run = model.join(run_files::MODEL);
    for (what, read) in [
        ("model", model),
        ("model", &in_run),
        ("rows", Path::new(file_of(data))),
    ] {
        if is_same_file(target, read) {
            return Err(Error::usage(
                format!("{}, which is read for its {what}", target.display()),
                "a file of its own to write",
                "choose another name",
            ));
        }
    }
    Ok(())
}

/// Returns whether both paths lead to the same existing file or folder.
pub fn is_same_file(a: impl AsRef<Path>, b: impl AsRef<Path>) -> bool {
    match (a.as_ref().canonicalize(), b.as_ref().canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Returns a line about columns of an output that would be called like the ids
/// or the labels of its rows; `None` if there are none.
pub fn renamed(output: &Table) -> Option<String> {
    let tags = output.ids().iter().chain(output.labels());
    let renamed = tags.filter_map(|tags| {
        let ends = |name: &str| {
            name.strip_prefix("predicted_")?
                .ends_with(&tags.name)
                .then_some(())
        };
        let mut columns = output.columns().iter();
        let column = columns.find(|column| ends(&column.name).is_some())?;
        Some(format!("'{}' for '{}'", column.name, tags.name))
    });
    let renamed: Vec<String> = renamed.collect();
    (!renamed.is_empty()).then(|| {
        format!(
            "note: the rows have columns of their own called so, so outputs are called {}",
            visible(&renamed.join(", "))
        )
    })
}

/// Returns rows as they are written there: in the columns of the file that the
/// model was trained on, or as numbers alone.
pub fn as_in_file(model: &Model, rows: Table, target: &str) -> Table {
    match is_array(target) {
        true => rows,
        false => model.as_in_file(rows),
    }
}

/// Returns whether a file of this name holds text, as CSV does.
pub fn holds_text(target: &str) -> bool {
    !is_array(target) && !matches!(ending(target).as_str(), "parquet" | "png")
}

/// Returns whether a file of this name holds numbers alone.
pub fn is_array(target: &str) -> bool {
    matches!(ending(target).as_str(), "npy" | "npz")
}

fn ending(target: &str) -> String {
    let name = target.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = Path::new(name).extension();
    ending.map_or(String::new(), |ending| ending.to_string_lossy().into())
}

/// Returns a line about what a .npy file omits of a table; `None` if nothing.
pub fn omissions(table: &Table, target: &str) -> Option<String> {
    if !target.to_lowercase().ends_with(".npy") {
        return None;
    }
    let mut omitted = Vec::new();
    for ids in table.ids() {
        omitted.push(format!("ids '{}'", ids.name));
    }
    if let Some(labels) = &table.labels() {
        omitted.push(format!("labels '{}'", labels.name));
    }
    // Nobody misses the names of codes.
    if table.is_named() && !table.columns().iter().all(|c| c.name.starts_with("code_")) {
        omitted.push("the columns' names".into());
    }
    if table.columns().iter().any(|c| c.kind != ColumnKind::Number) {
        omitted.push("texts (their numbers are there)".into());
    }
    (!omitted.is_empty()).then(|| {
        let omitted = omitted.join(", ");
        format!(
            "left out of {}: {}; .csv and .parquet keep them",
            visible(target),
            visible(&omitted)
        )
    })
}

/// Returns the name of a target in messages.
pub fn display(target: &str) -> Cow<'_, str> {
    match target {
        "-" => "standard output".into(),
        target => visible(target),
    }
}

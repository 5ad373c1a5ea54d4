//! Checks whether a file can be written before any work is done, and lists what
//! its format cannot hold.

use std::path::Path;

use narrows::{ColumnKind, Error, Result, Table};

use crate::run_files;

/// Refuses a file that exists, unless `force`, and a folder that does not.
pub fn check(path: &Path, force: bool) -> Result<()> {
    let refuse = |reason: String, hint: &str| {
        Err(Error::file_because(path.display(), "write", reason, hint))
    };
    if path.is_dir() {
        return refuse("it is a folder".into(), "name a file in it");
    }
    if path.exists() && !force {
        return Err(Error::usage(
            format!("{}, which exists", path.display()),
            "a new file",
            "choose another name, or overwrite it with --force",
        ));
    }
    match path.parent() {
        Some(folder) if folder.is_file() => refuse(
            format!("{} is a file, not a folder", folder.display()),
            "name a file in a folder",
        ),
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => refuse(
            format!("there is no folder {}", folder.display()),
            "create the folder first",
        ),
        _ => Ok(()),
    }
}

/// Refuses to overwrite the model or the rows that are read, even with
/// `--force`.
pub fn check_apart(target: &str, model: &Path, data: &str) -> Result<()> {
    let target = Path::new(target);
    // A run folder stands for the model in it.
    let in_run = model.join(run_files::MODEL);
    for (what, read) in [
        ("model", model),
        ("model", &in_run),
        ("rows", Path::new(data)),
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

/// Returns a line about what a .npy file omits of a table; `None` if nothing.
pub fn omissions(table: &Table, target: &str) -> Option<String> {
    if !target.to_lowercase().ends_with(".npy") {
        return None;
    }
    let mut omitted = Vec::new();
    if let Some(ids) = &table.ids() {
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
        format!(
            "left out of {target}: {}; .csv and .parquet keep them",
            omitted.join(", ")
        )
    })
}

/// Returns the name of a target in messages.
pub fn display(target: &str) -> &str {
    if target == "-" {
        "standard output"
    } else {
        target
    }
}

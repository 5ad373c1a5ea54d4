//! Whether a file can be written, asked before any work is done, and what it
//! cannot hold.

use std::path::Path;

use narrows::{ColumnKind, Error, Result, Table};

use crate::run_files;

/// Refuses to write over what is read, whatever `--force` says.
pub fn check_apart(target: &str, model: &Path, data: &str) -> Result<()> {
    let target = Path::new(target);
    // A run folder stands for the model in it.
    let in_run = model.join(run_files::MODEL);
    for (what, read) in [
        ("model", model),
        ("model", &in_run),
        ("rows", Path::new(data)),
    ] {
        if is_same(target, read) {
            return Err(Error::usage(
                format!("{}, which is read for its {what}", target.display()),
                "a file of its own to write",
                "choose another name",
            ));
        }
    }
    Ok(())
}

/// Whether two paths are those of the same file.
pub fn is_same(a: impl AsRef<Path>, b: impl AsRef<Path>) -> bool {
    match (a.as_ref().canonicalize(), b.as_ref().canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// What a .npy file leaves out of a table, in a line; none where nothing.
pub fn left_out(table: &Table, target: &str) -> Option<String> {
    if !target.to_lowercase().ends_with(".npy") {
        return None;
    }
    let mut left = Vec::new();
    left.extend(table.ids.iter().map(|tags| format!("ids '{}'", tags.name)));
    left.extend(
        table
            .labels
            .iter()
            .map(|tags| format!("labels '{}'", tags.name)),
    );
    // Nobody misses the names of codes.
    if table.named && !table.columns.iter().all(|c| c.name.starts_with("code_")) {
        left.push("the columns' names".into());
    }
    if table.columns.iter().any(|c| c.kind != ColumnKind::Number) {
        left.push("texts (their numbers are there)".into());
    }
    (!left.is_empty()).then(|| {
        format!(
            "left out of {target}: {}; .csv and .parquet keep them",
            left.join(", ")
        )
    })
}

/// Refuses a file that is there, unless `force`, and a folder that is not.
pub fn check(path: &Path, force: bool) -> Result<()> {
    let refused = |reason: String, hint: &str| {
        Err(Error::File {
            path: path.display().to_string(),
            action: "write".into(),
            reason,
            hint: hint.into(),
        })
    };
    if path.is_dir() {
        return refused("it is a folder".into(), "name a file in it");
    }
    if path.exists() && !force {
        return Err(Error::usage(
            format!("{}, which exists", path.display()),
            "a new file",
            "choose another name, or overwrite it with --force",
        ));
    }
    match path.parent() {
        Some(folder) if folder.is_file() => refused(
            format!("{} is a file, not a folder", folder.display()),
            "name a file in a folder",
        ),
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => refused(
            format!("there is no folder {}", folder.display()),
            "create the folder first",
        ),
        _ => Ok(()),
    }
}

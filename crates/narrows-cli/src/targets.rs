//! Whether a page or a config can be written, asked before any work is done.

use std::path::Path;

use narrows::{Error, Result};

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
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => refused(
            format!("there is no folder {}", folder.display()),
            "create the folder first",
        ),
        _ => Ok(()),
    }
}

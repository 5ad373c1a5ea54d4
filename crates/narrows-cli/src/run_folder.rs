//! The folder that a training leaves.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use narrows::{Error, Result, TimedEpoch};

use crate::names;
use crate::output::{argument, program};

/// A run folder on disk.
pub struct RunFolder {
    /// The folder.
    pub path: PathBuf,
}

impl RunFolder {
    /// Decides on a new run's folder and makes it. A name that was asked for
    /// and is taken is refused unless `force`; a default name gets a number.
    pub fn create(out: &Path, asked: Option<&str>, default: &str, force: bool) -> Result<Self> {
        let path = match asked {
            Some(name) => {
                Self::check_name(out, name, force)?;
                Self::emptied(out.join(name))?
            }
            None => Self::numbered(out, default),
        };
        fs::create_dir_all(&path).map_err(|e| Error::file(path.display(), "create", e))?;
        Ok(RunFolder { path })
    }

    /// Refuses a name that is taken or is none, before any work is done.
    pub fn check_name(out: &Path, name: &str, force: bool) -> Result<()> {
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
        if !plain {
            return Err(Error::usage(
                format!("--name '{name}'"),
                "a name for a folder",
                "--out says where it goes",
            ));
        }
        let path = out.join(name);
        if path.exists() && !force {
            return Err(Error::usage(
                format!("run {} that exists already", path.display()),
                "a name that is free",
                format!(
                    "choose another --name, go on with it by `{} train {} --resume`, or replace it with --force",
                    program(),
                    argument(path.display())
                ),
            ));
        }
        Ok(())
    }

    /// Only what a run leaves is removed; anything else stays.
    fn emptied(path: PathBuf) -> Result<PathBuf> {
        for name in [
            names::CONFIG,
            names::MODEL,
            names::HISTORY,
            names::REPORT,
            names::CHECKPOINT,
        ] {
            let file = path.join(name);
            if file.exists() {
                fs::remove_file(&file).map_err(|e| Error::file(file.display(), "remove", e))?;
            }
        }
        Ok(path)
    }

    fn numbered(out: &Path, default: &str) -> PathBuf {
        let first = out.join(default);
        if !first.exists() {
            return first;
        }
        (2..)
            .map(|number| out.join(format!("{default}-{number}")))
            .find(|path| !path.exists())
            .expect("some number is free")
    }

    /// The run to go on with: a folder by path or name, or the latest one.
    pub fn existing(out: &Path, asked: Option<&str>) -> Result<Self> {
        let path = match asked {
            Some(name) => [PathBuf::from(name), out.join(name)]
                .into_iter()
                .find(|p| p.join(names::CONFIG).is_file()),
            None => latest(out),
        };
        let shown = asked.map_or(out.display().to_string(), str::to_string);
        let path = path.ok_or_else(|| {
            Error::usage(
                format!("no run to go on with in '{shown}'"),
                "a run folder with a config.toml",
                "narrows train RUN --resume, where RUN is a folder under runs/",
            )
        })?;
        if !path.join(names::CHECKPOINT).is_file() {
            return Err(Error::usage(
                format!("run {} without {}", path.display(), names::CHECKPOINT),
                "a run that finished at least one epoch",
                "start it anew without --resume",
            ));
        }
        Ok(RunFolder { path })
    }

    /// One of the run's files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a text file of the run, whole or not at all.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        narrows::write::write_bytes(self.file(name), text.as_bytes())
    }

    /// Keeps the first epochs of the history, when a run is gone on with.
    pub fn keep_history(&self, epochs: usize) -> Result<()> {
        let path = self.file(names::HISTORY);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let kept: String = text
            .lines()
            .take(epochs)
            .flat_map(|line| [line, "\n"])
            .collect();
        self.write(names::HISTORY, &kept)
    }

    /// The history with its times.
    pub fn history(&self) -> Vec<TimedEpoch> {
        history(&self.path)
    }

    /// Adds an epoch to the history, on disk before the next one begins.
    pub fn add_history(&self, epoch: &TimedEpoch) -> Result<()> {
        let path = self.file(names::HISTORY);
        let failed = |e| Error::file(path.display(), "write", e);
        let mut file: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        let line = serde_json::to_string(epoch).expect("an epoch is valid JSON");
        writeln!(file, "{line}")
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }
}

/// The history in a run folder with its times; as much of it as can be read.
pub fn history(folder: &Path) -> Vec<TimedEpoch> {
    let text = fs::read_to_string(folder.join(names::HISTORY)).unwrap_or_default();
    let lines = text.lines();
    lines
        .map_while(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The folder whose checkpoint is newest.
fn latest(out: &Path) -> Option<PathBuf> {
    let runs = fs::read_dir(out).ok()?.flatten().map(|entry| entry.path());
    runs.filter_map(|path| {
        Some((
            fs::metadata(path.join(names::CHECKPOINT))
                .ok()?
                .modified()
                .ok()?,
            path,
        ))
    })
    .max()
    .map(|(_, path)| path)
}

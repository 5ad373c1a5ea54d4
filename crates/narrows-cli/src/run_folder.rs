//! Manages the folder that a training leaves.

mod replacement;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use narrows::{Error, Result, TimedEpoch};

use crate::output::{argument, program};
use crate::run_files;

/// The files that a run leaves.
const FILES: [&str; 8] = [
    run_files::CONFIG,
    run_files::MODEL,
    run_files::HISTORY,
    run_files::REPORT,
    run_files::CHECKPOINT,
    run_files::START,
    run_files::OWN_SCORES,
    run_files::REPLACES,
];
/// The start of the names of files that are still being written.
const UNFINISHED: &str = ".narrows-";

/// A run folder on disk, locked against other processes.
pub struct RunFolder {
    /// The folder.
    pub path: PathBuf,
    /// The open folder, locked as long as the process lives; `None` if the
    /// system does not open folders.
    open: Option<File>,
    /// Folders that this process created for the run, innermost first.
    created: Vec<PathBuf>,
    /// The run whose place this one takes once it is whole.
    replaces: Option<Replaced>,
}

/// A run that is kept, and locked, until another one takes its place.
struct Replaced {
    path: PathBuf,
    open: Option<File>,
}

impl RunFolder {
    /// Creates the folder of a new run. A requested name that is taken is
    /// refused unless `force`: then the run is made in a folder beside the old
    /// one until it is whole. A default name gets a number.
    pub fn create(out: &Path, asked: Option<&str>, default: &str, force: bool) -> Result<Self> {
        let is_new = !out.exists();
        if is_new {
            fs::create_dir_all(out).map_err(|e| Error::file(out.display(), "create", e))?;
        }
        let mut folder = Self::create_in(out, asked, default, force);
        match &mut folder {
            Ok(folder) if is_new => folder.created.push(out.to_path_buf()),
            // The first error is the one to report.
            Err(_) if is_new => drop(fs::remove_dir(out)),
            _ => {}
        }
        folder
    }

    fn create_in(out: &Path, asked: Option<&str>, default: &str, force: bool) -> Result<Self> {
        let (path, new) = match asked {
            Some(name) => {
                Self::check_name(out, name, force)?;
                let path = out.join(name);
                if is_taken(&path) {
                    return Self::replacing(out, name);
                }
                let new = create(&path)?;
                (path, new)
            }
            None => (Self::numbered(out, default)?, true),
        };
        let folder = RunFolder {
            open: lock(&path)?,
            created: Vec::from_iter(new.then(|| path.clone())),
            path,
            replaces: None,
        };
        if let Some(name) = asked {
            // Another process may have taken the name since.
            Self::check_name(out, name, force)?;
        }
        folder.empty()?;
        Ok(folder)
    }

    /// Creates the folder with that name, or with the first free number.
    fn numbered(out: &Path, default: &str) -> Result<PathBuf> {
        let mut path = out.join(default);
        let mut number = 1;
        while !create(&path)? {
            number += 1;
            path = out.join(format!("{default}-{number}"));
        }
        Ok(path)
    }

    /// Refuses a name that is taken or invalid, before any work is done.
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
        if path.is_file() {
            return Err(Error::usage(
                format!("{}, which is a file", path.display()),
                "a name that is free",
                "choose another --name",
            ));
        }
        if is_taken(&path) && !force {
            // While the run is training, neither way of the hint is open.
            lock(&path)?;
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

    /// Removes the files that a run leaves; all others stay.
    fn empty(&self) -> Result<()> {
        let unfinished = unfinished(&self.path);
        for name in FILES.map(String::from).into_iter().chain(unfinished) {
            let file = self.path.join(name);
            if file.exists() {
                fs::remove_file(&file).map_err(|e| Error::file(file.display(), "remove", e))?;
            }
        }
        Ok(())
    }

    /// Returns whether this process created the folder.
    pub fn is_new(&self) -> bool {
        self.created.contains(&self.path)
    }

    /// Removes a folder that holds nothing useful.
    pub fn discard(self) {
        if self.check_here().is_err() {
            return;
        }
        // The error that causes the removal is the one to report.
        let _ = self.empty();
        for folder in &self.created {
            let _ = fs::remove_dir(folder);
        }
    }

    /// Opens the run to resume: a folder by path or name, or the latest one.
    pub fn existing(out: &Path, asked: Option<&str>) -> Result<Self> {
        let path = match asked {
            Some(name) => [PathBuf::from(name), out.join(name)]
                .into_iter()
                .find(|p| p.join(run_files::CONFIG).is_file()),
            None => latest(out),
        };
        let shown = asked.map_or(out.display().to_string(), str::to_string);
        let path = path.ok_or_else(|| {
            Error::usage(
                format!("no run to go on with in '{shown}'"),
                "a run folder with a config.toml",
                match asked.and_then(|asked| run_of(out, asked)) {
                    Some(run) => format!("did you mean narrows train {run} --resume?"),
                    None => "narrows train RUN --resume, where RUN is a folder under runs/".into(),
                },
            )
        })?;
        let path = replacement::pending(&path).unwrap_or(path);
        let folder = RunFolder {
            open: lock(&path)?,
            replaces: replacement::of(&path)?,
            path,
            created: Vec::new(),
        };
        // A run stopped before its first checkpoint is resumed from the start.
        if !folder.has_checkpoint() && folder.file(run_files::MODEL).exists() {
            let hint = "train it anew under another --name";
            return Err(folder.no_checkpoint("a run as it was left", hint));
        }
        Ok(folder)
    }

    /// Returns the error for a run without a checkpoint.
    pub fn no_checkpoint(&self, expected: &str, hint: &str) -> Error {
        let found = format!(
            "run {} without {}",
            self.path.display(),
            run_files::CHECKPOINT
        );
        Error::usage(found, expected, hint)
    }

    /// Returns whether there is a checkpoint to resume from.
    pub fn has_checkpoint(&self) -> bool {
        self.file(run_files::CHECKPOINT).is_file()
    }

    /// Returns the path of one of the run's files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the path of one of the run's files, to be written.
    ///
    /// # Errors
    /// [`Error::File`] if the folder is no longer the one that is locked.
    pub fn to_write(&self, name: &str) -> Result<PathBuf> {
        self.check_here()?;
        Ok(self.file(name))
    }

    /// Refuses a folder that was removed, and perhaps made anew, since this run
    /// was begun: what is there now is another run's.
    pub fn check_here(&self) -> Result<()> {
        check_same(&self.path, self.open.as_ref())
    }

    /// Writes a text file of the run, whole or not at all.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        narrows::write::write_bytes(self.to_write(name)?, text.as_bytes())
    }

    /// Cuts the history to its first epochs, when a run is resumed.
    pub fn keep_history(&self, epochs: usize) -> Result<()> {
        let path = self.to_write(run_files::HISTORY)?;
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|e| Error::file(path.display(), "read", e))?,
        };
        // A line that was cut short has no line feed.
        let lines = bytes.split_inclusive(|&byte| byte == b'\n').take(epochs);
        let whole = lines.take_while(|line| line.ends_with(b"\n"));
        narrows::write::write_bytes(path, &whole.collect::<Vec<_>>().concat())
    }

    /// Returns the history with its times.
    pub fn history(&self) -> Vec<TimedEpoch> {
        history(&self.path)
    }

    /// Appends an epoch to the history, on disk before the next one begins.
    pub fn add_history(&self, epoch: &TimedEpoch) -> Result<()> {
        let path = self.to_write(run_files::HISTORY)?;
        let failed = |e| Error::file(path.display(), "write", e);
        let mut file: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        let line = serde_json::to_string(epoch).expect("an epoch is valid JSON") + "\n";
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }
}

/// Creates the folder and syncs its parent. Returns `false` if it exists.
fn create(path: &Path) -> Result<bool> {
    let created = fs::create_dir(path);
    #[cfg(unix)]
    let created = created.and_then(|()| match path.parent() {
        Some(out) => narrows::write::sync_folder(out),
        None => Ok(()),
    });
    match created {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(Error::file(path.display(), "create", e)),
    }
}

/// Refuses a folder that another process is training in.
fn lock(path: &Path) -> Result<Option<File>> {
    // Not every system opens folders, and not every file system has locks.
    let Ok(folder) = File::open(path) else {
        return Ok(None);
    };
    match folder.try_lock() {
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(Error::file_because(
            path.display(),
            "train here",
            "another process is training in this folder",
            "wait until it is done, or train under another --name",
        )),
    }
}

/// Refuses a path that does not lead to the open folder any more.
fn check_same(path: &Path, open: Option<&File>) -> Result<()> {
    let open = open.and_then(|open| open.metadata().ok());
    let is_same = |open| fs::metadata(path).is_ok_and(|now| narrows::write::is_same(&open, &now));
    if open.is_none_or(is_same) {
        return Ok(());
    }
    Err(Error::file_because(
        path.display(),
        "write",
        "the folder was removed or replaced while this run was training in it",
        "nothing more is written there; train again, under a --name that nobody else uses",
    ))
}

/// Returns whether a path holds anything besides a killed process's unfinished
/// files.
fn is_taken(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(entries) => entries.count() > unfinished(path).len(),
        Err(_) => path.exists(),
    }
}

/// Returns the files of a folder whose writing was cut short.
fn unfinished(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(UNFINISHED)).collect()
}

/// Returns the history in a run folder with its times, as far as it can be
/// read.
pub fn history(folder: &Path) -> Vec<TimedEpoch> {
    let text = fs::read_to_string(folder.join(run_files::HISTORY)).unwrap_or_default();
    let lines = text.lines();
    lines
        .map_while(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Returns the run that a config's name stands for.
fn run_of(out: &Path, config: &str) -> Option<String> {
    let run = out.join(Path::new(config).file_stem()?);
    let there = run.join(run_files::CONFIG).is_file();
    there.then(|| argument(run.display()))
}

/// Returns the folder whose checkpoint is newest.
fn latest(out: &Path) -> Option<PathBuf> {
    let runs = fs::read_dir(out).ok()?.flatten().map(|entry| entry.path());
    runs.filter_map(|path| {
        Some((
            fs::metadata(path.join(run_files::CHECKPOINT))
                .ok()?
                .modified()
                .ok()?,
            path,
        ))
    })
    .max()
    .map(|(_, path)| path)
}

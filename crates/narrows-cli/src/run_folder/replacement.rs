//! Trains a run anew under its old name. The new run is a folder of its own
//! beside the old one, `NAME.new`, which a file in it marks as a replacement;
//! its files take the place of the old ones once all of them are there. Until
//! then the old run can be used, whatever happens. They are put there one by
//! one: a program that is killed meanwhile leaves files of both runs in the old
//! folder until the run is resumed.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use narrows::{Error, Result};

use super::{FILES, Replaced, RunFolder, UNFINISHED, check_same, create, is_taken, lock};
use crate::run_files;

impl RunFolder {
    /// Creates the folder of a run that will replace the one of that name.
    pub(super) fn replacing(out: &Path, name: &str) -> Result<Self> {
        let old = out.join(name);
        let replaces = Replaced {
            open: lock(&old)?,
            path: old.clone(),
        };
        let begun = beside(&old);
        let (path, new) = match begun {
            // An earlier attempt, which nobody went on with.
            Some(begun) if marked(&begun).is_some_and(|mark| mark.name == name) => (begun, false),
            Some(free) if !is_taken(&free) => {
                let new = create(&free)?;
                (free, new)
            }
            _ => (Self::numbered(out, &format!("{name}.new"))?, true),
        };
        let folder = RunFolder {
            open: lock(&path)?,
            created: Vec::from_iter(new.then(|| path.clone())),
            path,
            replaces: Some(replaces),
        };
        folder.empty()?;
        let of = identity(&old);
        folder.write(run_files::REPLACES, &format!("{name}\n{of}\n"))?;
        Ok(folder)
    }

    /// Returns the run whose place this one will take.
    pub fn replaced(&self) -> Option<&Path> {
        self.replaces.as_ref().map(|old| old.path.as_path())
    }

    /// Returns the name that the run has once it is whole.
    pub fn name(&self) -> String {
        let path = self.replaced().unwrap_or(&self.path);
        let name = path.file_name();
        name.map_or("run".into(), |name| name.to_string_lossy().into_owned())
    }

    /// Takes the place of the run that this one replaces: its files are put
    /// there one by one, the model last, and other files stay. If that is cut
    /// short, the old model may be beside newer files; the new run is whole in
    /// its own folder, and resuming it repeats this.
    pub fn take_place(&mut self) -> Result<()> {
        let Some(old) = self.replaces.take() else {
            return Ok(());
        };
        self.check_here()?;
        check_same(&old.path, old.open.as_ref())?;
        let files = FILES.iter().filter(|file| **file != run_files::MODEL);
        for name in files.chain(&[run_files::MODEL]) {
            if *name != run_files::REPLACES {
                let (from, to) = (self.path.join(name), old.path.join(name));
                put(&from, &to).map_err(|e| Error::file(to.display(), "write", e))?;
            }
        }
        #[cfg(unix)]
        narrows::write::sync_folder(&old.path)
            .map_err(|e| Error::file(old.path.display(), "write", e))?;
        // Without its mark, what may be left of this folder is a run like any.
        let mark = self.file(run_files::REPLACES);
        fs::remove_file(&mark).map_err(|e| Error::file(mark.display(), "remove", e))?;
        self.empty()?;
        // Files of somebody else's keep it there.
        let _ = fs::remove_dir(&self.path);
        (self.path, self.open) = (old.path, old.open);
        self.created.clear();
        Ok(())
    }
}

/// Returns the folder in which a run is replaced, if that has begun.
pub(super) fn pending(old: &Path) -> Option<PathBuf> {
    let name = old.file_name()?.to_str()?;
    let begun = beside(old)?;
    let mark = marked(&begun).filter(|mark| mark.name == name && mark.is_of(old, &begun));
    mark?;
    begun.join(run_files::CONFIG).is_file().then_some(begun)
}

/// Returns, locked, the run that the one in a folder replaces.
pub(super) fn of(folder: &Path) -> Result<Option<Replaced>> {
    let Some(mark) = marked(folder) else {
        return Ok(None);
    };
    let path = folder.parent().unwrap_or(Path::new("")).join(&mark.name);
    // It may have been removed meanwhile.
    create(&path)?;
    let open = lock(&path)?;
    let is_empty = FILES.iter().all(|file| !path.join(file).exists());
    if !is_empty && !mark.is_of(&path, folder) {
        return Err(Error::usage(
            format!("{}, which is another run now", path.display()),
            format!("the run that {} was to replace", folder.display()),
            format!(
                "move that run away to go on; or remove {}",
                folder.join(run_files::REPLACES).display()
            ),
        ));
    }
    Ok(Some(Replaced { open, path }))
}

/// Returns the folder in which the run that replaces another is made.
fn beside(old: &Path) -> Option<PathBuf> {
    let mut name = old.file_name()?.to_os_string();
    name.push(".new");
    Some(old.with_file_name(name))
}

/// Which run the one in a folder replaces.
struct Mark {
    name: String,
    /// What [`identity`] says of it.
    of: String,
}

/// Returns the mark of a folder; `None` if its run replaces no other.
fn marked(folder: &Path) -> Option<Mark> {
    let text = fs::read_to_string(folder.join(run_files::REPLACES)).ok()?;
    let (name, of) = text.strip_suffix('\n')?.split_once('\n')?;
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
    plain.then(|| Mark {
        name: name.into(),
        of: of.into(),
    })
}

impl Mark {
    /// Returns whether the run in a folder is the marked one, or has got files
    /// of the replacing run already, whose place was being taken.
    fn is_of(&self, old: &Path, new: &Path) -> bool {
        let same =
            |file| digest(&old.join(file)).is_some_and(|d| digest(&new.join(file)) == Some(d));
        self.of == identity(old) || [run_files::MODEL, run_files::CONFIG].into_iter().any(same)
    }
}

/// Returns what tells a run from others of its name: a digest of its model, or
/// of its config while there is none.
fn identity(run: &Path) -> String {
    let files = [run_files::MODEL, run_files::CONFIG];
    let found = files.iter().find_map(|file| digest(&run.join(file)));
    found.unwrap_or("nothing".into())
}

/// Returns a short digest of a file; `None` if it cannot be read.
fn digest(file: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(file).ok()?).ok()?;
    Some(hasher.finalize().to_hex()[..16].to_string())
}

/// Puts a file in the place of another, or removes that one if there is none.
/// The file stays where it was, too.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    let gone = |removed: io::Result<()>| match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    };
    if !from.exists() {
        return gone(fs::remove_file(to));
    }
    let beside = to.with_file_name(format!("{UNFINISHED}replacing"));
    gone(fs::remove_file(&beside))?;
    // Not every file system has a second name for a file.
    if fs::hard_link(from, &beside).is_err() {
        fs::copy(from, &beside)?;
        fs::File::open(&beside)?.sync_all()?;
    }
    fs::rename(&beside, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a run of these files, each of which holds `text`.
    fn run(folder: &Path, files: &[&str], text: &str) {
        fs::create_dir_all(folder).unwrap();
        for file in files {
            fs::write(folder.join(file), text).unwrap();
        }
    }

    const MADE: [&str; 5] = [
        run_files::CONFIG,
        run_files::MODEL,
        run_files::HISTORY,
        run_files::REPORT,
        run_files::CHECKPOINT,
    ];

    #[test]
    fn the_old_run_stays_until_the_new_one_takes_its_place() {
        let out = tempfile::tempdir().unwrap();
        let old = out.path().join("keep");
        run(&old, &MADE, "old");
        fs::write(old.join("notes.txt"), "mine").unwrap();
        let mut folder = RunFolder::create(out.path(), Some("keep"), "", true).unwrap();
        assert_eq!(folder.path, out.path().join("keep.new"));
        assert_eq!(folder.name(), "keep");
        run(&folder.path, &MADE[..3], "new");
        for file in MADE {
            assert_eq!(fs::read_to_string(old.join(file)).unwrap(), "old");
        }
        folder.take_place().unwrap();
        assert_eq!(folder.path, old);
        for file in &MADE[..3] {
            assert_eq!(fs::read_to_string(old.join(file)).unwrap(), "new");
        }
        // What the new run lacks is gone; what is nobody's run stays.
        assert!(!old.join(run_files::CHECKPOINT).exists());
        assert_eq!(fs::read_to_string(old.join("notes.txt")).unwrap(), "mine");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }

    #[test]
    fn resuming_the_old_run_goes_on_with_its_replacement() {
        let out = tempfile::tempdir().unwrap();
        run(&out.path().join("keep"), &MADE, "old");
        let folder = RunFolder::create(out.path(), Some("keep"), "", true).unwrap();
        let new = folder.path.clone();
        run(&new, &[run_files::CONFIG, run_files::CHECKPOINT], "new");
        drop(folder);
        for asked in ["keep", "keep.new"] {
            let folder = RunFolder::existing(out.path(), Some(asked)).unwrap();
            assert_eq!(folder.path, new);
            let keep = out.path().join("keep");
            assert_eq!(folder.replaced(), Some(keep.as_path()));
        }
        // Begun anew, it is emptied and used again.
        let folder = RunFolder::create(out.path(), Some("keep"), "", true).unwrap();
        assert_eq!(folder.path, new);
        assert!(!folder.has_checkpoint());
    }

    #[test]
    fn a_replacement_of_a_run_that_is_gone_replaces_no_other_of_that_name() {
        let out = tempfile::tempdir().unwrap();
        let keep = out.path().join("keep");
        run(&keep, &MADE, "old");
        let folder = RunFolder::create(out.path(), Some("keep"), "", true).unwrap();
        let new = folder.path.clone();
        run(&new, &[run_files::CONFIG, run_files::CHECKPOINT], "new");
        drop(folder);
        fs::remove_dir_all(&keep).unwrap();
        run(&keep, &MADE, "another");
        let folder = RunFolder::existing(out.path(), Some("keep")).unwrap();
        assert_eq!((&folder.path, folder.replaced()), (&keep, None));
        drop(folder);
        let Err(error) = RunFolder::existing(out.path(), Some("keep.new")) else {
            panic!("it would replace another run");
        };
        assert!(
            error.to_string().contains("which is another run now"),
            "{error}"
        );
    }

    #[test]
    fn a_replacement_that_was_cut_short_goes_on() {
        let out = tempfile::tempdir().unwrap();
        let keep = out.path().join("keep");
        run(&keep, &[run_files::CONFIG, run_files::CHECKPOINT], "old");
        let folder = RunFolder::create(out.path(), Some("keep"), "", true).unwrap();
        let new = folder.path.clone();
        run(&new, &MADE, "new");
        drop(folder);
        // As after the first file of the new run.
        fs::write(keep.join(run_files::CONFIG), "new").unwrap();
        let mut folder = RunFolder::existing(out.path(), Some("keep")).unwrap();
        assert_eq!(folder.path, new);
        folder.take_place().unwrap();
        for file in MADE {
            assert_eq!(fs::read_to_string(keep.join(file)).unwrap(), "new");
        }
    }

    #[test]
    fn a_run_that_happens_to_be_called_so_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        run(&out.path().join("keep"), &MADE, "old");
        run(&out.path().join("keep.new"), &MADE, "other");
        let folder = RunFolder::create(out.path(), Some("keep"), "", true).unwrap();
        assert_eq!(folder.path, out.path().join("keep.new-2"));
        drop(folder);
        let folder = RunFolder::existing(out.path(), Some("keep")).unwrap();
        assert_eq!(folder.path, out.path().join("keep"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_another_process_made_anew_is_not_written() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(out.path(), None, "race", false).unwrap();
        folder.write(run_files::CONFIG, "first").unwrap();
        fs::remove_dir_all(&folder.path).unwrap();
        run(&folder.path, &MADE, "second");
        for error in [
            folder.write(run_files::CONFIG, "first").unwrap_err(),
            folder.to_write(run_files::MODEL).unwrap_err(),
            folder.keep_history(0).unwrap_err(),
        ] {
            assert!(error.to_string().contains("removed or replaced"), "{error}");
        }
        let path = folder.path.clone();
        folder.discard();
        for file in MADE {
            assert_eq!(fs::read_to_string(path.join(file)).unwrap(), "second");
        }
    }
}

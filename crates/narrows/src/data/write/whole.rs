//! Writes a file that appears complete or not at all, whatever happens on the
//! way: it is written next to its target, synced and renamed, and its folder is
//! synced.
//!
//! The temporary name is always the same, and locked during writing. So the
//! next process takes over what a killed one left, and two processes never
//! write one target at once.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// A file that is being written.
pub(super) struct Whole {
    file: NamedTempFile,
    target: PathBuf,
    overwrite: bool,
}

impl Whole {
    /// Starts the file that `target` will be.
    pub fn create(target: &Path, overwrite: bool) -> io::Result<Self> {
        let beside = folder_of(target).join(name_beside(target));
        let file = loop {
            let mut options = OpenOptions::new();
            // Emptied only once the lock shows that no process writes it.
            options.read(true).write(true).create(true).truncate(false);
            let file = match options.open(&beside) {
                // If somebody else left it, the folder's permissions decide.
                Err(e) if e.kind() == io::ErrorKind::PermissionDenied && beside.exists() => {
                    fs::remove_file(&beside)?;
                    options.open(&beside)?
                }
                opened => opened?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    let message = "another process is writing it";
                    return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
                }
                // On a file system without locks, nothing better is possible.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            let (opened, there) = (file.metadata()?, fs::symlink_metadata(&beside));
            match there {
                Ok(there) if there.is_symlink() || links(&opened) > 1 => {
                    // Another file under this name must not be changed.
                    fs::remove_file(&beside)?;
                }
                Ok(there) if is_same(&opened, &there) => break file,
                // Its writer has renamed it since it was opened.
                _ => {}
            }
        };
        // From here on, the file is removed if anything goes wrong.
        let file = NamedTempFile::from_parts(file, TempPath::try_from_path(beside)?);
        file.as_file().set_len(0)?;
        Ok(Whole {
            file,
            target: target.into(),
            overwrite,
        })
    }

    /// Returns the file to fill.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Returns another handle of the open file, to be owned by its writer.
    pub fn handle(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }

    /// Puts the file in its place once all of it is on the disk. Without a
    /// commit, the file is removed when dropped.
    pub fn commit(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        let renamed = match self.overwrite {
            true => self.file.persist(&self.target),
            false => self.file.persist_noclobber(&self.target),
        };
        renamed.map_err(|failed| failed.error)?;
        // Not every system can open a folder as a file to sync it.
        #[cfg(unix)]
        sync_folder(&folder_of(&self.target))?;
        Ok(())
    }
}

/// Syncs a folder if its permissions and its file system allow that.
///
/// # Errors
/// Returns the disk's error, except for permissions and file systems that
/// refuse.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(e) if [InvalidInput, PermissionDenied, Unsupported].contains(&e.kind()) => Ok(()),
        synced => synced,
    }
}

/// Returns the folder that contains a file.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.into(),
        _ => ".".into(),
    }
}

/// Returns a name that depends on the target's name and is short however long
/// that one is.
fn name_beside(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    let digest = blake3::hash(name.as_encoded_bytes()).to_hex();
    format!(".narrows-{}", &digest[..16])
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Returns the number of names (hard links) of a file.
#[cfg(unix)]
fn links(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(file)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn fill(target: &Path, text: &str) {
        let mut whole = Whole::create(target, true).unwrap();
        whole.file().write_all(text.as_bytes()).unwrap();
        whole.commit().unwrap();
    }

    #[test]
    fn what_a_killed_process_left_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        let left = folder.path().join(name_beside(&target));
        fs::write(&left, "longer than what comes after it").unwrap();
        fill(&target, "new");
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_writer_is_refused_and_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        let mut first = Whole::create(&target, true).unwrap();
        first.file().write_all(b"first").unwrap();
        let error = Whole::create(&target, true).err().expect("refused");
        assert_eq!(error.to_string(), "another process is writing it");
        first.commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "first");
        fill(&target, "then");
        assert_eq!(fs::read_to_string(&target).unwrap(), "then");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_its_way_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        let other = folder.path().join("other");
        for link in [
            |other: &Path, beside: &Path| std::os::unix::fs::symlink(other, beside),
            |other: &Path, beside: &Path| fs::hard_link(other, beside),
        ] {
            fs::write(&other, "precious").unwrap();
            link(&other, &folder.path().join(name_beside(&target))).unwrap();
            fill(&target, "new");
            assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
            assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        }
    }

    #[test]
    fn a_name_as_long_as_can_be_has_one_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("n".repeat(255));
        fill(&target, "new");
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }
}

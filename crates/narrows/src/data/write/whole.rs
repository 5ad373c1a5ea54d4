//! Writes a file that appears complete or not at all, whatever happens on the
//! way: it is written next to its target, synced and renamed, and its folder is
//! synced.
//!
//! The temporary name is always the same, and locked during writing. So the
//! next process clears away what a killed one left, and two processes never
//! write one target at once. The file under that name is always made anew
//! (`O_EXCL`): nothing that somebody else put there is opened for writing.

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
    /// Starts the file that `target` will be. One that replaces another has
    /// its mode, and its owner where the system allows that.
    pub fn create(target: &Path, overwrite: bool) -> io::Result<Self> {
        let beside = folder_of(target).join(name_beside(target));
        let replaced = fs::metadata(target).ok().filter(|_| overwrite);
        let file = loop {
            match create_new(&beside, replaced.is_some()) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => clear(&beside)?,
                Err(e) => return Err(e),
                Ok(file) => {
                    lock(&file)?;
                    // Another process may have cleared it away before the lock.
                    if is_there(&file, &beside)? {
                        break file;
                    }
                }
            }
        };
        // From here on, the file is removed if anything goes wrong.
        let file = NamedTempFile::from_parts(file, TempPath::try_from_path(beside)?);
        if let Some(replaced) = replaced {
            take_after(file.as_file(), &replaced)?;
        }
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

/// Creates a file that is not there yet; for its owner alone if it is `secret`,
/// until it gets the mode of the file that it replaces.
fn create_new(path: &Path, secret: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path)
}

/// Removes what a killed process left under a temporary name, or somebody else
/// put there.
fn clear(beside: &Path) -> io::Result<()> {
    // Only a file can be locked, and opening a pipe would wait for its writer.
    let left = match fs::symlink_metadata(beside) {
        Ok(there) if there.is_file() => File::open(beside).ok(),
        Ok(_) => None,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    if let Some(left) = &left {
        lock(left)?;
        if !is_there(left, beside)? {
            // Its writer has renamed it since it was opened.
            return Ok(());
        }
    }
    match fs::remove_file(beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io::Error::new(
            e.kind(),
            format!("{} is in the way: {e}", beside.display()),
        )),
        _ => Ok(()),
    }
}

/// Locks a file for as long as it is open.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let message = "another process is writing it";
            Err(io::Error::new(io::ErrorKind::ResourceBusy, message))
        }
        // On a file system without locks, nothing better is possible.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Returns whether a path still leads to an open file.
fn is_there(file: &File, path: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    Ok(fs::symlink_metadata(path).is_ok_and(|there| is_same(&opened, &there)))
}

/// Returns whether both are the same file on the disk.
#[cfg(unix)]
pub fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Returns `true`: this system does not say.
#[cfg(not(unix))]
pub fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Gives a file the owner and the mode of the one that it replaces.
#[cfg(unix)]
fn take_after(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let made = file.metadata()?;
    let mut mode = replaced.mode() & 0o777;
    if made.uid() != replaced.uid() {
        // Only root may give files away.
        let _ = fchown(file, Some(replaced.uid()), None);
    }
    if made.gid() != replaced.gid() && fchown(file, None, Some(replaced.gid())).is_err() {
        // Another group gets no more than everybody.
        mode &= 0o707 | (mode & 0o007) << 3;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn take_after(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
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
    fn what_a_killed_process_left_is_cleared_away() {
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

    #[cfg(unix)]
    #[test]
    fn what_others_put_in_its_way_is_cleared_and_never_becomes_the_file() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        let left = folder.path().join(name_beside(&target));
        fs::write(&left, "open to all").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
        let other = fs::metadata(&left).unwrap();
        // Held open, so that its number on the disk is not given out again.
        let held = File::open(&left).unwrap();
        fill(&target, "new");
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let made = fs::metadata(&target).unwrap();
        assert!(!is_same(&other, &made));
        assert_eq!(held.metadata().unwrap().nlink(), 0);
        assert_eq!(made.mode(), fs::metadata(&plain).unwrap().mode());
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        for mode in [0o600, 0o664, 0o444] {
            fs::write(folder.path().join("b"), "old").unwrap();
            fs::rename(folder.path().join("b"), &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(mode)).unwrap();
            let whole = Whole::create(&target, true).unwrap();
            let early = whole.file.as_file().metadata().unwrap().mode();
            assert_eq!(early & 0o777, mode);
            drop(whole);
            fill(&target, "new");
            assert_eq!(fs::metadata(&target).unwrap().mode() & 0o777, mode);
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

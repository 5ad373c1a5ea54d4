//! Decides where the bytes of a target go: into a file that is replaced once
//! all are there, or into a pipe or device as they come.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The most symbolic links on the way to a file, as Linux allows.
const MOST_LINKS: usize = 40;

/// What a target stands for.
#[derive(Debug, PartialEq)]
pub(super) enum Destination {
    /// A file, at the end of all links, that appears or is replaced as a whole.
    File(PathBuf),
    /// Something that takes bytes as they come: a pipe, a device, an open
    /// descriptor.
    Stream,
}

impl Destination {
    /// Follows links, so that they stay and what they lead to is written.
    pub fn of(target: &Path) -> io::Result<Self> {
        if is_stream(target) {
            return Ok(Destination::Stream);
        }
        let mut path = target.to_path_buf();
        for _ in 0..MOST_LINKS {
            // A link may lead to a file that is yet to be made.
            match linked(&path) {
                Some(next) => path = next,
                None => return Ok(Destination::File(path)),
            }
        }
        let message = "its symbolic links lead to one another";
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

/// Returns whether a target is no file to be replaced but takes bytes as they
/// come: a pipe, a device, or an open descriptor such as `/dev/stdout` or
/// `/dev/fd/3`.
#[cfg(unix)]
pub fn is_stream(target: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = fs::metadata(target).map(|there| there.file_type());
    descriptor(target).is_some()
        || kind.is_ok_and(|kind| kind.is_fifo() || kind.is_char_device() || kind.is_socket())
}

/// Returns `false`: only Unix has pipes and devices among its files.
#[cfg(not(unix))]
pub fn is_stream(_: &Path) -> bool {
    false
}

/// Returns whether a target is standard output under another name than `-`.
#[must_use]
pub fn is_standard_output(target: &Path) -> bool {
    descriptor(target) == Some(1)
}

/// Returns where a symbolic link leads; `None` for anything else.
fn linked(path: &Path) -> Option<PathBuf> {
    let next = fs::read_link(path).ok()?;
    Some(path.parent().unwrap_or(Path::new("")).join(next))
}

/// Returns the number of the open descriptor that a path names, or a link on
/// the way from it. At their end links lead to the file that is open there.
fn descriptor(target: &Path) -> Option<u32> {
    let mut path = target.to_path_buf();
    for _ in 0..MOST_LINKS {
        match named_descriptor(&path) {
            None => path = linked(&path)?,
            found => return found,
        }
    }
    None
}

fn named_descriptor(path: &Path) -> Option<u32> {
    let number = match path.to_str()? {
        "/dev/stdout" => "1",
        "/dev/stderr" => "2",
        path => path
            .strip_prefix("/dev/fd/")
            .or(path.strip_prefix("/proc/self/fd/"))?,
    };
    number.parse().ok().filter(|_| cfg!(unix))
}

/// Opens a stream for writing. Waits for a reader if it is a named pipe.
pub(super) fn open_stream(target: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        // The descriptor itself, which shares its place in a file with others;
        // opened anew, it would begin at the file's start.
        match descriptor(target) {
            Some(1) => return standard_output(),
            Some(2) => return Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
            _ => {}
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).append(descriptor(target).is_some());
    options.open(target)
}

/// Returns standard output as a file that is owned.
pub(super) fn standard_output() -> io::Result<File> {
    let out = io::stdout();
    #[cfg(unix)]
    let owned = std::os::fd::AsFd::as_fd(&out).try_clone_to_owned()?;
    #[cfg(windows)]
    let owned = std::os::windows::io::AsHandle::as_handle(&out).try_clone_to_owned()?;
    Ok(owned.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_to_a_file_that_may_not_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("deep")).unwrap();
        symlink("deep/second", path("first")).unwrap();
        symlink("file.csv", path("deep/second")).unwrap();
        let found = Destination::of(&path("first")).unwrap();
        assert_eq!(found, Destination::File(path("deep/file.csv")));
        let found = Destination::of(&path("plain")).unwrap();
        assert_eq!(found, Destination::File(path("plain")));
    }

    #[test]
    fn links_in_a_circle_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        symlink(&a, &b).unwrap();
        symlink(&b, &a).unwrap();
        assert!(!is_stream(&a));
        let error = Destination::of(&a).unwrap_err().to_string();
        assert!(error.contains("lead to one another"), "{error}");
    }

    #[test]
    fn devices_and_descriptors_are_streams() {
        for stream in ["/dev/null", "/dev/stdout", "/dev/fd/7", "/proc/self/fd/1"] {
            assert!(is_stream(Path::new(stream)), "{stream}");
        }
        for file in ["/dev/fd/", "/dev/fd/x", "/etc/passwd", "new.csv", "/"] {
            assert!(!is_stream(Path::new(file)), "{file}");
        }
        assert!(is_standard_output(Path::new("/dev/fd/1")));
        assert!(!is_standard_output(Path::new("/dev/stderr")));
    }

    /// The file that is open there must not be replaced under the descriptor.
    #[test]
    fn links_to_a_descriptor_are_streams_too() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let open = File::create(path("real.csv")).unwrap();
        symlink(format!("/dev/fd/{}", open.as_raw_fd()), path("second.csv")).unwrap();
        symlink("second.csv", path("first.csv")).unwrap();
        let found = Destination::of(&path("first.csv")).unwrap();
        assert_eq!(found, Destination::Stream);
        symlink("/dev/stdout", path("out.csv")).unwrap();
        assert!(is_standard_output(&path("out.csv")));
    }
}

//! Writes a [`Table`] to a file whose name determines the format.

mod csv;
mod destination;
mod npy;
mod packed;
mod parquet;
mod parts;
mod png;
mod whole;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

pub use parts::Writer;

use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::data::table::Table;
use destination::{Destination, open_stream};
pub use destination::{is_standard_output, is_stream};
pub use whole::is_same;
#[cfg(unix)]
pub use whole::sync_folder;
use whole::{Whole, folder_of};

/// Writes all rows in order to `target`; `-` is standard output (CSV).
///
/// The file appears complete or not at all. An existing file is refused unless
/// `overwrite`, and what replaces it has its mode. A symbolic link stays, and
/// the file that it leads to is written. Pipes and devices, such as
/// `/dev/stdout`, get the rows as they come. The name determines the format
/// (a stream without one of these endings gets CSV):
///
/// - `.csv`, `.tsv`, `.csv.gz`, `.tsv.gz`: a header, then the ids, the labels
///   and the columns; numbers in the shortest form that reads back as the
///   same `f32`, categories as their text, missing cells empty. When read
///   back, text loses surrounding spaces.
/// - `.parquet`: the same columns; numbers are FLOAT (NaN where missing), text
///   is strings (null where missing), ids and labels are what they were in
///   their file: strings, INT64, DOUBLE or BOOLEAN (null where missing);
///   compressed with Snappy.
/// - `.npy`: numbers alone: ids, labels and names are left out, categories are
///   their index. `f32` `[rows, columns]`, or `u8` if values are bytes;
///   images are `[rows, height, width]`, those with colors
///   `[rows, height, width, 3]`.
/// - `.png`: rows that are images, on one sheet, left to right and top to
///   bottom, about as many across as down, 1 pixel apart; a single row is
///   just its image. Values are taken as 0 to 255, rounded and clamped.
///
/// To write rows part by part, use a [`Writer`].
///
/// ```no_run
/// # let table = narrows::Table::from_floats(vec![1.0, 2.0], 2)?;
/// narrows::write::write(&table, "codes.csv", false)?;
/// # Ok::<(), narrows::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] and [`Error::File`] as for [`check_target`];
/// [`Error::Usage`] for a table that the format cannot hold;
/// [`Error::File`] if writing fails. A reader that closes standard output
/// early is no error.
pub fn write(table: &Table, target: &str, overwrite: bool) -> Result<()> {
    let mut writer = Writer::new(target, overwrite)?;
    writer.add(table)?;
    writer.finish()
}

/// Checks, before any work, that [`write()`] will accept a target: a name of a
/// known format, in an existing folder, and not of an existing file unless
/// `overwrite`. `-` is standard output.
///
/// # Errors
/// [`Error::Usage`] for a name of no known format or an existing file;
/// [`Error::File`] if the target is a folder or its folder is missing.
pub fn check_target(target: &str, overwrite: bool) -> Result<()> {
    if target == "-" {
        return Ok(());
    }
    let path = Path::new(target);
    if !path.is_dir() {
        let format = Format::of(target)?;
        if format == Format::Npy && is_stream(path) {
            return Err(Error::usage(
                format!("{target}, which is a pipe or a device"),
                "a file, since an .npy begins with the number of its rows",
                "write .csv or .parquet instead",
            ));
        }
    }
    check_path(path, overwrite)
}

/// Checks, before any work, that a file can be written, whatever its format: in
/// an existing folder, and not over an existing file unless `overwrite`.
///
/// # Errors
/// [`Error::Usage`] for an existing file; [`Error::File`] if the path is a
/// folder or its folder is missing.
pub fn check_path(path: &Path, overwrite: bool) -> Result<()> {
    let refuse =
        |reason: &str, hint| Err(Error::file_because(path.display(), "write", reason, hint));
    if path.is_dir() {
        return refuse("it is a folder", "name a file in it");
    }
    let failed = |e| Error::file(path.display(), "write", e);
    let Destination::File(file) = Destination::of(path).map_err(failed)? else {
        return Ok(());
    };
    let folder = folder_of(&file);
    if !folder.is_dir() {
        let shown = folder.display();
        return match folder.exists() {
            true => refuse(
                &format!("{shown} is a file, not a folder"),
                "name a file in a folder",
            ),
            false => refuse(
                &format!("there is no folder {shown}"),
                "create the folder first",
            ),
        };
    }
    if file.exists() && !file.is_file() {
        return refuse("it is neither a file nor a pipe", "name a file");
    }
    if !overwrite && file.exists() {
        return Err(Error::usage(
            format!("{}, which exists", path.display()),
            "a new file",
            Hint::from("choose another name, or ").and(Remedy::Overwrite),
        ));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Text { delimiter: u8, gzip: bool },
    Npy,
    Parquet,
    Png,
}

impl Format {
    /// The format of a stream whose name says none.
    const STREAMED: Self = Format::Text {
        delimiter: b',',
        gzip: false,
    };

    fn of(target: &str) -> Result<Self> {
        let name = target.to_ascii_lowercase();
        let text = |delimiter, gzip| Format::Text { delimiter, gzip };
        let known = [
            (".csv", text(b',', false)),
            (".csv.gz", text(b',', true)),
            (".tsv", text(b'\t', false)),
            (".tsv.gz", text(b'\t', true)),
            (".npy", Format::Npy),
            (".parquet", Format::Parquet),
            (".png", Format::Png),
        ];
        match known.iter().find(|(end, _)| name.ends_with(end)) {
            Some(&(_, format)) => Ok(format),
            None if is_stream(Path::new(target)) => Ok(Format::STREAMED),
            None => Err(Error::usage(
                format!("the file name '{target}'"),
                "a name that ends in .csv, .csv.gz, .tsv, .tsv.gz, .npy, .parquet or .png",
                match Path::new(target).file_stem() {
                    Some(stem) => format!(
                        "for instance {}.csv; `-` is CSV on standard output",
                        stem.to_string_lossy().trim_start_matches('.')
                    ),
                    None => "`-` is CSV on standard output".into(),
                },
            )),
        }
    }
}

/// Writes bytes to a file, replacing an existing one; the file appears complete
/// or not at all. Links, modes and streams are as for [`write()`].
///
/// # Errors
/// [`Error::File`] if the file cannot be written; an existing file is then
/// untouched.
pub fn write_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    let write = || match Destination::of(path)? {
        Destination::File(file) => write_whole(&file, true, |file| file.write_all(bytes)),
        Destination::Stream => match open_stream(path)?.write_all(bytes) {
            // A reader that has gone away is no error.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        },
    };
    write().map_err(|e| Error::file(path.display(), "write", e))
}

fn write_whole(
    target: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut whole = Whole::create(target, overwrite)?;
    fill(whole.file())?;
    whole.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_checked_before_any_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("old.csv"), "a\n1\n").unwrap();
        assert_eq!(check_target("-", false), Ok(()));
        assert_eq!(check_target(&path("new.csv"), false), Ok(()));
        assert_eq!(check_target(&path("old.csv"), true), Ok(()));
        for (name, word) in [
            ("old.csv", "to be overwritten"),
            ("new.xlsx", ".parquet"),
            ("none/new.csv", "there is no folder"),
            ("", "it is a folder"),
        ] {
            let error = check_target(&path(name), false).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn an_id_that_is_called_like_a_column_is_refused() {
        use crate::data::table::Tags;
        let folder = tempfile::tempdir().unwrap();
        let mut table = Table::from_floats(vec![1.0, 2.0], 2).unwrap();
        // As of codes, whose rows may have an id of that name.
        table.ids = vec![Tags::new("x2", ["i"])];
        for name in ["b.csv", "b.parquet"] {
            let target = folder.path().join(name).display().to_string();
            let error = write(&table, &target, false).unwrap_err().to_string();
            assert!(error.contains("two columns called 'x2'"), "{error}");
        }
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv").display().to_string();
        let failed = write_whole(Path::new(&target), false, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("deep")).unwrap();
        std::os::unix::fs::symlink("deep/file.csv", path("link.csv")).unwrap();
        let link = path("link.csv").display().to_string();
        let table = |value| Table::from_floats(vec![value], 1).unwrap();
        // The file is made where the link leads, and then written over.
        for (value, overwrite) in [(1.0, false), (2.0, true)] {
            write(&table(value), &link, overwrite).unwrap();
            assert!(path("link.csv").is_symlink());
            let text = std::fs::read_to_string(path("deep/file.csv")).unwrap();
            assert_eq!(text, format!("x1\n{value}\n"));
        }
        let error = write(&table(3.0), &link, false).unwrap_err().to_string();
        assert!(error.contains("which exists"), "{error}");
        write_bytes(&link, b"bytes").unwrap();
        assert!(path("link.csv").is_symlink());
        assert_eq!(std::fs::read(path("deep/file.csv")).unwrap(), b"bytes");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(std::fs::read_dir(path("deep")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_stream_needs_no_ending_and_no_permission_to_overwrite() {
        assert_eq!(check_target("/dev/null", false), Ok(()));
        let table = Table::from_floats(vec![1.0], 1).unwrap();
        assert_eq!(write(&table, "/dev/null", false), Ok(()));
        assert!(!Path::new("/dev/null").is_file());
    }
}

//! Writes a [`Table`] to a file whose name determines the format.

mod csv;
mod npy;
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
#[cfg(unix)]
pub use whole::sync_folder;
use whole::{Whole, folder_of};

/// Writes all rows in order to `target`; `-` is standard output (CSV).
///
/// The file appears complete or not at all. An existing file is refused unless
/// `overwrite`. The name determines the format:
///
/// - `.csv`, `.tsv`, `.csv.gz`, `.tsv.gz`: a header, then the ids, the labels
///   and the columns; numbers in the shortest form that reads back as the
///   same `f32`, categories as their text, missing cells empty. When read
///   back, text loses surrounding spaces.
/// - `.parquet`: the same columns; numbers are FLOAT (NaN where missing), text
///   is strings (null where missing); compressed with Snappy.
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
    if path.is_dir() {
        let (reason, hint) = ("it is a folder", "name a file in it");
        return Err(Error::file_because(target, "write", reason, hint));
    }
    Format::of(target)?;
    let folder = folder_of(path);
    if !folder.is_dir() {
        let shown = folder.display();
        let (reason, hint) = match folder.exists() {
            true => (
                format!("{shown} is a file, not a folder"),
                "name a file in a folder",
            ),
            false => (
                format!("there is no folder {shown}"),
                "create the folder first",
            ),
        };
        return Err(Error::file_because(target, "write", reason, hint));
    }
    if !overwrite && path.exists() {
        return Err(Error::usage(
            format!("{target}, which exists"),
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
/// or not at all.
///
/// # Errors
/// [`Error::File`] if the file cannot be written; an existing file is then
/// untouched.
pub fn write_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    write_whole(path, true, |file| file.write_all(bytes))
        .map_err(|e| Error::file(path.display(), "write", e))
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
        table.ids = Some(Tags::new("x2", ["i"]));
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
}

//! From a file of any known format to a [`Table`].
//!
//! The name decides: `.csv`, `.tsv`, `.npy`, `.npz`, `.parquet`, `.idx` or
//! `-ubyte` (the files of MNIST), `.png` or `.jpg`, or a folder of images.
//! Under any other name, and from standard input, the first bytes decide.
//! What is gzipped is unpacked first, whatever it is called.

mod advice;
mod allowance;
mod arrays;
mod cell;
mod columns;
mod csv;
mod extent;
mod grown;
pub mod idx;
mod images;
mod input;
mod levels;
mod names;
mod npy;
mod npz;
mod other_kinds;
mod parquet;
mod parts;
mod refused;

use crate::error::{Error, Place, Result};
use crate::table::Table;
use input::Input;
use parts::Room;

pub use parts::Parts;

/// Which columns of a table are not plain numbers, and what to do with
/// missing cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roles {
    /// The column that labels each row; kept out of the values. For `.npz` a
    /// member, for IDX the path of a labels file, for images `folder`.
    pub label: Option<String>,
    /// The column that identifies each row; kept out of the values. For
    /// `.npz` a member; images are always identified by their file names.
    pub id: Option<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Text columns to read as categories.
    pub one_hot: Vec<String>,
    /// Whether every other column that holds a text is read as categories
    /// too, as when data is only looked at.
    pub any_text: bool,
    /// The only columns wanted as data, of those whose names came with the
    /// file; all of them by default.
    pub only: Option<Vec<String>>,
    /// How many columns of data there must be, where names do not tell them.
    pub width: Option<usize>,
    /// Whether missing cells become NaN (filled later with the training
    /// mean) rather than being refused.
    pub allow_missing: bool,
    /// Whether the named columns may be absent, as when a trained model
    /// reads new rows that have no labels.
    pub optional: bool,
}

/// What to do about a missing cell.
const MISSING_HINT: &str = "train with data.missing = \"mean\" to fill with the mean of the training rows: --set data.missing=mean";
/// The same with a model that was trained without them.
const MISSING_TO_A_MODEL: &str = "fill the cell or leave the row out; a model trained with data.missing = \"mean\" takes missing cells";

/// Reads rows from a path, or from standard input for `-` (CSV, or any other
/// format that its first bytes give away).
///
/// Rows keep the order of the file; images come in the order of their names.
/// [`Parts`] reads a file that is larger than memory.
///
/// **CSV** (`.csv`, `.tsv`): the delimiter is a comma, for `.tsv` a tab; a
/// first line without commas may show it to be `;` or a tab. The first line is
/// a header unless each of its cells is a number or missing; without a header
/// columns are `x1`, `x2`, …. Spaces around a cell are dropped and empty lines
/// skipped. `true` and `false` are 1 and 0. Empty cells, `NA`, `N/A`, `NaN`,
/// `nan`, `null`, `None` and `?` are missing.
///
/// **Parquet**: numbers, booleans, decimals, and text under the rules of CSV.
/// The row numbers of pandas, `__index_level_0__`, are left out unless a
/// role names them.
///
/// **Arrays** (`.npy`, `.npz`, IDX): `[rows]`, `[rows, features]`,
/// `[rows, height, width]` or `[rows, height, width, channels]`. In an `.npz`
/// the data is the member `x`, `data`, `arr_0` or `codes`, else the only one of
/// two or more dimensions.
///
/// **Images**: PNG and JPEG files of one folder and its sub-folders, in byte
/// order of their names, all of one shape; grey when all are grey.
///
/// **Limits**, so that a small file does not fill the memory: what is packed
/// (gzip, `.npz`, Parquet, images) may unpack to 256 MiB and 256 times its
/// size; a line of text has at most 32 MiB and 1,048,576 cells, Parquet as
/// many columns; a row of an array and an image have at most 4,194,304 values.
/// Sizes that a file claims are checked before memory is taken by them.
///
/// ```no_run
/// use narrows::read::{Roles, read};
/// let roles = Roles {
///     label: Some("species".into()),
///     ..Roles::default()
/// };
/// let table = read("iris.csv", &roles)?;
/// println!("{} rows of {} columns", table.rows(), table.columns.len());
/// # Ok::<(), narrows::Error>(())
/// ```
///
/// # Errors
/// One error that names the file, the place, what was found and expected.
/// Besides damaged files, refused are: what is beyond the limits; no rows or no
/// data columns; missing
/// cells unless allowed; infinities; text where a number should be; names in
/// `roles` that the file does not have, unless optional.
pub fn read(source: &str, roles: &Roles) -> Result<Table> {
    parts::whole(parts::open(source, roles)?, Room::ENDLESS)
}

/// The same, of rows that take at most so many bytes; more are refused before
/// they are held.
///
/// # Errors
/// As [`read`]; [`Error::Data`] where the rows take more.
pub fn read_within(source: &str, roles: &Roles, bytes: usize) -> Result<Table> {
    let room = Room {
        bytes,
        ..Room::ENDLESS
    };
    parts::whole(parts::open(source, roles)?, room)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Csv { tabs: bool },
    Npy,
    Npz,
    Idx,
    Parquet,
}

impl Format {
    /// What the name says, if it says anything.
    fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let known = [
            (".csv", Format::Csv { tabs: false }),
            (".tsv", Format::Csv { tabs: true }),
            (".npy", Format::Npy),
            (".npz", Format::Npz),
            (".idx", Format::Idx),
            ("-ubyte", Format::Idx),
            (".parquet", Format::Parquet),
        ];
        let found = known.iter().find(|(end, _)| name.ends_with(end));
        found.map(|&(_, format)| format)
    }
}

/// Whether a cell of a header would be taken for one of a row of numbers.
pub(crate) fn reads_as_value(text: &str) -> bool {
    cell::is_missing(text) || cell::parse(text).is_some()
}

/// Whether a text stands for a missing cell.
pub(crate) fn is_missing(text: &str) -> bool {
    cell::is_missing(text)
}

/// What the first bytes say.
fn sniff(input: &Input) -> Result<Format> {
    let head = input.head();
    if head.starts_with(b"\x93NUMPY") {
        Ok(Format::Npy)
    } else if head.starts_with(b"PK\x03\x04") {
        Ok(Format::Npz)
    } else if head.starts_with(b"PAR1") {
        Ok(Format::Parquet)
    } else if idx::is_magic(head) {
        Ok(Format::Idx)
    } else if is_text(head) {
        Ok(Format::Csv { tabs: false })
    } else {
        Err(Error::data(
            input.origin(),
            Place::Whole,
            "bytes of no known format",
            "CSV, NumPy, IDX or Parquet",
            "save the rows as one of these; images are read from .png or .jpg files, or a folder of them",
        ))
    }
}

/// Whether the bytes are UTF-8 without control zeros; a character cut off at
/// the end is fine.
fn is_text(head: &[u8]) -> bool {
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    utf8 && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_the_format() {
        let csv = Some(Format::Csv { tabs: false });
        assert_eq!(Format::of("a/b.CSV"), csv);
        assert_eq!(Format::of("b.csv.gz"), csv);
        assert_eq!(Format::of("t10k-images-idx3-ubyte.gz"), Some(Format::Idx));
        assert_eq!(Format::of("b.tsv"), Some(Format::Csv { tabs: true }));
        assert_eq!(Format::of("b.gz"), None);
    }

    #[test]
    fn text_may_end_within_a_character() {
        assert!(is_text("naïve".as_bytes()));
        assert!(is_text(&"é".as_bytes()[..1]));
        assert!(!is_text(b"\xff\xfe1\x00"));
    }
}

//! From a file of any known format to a [`Table`].
//!
//! The name decides: `.csv`, `.tsv`, `.xlsx`, `.xlsm`, `.xlsb`, `.jsonl`, `.ndjson`,
//! `.npy`, `.npz`, `.parquet`, `.arrow`, `.arrows`, `.feather`, `.idx` or `-ubyte`
//! (the files of MNIST), `.png`, `.jpg` or `.bmp`, or a folder of images.
//! Under any other name, and from standard input, the first bytes decide.
//! What is gzipped is unpacked first, whatever it is called.

mod advice;
mod again;
mod allowance;
mod arrays;
mod arrow;
mod columns;
mod counts;
mod csv;
mod elements;
mod evidence;
mod excel;
mod extent;
mod format;
pub mod idx;
mod images;
mod infer;
mod input;
mod json_lines;
mod levels;
pub(crate) mod live;
mod member;
mod names;
mod npy;
mod npz;
mod observed;
mod open;
mod other_kinds;
mod parquet;
mod parts;
mod pieces;
mod range;
mod reader;
mod roles;
mod text_among_numbers;
mod typed_columns;
mod unread;
mod windows;

use crate::base::error::Result;
use crate::data::table::Table;

pub use infer::{Inferred, Verdict};
pub use member::file_of;
pub use parts::Parts;
pub use roles::Roles;

/// Reads rows from a path, or from standard input for `-` (CSV, or any other
/// format that its first bytes give away).
///
/// Rows keep the order of the file; images come in the order of their names.
/// [`Parts`] reads a file that is larger than memory.
///
/// **CSV** (`.csv`, `.tsv`, and text of any other name): the first lines show
/// what parts the cells (a comma, `;`, `|`, a tab, or spaces), and whether the
/// first line names the columns; without names they are `x1`, `x2`, …. A first
/// column without a name holds the rows' ids. Spaces around a cell are dropped
/// and empty lines skipped. All rows show how the numbers of a column are
/// written: decimal commas, marks between thousands, one sign or unit. `true`
/// and `false` are 1 and 0. Digits with a leading zero, or more than 15, are text
/// unless [`Roles::kinds`] says otherwise. Empty cells, `NA`, `NULL`, `NaN`, `None`, `?` and
/// the like are missing. What is inferred is in [`Table::notes`], and a model
/// keeps it for new rows.
///
/// **Parquet**: numbers, booleans, decimals, and text, each cell of which may be
/// missing, a plain number, `true` or `false`, as in CSV; dates and times, which
/// are read as text of ISO 8601; how the numbers of a
/// column are written is not inferred. The row numbers of pandas, `__index_level_0__`, are left out unless a
/// role names them.
///
/// **Excel**: a sheet, which `book.xlsx:Sheet2` names, or the first one with cells
/// ([`Table::notes`] says if there are others). Its first row may be names, as in
/// CSV; cells are numbers, booleans or texts as in Parquet, and dates are texts
/// (`2024-01-31`, `2024-01-31 10:30:00`). Errors such as `#DIV/0!` are missing.
///
/// **JSON lines**: an object a line, whose keys are the columns; a key that is
/// `null` or absent is missing, lists and objects cannot be read. Rows for a model
/// that come by a pipe have the keys of the first line.
///
/// **Arrow** (Feather, and streams): what Parquet has, and dictionaries.
///
/// **Arrays** (`.npy`, `.npz`, IDX): `[rows]`, `[rows, features]`,
/// `[rows, height, width]` or `[rows, height, width, channels]`. In an `.npz`
/// the data is the member that the source names, `file.npz:member`, or else
/// `x`, `data`, `arr_0` or `codes`, or the only one of two or more dimensions.
/// Sparse matrices of SciPy are refused.
///
/// **Images**: PNG, JPEG and BMP files of a folder and all folders below it, in
/// byte order of their names, all of one size and depth; grey when all are grey
/// ([`Table::notes`] says if they are mixed), or as the model was trained
/// ([`Roles::image`]). Pixels of 16 bits keep them ([`Table::depth`]). What is
/// transparent is put on white, and pictures are turned upright as their EXIF
/// tag says. The label `folder` is the first folder below the one that is read.
/// Other files are left out, with a note; hidden ones and those that systems
/// put there (`Thumbs.db`) without. A folder is read once, whatever links lead
/// to it. Cut files are refused, JPEG too.
///
/// **Some rows** (`file.csv@1-300`, `file.csv@301-`): those of any of these, by their
/// numbers from 1 on. What a file shows of its columns is that of all its rows.
///
/// **Series** ([`Roles::series`]): the rows of any of these become windows, each row
/// with those before it, in the order of time.
///
/// **Limits**, so that a small file does not fill the memory: what is packed
/// (gzip, `.npz`, Excel, Parquet, Arrow, images) may unpack to 256 MiB and 256 times its
/// size; a line of text has at most 32 MiB and 1,048,576 cells, Parquet as
/// many columns; a row of an array and an image have at most 4,194,304 values.
/// Sizes that a file claims are checked before memory is taken by them.
///
/// ```no_run
/// use narrows::read::{Roles, read};
/// let mut roles = Roles::default();
/// roles.label = Some("species".into());
/// let table = read("iris.csv", &roles)?;
/// println!("{} rows of {} columns", table.rows(), table.columns().len());
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
    Parts::open(source, roles)?.whole()
}

/// Returns what each column of a file is taken for, from all of its rows, by
/// these rules, of which the first that fits decides.
///
/// - A setting names the column: that.
/// - No value: left out.
/// - Digits with a leading zero, as `01234`, or more than 15, in any cell: the
///   column is a code, and texts.
/// - Numbers: an id, left out, if there are more than 20, all whole, and they
///   count the rows from 0 or 1 on, or all differ and a word of the column's name
///   is `id`, `key`, `index` or the like; otherwise numbers.
/// - Words for true and false: binary.
/// - Dates and times of one format: a time, of which the columns
///   [`TimePart`](crate::config::TimePart) are made. Where two formats fit that
///   take the day for the month of one another, neither is chosen.
/// - Texts: left out if all are the same, if more than half of the cells differ
///   from one another, or if more than 40 differ and have three words or more on
///   average; binary if there are two; otherwise a category.
/// - Texts among numbers: not decided.
///
/// Where no column would be left as data, those are kept that can be read.
/// Empty for files that hold numbers only, such as arrays and images.
///
/// # Errors
/// Those of [`read()`] of files that cannot be read at all.
pub fn kinds(source: &str, roles: &Roles) -> Result<Vec<Inferred>> {
    let looking = Roles {
        observes: true,
        ..roles.clone()
    };
    let seen = open::open(source, &looking)?.observe()?;
    let inferred = seen.map(|seen| infer::infer(&seen, roles));
    Ok(inferred.unwrap_or_default())
}

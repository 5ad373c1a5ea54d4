//! Applies `--memory`, the limit on what the program holds at a time.

use std::path::Path;
use std::sync::OnceLock;

use bytesize::ByteSize;
use narrows::program::shown;
use narrows::read::Parts;
use narrows::{Error, Model, Result, Table};

/// Bytes of the program itself: its code, threads and allocator.
const PROGRAM: usize = 40_000_000;
/// A model's memory, in multiples of its file's bytes: as read, as a network
/// and packed for use.
const MODEL: usize = 4;
/// Bytes of rows waiting to be written, such as a row group of Parquet.
const WRITER: usize = 24_000_000;
/// Number of values in a part: enough for all threads, few enough for any
/// machine.
const PART: usize = 2 << 20;
/// Largest number of rows in a part.
const MOST_ROWS: usize = 65_536;
/// Rows that a network takes at a time, as in the library. A part has a
/// multiple of them, so that these chunks are the same in parts of any size.
const CHUNK: usize = 256;
/// Rows that a model encodes at a time, as in the library.
const ENCODED_ROWS: usize = 2048;
/// Bytes of a row's labels and ids, and of a score's texts.
const TEXTS: usize = 256;

/// Addresses that threads and the allocator take beyond what is used.
const SPARE: usize = 64_000_000;

static LIMIT: OnceLock<Limit> = OnceLock::new();

/// How much memory the program may take, and who says so.
struct Limit {
    bytes: usize,
    by: &'static str,
}

/// Sets the limit, once, before threads start: that of `--memory` or what the
/// system leaves, if it limits the addresses of the process, as `ulimit -v` and
/// batch systems do, whichever is less. An allocation that the system refuses
/// would end the program.
pub fn set(asked: Option<usize>) {
    let asked = asked.map(|bytes| Limit {
        bytes,
        by: "--memory",
    });
    let granted = granted().map(|bytes| Limit {
        bytes,
        by: "what the system leaves the process (`ulimit -v`)",
    });
    let limits = asked.into_iter().chain(granted);
    if let Some(limit) = limits.min_by_key(|limit| limit.bytes) {
        let _ = LIMIT.set(limit);
    }
}

/// Returns how much memory the program may take within the addresses that the
/// system grants the process; `None` if it limits none, or does not say.
fn granted() -> Option<usize> {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/self/{file}")).ok();
    let limits = read("limits")?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    let all: usize = line.split_whitespace().next()?.parse().ok()?;
    let status = read("status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))?;
    let taken: usize = line.split_whitespace().next()?.parse().ok()?;
    // What is taken so far is the program itself.
    Some(PROGRAM + all.saturating_sub(taken.saturating_mul(1024).saturating_add(SPARE)))
}

/// Returns who sets the limit.
fn by() -> &'static str {
    LIMIT.get().map_or("--memory", |limit| limit.by)
}

/// Parses a size as people write it: `512MB`, `2GB`, `1.5GiB`.
pub fn parse(text: &str) -> std::result::Result<usize, String> {
    let text = text.trim();
    // A number alone would mean bytes, which nobody intends.
    let has_unit = text.ends_with(char::is_alphabetic);
    match text.parse() {
        Ok(ByteSize(bytes)) if has_unit && (1..1 << 53).contains(&bytes) => Ok(bytes as usize),
        _ => Err("expected a size with its unit, such as 512MB, 2GB or 1.5GiB".into()),
    }
}

/// Returns what the limit leaves besides the program itself; `None` without a
/// limit.
///
/// # Errors
/// [`Error::Usage`] if the program itself takes too much of it.
pub fn limit() -> Result<Option<usize>> {
    match LIMIT.get() {
        None => Ok(None),
        Some(limit) if limit.bytes >= 2 * PROGRAM => Ok(Some(limit.bytes - PROGRAM)),
        Some(limit) => Err(too_little(limit.bytes, 2 * PROGRAM)),
    }
}

/// Returns how much memory a table held as a whole may take: half of [`limit`],
/// since work on the rows takes memory too.
///
/// # Errors
/// As [`limit`].
pub fn for_table() -> Result<Option<usize>> {
    Ok(limit()?.map(|bytes| bytes / 2))
}

/// Refuses a built-in table that takes more than `bytes`.
///
/// # Errors
/// [`Error::Usage`] if it does.
pub fn check_table(table: Table, bytes: usize) -> Result<Table> {
    let takes = table.memory();
    if takes <= bytes {
        return Ok(table);
    }
    Err(Error::usage(
        format!("{}, which takes {}", table.origin(), shown(takes)),
        format!("at most {} of rows, by {}", shown(bytes), by()),
        "allow more with --memory, or take a file of fewer rows",
    ))
}

/// Sets the size of parts so that a model can work on them within the limit,
/// and returns them with the bytes of rows that may wait to be written. Each row
/// becomes `rows_each` of them.
///
/// # Errors
/// [`Error::Usage`] if not even a few rows at a time fit.
pub fn parts(parts: Parts, model: &Model, file: &Path, rows_each: usize) -> Result<(Parts, usize)> {
    let (columns, features) = (model.scaler().columns(), model.scaler().features());
    let code = model.config().network.code;
    let most = PART / columns.max(features).max(code) / rows_each;
    let most = match most.clamp(CHUNK, MOST_ROWS) {
        rows @ ENCODED_ROWS.. => rows / ENCODED_ROWS * ENCODED_ROWS,
        rows => rows / CHUNK * CHUNK,
    };
    let Some(&Limit { bytes: limit, .. }) = LIMIT.get() else {
        return Ok((parts.of_rows(most), usize::MAX));
    };
    // As read, as features, as the result, and the result in its own units.
    let row = rows_each * (2 * size_of::<f32>() * (columns + features + code) + TEXTS);
    let file = std::fs::metadata(file).map_or(0, |file| file.len() as usize);
    let fixed = (PROGRAM + WRITER).saturating_add(file.saturating_mul(MODEL));
    let fixed = fixed.saturating_add(parts.holds());
    let left = limit.saturating_sub(fixed);
    let rows = (left / row).min(most) / CHUNK * CHUNK;
    if rows == 0 {
        return Err(too_little(limit, fixed.saturating_add(CHUNK * row)));
    }
    // Long texts may use what the numbers leave.
    let texts = left - rows * (row - rows_each * TEXTS);
    let texts = texts / rows_each;
    let part = 2 * rows * columns.max(code) * size_of::<f32>() + texts / 2;
    Ok((parts.of_rows(rows).within(part), WRITER + left - rows * row))
}

/// Refuses to make more rows at a time than fit into the limit.
///
/// # Errors
/// [`Error::Usage`] if the rows would take more.
pub fn check_new_rows(rows: usize, model: &Model) -> Result<()> {
    let Some(most) = limit()? else {
        return Ok(());
    };
    let (columns, features) = (model.scaler().columns(), model.scaler().features());
    // As codes, as features, as the result, and as what waits to be written.
    let row = size_of::<f32>() * (model.config().network.code + 2 * features + 3 * columns);
    let takes = rows.saturating_mul(row).saturating_add(WRITER);
    if takes <= most {
        return Ok(());
    }
    Err(Error::usage(
        format!("{rows} new rows, which take about {}", shown(takes)),
        format!("at most {}, by {}", shown(most), by()),
        "make them in several files with a --seed each, or allow more with --memory",
    ))
}

/// Refuses to hold more than `most` bytes of rows to be written.
pub fn check_held(held: usize, most: usize) -> Result<()> {
    if held <= most {
        return Ok(());
    }
    Err(Error::usage(
        format!("{} of rows to hold until they are written", shown(held)),
        format!("at most {} of them, by {}", shown(most), by()),
        "a .png is one sheet of all rows: write .npy or .csv, or allow more",
    ))
}

fn too_little(limit: usize, least: usize) -> Error {
    // Rounded up, so that the size named is enough.
    let least = least.div_ceil(1_000_000);
    Error::usage(
        format!("{} of memory, by {}", shown(limit), by()),
        format!("at least {least} MB for this"),
        "the program, the model and a few hundred rows must fit",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse("512MB"), Ok(512_000_000));
        assert_eq!(parse("1.5GiB"), Ok(3 << 29));
        assert_eq!(parse(" 2 gb "), Ok(2_000_000_000));
        assert_eq!(parse("2G"), Ok(2_000_000_000));
        for nonsense in [
            "",
            "512",
            "MB",
            "-1GB",
            "1e9MB",
            "1..5GB",
            "5 apples",
            "0GB",
            "infMB",
            "9999999TB",
        ] {
            assert!(parse(nonsense).is_err(), "{nonsense}");
        }
    }
}

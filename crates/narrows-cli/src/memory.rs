//! `--memory`: how much the program may hold at a time.

use std::path::Path;
use std::sync::OnceLock;

use narrows::memory::shown;
use narrows::read::Parts;
use narrows::{Error, Model, Result, Table};

/// What the program itself takes: its code, threads and allocator.
const PROGRAM: usize = 40_000_000;
/// A model in memory beside the bytes of its file: as read, as a network and
/// packed for use.
const MODEL: usize = 4;
/// What is held of rows to be written, beside packing: as in a group of rows
/// of Parquet.
const WRITER: usize = 24_000_000;
/// Values in a part: enough for all threads, few enough for any machine.
const PART: usize = 2 << 20;
/// Rows of a part: at most, and those that it has a multiple of, so that a
/// model's chunks are the same in parts of any size.
const MOST_ROWS: usize = 65_536;
const CHUNK: usize = 256;
/// Bytes of a row's labels and ids, and of what a score says in words.
const TEXTS: usize = 256;

static LIMIT: OnceLock<usize> = OnceLock::new();

/// Sets what `--memory` says, once.
pub fn set(limit: usize) {
    let _ = LIMIT.set(limit);
}

/// A size as people write it: `512MB`, `2GB`, `1.5GiB`.
pub fn parse(text: &str) -> std::result::Result<usize, String> {
    let refused = || "expected a size with its unit, such as 512MB, 2GB or 1.5GiB".to_string();
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_alphabetic()).ok_or_else(refused)?;
    let (number, unit) = text.split_at(unit_at);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(refused()),
    };
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    let number = number.trim_end();
    let number: f64 = match number.chars().all(plain) {
        true => number.parse().map_err(|_| refused())?,
        false => return Err(refused()),
    };
    match number * factor as f64 {
        bytes if bytes >= 1.0 && bytes < 2f64.powi(53) => Ok(bytes as usize),
        _ => Err(refused()),
    }
}

/// What is left beside the program itself; none without a limit.
///
/// # Errors
/// [`Error::Usage`] where the program itself takes too much of it.
pub fn limit() -> Result<Option<usize>> {
    match LIMIT.get() {
        None => Ok(None),
        Some(&limit) if limit >= 2 * PROGRAM => Ok(Some(limit - PROGRAM)),
        Some(&limit) => Err(too_little(limit, 2 * PROGRAM)),
    }
}

/// What a table may take that is held as a whole: half of it, since what is
/// done with rows takes memory too.
///
/// # Errors
/// As [`limit`].
pub fn for_table() -> Result<Option<usize>> {
    Ok(limit()?.map(|bytes| bytes / 2))
}

/// Refuses a table that the program carries where it takes more.
///
/// # Errors
/// [`Error::Usage`] where it does.
pub fn check_table(table: Table, bytes: usize) -> Result<Table> {
    let takes = table.memory();
    if takes <= bytes {
        return Ok(table);
    }
    Err(Error::usage(
        format!("{}, which takes {}", table.origin, shown(takes)),
        format!("at most {} of rows, by --memory", shown(bytes)),
        "allow more with --memory, or take a file of fewer rows",
    ))
}

/// The rows of a file in parts that a model can take within the limit, and
/// what may be held of rows until they are written.
///
/// # Errors
/// [`Error::Usage`] where not even a few rows at a time fit.
pub fn parts(parts: Parts, model: &Model, file: &Path) -> Result<(Parts, usize)> {
    let (columns, features) = (model.scaler.columns(), model.scaler.features());
    let code = model.config.network.code;
    let most = PART / columns.max(features).max(code);
    let most = match most.clamp(CHUNK, MOST_ROWS) {
        // As many as are encoded at a time.
        rows @ 2048.. => rows / 2048 * 2048,
        rows => rows / CHUNK * CHUNK,
    };
    let Some(&limit) = LIMIT.get() else {
        return Ok((parts.of_rows(most), usize::MAX));
    };
    // As read, as features, as what comes of them, and that in own units.
    let row = 2 * size_of::<f32>() * (columns + features + code) + TEXTS;
    let file = std::fs::metadata(file).map_or(0, |file| file.len() as usize);
    let fixed = (PROGRAM + WRITER).saturating_add(file.saturating_mul(MODEL));
    let fixed = fixed.saturating_add(parts.holds());
    let left = limit.saturating_sub(fixed);
    let rows = (left / row).min(most) / CHUNK * CHUNK;
    if rows == 0 {
        return Err(too_little(limit, fixed.saturating_add(CHUNK * row)));
    }
    // Long texts may take what numbers leave.
    let texts = left - rows * (row - TEXTS);
    let part = 2 * rows * columns.max(code) * size_of::<f32>() + texts / 2;
    Ok((parts.of_rows(rows).within(part), WRITER + left - rows * row))
}

/// Refuses to hold more of rows to be written than may be.
pub fn check_held(held: usize, most: usize) -> Result<()> {
    if held <= most {
        return Ok(());
    }
    Err(Error::usage(
        format!("{} of rows to hold until they are written", shown(held)),
        format!("at most {} of them, by --memory", shown(most)),
        "a .png is one sheet of all rows: write .npy or .csv, or allow more",
    ))
}

fn too_little(limit: usize, least: usize) -> Error {
    // Rounded up, so that what it says is enough.
    let least = least.div_ceil(1_000_000);
    Error::usage(
        format!("--memory of {}", shown(limit)),
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

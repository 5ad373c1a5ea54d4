//! Checks how much a workbook unpacks to, before it is read.

use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::ZipArchive;

use crate::data::read::allowance::{Allowance, most};

/// How much memory a byte of the texts that sheets share, and of the styles of
/// cells, takes at most: an empty text is five bytes of XML and 24 in memory, a
/// style some 300.
const TEXTS: u64 = 6;
const STYLES: u64 = 64;

/// Unpacks every part of a workbook of `packed` bytes without keeping it; the
/// reader would not stop. Returns the bytes of the texts that sheets share, which
/// are all held.
///
/// # Errors
/// Describes what was found, in words.
pub(super) fn check(file: &File, packed: u64) -> Result<usize, String> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| e.to_string())?;
    let mut allowance = Allowance::of(packed);
    let mut left = packed;
    let mut texts = 0u64;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|e| e.to_string())?;
        let name = part.name().to_lowercase();
        let overlap = "its parts are longer than the file";
        left = left.checked_sub(part.compressed_size()).ok_or(overlap)?;
        let bytes = io::copy(&mut (&mut part).take(most(packed) + 1), &mut io::sink());
        let bytes = bytes.map_err(|e| format!("{name}: {e}"))?;
        let is_texts = name.contains("sharedstrings");
        let times = match is_texts {
            true => TEXTS,
            false if name.contains("styles") => STYLES,
            false => 1,
        };
        allowance.take(bytes.saturating_mul(times))?;
        texts += if is_texts { bytes } else { 0 };
    }
    Ok(usize::try_from(texts).unwrap_or(usize::MAX))
}

//! Checks a Parquet file's own statements before the decoder allocates memory
//! according to them.

use std::fs::File;
use std::io::{self, Read};

use ::parquet::basic::Compression;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::reader::{ChunkReader, Length};

use super::shapes::{CHILDREN, FILE, PAGE, SCHEMA};
use super::thrift::{Met, walk};
use crate::data::read::allowance::Allowance;

/// The deepest nesting of columns; no program reads more.
const DEEPEST: usize = 64;
/// Bytes of the footer's length and of the magic letters that end a file.
const TAIL: u64 = 8;
/// Most page headers fit the first window; others are read again, up to the
/// last.
const WINDOWS: [usize; 3] = [1 << 10, 1 << 16, 1 << 24];
/// Values of a page that are built from the ones before them are read at most
/// this many bytes at a time.
const BATCH_BYTES: usize = 64 << 20;
/// DELTA_BYTE_ARRAY's number in the format's list of encodings.
const PREFIXES: i64 = 7;

type Checked<T> = std::result::Result<T, String>;

/// Checks the footer of a file.
pub(super) fn check_footer(file: &File) -> Checked<()> {
    let broken = || "its end is no description of the rest".to_string();
    let length = file.len();
    let Some(end) = length.checked_sub(TAIL) else {
        return Err("it is too short".into());
    };
    let tail = bytes(file, end, TAIL as usize)?;
    let footer = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    let start = end.checked_sub(footer).ok_or_else(broken)?;
    let footer = bytes(file, start, footer as usize)?;
    let mut children = Vec::new();
    let mut now = 0;
    walk(&footer, FILE, &mut |path, met| match met {
        Met::Number(number) if path == CHILDREN => now = number,
        Met::End if path == SCHEMA => children.push(std::mem::take(&mut now)),
        _ => {}
    })
    .ok_or_else(broken)?;
    match fits(&children) {
        true => Ok(()),
        false => Err("its columns are nested too deep, or are not all there".into()),
    }
}

/// Returns whether elements with these numbers of children form a tree that is
/// not too deep.
fn fits(children: &[i64]) -> bool {
    let mut open: Vec<i64> = Vec::new();
    for &count in children {
        if count < 0 || count > children.len() as i64 || open.len() > DEEPEST {
            return false;
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        open.push(count);
        while open.last() == Some(&0) {
            open.pop();
        }
    }
    open.is_empty()
}

/// The contents of a page's header.
#[derive(Debug, Default)]
struct PageHeader {
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
    /// Bytes of levels, which version 2 of the format does not compress.
    levels: i64,
}

/// Checks the pages of a column, whose bytes are subtracted from `packed`: they
/// must unpack to no more than they state, and that must be allowed. Returns
/// how many of their values may be read at a time.
pub(super) fn check_pages(
    file: &File,
    chunk: &ColumnChunkMetaData,
    packed: &mut u64,
    allowance: &mut Allowance,
) -> Checked<usize> {
    let first = chunk.dictionary_page_offset();
    if first.unwrap_or(chunk.data_page_offset()) < 0 || chunk.compressed_size() < 0 {
        return Err("a column begins before the file".into());
    }
    let (mut at, mut left) = chunk.byte_range();
    // Overlapping chunks would be read again and again.
    let taken = packed.checked_sub(left);
    *packed = taken.ok_or("its columns are longer than the file")?;
    if at.checked_add(left).is_none_or(|end| end > file.len()) {
        return Err("a column ends after the file".into());
    }
    let mut largest = 0;
    while left > 0 {
        let (length, header) = page_header(file, at, left)?;
        (at, left) = (at + length, left - length);
        let size = |size: i64| u64::try_from(size).ok().filter(|&s| s <= i32::MAX as u64);
        let (Some(unpacked), Some(values)) = (size(header.unpacked), size(header.values)) else {
            return Err("a page of no size".into());
        };
        let Some(length) = size(header.packed).filter(|&length| length <= left) else {
            return Err("a page ends after its column".into());
        };
        let written = match chunk.compression() {
            Compression::UNCOMPRESSED => length,
            _ => unpacked,
        };
        allowance.take(written.saturating_add(values.saturating_mul(4)))?;
        check_stream(file, chunk.compression(), at, length, &header)?;
        if header.encoding == PREFIXES {
            largest = largest.max(written as usize);
        }
        (at, left) = (at + length, left - length);
    }
    Ok(BATCH_BYTES / largest.max(1))
}

/// Returns the header at a position, and the header's length.
fn page_header(file: &File, at: u64, left: u64) -> Checked<(u64, PageHeader)> {
    for window in WINDOWS {
        let window = window.min(usize::try_from(left).unwrap_or(window));
        let bytes = bytes(file, at, window)?;
        let mut header = PageHeader::default();
        let length = walk(&bytes, PAGE, &mut |path, met| {
            let Met::Number(number) = met else { return };
            match path {
                [2] => header.unpacked = number,
                [3] => header.packed = number,
                [5 | 7 | 8, 1] => header.values = number,
                [5, 2] | [8, 4] => header.encoding = number,
                [8, 5 | 6] => header.levels = header.levels.saturating_add(number),
                _ => {}
            }
        });
        if let Some(length) = length {
            return Ok((length as u64, header));
        }
    }
    Err("a page begins with no header".into())
}

/// Unpacks a page without keeping the result, if the decoder would continue
/// beyond the size that the page states.
fn check_stream(
    file: &File,
    compression: Compression,
    at: u64,
    length: u64,
    header: &PageHeader,
) -> Checked<()> {
    if !matches!(compression, Compression::GZIP(_) | Compression::BROTLI(_)) {
        return Ok(());
    }
    let page = bytes(file, at, length as usize)?;
    let levels = usize::try_from(header.levels).unwrap_or(0);
    let Some(packed) = page.get(levels..) else {
        return Err("levels end after their page".into());
    };
    let reader: Box<dyn Read + '_> = match compression {
        Compression::GZIP(_) => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        _ => Box::new(brotli::Decompressor::new(packed, 4096)),
    };
    let said = u64::try_from(header.unpacked).unwrap_or(0);
    // Whatever cannot be unpacked is left for the decoder to report.
    match io::copy(&mut reader.take(said.saturating_add(1)), &mut io::sink()) {
        Ok(count) if count > said => Err("a page unpacks to more than it says".into()),
        _ => Ok(()),
    }
}

fn bytes(file: &File, at: u64, length: usize) -> Checked<Vec<u8>> {
    let bytes = file.get_bytes(at, length).map_err(|e| e.to_string())?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_a_tree() {
        assert!(fits(&[2, 0, 0]));
        assert!(fits(&[2, 1, 0, 0]));
        assert!(!fits(&[3, 0, 0]));
        assert!(!fits(&[1, -1]));
        assert!(!fits(&[1, i64::from(i32::MAX)]));
        let mut deep = vec![1; 70];
        deep.push(0);
        assert!(!fits(&deep));
        assert!(fits(&deep[30..]));
    }
}

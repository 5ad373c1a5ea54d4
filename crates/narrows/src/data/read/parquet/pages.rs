//! Checks each page of a column before its values are decoded: the decoder
//! allocates memory for as many values as the page claims.

use ::parquet::basic::{Encoding, Type};
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::errors::{ParquetError, Result};

/// A reader that refuses pages with false claims.
pub(super) struct Pages {
    pub inner: Box<dyn PageReader>,
    pub physical: Type,
    /// Whether values may be missing, so that levels come first.
    pub levels: bool,
}

impl Pages {
    fn check(&self, page: &Page) -> Option<()> {
        let count = page.num_values() as usize;
        let bytes = page.buffer();
        let (encoding, values) = match page {
            Page::DictionaryPage { .. } => {
                let least = match self.physical {
                    Type::BYTE_ARRAY | Type::INT32 | Type::FLOAT => 4,
                    Type::INT64 | Type::DOUBLE => 8,
                    Type::INT96 => 12,
                    _ => 1,
                };
                return (count.checked_mul(least)? <= bytes.len()).then_some(());
            }
            Page::DataPage {
                encoding,
                def_level_encoding,
                ..
            } => {
                let levels = match (self.levels, def_level_encoding) {
                    (false, _) => 0,
                    (true, Encoding::RLE) => {
                        let length = bytes.first_chunk::<4>()?;
                        4usize.checked_add(u32::from_le_bytes(*length) as usize)?
                    }
                    // One bit for each value, in whole bytes.
                    (true, _) => count.div_ceil(8),
                };
                (encoding, bytes.get(levels..)?)
            }
            Page::DataPageV2 {
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let levels = (*def_levels_byte_len as usize) + (*rep_levels_byte_len as usize);
                (encoding, bytes.get(levels..)?)
            }
        };
        match encoding {
            _ if values.is_empty() => Some(()),
            Encoding::DELTA_LENGTH_BYTE_ARRAY => Delta::read(values)?.at_most(count),
            Encoding::DELTA_BYTE_ARRAY => {
                let prefixes = Delta::read(values)?;
                prefixes.at_most(count)?;
                Delta::read(values.get(prefixes.end()?..)?)?.at_most(count)
            }
            _ => Some(()),
        }
    }
}

/// Numbers packed as differences.
struct Delta<'a> {
    bytes: &'a [u8],
    /// The position where the header ends.
    at: usize,
    block: u64,
    parts: u64,
    count: u64,
}

impl<'a> Delta<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut at = 0;
        let block = unsigned(bytes, &mut at)?;
        let parts = unsigned(bytes, &mut at)?;
        let count = unsigned(bytes, &mut at)?;
        unsigned(bytes, &mut at)?;
        (block > 0 && parts > 0 && block % parts == 0).then_some(Delta {
            bytes,
            at,
            block,
            parts,
            count,
        })
    }

    fn at_most(&self, count: usize) -> Option<()> {
        (self.count <= count as u64).then_some(())
    }

    /// Returns the position where the numbers end: each block has a minimum
    /// difference, a width for each part, and the parts; the last parts may be
    /// left out.
    fn end(&self) -> Option<usize> {
        let mut at = self.at;
        let mut left = self.count.saturating_sub(1);
        let part = self.block / self.parts;
        while left > 0 {
            unsigned(self.bytes, &mut at)?;
            let parts = usize::try_from(self.parts).ok()?;
            let widths = self.bytes.get(at..at.checked_add(parts)?)?;
            at += parts;
            for &width in widths {
                if left == 0 {
                    break;
                }
                let bits = part.checked_mul(u64::from(width))?;
                at = at.checked_add(usize::try_from(bits / 8).ok()?)?;
                left = left.saturating_sub(part);
            }
        }
        Some(at)
    }
}

fn unsigned(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(page) = self.inner.get_next_page()? else {
            return Ok(None);
        };
        match self.check(&page) {
            Some(()) => Ok(Some(page)),
            None => Err(ParquetError::General(
                "a page says that it has more values than it can have".into(),
            )),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.inner.skip_next_page()
    }
}

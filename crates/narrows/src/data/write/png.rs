//! Writes rows that are images on one sheet.

use std::io::{self, Write};

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::base::error::{Error, Result};
use crate::data::table::{ImageShape, Table, Values};

/// The most pixels of a sheet; few programs open larger ones.
const MOST_PIXELS: u64 = 100_000_000;

/// The grey between the images: image borders are mostly black or white.
const GAP: u8 = 128;

/// The layout of rows: images across, and the sheet's size in pixels.
struct Sheet {
    across: usize,
    width: u64,
    height: u64,
}

impl Sheet {
    fn of(rows: usize, image: ImageShape) -> Self {
        let across = (1..).find(|n| n * n >= rows).unwrap_or(1);
        let down = rows.div_ceil(across);
        let pixels = |images: usize, side: usize| {
            (images as u64)
                .saturating_mul(side as u64 + 1)
                .saturating_sub(1)
        };
        Sheet {
            across,
            width: pixels(across, image.width),
            height: pixels(down, image.height),
        }
    }
}

/// Refuses rows that are not images, and more rows than fit on a sheet.
pub(super) fn check(table: &Table) -> Result<()> {
    check_rows(table.rows(), table.image)
}

fn check_rows(rows: usize, image: Option<ImageShape>) -> Result<()> {
    let Some(image) = image else {
        return Err(Error::usage(
            "rows that are not images, to be written as .png",
            "rows with a height and a width",
            "write .csv, .npy or .parquet instead",
        ));
    };
    let sheet = Sheet::of(rows, image);
    if sheet.width.saturating_mul(sheet.height) > MOST_PIXELS {
        return Err(Error::usage(
            format!("a sheet of {} x {} pixels", sheet.width, sheet.height),
            "at most 100 million pixels",
            "write fewer rows, or all of them as .npy",
        ));
    }
    Ok(())
}

/// Rows that become a sheet once all are there.
pub(super) struct PngWriter<W> {
    out: W,
    image: Option<ImageShape>,
    /// `[rows, height, width, channels]`
    pixels: Vec<u8>,
}

impl<W: Write> PngWriter<W> {
    /// Creates a sheet; the first rows have passed [`check`].
    pub fn new(out: W, like: &Table) -> Self {
        PngWriter {
            out,
            image: like.image,
            pixels: Vec::new(),
        }
    }

    /// Refuses more rows than fit on a sheet.
    pub fn check(&self, more: &Table) -> Result<()> {
        let features = self.image.map_or(1, |image| image.features());
        check_rows(self.pixels.len() / features + more.rows(), self.image)
    }

    pub fn add(&mut self, table: &Table) {
        match &table.values {
            Values::Bytes(values) => self.pixels.extend_from_slice(values),
            // `as` clamps values below 0 or above 255 to the nearer end.
            Values::Floats(values) => {
                self.pixels
                    .extend(values.iter().map(|value| value.round() as u8));
            }
        }
    }

    /// Returns the bytes of the pixels and of the sheet that they will be put
    /// on.
    pub fn holds(&self) -> usize {
        self.pixels.capacity() + self.pixels.len()
    }

    pub fn finish(self) -> io::Result<()> {
        let Some(image) = self.image else {
            return Err(io::Error::other("the rows are not images"));
        };
        let rows = self.pixels.len() / image.features();
        let sheet = Sheet::of(rows, image);
        let bytes_across = sheet.width as usize * image.channels;
        let mut pixels = vec![GAP; bytes_across * sheet.height as usize];
        let line = image.width * image.channels;
        for row in 0..rows {
            let top = row / sheet.across * (image.height + 1);
            let left = row % sheet.across * (image.width + 1) * image.channels;
            for y in 0..image.height {
                let to = (top + y) * bytes_across + left;
                let from = row * image.features() + y * line;
                pixels[to..to + line].copy_from_slice(&self.pixels[from..from + line]);
            }
        }
        let color = match image.channels {
            1 => ExtendedColorType::L8,
            _ => ExtendedColorType::Rgb8,
        };
        let mut out = self.out;
        PngEncoder::new(&mut out)
            .write_image(&pixels, sheet.width as u32, sheet.height as u32, color)
            .map_err(io::Error::other)?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: ImageShape = ImageShape {
        height: 1,
        width: 2,
        channels: 1,
    };

    fn decode(table: &Table) -> image::GrayImage {
        let mut bytes = Vec::new();
        let mut rows = PngWriter::new(&mut bytes, table);
        rows.add(table);
        rows.finish().unwrap();
        image::load_from_memory(&bytes).unwrap().into_luma8()
    }

    #[test]
    fn three_images_make_a_sheet_of_two_by_two() {
        let table = Table::from_images(vec![1, 2, 3, 4, 5, 6], TINY).unwrap();
        let sheet = decode(&table);
        assert_eq!(sheet.dimensions(), (5, 3));
        let g = GAP;
        let expected = [[1, 2, g, 3, 4], [g; 5], [5, 6, g, g, g]].concat();
        assert_eq!(sheet.into_raw(), expected);
    }

    #[test]
    fn floats_are_rounded_and_clamped() {
        let mut table = Table::from_floats(vec![-3.0, 254.6], 2).unwrap();
        table.image = Some(TINY);
        assert_eq!(decode(&table).into_raw(), [0, 255]);
    }

    #[test]
    fn what_fits_no_sheet_is_refused() {
        let table = Table::from_floats(vec![1.0], 1).unwrap();
        let error = check(&table).unwrap_err().to_string();
        assert!(error.contains("not images"), "{error}");
        let wide = ImageShape {
            height: 1,
            width: 1000,
            channels: 1,
        };
        let table = Table::from_images(vec![0; 60_000_000], wide).unwrap();
        let error = check(&table).unwrap_err().to_string();
        assert!(error.contains("100 million"), "{error}");
    }
}

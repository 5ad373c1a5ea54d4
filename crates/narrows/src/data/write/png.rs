//! Writes rows that are images on one sheet.

use std::io::{self, Write};

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::base::error::{Error, Result};
use crate::data::table::{ImageShape, Table, Values};

/// The most pixels of a sheet; few programs open larger ones.
const MOST_PIXELS: u64 = 100_000_000;

/// The grey between the images, in parts of 255: image borders are mostly black
/// or white.
const GAP: u16 = 128;

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

    /// Returns the sheet with the pixels of all rows on it, and `gap` between
    /// them.
    fn of_pixels<T: Copy>(&self, pixels: &[T], image: ImageShape, gap: T) -> Vec<T> {
        let line_of_sheet = self.width as usize * image.channels;
        let mut sheet = vec![gap; line_of_sheet * self.height as usize];
        let line = image.width * image.channels;
        for (row, pixels) in pixels.chunks_exact(image.features()).enumerate() {
            let top = row / self.across * (image.height + 1);
            let left = row % self.across * (image.width + 1) * image.channels;
            for (y, pixels) in pixels.chunks_exact(line).enumerate() {
                let to = (top + y) * line_of_sheet + left;
                sheet[to..to + line].copy_from_slice(pixels);
            }
        }
        sheet
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
    pixels: Pixels,
}

/// Pixels of 8 or of 16 bits, as the rows have them.
enum Pixels {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

impl Pixels {
    fn len(&self) -> usize {
        match self {
            Pixels::Bytes(pixels) => pixels.len(),
            Pixels::Words(pixels) => pixels.len(),
        }
    }
}

impl<W: Write> PngWriter<W> {
    /// Creates a sheet; the first rows have passed [`check`].
    pub fn new(out: W, like: &Table) -> Self {
        PngWriter {
            out,
            image: like.image,
            pixels: match like.words {
                true => Pixels::Words(Vec::new()),
                false => Pixels::Bytes(Vec::new()),
            },
        }
    }

    /// Refuses more rows than fit on a sheet.
    pub fn check(&self, more: &Table) -> Result<()> {
        let features = self.image.map_or(1, |image| image.features());
        check_rows(self.pixels.len() / features + more.rows(), self.image)
    }

    pub fn add(&mut self, table: &Table) {
        // `as` clamps values beyond the ends to the nearer end.
        match (&mut self.pixels, &table.values) {
            (Pixels::Bytes(pixels), Values::Bytes(values)) => pixels.extend_from_slice(values),
            (Pixels::Bytes(pixels), Values::Floats(values)) => {
                pixels.extend(values.iter().map(|value| value.round() as u8));
            }
            (Pixels::Words(pixels), Values::Floats(values)) => {
                pixels.extend(values.iter().map(|value| value.round() as u16));
            }
            (Pixels::Words(pixels), Values::Bytes(values)) => {
                pixels.extend(values.iter().map(|&value| u16::from(value)));
            }
        }
    }

    /// Returns the bytes of the pixels and of the sheet that they will be put
    /// on.
    pub fn holds(&self) -> usize {
        match &self.pixels {
            Pixels::Bytes(pixels) => pixels.capacity() + pixels.len(),
            Pixels::Words(pixels) => 2 * (pixels.capacity() + 2 * pixels.len()),
        }
    }

    pub fn finish(self) -> io::Result<()> {
        let Some(image) = self.image else {
            return Err(io::Error::other("the rows are not images"));
        };
        let rows = self.pixels.len() / image.features();
        let sheet = Sheet::of(rows, image);
        let grey = image.channels == 1;
        let (pixels, colour) = match &self.pixels {
            Pixels::Bytes(pixels) => (
                sheet.of_pixels(pixels, image, GAP as u8),
                match grey {
                    true => ExtendedColorType::L8,
                    false => ExtendedColorType::Rgb8,
                },
            ),
            Pixels::Words(pixels) => (
                // The encoder takes 16-bit pixels in the machine's own order.
                sheet
                    .of_pixels(pixels, image, GAP * 257)
                    .into_iter()
                    .flat_map(u16::to_ne_bytes)
                    .collect(),
                match grey {
                    true => ExtendedColorType::L16,
                    false => ExtendedColorType::Rgb16,
                },
            ),
        };
        let mut out = self.out;
        PngEncoder::new(&mut out)
            .write_image(&pixels, sheet.width as u32, sheet.height as u32, colour)
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
        let g = GAP as u8;
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
    fn pixels_of_16_bits_stay_so() {
        let mut table = Table::from_floats(vec![-3.0, 300.4, 70_000.0, 4.0], 2).unwrap();
        (table.image, table.words) = (Some(TINY), true);
        let mut bytes = Vec::new();
        let mut rows = PngWriter::new(&mut bytes, &table);
        rows.add(&table);
        rows.finish().unwrap();
        let sheet = match image::load_from_memory(&bytes).unwrap() {
            image::DynamicImage::ImageLuma16(sheet) => sheet.into_raw(),
            other => panic!("{:?}", other.color()),
        };
        assert_eq!(sheet, [0, 300, 128 * 257, 65_535, 4]);
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

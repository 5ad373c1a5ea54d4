//! Decodes one picture: its pixels as they are to be seen.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::jpeg;
use crate::base::error::{Error, Place, Result, one_line};
use crate::data::read::allowance::MOST_VALUES;

/// The longest side of an image, and the most memory for decoding one: a small
/// file can claim to unpack to any size.
const LONGEST_SIDE: u32 = 16_384;
const MOST_MEMORY: u64 = 128 << 20;

/// The most bytes of a file; even unpacked, pictures have far fewer.
const MOST_BYTES: u64 = 256 << 20;

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Header {
    pub height: usize,
    pub width: usize,
    pub has_colour: bool,
    /// The bits of each value: 8 or 16.
    pub depth: u8,
}

/// The pixels of a picture, `[height, width, channels]`.
pub(super) struct Picture {
    pub header: Header,
    pub pixels: Pixels,
    /// Whether some pixel is not opaque, so that it was blended with white.
    pub is_transparent: bool,
}

/// Values of 8 bits, 0 to 255, or of 16 bits, 0 to 65,535.
pub(super) enum Pixels {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

/// Reads a file's header; `None` if it cannot be read, which decoding reports.
pub(super) fn header(path: &Path) -> Option<Header> {
    let mut reader = ImageReader::new(BufReader::new(File::open(path).ok()?));
    reader = reader.with_guessed_format().ok()?;
    if reader.format() == Some(ImageFormat::Jpeg) {
        // The decoder would read the whole file.
        let mut file = reader.into_inner();
        let found = jpeg::header(|at, count| {
            let mut bytes = vec![0; count];
            file.seek(SeekFrom::Start(at)).ok()?;
            file.read_exact(&mut bytes).ok()?;
            Some(bytes)
        })?;
        let (height, width) = turned(found.orientation, found.height, found.width);
        return Some(Header {
            height,
            width,
            has_colour: found.has_colour,
            depth: 8,
        });
    }
    reader.limits(limits());
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    Some(header_of(&decoder, orientation))
}

fn header_of(decoder: &impl ImageDecoder, orientation: Orientation) -> Header {
    let (width, height) = decoder.dimensions();
    let (height, width) = turned(orientation, height, width);
    let kind = decoder.color_type();
    Header {
        height,
        width,
        has_colour: kind.has_color(),
        depth: if kind.bytes_per_pixel() > kind.channel_count() {
            16
        } else {
            8
        },
    }
}

/// Returns the height and width that a picture has upright.
fn turned(orientation: Orientation, height: u32, width: u32) -> (usize, usize) {
    let (height, width) = (height as usize, width as usize);
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (width, height),
        _ => (height, width),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

/// Decodes a file; its first bytes decide its kind, not its name.
pub(super) fn decode(origin: &str, name: &str, path: &Path) -> Result<Picture> {
    let fail = |e| Error::file(path.display(), "read", e);
    let refuse = |found: String, expected: &str, hint: &str| {
        Error::data(origin, Place::Member(name.into()), found, expected, hint)
    };
    let broken = |found: String| {
        refuse(
            found,
            "a PNG, JPEG or BMP image",
            "replace it or take it out of the folder",
        )
    };
    let unreadable = |error: image::ImageError| {
        let reason = one_line(&error);
        let reason = match reason.contains("CRC error") {
            true => "its checksum does not match".into(),
            false => reason.replace("Format error decoding ", ""),
        };
        broken(format!("a file that cannot be decoded ({reason})")).caused_by(error)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(fail)?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(fail)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(broken("a file of more than 256 MiB".into()));
    }
    let mut reader = ImageReader::new(Cursor::new(&bytes[..]));
    reader.limits(limits());
    let reader = reader.with_guessed_format().map_err(fail)?;
    let format = reader.format();
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    // A picture with a wrong orientation tag is shown as it is, as elsewhere.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let header = header_of(&decoder, orientation);
    let (width, height) = decoder.dimensions();
    let channels = if header.has_colour { 3 } else { 1 };
    if u64::from(width) * u64::from(height) * channels > MOST_VALUES as u64 {
        return Err(refuse(
            format!("{width}x{height} pixels (width x height)"),
            &format!("at most {MOST_VALUES} values in an image"),
            "make the images smaller",
        ));
    }
    let whole = match format {
        Some(ImageFormat::Jpeg) => jpeg::check_whole(&bytes, (width, height)),
        Some(ImageFormat::Png) => check_png_end(&bytes),
        _ => Ok(()),
    };
    whole.map_err(|reason| broken(format!("a file that {reason}")))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    let (pixels, is_transparent) = opaque(image);
    Ok(Picture {
        header,
        pixels,
        is_transparent,
    })
}

/// Refuses a PNG file without its last chunk, which the decoder does not ask
/// for.
fn check_png_end(bytes: &[u8]) -> std::result::Result<(), String> {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        at = at.saturating_add(12).saturating_add(length);
        if &head[4..] == b"IEND" && at <= bytes.len() {
            return Ok(());
        }
    }
    Err("has no end: it is cut short".into())
}

/// Blends what is not opaque with white, so that a colour hidden under
/// transparency is no data. Returns whether anything was blended.
fn opaque(image: DynamicImage) -> (Pixels, bool) {
    match image {
        DynamicImage::ImageLuma8(image) => (Pixels::Bytes(image.into_raw()), false),
        DynamicImage::ImageRgb8(image) => (Pixels::Bytes(image.into_raw()), false),
        DynamicImage::ImageLumaA8(image) => {
            let (pixels, blended) = blend::<u8, 2>(&image, 255);
            (Pixels::Bytes(pixels), blended)
        }
        DynamicImage::ImageRgba8(image) => {
            let (pixels, blended) = blend::<u8, 4>(&image, 255);
            (Pixels::Bytes(pixels), blended)
        }
        DynamicImage::ImageLuma16(image) => (Pixels::Words(image.into_raw()), false),
        DynamicImage::ImageRgb16(image) => (Pixels::Words(image.into_raw()), false),
        DynamicImage::ImageLumaA16(image) => {
            let (pixels, blended) = blend::<u16, 2>(&image, 65_535);
            (Pixels::Words(pixels), blended)
        }
        // Floats come from no format that is read.
        other => {
            let (pixels, blended) = blend::<u16, 4>(&other.into_rgba16(), 65_535);
            (Pixels::Words(pixels), blended)
        }
    }
}

/// Blends pixels of `N` values, the last of them their opacity, with white.
fn blend<T, const N: usize>(values: &[T], white: u64) -> (Vec<T>, bool)
where
    T: Copy + Into<u64> + TryFrom<u64>,
{
    let mut blended = false;
    let mut out = Vec::with_capacity(values.len() / N * (N - 1));
    let (pixels, _) = values.as_chunks::<N>();
    for pixel in pixels {
        let alpha: u64 = pixel[N - 1].into();
        blended |= alpha < white;
        out.extend(pixel[..N - 1].iter().map(|&value| {
            let light = value.into() * alpha + white * (white - alpha);
            // Never more than white.
            T::try_from((light + white / 2) / white).unwrap_or(value)
        }));
    }
    (out, blended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_are_blended_with_white() {
        let (grey, blended) = blend::<u8, 2>(&[10, 255, 10, 0, 0, 51], 255);
        assert_eq!((grey, blended), (vec![10, 255, 204], true));
        let (colour, blended) = blend::<u16, 4>(&[1, 2, 65_535, 65_535], 65_535);
        assert_eq!((colour, blended), (vec![1, 2, 65_535], false));
    }
}

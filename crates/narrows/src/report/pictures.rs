//! Encodes images as `data:` URIs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Resampling};
use image::{DynamicImage, GrayImage, RgbImage, Rgba, RgbaImage};

use crate::data::table::ImageShape;

/// Larger images are shrunk to this many pixels a side.
pub(super) const SIDE: u32 = 64;
/// Pixels a side if there are hundreds of images.
pub(super) const SMALL: u32 = 36;
/// Positive and negative weights: every eye can tell orange from blue.
const ABOVE: [u8; 3] = [0xd5, 0x5e, 0x00];
const BELOW: [u8; 3] = [0x1f, 0x77, 0xb4];

/// A picture ready for an `<img>`.
#[derive(Clone)]
pub(super) struct Picture {
    pub uri: String,
    pub title: String,
    pub width: u32,
    pub height: u32,
    /// The mark that sets the picture apart, if any.
    pub mark: &'static str,
}

/// Turns pixels `[height, width, channels]` into a picture of at most `side`
/// pixels a side.
pub(super) fn picture(pixels: &[u8], shape: ImageShape, title: String, side: u32) -> Picture {
    let (width, height) = (shape.width as u32, shape.height as u32);
    let whole = match shape.channels {
        3 => RgbImage::from_raw(width, height, pixels.to_vec()).map(DynamicImage::from),
        // With any other number of channels, the first is shown.
        channels => {
            let grey = pixels.iter().step_by(channels.max(1)).copied().collect();
            GrayImage::from_raw(width, height, grey).map(DynamicImage::from)
        }
    };
    finished(whole.unwrap_or_default(), title, side)
}

/// Turns values `[height, width, channels]` from -1 to 1 into a picture: three
/// channels as red, green and blue around grey; else the value of largest size
/// as blue through clear to orange, by colour and opacity, so that 0 is the
/// paper, light or dark.
pub(super) fn signed(values: &[f32], shape: ImageShape, title: String, side: u32) -> Picture {
    let channels = shape.channels.max(1);
    if channels == 3 {
        let level = |value: &f32| (128.0 + 127.0 * value.clamp(-1.0, 1.0)).round() as u8;
        let levels: Vec<u8> = values.iter().map(level).collect();
        return picture(&levels, shape, title, side);
    }
    let mut drawn = RgbaImage::new(shape.width as u32, shape.height as u32);
    for (pixel, values) in drawn.pixels_mut().zip(values.chunks(channels)) {
        let larger = |most: f32, &value: &f32| {
            if value.abs() > most.abs() {
                value
            } else {
                most
            }
        };
        let value = values.iter().fold(0.0, larger);
        let [red, green, blue] = if value > 0.0 { ABOVE } else { BELOW };
        // A few steps look as clear, and make smaller files.
        let opacity = (value.abs().min(1.0) * 31.0).round() / 31.0 * 255.0;
        *pixel = match opacity > 0.0 {
            true => Rgba([red, green, blue, opacity as u8]),
            false => Rgba([0, 0, 0, 0]),
        };
    }
    finished(drawn.into(), title, side)
}

/// Puts images `[height, width, channels]` of one shape in lines of `across`
/// into one picture, each shrunk to at most `side` pixels a side. Also returns
/// the size of a tile.
pub(super) fn sheet(
    images: &[&[u8]],
    shape: ImageShape,
    across: usize,
    side: u32,
) -> (Picture, (u32, u32)) {
    let (width, height) = shrunk((shape.width as u32, shape.height as u32), side);
    let lines = images.len().div_ceil(across.max(1)) as u32;
    let colour = shape.channels == 3;
    let mut sheet = match colour {
        true => DynamicImage::new_rgb8(width * across as u32, height * lines),
        false => DynamicImage::new_luma8(width * across as u32, height * lines),
    };
    for (at, pixels) in images.iter().enumerate() {
        let whole = match colour {
            true => RgbImage::from_raw(shape.width as u32, shape.height as u32, pixels.to_vec())
                .map(DynamicImage::from),
            false => {
                let grey = pixels.iter().step_by(shape.channels.max(1)).copied();
                GrayImage::from_raw(shape.width as u32, shape.height as u32, grey.collect())
                    .map(DynamicImage::from)
            }
        };
        let tile = at_most(whole.unwrap_or_default(), side);
        let (column, line) = (at % across, at / across);
        let (x, y) = (
            column as i64 * i64::from(width),
            line as i64 * i64::from(height),
        );
        match &mut sheet {
            DynamicImage::ImageRgb8(sheet) => imageops::replace(sheet, &tile.to_rgb8(), x, y),
            DynamicImage::ImageLuma8(sheet) => imageops::replace(sheet, &tile.to_luma8(), x, y),
            _ => {}
        }
    }
    (encoded(&sheet, String::new()), (width, height))
}

fn finished(image: DynamicImage, title: String, side: u32) -> Picture {
    encoded(&at_most(image, side), title)
}

/// Returns the size at which the longer side is at most `side`.
fn shrunk((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longest = width.max(height);
    match longest > side {
        true => {
            let less = |length: u32| (length * side / longest).max(1);
            (less(width), less(height))
        }
        false => (width, height),
    }
}

fn at_most(image: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = shrunk((image.width(), image.height()), side);
    match (width, height) == (image.width(), image.height()) {
        true => image,
        false => match image {
            DynamicImage::ImageRgba8(image) => {
                imageops::resize(&image, width, height, Resampling::Triangle).into()
            }
            image => image.resize_exact(width, height, Resampling::Triangle),
        },
    }
}

fn encoded(image: &DynamicImage, title: String) -> Picture {
    let mut png = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
    Picture {
        uri: match image.write_with_encoder(encoder) {
            Ok(()) => format!("data:image/png;base64,{}", STANDARD.encode(png)),
            // An image without pixels.
            Err(_) => String::new(),
        },
        title,
        width: image.width(),
        height: image.height(),
        mark: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(picture: &Picture) -> DynamicImage {
        let text = picture.uri.strip_prefix("data:image/png;base64,").unwrap();
        image::load_from_memory(&STANDARD.decode(text).unwrap()).unwrap()
    }

    #[test]
    fn a_picture_keeps_its_pixels_and_a_large_one_is_shrunk() {
        let shape = ImageShape {
            height: 1,
            width: 2,
            channels: 3,
        };
        let picture = picture(&[1, 2, 3, 4, 5, 6], shape, String::new(), SIDE);
        assert_eq!(decoded(&picture).into_rgb8().into_raw(), [1, 2, 3, 4, 5, 6]);
        let shape = ImageShape {
            height: 100,
            width: 200,
            channels: 1,
        };
        let large = super::picture(&[7; 20_000], shape, String::new(), SIDE);
        let large = decoded(&large).into_luma8();
        assert_eq!(large.dimensions(), (64, 32));
        assert!(large.into_raw().iter().all(|&p| p == 7));
    }

    #[test]
    fn weights_of_0_are_clear_and_signs_have_their_colours() {
        let shape = ImageShape {
            height: 1,
            width: 3,
            channels: 1,
        };
        let drawn = signed(&[0.0, 1.0, -1.0], shape, String::new(), SIDE);
        let drawn = decoded(&drawn).into_rgba8();
        let pixels: Vec<[u8; 4]> = drawn.pixels().map(|p| p.0).collect();
        let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
        assert_eq!(pixels, [[0; 4], opaque(ABOVE), opaque(BELOW)]);
    }

    #[test]
    fn a_sheet_holds_every_image_in_its_place() {
        let shape = ImageShape {
            height: 1,
            width: 2,
            channels: 1,
        };
        let images: [&[u8]; 3] = [&[1, 2], &[3, 4], &[5, 6]];
        let (sheet, tile) = sheet(&images, shape, 2, SIDE);
        assert_eq!((tile, sheet.width, sheet.height), ((2, 1), 4, 2));
        let pixels = decoded(&sheet).into_luma8().into_raw();
        assert_eq!(pixels, [1, 2, 3, 4, 5, 6, 0, 0]);
    }
}

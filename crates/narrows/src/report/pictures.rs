//! Images as `data:` URIs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Resampling};
use image::{DynamicImage, GrayImage, RgbImage, Rgba, RgbaImage};

use super::text::{count, number};
use crate::look::{Filter, Filters};
use crate::table::ImageShape;

/// Larger images are shrunk to this many pixels a side.
const SIDE: u32 = 64;
/// Positive and negative weights: orange and blue differ for every eye.
const ABOVE: [u8; 3] = [0xd5, 0x5e, 0x00];
const BELOW: [u8; 3] = [0x1f, 0x77, 0xb4];

/// A picture ready for an `<img>`.
pub(super) struct Picture {
    pub uri: String,
    pub title: String,
}

/// The filters, and what they say.
pub(super) struct FiltersView {
    pub shown: Vec<Picture>,
    pub says: String,
}

/// Pixels `[height, width, channels]` as a picture.
pub(super) fn picture(pixels: &[u8], shape: ImageShape, title: String) -> Picture {
    let (width, height) = (shape.width as u32, shape.height as u32);
    let whole = match shape.channels {
        3 => RgbImage::from_raw(width, height, pixels.to_vec()).map(DynamicImage::from),
        // Of any other number of channels the first is shown.
        channels => {
            let grey = pixels.iter().step_by(channels.max(1)).copied().collect();
            GrayImage::from_raw(width, height, grey).map(DynamicImage::from)
        }
    };
    Picture {
        uri: whole.map(uri).unwrap_or_default(),
        title,
    }
}

pub(super) fn filters(filters: &Filters) -> FiltersView {
    let all = count(filters.units);
    let (noun, hint) = match filters.kernels {
        true => (
            "kernels",
            "One side orange and one side blue finds edges, a single colour strokes as they are.",
        ),
        false => (
            "units",
            "Strokes and edges mean that something was learnt, noise that little was.",
        ),
    };
    let which = match filters.shown.len() == filters.units {
        true => format!("All {all} {noun}"),
        false => format!("{} of the {all} {noun}", count(filters.shown.len())),
    };
    FiltersView {
        shown: filters
            .shown
            .iter()
            .map(|f| filter(f, filters.image))
            .collect(),
        says: format!(
            "{which} of the first layer, those whose output varies most coming first. Orange pixels raise the output, blue ones lower it, clear ones do not matter; each is shown at its own contrast. {hint}"
        ),
    }
}

/// Weights as colour and opacity, so that 0 is the paper, light or dark.
fn filter(filter: &Filter, shape: ImageShape) -> Picture {
    let channels = shape.channels.max(1);
    let mut drawn = RgbaImage::new(shape.width as u32, shape.height as u32);
    for (pixel, weights) in drawn.pixels_mut().zip(filter.weights.chunks(channels)) {
        let weight = weights.iter().sum::<f32>() / channels as f32;
        let [red, green, blue] = if weight > 0.0 { ABOVE } else { BELOW };
        // Few steps are as clear to the eye, and make smaller files.
        let opacity = (weight.abs().min(1.0) * 31.0).round() / 31.0 * 255.0;
        *pixel = match opacity > 0.0 {
            true => Rgba([red, green, blue, opacity as u8]),
            false => Rgba([0, 0, 0, 0]),
        };
    }
    Picture {
        uri: uri(drawn.into()),
        title: format!(
            "unit {}: standard deviation {}, largest weight {}",
            count(filter.unit),
            number(f64::from(filter.deviation)),
            number(f64::from(filter.largest))
        ),
    }
}

fn uri(image: DynamicImage) -> String {
    let longest = image.width().max(image.height());
    let image = match longest > SIDE {
        true => {
            let shrunk = |side: u32| (side * SIDE / longest).max(1);
            let (width, height) = (shrunk(image.width()), shrunk(image.height()));
            match image {
                DynamicImage::ImageRgba8(image) => {
                    imageops::resize(&image, width, height, Resampling::Triangle).into()
                }
                image => image.resize_exact(width, height, Resampling::Triangle),
            }
        }
        false => image,
    };
    let mut png = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
    match image.write_with_encoder(encoder) {
        Ok(()) => format!("data:image/png;base64,{}", STANDARD.encode(png)),
        // An image without pixels.
        Err(_) => String::new(),
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
        let picture = picture(&[1, 2, 3, 4, 5, 6], shape, String::new());
        assert_eq!(decoded(&picture).into_rgb8().into_raw(), [1, 2, 3, 4, 5, 6]);
        let shape = ImageShape {
            height: 100,
            width: 200,
            channels: 1,
        };
        let large = super::picture(&[7; 20_000], shape, String::new());
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
        let unit = Filter {
            unit: 1,
            deviation: 1.0,
            largest: 2.0,
            weights: vec![0.0, 1.0, -1.0],
        };
        let drawn = decoded(&filter(&unit, shape)).into_rgba8();
        let pixels: Vec<[u8; 4]> = drawn.pixels().map(|p| p.0).collect();
        let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
        assert_eq!(pixels, [[0; 4], opaque(ABOVE), opaque(BELOW)]);
    }
}

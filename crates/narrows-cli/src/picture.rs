//! Renders an SVG image as a PNG.

use narrows::{Error, Result};
use resvg::{tiny_skia, usvg};

/// Pixels for each unit of the drawing: sharp on today's screens.
const SCALE: f32 = 2.0;
/// Viewers do not open pictures with more pixels than this on a side.
const LONGEST: f32 = 20_000.0;

/// Renders an SVG image as a PNG. Its texts use a font that the program
/// carries, so that it looks the same everywhere.
pub fn png(svg: &str) -> Result<Vec<u8>> {
    let failed = |reason: String| Error::usage(reason, "a drawing", "try .svg");
    let mut options = usvg::Options {
        font_family: "DejaVu Sans".into(),
        ..usvg::Options::default()
    };
    let fonts = options.fontdb_mut();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    let tree = usvg::Tree::from_str(svg, &options).map_err(|e| failed(e.to_string()))?;
    let size = tree.size();
    let scale = SCALE.min(LONGEST / size.width().max(size.height()));
    let (width, height) = (size.width() * scale, size.height() * scale);
    let mut pixels = tiny_skia::Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| failed(format!("{width} x {height} pixels")))?;
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| failed(e.to_string()))
}

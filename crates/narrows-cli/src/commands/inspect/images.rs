//! Images as JSON and as text: their shape and the range of their pixels.

use narrows::program::visible;
use narrows::{ImageShape, Table};
use serde_json::{Value, json};

use crate::output::{grouped, plural, short};

/// Returns the shape of a table's images and the range of all pixels.
pub fn json(table: &Table, image: ImageShape) -> Value {
    let range = Range::of(table);
    json!({
        "height": image.height,
        "width": image.width,
        "channels": image.channels,
        "depth": table.depth(),
        "min": range.low,
        "mean": range.mean,
        "max": range.high,
        "missing": range.missing,
    })
}

/// Describes images and the range of their pixels.
pub fn text(table: &Table, image: ImageShape) -> String {
    let depth = table.depth().map(|depth| format!(", {depth} bits"));
    let range = Range::of(table);
    let missing = match range.missing {
        0 => String::new(),
        count => format!(", {} missing", grouped(count)),
    };
    format!(
        "{}: {}\n  {} x {} pixels (height x width), {}{}\n  values from {} to {}, mean {}{missing}\n",
        visible(table.origin()),
        plural(table.rows(), "image"),
        image.height,
        image.width,
        match image.channels {
            1 => "grey",
            _ => "colour",
        },
        depth.unwrap_or_default(),
        range.low,
        range.high,
        short(range.mean),
    )
}

/// The range of all pixels.
struct Range {
    low: f32,
    mean: f64,
    high: f32,
    missing: usize,
}

impl Range {
    fn of(table: &Table) -> Self {
        let (mut low, mut high, mut sum, mut missing) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0);
        let mut values = Vec::new();
        for row in 0..table.rows() {
            values.clear();
            table.push_row(row, &mut values);
            for &value in &values {
                if value.is_nan() {
                    missing += 1;
                    continue;
                }
                (low, high, sum) = (low.min(value), high.max(value), sum + f64::from(value));
            }
        }
        let known = table.rows() * table.columns().len() - missing;
        Range {
            low,
            mean: sum / known.max(1) as f64,
            high,
            missing,
        }
    }
}

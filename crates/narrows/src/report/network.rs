//! Draws the network as a row of layers.

use super::chart::Chart;
use super::text::{count, counted, px};
use crate::config::{Activation, Config};
use crate::model::Model;
use crate::network::map::RowShape;

/// The drawing, and its caption.
pub(super) struct Diagram {
    pub chart: Chart,
    pub says: String,
}

const WIDTH: f64 = 860.0;
const MIDDLE: f64 = 96.0;
const TALLEST: f64 = 150.0;
/// Largest number of layers with room for texts.
const NAMED: usize = 11;

pub(super) fn diagram(model: &Model) -> Diagram {
    let config = &model.config;
    let encoder = model.coder.network.shapes();
    let depth = encoder.len() - 1;
    let shapes: Vec<RowShape> = encoder
        .iter()
        .chain(encoder[..depth].iter().rev())
        .copied()
        .collect();
    let widths: Vec<usize> = shapes.iter().map(|stage| stage.values()).collect();
    let mut chart = Chart::new(words(&shapes), WIDTH as u32, 232);
    let most = widths.iter().copied().max().unwrap_or(1) as f64;
    // Square roots keep a narrow code visible next to thousands of units.
    let height = |width: usize| (TALLEST * (width as f64 / most).sqrt()).max(6.0);
    let step = WIDTH / widths.len() as f64;
    let bar = (step * 0.2).min(18.0);
    let at = |place: usize| step * (place as f64 + 0.5);
    for (place, pair) in widths.windows(2).enumerate() {
        let (from, to) = (at(place) + bar / 2.0, at(place + 1) - bar / 2.0);
        let (a, b) = (height(pair[0]) / 2.0, height(pair[1]) / 2.0);
        let corners = [
            (from, MIDDLE - a),
            (to, MIDDLE - b),
            (to, MIDDLE + b),
            (from, MIDDLE + a),
        ];
        chart.path("flow", &corners);
    }
    for (place, (&width, &stage)) in widths.iter().zip(&shapes).enumerate() {
        let half = height(width) / 2.0;
        let class = if place == depth {
            "layer code"
        } else {
            "layer"
        };
        let role = role(place, depth);
        chart.rect(
            class,
            (at(place) - bar / 2.0, MIDDLE - half),
            (at(place) + bar / 2.0, MIDDLE + half),
            format!(
                "{role}: {}",
                units(stage, if place == depth { "unit" } else { noun(role) })
            ),
        );
        if widths.len() <= NAMED || [0, depth, 2 * depth].contains(&place) {
            chart.text("count mid", at(place), 196.0, word(stage));
            let activation = activation(config, place, depth);
            chart.text("name mid", at(place), 214.0, role);
            chart.text("name mid", at(place), 229.0, activation.unwrap_or_default());
        }
    }
    debug_assert!(chart.rects.iter().all(|r| r.width == px(bar)));
    Diagram {
        chart,
        says: says(model),
    }
}

fn role(place: usize, depth: usize) -> &'static str {
    match place {
        0 => "input",
        _ if place == depth => "code",
        _ if place == 2 * depth => "reconstruction",
        _ => "hidden",
    }
}

fn noun(role: &str) -> &'static str {
    match role {
        "hidden" => "unit",
        _ => "feature",
    }
}

fn activation(config: &Config, place: usize, depth: usize) -> Option<&'static str> {
    let activation = match place {
        0 => return None,
        _ if place == depth => config.code_activation(),
        _ if place == 2 * depth => config.network.output,
        _ => config.network.hidden_activation(),
    };
    Some(match activation {
        Activation::Identity => "identity",
        Activation::Sigmoid => "sigmoid",
        Activation::Tanh => "tanh",
        Activation::Relu => "ReLU",
        Activation::LeakyRelu => "leaky ReLU",
        Activation::Elu => "ELU",
        Activation::Selu => "SELU",
        Activation::Gelu => "GELU",
        Activation::Softplus => "softplus",
    })
}

/// Returns the shapes as in `784 → 300 → 150 → 300 → 784`.
pub(super) fn words(shapes: &[RowShape]) -> String {
    let words: Vec<String> = shapes.iter().map(|&stage| word(stage)).collect();
    words.join(" → ")
}

/// Returns `784`, `28 × 28`, or `16 × 14 × 14` for 16 maps.
fn word(stage: RowShape) -> String {
    match stage {
        RowShape::Values(values) => count(values),
        RowShape::Image(image) if image.channels == 1 => {
            format!("{} × {}", image.height, image.width)
        }
        RowShape::Image(image) => {
            format!("{} × {} × {}", image.height, image.width, image.channels)
        }
        RowShape::Maps(maps) => format!("{} × {} × {}", maps.channels, maps.height, maps.width),
    }
}

fn units(stage: RowShape, noun: &str) -> String {
    match stage {
        RowShape::Maps(maps) => format!(
            "{} of {} × {} pixels",
            counted(maps.channels, "map"),
            maps.height,
            maps.width
        ),
        _ => counted(stage.values(), noun),
    }
}

fn says(model: &Model) -> String {
    let config = &model.config.network;
    let mut says = format!(
        "Left of the code the encoder, right of it the decoder; heights follow the root of the layers' widths. {} were trained",
        counted(model.weight_count(), "weight"),
    );
    says += match config.tied {
        true => "; the decoder's matrices are the encoder's, transposed (tied).",
        false => ".",
    };
    if let Some(convolutional) = &model.config.convolutional {
        says += &format!(
            " The outermost layers are convolutions: kernels of {0} × {0} pixels, {1} apart, and on the way back their transposes.",
            convolutional.kernel,
            counted(convolutional.stride, "pixel")
        );
    }
    if config.batch_norm {
        says += " Hidden layers are batch-normalised.";
    }
    if config.dropout > 0.0 {
        says += &format!(
            " In training {} of the hidden units' outputs were set to 0 at random.",
            super::text::percent(f64::from(config.dropout))
        );
    }
    says
}

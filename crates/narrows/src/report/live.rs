//! Writes what the page's script needs, as compact JSON: a decoder in 8 bits a
//! weight, and rows that can be chosen on a map.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::pictures::{SMALL, sheet};
use super::text::{clipped, count};
use crate::look::{Cell, DecoderLayer, Live, Point, RowValues};

/// Number of letters shown of a text of the data.
const TEXT: usize = 32;
/// Number of tiles in a line of a sheet.
const ACROSS: usize = 40;

/// The data, and the hash that lets the page run its script.
pub(super) struct LiveView {
    pub data: String,
    pub script: &'static str,
    pub script_hash: String,
}

/// The page's script: its files in one scope of its own.
const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("../../templates/report/script/help.js"),
    include_str!("../../templates/report/script/decoder.js"),
    include_str!("../../templates/report/script/picture.js"),
    include_str!("../../templates/report/script/columns.js"),
    include_str!("../../templates/report/script/sliders.js"),
    include_str!("../../templates/report/script/rows.js"),
    include_str!("../../templates/report/script/maps.js"),
    include_str!("../../templates/report/script/start.js"),
    "})();\n",
);

pub(super) fn view(live: &Live) -> LiveView {
    LiveView {
        data: in_script(&data(live)),
        script: SCRIPT,
        script_hash: STANDARD.encode(<sha2::Sha256 as sha2::Digest>::digest(SCRIPT)),
    }
}

/// Writes JSON that cannot end its enclosing element.
fn in_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

fn data(live: &Live) -> Value {
    let why = match &live.decoder {
        Some(_) => Value::Null,
        None => "This model's decoder is too large for a page, or not made of dense layers; `narrows decode` decodes any code.".into(),
    };
    let (offsets, factors): (Vec<f32>, Vec<f32>) = live.own.iter().copied().unzip();
    let columns: Vec<Value> = live
        .table
        .iter()
        .map(|column| {
            json!({
                "name": clipped(&column.name, TEXT),
                "from": column.from,
                "levels": column.levels.as_ref().map(|levels| {
                    levels.iter().map(|level| clipped(level, TEXT)).collect::<Vec<String>>()
                }),
                "low": rounded(column.range.0),
                "high": rounded(column.range.1),
                "logits": column.logits,
                "curve": (!column.curve.is_empty()).then_some(&column.curve),
                "circle": column.circle,
            })
        })
        .collect();
    let sliders: Vec<Value> = live
        .sliders
        .iter()
        .map(|slider| {
            json!({
                "unit": slider.unit - 1,
                "low": slider.low,
                "high": slider.high,
                "swing": slider.deviation,
            })
        })
        .collect();
    json!({
        "code": live.code,
        "features": live.features,
        "image": live.shape.image,
        "decoder": live.decoder.as_ref().map(|layers| {
            layers.iter().map(layer).collect::<Vec<Value>>()
        }),
        "why_no_decoder": why,
        "own": {"offset": floats(&offsets), "factor": floats(&factors)},
        "pixels": [live.pixels.0, live.pixels.1],
        "columns": live.shape.image.is_none().then_some(columns),
        "sliders": sliders,
        "start": floats(&live.start),
        "points": points(live),
    })
}

fn points(live: &Live) -> Value {
    let points = &live.points;
    let name = |point: &Point| match &point.id {
        Some(id) => clipped(id, TEXT),
        None => format!("row {}", count(point.row)),
    };
    let labels: Option<Vec<String>> = points
        .iter()
        .map(|point| point.label.as_ref().map(|label| clipped(label, TEXT)))
        .collect();
    let codes: Vec<f32> = points.iter().flat_map(|p| p.code.iter().copied()).collect();
    json!({
        "names": points.iter().map(name).collect::<Vec<String>>(),
        "labels": labels,
        "errors": points.iter().map(|p| rounded(p.error)).collect::<Vec<f32>>(),
        "codes": floats(&codes),
        "tiles": tiles(live),
        "rows": live.shape.image.is_none().then(|| {
            let row = |point: &Point| json!({
                "input": cells(&point.input),
                "reconstruction": cells(&point.reconstruction),
            });
            points.iter().map(row).collect::<Vec<Value>>()
        }),
    })
}

fn tiles(live: &Live) -> Option<Value> {
    let shape = live.shape.image?;
    let pixels = |of: fn(&Point) -> &RowValues| -> Vec<&[u8]> {
        let pixels = live.points.iter().map(of).map(|values| match values {
            RowValues::Pixels(pixels) => pixels.as_slice(),
            RowValues::Cells(_) => &[],
        });
        pixels.collect()
    };
    let (inputs, (width, height)) = sheet(&pixels(|p| &p.input), shape, ACROSS, SMALL);
    let (outputs, _) = sheet(&pixels(|p| &p.reconstruction), shape, ACROSS, SMALL);
    Some(json!({
        "width": width,
        "height": height,
        "across": ACROSS,
        "inputs": inputs.uri,
        "reconstructions": outputs.uri,
    }))
}

fn cells(values: &RowValues) -> Vec<Value> {
    let RowValues::Cells(cells) = values else {
        return Vec::new();
    };
    let cell = |cell: &Cell| match cell {
        Cell::Number(value) => json!(rounded(*value)),
        Cell::Text(text) => json!(clipped(text, TEXT)),
        Cell::Missing => Value::Null,
    };
    cells.iter().map(cell).collect()
}

/// Writes weights as whole numbers from -127 to 127 with a scale for each unit:
/// finer than the eye, and a quarter of the size.
fn layer(layer: &DecoderLayer) -> Value {
    let mut scales = vec![0f32; layer.outputs];
    for row in layer.weights.chunks_exact(layer.outputs) {
        let both = scales.iter_mut().zip(row);
        both.for_each(|(scale, weight)| *scale = scale.max(weight.abs()));
    }
    scales.iter_mut().for_each(|scale| *scale /= 127.0);
    let bytes: Vec<u8> = layer
        .weights
        .chunks_exact(layer.outputs)
        .flat_map(|row| row.iter().zip(&scales))
        .map(|(weight, &scale)| match scale > 0.0 {
            true => ((weight / scale).round() as i8) as u8,
            false => 0,
        })
        .collect();
    json!({
        "inputs": layer.inputs,
        "outputs": layer.outputs,
        "activation": layer.activation,
        "weights": STANDARD.encode(bytes),
        "scales": floats(&scales),
        "bias": floats(&layer.bias),
    })
}

/// Writes numbers as base64 of little-endian 32-bit floats.
fn floats(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// Rounds to five significant digits, as many as a reader sees.
fn rounded(value: f32) -> f32 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Activation;

    #[test]
    fn weights_come_back_within_a_step_of_their_units_scale() {
        let weights = vec![0.5, -1.0, 0.25, 2.0, -0.1, 0.7];
        let found = layer(&DecoderLayer {
            inputs: 3,
            outputs: 2,
            activation: Activation::Relu,
            weights: weights.clone(),
            bias: vec![0.0, 1.0],
        });
        let decoded = |key: &str| STANDARD.decode(found[key].as_str().unwrap()).unwrap();
        let scales: Vec<f32> = decoded("scales")
            .chunks(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        for (at, (byte, weight)) in decoded("weights").into_iter().zip(weights).enumerate() {
            let scale = scales[at % 2];
            assert!((f32::from(byte as i8) * scale - weight).abs() <= 0.51 * scale);
        }
        assert_eq!(found["activation"], "relu");
    }

    #[test]
    fn no_text_of_the_data_can_end_the_script() {
        let text = in_script(&json!({"name": "</script><b>"}));
        assert!(!text.contains('<'));
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap()["name"],
            "</script><b>"
        );
    }
}

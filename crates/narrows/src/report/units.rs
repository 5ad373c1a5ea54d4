//! Shows the rows that excite units most, and the inputs that would.

use super::bars::{rounded, signed as bars};
use super::pictures::{Picture, SMALL, picture, signed};
use super::section::{Drawing, Panel, Section, Strip};
use super::text::{clipped, count};
use crate::data::table::ImageShape;
use crate::look::{ExcitingRow, Maximised, MaximisedLayer, RowValues, Start, UnitRows, Units};

/// Number of letters shown of a label.
const TEXT: usize = 24;
/// Number of features shown of an input.
const FEATURES: usize = 8;

/// Names a layer: `Layer encoder.0`, or `The code` for `code`.
fn layer(name: &str) -> String {
    match name {
        "code" => "The code".into(),
        name => format!("Layer {name}"),
    }
}

pub(super) fn view(units: &Units) -> Section {
    let most = units.layers.iter().flat_map(|layer| &layer.shown);
    let rows = most.map(|unit| unit.top.len()).max().unwrap_or(0);
    let of = units.layers.first().map_or(0, |layer| layer.rows);
    let how = match units.shape.image {
        Some(_) => format!(
            "For some units of each layer, the {rows} rows of {} with the largest output, the largest first. A unit that stands for something shows rows that are alike in it.",
            count(of)
        ),
        None => format!(
            "For some units of each layer, what the {rows} rows of {} with the largest output have in common: how far their mean lies from that of all rows, in standard deviations of the column.",
            count(of)
        ),
    };
    let mut drawings = Vec::new();
    for found in &units.layers {
        let dead = match found.dead {
            0 => "none dead".to_string(),
            dead => format!("{} dead: the same output for all these rows", count(dead)),
        };
        let unit = if found.units == 1 { "unit" } else { "units" };
        drawings.push(Drawing::Heading {
            title: layer(&found.layer),
            says: format!("{} {unit}, {dead}", count(found.units)),
        });
        drawings.push(match units.shape.image {
            Some(shape) => {
                Drawing::Strips(found.shown.iter().map(|unit| strip(unit, shape)).collect())
            }
            None => Drawing::Panels(found.shown.iter().map(panel).collect()),
        });
    }
    Section {
        id: "units",
        title: "Rows that excite a unit most".into(),
        says: how,
        full: true,
        drawings,
    }
}

fn note(unit: &UnitRows) -> String {
    match unit.dead {
        true => "dead".into(),
        false => format!("{} ± {}", rounded(unit.mean), rounded(unit.deviation)),
    }
}

fn told(row: &ExcitingRow) -> String {
    let label = row.label.as_ref();
    let label = label.map_or(String::new(), |label| {
        format!(", label {}", clipped(label, TEXT))
    });
    format!(
        "row {}{label}: output {}",
        count(row.row),
        rounded(row.output)
    )
}

fn strip(unit: &UnitRows, shape: ImageShape) -> Strip {
    let pictures = unit.top.iter().filter_map(|row| match &row.input {
        RowValues::Pixels(pixels) => Some(picture(pixels, shape, told(row), SMALL)),
        RowValues::Cells(_) => None,
    });
    Strip {
        name: format!("unit {}", count(unit.unit)),
        note: note(unit),
        pictures: pictures.collect(),
    }
}

fn panel(unit: &UnitRows) -> Panel {
    let named: Vec<(String, f64)> = unit
        .common
        .iter()
        .map(|common| (common.feature.clone(), f64::from(common.deviations)))
        .collect();
    let rows: Vec<String> = unit.top.iter().map(told).collect();
    Panel {
        name: format!("unit {}", count(unit.unit)),
        note: note(unit),
        chart: bars(&rows.join("; "), &named, 3.0),
    }
}

pub(super) fn maximised(found: &Maximised) -> Section {
    let start = match found.start {
        Start::Random(_) => "random numbers".to_string(),
        Start::Row(row) => format!("row {}", count(row)),
    };
    let smooth = match found.smoothness > 0.0 {
        true => format!(
            ", neighbouring pixels drawn together by {}",
            rounded(found.smoothness)
        ),
        false => String::new(),
    };
    let way = match found.shape.image {
        Some(_) => format!("from {start} on the left to the end on the right"),
        None => format!("from {start}; the end is shown"),
    };
    let picture = match found.shape.image {
        Some(shape) if shape.channels == 3 => {
            "A channel brighter than grey is above 0, one darker below, each input at its own contrast."
        }
        Some(_) => "Orange pixels are above 0, blue ones below, each input at its own contrast.",
        None => "Bars are the largest features of the end, in scaled units.",
    };
    let mut drawings = Vec::new();
    for layer_found in &found.layers {
        drawings.push(Drawing::Heading {
            title: layer(&layer_found.layer),
            says: String::new(),
        });
        drawings.push(of_layer(layer_found, found));
    }
    Section {
        id: "maximised",
        title: "Inputs that would excite a unit most".into(),
        says: format!(
            "Found by gradient ascent {way}, with inputs held at a norm of {}{smooth} (Erhan et al. 2009). {picture} Beside each, the unit's weighted input at the end, and what the rows with its largest outputs reach.",
            rounded(found.norm)
        ),
        full: true,
        drawings,
    }
}

fn of_layer(layer: &MaximisedLayer, found: &Maximised) -> Drawing {
    let notes = layer.units.iter().map(|climb| {
        let end = climb.path.last().map_or(0.0, |moment| moment.excitement);
        format!("{}; rows reach {}", rounded(end), rounded(climb.best_row))
    });
    let named = layer.units.iter().zip(notes);
    match found.shape.image {
        Some(shape) => Drawing::Strips(
            named
                .map(|(climb, note)| Strip {
                    name: format!("unit {}", count(climb.unit)),
                    note,
                    pictures: climb
                        .path
                        .iter()
                        .map(|moment| {
                            let title = format!(
                                "after {} steps: {}",
                                count(moment.step),
                                rounded(moment.excitement)
                            );
                            contrasted(&moment.features, shape, title)
                        })
                        .collect(),
                })
                .collect(),
        ),
        None => Drawing::Panels(
            named
                .map(|(climb, note)| {
                    let end = climb.path.last().map_or(&[][..], |end| &end.features);
                    Panel {
                        name: format!("unit {}", count(climb.unit)),
                        note,
                        chart: largest(end, &found.features),
                    }
                })
                .collect(),
        ),
    }
}

/// Draws features at their own contrast.
fn contrasted(features: &[f32], shape: ImageShape, title: String) -> Picture {
    let largest = features.iter().fold(0f32, |most, x| most.max(x.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let values: Vec<f32> = features.iter().map(|x| x / scale).collect();
    signed(&values, shape, title, SMALL)
}

fn largest(features: &[f32], names: &[String]) -> super::chart::Chart {
    let mut named: Vec<(String, f64)> = names
        .iter()
        .cloned()
        .zip(features.iter().map(|&x| f64::from(x)))
        .collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    named.truncate(FEATURES);
    let scale = named.first().map_or(1.0, |first| first.1.abs());
    bars("The input's largest features", &named, scale)
}

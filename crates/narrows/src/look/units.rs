//! Finds the rows that excite a unit most, for every layer.

use serde::Serialize;

use super::pick::{falling, spaced};
use super::rows::{RowDisplay, RowShape, RowValues};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::moments::Moments;
use crate::base::nearest::nearest;
use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::model::Model;
use crate::network::UnitOutputs;

/// Largest number of rows that units are watched over.
const ROWS: usize = 10_000;
/// A unit that varies less than this fraction of its size is dead.
const DEAD: f32 = 1e-6;

/// A choice of units to look at.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct UnitSelection {
    /// The layer, `encoder.0`, …, `code`, `decoder.0`, …; `None` for all.
    pub layer: Option<String>,
    /// Units counted from 1; empty for those that vary most.
    pub units: Vec<usize>,
    /// How many of the most varying units; 0 for the usual eight.
    pub most: usize,
}

const USUAL: usize = 8;
/// Number of features named as what rows have in common.
const COMMON: usize = 6;

/// The units of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LayerUnits {
    /// `encoder.0`, …, `code`, `decoder.0`, …
    pub layer: String,
    /// Number of units in the layer.
    pub units: usize,
    /// Number of units whose output is the same for all of these rows.
    pub dead: usize,
    /// Number of rows that the units were watched over, evenly spaced.
    pub rows: usize,
    /// The chosen units; without a choice the most varying ones, in that order.
    pub shown: Vec<UnitRows>,
}

/// A unit, and the rows that excite it most.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnitRows {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// Mean output over the rows.
    pub mean: f32,
    /// Standard deviation of the output over the rows.
    pub deviation: f32,
    /// Whether the output is the same for all rows.
    pub dead: bool,
    /// The rows with the largest outputs, largest first.
    pub top: Vec<ExcitingRow>,
    /// For tables, what these rows have in common: the features whose mean over
    /// them is furthest from the mean over all rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<Common>,
}

/// A feature by which some rows differ from all.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Common {
    /// The column's name, or `column=level` for a category.
    pub feature: String,
    /// The mean over the rows minus the mean over all rows, in standard
    /// deviations of the feature over all rows.
    pub deviations: f32,
}

/// A row and a unit's output for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExcitingRow {
    /// The row's number in the data it was read from, counted from 1.
    pub row: usize,
    /// The row's label, if the table has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The unit's output; for a map, its largest pixel.
    pub output: f32,
    /// The row's values.
    pub input: RowValues,
}

/// Units of the chosen layers, with their rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Units {
    /// The form of the rows.
    #[serde(flatten)]
    pub shape: RowShape,
    /// The layers, from the input to the output.
    pub layers: Vec<LayerUnits>,
}

/// The largest outputs of a unit and their rows, largest first.
type Best = Vec<(f32, usize)>;

/// Every unit's output over some rows.
pub(super) struct Activity {
    pub layers: Vec<LayerActivity>,
    pub rows: usize,
}

/// Every output of one layer's units.
pub(super) struct LayerActivity {
    pub name: String,
    pub means: Vec<f32>,
    pub deviations: Vec<f32>,
    /// Number of rows watched.
    rows: usize,
    /// The rows with the largest outputs of each unit, largest first.
    top: Vec<Best>,
}

impl LayerActivity {
    /// Returns `true` if a unit gave the same output for all of several rows.
    pub fn is_dead(&self, unit: usize) -> bool {
        self.rows > 1 && self.deviations[unit] <= DEAD * self.means[unit].abs()
    }

    /// Returns the rows that excite a unit most, largest output first.
    pub fn best(&self, unit: usize) -> impl Iterator<Item = usize> {
        self.top[unit].iter().map(|(_, row)| *row)
    }

    /// Returns the units, the most varying first.
    pub fn by_deviation(&self) -> Vec<usize> {
        falling(&self.deviations)
    }
}

impl Activity {
    /// Watches every unit over at most 10,000 rows, and keeps the `top` rows of
    /// each.
    pub fn of(model: &Model, data: &Prepared, top: usize) -> Self {
        let names = model.coder.network.unit_layers();
        let mut watched: Vec<(Moments, Vec<Best>)> = Vec::new();
        let rows = spaced(data.rows(), ROWS);
        for part in rows.chunks(CHUNK) {
            let outputs = model
                .coder
                .unit_outputs(data.gather_known(part), part.len());
            if watched.is_empty() {
                let new = |of: &UnitOutputs| (Moments::new(of.units), vec![Vec::new(); of.units]);
                watched = outputs.iter().map(new).collect();
            }
            for (layer, (moments, best)) in outputs.iter().zip(&mut watched) {
                for (row, outputs) in part.iter().zip(layer.values.chunks_exact(layer.units)) {
                    moments.add(outputs);
                    for (best, &output) in best.iter_mut().zip(outputs) {
                        keep(best, (output, *row), top);
                    }
                }
            }
        }
        let layers = names.into_iter().zip(watched);
        let layers = layers.map(|(name, (moments, top))| LayerActivity {
            name,
            deviations: moments.deviations(),
            means: moments.means(),
            rows: rows.len(),
            top,
        });
        Activity {
            layers: layers.collect(),
            rows: rows.len(),
        }
    }
}

/// Keeps the largest outputs, and the earlier row if two are equal.
fn keep(best: &mut Best, new: (f32, usize), most: usize) {
    if best.len() == most && best.last().is_none_or(|least| new.0 <= least.0) {
        return;
    }
    let at = best.partition_point(|kept| kept.0 >= new.0);
    best.insert(at, new);
    best.truncate(most);
}

/// Returns the chosen layers, as indices among all.
pub(super) fn chosen_layers(names: &[String], chosen: &UnitSelection) -> Result<Vec<usize>> {
    let Some(asked) = &chosen.layer else {
        return Ok((0..names.len()).collect());
    };
    match names.iter().position(|name| name == asked) {
        Some(at) => Ok(vec![at]),
        None => Err(Error::usage(
            format!("layer '{asked}'"),
            format!("one of {}", names.join(", ")),
            match nearest(asked, names.iter().map(String::as_str)) {
                Some(near) => format!("is '{near}' the one?").into(),
                None => Hint::from(Remedy::InspectModel).and(" shows the network"),
            },
        )),
    }
}

/// Returns the chosen units, counted from 0.
pub(super) fn chosen_units(layer: &LayerActivity, chosen: &UnitSelection) -> Result<Vec<usize>> {
    let units = layer.deviations.len();
    if chosen.units.is_empty() {
        let most = if chosen.most == 0 { USUAL } else { chosen.most };
        return Ok(layer.by_deviation().into_iter().take(most).collect());
    }
    let wrong = chosen.units.iter().find(|&&unit| unit == 0 || unit > units);
    match wrong {
        None => {
            let mut units: Vec<usize> = chosen.units.iter().map(|unit| unit - 1).collect();
            let mut seen = Vec::new();
            units.retain(|unit| {
                !seen.contains(unit) && {
                    seen.push(*unit);
                    true
                }
            });
            Ok(units)
        }
        Some(unit) => Err(Error::usage(
            format!("unit {unit} of {}", layer.name),
            match units {
                1 => "1, its only unit".into(),
                _ => format!("units from 1 to {units}"),
            },
            "units are counted from 1",
        )),
    }
}

/// Returns the rows that excite each chosen unit most.
pub(super) fn units(
    model: &Model,
    data: &Prepared,
    activity: &Activity,
    chosen: &UnitSelection,
) -> Result<Units> {
    let shown = RowDisplay::new(data);
    let labels = data.table.labels.as_ref();
    let rows = |unit: &Best| {
        let numbers: Vec<usize> = unit.iter().map(|(_, row)| *row).collect();
        let values = shown.of_data(data, &numbers);
        let row = |(&(output, row), input)| ExcitingRow {
            row: data.table.number_of(row),
            label: labels.map(|tags| tags.values[row].clone()),
            output,
            input,
        };
        unit.iter().zip(values).map(row).collect()
    };
    let usual = match data.scaler.image {
        Some(_) => None,
        None => Some(usual(data)),
    };
    let layers = chosen_layers(&model.coder.network.unit_layers(), chosen)?;
    let layers = layers.into_iter().map(|at| {
        let layer = &activity.layers[at];
        let units = chosen_units(layer, chosen)?;
        let unit = |unit: usize| UnitRows {
            unit: unit + 1,
            mean: layer.means[unit],
            deviation: layer.deviations[unit],
            dead: layer.is_dead(unit),
            top: rows(&layer.top[unit]),
            common: match &usual {
                Some(usual) => common(data, usual, &layer.best(unit).collect::<Vec<_>>()),
                None => Vec::new(),
            },
        };
        Ok(LayerUnits {
            layer: layer.name.clone(),
            units: layer.deviations.len(),
            dead: (0..layer.deviations.len())
                .filter(|&unit| layer.is_dead(unit))
                .count(),
            rows: activity.rows,
            shown: units.into_iter().map(unit).collect(),
        })
    });
    Ok(Units {
        shape: shown.shape(),
        layers: layers.collect::<Result<_>>()?,
    })
}

/// Returns the mean and spread of each feature over a sample of all rows.
fn usual(data: &Prepared) -> Moments {
    let rows = spaced(data.rows(), 2_000);
    Moments::of(&data.gather_known(&rows), data.features())
}

fn common(data: &Prepared, usual: &Moments, rows: &[usize]) -> Vec<Common> {
    let own = Moments::of(&data.gather_known(rows), data.features());
    let usual = usual.means().into_iter().zip(usual.deviations());
    let mut found: Vec<Common> = data
        .scaler
        .feature_names()
        .into_iter()
        .zip(own.means().into_iter().zip(own.rows()))
        .zip(usual)
        // What none of these rows has, they do not have in common.
        .filter(|((_, (_, known)), (_, deviation))| **known > 0.0 && *deviation > 0.0)
        .map(|((feature, (own, _)), (mean, deviation))| Common {
            feature,
            deviations: (own - mean) / deviation,
        })
        .collect();
    let size = |common: &Common| common.deviations.abs();
    found.sort_by(|a, b| size(b).total_cmp(&size(a)));
    found.truncate(COMMON);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_outputs_are_kept_and_of_equal_ones_the_first() {
        let mut best = Vec::new();
        for (row, output) in [1.0, 5.0, 3.0, 5.0, -2.0, 4.0].into_iter().enumerate() {
            keep(&mut best, (output, row), 3);
        }
        assert_eq!(best, [(5.0, 1), (5.0, 3), (4.0, 5)]);
    }
}

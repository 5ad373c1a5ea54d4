//! Finds the input that excites a unit most: activation maximisation.
//!
//! Erhan, Bengio, Courville & Vincent, "Visualizing higher-layer features of a
//! deep network", 2009: gradient ascent on the input `x`, in the network's
//! scaled units, held at `‖x‖ = ρ`. Here each step follows the gradient of the
//! unit's weighted input; its length is a share of `ρ` that falls linearly to
//! 0, and `x` is then put back on the sphere. For a unit of the first layer the
//! ascent ends at `ρ w / ‖w‖`. Features that are the same in all rows keep
//! their starting values.
//!
//! With a smoothness `s > 0` a step follows `g / ‖g‖ - s r / ρ`, where `g` is
//! the gradient of the weighted input and `r` that of `½ Σ (xᵢ - xⱼ)²` over
//! neighbouring pixels `i, j`; its length is at most `0.2 / s` of `ρ`.

use serde::Serialize;

use super::rows::{RowDisplay, RowShape, RowValues};
use super::units::{Activity, UnitSelection, chosen_layers, chosen_units};
use super::weights::varies;
use crate::base::error::{Error, Place, Result};
use crate::base::random::{Draws, Stream};
use crate::data::scale::Prepared;
use crate::data::source::CHUNK;
use crate::data::source::Source;
use crate::data::table::ImageShape;
use crate::model::Model;

/// The first step's share of the norm.
const STEP: f32 = 0.3;
/// More smoothness than this leaves steps too short to get anywhere.
const SMOOTHEST: f32 = 10.0;
/// Number of inputs shown along the ascent.
const SHOWN: usize = 6;

/// Settings of an ascent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ascent {
    /// Where the ascent starts.
    pub start: Start,
    /// Number of steps (usually 100).
    pub steps: usize,
    /// The inputs' norm `ρ` in the network's scaled units; `None` for the mean
    /// norm of the rows.
    pub norm: Option<f32>,
    /// How strongly neighbouring pixels are pulled together; 0 for not at all.
    pub smoothness: f32,
}

/// Where an ascent starts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Start {
    /// Normal draws from a seed, at the norm asked for.
    Random(u64),
    /// A row of the table, counted from 1, at the norm asked for.
    Row(usize),
}

impl Default for Ascent {
    fn default() -> Self {
        Ascent {
            start: Start::Random(1),
            steps: 100,
            norm: None,
            smoothness: 0.0,
        }
    }
}

/// The inputs that excite some units most.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Maximised {
    /// The form of the inputs.
    #[serde(flatten)]
    pub shape: RowShape,
    /// The features' names, in the order of the inputs' features.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// The norm at which inputs were held.
    pub norm: f32,
    /// How strongly neighbouring pixels were pulled together.
    pub smoothness: f32,
    /// Where the ascents started.
    pub start: Start,
    /// The layers with their units.
    pub layers: Vec<MaximisedLayer>,
}

/// The chosen units of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MaximisedLayer {
    /// `encoder.0`, …, `code`, `decoder.0`, …
    pub layer: String,
    /// One entry for each chosen unit.
    pub units: Vec<Climb>,
}

/// The ascent of one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Climb {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// Inputs from the start to the end, at most six.
    pub path: Vec<Moment>,
    /// The largest weighted input among the rows with the largest outputs, to
    /// compare with.
    pub best_row: f32,
}

/// An input along the ascent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Moment {
    /// Number of steps taken.
    pub step: usize,
    /// The unit's weighted input, before its activation; for a map, the mean
    /// over its pixels.
    pub excitement: f32,
    /// The input in the network's scaled units, `[features]`.
    pub features: Vec<f32>,
    /// The input in the data's own units.
    pub input: RowValues,
}

/// Climbs for every chosen unit.
pub(super) fn maximise(
    model: &Model,
    data: &Prepared,
    activity: &Activity,
    chosen: &UnitSelection,
    ascent: &Ascent,
) -> Result<Maximised> {
    let norm = norm(data, ascent)?;
    if !(0.0..=SMOOTHEST).contains(&ascent.smoothness) {
        return Err(Error::usage(
            format!("a smoothness of {}", ascent.smoothness),
            format!("0 to {SMOOTHEST}"),
            "0 for none; 1 blurs over a few pixels",
        ));
    }
    if ascent.smoothness > 0.0 && data.scaler.image.is_none() {
        return Err(Error::usage(
            format!(
                "a smoothness of {} for rows that are no images",
                ascent.smoothness
            ),
            "none: only pixels have neighbours",
            "leave it out",
        ));
    }
    let shown = RowDisplay::new(data);
    let moves = varying(data);
    let start = start(data, ascent, norm, &moves)?;
    let layers = chosen_layers(&model.coder.network.unit_layers(), chosen)?;
    let layers = layers.into_iter().map(|at| {
        let layer = &activity.layers[at];
        let units = chosen_units(layer, chosen)?;
        let climb = |unit: usize| Climb {
            unit: unit + 1,
            path: Vec::new(),
            best_row: best_row(model, data, activity, at, unit),
        };
        let mut climbs: Vec<Climb> = units.iter().map(|&unit| climb(unit)).collect();
        let mut all = start.repeat(units.len());
        let image = data.scaler.image.filter(|_| ascent.smoothness > 0.0);
        for step in 0..=ascent.steps {
            let (excited, gradient) = model.coder.excitement(at, &units, all.clone());
            if is_shown(step, ascent.steps) {
                let values = shown.of(&all);
                let rows = all.chunks_exact(data.features());
                let moments = excited.iter().zip(rows).zip(values);
                for (climb, ((&excitement, features), input)) in climbs.iter_mut().zip(moments) {
                    climb.path.push(Moment {
                        step,
                        excitement,
                        features: features.to_vec(),
                        input,
                    });
                }
            }
            if step == ascent.steps {
                break;
            }
            let share = STEP * (1.0 - step as f32 / ascent.steps as f32);
            let rows = all.chunks_exact_mut(data.features());
            for (x, slope) in rows.zip(gradient.chunks_exact(data.features())) {
                let slope: Vec<f32> = slope.iter().zip(&moves).map(|(g, m)| g * m).collect();
                take_step(
                    x,
                    &slope,
                    norm,
                    share,
                    image.map(|i| (i, ascent.smoothness)),
                );
            }
        }
        Ok(MaximisedLayer {
            layer: layer.name.clone(),
            units: climbs,
        })
    });
    Ok(Maximised {
        shape: shown.shape(),
        features: match data.scaler.image {
            Some(_) => Vec::new(),
            None => data.scaler.feature_names(),
        },
        norm,
        smoothness: ascent.smoothness,
        start: ascent.start,
        layers: layers.collect::<Result<_>>()?,
    })
}

/// Moves `x` uphill by a share of its norm, and scales it back to that norm.
fn take_step(
    x: &mut [f32],
    slope: &[f32],
    norm: f32,
    share: f32,
    smooth: Option<(ImageShape, f32)>,
) {
    let length = length(slope);
    // A unit that no input moves stays where it is.
    if length == 0.0 {
        return;
    }
    let mut towards: Vec<f32> = slope.iter().map(|g| g / length).collect();
    let mut share = share;
    if let Some((image, smoothness)) = smooth {
        let pull = roughness_gradient(x, image);
        let by = smoothness / norm;
        towards.iter_mut().zip(pull).for_each(|(g, p)| *g -= by * p);
        // The pull's own step has to stay below its stability bound.
        share = share.min(0.2 / smoothness);
    }
    x.iter_mut()
        .zip(&towards)
        .for_each(|(x, g)| *x += share * norm * g);
    rescale(x, norm);
}

/// Returns the gradient of `½ Σ (xᵢ - xⱼ)²` over neighbouring pixels.
fn roughness_gradient(x: &[f32], image: ImageShape) -> Vec<f32> {
    let (width, height, channels) = (image.width, image.height, image.channels);
    let mut gradient = vec![0.0; x.len()];
    let mut pull = |a: usize, b: usize| {
        let apart = x[a] - x[b];
        gradient[a] += apart;
        gradient[b] -= apart;
    };
    for at in 0..x.len() {
        let (row, column) = (at / channels / width, at / channels % width);
        if column + 1 < width {
            pull(at, at + channels);
        }
        if row + 1 < height {
            pull(at, at + channels * width);
        }
    }
    gradient
}

fn length(x: &[f32]) -> f32 {
    let squares = x.iter().map(|&v| f64::from(v) * f64::from(v));
    squares.sum::<f64>().sqrt() as f32
}

fn rescale(x: &mut [f32], norm: f32) {
    let length = length(x);
    if length > 0.0 {
        x.iter_mut().for_each(|v| *v *= norm / length);
    }
}

/// Returns `true` for the start, some steps, most of them early, and the end.
fn is_shown(step: usize, steps: usize) -> bool {
    step == 0
        || step == steps
        || (1..SHOWN - 1)
            .any(|at| step == (steps as f32 * (at as f32 / 5.0).powi(3)).ceil() as usize)
}

fn norm(data: &Prepared, ascent: &Ascent) -> Result<f32> {
    if let Some(norm) = ascent.norm {
        return match norm > 0.0 && norm.is_finite() {
            true => Ok(norm),
            false => Err(Error::usage(
                format!("a norm of {norm}"),
                "a number above 0",
                "leave it out for the mean norm of the rows",
            )),
        };
    }
    let rows = super::pick::spaced(data.rows(), 1_000);
    let features = data.gather(&rows);
    let norms = features.chunks_exact(data.features());
    let norms = norms.map(|row| f64::from(length(row)));
    let mean = (norms.sum::<f64>() / rows.len() as f64) as f32;
    // Rows that are all 0 have no norm to go by.
    Ok(if mean > 0.0 { mean } else { 1.0 })
}

/// Returns 1 for features that vary over the rows, 0 for others: a feature that
/// is the same in all rows has taught the network nothing, and its weights are
/// accidents.
fn varying(data: &Prepared) -> Vec<f32> {
    let varies = varies(data);
    let some = varies.contains(&true);
    let moves = |varies: bool| f32::from(u8::from(varies || !some));
    varies.into_iter().map(moves).collect()
}

fn start(data: &Prepared, ascent: &Ascent, norm: f32, moves: &[f32]) -> Result<Vec<f32>> {
    let mut x: Vec<f32> = match ascent.start {
        Start::Random(seed) => Draws::new(seed, Stream::Ascent, 0, 0)
            .normals(data.features())
            .into_iter()
            .zip(moves)
            .map(|(v, moves)| v as f32 * moves)
            .collect(),
        Start::Row(row) => {
            let own = |&at: &usize| data.table.number_of(at) == row;
            let found = (0..data.rows()).find(own);
            let refused = || {
                Error::data(
                    &data.table.origin,
                    Place::Whole,
                    format!("no row {row} of {}", data.rows()),
                    "a row that is there",
                    "rows are counted from 1",
                )
            };
            data.gather(&[found.ok_or_else(refused)?])
        }
    };
    rescale(&mut x, norm);
    Ok(x)
}

/// Returns the unit's largest weighted input over the rows that excite it most.
fn best_row(model: &Model, data: &Prepared, activity: &Activity, layer: usize, unit: usize) -> f32 {
    let rows: Vec<usize> = activity.layers[layer].best(unit).take(CHUNK).collect();
    let units = vec![unit; rows.len()];
    let (excited, _) = model
        .coder
        .excitement(layer, &units, data.gather_known(&rows));
    excited.into_iter().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: ImageShape = ImageShape {
        height: 1,
        width: 3,
        channels: 1,
    };

    #[test]
    fn roughness_pulls_a_peak_down_to_its_neighbours() {
        assert_eq!(
            roughness_gradient(&[0.0, 1.0, 0.0], LINE),
            [-1.0, 2.0, -1.0]
        );
        assert_eq!(roughness_gradient(&[2.0; 3], LINE), [0.0; 3]);
        let square = ImageShape {
            height: 2,
            width: 2,
            channels: 1,
        };
        assert_eq!(
            roughness_gradient(&[1.0, 0.0, 0.0, 0.0], square),
            [2.0, -1.0, -1.0, 0.0]
        );
    }

    #[test]
    fn steps_end_at_the_gradients_direction_and_the_norm() {
        let mut x = vec![0.0, 0.0, 5.0];
        for step in 0..100 {
            let share = STEP * (1.0 - step as f32 / 100.0);
            take_step(&mut x, &[3.0, -4.0, 0.0], 5.0, share, None);
        }
        for (x, expected) in x.iter().zip([3.0, -4.0, 0.0]) {
            assert!((x - expected).abs() < 1e-3, "{x} {expected}");
        }
    }

    #[test]
    fn the_start_the_end_and_what_lies_between_are_shown() {
        let shown: Vec<usize> = (0..=100).filter(|&step| is_shown(step, 100)).collect();
        assert_eq!(shown, [0, 1, 7, 22, 52, 100]);
        assert!(is_shown(0, 0));
    }
}

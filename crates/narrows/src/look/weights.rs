//! Shows what the units of the first layer respond to: their weights.

use serde::Serialize;

use super::pick::spaced;
use super::units::Activity;
use crate::base::moments::Moments;
use crate::data::scale::Prepared;
use crate::data::table::ImageShape;
use crate::model::Model;
use crate::network::map::RowShape;

/// Number of units kept, of those in use and of the dead ones.
const MOST: usize = 64;
const MOST_DEAD: usize = 8;
/// Number of rows that show whether a feature varies.
const SPREAD_OVER: usize = 1_000;

/// Weights from the input to the first layer's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Weights {
    /// Number of units in the first layer.
    pub units: usize,
    /// Number of units whose output is the same for all rows watched.
    pub dead: usize,
    /// Number of rows watched, evenly spaced.
    pub rows: usize,
    /// Whether the weights are kernels, which slide over the image, and not
    /// weights of the whole image.
    pub kernels: bool,
    /// The shape of each unit's weights as an image; `None` if rows are not
    /// images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
    /// The features' names; empty for images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Whether each feature varies over the rows watched; the weights of others
    /// are accidents. Empty for images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub varies: Vec<bool>,
    /// The units whose output varies most over the rows, first; dead ones last.
    pub shown: Vec<UnitWeights>,
}

/// One unit's weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnitWeights {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// Standard deviation of the unit's output over the rows; for a map, of its
    /// largest pixel.
    pub deviation: f32,
    /// Whether the output is the same for all rows.
    pub dead: bool,
    /// The largest magnitude of its weights.
    pub largest: f32,
    /// Weights divided by the largest magnitude, -1 to 1: one for each
    /// feature, or `[height, width, channels]`.
    pub weights: Vec<f32>,
}

/// Returns the first layer's weights; `None` if maps come before it.
pub(super) fn weights(model: &Model, data: &Prepared, activity: &Activity) -> Option<Weights> {
    let stored = model.weights();
    let first = stored.iter().find(|s| s.name == "encoder.0.weight")?;
    let outputs = first.shape[1];
    // The index in a unit's weights of each of the shown ones.
    let (image, order): (Option<ImageShape>, Vec<usize>) = match model.coder.network.shapes()[0] {
        RowShape::Image(image) => {
            let convolutional = model.config.convolutional.as_ref()?;
            let kernel = ImageShape {
                height: convolutional.kernel,
                width: convolutional.kernel,
                channels: image.channels,
            };
            let taps = kernel.height * kernel.width;
            let of = |tap| (0..kernel.channels).map(move |channel| channel * taps + tap);
            (Some(kernel), (0..taps).flat_map(of).collect())
        }
        _ => (data.scaler.image, (0..data.features()).collect()),
    };
    if first.shape[0] != order.len() {
        return None;
    }
    let layer = activity.layers.first()?;
    let (dead, used): (Vec<usize>, Vec<usize>) = layer
        .by_deviation()
        .into_iter()
        .partition(|&unit| layer.is_dead(unit));
    let some = used
        .iter()
        .take(MOST)
        .chain(dead.iter().take(MOST_DEAD))
        .copied();
    let shown = some.map(|unit| {
        let weights = order.iter().map(|&at| first.values[at * outputs + unit]);
        let largest = weights.clone().fold(0f32, |most, w| most.max(w.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        UnitWeights {
            unit: unit + 1,
            deviation: layer.deviations[unit],
            dead: layer.is_dead(unit),
            largest,
            weights: weights.map(|w| w / scale).collect(),
        }
    });
    Some(Weights {
        units: layer.deviations.len(),
        dead: dead.len(),
        rows: activity.rows,
        kernels: matches!(model.coder.network.shapes()[0], RowShape::Image(_)),
        image,
        features: match image {
            Some(_) => Vec::new(),
            None => data.scaler.feature_names(),
        },
        varies: match image {
            Some(_) => Vec::new(),
            None => varies(data),
        },
        shown: shown.collect(),
    })
}

/// Returns whether each feature varies over evenly spaced rows.
pub(super) fn varies(data: &Prepared) -> Vec<bool> {
    let rows = data.gather(&spaced(data.rows(), SPREAD_OVER));
    let deviations = Moments::of(&rows, data.features()).deviations();
    deviations
        .iter()
        .map(|&deviation| deviation > 0.0)
        .collect()
}

//! What the units of the first layer look for, as images.

use serde::Serialize;

use super::spaced;
use crate::bulk::CHUNK;
use crate::model::Model;
use crate::plan::Stage;
use crate::scale::Prepared;
use crate::table::ImageShape;

/// Filters kept, and rows that a unit's variance is taken over.
const MOST: usize = 64;
const ROWS: usize = 2_000;

/// Weights from the input to the first layer's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filters {
    /// Units of the first layer.
    pub units: usize,
    /// Whether they are kernels, which go over the image, and not weights of
    /// the whole image.
    pub kernels: bool,
    /// The shape of each filter.
    pub image: ImageShape,
    /// The units whose output varies most over the rows, first.
    pub shown: Vec<Filter>,
}

/// One unit's weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filter {
    /// Counted from 1.
    pub unit: usize,
    /// Standard deviation of its output over the rows.
    pub deviation: f32,
    /// The largest magnitude of its weights.
    pub largest: f32,
    /// Weights divided by the largest magnitude, -1 to 1,
    /// `[height, width, channels]`.
    pub weights: Vec<f32>,
}

/// The first layer's filters; none where rows are no images, or the first
/// layer is not one unit for each image of weights.
pub(super) fn filters(model: &Model, data: &Prepared) -> Option<Filters> {
    let stored = model.weights();
    let first = stored.iter().find(|s| s.name == "encoder.0.weight")?;
    let units = first.shape[1];
    // Where in a unit's weights each of the filter's is.
    let (image, order): (ImageShape, Vec<usize>) = match model.network.stages()[0] {
        Stage::Image(image) => {
            let convolutional = model.config.convolutional.as_ref()?;
            let kernel = ImageShape {
                height: convolutional.kernel,
                width: convolutional.kernel,
                channels: image.channels,
            };
            let taps = kernel.height * kernel.width;
            let of = |tap| (0..kernel.channels).map(move |channel| channel * taps + tap);
            (kernel, (0..taps).flat_map(of).collect())
        }
        _ => {
            let image = data.scaler.image?;
            (image, (0..image.features()).collect())
        }
    };
    if first.shape[0] != image.features() {
        return None;
    }
    let deviations = deviations(model, data, units);
    let mut first_to_last: Vec<usize> = (0..units).collect();
    first_to_last.sort_by(|&a, &b| deviations[b].total_cmp(&deviations[a]).then(a.cmp(&b)));
    let shown = first_to_last.into_iter().take(MOST).map(|unit| {
        let weights = order.iter().map(|&at| first.values[at * units + unit]);
        let largest = weights.clone().fold(0f32, |most, w| most.max(w.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        Filter {
            unit: unit + 1,
            deviation: deviations[unit],
            largest,
            weights: weights.map(|w| w / scale).collect(),
        }
    });
    Some(Filters {
        units,
        kernels: matches!(model.network.stages()[0], Stage::Image(_)),
        image,
        shown: shown.collect(),
    })
}

fn deviations(model: &Model, data: &Prepared, units: usize) -> Vec<f32> {
    let mut moments = super::codes::Moments::new(units);
    for part in spaced(data.rows(), ROWS).chunks(CHUNK) {
        let outputs = model.network.first_layer(data.gather(part), part.len());
        outputs.chunks_exact(units).for_each(|row| moments.add(row));
    }
    moments.deviations()
}

//! Gathers what a page needs to decode codes by itself, and to show rows that
//! are chosen on a map.

use serde::Serialize;

use super::live_columns::{LiveColumn, columns};
use super::pick::spaced;
use super::rows::{RowDisplay, RowShape, RowValues};
use super::sample::Sample;
use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::model::Model;

pub use crate::network::DecoderLayer;

/// Number of units with a slider, the most varying first.
const SLIDERS: usize = 24;
/// Number of weights that a page has room for.
const MOST_WEIGHTS: usize = 4_500_000;
/// Number of weights and of pixels of rows that a page has room for together,
/// each a byte before it is written as text.
const MOST_VALUES: usize = 5_000_000;
/// A row's picture with more pixels than this is shrunk.
const SMALLEST: usize = 36 * 36 * 3;
const MOST_CELLS: usize = 100_000;
const MOST_CODES: usize = 200_000;

/// A decoder as numbers, and rows that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Live {
    /// Number of units in the code.
    pub code: usize,
    /// Number of features of a row.
    pub features: usize,
    /// The decoder's layers; `None` if they are not dense or too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder: Option<Vec<DecoderLayer>>,
    /// The form of rows.
    #[serde(flatten)]
    pub shape: RowShape,
    /// Each feature's offset and factor from scaled units to the data's own.
    pub own: Vec<(f32, f32)>,
    /// The values, in the data's own units, that become black and white.
    pub pixels: (f32, f32),
    /// The columns, for a table.
    pub table: Vec<LiveColumn>,
    /// Units that can be moved.
    pub sliders: Vec<Slider>,
    /// The mean code.
    pub start: Vec<f32>,
    /// Rows that can be chosen.
    pub points: Vec<Point>,
}

/// A unit and the range it is moved over: its 2nd to 98th percentile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Slider {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// The lower end of the range.
    pub low: f32,
    /// The upper end of the range.
    pub high: f32,
    /// The unit's standard deviation over the sample's rows.
    pub deviation: f32,
}

/// A row that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Point {
    /// The row's index in [`super::Codes::rows`], counted from 0.
    pub place: usize,
    /// The row's number, counted from 1.
    pub row: usize,
    /// The row's id, if the table has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The row's label, if the table has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Squared error summed over features, in scaled units.
    pub error: f32,
    /// The row's latent code, `[code]`.
    pub code: Vec<f32>,
    /// The row's values.
    pub input: RowValues,
    /// The row's reconstruction.
    pub reconstruction: RowValues,
}

/// Gathers everything, within a page's room.
pub(super) fn live(model: &Model, data: &Prepared, sample: &Sample) -> Live {
    let shown = RowDisplay::new(data).in_numbers();
    let shape = shown.shape();
    let decoder = model.coder.network.dense_decoder(MOST_WEIGHTS);
    let weights = decoder.iter().flatten().map(|layer| layer.weights.len());
    let left = MOST_VALUES - weights.sum::<usize>().min(MOST_WEIGHTS);
    let room = match shape.image {
        Some(image) => left / (2 * image.features().min(SMALLEST)),
        None => MOST_CELLS / (2 * shape.columns.len()),
    };
    let most = room.min(MOST_CODES / sample.units).max(1);
    let places = spaced(sample.rows.len(), most);
    let deviations = sample.moments.deviations();
    let slider = |unit: usize| {
        let (low, high) = match sample.range(unit) {
            (low, high) if low < high => (low, high),
            // A single row only shows where it is, not how far the unit goes.
            (at, _) => (at - 1.0, at + 1.0),
        };
        Slider {
            unit: unit + 1,
            low,
            high,
            deviation: deviations[unit],
        }
    };
    Live {
        code: sample.units,
        features: data.features(),
        decoder,
        own: data.scaler.own_units(),
        pixels: shown.range,
        table: match shape.image {
            Some(_) => Vec::new(),
            None => columns(model, data, sample),
        },
        sliders: sample
            .by_deviation()
            .into_iter()
            .take(SLIDERS)
            .map(slider)
            .collect(),
        start: sample.moments.means(),
        points: points(model, data, sample, &places, &shown),
        shape,
    }
}

fn points(
    model: &Model,
    data: &Prepared,
    sample: &Sample,
    places: &[usize],
    shown: &RowDisplay,
) -> Vec<Point> {
    let mut points = Vec::with_capacity(places.len());
    let label = |row: usize| {
        let labels = data.table.labels.as_ref();
        labels.map(|tags| tags.values[row].clone())
    };
    for part in places.chunks(CHUNK) {
        let rows: Vec<usize> = part.iter().map(|&place| sample.rows[place]).collect();
        let codes: Vec<f32> = part
            .iter()
            .flat_map(|&place| sample.code(place))
            .copied()
            .collect();
        let input = data.gather_known(&rows);
        let output = model.inference().decode(&codes, rows.len());
        let inputs = shown.of_data(data, &rows);
        let values = inputs.into_iter().zip(shown.of(&output));
        for (at, (input_values, reconstruction)) in values.enumerate() {
            let range = at * data.features()..(at + 1) * data.features();
            let pairs = input[range.clone()].iter().zip(&output[range]);
            points.push(Point {
                place: part[at],
                row: data.table.number_of(rows[at]),
                id: data.table.id(rows[at]),
                label: label(rows[at]),
                error: error(pairs),
                code: sample.code(part[at]).to_vec(),
                input: input_values,
                reconstruction,
            });
        }
    }
    points
}

/// Returns the squared error over the features that are known, as if all were.
fn error<'f>(pairs: impl Iterator<Item = (&'f f32, &'f f32)> + Clone) -> f32 {
    let known = pairs.clone().filter(|(x, _)| !x.is_nan());
    let sum: f32 = known.clone().map(|(x, y)| (x - y) * (x - y)).sum();
    match known.count() {
        0 => 0.0,
        known => sum * (pairs.count() as f32 / known as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::device::{device, matrix, values};
    use crate::base::moments::Moments;
    use crate::data::table::Table;
    use crate::tests::autoencoders::trained;

    #[test]
    fn the_pages_decoder_is_the_models() {
        let table = Table::from_floats((0..300).map(|i| ((i * 37) % 101) as f32).collect(), 6);
        let table = table.unwrap();
        for change in 0..3 {
            let mut config = crate::config::Config::default();
            config.network.hidden = vec![5];
            config.network.code = 2;
            config.train.epochs = 2;
            config.network.batch_norm = change == 1;
            config.network.tied = change == 2;
            let model = crate::Autoencoder::new(config).train(&table).unwrap();
            let data = model.prepare(&table).unwrap();
            let sample = Sample::of(&model, &data);
            let found = live(&model, &data, &sample);
            let mut x = sample.codes[..2].to_vec();
            for layer in found.decoder.unwrap() {
                let mut sums = layer.bias.clone();
                for (x, row) in x.iter().zip(layer.weights.chunks(layer.outputs)) {
                    sums.iter_mut().zip(row).for_each(|(s, w)| *s += x * w);
                }
                let cpu = device("cpu").unwrap();
                let sums = matrix(sums, [1, layer.outputs], &cpu);
                x = values(layer.activation.apply(sums));
            }
            let expected = model.inference().decode(&sample.codes[..2], 1);
            for (x, expected) in x.iter().zip(expected) {
                assert!((x - expected).abs() < 1e-4, "{change}: {x} {expected}");
            }
        }
    }

    #[test]
    fn sliders_and_points_are_of_the_sample() {
        let table = Table::from_floats((0..300).map(|i| ((i * 37) % 101) as f32).collect(), 6);
        let table = table.unwrap();
        let model = trained(&table, 2);
        let data = model.prepare(&table).unwrap();
        let sample = Sample::of(&model, &data);
        let found = live(&model, &data, &sample);
        assert_eq!((found.points.len(), found.sliders.len()), (50, 2));
        assert_eq!(found.points[49].row, 50);
        assert_eq!(found.start, Moments::of(&sample.codes, 2).means());
        assert_eq!(found.table[5].range, (0.0, 100.0));
        assert!(found.sliders[0].deviation >= found.sliders[1].deviation);
    }
}

//! How far each feature of a row lies from what comes back of it, and how unusual
//! that makes the row.

use std::borrow::Cow;
use std::ops::Range;

use super::finite;
use super::measure::{Distance, Measure};
use super::reference::Reference;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::objective::inference::{Chunk, Inference};

/// A network, and by what its errors are measured.
#[derive(Clone, Copy)]
pub(crate) struct ScoredBy<'m> {
    pub inference: &'m Inference,
    /// `None` if squared errors count as they are.
    pub measure: Option<&'m Measure>,
    /// The scores of held-out rows by this network alone.
    pub reference: Option<&'m Reference>,
}

/// The networks that score rows together, at least one.
pub(crate) struct Scorer<'m> {
    pub first: ScoredBy<'m>,
    /// None of them, or all and the first have references.
    pub others: Vec<ScoredBy<'m>>,
}

/// The errors of a row.
pub(super) struct RowErrors<'a> {
    /// The squared error of each feature, if it is whitened over its variance; 0
    /// for a missing cell's. Of several networks, their mean.
    pub squares: Vec<f64>,
    /// What came back, of several networks on average.
    pub output: Cow<'a, [f32]>,
    /// The row's score; `None` if it has no value.
    pub score: Option<f64>,
}

impl RowErrors<'_> {
    /// Returns the sum of the squares.
    pub fn sum(&self) -> f64 {
        within(self.squares.iter().sum())
    }

    /// Returns the share of each column, whose features are given, of the squared
    /// error; 0 of a row without any.
    pub fn shares(&self, columns: &[Range<usize>]) -> Vec<f32> {
        let sum = self.squares.iter().sum::<f64>();
        let of = |own: &Range<usize>| self.squares[own.clone()].iter().sum::<f64>();
        let share = |own| {
            if sum > 0.0 {
                (of(own) / sum) as f32
            } else {
                0.0
            }
        };
        columns.iter().map(share).collect()
    }
}

/// Calls `each` with every row's number and its errors.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
pub(super) fn each_row(
    scorer: &Scorer,
    data: &Prepared,
    rows: &[usize],
    mut each: impl FnMut(usize, RowErrors),
) -> Result<()> {
    let features = data.features();
    let constants = data.scaler.constants();
    let feature = |(column, at, value)| (at, data.scaler.feature(column, value));
    let constants: Vec<(usize, f32)> = constants.map(feature).collect();
    let mut sound = Ok(());
    let mut numbers = rows.iter();
    scorer.first.inference.chunks(data, rows, |chunk| {
        let passes: Vec<_> = scorer
            .others
            .iter()
            .map(|network| network.inference.pass(chunk.input, chunk.rows))
            .collect();
        let chunks: Vec<Chunk> = std::iter::once(chunk)
            .chain(passes.iter().map(|pass| pass.chunk()))
            .collect();
        if let (Ok(()), Some(wrong)) = (&sound, chunks.iter().find_map(not_finite)) {
            sound = Err(wrong);
        }
        let networks = std::iter::once(&scorer.first).chain(&scorer.others);
        let distances: Vec<Option<Vec<Distance>>> = networks
            .clone()
            .zip(&chunks)
            .map(|(network, chunk)| Some(network.measure?.distances(network.inference, chunk)))
            .collect();
        for (at, &row) in (0..chunks[0].rows).zip(&mut numbers) {
            let own = at * features..(at + 1) * features;
            let of_network =
                |((network, chunk), distances): ((&ScoredBy, &Chunk), &Option<Vec<_>>)| {
                    let distance = distances.as_ref().map(|distances| distances[at]);
                    let (input, output) = (&chunk.input[own.clone()], &chunk.output[own.clone()]);
                    errors_of(network, data, row, (input, output), distance, &constants)
                };
            let of_networks = networks
                .clone()
                .zip(&chunks)
                .zip(&distances)
                .map(of_network);
            let of_networks: Vec<(Vec<f64>, Option<f64>)> = of_networks.collect();
            let outputs = chunks.iter().map(|chunk| &chunk.output[own.clone()]);
            each(
                row,
                together(scorer, data, row, of_networks, outputs.collect()),
            );
        }
    });
    sound
}

/// Returns the squared error of each feature, and the row's score by one network.
/// `constants` are features that had one value in training.
fn errors_of(
    network: &ScoredBy,
    data: &Prepared,
    row: usize,
    (input, output): (&[f32], &[f32]),
    distance: Option<Distance>,
    constants: &[(usize, f32)],
) -> (Vec<f64>, Option<f64>) {
    let square = |(&x, &y): (&f32, &f32)| match x.is_nan() {
        true => 0.0,
        false => (f64::from(x) - f64::from(y)).powi(2),
    };
    let residuals: Vec<f64> = input.iter().zip(output).map(square).collect();
    let mut squares = residuals.clone();
    if data.scaler.draws_in() {
        data.scaler.add_drawn_in(input, &mut squares);
    }
    // None of the known texts was right: the expected one counts as wrong.
    for range in data.unseen(row) {
        let worst = |a: &usize, b: &usize| squares[*a].total_cmp(&squares[*b]);
        if let Some(expected) = range.max_by(worst) {
            squares[expected] += 1.0;
        }
    }
    let known = input.iter().filter(|x| !x.is_nan()).count();
    let mut score = match known == squares.len() {
        true => squares.iter().sum(),
        false => squares.iter().sum::<f64>() / known as f64 * squares.len() as f64,
    };
    if let (Some(measure), Some(distance)) = (network.measure, distance) {
        let mut squared = distance.squared;
        // What is no part of the residual counts by its variance.
        for (at, (square, residual)) in squares.iter_mut().zip(residuals).enumerate() {
            let variance = measure.whitening.variance(at);
            squared += (*square - residual) / variance;
            *square /= variance;
        }
        score = squared / distance.over;
    }
    // What comes back of a value that never changes is not the row's fault.
    for &(at, value) in constants {
        if input[at] == value {
            squares[at] = 0.0;
        }
    }
    (squares, (known > 0).then_some(within(score)))
}

/// Returns the errors of a row by several networks: the mean of their squares, and of
/// how surprising each finds it, `-ln p`.
fn together<'a>(
    scorer: &Scorer,
    data: &Prepared,
    row: usize,
    mut of_networks: Vec<(Vec<f64>, Option<f64>)>,
    outputs: Vec<&'a [f32]>,
) -> RowErrors<'a> {
    if of_networks.len() == 1 {
        let (squares, score) = of_networks.remove(0);
        return RowErrors {
            squares,
            score,
            output: Cow::Borrowed(outputs[0]),
        };
    }
    let share = 1.0 / of_networks.len() as f64;
    let missing = data.missing_columns(row);
    let networks = std::iter::once(&scorer.first).chain(&scorer.others);
    let surprise = |(network, (_, score)): (&ScoredBy, &(Vec<f64>, Option<f64>))| {
        Some(network.reference?.surprise(missing, (*score)?) * share)
    };
    let score = networks.zip(&of_networks).map(surprise).sum();
    let mut output = vec![0.0; outputs[0].len()];
    for of_network in &outputs {
        let values = output.iter_mut().zip(*of_network);
        values.for_each(|(sum, x)| *sum += x * share as f32);
    }
    let mut squares = vec![0.0; output.len()];
    for (of_network, _) in &of_networks {
        let values = squares.iter_mut().zip(of_network);
        values.for_each(|(sum, x)| *sum += x * share);
    }
    RowErrors {
        squares,
        score,
        output: Cow::Owned(output),
    }
}

/// Returns a score that a 32-bit number holds: one beyond all is larger than any other.
fn within(score: f64) -> f64 {
    let largest = f64::from(f32::MAX);
    if score <= largest { score } else { largest }
}

fn not_finite(chunk: &Chunk) -> Option<crate::Error> {
    finite("reconstructions", chunk.output).err()
}

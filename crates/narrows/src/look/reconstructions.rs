//! Shows rows next to their reconstructions.

use serde::Serialize;

use super::expected::likeliest;
use super::pick::spaced;
use super::rows::{RowDisplay, RowShape, RowValues};
use super::survey::Survey;
use crate::base::random::Address;
use crate::data::scale::{Prepared, Scaler};
use crate::data::source::Source;
use crate::model::Model;
use crate::objective::variant::Effect;

/// Number of evenly spaced rows, and of rows with the largest and smallest
/// errors.
const EVEN: usize = 12;
const WORST: usize = 12;
const BEST: usize = 12;
/// Number of columns named as the largest parts of a row's error.
const TOP: usize = 5;

/// Some rows, each with its reconstruction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reconstructions {
    /// Number of rows to choose from.
    pub rows: usize,
    /// Number of code units between an input and its reconstruction.
    pub code: usize,
    /// The form of the rows.
    #[serde(flatten)]
    pub shape: RowShape,
    /// Evenly spaced rows, always the same ones for the same table.
    pub even: Vec<RowLook>,
    /// The rows with the largest errors, worst first.
    pub worst: Vec<RowLook>,
    /// The rows with the smallest errors, best first.
    pub best: Vec<RowLook>,
}

/// One row and its reconstruction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RowLook {
    /// The row's number in the data it was read from, counted from 1.
    pub row: usize,
    /// The row's id, if the table has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The row's label, if the table has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Squared error summed over features, in the model's scaled units.
    pub error: f32,
    /// The row as it was read.
    pub input: RowValues,
    /// The input with denoising noise, drawn as in training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrupted: Option<RowValues>,
    /// The reconstruction of the corrupted input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<RowValues>,
    /// The reconstruction of the input.
    pub reconstruction: RowValues,
    /// The probability of each column's text or value in the reconstruction, by
    /// the model; `None` for numbers of more than two values, and empty for a
    /// model whose columns have no likelihoods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probabilities: Vec<Option<f32>>,
    /// PCA's reconstruction of the input, with the same code size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pca: Option<RowValues>,
    /// Each column's miss, in standard deviations of that column over all rows;
    /// empty for images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub misses: Vec<f32>,
    /// The columns with the largest shares of the error, largest first, at most
    /// five; empty for images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<Share>,
}

/// A column's share of a row's error.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Share {
    /// The column's index, counted from 0.
    pub column: usize,
    /// Its share of the row's error, 0 to 1.
    pub share: f32,
}

/// Chooses rows and reconstructs them.
pub(super) fn reconstructions(model: &Model, data: &Prepared, survey: &Survey) -> Reconstructions {
    let rows = survey.errors.len();
    // A row without any value has no error to show.
    let known: Vec<usize> = (0..rows)
        .filter(|&row| !survey.errors[row].is_nan())
        .collect();
    let mut order = known.clone();
    order.sort_by(|&a, &b| {
        survey.errors[b]
            .total_cmp(&survey.errors[a])
            .then(a.cmp(&b))
    });
    let even: Vec<usize> = spaced(known.len(), EVEN)
        .into_iter()
        .map(|at| known[at])
        .collect();
    let worst = &order[..order.len().min(WORST)];
    let best: Vec<usize> = order.iter().rev().take(BEST).copied().collect();
    Reconstructions {
        rows,
        code: model.config.network.code,
        shape: RowDisplay::new(data).shape(),
        even: rows_looked_at(model, data, survey, &even),
        worst: rows_looked_at(model, data, survey, worst),
        best: rows_looked_at(model, data, survey, &best),
    }
}

fn rows_looked_at(model: &Model, data: &Prepared, survey: &Survey, rows: &[usize]) -> Vec<RowLook> {
    let scaler = &data.scaler;
    let input = data.gather(rows);
    let mut output = Vec::with_capacity(input.len());
    model.inference().chunks(data, rows, |chunk| {
        output.extend_from_slice(chunk.output);
    });
    let shown = RowDisplay::new(data);
    let values = shown.of_data(data, rows);
    let outputs = shown.of(&output);
    let of_pca = model
        .pca
        .as_ref()
        .map(|pca| shown.of(&pca.reconstruct(&input)));
    let noisy = corrupted(model, data.gather_known(rows), rows);
    let of_noisy = noisy.as_ref().map(|noisy| {
        let fixed = model.inference();
        shown.of(&fixed.decode(&fixed.encode(noisy, rows.len()), rows.len()))
    });
    let noisy = noisy.map(|noisy| shown.of(&noisy));
    let is_image = scaler.image.is_some();
    let at_row = |of: &Option<Vec<RowValues>>, at: usize| of.as_ref().map(|of| of[at].clone());
    let features = data.features();
    let label = |row: usize| {
        let labels = data.table.labels.as_ref();
        labels.map(|tags| tags.values[row].clone())
    };
    rows.iter()
        .enumerate()
        .map(|(at, &row)| {
            let range = at * features..(at + 1) * features;
            let mut reconstruction = outputs[at].clone();
            let expected = &output[range.clone()];
            let probabilities = likeliest(scaler, expected, &mut reconstruction);
            let (misses, top) = match is_image {
                true => Default::default(),
                false => {
                    let (input, output) = (&input[range.clone()], &mut output[range]);
                    // A cell that was filled in counts as no miss.
                    data.missing(row).for_each(|f| output[f] = input[f]);
                    by_column(survey, scaler, input, output)
                }
            };
            RowLook {
                row: data.table.number_of(row),
                id: data.table.id(row),
                label: label(row),
                error: survey.errors[row],
                input: values[at].clone(),
                corrupted: at_row(&noisy, at),
                restored: at_row(&of_noisy, at),
                reconstruction,
                probabilities,
                pca: at_row(&of_pca, at),
                misses,
                top,
            }
        })
        .collect()
}

/// Returns the inputs of some rows with the noise that training puts on them,
/// with NaN for what is missing or hidden; `None` if training puts none.
fn corrupted(model: &Model, input: Vec<f32>, rows: &[usize]) -> Option<Vec<f32>> {
    if !model.config.has_effect(Effect::CorruptsInputs) {
        return None;
    }
    let address = Address {
        seed: model.config.seed,
        epoch: 1,
        rows,
        turn: 0,
    };
    Some(model.coder.corrupted_rows(input, address))
}

/// Returns each column's miss, and the columns with the largest shares of the
/// error.
fn by_column(
    survey: &Survey,
    scaler: &Scaler,
    input: &[f32],
    output: &[f32],
) -> (Vec<f32>, Vec<Share>) {
    let mut misses = Vec::with_capacity(scaler.columns());
    let mut shares = Vec::with_capacity(scaler.columns());
    let whole: f32 = input
        .iter()
        .zip(output)
        .map(|(x, y)| (x - y) * (x - y))
        .sum();
    let mut from = 0;
    for column in 0..scaler.columns() {
        let to = from + scaler.features_of(column).len();
        let square: f32 = (from..to).map(|f| (input[f] - output[f]).powi(2)).sum();
        let variance = survey.spreads[from..to].iter().sum::<f64>() / survey.rows();
        misses.push(match variance > 0.0 {
            true => (f64::from(square) / variance).sqrt() as f32,
            // A column of one value has no deviation, so its own unit is used.
            false => square.sqrt(),
        });
        let share = if whole > 0.0 { square / whole } else { 0.0 };
        shares.push(Share { column, share });
        from = to;
    }
    shares.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.column.cmp(&b.column)));
    shares.truncate(TOP);
    (misses, shares)
}

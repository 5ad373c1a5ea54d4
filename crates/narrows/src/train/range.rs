//! Checks whether the output can reach the inputs.

use crate::base::error::{Error, Place, Result};
use crate::base::warning::{Setting, Warning};
use crate::config::{Activation, Reconstruction};
use crate::data::scale::Prepared;
use crate::data::source::{CHUNK, Source};
use crate::network::reach;
use crate::settings::ranges::quoted;

/// How far inputs may lie beyond an output's reach without a warning.
const SLACK: f32 = 0.05;

/// Refuses inputs outside [0, 1] if they are drawn as zeros and ones or `loss`
/// needs them there, and warns of those that `output` cannot reach.
/// Only training rows count: held-out rows may lie a little outside the scaler's
/// range.
pub(super) fn check_range(
    data: &Prepared,
    rows: &[usize],
    output: Activation,
    loss: Reconstruction,
    binarised: bool,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    let (lowest, highest) = reach(output);
    if lowest == f32::NEG_INFINITY && !binarised {
        return Ok(());
    }
    let mut range = (f32::INFINITY, f32::NEG_INFINITY);
    for &row in rows {
        for (feature, value) in data.range(row, row + 1).into_iter().enumerate() {
            // Rounding in the scaler may overshoot the ends of the range.
            let outside = !(-1e-5..=1.0 + 1e-5).contains(&value);
            let bce = loss == Reconstruction::Bce;
            if outside && (binarised || bce) {
                let (expected, hint) = match binarised {
                    true => (
                        "values in [0, 1], chances of a 1, which data.binarised needs",
                        "set data.scale = \"min_max\", or leave out data.binarised",
                    ),
                    false => (
                        "values in [0, 1], which loss.reconstruction = \"bce\" needs",
                        "set data.scale = \"min_max\", or loss.reconstruction = \"mse\"",
                    ),
                };
                let feature = data.scaler.feature_names()[feature].clone();
                let (place, found) = (
                    Place::Cell(data.table.number_of(row), feature),
                    format!("{value} after scaling"),
                );
                return Err(Error::data(
                    &data.table.origin,
                    place,
                    found,
                    expected,
                    hint,
                ));
            }
            range = (range.0.min(value), range.1.max(value));
        }
    }
    if range.0 < lowest - SLACK || range.1 > highest + SLACK {
        warnings.push(Warning::OutOfReach {
            output: quoted(&output),
            reach: (lowest, highest),
            range,
            try_one: [
                // Outputs that are 0 for every row stay there.
                (!matches!(output, Activation::Relu | Activation::Gelu))
                    .then(|| Setting::new("data.scale", "\"min_max\"")),
                Some(Setting::new("network.output", "\"identity\"")),
            ]
            .into_iter()
            .flatten()
            .collect(),
        });
    }
    Ok(())
}

/// Returns the least squared error that an output of this activation can have,
/// summed over the features of a row, mean over rows.
pub(super) fn least_error(data: &dyn Source, rows: &[usize], output: Activation) -> f64 {
    let (lowest, highest) = reach(output);
    if lowest == f32::NEG_INFINITY {
        return 0.0;
    }
    let beyond = |value: f32| f64::from(value - value.clamp(lowest, highest)).powi(2);
    let parts = rows.chunks(CHUNK).map(|part| data.gather(part));
    let sum: f64 = parts
        .map(|values| values.into_iter().map(beyond).sum::<f64>())
        .sum();
    sum / rows.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DataConfig, Scale};
    use crate::data::read::Parts;
    use crate::data::scale::Scaler;
    use crate::data::table::Table;

    fn refusal(table: &Table) -> String {
        let output = Activation::Sigmoid;
        let unscaled = DataConfig {
            scale: Scale::None,
            ..Default::default()
        };
        let rows: Vec<usize> = (0..table.rows()).collect();
        let mut warnings = Vec::new();
        let scaler = Scaler::fit(table, &rows, &unscaled, output, &mut warnings).unwrap();
        let data = scaler.fit_to(table).unwrap();
        let error = check_range(
            &data,
            &rows,
            output,
            Reconstruction::Bce,
            false,
            &mut warnings,
        )
        .unwrap_err();
        error.to_string()
    }

    #[test]
    fn a_value_out_of_range_is_told_with_its_row_in_the_file() {
        let whole = Table::from_floats(vec![0.0, 0.5, 1.0, 0.25, 7.0, 0.75], 1).unwrap();
        assert!(refusal(&whole).contains("row 5,"), "{}", refusal(&whole));
        let selected = whole.select(&[3, 4, 5]);
        let told = refusal(&selected);
        assert!(told.contains("row 5, column 'x1': found 7"), "{told}");
        let part = Parts::of(whole).of_rows(3).last().unwrap().unwrap();
        assert_eq!(refusal(&part), told);
    }
}

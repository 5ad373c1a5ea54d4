//! Checks whether an epoch's error is far beyond what its inputs could explain:
//! a training can diverge and stay finite.

use super::diverged::lower_rate;
use crate::base::warning::{Setting, Warning};
use crate::config::OptimizerConfig;
use crate::data::source::Source;
use crate::model::history::Epoch;

/// An error this many times the size of the inputs means divergence; an
/// untrained network is some 1 to 10 times off.
const FAR: f64 = 1000.0;
/// Number of rows that show the size of the inputs.
const ROWS: usize = 1000;

/// Returns a warning if the reconstruction term is more than a thousand times
/// the error of a row of zeros: the sum of a row's squares, each taken as at
/// least 1.
pub(super) fn blown_up(
    epoch: &Epoch,
    inputs: &dyn Source,
    rows: &[usize],
    optimizer: &OptimizerConfig,
) -> Option<Warning> {
    let error = *epoch.loss.get("reconstruction")?;
    let rows = &rows[..rows.len().min(ROWS)];
    // Never less than the number of values, so most epochs need not gather
    // rows.
    if error <= FAR * inputs.width() as f64 {
        return None;
    }
    let squares = |value: &f32| f64::from(*value).powi(2).max(1.0);
    let size = inputs.gather(rows).iter().map(squares).sum::<f64>() / rows.len() as f64;
    (error > FAR * size).then(|| Warning::BlownUp {
        epoch: epoch.epoch,
        times: error / size,
        try_one: vec![Setting::new("optimizer.rate", lower_rate(optimizer.rate))],
    })
}

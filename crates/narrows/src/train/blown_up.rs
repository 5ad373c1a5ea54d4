//! Whether an epoch's error is far beyond what its inputs could explain: a
//! training can diverge and stay finite.

use crate::base::warning::Warning;
use crate::config::OptimizerConfig;
use crate::data::source::Source;
use crate::model::history::Epoch;

/// Errors this many times the size of the inputs are no learning any more; a
/// network as it is first drawn is some 1 to 10 times off.
const FAR: f64 = 1000.0;
/// Rows that tell the size of the inputs.
const ROWS: usize = 1000;

/// The warning, where the reconstruction's term is more than a thousand times
/// what a row of zeros would be off by: the sum of a row's squares, each at
/// least 1.
pub(super) fn blown_up(
    epoch: &Epoch,
    inputs: &dyn Source,
    rows: &[usize],
    optimizer: &OptimizerConfig,
) -> Option<Warning> {
    let error = *epoch.loss.get("reconstruction")?;
    let rows = &rows[..rows.len().min(ROWS)];
    // Never less than the number of values: most epochs need no look at them.
    if error <= FAR * inputs.width() as f64 {
        return None;
    }
    let squares = |value: &f32| f64::from(*value).powi(2).max(1.0);
    let size = inputs.gather(rows).iter().map(squares).sum::<f64>() / rows.len() as f64;
    (error > FAR * size).then(|| Warning::BlownUp {
        epoch: epoch.epoch,
        times: error / size,
        rate: optimizer.rate,
    })
}

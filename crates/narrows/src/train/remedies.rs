//! Settings that warnings name, with values.

use super::diverged::lower_rate;
use crate::base::warning::Setting;
use crate::config::{Config, Scale};
use crate::data::source::{CHUNK, Source};

/// The mean square of inputs beyond which their size hinders training.
const LARGE: f64 = 10.0;

/// Returns the learning rate to try if it may be too high.
pub(super) fn lower(config: &Config) -> Setting {
    Setting::new("optimizer.rate", lower_rate(config.optimizer.rate))
}

/// Returns the number with two significant digits.
pub(super) fn rounded(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}

/// Returns the scale to try if inputs are so large, as they are or less their
/// means, that they hinder training.
pub(super) fn scaled(config: &Config, seen: &dyn Source, rows: &[usize]) -> Option<Setting> {
    let unscaled = matches!(config.data.scale, Scale::None | Scale::Centre);
    let large = unscaled && mean_square(seen, rows) > LARGE;
    large.then(|| Setting::new("data.scale", "\"standard\""))
}

/// Returns the mean square of the inputs.
fn mean_square(seen: &dyn Source, rows: &[usize]) -> f64 {
    let parts = rows.chunks(CHUNK).map(|part| seen.gather(part));
    let square = |value: f32| f64::from(value).powi(2);
    let sum: f64 = parts
        .map(|values| values.into_iter().map(square).sum::<f64>())
        .sum();
    sum / (rows.len() * seen.width()) as f64
}

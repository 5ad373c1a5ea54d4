//! Measures how well each feature is reconstructed.

use serde::Serialize;

use super::survey::Survey;
use crate::data::scale::Scaler;

/// One feature over all rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureLook {
    /// The column's name, or `column=level` for a category.
    pub name: String,
    /// The feature's index, counted from 0.
    pub place: usize,
    /// Mean squared error, in the model's scaled units.
    pub mse: f64,
    /// Root of the mean squared error, in the data's own units.
    pub typical_miss: f64,
    /// The feature's share of the error over all features, 0 to 1.
    pub share: f64,
    /// `1 - squared error / squared distance from the mean`; `None` if the
    /// feature is the same in all rows.
    pub explained_variance: Option<f64>,
}

/// Returns every feature, largest share of the error first.
pub(super) fn features(scaler: &Scaler, survey: &Survey) -> Vec<FeatureLook> {
    let factors = scaler.factors();
    let whole: f64 = survey.squares.iter().sum();
    let mut features: Vec<FeatureLook> = scaler
        .feature_names()
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let (square, spread) = (survey.squares[at], survey.spreads[at]);
            let mse = square / survey.rows();
            FeatureLook {
                name,
                place: at,
                mse,
                typical_miss: mse.sqrt() * f64::from(factors[at].abs()),
                share: if whole > 0.0 { square / whole } else { 0.0 },
                explained_variance: (spread > 1e-12 * survey.rows()).then(|| 1.0 - square / spread),
            }
        })
        .collect();
    features.sort_by(|a, b| b.share.total_cmp(&a.share));
    features
}

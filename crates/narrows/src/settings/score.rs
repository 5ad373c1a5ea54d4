//! `[score]`: how unusual a row is.

use serde::{Deserialize, Serialize};

use super::network::NetworkConfig;

/// The most entries of a vector that is whitened, which takes as many numbers
/// squared.
pub(crate) const WIDEST: usize = 1_024;

/// `[score]`: how unusual a row is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ScoreConfig {
    /// By what a row's score is measured.
    pub by: ScoreBy,
    /// The share of usual rows that are marked where the command line says nothing
    /// else (default 0.01): rows with a p-value of at most this.
    pub false_alarms: f64,
}

impl Default for ScoreConfig {
    fn default() -> Self {
        ScoreConfig {
            by: ScoreBy::default(),
            false_alarms: 0.01,
        }
    }
}

impl ScoreConfig {
    /// Returns whether nothing is set.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// By what a row's score is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScoreBy {
    /// The squared error of its reconstruction.
    #[default]
    Error,
    /// The squared Mahalanobis distance of its residual, `(r - m)ᵀ C⁻¹ (r - m)`
    /// with `r = x - x̂`, and the mean `m` and the covariance `C` of the training
    /// rows' residuals: features that come back poorly by themselves count less,
    /// and errors that do not go together as usual count more.
    Whitened,
    /// The same of the residual and of how far each layer of the encoder moves when
    /// the reconstruction is encoded in its turn, `[x - x̂, h₁(x) - h₁(x̂), …]`
    /// (Kim et al., "RaPP: novelty detection with reconstruction along projection
    /// pathway", 2020, section 3.3).
    Pathway,
    /// How far the row lies from the training rows that are most like it, over how
    /// far those lie from one another. Places are the whitened residual together
    /// with the row's features, each by its median and quartiles; 256 training rows
    /// are kept, of which the 16 nearest count. The squared ratio of the two mean
    /// distances (after Breunig et al., "LOF: identifying density-based local
    /// outliers", 2000).
    Local,
}

impl ScoreBy {
    /// Returns the number of entries of the vectors that are whitened, of rows with
    /// so many features; `None` if none are.
    pub(crate) fn width(self, features: usize, network: &NetworkConfig) -> Option<usize> {
        match self {
            ScoreBy::Error => None,
            ScoreBy::Whitened | ScoreBy::Local => Some(features),
            ScoreBy::Pathway => {
                Some(features + network.hidden.iter().sum::<usize>() + network.code)
            }
        }
    }
}

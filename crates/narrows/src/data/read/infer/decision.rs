//! What is decided of a column.

use super::Verdict;
use crate::settings::Kind;

/// What is decided of a column without a setting.
pub struct Decision {
    pub verdict: Verdict,
    pub reason: String,
    pub otherwise: Option<Kind>,
    /// Whether the reader needs to be told.
    pub is_set: bool,
}

impl Decision {
    pub fn of(kind: Kind, reason: impl Into<String>, otherwise: Kind) -> Self {
        Decision {
            is_set: !matches!(kind, Kind::Number),
            verdict: Verdict::Kind(kind),
            reason: reason.into(),
            otherwise: Some(otherwise),
        }
    }

    pub fn undecided(verdict: Verdict, reason: &str) -> Self {
        Decision {
            verdict,
            reason: reason.into(),
            otherwise: None,
            is_set: false,
        }
    }
}

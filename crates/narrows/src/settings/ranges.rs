//! Checks that settings have allowed values.

use serde::Serialize;

use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};

/// The most weights allowed; four copies of more do not fit a usual machine's
/// memory.
pub(crate) const MOST_WEIGHTS: usize = 1 << 30;

/// Returns where to look up what a key may be.
pub(crate) fn meanings() -> Hint {
    Remedy::ExplainConfig.into()
}

/// Formats a number as it was written: a 32-bit one with its own few digits.
fn shown(value: f64) -> String {
    let single = value as f32;
    match f64::from(single) == value {
        true => single.to_string(),
        false => value.to_string(),
    }
}

pub(crate) fn within(key: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if value >= low && value <= high {
        return Ok(());
    }
    let expected = match low == high {
        true => low.to_string(),
        false => format!("{low} to {high}"),
    };
    Err(Error::config(key, shown(value), expected, meanings()))
}

pub(crate) fn share(key: &str, value: f64) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::config(
        key,
        shown(value),
        "at least 0 and less than 1",
        meanings(),
    ))
}

pub(crate) fn above_zero(key: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::config(
        key,
        shown(value),
        "a finite number above 0",
        meanings(),
    ))
}

pub(crate) fn not_negative(key: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::config(
        key,
        shown(value),
        "a finite number, 0 or above",
        meanings(),
    ))
}

pub(crate) fn no_effect(key: &str, refused: bool, because: &str) -> Result<()> {
    if !refused {
        return Ok(());
    }
    Err(Error::config(
        key,
        format!("a setting that can have no effect: {because}"),
        "only settings that have one",
        Hint::from(Remedy::LeaveOut(key.into())).and(", or change the other"),
    ))
}

/// Returns a serializable enum's name as TOML writes it, with its quotes.
pub(crate) fn quoted(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a unit variant is a string")
}

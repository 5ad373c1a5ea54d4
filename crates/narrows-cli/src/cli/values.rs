//! Parses flags whose values are numbers, and says in words what is wrong with
//! one.

use std::num::NonZeroUsize;

/// The largest seed, which is the largest integer of TOML.
const LARGEST_SEED: u64 = i64::MAX as u64;

/// Parses a seed.
pub fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse().ok().filter(|seed| *seed <= LARGEST_SEED);
    seed.ok_or_else(|| format!("expected a whole number from 0 to {LARGEST_SEED}"))
}

/// Parses a number of things.
pub fn count(text: &str) -> Result<usize, String> {
    let count = text.parse();
    count.map_err(|_| "expected a whole number, 0 or above".into())
}

/// Parses a number of things within a range.
pub fn count_in<const LEAST: u32, const MOST: u32>(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|n| (LEAST..=MOST).contains(n));
    count.ok_or_else(|| format!("expected a whole number from {LEAST} to {MOST}"))
}

/// Parses a row's number, counted from 1.
pub fn row(text: &str) -> Result<NonZeroUsize, String> {
    let row = text.parse();
    row.map_err(|_| "expected a row's number, counted from 1".into())
}

/// Parses a share, such as `1%` or `0.01`.
pub fn share(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (text.trim(), 1.0),
    };
    let share = number.parse::<f64>().ok().map(|share| share / whole);
    let share = share.filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "expected a share above 0 and below 1, such as 1% or 0.01".into())
}

/// Parses a number with or without a decimal point.
pub fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    let number = text.parse();
    number.map_err(|_| "expected a number".into())
}

//! Refuses calibration rows that contradict other settings or have no effect.

use super::Config;
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::settings::ranges::no_effect;

/// Checks `data.calibration`.
///
/// # Errors
/// [`Error::Config`] if it can have no effect, or beside `data.window`.
pub(super) fn check_calibration(config: &Config) -> Result<()> {
    let Some(rows) = config.data.calibration.filter(|rows| !rows.is_none()) else {
        return Ok(());
    };
    no_effect(
        "data.calibration",
        config.train.early_stopping.is_none(),
        "without train.early_stopping the held-out rows choose nothing, and p is among them",
    )?;
    match config.data.window {
        Some(_) => Err(Error::config(
            "data.calibration",
            format!("{rows} beside data.window"),
            "rows that have nothing in common with those that are trained on",
            Hint::from(Remedy::LeaveOut("data.calibration".into())),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_rows_are_for_early_stopping_and_single_rows() {
        let mut config = Config::default();
        config.data.calibration = Some(0.into());
        check_calibration(&config).unwrap();
        config.data.calibration = Some(50.into());
        let refused = |config: &Config| check_calibration(config).unwrap_err().to_string();
        let message = refused(&config);
        assert!(message.contains("`data.calibration`") && message.contains("no effect"));
        config.train.early_stopping = Some(3);
        check_calibration(&config).unwrap();
        config.data.window = Some(8);
        assert!(refused(&config).contains("50 beside data.window"));
    }
}

//! Refuses settings of a series that contradict one another or have no effect.

use crate::base::error::{Error, Result};
use crate::data::time_format::{NUMBER, TimeFormat};
use crate::settings::DataConfig;
use crate::settings::ranges::{no_effect, not_negative, within};

/// The most rows of a window; more are taken for a typing mistake.
const LONGEST: f64 = 65_536.0;

/// Checks the settings that make windows of rows.
///
/// # Errors
/// [`Error::Config`] with the offending key.
pub(super) fn check_series(data: &DataConfig) -> Result<()> {
    for (key, is_set, lacks, other) in [
        (
            "data.step",
            data.step.is_some(),
            data.window.is_none(),
            "data.window",
        ),
        (
            "data.time",
            data.time.is_some(),
            data.window.is_none(),
            "data.window",
        ),
        (
            "data.group",
            data.group.is_some(),
            data.window.is_none(),
            "data.window",
        ),
        (
            "data.time_format",
            data.time_format.is_some(),
            data.time.is_none(),
            "data.time",
        ),
        (
            "data.gap",
            data.gap.is_some(),
            data.time.is_none(),
            "data.time",
        ),
    ] {
        no_effect(key, is_set && lacks, &format!("{other} is not set"))?;
    }
    if let Some(window) = data.window {
        within("data.window", window as f64, 2.0, LONGEST)?;
    }
    if let Some(step) = data.step {
        within("data.step", step as f64, 1.0, LONGEST)?;
    }
    if let Some(gap) = data.gap {
        not_negative("data.gap", gap)?;
    }
    check_roles(data)?;
    match &data.time_format {
        Some(format) if format != NUMBER && TimeFormat::new(format).is_none() => {
            Err(Error::config(
                "data.time_format",
                format!("\"{format}\""),
                "a format with all of a date, or a time of day, or \"number\"",
                "for instance \"%d.%m.%Y\" or \"%Y-%m-%d %H:%M\"",
            ))
        }
        _ => Ok(()),
    }
}

/// Refuses a column of times or of series that another setting names too.
fn check_roles(data: &DataConfig) -> Result<()> {
    for (key, column) in [("data.time", &data.time), ("data.group", &data.group)] {
        let Some(column) = column else { continue };
        let others = [
            (
                "data.time",
                key == "data.group" && data.time.as_ref() == Some(column),
            ),
            ("data.label", data.label.as_ref() == Some(column)),
            ("data.one_hot", data.one_hot.contains(column)),
            ("data.ignore", data.ignore.contains(column)),
            ("data.kinds", data.kinds.contains_key(column)),
        ];
        if let Some((other, _)) = others.into_iter().find(|(_, names)| *names) {
            return Err(Error::config(
                key,
                format!("column '{column}' that {other} names too"),
                "one role for each column",
                "take it out of one of the two",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut DataConfig)) -> String {
        let mut data = DataConfig {
            window: Some(8),
            time: Some("when".into()),
            ..DataConfig::default()
        };
        assert!(check_series(&data).is_ok());
        change(&mut data);
        check_series(&data).unwrap_err().to_string()
    }

    #[test]
    fn settings_of_a_series_that_mean_nothing_are_refused() {
        assert!(refused(|data| data.window = None).contains("data.window is not set"));
        assert!(refused(|data| data.window = Some(1)).contains("data.window"));
        assert!(refused(|data| data.step = Some(0)).contains("data.step"));
        assert!(refused(|data| data.gap = Some(-1.0)).contains("data.gap"));
        assert!(refused(|data| data.time_format = Some("%Y".into())).contains("data.time_format"));
        assert!(refused(|data| data.group = data.time.clone()).contains("data.group"));
        assert!(refused(|data| data.label = data.time.clone()).contains("data.label"));
    }
}

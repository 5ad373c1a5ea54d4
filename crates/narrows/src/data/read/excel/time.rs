//! Writes the dates and times of a workbook as text.

use calamine::ExcelDateTime;

/// The first number of days that is no date: 10000-01-01.
const END: f64 = 2_958_466.0;

/// Returns a date as `2024-01-31` or `2024-01-31 10:30:00`, and a time of day as
/// `10:30:00`; `None` if it is beyond the dates of Excel.
pub(super) fn text(time: &ExcelDateTime) -> Option<String> {
    let days = time.as_f64();
    if !(0.0..END).contains(&days) {
        return None;
    }
    let (year, month, day, hour, minute, second, thousandths) = time.to_ymd_hms_milli();
    let mut clock = format!("{hour:02}:{minute:02}:{second:02}");
    if thousandths > 0 {
        clock += &format!(".{thousandths:03}");
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(match (days < 1.0, clock.as_str()) {
        (true, _) => clock,
        (false, "00:00:00") => date,
        (false, _) => format!("{date} {clock}"),
    })
}

/// Returns a date of ISO 8601 in the same form.
pub(super) fn of_iso(text: &str) -> String {
    let text = text.trim_end_matches('Z').replacen('T', " ", 1);
    match text.strip_suffix(" 00:00:00") {
        Some(date) => date.into(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn dates_and_times_are_those_that_excel_shows() {
        for (days, is_1904, expected) in [
            (45_322.0, false, Some("2024-01-31")),
            (45_322.437_5, false, Some("2024-01-31 10:30:00")),
            (43_860.0, true, Some("2024-01-31")),
            (0.437_5, false, Some("10:30:00")),
            (45_943.541, false, Some("2025-10-13 12:59:02.400")),
            (-1.0, false, None),
            (2_958_466.0, false, None),
            (f64::NAN, false, None),
        ] {
            let time = ExcelDateTime::new(days, ExcelDateTimeType::DateTime, is_1904);
            assert_eq!(text(&time).as_deref(), expected, "{days}");
        }
        assert_eq!(of_iso("2024-01-31T00:00:00"), "2024-01-31");
        assert_eq!(of_iso("2024-01-31T10:30:00Z"), "2024-01-31 10:30:00");
    }
}

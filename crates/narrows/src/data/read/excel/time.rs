//! Writes the dates and times of a workbook as text.

use calamine::ExcelDateTime;

use super::kept::Value;

/// The first number of days that is no date: 10000-01-01.
const END: f64 = 2_958_466.0;

/// Returns a date as `2024-01-31` or `2024-01-31 10:30:00`, and a time of day as
/// `10:30:00`; `None` if it is beyond the dates of Excel.
pub(super) fn text(time: &ExcelDateTime) -> Option<Value> {
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
        (true, _) => Value::Text(clock),
        (false, "00:00:00") => Value::Date(date),
        (false, _) => Value::Moment(format!("{date} {clock}")),
    })
}

/// Returns a date of ISO 8601 in the same form.
pub(super) fn of_iso(text: &str) -> Value {
    let text = text.trim().trim_end_matches('Z').replacen('T', " ", 1);
    match text.split_once(' ') {
        Some((date, "00:00:00")) => Value::Date(date.into()),
        Some(_) => Value::Moment(text),
        None if text.contains(':') => Value::Text(text),
        None => Value::Date(text),
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
            let found = text(&time).map(|time| time.text());
            assert_eq!(found.as_deref(), expected, "{days}");
        }
        let date = Value::Date("2024-01-31".into());
        assert_eq!(of_iso("2024-01-31T00:00:00"), date);
        assert_eq!(of_iso("2024-01-31"), date);
        let moment = Value::Moment("2024-01-31 10:30:00".into());
        assert_eq!(of_iso("2024-01-31T10:30:00Z"), moment);
        assert_eq!(of_iso("10:30:00"), Value::Text("10:30:00".into()));
    }
}

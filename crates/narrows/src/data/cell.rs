//! Decides what the text of a cell means.

/// Texts that stand for a missing cell.
const MISSING: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "null", "None", "?"];

/// Parses a number as it may be written in a file.
pub(crate) fn parse(text: &str) -> Option<f32> {
    match text.trim() {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        text => text.parse().ok(),
    }
}

/// Returns the number as it is written in the file; `single` is that number in
/// 32 bits.
pub(crate) fn exactly(text: &str, single: f32) -> f64 {
    // With so few characters, 32 bits hold the same number.
    match text.len() {
        0..=6 => f64::from(single),
        _ => text.trim().parse().unwrap_or(f64::from(single)),
    }
}

/// Returns whether the text stands for a missing cell.
pub(crate) fn is_missing(text: &str) -> bool {
    MISSING.contains(&text.trim())
}

/// Returns whether a header's cell would be read as a cell of a row of numbers.
pub(crate) fn reads_as_value(text: &str) -> bool {
    is_missing(text) || parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_parse_as_people_write_them() {
        assert_eq!(parse(" 1e3 "), Some(1000.0));
        assert_eq!(parse("+.5"), Some(0.5));
        assert_eq!(parse("True"), Some(1.0));
        assert_eq!(parse("1e39"), Some(f32::INFINITY));
        assert_eq!(parse("1,5"), None);
        assert_eq!(exactly("1700017940", 1.7e9), 1_700_017_940.0);
        assert_eq!(exactly("FALSE  ", 0.0), 0.0);
    }
}

//! What the text of a cell may mean.

/// What stands for a missing cell.
const MISSING: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "null", "None", "?"];

/// A number as it may stand in a file.
pub(super) fn parse(text: &str) -> Option<f32> {
    match text.trim() {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        text => text.parse().ok(),
    }
}

/// Whether the text stands for a missing cell.
pub(super) fn is_missing(text: &str) -> bool {
    MISSING.contains(&text.trim())
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
    }
}

//! Decides what the text of a cell means.

/// Texts that stand for a missing cell in any column: those of pandas, and `?`.
const MISSING: [&str; 24] = [
    "", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "Nan", "-NaN",
    "-nan", "-NAN", "+nan", "+NaN", "null", "NULL", "Null", "None", "?", "1.#QNAN", "-1.#IND",
];

/// Texts that stand for a missing cell in a column whose other cells are
/// numbers; among texts they may be texts of their own.
const MISSING_AMONG_NUMBERS: [&str; 29] = [
    "-",
    "--",
    "---",
    "—",
    "–",
    ".",
    "..",
    "...",
    "*",
    "n.a.",
    "n.d.",
    "na",
    "nd",
    "nil",
    "none",
    "missing",
    "unknown",
    "undefined",
    "not available",
    "no data",
    "#div/0!",
    "#value!",
    "#ref!",
    "#name?",
    "#num!",
    "#null!",
    "(null)",
    "\\n",
    "void",
];

/// Parses a number as it may be written in a file.
pub(crate) fn parse(text: &str) -> Option<f32> {
    match text.trim() {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        text => match text.strip_prefix('−') {
            // The typographic minus.
            Some(size) => size.parse::<f32>().ok().map(|size| -size),
            None => text.parse().ok(),
        },
    }
}

/// Returns the number as it is written in the file; `single` is that number in
/// 32 bits.
pub(crate) fn exactly(text: &str, single: f32) -> f64 {
    // With so few characters, 32 bits hold the same number, unless it is too
    // small for them.
    match text.len() {
        0..=6 if single != 0.0 || !text.contains(['e', 'E']) => f64::from(single),
        _ => match text.trim().strip_prefix('−') {
            Some(size) => size.parse().map_or(f64::from(single), |size: f64| -size),
            None => text.trim().parse().unwrap_or(f64::from(single)),
        },
    }
}

/// Returns whether the text stands for a missing cell.
pub(crate) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    // Most cells are longer, or begin as numbers do.
    text.len() <= 8 && MISSING.contains(&text)
}

/// Returns whether the text stands for a missing cell if all other cells of its
/// column are numbers.
pub(crate) fn is_missing_among_numbers(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 16 && MISSING_AMONG_NUMBERS.contains(&text.to_lowercase().as_str())
}

/// Returns whether a header's cell would be read as a cell of a row of numbers.
pub(crate) fn reads_as_value(text: &str) -> bool {
    is_missing(text) || parse(text).is_some()
}

/// Returns a whole number without the zeros after its decimal point, as `3` for
/// `3.0`; any other text as it is.
pub(crate) fn without_zeros(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if is_whole(whole) && !zeros.is_empty() => {
            match zeros.bytes().all(|byte| byte == b'0') {
                true => whole,
                false => text,
            }
        }
        _ => text,
    }
}

/// Returns whether the text is a whole number in digits alone.
pub(crate) fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
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
        assert_eq!(parse("−2.5"), Some(-2.5));
        assert_eq!(exactly("−1700017940", -1.7e9), -1_700_017_940.0);
        assert_eq!(parse("1,5"), None);
        assert_eq!(exactly("1700017940", 1.7e9), 1_700_017_940.0);
        assert_eq!(exactly("FALSE  ", 0.0), 0.0);
    }

    #[test]
    fn missing_is_what_other_programs_write_for_it() {
        for text in ["", " ", "NULL", "<NA>", "#N/A", "n/a", "-nan", "NAN", "?"] {
            assert!(is_missing(text), "{text}");
        }
        for text in ["-", ".", "#DIV/0!", "Missing", "n.d."] {
            assert!(
                !is_missing(text) && is_missing_among_numbers(text),
                "{text}"
            );
        }
        assert!(!is_missing_among_numbers("red"));
    }

    #[test]
    fn zeros_after_the_point_of_a_whole_number_are_no_text_of_their_own() {
        for (text, short) in [("3.0", "3"), ("-3.00", "-3"), ("12.000", "12")] {
            assert_eq!(without_zeros(text), short);
        }
        for text in ["3", "1.10", "3.", ".0", "v1.0", "1.0.0", "00.1"] {
            assert_eq!(without_zeros(text), text);
        }
    }
}

//! Advises what to do about a text where a number should be.

use crate::base::hint::{Hint, Remedy};
use crate::data::cell::{is_missing_among_numbers, parse};

/// Symbols of currencies and shares.
const SYMBOLS: [char; 6] = ['$', '€', '£', '¥', '%', '‰'];

/// Returns advice for a text that is nearly a number or stands for none.
pub(super) fn advice(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains('\n') {
        return Some("a quote opens here and closes lines below: close it or take it out".into());
    }
    if is_missing_among_numbers(text) || (text.starts_with('#') && text.ends_with(['!', '?'])) {
        return Some("if it stands for no value, leave the cell empty".into());
    }
    if has_comma(text) {
        return Some("write decimals with a point, without separators of thousands".into());
    }
    if is_date(text) {
        return Some(
            "dates are read where data.kinds names their format, such as \"time:%Y-%m-%d\"".into(),
        );
    }
    let symbol = text.chars().find(|c| SYMBOLS.contains(c))?;
    let bare = text.replace(symbol, "");
    parse(&bare)?;
    Some(format!("write the number alone, without '{symbol}'"))
}

/// Returns whether the text is a number written with commas: one for the
/// decimals, or one before each group of three digits.
pub(super) fn has_comma(text: &str) -> bool {
    let groups = || text.split(',').skip(1);
    let thousands = groups().all(|group| group.len() == 3 || group.get(3..4) == Some("."));
    let bare = match thousands && groups().count() > 1 {
        true => text.replace(',', ""),
        false => text.replace(',', "."),
    };
    text.contains(',') && parse(&bare).is_some()
}

/// Returns whether the text starts like a date: three numbers, one of them a
/// year.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(digits) && parts.iter().any(|part| part.len() == 4)
}

/// Returns advice if the only column's name and text show that several columns
/// were meant.
pub(super) fn other_delimiter(name: &str, text: &str) -> Option<Hint> {
    let count = |text: &str, delimiter| text.matches(delimiter).count();
    let same = |&(delimiter, _): &(char, &str)| {
        count(name, delimiter) > 0 && count(name, delimiter) == count(text, delimiter)
    };
    let words = |text: &str| text.split_whitespace().count();
    let delimiters = [
        (',', "comma"),
        (';', "semicolon"),
        ('|', "pipe"),
        ('\t', "tab"),
    ];
    let value = match delimiters.iter().find(|d| same(d)) {
        Some((_, value)) => *value,
        None if words(name) > 1 && words(name) == words(text) => "space",
        None if same(&(':', "")) => {
            return Some("columns seem to be separated by ':': separate them by commas".into());
        }
        None => return None,
    };
    let set = Remedy::Set {
        key: "data.delimiter",
        value: value.into(),
    };
    Some(Hint::from("if cells are separated otherwise: ").and(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_numbers_are_told_from_other_commas() {
        for text in ["1,5", "1,234,567", "1,234,567.5", "-0,5"] {
            assert!(has_comma(text), "{text}");
        }
        for text in ["1.5", "a,b", "1,2,3", "well, well"] {
            assert!(!has_comma(text), "{text}");
        }
    }

    #[test]
    fn advice_is_for_what_nearly_is_a_number() {
        for (text, word) in [
            ("-", "leave the cell empty"),
            ("#DIV/0!", "leave the cell empty"),
            ("2024-01-31", "dates"),
            ("31.1.2024 10:30", "dates"),
            ("$5.00", "without '$'"),
            ("12 %", "without '%'"),
            ("2\n3", "quote"),
        ] {
            assert!(advice(text).unwrap().contains(word), "{text}");
        }
        for text in ["red", "r1", "1.2.3", "5 kg", "50% off"] {
            assert_eq!(advice(text), None, "{text}");
        }
    }

    #[test]
    fn a_delimiter_must_be_in_name_and_text_alike() {
        let value = |name, text| other_delimiter(name, text).map(|hint| hint.to_string());
        assert!(value("a|b", "1|2").unwrap().contains("\"pipe\""));
        assert!(value("a,b", "1,2").unwrap().contains("\"comma\""));
        assert!(value("a  b c", "x y   z").unwrap().contains("\"space\""));
        assert_eq!(other_delimiter("my name", "ann"), None);
        assert_eq!(other_delimiter("a", "1 2"), None);
    }
}

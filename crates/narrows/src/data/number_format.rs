//! How the numbers of a column are written, where that is not as Rust writes
//! them.

use serde::{Deserialize, Serialize};

use super::cell::{exactly, parse};

/// The decimal mark, the marks of thousands, and a constant sign or unit of a
/// column's numbers, such as `$1,234.50` or `3,5 kg`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NumberFormat {
    /// Whether the decimal mark is a comma.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decimal_comma: bool,
    /// The mark before each group of three digits; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<char>,
    /// Whether numbers in parentheses were among them, which are negative.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub parentheses: bool,
    /// What is written before each number, such as `$`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What is written after each number, such as `kg`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Further texts that stand for a missing cell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// A number taken apart.
#[derive(Debug, PartialEq)]
pub(crate) struct Written<'a> {
    pub negative: bool,
    /// Whether parentheses stand for the minus.
    pub parentheses: bool,
    pub before: &'a str,
    /// Digits with their marks, and an exponent.
    pub digits: &'a str,
    pub after: &'a str,
}

impl NumberFormat {
    /// Returns whether numbers are written as Rust writes them.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Describes the format by an example.
    pub fn expected(&self) -> String {
        let decimal = if self.decimal_comma { ',' } else { '.' };
        let group = self.group.map(String::from).unwrap_or_default();
        let spaced = |sign: &String, number: String| match sign.is_empty() {
            true => number,
            false => format!("{number} {sign}"),
        };
        let number = spaced(&self.after, format!("1{group}234{decimal}5"));
        format!(
            "a number written as in training, such as '{}{number}'",
            self.before
        )
    }

    /// Returns whether the text stands for a missing cell.
    pub fn is_missing(&self, text: &str) -> bool {
        self.missing.iter().any(|missing| missing == text)
    }

    /// Returns a number in 32 bits and as it is written; `None` if the text is
    /// not written in this format.
    pub fn parse(&self, text: &str) -> Option<(f32, f64)> {
        let Some(written) = Written::of(text) else {
            // Words for true and false.
            return parse(text).map(|value| (value, f64::from(value)));
        };
        // A number alone is one whatever its unit.
        let is_alone = written.before.is_empty() && written.after.is_empty();
        if !is_alone && (written.before != self.before || written.after != self.after) {
            return None;
        }
        let plain = self.plain_digits(&written)?;
        let single: f32 = plain.parse().ok()?;
        Some((single, exactly(&plain, single)))
    }

    /// Returns whether a number has another mark than that of the decimals.
    pub fn has_other_mark(&self, text: &str) -> bool {
        let decimal = if self.decimal_comma { ',' } else { '.' };
        let other = |c: char| is_mark(c) && c != decimal;
        Written::of(text).is_some_and(|written| written.digits.contains(other))
    }

    /// Returns the number as Rust writes it.
    fn plain_digits(&self, written: &Written) -> Option<String> {
        let has_point = self.decimal_comma && !written.digits.contains(',');
        if has_point && let Some((whole, fraction)) = written.digits.split_once('.') {
            let groups = are_groups(written.digits.split('.')) && !whole.starts_with('0');
            if !groups {
                // Only a decimal point can be meant, as in `1234.5`.
                let plain = format!("{}{whole}.{fraction}", written.sign());
                return (!fraction.contains('.')).then_some(plain);
            }
            if self.group != Some('.') {
                return None;
            }
        }
        let decimal = if self.decimal_comma { ',' } else { '.' };
        let (whole, fraction) = match written.digits.split_once(decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (written.digits, None),
        };
        let mut plain = String::with_capacity(written.digits.len() + 1);
        plain.push_str(written.sign());
        // No number of training need have been so large that it had one.
        let mark = whole.chars().find(|&c| is_mark(c) && c != decimal);
        let clear = mark.filter(|mark| fraction.is_some() || !matches!(mark, '.' | ','));
        match self.group.or(clear) {
            Some(group) if whole.contains(group) => {
                let groups = whole.split(group);
                if !are_groups(groups.clone()) {
                    return None;
                }
                plain.extend(groups);
            }
            _ => plain.push_str(whole),
        }
        if let Some(fraction) = fraction {
            plain.push('.');
            plain.push_str(fraction);
        }
        Some(plain)
    }
}

/// Returns whether groups of digits are those of thousands: one to three
/// digits, then three each.
pub(crate) fn are_groups<'a>(mut groups: impl Iterator<Item = &'a str>) -> bool {
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|group| group.len() == 3 && digits(group))
}

/// Marks that may be between digits.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '_'
    )
}

impl<'a> Written<'a> {
    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    /// Takes a number apart; `None` if there is no digit, or if there are
    /// several numbers.
    pub fn of(text: &'a str) -> Option<Self> {
        let mut rest = text.trim();
        let mut parentheses = false;
        if let Some(inner) = rest.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            (rest, parentheses) = (inner.trim(), true);
        }
        let mut negative = parentheses;
        let mut sign = |rest: &mut &'a str| {
            for (mark, minus) in [('-', true), ('−', true), ('+', false)] {
                if let Some(unsigned) = rest.strip_prefix(mark) {
                    *rest = unsigned.trim_start();
                    negative |= minus;
                    return true;
                }
            }
            false
        };
        let signed = sign(&mut rest);
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        // A decimal mark may be the first character.
        let start = match rest[..start].chars().next_back() {
            Some(mark @ ('.' | ',')) => start - mark.len_utf8(),
            _ => start,
        };
        let (mut before, mut rest) = rest.split_at(start);
        if !signed {
            // As in `$-5`.
            let unsigned = before.trim_end_matches(['-', '−', '+']);
            if unsigned.len() < before.len() {
                let mut mark = &before[unsigned.len()..];
                sign(&mut mark);
                if !mark.is_empty() {
                    return None;
                }
                before = unsigned;
            }
        }
        rest = rest.trim_start();
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            if c.is_ascii_digit() {
                end = at + 1;
            } else if !is_mark(c) {
                break;
            }
        }
        // A trailing point, as in `5.`.
        if rest[end..] == *"." {
            end += 1;
        }
        end += exponent(&rest[end..]);
        let (digits, after) = rest.split_at(end);
        if after.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        Some(Written {
            negative,
            parentheses,
            before: before.trim(),
            digits,
            after: after.trim(),
        })
    }
}

/// Returns the length of an exponent at the start of a text, 0 if there is
/// none.
fn exponent(text: &str) -> usize {
    let Some(power) = text.strip_prefix(['e', 'E']) else {
        return 0;
    };
    let digits = power.strip_prefix(['-', '+']).unwrap_or(power);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    match count {
        0 => 0,
        _ => 1 + (power.len() - digits.len()) + count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(change: impl FnOnce(&mut NumberFormat)) -> NumberFormat {
        let mut format = NumberFormat::default();
        change(&mut format);
        format
    }

    fn value(format: &NumberFormat, text: &str) -> Option<f32> {
        format.parse(text).map(|(single, _)| single)
    }

    #[test]
    fn thousands_that_training_had_not_are_read_where_they_are_clear() {
        let value = |format: &NumberFormat, text| format.parse(text).map(|(single, _)| single);
        let point = NumberFormat::default();
        assert_eq!(value(&point, "4,999.00"), Some(4999.0));
        assert_eq!(value(&point, "1'234"), Some(1234.0));
        let comma = NumberFormat {
            decimal_comma: true,
            after: "€".into(),
            ..NumberFormat::default()
        };
        assert_eq!(value(&comma, "98 000,00 €"), Some(98_000.0));
        assert_eq!(value(&comma, "1.234,5"), Some(1234.5));
        for unclear in ["1,234", "4,99.00", "12,3456.0"] {
            assert_eq!(value(&point, unclear), None, "{unclear}");
        }
    }

    #[test]
    fn marks_signs_and_units_are_taken_off() {
        let comma = format(|f| (f.decimal_comma, f.group) = (true, Some('.')));
        for (text, number) in [
            ("1,5", 1.5),
            ("-1.234,5", -1234.5),
            ("1.234.567", 1_234_567.0),
            ("7", 7.0),
            (",5", 0.5),
            ("1,5e3", 1500.0),
        ] {
            assert_eq!(value(&comma, text), Some(number), "{text}");
        }
        assert_eq!(value(&comma, "1.23,5"), None);
        // What this program writes has a point, which is only read as one where
        // it cannot be between thousands.
        let bare = format(|f| f.decimal_comma = true);
        for (text, plain, grouped) in [
            ("1234.5", Some(1234.5), Some(1234.5)),
            ("0.123", Some(0.123), Some(0.123)),
            ("-12.34e-3", Some(-0.01234), Some(-0.01234)),
            ("1.234", None, Some(1234.0)),
        ] {
            assert_eq!(value(&bare, text), plain, "{text}");
            assert_eq!(value(&comma, text), grouped, "{text}");
        }
        let dollars = format(|f| (f.before, f.group) = ("$".into(), Some(',')));
        for (text, number) in [
            ("$5", 5.0),
            ("$1,234.50", 1234.5),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("($5.00)", -5.0),
            ("$ .5", 0.5),
        ] {
            assert_eq!(value(&dollars, text), Some(number), "{text}");
        }
        assert_eq!(value(&dollars, "5"), Some(5.0));
        for text in ["€5", "$5 net", "$5-7", "$1,23"] {
            assert_eq!(value(&dollars, text), None, "{text}");
        }
        let weight = format(|f| f.after = "kg".into());
        assert_eq!(value(&weight, "5 kg"), Some(5.0));
        assert_eq!(value(&weight, "−5.5kg"), Some(-5.5));
        assert_eq!(weight.parse("16777217 kg").unwrap().1, 16_777_217.0);
    }

    #[test]
    fn a_number_is_taken_apart() {
        let written = Written::of("- € 1 234,5 pro Tag").unwrap();
        assert_eq!(
            (written.before, written.digits, written.after),
            ("€", "1 234,5", "pro Tag")
        );
        assert!(written.negative);
        for text in ["", "red", "1-2", "10:30", "2024-01-31", "a1b2"] {
            assert_eq!(Written::of(text), None, "{text}");
        }
    }
}

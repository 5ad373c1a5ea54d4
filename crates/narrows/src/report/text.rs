//! Formats numbers for readers.

/// A narrow no-break space.
const THIN: char = '\u{202f}';

/// Writes 60000 as `60,000`.
pub(super) fn count(number: usize) -> String {
    grouped(&number.to_string())
}

/// Writes `1 row`, `2 rows`.
pub(super) fn counted(number: usize, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(number))
}

/// Writes four significant digits, or all digits before the point.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e9).contains(&size) {
        return minus(format!("{value:.2e}"));
    }
    let decimals = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
    fixed(value, decimals)
}

/// Writes a given number of decimals; thousands are grouped.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if value.abs() >= 1e12 {
        return minus(format!("{value:.2e}"));
    }
    let text = format!("{value:.decimals$}");
    let (sign, text) = match text.strip_prefix('-') {
        // A number rounded to 0 has no sign.
        Some(rest) if rest.chars().all(|c| "0.".contains(c)) => ("", rest),
        Some(rest) => ("−", rest),
        None => ("", text.as_str()),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{part}", grouped(whole))
}

/// Drops trailing zeros, for single values of data.
pub(super) fn short(value: f64) -> String {
    let text = number(value);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

/// Writes .9312 as `93.1 %`, with more decimals just below 100 %.
pub(super) fn percent(share: f64) -> String {
    if share.abs() >= 1e4 {
        return format!("{}{THIN}%", minus(format!("{:.2e}", share * 100.0)));
    }
    let missing = (1.0 - share).abs();
    let decimals = match () {
        () if missing == 0.0 || missing >= 0.0005 => 1,
        () if missing >= 0.000_05 => 2,
        () if missing >= 0.000_005 => 3,
        () => 4,
    };
    format!("{}{THIN}%", fixed(share * 100.0, decimals))
}

/// Cuts a text of the data to at most `most` letters.
pub(super) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.into(),
    }
}

/// Writes a coordinate of a drawing: a tenth is finer than the eye.
pub(super) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn minus(text: String) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(60_000), "60,000");
        assert_eq!(count(784), "784");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(number(0.012_345), "0.01235");
        assert_eq!(number(1234.56), "1,235");
        assert_eq!(number(9.688), "9.688");
        assert_eq!(number(-2.5e-7), "−2.50e−7");
        assert_eq!(short(12.50), "12.5");
        assert_eq!(short(1200.0), "1,200");
        assert_eq!(fixed(-0.01, 1), "0.0");
        assert_eq!(px(-0.01), "0");
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(clipped("größer", 6), "größer");
        assert_eq!(clipped("größer", 4), "größ…");
    }

    #[test]
    fn percent_never_rounds_up_to_100() {
        assert_eq!(percent(0.9312), "93.1\u{202f}%");
        assert_eq!(percent(0.99962), "99.96\u{202f}%");
        assert_eq!(percent(1.0), "100.0\u{202f}%");
        assert_eq!(percent(-1.36e20), "−1.36e22\u{202f}%");
        assert_eq!(fixed(1.5e20, 1), "1.50e20");
        assert_eq!(percent(-12.34), "−1,234.0\u{202f}%");
    }
}

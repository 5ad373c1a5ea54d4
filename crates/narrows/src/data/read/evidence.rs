//! Collects how the cells of a column are written, and decides from all of them
//! whether they are numbers.

use std::collections::BTreeMap;

use crate::data::cell::{is_missing_among_numbers, parse};
use crate::data::number_format::{NumberFormat, Written, are_groups};
use crate::settings::Decimal;

/// The most different texts that may stand for a missing cell.
const MOST_MARKERS: usize = 8;

/// Signs of currencies.
const CURRENCIES: [&str; 28] = [
    "$", "€", "£", "¥", "₹", "₩", "₽", "₺", "₫", "₪", "฿", "R$", "US$", "A$", "C$", "kr", "zł",
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "CAD", "AUD", "SEK", "BRL",
];

/// Units that may follow a number without a space.
const UNITS: [&str; 74] = [
    "%", "‰", "°", "°C", "°F", "C", "F", "K", "kg", "g", "mg", "µg", "t", "lb", "lbs", "oz", "km",
    "m", "cm", "mm", "µm", "nm", "mi", "ft", "in", "\"", "'", "l", "L", "ml", "mL", "h", "hr",
    "hrs", "min", "mins", "s", "sec", "ms", "Hz", "kHz", "MHz", "GHz", "W", "kW", "kWh", "V", "A",
    "mA", "Ah", "J", "kJ", "kcal", "Pa", "hPa", "kPa", "bar", "mph", "px", "dB", "km/h", "m/s",
    "KB", "MB", "GB", "TB", "kB", "x", "ppm", "bpm", "rpm", "mm²", "cm²", "m²",
];

/// What a column's cells have shown so far.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Cells that are numbers as Rust writes them, and others.
    plain: usize,
    marked: usize,
    /// What is around the first number, and whether all others agree.
    around: Option<(String, String)>,
    differs: bool,
    /// Whether a space is before every unit.
    spaced: bool,
    comma: Mark,
    point: Mark,
    /// Another mark of thousands.
    group: Option<char>,
    /// Whether some numbers are in parentheses, and whether others are not.
    parentheses: bool,
    bare: bool,
    /// Texts that are no numbers; too many of them are not kept.
    texts: BTreeMap<String, usize>,
    is_text: bool,
    /// The first number whose comma has two readings.
    open: String,
}

/// What the cells have shown of a comma or a point.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// A cell in which it can only be the decimal mark.
    decimal: bool,
    /// A cell in which it can only be between thousands.
    thousands: bool,
    /// A cell in which it can be either, as in `1,234`.
    either: bool,
}

/// What a column is.
#[derive(Debug, PartialEq)]
pub(super) enum Finding {
    /// Numbers in this format.
    Numbers(NumberFormat),
    /// Numbers that have two readings, one of which `data.decimal` chooses.
    TwoReadings,
    /// Text.
    Text,
}

impl Evidence {
    /// Adds a cell that is not missing.
    pub fn add(&mut self, text: &str) {
        if self.is_text {
            return;
        }
        if parse(text).is_some() {
            self.plain += 1;
            self.bare = true;
            if let Some((whole, fraction)) = text.split_once('.') {
                self.point.add(whole, fraction);
            }
            self.agree("", "", true);
            return;
        }
        let written = Written::of(text).filter(|_| !is_missing_among_numbers(text));
        let written = written.filter(|written| self.marks(written.digits));
        let Some(written) = written else {
            self.add_text(text);
            return;
        };
        self.marked += 1;
        if self.comma.either && self.open.is_empty() {
            self.open = text.into();
        }
        self.parentheses |= written.parentheses;
        self.bare |= !written.parentheses;
        let end = text.trim_end().len() - written.after.len();
        let spaced = text
            .get(..end)
            .is_some_and(|t| t.ends_with(char::is_whitespace));
        self.agree(written.before, written.after, spaced);
    }

    fn add_text(&mut self, text: &str) {
        *self.texts.entry(text.into()).or_default() += 1;
        self.is_text = self.texts.len() > MOST_MARKERS || !is_missing_among_numbers(text);
    }

    fn agree(&mut self, before: &str, after: &str, spaced: bool) {
        match &self.around {
            None => {
                self.around = Some((before.into(), after.into()));
                self.spaced = spaced;
            }
            Some((b, a)) => {
                self.differs |= b != before || a != after;
                self.spaced &= spaced;
            }
        }
    }

    /// Adds the marks of a number; returns `false` if they fit no number.
    fn marks(&mut self, digits: &str) -> bool {
        let digits = digits.split(['e', 'E']).next().unwrap_or_default();
        let mark = |c: char| !c.is_ascii_digit();
        let Some(last) = digits.rfind(mark) else {
            return true;
        };
        let first = digits.chars().find(|&c| mark(c)).unwrap_or_default();
        let fraction = &digits[last..];
        let last = fraction.chars().next().unwrap_or_default();
        let fraction = &fraction[last.len_utf8()..];
        let whole = &digits[..digits.len() - fraction.len() - last.len_utf8()];
        if !matches!(first, '.' | ',') {
            // Spaces and the like are only ever between thousands.
            let (whole, ends) = match matches!(last, '.' | ',') {
                true => (whole, true),
                false => (digits, false),
            };
            if !are_groups(whole.split(first)) || self.group.is_some_and(|group| group != first) {
                return false;
            }
            self.group = Some(first);
            if ends {
                self.mark(last).decimal = true;
            }
            return true;
        }
        if whole.contains(last) {
            // `1,234,567`
            // Four such groups with points are an address.
            let groups = digits
                .split('.')
                .filter_map(|group| group.parse::<u8>().ok());
            let sound = first == last && are_groups(digits.split(last)) && groups.count() != 4;
            self.mark(last).thousands |= sound;
            return sound;
        }
        if first != last {
            // `1.234,5`
            let sound = matches!(last, '.' | ',') && are_groups(whole.split(first));
            self.mark(first).thousands |= sound;
            self.mark(last).decimal |= sound;
            return sound;
        }
        self.mark(last).add(whole, fraction);
        true
    }

    fn mark(&mut self, mark: char) -> &mut Mark {
        match mark {
            ',' => &mut self.comma,
            _ => &mut self.point,
        }
    }

    /// Returns whether the column is numbers whose comma can only be the decimal
    /// mark.
    pub fn shows_decimal_comma(&self) -> bool {
        let shows = self.comma.decimal && !self.comma.thousands && !self.point.decimal;
        shows && self.decide(Decimal::Auto) != Finding::Text
    }

    /// Returns whether the column is numbers whose point can only be the decimal
    /// mark.
    pub fn shows_decimal_point(&self) -> bool {
        self.point.decimal && self.decide(Decimal::Auto) != Finding::Text
    }

    /// Returns whether the cells leave open what their comma is.
    fn is_open(&self) -> bool {
        self.comma.either && !self.comma.decimal && !self.comma.thousands
    }

    /// Decides what the column is. `decimal` is what the settings or other
    /// columns say.
    pub fn decide(&self, decimal: Decimal) -> Finding {
        if self.is_text || self.plain + self.marked == 0 || self.differs {
            return Finding::Text;
        }
        let (before, after) = self.around.clone().unwrap_or_default();
        let is_currency = |sign: &str| CURRENCIES.contains(&sign);
        let is_word = |unit: &str| {
            self.spaced && unit.chars().count() <= 10 && unit.chars().all(char::is_alphabetic)
        };
        let is_unit = |unit: &str| UNITS.contains(&unit) || is_currency(unit) || is_word(unit);
        let sound = (before.is_empty() || is_currency(&before))
            && (after.is_empty() || is_unit(&after))
            && (!self.parentheses || self.bare || is_currency(&before) || is_currency(&after));
        if !sound {
            return Finding::Text;
        }
        let (comma, point) = (self.comma, self.point);
        let contradicts = |mark: Mark| mark.decimal && mark.thousands;
        if contradicts(comma) || contradicts(point) || comma.decimal && point.decimal {
            return Finding::Text;
        }
        let comma_is_decimal = match decimal {
            Decimal::Comma => !comma.thousands,
            Decimal::Point => false,
            Decimal::Auto => {
                let thousands = comma.thousands || point.decimal;
                if self.is_open() && !thousands && !point.thousands {
                    return Finding::TwoReadings;
                }
                comma.decimal || point.thousands && !comma.thousands
            }
        };
        let marked = |mark: Mark| mark.decimal || mark.thousands || mark.either;
        if comma_is_decimal && (comma.thousands || point.decimal) {
            // Points with a decimal fraction, in a file of decimal commas.
            return match decimal {
                Decimal::Comma if !marked(comma) => self.numbers(false, None, before, after),
                _ => Finding::Text,
            };
        }
        if !comma_is_decimal && (comma.decimal || point.thousands && marked(comma)) {
            return Finding::Text;
        }
        let group = match comma_is_decimal {
            true => marked(point).then_some('.'),
            false => marked(comma).then_some(','),
        };
        if !comma_is_decimal && point.thousands {
            return self.numbers(false, Some('.'), before, after);
        }
        self.numbers(comma_is_decimal, group.or(self.group), before, after)
    }

    fn numbers(
        &self,
        decimal_comma: bool,
        group: Option<char>,
        before: String,
        after: String,
    ) -> Finding {
        Finding::Numbers(NumberFormat {
            decimal_comma,
            group,
            parentheses: self.parentheses,
            before,
            after,
            missing: self.texts.keys().cloned().collect(),
        })
    }

    /// Returns whether any number is written with the decimal comma, or with
    /// marks between thousands.
    pub fn is_marked(&self) -> bool {
        let marked = |mark: Mark| mark.decimal || mark.thousands || mark.either;
        marked(self.comma) || self.group.is_some() || self.point.thousands
    }

    /// Returns a number whose comma has two readings.
    pub fn open(&self) -> &str {
        &self.open
    }

    /// Returns the number of cells that stand for a missing one among numbers.
    pub fn missing(&self) -> usize {
        self.texts.values().sum()
    }
}

/// Returns what marks decimals, given what the settings say and all columns
/// show.
pub(super) fn decimal_of<'a>(
    columns: impl Iterator<Item = &'a Evidence> + Clone,
    decimal: Decimal,
) -> Decimal {
    let shows = |mark: fn(&Evidence) -> bool| columns.clone().any(mark);
    // Where columns contradict one another, each stands for itself.
    let shows_comma = shows(Evidence::shows_decimal_comma) && !shows(Evidence::shows_decimal_point);
    match decimal {
        Decimal::Auto if shows_comma => Decimal::Comma,
        other => other,
    }
}

impl Mark {
    /// Adds a number with this mark once: `whole`, the mark, `fraction`.
    fn add(&mut self, whole: &str, fraction: &str) {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = whole.trim_start_matches(['-', '+']);
        let could_be_group = (1..=3).contains(&whole.len())
            && digits(whole)
            && !(whole.starts_with('0'))
            && fraction.len() == 3
            && digits(fraction);
        match could_be_group {
            true => self.either = true,
            false => self.decimal = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_with(decimal: Decimal, cells: &[&str]) -> Finding {
        let mut evidence = Evidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        evidence.decide(decimal)
    }

    fn found(cells: &[&str]) -> Finding {
        found_with(Decimal::Auto, cells)
    }

    fn format(finding: Finding) -> NumberFormat {
        match finding {
            Finding::Numbers(format) => format,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_comma_is_what_some_cell_proves_it_to_be() {
        for (cells, comma, group) in [
            (&["1,5", "2,25"][..], true, None),
            (&["1,234", "1,5"], true, None),
            (&["0,123", "1,234"], true, None),
            (&["1.234,5", "7"], true, Some('.')),
            (&["1,234,567", "1,234"], false, Some(',')),
            (&["1,234.5", "12"], false, Some(',')),
            (&["1,234", "0.5"], false, Some(',')),
            (&["1 234,5", "7"], true, Some(' ')),
            (&["1'234.5", "7"], false, Some('\'')),
            (&["1.234.567", "1.234"], true, Some('.')),
        ] {
            let format = format(found(cells));
            assert_eq!(
                (format.decimal_comma, format.group),
                (comma, group),
                "{cells:?}"
            );
        }
    }

    #[test]
    fn two_readings_are_not_chosen_between() {
        let cells = ["1,234", "2,345", "7"];
        assert_eq!(found(&cells), Finding::TwoReadings);
        assert!(format(found_with(Decimal::Comma, &cells)).decimal_comma);
        assert_eq!(format(found_with(Decimal::Point, &cells)).group, Some(','));
        for text in [&["1,5", "1,234,567"][..], &["1,5", "1.5"], &["1,23,4"]] {
            assert_eq!(found(text), Finding::Text, "{text:?}");
        }
    }

    #[test]
    fn one_sign_or_unit_is_taken_off_and_codes_stay_texts() {
        for (cells, before, after) in [
            (&["$5.00", "-$7"][..], "$", ""),
            (&["12%", "7 %"], "", "%"),
            (&["5 kg", "7.5 kg"], "", "kg"),
            (&["63 min", "90 min"], "", "min"),
            (&["5 stars", "3 stars"], "", "stars"),
        ] {
            let format = format(found(cells));
            assert_eq!((&*format.before, &*format.after), (before, after));
        }
        for cells in [
            &["r1", "r2"][..],
            &["Q1", "Q2"],
            &["4b", "5b"],
            &["5 kg", "7 lb"],
            &["5 kg", "7"],
            &["(5)", "(6)"],
            &["(5)", "(6) of 7"],
            &["(a)", "7"],
            &["<5", "7"],
            &["10:30", "11:30"],
            &["2024-01-31"],
            &["192.168.100.101", "192.168.100.102"],
        ] {
            assert_eq!(found(cells), Finding::Text, "{cells:?}");
        }
    }

    #[test]
    fn parentheses_beside_numbers_without_them_are_negative() {
        for cells in [&["(6,120.36)", "3,910.28"][..], &["7", "(5)"], &["($5)"]] {
            assert!(format(found(cells)).parentheses, "{cells:?}");
        }
        let format = format(found(&["(6,120.36)", "7"]));
        assert_eq!(format.parse("(6,120.36)"), Some((-6120.36, -6120.36)));
        assert!(!format.is_plain());
    }

    #[test]
    fn a_dash_among_numbers_stands_for_none() {
        let format = format(found(&["1.5", "-", "2", "#DIV/0!", "n.d."]));
        assert_eq!(format.missing, ["#DIV/0!", "-", "n.d."]);
        assert_eq!(found(&["-", "-"]), Finding::Text);
        assert_eq!(found(&["1.5", "-", "red"]), Finding::Text);
    }
}

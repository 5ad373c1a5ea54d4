//! How the cells of a file's columns are written, learnt from those that are
//! there, so that new ones look like them.

use super::number_format::{NumberFormat, Written};

/// How the numbers of one column are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct CellStyle {
    /// The texts of the first values; more than two are no words.
    words: Vec<(u32, String)>,
    /// The fewest and the most decimals.
    decimals: Option<(usize, usize)>,
    /// Whether numbers have decimal points although the format has commas: the
    /// file holds numbers, not texts.
    has_points: bool,
    /// What is before and after the digits of the first number.
    around: Option<(String, String)>,
}

impl CellStyle {
    /// Learns from a cell: `text` in the file is `value`.
    pub fn learn(&mut self, text: &str, value: f32, format: &NumberFormat) {
        let bits = value.to_bits();
        if self.words.len() <= 2 && !self.words.iter().any(|(known, _)| *known == bits) {
            self.words.push((bits, text.into()));
        }
        let Some(written) = Written::of(text) else {
            return;
        };
        if written.digits.contains(['e', 'E']) {
            return;
        }
        let is_plain = || text.contains('.') && text.parse::<f32>().is_ok_and(|read| read == value);
        self.has_points |= format.decimal_comma && is_plain();
        let has_comma = format.decimal_comma && !self.has_points;
        let mark = if has_comma { ',' } else { '.' };
        let decimals = written.digits.rsplit_once(mark).map_or(0, |(_, d)| d.len());
        let (fewest, most) = self.decimals.unwrap_or((decimals, decimals));
        self.decimals = Some((fewest.min(decimals), most.max(decimals)));
        if self.around.is_none() && !written.negative && !format.is_plain() {
            let digits = text.find(written.digits);
            self.around = digits.map(|at| {
                let after = &text[at + written.digits.len()..];
                (text[..at].into(), after.into())
            });
        }
    }

    /// Writes a value: as the text that stands for it if the column has two
    /// values, else with the column's decimals, marks and unit.
    pub fn write(&self, value: f32, format: &NumberFormat) -> String {
        let mut words = self.words.iter().filter(|_| self.words.len() <= 2);
        if let Some((_, word)) = words.find(|(bits, _)| *bits == value.to_bits()) {
            return word.clone();
        }
        let size = value.abs();
        let mut plain = size.to_string();
        let decimals = plain.split_once('.').map_or(0, |(_, d)| d.len());
        // No digits are added that 32 bits do not hold.
        match self.decimals {
            Some((_, most)) if most > 0 && decimals > most => {
                plain = format!("{:.most$}", f64::from(size));
            }
            Some((fewest, _)) if decimals < fewest => plain = format!("{size:.fewest$}"),
            _ => {}
        }
        let whole = plain.find('.').unwrap_or(plain.len());
        if format.decimal_comma && !self.has_points && whole < plain.len() {
            plain.replace_range(whole..=whole, ",");
        }
        if let Some(group) = format.group.filter(|_| !self.has_points) {
            let places = (1..whole).rev().filter(|at| (whole - at).is_multiple_of(3));
            places.for_each(|at| plain.insert(at, group));
        }
        let sign = match value < 0.0 && plain.contains(|c: char| c.is_ascii_digit() && c != '0') {
            true => "-",
            false => "",
        };
        let space = if format.after.is_empty() { "" } else { " " };
        let usual = || (format.before.clone(), format!("{space}{}", format.after));
        let (before, after) = self.around.clone().unwrap_or_else(usual);
        format!("{sign}{before}{plain}{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(format: &NumberFormat, cells: &[&str]) -> CellStyle {
        let mut style = CellStyle::default();
        for cell in cells {
            style.learn(cell, format.parse(cell).unwrap().0, format);
        }
        style
    }

    #[test]
    fn new_cells_look_like_those_that_are_there() {
        let plain = NumberFormat::default();
        let euros = NumberFormat {
            decimal_comma: true,
            group: Some('.'),
            after: "€".into(),
            ..NumberFormat::default()
        };
        let dollars = NumberFormat {
            group: Some(','),
            before: "$".into(),
            ..NumberFormat::default()
        };
        let percent = NumberFormat {
            after: "%".into(),
            ..NumberFormat::default()
        };
        for (format, cells, value, expected) in [
            (&plain, ["1.50", "2.25", "3.00"], 16.005_024, "16.01"),
            (&plain, ["1.5", "2.25", "3"], 16.005_024, "16.01"),
            (&plain, ["1.5", "2.25", "3"], 16.0, "16"),
            (&plain, ["1", "2", "3"], -4.0, "-4"),
            (&plain, ["1", "2", "3"], 4.25, "4.25"),
            (&plain, ["0.1", "0.2", "0.3"], -0.01, "0.0"),
            (
                &euros,
                ["1.102,52 €", "5,00 €", "7,10 €"],
                -1155.3412,
                "-1.155,34 €",
            ),
            (&dollars, ["$5", "$7", "$1,000"], 1_234_567.0, "$1,234,567"),
            (&percent, ["5%", "10%", "12%"], 2.0, "2%"),
        ] {
            let written = style(format, &cells).write(value, format);
            assert_eq!(written, expected);
            assert!(format.parse(&written).is_some(), "{written}");
        }
    }

    #[test]
    fn one_of_two_values_is_written_as_the_file_does() {
        let plain = NumberFormat::default();
        let style = style(&plain, &["TRUE", "FALSE", "TRUE"]);
        assert_eq!(style.write(0.0, &plain), "FALSE");
        assert_eq!(style.write(1.0, &plain), "TRUE");
    }

    #[test]
    fn a_column_without_known_cells_is_written_as_in_training() {
        let plain = NumberFormat::default();
        assert_eq!(CellStyle::default().write(-0.25, &plain), "-0.25");
        let kilos = NumberFormat {
            decimal_comma: true,
            after: "kg".into(),
            ..NumberFormat::default()
        };
        assert_eq!(CellStyle::default().write(52.5, &kilos), "52,5 kg");
        // A file of numbers has points.
        let mut numbers = CellStyle::default();
        numbers.learn("11.5", 11.5, &kilos);
        assert!(numbers.write(52.5, &kilos).starts_with("52.5"));
    }

    #[test]
    fn no_digits_are_made_up() {
        let plain = NumberFormat::default();
        let style = style(&plain, &["-0.4967141530112327", "0.1", "0.25"]);
        assert_eq!(style.write(-0.760_127_8, &plain), "-0.7601278");
    }
}

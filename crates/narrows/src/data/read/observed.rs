//! Notes what the cells of a column show of its kind, in bounded memory.

mod times;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) use self::times::Times;
use super::Roles;
use super::evidence::Evidence;
use crate::data::cell::{is_whole, parse};
use crate::data::time_format::{TimeFormat, formats_of};
use crate::settings::TimePart;

/// The most different texts of a column that are counted.
const MOST_TEXTS: usize = 65_536;
/// The most different numbers that are counted, of all columns together, and of
/// a column at least: there may be thousands of such columns.
const MOST_NUMBERS: usize = 1 << 21;
const FEWEST_NUMBERS: usize = 64;
/// The most different numbers of a column whose name is that of an id.
const MOST_IDS: usize = 1 << 22;
/// The digits that a number has at most: 64 bits do not hold more.
const DIGITS: usize = 15;
/// Characters of an example.
const EXAMPLE: usize = 24;

/// What the cells of a column have shown.
#[derive(Debug)]
pub(super) struct Observed {
    /// The cells that are not missing, and the others.
    pub known: usize,
    pub missing: usize,
    /// The first cell that is not missing.
    pub example: Option<String>,
    /// What shows how numbers are written.
    pub evidence: Evidence,
    /// The first cell of digits with a leading zero, or of too many.
    pub code: Option<String>,
    /// Cells that are numbers as Rust writes them.
    pub numbers: usize,
    /// Whether all are whole, and the smallest and largest.
    pub is_whole: bool,
    pub low: f64,
    pub high: f64,
    sum: f64,
    /// Whether each number is the one before it and 1, from 0 or 1 on.
    pub counts_rows: bool,
    /// How often each different cell was there; `None` if there are too many.
    pub different: Option<HashMap<u64, u32>>,
    /// The cells that were counted so: all, or all since it turned out that the
    /// column is one of texts.
    pub counted: usize,
    counts_texts: bool,
    /// The most different numbers that are counted.
    most_numbers: usize,
    /// The words of all cells.
    pub words: usize,
    /// Whether all cells are words for true and false.
    pub is_boolean: bool,
    /// The formats of dates and times that all cells have.
    pub times: Vec<Times>,
    /// Whether the column's name is that of an id.
    pub is_called_id: bool,
    /// The format of times that a setting names.
    format: Option<TimeFormat>,
}

/// What all cells of a file have shown.
pub(super) struct Observations {
    /// The columns with their names.
    pub columns: Vec<(String, Observed)>,
    /// Whether the names came with the file.
    pub named: bool,
    /// The roles of columns, those that the file gives by itself among them.
    pub roles: Roles,
}

impl Observed {
    /// Creates the record of one of `columns` columns. `format` is that of its
    /// times, if a setting names it.
    pub fn new(name: &str, format: Option<TimeFormat>, columns: usize) -> Self {
        Observed {
            known: 0,
            missing: 0,
            example: None,
            evidence: Evidence::default(),
            code: None,
            numbers: 0,
            is_whole: true,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            sum: 0.0,
            counts_rows: true,
            different: Some(HashMap::new()),
            counted: 0,
            counts_texts: false,
            most_numbers: (MOST_NUMBERS / columns.max(1)).clamp(FEWEST_NUMBERS, MOST_TEXTS),
            words: 0,
            is_boolean: true,
            times: Vec::new(),
            is_called_id: is_called_id(name),
            format,
        }
    }

    /// Adds a cell that is not missing.
    pub fn add(&mut self, text: &str) {
        self.evidence.add(text);
        if self.example.is_none() {
            let formats = match self.format.take() {
                Some(format) => vec![format],
                None => formats_of(text),
            };
            let times = formats
                .into_iter()
                .filter_map(|f| Some(Times::new(f.clone(), f.parse_strictly(text)?)));
            self.times = times.collect();
            self.example = Some(shortened(text));
        } else {
            self.times.retain_mut(|times| times.add(text));
        }
        self.known += 1;
        self.words += text.split_whitespace().count();
        self.is_boolean &= is_boolean(text);
        if self.code.is_none() && is_code(text) {
            self.code = Some(shortened(text));
        }
        match parse(text) {
            Some(_) => self.add_number(text),
            None => self.counts_rows = false,
        }
        self.count(text);
    }

    fn add_number(&mut self, text: &str) {
        let value: f64 = text.parse().unwrap_or(f64::NAN);
        self.counts_rows &= match self.numbers {
            0 => value == 0.0 || value == 1.0,
            _ => value == self.high + 1.0,
        };
        self.numbers += 1;
        // All numbers beyond are whole.
        self.is_whole &= value.fract() == 0.0 && value.abs() < 9.0e15;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        self.sum += value;
    }

    fn count(&mut self, text: &str) {
        let is_text = self.numbers < self.known || self.code.is_some();
        let most = match (is_text, self.is_called_id) {
            (true, _) => MOST_TEXTS,
            (false, true) if self.is_whole => MOST_IDS,
            (false, _) => self.most_numbers,
        };
        if is_text && !self.counts_texts {
            self.counts_texts = true;
            if self.different.is_none() {
                (self.different, self.counted) = (Some(HashMap::new()), 0);
            }
        }
        self.counted += 1;
        let Some(different) = &mut self.different else {
            return;
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        *different.entry(hasher.finish()).or_default() += 1;
        if different.len() > most {
            self.different = None;
        }
    }

    /// Returns the parts of times of a format that mean something; none if not
    /// all cells have it.
    pub fn parts_by(&self, format: &str) -> Vec<TimePart> {
        let times = self
            .times
            .iter()
            .find(|times| times.format.text() == format);
        times.map(Times::parts).unwrap_or_default()
    }

    /// Returns the mean of the numbers.
    pub fn mean(&self) -> f64 {
        self.sum / self.numbers.max(1) as f64
    }

    /// Returns the number of different cells; `None` if it is too large.
    pub fn count_different(&self) -> Option<usize> {
        self.different.as_ref().map(HashMap::len)
    }
}

/// Returns whether the text is digits that are no number: with a leading zero, or
/// so many, those at the end that are 0 left out, that it would be rounded.
pub(super) fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Most cells end here.
    if bytes.len() < 2 || bytes[0] != b'0' && bytes.len() <= DIGITS {
        return false;
    }
    let digits = text.trim_start_matches('-').trim_end_matches('0').len();
    is_whole(text) && (bytes[0] == b'0' || digits > DIGITS)
}

fn is_boolean(text: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "yes", "no", "y", "n", "on", "off"];
    text.len() <= 5 && WORDS.contains(&text.to_lowercase().as_str())
}

/// Returns whether a word of the name says that it is an id.
fn is_called_id(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "id", "ids", "uuid", "guid", "index", "idx", "key", "rownum", "rowid", "serial",
    ];
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        // `customerId`, `customer_id`
        if !c.is_alphanumeric() || c.is_uppercase() && was_lower {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.iter().any(|word| WORDS.contains(&word.as_str()))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(EXAMPLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_with_a_leading_zero_or_too_many_are_codes() {
        for text in [
            "01234",
            "007",
            "00",
            "1234567890123456",
            "-1234567890123456",
        ] {
            assert!(is_code(text), "{text}");
        }
        for text in [
            "0",
            "0.5",
            "00.5",
            "-01.5",
            "123456789012345",
            "1.234567890123456789",
            "-5636968000000000",
            "340282350000000000000000000000000000000",
            "0x1",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    fn texts_are_counted_from_where_a_column_turns_out_to_hold_them() {
        let mut wide = Observed::new("a", None, usize::MAX);
        (1000..1100).for_each(|number| wide.add(&number.to_string()));
        assert_eq!(wide.count_different(), None);
        for text in ["01", "01", "02"] {
            wide.add(text);
        }
        assert_eq!((wide.count_different(), wide.counted), (Some(2), 3));
        let mut narrow = Observed::new("a", None, 3);
        (1000..1100).for_each(|number| narrow.add(&number.to_string()));
        narrow.add("01");
        assert_eq!((narrow.count_different(), narrow.counted), (Some(101), 101));
    }

    #[test]
    fn a_name_says_id_by_a_word_of_it() {
        for name in [
            "id",
            "ID",
            "customer_id",
            "PassengerId",
            "row index",
            "id2x.id",
        ] {
            assert!(is_called_id(name), "{name}");
        }
        for name in ["width", "idea", "paid", "humidity", "x", "keyboard"] {
            assert!(!is_called_id(name), "{name}");
        }
    }
}

//! Finds the formats in which a cell may be written.

use super::TimeFormat;

/// Dates as people write them, each with the place of its year among the
/// numbers of a cell, counted from 0, and the year's digits.
const DATES: [(&str, usize, usize); 21] = [
    ("%Y-%m-%d", 0, 4),
    ("%Y/%m/%d", 0, 4),
    ("%Y.%m.%d", 0, 4),
    ("%d.%m.%Y", 2, 4),
    ("%d/%m/%Y", 2, 4),
    ("%m/%d/%Y", 2, 4),
    ("%d-%m-%Y", 2, 4),
    ("%m-%d-%Y", 2, 4),
    ("%d.%m.%y", 2, 2),
    ("%d/%m/%y", 2, 2),
    ("%m/%d/%y", 2, 2),
    ("%d-%b-%Y", 1, 4),
    ("%d %b %Y", 1, 4),
    ("%d. %b %Y", 1, 4),
    ("%b %d, %Y", 1, 4),
    ("%b %d %Y", 1, 4),
    ("%d-%b-%y", 1, 2),
    ("%d/%b/%Y", 1, 4),
    ("%Y-%b-%d", 0, 4),
    ("%Y-%m", 0, 4),
    ("%b %Y", 0, 4),
];

/// Times of day as people write them, those with fewer parts first.
const TIMES: [&str; 5] = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p"];

/// Returns the formats that a cell may be written in; none if it is no date and
/// no time of day.
pub(crate) fn formats_of(text: &str) -> Vec<TimeFormat> {
    let runs = numbers(text);
    if !(1..=10).contains(&runs.len()) || text.len() > 40 {
        return Vec::new();
    }
    let may_be = |year: usize, digits: usize| runs.get(year) == Some(&digits);
    let dates = DATES
        .iter()
        .filter(|(_, year, digits)| may_be(*year, *digits));
    // `%b` is `Jan`, `%B` is `January` or `Jan`.
    let dates = dates.flat_map(|(format, _, _)| {
        let long = format.contains("%b").then(|| format.replace("%b", "%B"));
        [Some(format.to_string()), long].into_iter().flatten()
    });
    let all: Vec<String> = match text.contains(':') {
        false => dates.collect(),
        true => {
            let mut all: Vec<String> = TIMES.map(String::from).to_vec();
            for date in dates {
                for time in TIMES {
                    for between in ["T", " ", ", "] {
                        for offset in ["", "%z", " %z"] {
                            all.push(format!("{date}{between}{time}{offset}"));
                        }
                    }
                }
            }
            all
        }
    };
    let formats = all.iter().filter_map(|format| TimeFormat::strict(format));
    formats
        .filter(|format| format.parse_strictly(text).is_some())
        .collect()
}

impl TimeFormat {
    /// Returns whether two formats take the day for the month of one another.
    pub fn contradicts(&self, other: &TimeFormat) -> bool {
        let first = |format: &TimeFormat| (format.text.find("%d"), format.text.find("%m"));
        match (first(self), first(other)) {
            ((Some(d), Some(m)), (Some(e), Some(n))) => (d < m) != (e < n),
            _ => false,
        }
    }
}

/// Returns the place of the year among the numbers of a cell, and its digits, for
/// a format that begins with a date as people write it.
pub(super) fn year_of(format: &str) -> Option<(usize, usize)> {
    let short = format.replace("%B", "%b");
    let begins = |date: &str| {
        let rest = short.strip_prefix(date);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['T', ' ', ',']))
    };
    let date = DATES.iter().find(|(date, _, _)| begins(date));
    date.map(|(_, place, digits)| (*place, *digits))
}

/// Returns how many digits each number of a text has.
pub(super) fn numbers(text: &str) -> Vec<usize> {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let numbers = numbers.filter(|digits| !digits.is_empty());
    numbers.map(str::len).take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let formats = formats_of(text);
        formats.iter().map(|f| f.text().to_string()).collect()
    }

    #[test]
    fn a_cell_shows_its_formats() {
        for (text, formats) in [
            ("2024-01-31", &["%Y-%m-%d"][..]),
            ("31.01.2024", &["%d.%m.%Y"]),
            ("31/1/2024", &["%d/%m/%Y"]),
            ("1/31/2024", &["%m/%d/%Y"]),
            ("01/02/2024", &["%d/%m/%Y", "%m/%d/%Y"]),
            ("01/02/24", &["%d/%m/%y", "%m/%d/%y"]),
            ("2024/01/31", &["%Y/%m/%d"]),
            ("31-Jan-2024", &["%d-%b-%Y", "%d-%B-%Y"]),
            ("Jan 31, 2024", &["%b %d, %Y", "%B %d, %Y"]),
            ("January 31, 2024", &["%B %d, %Y"]),
            ("31 January 2024", &["%d %B %Y"]),
            ("2024-01", &["%Y-%m"]),
        ] {
            assert_eq!(found(text), formats, "{text}");
        }
        for (text, first) in [
            ("10:30", "%H:%M"),
            ("1:05 PM", "%I:%M %p"),
            ("23:59:59", "%H:%M:%S"),
            ("23:59:59.25", "%H:%M:%S"),
            ("2024-01-31T10:30:00", "%Y-%m-%dT%H:%M:%S"),
            ("2024-01-31 10:30", "%Y-%m-%d %H:%M"),
            ("2024-01-31 10:30:00.123456", "%Y-%m-%d %H:%M:%S"),
            ("2024-01-31T10:30:00Z", "%Y-%m-%dT%H:%M:%S%z"),
            ("2024-01-31T10:30:00.5+02:00", "%Y-%m-%dT%H:%M:%S%z"),
            ("31.01.2024 10:30", "%d.%m.%Y %H:%M"),
            ("01/31/2024 1:30 PM", "%m/%d/%Y %I:%M %p"),
        ] {
            assert_eq!(
                found(text).first().map(String::as_str),
                Some(first),
                "{text}"
            );
        }
        for text in [
            "",
            "7",
            "12.5",
            "20240131",
            "red",
            "1-2",
            "2023-02-29",
            "32.01.2024",
            "25:00",
            "192.168.100.101",
            "1.2.3",
            "room 12",
            "3/4",
            "2024",
            "12345-6789",
            "5 kg",
            "+49 30 123456",
            "v1.2.2024",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}

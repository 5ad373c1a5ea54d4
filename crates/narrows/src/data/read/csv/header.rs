//! Decides whether the first line of a table names its columns.

use std::collections::HashSet;

use crate::data::cell::{is_missing, is_missing_among_numbers, is_whole, parse};
use crate::data::number_format::Written;
use crate::data::read::names::quote;

/// The numbers in a line from which on a sequence of them decides alone,
/// without other rows to compare with.
const LONG: usize = 64;

/// What the first line is, and why (a clause); the reason is empty where
/// nobody would expect anything else.
#[derive(Debug, PartialEq)]
pub(super) enum Header {
    Names(String),
    Row(String),
    /// It has two readings.
    Unclear(String),
}

/// Decides from the first line and some rows below it. `named` are columns that
/// the settings or a model name.
pub(super) fn header(first: &[String], body: &[Vec<String>], named: &[&str]) -> Header {
    let named: HashSet<&str> = named.iter().copied().collect();
    if first.iter().any(|cell| named.contains(cell.as_str())) {
        return Header::Names(String::new());
    }
    let line = Line::of(first, body);
    if line.names_rows() {
        let reason = "its first cell is empty, and none below it is";
        return Header::Names(if line.texts.is_empty() { reason } else { "" }.into());
    }
    if line.texts.is_empty() {
        return line.of_numbers();
    }
    line.with_texts()
}

/// The cells of the first line beside the rows below.
struct Line<'a> {
    body: &'a [Vec<String>],
    first: &'a [String],
    /// Places of texts, and of numbers.
    texts: Vec<usize>,
    numbers: Vec<usize>,
    /// How many columns fewer the first line has than rows below.
    shift: usize,
}

impl<'a> Line<'a> {
    fn of(first: &'a [String], body: &'a [Vec<String>]) -> Self {
        let width = body.first().map_or(first.len(), Vec::len);
        let mut line = Line {
            body,
            first,
            texts: Vec::new(),
            numbers: Vec::new(),
            // With a delimiter at the end of each row, that is the last column.
            shift: usize::from(width == first.len() + 1 && !last_is_empty(body)),
        };
        let known = |&at: &usize| !is_missing(&first[at]) && !is_missing_among_numbers(&first[at]);
        let known = (0..first.len()).filter(known);
        (line.numbers, line.texts) = known.partition(|&at| line.is_number(at));
        line
    }

    /// Returns whether the first cell has no text, but every one below has.
    fn names_rows(&self) -> bool {
        let [first, others @ ..] = self.first else {
            return false;
        };
        let full = |row: &Vec<String>| row.first().is_some_and(|cell| !cell.is_empty());
        first.is_empty()
            && !others.is_empty()
            && others.iter().all(|cell| !cell.is_empty())
            && !self.body.is_empty()
            && self.body.iter().all(full)
    }

    /// Returns whether the numbers rise, and each lies further from all of those
    /// below it than these lie from one another.
    fn is_far_from_all(&self) -> bool {
        let range = |at| {
            let numbers = self.below(at).filter_map(|cell| cell.parse::<f64>().ok());
            let ends = numbers.fold(None, |ends: Option<(f64, f64)>, number| {
                let (low, high) = ends.unwrap_or((number, number));
                Some((low.min(number), high.max(number)))
            });
            ends.zip(self.first[at].parse::<f64>().ok())
        };
        let is_far = |&at: &usize| {
            range(at).is_some_and(|((low, high), number)| {
                (low - number).max(number - high) > high - low && low < high
            })
        };
        let numbers = self
            .numbers
            .iter()
            .filter_map(|&at| self.first[at].parse().ok());
        let numbers: Vec<f64> = numbers.collect();
        self.body.len() >= 3
            && numbers.len() > 1
            && is_rising(&numbers)
            && self.numbers.iter().all(is_far)
    }

    /// Returns whether a cell of the first line is a number, as it is written
    /// or as the first one below it is: with its sign or unit.
    fn is_number(&self, at: usize) -> bool {
        let around = |cell| {
            let written = Written::of(cell)?;
            let is_name = written.before.chars().any(char::is_alphabetic);
            (!is_name).then_some((written.before, written.after))
        };
        let below = || self.below(at).find_map(around);
        parse(&self.first[at]).is_some()
            || around(&self.first[at]).is_some_and(|own| below() == Some(own))
    }

    /// Returns the cells below one of the first line that are not missing.
    fn below(&self, at: usize) -> impl Iterator<Item = &'a str> {
        let at = at + self.shift;
        let cells = self.body.iter().filter_map(move |row| row.get(at));
        cells.map(String::as_str).filter(|cell| !is_missing(cell))
    }

    /// Returns whether most cells below are numbers.
    fn is_over_numbers(&self, at: usize) -> bool {
        let (mut numbers, mut all) = (0, 0);
        for cell in self.below(at) {
            numbers += usize::from(looks_like_number(cell));
            all += 1;
        }
        all > 0 && 2 * numbers > all
    }

    fn of_numbers(&self) -> Header {
        if let Some(reason) = self.sequence() {
            return Header::Names(reason);
        }
        if self.is_far_from_all() {
            return Header::Names("its numbers rise, far from all below them".into());
        }
        let counts_on = self.counts_on();
        match self.over_no_number() {
            Some(at) if counts_on => Header::Names(format!(
                "its numbers count on, and below {} is none",
                quote(&self.first[at])
            )),
            Some(at) => Header::Row(format!(
                "it is all numbers, though below {} is none",
                quote(&self.first[at])
            )),
            // As it would for a row now and then.
            None if counts_on && self.numbers.len() > 2 && self.body.len() > 2 => {
                let rows = self.rows(&self.numbers);
                match rows.iter().any(|row| is_even(row)) {
                    true => Header::Row(String::new()),
                    false => Header::Row("its numbers count on, but may be a row's".into()),
                }
            }
            None => Header::Row(String::new()),
        }
    }

    /// Returns whether the numbers of the line grow or shrink by the same step.
    fn counts_on(&self) -> bool {
        let numbers = self.numbers.iter().map(|&at| self.first[at].parse());
        let numbers: Result<Vec<f64>, _> = numbers.collect();
        // Any two numbers do.
        let from_zero = |numbers: &[f64]| numbers == [0.0, 1.0];
        numbers.is_ok_and(|n| n.len() > 2 && is_even(&n) || from_zero(&n))
    }

    /// Returns the first number of the line with several cells below it, of
    /// which none is a number.
    fn over_no_number(&self) -> Option<usize> {
        let is_over = |&at: &usize| {
            let mut cells = self.below(at).peekable();
            let several = self.below(at).nth(1).is_some();
            // `1,5` may be a number of the column that 10 is in, `5 %` is not.
            let may_be = |cell: &str| {
                let written = Written::of(cell);
                let bare = written.is_some_and(|w| w.before.is_empty() && w.after.is_empty());
                bare || parse(cell).is_some() || is_missing_among_numbers(cell)
            };
            let is_none = |cell: &str| !may_be(cell);
            cells.peek().is_some() && several && cells.all(is_none)
        };
        self.numbers.iter().copied().find(is_over)
    }

    fn with_texts(&self) -> Header {
        let over_numbers = self.texts.iter().filter(|&&at| self.is_over_numbers(at));
        let over_numbers = over_numbers.count();
        let recurring: Vec<usize> = self
            .texts
            .iter()
            .copied()
            .filter(|&at| self.below(at).any(|cell| cell == self.first[at]))
            .collect();
        // A header may come once more among the rows.
        if over_numbers > 0 && over_numbers >= recurring.len() {
            return self.names_beside_numbers();
        }
        if let Some(&at) = recurring.first() {
            let text = quote(&self.first[at]);
            return Header::Row(format!("{text} recurs below in column {}", at + 1));
        }
        let numbers = self.numbers.iter().map(|&at| self.first[at].as_str());
        let mut seen = HashSet::new();
        if let Some(twice) = numbers.clone().find(|&number| !seen.insert(number)) {
            return Header::Row(format!("{} is in it more than once", quote(twice)));
        }
        let over: Vec<usize> = self
            .numbers
            .iter()
            .copied()
            .filter(|&at| self.is_over_numbers(at))
            .collect();
        if over.is_empty() || self.sequence().is_some() || self.are_years() {
            return Header::Names(String::new());
        }
        let number = quote(&self.first[over[0]]);
        Header::Row(format!("{number} is a number, as those below it are"))
    }

    /// Decides on a line with texts over columns of numbers.
    fn names_beside_numbers(&self) -> Header {
        let value = |&&at: &&usize| {
            let cell = &self.first[at];
            // A word such as `true` may be a name.
            let number = cell.parse().is_ok_and(f32::is_finite);
            !is_whole(cell) && number && self.is_over_numbers(at)
        };
        let Some(&value) = self.numbers.iter().find(value) else {
            return Header::Names(String::new());
        };
        if self.sequence().is_some() {
            return Header::Names(String::new());
        }
        Header::Unclear(format!(
            "the text {} beside the number {}",
            quote(&self.first[self.texts[0]]),
            quote(&self.first[value])
        ))
    }

    /// Returns whether the numbers may be years, and those below are not.
    fn are_years(&self) -> bool {
        let year = |cell: &str| {
            is_whole(cell) && parse(cell).is_some_and(|n| (1000.0..2200.0).contains(&n))
        };
        self.numbers.iter().all(|&at| year(&self.first[at]))
            && self
                .numbers
                .iter()
                .any(|&at| self.below(at).any(|cell| !year(cell)))
    }

    /// Returns why the numbers of the line are names: they count on, as the
    /// numbers of no row below do.
    fn sequence(&self) -> Option<String> {
        let written: Vec<&str> = self
            .numbers
            .iter()
            .map(|&at| self.first[at].as_str())
            .collect();
        let numbers: Vec<f64> = written
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        let count = numbers.len();
        if count < written.len() || count == 0 || numbers.iter().any(|n| !n.is_finite()) {
            return None;
        }
        let whole = written.iter().all(|text| is_whole(text));
        let from_zero = whole && numbers.iter().enumerate().all(|(at, &n)| n == at as f64);
        // Written otherwise than everything below it, as 0 over 0.25.
        let differs = whole && self.body_has_points();
        let rows: Vec<Vec<f64>> = self.rows(&self.numbers);
        let share = |of: fn(&[f64]) -> bool| {
            let like = rows.iter().filter(|row| of(row)).count();
            like as f64 / rows.len().max(1) as f64
        };
        let ends = format!("{} to {}", quote(written[0]), quote(written[count - 1]));
        let long = count >= LONG;
        if rows.is_empty() && !long {
            return None;
        }
        let is_names = match count {
            1 => from_zero && differs,
            2 => from_zero && differs,
            3 => from_zero && (differs || share(is_even) == 0.0),
            _ if is_even(&numbers) => share(is_even) <= 0.05,
            6.. => is_rising(&numbers) && share(is_rising) <= 0.05,
            _ => false,
        };
        is_names.then(|| match count {
            1 => format!(
                "{} is written otherwise than the numbers below it",
                quote(written[0])
            ),
            _ => format!("its numbers, {ends}, count on"),
        })
    }

    /// Returns whether each number below is written with a decimal point or an
    /// exponent.
    fn body_has_points(&self) -> bool {
        let has_point = |cell: &str| cell.contains(['.', 'e', 'E']);
        let mut cells = self
            .numbers
            .iter()
            .flat_map(|&at| self.below(at))
            .peekable();
        cells.peek().is_some() && cells.all(has_point)
    }

    /// Returns the rows below as numbers in some columns, those rows that are
    /// numbers there.
    fn rows(&self, columns: &[usize]) -> Vec<Vec<f64>> {
        let number = |row: &Vec<String>, at: usize| row.get(at + self.shift)?.parse().ok();
        let numbers = |row| columns.iter().map(|&at| number(row, at)).collect();
        self.body.iter().filter_map(numbers).collect()
    }
}

/// Returns whether the numbers grow or shrink by the same step.
fn is_even(numbers: &[f64]) -> bool {
    let [first, second, ..] = numbers else {
        return false;
    };
    let step = second - first;
    let near = |pair: &[f64]| ((pair[1] - pair[0]) - step).abs() <= 1e-3 * step.abs();
    step != 0.0 && numbers.windows(2).all(near)
}

/// Returns whether the numbers only grow, or only shrink.
fn is_rising(numbers: &[f64]) -> bool {
    numbers.windows(2).all(|pair| pair[0] < pair[1])
        || numbers.windows(2).all(|pair| pair[0] > pair[1])
}

/// Returns whether a cell is a number, perhaps with a mark or a sign.
fn looks_like_number(cell: &str) -> bool {
    parse(cell).is_some()
        || Written::of(cell).is_some_and(|written| written.before.chars().count() <= 3)
}

/// Returns whether the last cell of every row is empty.
pub(super) fn last_is_empty(body: &[Vec<String>]) -> bool {
    !body.is_empty()
        && body
            .iter()
            .all(|row| row.last().is_some_and(String::is_empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<String> {
        line.split(',').map(String::from).collect()
    }

    fn of(text: &str) -> Header {
        let mut lines = text.split('/').map(cells);
        let first = lines.next().unwrap();
        header(&first, &lines.collect::<Vec<_>>(), &[])
    }

    #[test]
    fn lines_of_names() {
        for text in [
            "a,b/1,2",
            "a,2/1,2",
            "0,1,2,3/5,1,7,2/9,9,1,0",
            ",0,1,2/0,5.1,3.5,1/1,4,4,8",
            "0,1/0.5,0.25/1.5,2.0",
            "0/0.5/0.7",
            "2019,2020,2021,2022/5,3,9,1/4,4,4,2",
            "country,2019/France,3.5/Spain,4",
            "country,1990,1991/France,3,7/Spain,4,1",
            "400.5,401.0,401.5,402.0/3,1,4,1/5,9,2,6",
            "350.2,351.9,353.1,355,358,361/3,1,4,1,5,9/2,6,5,3,5,8",
            "name,colour/ann,red/bob,blue",
            "sex,age/0,31/1,42",
            "n,price/1,$5/2,$6",
            "a,1,true,nan/0.5,red,3,blue/1.5,blue,4,red",
            "a,b/1,2/a,b/3,4",
            "kind/kind2",
            ",1990,1991/1,1.5,2.5/2,3.5,4.5/3,5.5,6.5",
            "0,1,2,3/5.1,3.5,1.4,setosa/4.9,3.0,1.3,setosa/6.1,3.2,4.4,virginica",
            "2019,2020,2021/a,0.0,0/b,1.5,1/a,3,2",
            "2010,2011,2012/5%,3%,4%/6%,4%,8%/7%,9%,1%",
            "0,1,2/2020-01-01,5,6/2020-01-02,8,2/2020-01-03,3,2",
            "0,1/True,a/False,b/True,b",
            "2019,2020,2021/5,x,4/6,y,8/7,z,1",
            "1990,1991,1992/5,3,9/1,4,4/2,8,7",
            "400.5,401.2,402.9,404.1/3,1,4,1/5,9,2,6/5,3,5,8",
        ] {
            assert!(
                matches!(of(text), Header::Names(_)),
                "{text}: {:?}",
                of(text)
            );
        }
    }

    #[test]
    fn lines_that_are_rows() {
        for text in [
            "1,2,3/4,5,6/7,8,9",
            "0,1/1,0/1,1",
            "5.1,3.5/4.9,3.0",
            "0,tcp,http,SF,181/0,udp,dns,SF,20/0,tcp,http,SF,7",
            "5.1,3.5,setosa/4.9,3.0,setosa",
            "20,blue,0/30,red,1/40,blue,1",
            "Alice,30/Bob,25/Eve,41",
            "a,0,0/b,1,2",
            "p,x,s/e,x,s/p,y,t",
            "1,2,3",
            "$5,12/$6,13/$7,1",
            "12 %,a/13 %,b/9 %,a",
            "-,3,5/1,2,4/2,2,1",
            "100,5/A101,7/B102,9",
            "5,7/-,8/-,9/-,3",
            "3,4/−5,2/−6,1/−2,7",
        ] {
            assert!(matches!(of(text), Header::Row(_)), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn a_row_that_looks_like_names_is_told() {
        for text in [
            "2019,2020,2021/2000,1990,2010/2001,1991,2011/2003,1992,2014/2040,2050,2090",
            "0.1,0.2,0.3/0,1.5,1/1.6,0.3,0.2/0.5,0.1,0",
            "-1,-2,-3/1,2,5/5,3,2/4,4,9",
            "7,3,5/a7,2,1/b8,1,1/c9,4,4",
        ] {
            assert!(
                matches!(of(text), Header::Row(reason) if !reason.is_empty()),
                "{text}"
            );
        }
        assert_eq!(of("1,2,3/4,5,6/7,8,9/1,5,2"), Header::Row(String::new()));
    }

    #[test]
    fn numbers_with_a_comma_are_no_names() {
        let rows = [["1,5", "2"], ["3,5", "4"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(
            header(&rows[0], &rows[1..], &[]),
            Header::Row(String::new())
        );
    }

    #[test]
    fn a_text_over_numbers_beside_a_value_is_unclear() {
        assert!(matches!(
            of("n.d.!,5.1,3.5/1,4.9,3.0/2,4,4"),
            Header::Unclear(_)
        ));
        let first = cells("5.1,speed");
        assert_eq!(
            header(&first, &[], &["speed"]),
            Header::Names(String::new())
        );
    }
}

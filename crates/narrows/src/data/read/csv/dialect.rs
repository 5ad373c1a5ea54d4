//! Finds out from a table's first bytes where its rows begin and what parts
//! their cells.

use ::csv::{ByteRecord, ReaderBuilder};

use super::encoding::decoded;
use super::spaces::delimited;
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::cell::parse;
use crate::settings::Delimiter;

/// The most records that are looked at.
const SAMPLE: usize = 200;

/// How a table of text is laid out.
#[derive(Debug, Default)]
pub(super) struct Dialect {
    /// The bytes before the first line of the table.
    pub skipped: usize,
    /// The number of that line, counted from 1.
    pub line: u64,
    pub delimiter: u8,
    /// Whether any run of spaces parts cells; `delimiter` is then a tab.
    pub spaces: bool,
    /// The last comment above the table.
    pub comment: Option<String>,
    /// Whether that comment begins right after its `#`, as names do.
    pub touches: bool,
    /// The first records, as many as are complete.
    pub sample: Vec<ByteRecord>,
    pub notes: Vec<Note>,
}

/// Returns the layout of a table whose first bytes are `head`; they are the
/// whole table if `complete`. `tabs` means that the file name promises tabs,
/// `decimal_commas` that decimals are known to be written with a comma.
pub(super) fn dialect(
    head: &[u8],
    complete: bool,
    tabs: bool,
    delimiter: Delimiter,
    decimal_commas: bool,
) -> Dialect {
    let mut found = Dialect {
        line: 1,
        ..Dialect::default()
    };
    let mut delimiter = delimiter;
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some(named) = separator_line(line(rest)) {
        if delimiter == Delimiter::Auto {
            delimiter = named;
        }
        let text = String::from_utf8_lossy(line(rest)).trim().to_string();
        let seen = format!("the line '{text}' says what separates the cells");
        found.notes.push(Note::new(seen, ""));
        found.skip_line(&mut rest);
    }
    found.skip_comments(&mut rest);
    found.skipped = head.len() - rest.len();
    let (byte, spaces) = match delimiter {
        Delimiter::Comma => (b',', false),
        Delimiter::Semicolon => (b';', false),
        Delimiter::Tab => (b'\t', false),
        Delimiter::Pipe => (b'|', false),
        Delimiter::Space => (b'\t', true),
        Delimiter::Auto if tabs && line(rest).contains(&b'\t') => (b'\t', false),
        Delimiter::Auto => choose(rest, complete, decimal_commas),
    };
    (found.delimiter, found.spaces) = (byte, spaces);
    found.sample = records(rest, complete, byte, spaces);
    if spaces && delimiter == Delimiter::Auto {
        let set = Remedy::Set {
            key: "data.delimiter",
            value: "comma".into(),
        };
        found.notes.push(Note::new(
            "columns are separated by spaces",
            Hint::from("if they are not: ").and(set),
        ));
    }
    found
}

impl Dialect {
    fn skip_line(&mut self, rest: &mut &[u8]) {
        *rest = below(rest);
        self.line += 1;
    }

    /// Skips lines that begin with `#`, unless the first of them is the line of
    /// names: `#` parted from other names.
    fn skip_comments(&mut self, rest: &mut &[u8]) {
        let mut count = 0;
        loop {
            let mut after = *rest;
            let mut blank = 0;
            while !after.is_empty() && line(after).trim_ascii().is_empty() {
                after = below(after);
                blank += 1;
            }
            let text = line(after);
            // `#,name` is a line of names, `#1,2` a row.
            let names = matches!(text, [b'#', b',' | b';' | b'\t' | b'|' | b'0'..=b'9', ..]);
            if text.first() != Some(&b'#') || names {
                break;
            }
            (0..=blank).for_each(|_| self.skip_line(rest));
            self.touches = text.get(1).is_some_and(|byte| !b"# \t".contains(byte));
            let text = decoded(text);
            self.comment = Some(text.trim_start_matches('#').trim().into());
            count += 1;
        }
        let seen = match count {
            0 => return,
            1 => "1 line of comment above the table is skipped".into(),
            _ => format!("{count} lines of comment above the table are skipped"),
        };
        self.notes.push(Note::new(seen, ""));
    }

    /// Returns the cells of the records below the first one.
    pub fn body(&self) -> Vec<Vec<String>> {
        let cells = |record: &ByteRecord| {
            let cells = record.iter().map(decoded);
            cells.map(|cell| cell.trim().to_string()).collect()
        };
        self.sample.iter().skip(1).map(cells).collect()
    }

    /// Returns how many lines of the file are above a record of the sample,
    /// counted from 0.
    pub fn lines_above(&self, record: usize) -> u64 {
        let position = self.sample.get(record).and_then(ByteRecord::position);
        let within = position.map_or(record as u64, |position| position.line() - 1);
        self.line - 1 + within
    }

    /// Separates a text into cells as the table's lines are.
    pub fn cells(&self, text: &str) -> Vec<String> {
        let records = records(text.as_bytes(), true, self.delimiter, self.spaces);
        let cells = |record: &ByteRecord| {
            let cells = record.iter().map(decoded);
            cells.map(|cell| cell.trim().to_string()).collect()
        };
        records.first().map(cells).unwrap_or_default()
    }
}

/// Returns whether a record that is shorter than the others is a line of
/// comment, rather than a row whose first cell is a colour or the like.
pub(super) fn is_comment(record: &ByteRecord) -> bool {
    matches!(record.get(0), Some(b"#" | [b'#', b'#' | b' ' | b'\t', ..]))
}

/// Returns the text below its first line.
fn below(text: &[u8]) -> &[u8] {
    let length = line(text).len();
    let end = match &text[length..] {
        [b'\r', b'\n', ..] => 2,
        [] => 0,
        _ => 1,
    };
    &text[length + end..]
}

/// Returns the first line without its end.
fn line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|&byte| matches!(byte, b'\n' | b'\r'));
    &text[..end.unwrap_or(text.len())]
}

/// Returns the delimiter of a line such as `sep=;`, which spreadsheets write.
fn separator_line(line: &[u8]) -> Option<Delimiter> {
    let named = line.trim_ascii_end();
    let named = named.strip_prefix(b"\"").unwrap_or(named);
    let named = named
        .strip_prefix(b"sep=")
        .or(named.strip_prefix(b"SEP="))?;
    match named.first().or(line.last())? {
        b',' => Some(Delimiter::Comma),
        b';' => Some(Delimiter::Semicolon),
        b'\t' => Some(Delimiter::Tab),
        b'|' => Some(Delimiter::Pipe),
        _ => None,
    }
}

/// Returns the delimiter that the lines show, and whether it is any run of
/// spaces: a tab, `;`, `|` or comma that is in each line as often; else the
/// first of comma, `;`, tab and `|` in the first line, but the comma last if it
/// marks decimals; else spaces, if they make columns of which half are numbers.
fn choose(text: &[u8], complete: bool, decimal_commas: bool) -> (u8, bool) {
    let bare = without_quoted(text);
    let text = &bare[..];
    let even = |delimiter: u8| {
        let records = records(text, complete, delimiter, false);
        let cells: Vec<usize> = records.iter().map(ByteRecord::len).collect();
        is_even(&cells) && (delimiter == b',' || cells[0] > 1)
    };
    // One name over two cells of digits each is a column of decimal commas.
    let halves = |record: &ByteRecord| {
        let digits = |cell: &[u8]| {
            cell.iter()
                .all(|b| b.is_ascii_digit() || b"-+ ".contains(b))
        };
        record.len() <= 2 && record.iter().all(digits)
    };
    if let [first, body @ ..] = &records(text, complete, b',', false)[..]
        && first.len() == 1
        && body.iter().any(|record| record.len() == 2)
        && body.iter().all(halves)
    {
        return (b';', false);
    }
    let candidates = [b'\t', b';', b'|'];
    if let Some(delimiter) = candidates.into_iter().find(|&delimiter| even(delimiter)) {
        return (delimiter, false);
    }
    if are_spaced_decimals(&records(text, complete, b'\t', true)) {
        return (b'\t', true);
    }
    if even(b',') {
        return (b',', false);
    }
    let first = line(text);
    let there = |delimiter: &u8| first.contains(delimiter);
    let order = match decimal_commas {
        true => [b';', b'\t', b'|', b','],
        false => [b',', b';', b'\t', b'|'],
    };
    if let Some(delimiter) = order.into_iter().find(there) {
        return (delimiter, false);
    }
    match are_aligned(&records(text, complete, b'\t', true)) {
        true => (b'\t', true),
        false => (b',', false),
    }
}

/// Returns the text with every quoted byte replaced, so that what is quoted
/// parts nothing; as it is if its quotes are not in pairs.
fn without_quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = false;
    let bare = text.iter().map(|&byte| {
        quoted ^= byte == b'"';
        match quoted || byte == b'"' {
            true => b'x',
            false => byte,
        }
    });
    let bare: Vec<u8> = bare.collect();
    if quoted { text.to_vec() } else { bare }
}

/// Returns whether records that spaces part are rows of a table: all have as
/// many cells, and half of the columns are numbers.
fn are_aligned(records: &[ByteRecord]) -> bool {
    let Some(first) = records.first() else {
        return false;
    };
    let body = if records.len() == 1 {
        records
    } else {
        &records[1..]
    };
    let width = body[0].len();
    // Row names have no name of their own.
    let fits = first.len() == width || first.len() > 1 && first.len() + 1 == width;
    let is_number = |cell: &[u8]| std::str::from_utf8(cell).is_ok_and(|text| parse(text).is_some());
    let all_numbers = |column: usize| body.iter().all(|record| is_number(&record[column]));
    let is_even = width > 1 && body.iter().all(|record| record.len() == width);
    let numbers = (0..width)
        .filter(|&column| is_even && all_numbers(column))
        .count();
    // Two words a line are no columns because one of them is a number.
    fits && is_even && 2 * numbers >= width.max(3)
}

/// Returns whether records that spaces part are rows of numbers with decimal
/// commas, several a row and no other text.
fn are_spaced_decimals(records: &[ByteRecord]) -> bool {
    let [first, body @ ..] = records else {
        return false;
    };
    let body = if body.is_empty() { records } else { body };
    let is_number = |cell: &[u8]| {
        let cell = String::from_utf8_lossy(cell);
        let decimal = || {
            let (whole, fraction) = cell.split_once(',')?;
            // `1, 2` has a comma too, but no digit beside it.
            let digits = whole.ends_with(|c: char| c.is_ascii_digit())
                && fraction.starts_with(|c: char| c.is_ascii_digit());
            digits.then(|| parse(&format!("{whole}.{fraction}")))?
        };
        parse(&cell).is_some() || decimal().is_some()
    };
    let has_comma = |record: &ByteRecord| record.iter().any(|cell| cell.contains(&b','));
    let width = body[0].len();
    width > 1
        && first.len() == width
        && body
            .iter()
            .all(|record| record.len() == width && record.iter().all(is_number))
        && body.iter().any(has_comma)
}

/// Returns whether all records have as many cells, at least 2; the first may
/// have one less, where rows have names and that column none, or where each row
/// ends in a delimiter.
fn is_even(cells: &[usize]) -> bool {
    match cells {
        // One line shows too little.
        [] | [_] => false,
        [first, body @ ..] => {
            let width = body[0];
            width > 1 && body.iter().all(|&w| w == width) && (*first == width || first + 1 == width)
        }
    }
}

/// Returns the complete records at the start of a text, at most 200.
fn records(text: &[u8], complete: bool, delimiter: u8, spaces: bool) -> Vec<ByteRecord> {
    let text = match spaces {
        true => delimited(text),
        false => text.to_vec(),
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(&text[..]);
    let mut records: Vec<ByteRecord> = Vec::new();
    let mut record = ByteRecord::new();
    // How far lines are counted, and their ends so far.
    let (mut counted, mut returns, mut feeds) = (0, 0, 0);
    while records.len() <= SAMPLE && reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        // The reader leaves the line feed after a carriage return to the next
        // record, and empty lines too.
        if let Some(mut position) = record.position().cloned() {
            let start = usize::try_from(position.byte()).unwrap_or(0);
            let end = |b: &&u8| matches!(b, b'\r' | b'\n');
            let start = start.clamp(counted, text.len());
            let start = start + text[start..].iter().take_while(end).count();
            let new = &text[counted..start];
            returns += new.iter().filter(|&&b| b == b'\r').count();
            feeds += new.iter().filter(|&&b| b == b'\n').count();
            counted = start;
            position.set_line(1 + returns.max(feeds) as u64);
            record.set_position(Some(position));
        }
        // The last record may be cut off.
        let whole = complete || reader.position().byte() < text.len() as u64;
        let width = records.first().map(ByteRecord::len);
        let is_comment = width.is_some_and(|width| record.len() < width && is_comment(&record));
        if whole && !is_comment {
            records.push(record.clone());
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Dialect {
        dialect(text.as_bytes(), true, false, Delimiter::Auto, false)
    }

    #[test]
    fn the_lines_show_the_delimiter() {
        for (text, delimiter) in [
            ("a;b\n1;2", b';'),
            ("a\tb", b'\t'),
            ("a;b,c", b','),
            ("\"a,b\";c", b';'),
            ("a", b','),
            ("a|b\n1|2\n", b'|'),
            ("price\n1,5\n2,25\n3\n", b';'),
            ("a;b\n1,5;2,5\n", b';'),
            ("1,5;2,5\n1,5;3,5\n", b';'),
            ("name,tags\nx,a;b\ny,c\n", b','),
            ("a,b\nx|y,1\nz,2\n", b','),
            ("a,\"b|c\"\n1,\"x|y\"\n2,\"u|v\"\n", b','),
            ("a, b\n1, 2\n3, 4\n", b','),
            ("1, 2, 7\n3, 4, 1\n", b','),
            ("1,5;2\n# p\n2,5;3\n3,5;9\n", b';'),
            ("my name\nann lee\nbob ray\n", b','),
        ] {
            assert_eq!(of(text).delimiter, delimiter, "{text:?}");
            assert!(!of(text).spaces);
        }
        for text in ["t\ntext 1\ntext 2\n", "name of\nann 3\nbob 4\n"] {
            assert!(!of(text).spaces, "{text:?}");
        }
        for text in [
            "1.0 2.0\n3.0 4.0\n",
            " a   b\n 1  2.5\n10   3\n",
            " 0   0\n 1  20\n",
            "1 2",
        ] {
            let found = of(text);
            assert!(found.spaces, "{text:?}");
            assert!(found.sample.iter().all(|record| record.len() == 2));
        }
    }

    #[test]
    fn a_comma_that_marks_decimals_parts_no_cells() {
        let delimiter = |decimal_commas| {
            let text = b"1,5;2,5\n";
            dialect(text, true, false, Delimiter::Auto, decimal_commas).delimiter
        };
        assert_eq!((delimiter(true), delimiter(false)), (b';', b','));
    }

    #[test]
    fn comments_and_the_line_of_a_spreadsheet_are_skipped() {
        let found = of("sep=|\n# made by x, y\n\n# 2024\na|b\n1|2\n");
        assert_eq!((found.delimiter, found.line), (b'|', 5));
        assert_eq!(found.comment.as_deref(), Some("2024"));
        assert_eq!(found.notes.len(), 2);
        let found = of("# a\r\n\r\n# b\r\nname,x\r\n1,2\r\n");
        assert_eq!((found.line, found.sample.len()), (4, 2));
        let found = of("#,name\n1,2\n");
        assert_eq!((found.skipped, found.comment), (0, None));
    }

    #[test]
    fn a_record_that_is_cut_off_is_no_sample() {
        let cut = dialect(b"a,b\n1,2\n3,", false, false, Delimiter::Auto, false);
        assert_eq!(cut.sample.len(), 2);
        assert_eq!(of("a,b\n1,2\n3,").sample.len(), 3);
    }
}

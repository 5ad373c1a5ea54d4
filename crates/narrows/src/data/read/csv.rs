//! Reads comma-, semicolon- and tab-separated text.

use std::io::Read;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::Roles;
use super::allowance::MOST_COLUMNS;
use super::columns::Columns;
use super::input::Input;
use super::names::quote;
use super::other_kinds::other_kind;
use super::reader::Room;
use crate::base::error::{Error, Place, Result};
use crate::data::cell::{is_missing, parse};
use crate::data::table::Table;

/// The longest row: a longer one is an unclosed quote, or a small compressed
/// file that unpacks without end.
const LONGEST_ROW: usize = 32 << 20;

/// A table of text whose rows are read one after another.
pub(super) struct Text {
    rows: Records<Box<dyn Read>>,
    columns: Columns,
    /// Whether the current record is a row that is yet to be added.
    more: bool,
}

/// Opens a table; `tabs` means that the file name promises tabs.
pub(super) fn open(input: Input, tabs: bool, roles: &Roles) -> Result<Text> {
    let origin = input.origin().to_string();
    let head = input.head();
    if let Some((found, hint)) = other_kind(head) {
        let expected = "rows as UTF-8 text";
        return Err(Error::data(origin, Place::Whole, found, expected, hint));
    }
    let first_feed = head.iter().position(|&byte| byte == b'\n');
    let carriage_returns = first_feed.is_some_and(|at| head[..at].ends_with(b"\r"));
    let delimiter = if tabs { b'\t' } else { delimiter(head) };
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 * 1024)
        .delimiter(delimiter)
        .from_reader(LimitedReader {
            inner: input.into_reader(),
            left: LONGEST_ROW,
            delimiter,
            cells: MOST_COLUMNS,
            ended: false,
        });
    let mut rows = Records {
        origin: origin.clone(),
        reader,
        record: ByteRecord::new(),
        carriage_returns,
        longest: LONGEST_ROW,
    };
    if !rows.advance()? {
        return Err(Error::data(
            &origin,
            Place::Whole,
            "an empty file",
            "at least one row",
            "check that the file was written to its end",
        ));
    }
    let cells = rows.cells_of_header()?;
    let header = is_header(&origin, &cells)?;
    let names = if header {
        cells
    } else {
        (1..=cells.len()).map(|i| format!("x{i}")).collect()
    };
    let columns = Columns::new(&origin, names, header, roles)?;
    let more = if header { rows.advance()? } else { true };
    Ok(Text {
        rows,
        columns,
        more,
    })
}

impl super::reader::Reader for Text {
    fn total(&self) -> Option<usize> {
        None
    }

    fn next(&mut self, room: Room) -> Result<Option<Table>> {
        loop {
            while self.more && !self.columns.is_full(room) {
                self.rows.add_to(&mut self.columns, room)?;
                self.rows.longest = LONGEST_ROW.min(room.bytes);
                self.more = self.rows.advance()?;
            }
            if !self.more || !self.columns.is_mistaken() {
                return self.columns.part(room);
            }
            // The rest is read to report all mistakes at once.
            self.columns.forget();
        }
    }
}

/// The records of a file, one at a time.
struct Records<R> {
    origin: String,
    reader: Reader<LimitedReader<R>>,
    record: ByteRecord,
    /// Whether lines end in a carriage return and a line feed.
    carriage_returns: bool,
    /// The most bytes of a row.
    longest: usize,
}

impl<R: Read> Records<R> {
    /// Moves to the next record; returns `false` at the end.
    fn advance(&mut self) -> Result<bool> {
        let rationed = self.reader.get_mut();
        (rationed.left, rationed.cells) = (self.longest, MOST_COLUMNS);
        self.reader
            .read_byte_record(&mut self.record)
            .map_err(|error| Error::file(&self.origin, "read", error))
    }

    /// Returns the line of the file that the record starts on. The reader
    /// counts the line feeds it has passed, so it matters what ended the
    /// record: a line feed that was read, or the end of the file or a carriage
    /// return.
    fn line(&self) -> u64 {
        let within = self.record.as_slice().iter().filter(|&&b| b == b'\n');
        let fed = !self.reader.get_ref().ended && !self.carriage_returns;
        let line = self.reader.position().line() - u64::from(fed);
        line.saturating_sub(within.count() as u64).max(1)
    }

    fn cells_of_header(&self) -> Result<Vec<String>> {
        let cell = |bytes| match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.trim().to_string()),
            Err(_) => Err(Error::data(
                &self.origin,
                Place::Line(self.line()),
                quote(&String::from_utf8_lossy(bytes)),
                "UTF-8 text",
                "save the file as UTF-8",
            )),
        };
        self.record.iter().map(cell).collect()
    }

    /// Returns advice on a record of another length than the first.
    fn why_ragged(&self, columns: usize) -> &'static str {
        let cells = self.record.len();
        if columns == 1 {
            return "the first line must name the columns: take out what stands above them";
        }
        if cells < columns {
            return "complete the row, or take it out if it was cut off or holds no data";
        }
        match self.record.iter().skip(columns).all(<[u8]>::is_empty) {
            true => {
                "take the delimiter at the end of the rows out, or name the column in the first line"
            }
            false => {
                "put a cell that holds the delimiter in double quotes, and write decimals with a point"
            }
        }
    }

    /// Adds the record as a row.
    fn add_to(&self, columns: &mut Columns, room: Room) -> Result<()> {
        let row = columns.rows();
        if self.record.len() != columns.len() {
            return Err(Error::data(
                &self.origin,
                Place::Line(self.line()),
                match self.record.len() {
                    1 => format!("1 cell in row {}", columns.number_of(row)),
                    cells => format!("{cells} cells in row {}", columns.number_of(row)),
                },
                format!("{}, as in the first line", columns.len()),
                self.why_ragged(columns.len()),
            ));
        }
        columns.add_rows(1, room)?;
        for (column, cell) in self.record.iter().enumerate() {
            match std::str::from_utf8(cell) {
                Ok(text) => columns.text(row, column, text.trim())?,
                Err(_) if columns.ignores(column) => {}
                Err(_) => {
                    let found = quote(&String::from_utf8_lossy(cell));
                    let hint = "save the file as UTF-8";
                    return Err(columns.refuse(row, column, found, "UTF-8 text", hint));
                }
            }
        }
        Ok(())
    }
}

/// Returns the delimiter that the first line shows: a comma if there is one
/// outside quotes, else `;` or a tab.
fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut found = b',';
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            b',' if !quoted => return b',',
            b';' | b'\t' if !quoted && found == b',' => found = byte,
            _ => {}
        }
    }
    found
}

/// Returns whether the first line is a header: any of its cells is text.
///
/// # Errors
/// [`Error::Data`] for a line that has text next to a number that cannot be a
/// column's name, like `5.1`: such a line is a row of a file without a header,
/// which text columns need.
fn is_header(origin: &str, cells: &[String]) -> Result<bool> {
    let is_text = |cell: &&String| !is_missing(cell) && parse(cell).is_none();
    let Some(text) = cells.iter().find(is_text) else {
        return Ok(false);
    };
    let name_like = |cell: &str| cell.bytes().all(|byte| byte.is_ascii_digit());
    let value = cells
        .iter()
        .find(|cell| parse(cell).is_some_and(|n| n.is_finite()) && !name_like(cell));
    match value {
        Some(value) => Err(Error::data(
            origin,
            Place::Line(1),
            format!(
                "the text {} beside the number {}",
                quote(text),
                quote(value)
            ),
            "a header of names, or a first row of numbers",
            "a file with columns of text needs a first line that names the columns",
        )),
        None => Ok(true),
    }
}

/// A reader that fails if one record has too many bytes or cells.
struct LimitedReader<R> {
    inner: R,
    left: usize,
    delimiter: u8,
    /// Cells that may still come.
    cells: usize,
    /// Whether the end was reached.
    ended: bool,
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(std::io::Error::other(
                "a row of more bytes than are allowed, at most 32 MiB; is a quote never closed?",
            ));
        }
        let count = self.inner.read(buffer)?;
        let cells = buffer[..count].iter().filter(|&&b| b == self.delimiter);
        self.cells = self.cells.checked_sub(cells.count()).ok_or_else(|| {
            std::io::Error::other(format!(
                "a row of more than {MOST_COLUMNS} cells; is a quote never closed?"
            ))
        })?;
        self.ended |= count == 0;
        self.left = self.left.saturating_sub(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::read::reader::whole;
    use crate::data::table::Values;

    fn table(text: &str) -> Result<Table> {
        let input = Input::memory("t.csv", text.as_bytes())?;
        whole(open(input, false, &Roles::default())?, Room::ENDLESS)
    }

    #[test]
    fn a_line_with_text_is_the_header() {
        let named = table("a,2\n1,2\n").unwrap();
        assert_eq!((named.named, named.rows()), (true, 1));
        let unnamed = table("1,\"2\"\r\n3,4").unwrap();
        assert_eq!((unnamed.named, unnamed.rows()), (false, 2));
        assert_eq!(unnamed.columns[1].name, "x2");
        assert_eq!(unnamed.values, Values::Floats(vec![1., 2., 3., 4.]));
    }

    #[test]
    fn the_first_line_shows_the_delimiter() {
        assert_eq!(delimiter(b"a;b\n1,2"), b';');
        assert_eq!(delimiter(b"a\tb"), b'\t');
        assert_eq!(delimiter(b"a;b,c"), b',');
        assert_eq!(delimiter(b"\"a,b\";c"), b';');
        assert_eq!(delimiter(b"a"), b',');
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        for text in [
            "a,b\n\n\"1\",2\n1\n3,4\n",
            "a,b\r\n\r\n1,2\r\n1\r\n3,4\r\n",
            "a,b\n1,2\n3,4\n1",
            "\"a\n\n\",b\n1",
            "a,b\r\n1,2\r\n3,4\r\n\"\n1\"",
        ] {
            let error = table(text).unwrap_err().to_string();
            assert!(error.contains("line 4: found 1 cell "), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_row_that_never_ends_is_refused() {
        let mut endless = LimitedReader {
            inner: std::io::repeat(b'1'),
            left: 10,
            delimiter: b',',
            cells: 10,
            ended: false,
        };
        let mut out = Vec::new();
        let error = endless.read_to_end(&mut out).unwrap_err();
        assert!(error.to_string().contains("a row of more"));
        let mut endless = LimitedReader {
            inner: std::io::repeat(b','),
            left: 1000,
            delimiter: b',',
            cells: 10,
            ended: false,
        };
        let error = endless.read_to_end(&mut out).unwrap_err();
        assert!(error.to_string().contains("cells"), "{error}");
    }
}

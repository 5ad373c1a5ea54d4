//! Opens a workbook, and goes through the cells of its sheets.

use std::fs::File;
use std::io::BufReader;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsb, Xlsx, open_workbook_from_rs};

use super::kept::Value;
use super::{damaged, time};
use crate::base::error::Result;

/// A workbook, of XML or binary.
pub(super) enum Book {
    Xml(Xlsx<BufReader<File>>),
    Binary(Xlsb<BufReader<File>>),
}

/// What is in a cell.
pub(super) enum Met {
    Value(Value),
    /// A number of days.
    Duration(f64),
    /// A formula without a value, such as `#DIV/0!`.
    Error(String),
}

/// Gets the row and the column, counted from 0, of a cell that is not empty;
/// returns whether to go on.
type With<'a> = &'a mut dyn FnMut(u32, u32, Met) -> Result<bool>;

impl Book {
    /// Opens a workbook of either kind.
    pub fn open(file: File, origin: &str) -> Result<Self> {
        let binary = file.try_clone().ok().filter(is_binary);
        match binary {
            Some(file) => {
                let book = open_workbook_from_rs(BufReader::new(file));
                book.map(Book::Binary).map_err(|e| damaged(origin, e))
            }
            None => {
                let book = open_workbook_from_rs(BufReader::new(file));
                book.map(Book::Xml).map_err(|e| damaged(origin, e))
            }
        }
    }

    /// Returns the names of the sheets that have cells, those first that are shown.
    pub fn sheets(&self) -> Vec<String> {
        let sheets = match self {
            Book::Xml(book) => book.sheets_metadata(),
            Book::Binary(book) => book.sheets_metadata(),
        };
        let of = |shown: bool| {
            let of = sheets.iter().filter(move |sheet| {
                sheet.typ == SheetType::WorkSheet
                    && (sheet.visible == SheetVisible::Visible) == shown
            });
            of.map(|sheet| sheet.name.clone())
        };
        of(true).chain(of(false)).collect()
    }

    /// Returns whether a cell of a sheet has a value.
    pub fn has_cells(&mut self, sheet: &str, origin: &str) -> Result<bool> {
        let mut any = false;
        self.each(sheet, origin, &mut |_, _, met| {
            any = matches!(met, Met::Value(_) | Met::Duration(_));
            Ok(!any)
        })?;
        Ok(any)
    }

    /// Calls `with` for each cell of a sheet that is not empty, in the file's
    /// order.
    pub fn each(&mut self, sheet: &str, origin: &str, with: With) -> Result<()> {
        match self {
            Book::Xml(book) => {
                let cells = book.worksheet_cells_reader(sheet);
                let mut cells = cells.map_err(|e| damaged(origin, e))?;
                while let Some(cell) = cells.next_cell().map_err(|e| damaged(origin, e))? {
                    if !go_on(cell.get_position(), cell.get_value(), with)? {
                        break;
                    }
                }
            }
            Book::Binary(book) => {
                let cells = book.worksheet_cells_reader(sheet);
                let mut cells = cells.map_err(|e| damaged(origin, e))?;
                while let Some(cell) = cells.next_cell().map_err(|e| damaged(origin, e))? {
                    if !go_on(cell.get_position(), cell.get_value(), with)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Returns whether the workbook's parts are binary (`.xlsb`).
fn is_binary(file: &File) -> bool {
    let Ok(archive) = zip::ZipArchive::new(BufReader::new(file)) else {
        return false;
    };
    let is_book = |name: &str| name.eq_ignore_ascii_case("xl/workbook.bin");
    archive.file_names().any(is_book)
}

fn go_on((row, column): (u32, u32), value: &DataRef, with: With) -> Result<bool> {
    match met(value) {
        Some(met) => with(row, column, met),
        None => Ok(true),
    }
}

/// Returns what a cell holds; `None` if it is empty.
fn met(value: &DataRef) -> Option<Met> {
    let text = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| Met::Value(Value::Text(text.into())))
    };
    let number = |number: f64| Some(Met::Value(Value::Number(number)));
    match value {
        DataRef::Empty => None,
        DataRef::Int(value) => number(*value as f64),
        DataRef::Float(value) => number(*value),
        DataRef::Bool(value) => Some(Met::Value(Value::Boolean(*value))),
        DataRef::String(value) => text(value),
        DataRef::SharedString(value) => text(value),
        DataRef::DateTime(value) if value.is_duration() => Some(Met::Duration(value.as_f64())),
        DataRef::DateTime(value) => match time::text(value) {
            Some(time) => Some(Met::Value(time)),
            None => number(value.as_f64()),
        },
        DataRef::DateTimeIso(value) => {
            (!value.trim().is_empty()).then(|| Met::Value(time::of_iso(value)))
        }
        DataRef::DurationIso(value) => text(value),
        DataRef::Error(error) => Some(Met::Error(error.to_string())),
    }
}

//! Chooses the reader that opens a file.

use std::path::Path;

use super::format::{Format, sniff};
use super::input::Input;
use super::range::RangeReader;
use super::reader::Reader;
use super::{Roles, arrow, csv, excel, idx, images, json_lines, member, npy, npz, parquet, range};
use crate::base::error::{Error, Place, Result};

/// Opens a file according to its name or its first bytes, or some of its rows.
pub(super) fn open(source: &str, roles: &Roles) -> Result<Box<dyn Reader>> {
    let (file, range) = range::split(source)?;
    let rows = open_all(file, roles)?;
    Ok(match range {
        Some(range) => Box::new(RangeReader::new(rows, range)),
        None => rows,
    })
}

fn open_all(source: &str, roles: &Roles) -> Result<Box<dyn Reader>> {
    if source == "-" {
        let input = Input::standard()?;
        return open_as(sniff(&input)?, input, None, roles);
    }
    if let (file, Some(member)) = member::split(source) {
        let input = Input::open(file)?;
        return match Format::of(file) {
            Some(Format::Excel) => Ok(Box::new(excel::open(input, Some(member), roles)?)),
            _ => Ok(Box::new(npz::open(input, Some(member), roles)?)),
        };
    }
    let path = Path::new(source);
    if path.is_dir() {
        return Ok(Box::new(images::folder(source, roles)?));
    }
    if images::is_image(path) {
        return Ok(Box::new(images::single(source, roles)?));
    }
    let input = Input::open(source)?;
    let format = match Format::of(source) {
        Some(format) => format,
        None => sniff(&input)?,
    };
    open_as(format, input, Some(source), roles)
}

/// Opens a file of a known format; `path` is `None` for standard input.
fn open_as(
    format: Format,
    input: Input,
    path: Option<&str>,
    roles: &Roles,
) -> Result<Box<dyn Reader>> {
    if input.head().is_empty() {
        return Err(Error::data(
            input.origin(),
            Place::Whole,
            "an empty file",
            "at least one row",
            "check that the file was written to its end",
        ));
    }
    Ok(match format {
        Format::Csv { tabs } => Box::new(csv::open(input, path, tabs, roles)?),
        Format::Npy => Box::new(npy::open(input, roles)?),
        Format::Npz => Box::new(npz::open(input, None, roles)?),
        Format::Idx => Box::new(idx::open(input, roles)?),
        Format::Excel => Box::new(excel::open(input, None, roles)?),
        Format::JsonLines => Box::new(json_lines::open(input, path, roles)?),
        Format::Arrow => Box::new(arrow::open(input, roles)?),
        Format::Parquet => Box::new(parquet::open(input, roles)?),
    })
}

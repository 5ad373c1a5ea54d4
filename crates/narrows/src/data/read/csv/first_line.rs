//! Decides what the first line of a table is, by the settings and by what it
//! shows, and names the columns.

use super::column_names::{Named, named, numbered};
use super::dialect::Dialect;
use super::header::{Header, header};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::cell::{is_missing, is_missing_among_numbers, parse, reads_as_value};
use crate::data::read::Roles;
use crate::data::read::names::{named_in, quote};
use crate::settings::Header as Setting;

/// Names the columns of a table by its first line and some rows below; also
/// returns whether the first line is a row.
///
/// # Errors
/// [`Error::Data`] if the line has two readings or is a title;
/// [`Error::Config`] if the settings name another number of columns.
pub(super) fn columns_of(
    origin: &str,
    first: Vec<String>,
    dialect: &Dialect,
    roles: &Roles,
) -> Result<(Named, bool)> {
    let body = dialect.body();
    if roles.header == Setting::Auto
        && let Some(names) = names_in_comment(dialect, first.len())
        && is_below_its_names(&names, &first, &body, dialect, roles)
    {
        let mut columns = named(names, &body);
        columns.notes.insert(0, named_by_comment());
        return Ok((columns, true));
    }
    let (is_row, mut notes) = match &roles.header {
        Setting::Present(present) => (!present, Vec::new()),
        // New rows may have the names in another order.
        Setting::Names(names) if are_same(names, &first) => (false, Vec::new()),
        Setting::Names(_) | Setting::Auto => is_row(origin, &first, &body, dialect, roles)?,
    };
    let width = body.first().map_or(first.len(), Vec::len);
    let mut columns = match &roles.header {
        Setting::Names(names) if !are_same(names, &first) => {
            // Row names and an empty last column need no names.
            if names.len() != width && names.len() + 1 != width {
                return Err(Error::config(
                    "data.header",
                    format!("{} names", names.len()),
                    format!("one for each of the {width} columns of {origin}"),
                    "name every column, in the order of the file",
                ));
            }
            // What the line is taken for does not matter to the names.
            notes.clear();
            named(names.clone(), &body)
        }
        _ if !is_row => named(first, &body),
        Setting::Auto => match names_in_comment(dialect, first.len()) {
            Some(names) => {
                notes = vec![named_by_comment()];
                named(names, &body)
            }
            None => numbered(first.len()),
        },
        _ => numbered(first.len()),
    };
    columns.notes.splice(0..0, notes);
    Ok((columns, is_row))
}

/// Returns whether the first line is a row, and what that was inferred from.
fn is_row(
    origin: &str,
    first: &[String],
    body: &[Vec<String>],
    dialect: &Dialect,
    roles: &Roles,
) -> Result<(bool, Vec<Note>)> {
    let set = |value: &'static str| Remedy::Set {
        key: "data.header",
        value: value.into(),
    };
    let refuse = |found: String, expected: &str, hint: Hint| {
        let place = Place::Line(dialect.line);
        Err(Error::data(origin, place, found, expected, hint))
    };
    if let Some(records) = records_of_title(first, body) {
        let skip = Remedy::Set {
            key: "data.skip_lines",
            value: dialect.lines_above(records).to_string().into(),
        };
        let title = first.iter().find(|cell| !cell.is_empty());
        let title = title.map_or("an empty line".into(), |title| quote(title));
        return refuse(
            format!("{title} above a line of names"),
            "a first line that names the columns, or a row",
            Hint::from("if the line is no part of the table: ").and(skip),
        );
    }
    let only = roles.only.iter().flatten().map(String::as_str);
    let wanted = named_in(roles).map(|(_, name)| name.as_str()).chain(only);
    // A model whose columns have no names takes them by their position.
    let is_unnamed = roles.width.is_some() && roles.only.is_none();
    if is_unnamed && are_values(first, roles) {
        return Ok((true, Vec::new()));
    }
    Ok(match header(first, body, &wanted.collect::<Vec<_>>()) {
        Header::Names(_) if is_unnamed => {
            let seen = "the model's columns have no names, so columns are taken by their position";
            (false, vec![Note::new(seen, "")])
        }
        Header::Names(reason) if reason.is_empty() => (false, Vec::new()),
        Header::Names(reason) => {
            let seen = format!("the first line is taken for the columns' names: {reason}");
            let hint = Hint::from("if it is a row: ").and(set("false"));
            (false, vec![Note::new(seen, hint)])
        }
        Header::Row(reason) if reason.is_empty() => (true, Vec::new()),
        Header::Row(reason) => {
            let names = match first.len() {
                1 => "the column is called x1".into(),
                count => format!("the columns are called x1 to x{count}"),
            };
            let seen = format!("the first line is taken for a row: {reason}; {names}");
            let hint = Hint::from("if it holds names: ").and(set("true"));
            (true, vec![Note::new(seen, hint)])
        }
        Header::Unclear(found) => {
            return refuse(
                found,
                "a header of names, or a first row of values",
                Hint::from("if it names the columns: ")
                    .and(set("true"))
                    .and("; if it is a row: ")
                    .and(set("false")),
            );
        }
    })
}

/// Returns whether all cells are values, as a model's columns without names
/// write them. Numbers that count on may be such a model's first row.
fn are_values(first: &[String], roles: &Roles) -> bool {
    let is_value = |(at, cell): (usize, &String)| {
        let format = roles.formats.get(&format!("x{}", at + 1));
        reads_as_value(cell) || format.is_some_and(|format| format.parse(cell).is_some())
    };
    first.iter().enumerate().all(is_value)
}

fn named_by_comment() -> Note {
    Note::new("the comment above the rows names the columns", "")
}

/// Returns the names in the last comment above the table; `None` if it does not
/// name `count` columns.
fn names_in_comment(dialect: &Dialect, count: usize) -> Option<Vec<String>> {
    let names = dialect.cells(dialect.comment.as_deref()?);
    let are_names = names.first().is_some_and(|name| parse(name).is_none());
    (names.len() == count && are_names).then_some(names)
}

/// Returns whether the first line is a row below a comment of as many `names`,
/// of which `#` touches the first: it has a number over numbers, as a line of
/// names seldom has.
fn is_below_its_names(
    names: &[String],
    first: &[String],
    body: &[Vec<String>],
    dialect: &Dialect,
    roles: &Roles,
) -> bool {
    let is_number = |cell: &String| parse(cell).is_some();
    let over_numbers = |at: usize| body.iter().all(|row| row.get(at).is_none_or(is_number));
    let is_row = (0..first.len()).any(|at| is_number(&first[at]) && over_numbers(at));
    // A model's own names are no row.
    let known = roles.only.iter().flatten().any(|name| first.contains(name));
    names.len() > 1 && dialect.touches && is_row && !known
}

/// Returns how many records are a title above a line of names; `None` if the
/// first line is none. A title is one cell over two columns, or cells that are
/// mostly empty; no cell of the names is, and a column below is numbers.
fn records_of_title(first: &[String], body: &[Vec<String>]) -> Option<usize> {
    let is_number = |cell: &String| parse(cell).is_some();
    let are_names = |at: usize| {
        let (names, rows) = (&body[at], &body[at + 1..]);
        // Units may be below the names.
        let number_column = |at: usize| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let known: Vec<&String> = cells.filter(|cell| !is_missing(cell)).collect();
            let others = known.iter().filter(|cell| !is_number(cell)).count();
            others < known.len() && others <= usize::from(known.len() > 2)
        };
        let is_name = |cell: &String| !reads_as_value(cell) && !is_missing_among_numbers(cell);
        !rows.is_empty() && names.iter().all(is_name) && (0..names.len()).any(number_column)
    };
    let full = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count();
    let is_title = |cells: &[String]| {
        let is_cell = cells.len() == 1 && body.first().is_some_and(|row| row.len() == 2);
        // A column of row names has no name.
        if cells.len() == 2 && cells[0].is_empty() && !cells[1].is_empty() {
            return false;
        }
        is_cell || full(cells) <= 1 && full(cells) < cells.len()
    };
    let more = || body.iter().take_while(|row| is_title(row)).count();
    let at = is_title(first).then(more)?;
    (at < body.len() && are_names(at)).then_some(at + 1)
}

/// Returns whether two lists have the same names, in any order.
fn are_same(some: &[String], others: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    some.len() == others.len() && sorted(some) == sorted(others)
}

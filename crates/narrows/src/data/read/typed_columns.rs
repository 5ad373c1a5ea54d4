//! Makes columns of those of a file that says their names and types.

use serde_json::Value;

use super::columns::Columns;
use super::names::{list, name_unnamed, named_in, rename_repeated};
use super::{Roles, unread};
use crate::base::error::Result;
use crate::base::note::Note;

/// The row numbers that pandas writes as if they were data.
const PANDAS_INDEX: &str = "__index_level_0__";

/// Gives every column a name of its own, and notes what was changed.
pub(super) fn name_all(headers: &mut [String], notes: &mut Vec<Note>) {
    tell(
        notes,
        "columns without a name are called",
        name_unnamed(headers),
    );
    tell(
        notes,
        "names that are there more than once are numbered:",
        rename_repeated(headers),
    );
}

fn tell(notes: &mut Vec<Note>, seen: &str, names: Vec<String>) {
    if !names.is_empty() {
        notes.push(Note::new(format!("{seen} {}", list(&names)), ""));
    }
}

/// Returns the columns, without those that cannot be read (`unread`, each with what
/// it holds) and with the index that pandas names in its own description of the
/// file, if there is one.
pub(super) fn columns(
    origin: &str,
    headers: Vec<String>,
    unread: Vec<(String, String)>,
    pandas: Option<&str>,
    roles: &Roles,
    notes: &mut Vec<Note>,
) -> Result<Columns> {
    let mut roles = roles.clone();
    let unread = unread::set_aside(origin, unread, headers.len(), &mut roles)?;
    let index_has_role = named_in(&roles).any(|(_, name)| name == PANDAS_INDEX);
    if !index_has_role && headers.iter().any(|name| name == PANDAS_INDEX) {
        roles.ignore.push(PANDAS_INDEX.into());
    }
    let is_free = |name: &String| {
        let only = roles.only.iter().flatten();
        let named = named_in(&roles).map(|(_, name)| name);
        headers.contains(name) && !named.chain(only).any(|known| known == name)
    };
    let index = pandas.and_then(index_of_pandas).filter(is_free);
    if let Some(index) = index.filter(|_| roles.id.is_empty()) {
        tell(
            notes,
            "kept out of training as the index that pandas wrote:",
            vec![index.clone()],
        );
        roles.id.push(index);
    }
    let mut columns = Columns::new(origin, headers, true, &roles)?;
    columns.set_unread(unread);
    Ok(columns)
}

/// Returns the column that pandas says is the index of the rows; `None` if it
/// has no name of its own.
fn index_of_pandas(description: &str) -> Option<String> {
    let pandas: Value = serde_json::from_str(description).ok()?;
    match pandas["index_columns"].as_array()?.as_slice() {
        [Value::String(name)] if name != PANDAS_INDEX => Some(name.clone()),
        _ => None,
    }
}

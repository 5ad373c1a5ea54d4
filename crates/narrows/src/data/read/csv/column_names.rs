//! Names the columns of a table of text.

use std::collections::HashSet;

use super::header::last_is_empty;
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::read::names::{name_unnamed, rename_repeated};

/// The name of a column of row names, which have none in a file.
const ROW_NAMES: &str = "row_name";

/// The columns of a table.
pub(super) struct Named {
    pub names: Vec<String>,
    /// The name of the column of row names; `None` if there is none.
    pub row_names: Option<String>,
    /// The name of a last column without a name or a value.
    pub empty: Option<String>,
    /// Whether the names are more than numbers.
    pub has_names: bool,
    pub notes: Vec<Note>,
}

/// Returns columns without names: `x1`, `x2`, ….
pub(super) fn numbered(count: usize) -> Named {
    Named {
        names: (1..=count).map(|column| format!("x{column}")).collect(),
        row_names: None,
        empty: None,
        has_names: false,
        notes: Vec::new(),
    }
}

/// Returns the columns that the first line names. `body` are some rows below.
pub(super) fn named(mut names: Vec<String>, body: &[Vec<String>]) -> Named {
    let width = body.first().map_or(names.len(), Vec::len);
    let mut notes = Vec::new();
    let (mut row_names, mut empty) = (None, None);
    // Names of rows differ from one another.
    let mut seen = HashSet::new();
    let all_differ = body.iter().all(|row| seen.insert(row.first()));
    if width == names.len() + 1 {
        match last_is_empty(body) {
            true => names.push(String::new()),
            false if all_differ => names.insert(0, String::new()),
            false => {}
        }
    }
    let count = names.len();
    if count > 1 && names[0].is_empty() {
        let name = free(ROW_NAMES, &names);
        names[0].clone_from(&name);
        row_names = Some(name);
    }
    if count > 1 && names[count - 1].is_empty() && last_is_empty(body) {
        let name = free(&format!("x{count}"), &names);
        notes.push(Note::new(
            "each row ends in a delimiter: the column after it is left out",
            "",
        ));
        names[count - 1].clone_from(&name);
        empty = Some(name);
    }
    let unnamed = name_unnamed(&mut names);
    if !unnamed.is_empty() {
        notes.push(renamed("columns without a name are called", &unnamed));
    }
    let again = rename_repeated(&mut names);
    if !again.is_empty() {
        notes.push(renamed(
            "names that are in the header more than once are numbered:",
            &again,
        ));
    }
    Named {
        names,
        row_names,
        empty,
        has_names: true,
        notes,
    }
}

fn renamed(seen: &str, names: &[String]) -> Note {
    let names = crate::data::read::names::list(names);
    let hint = Hint::from("other names: ").and(Remedy::Set {
        key: "data.header",
        value: "[…]".into(),
    });
    Note::new(format!("{seen} {names}"), hint)
}

/// Returns the name, or one like it that no column has.
fn free(name: &str, names: &[String]) -> String {
    let mut free = name.to_string();
    while names.contains(&free) {
        free.push('_');
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<String> {
        line.split(',').map(String::from).collect()
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        for (first, body, names, row_names, empty) in [
            (",a", "1,2", "row_name,a", Some("row_name"), None),
            ("a,b", "x,1,2", "row_name,a,b", Some("row_name"), None),
            ("a,b", "1,2,", "a,b,x3", None, Some("x3")),
            ("a,b,", "1,2,", "a,b,x3", None, Some("x3")),
            ("a,,c", "1,2,3", "a,x2,c", None, None),
            ("a,b,a,a", "1,2,3,4", "a,b,a_2,a_3", None, None),
            ("a,a_2,a", "1,2,3", "a,a_2,a_3", None, None),
            ("a", "1", "a", None, None),
        ] {
            let found = named(cells(first), &[cells(body)]);
            assert_eq!(found.names, cells(names), "{first}");
            assert_eq!(found.row_names.as_deref(), row_names, "{first}");
            assert_eq!(found.empty.as_deref(), empty, "{first}");
            let quiet = found.names == cells(first) || row_names.is_some();
            assert_eq!(found.notes.is_empty(), quiet);
        }
    }
}

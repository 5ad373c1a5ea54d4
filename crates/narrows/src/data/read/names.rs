//! Checks that the names in [`Roles`] fit the columns of a file.

use std::collections::{HashMap, HashSet};

use super::Roles;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::nearest::nearest;
use crate::base::visible::visible;
use crate::settings::{Kind, TimePart};

/// Refuses names that are empty or not unique, columns with two roles, and
/// roles for columns that do not exist.
pub(super) fn check(origin: &str, names: &[String], named: bool, roles: &Roles) -> Result<()> {
    refuse_bad_names(origin, names)?;
    refuse_two_roles(roles)?;
    if roles.optional {
        return Ok(());
    }
    refuse_absent(origin, names, named, roles)
}

/// Refuses a file that lacks a column that a model was trained on.
pub(super) fn refuse_missing(origin: &str, names: &[String], wanted: &[String]) -> Result<()> {
    let there: HashSet<&String> = names.iter().collect();
    let Some(missing) = wanted.iter().find(|name| !there.contains(name)) else {
        return Ok(());
    };
    let known: HashSet<&String> = wanted.iter().collect();
    let others = names.iter().filter(|name| !known.contains(name));
    Err(Error::data(
        origin,
        Place::Column(missing.clone()),
        format!("no such column (there are {})", list(names)),
        "every column that the model was trained on",
        match nearest(missing, others.map(String::as_str)) {
            Some(near) => format!("is {} the one?", quote(near)).into(),
            None => Hint::from(Remedy::InspectModel).and(" lists the columns of a model"),
        },
    ))
}

/// Refuses the roles that a format without names cannot support. `format` is a
/// phrase such as `an IDX file`; `also` are keys that have a meaning there.
pub(super) fn refuse_any(origin: &str, format: &str, also: &[&str], roles: &Roles) -> Result<()> {
    let named = named_in(roles).find(|(key, _)| !also.contains(key));
    match named {
        Some((key, name)) if !roles.optional => Err(Error::data(
            origin,
            Place::Whole,
            format!("{format}, whose columns have no names"),
            format!("the column {} that {key} names", quote(name)),
            format!("take {key} out, or keep the data as CSV or Parquet"),
        )),
        _ => Ok(()),
    }
}

fn refuse_bad_names(origin: &str, names: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    for (column, name) in names.iter().enumerate() {
        let (found, hint) = if name.is_empty() {
            (
                format!("no name for column {}", column + 1),
                match column + 1 == names.len() {
                    true => "take the delimiter at the end of each line out, or name the column",
                    false => {
                        "an index that pandas wrote has no name: write with index=False, or name it"
                    }
                },
            )
        } else if !seen.insert(name) {
            (
                format!("{} more than once in the header", quote(name)),
                "rename one of them",
            )
        } else {
            continue;
        };
        let expected = "a name of its own for each column";
        return Err(Error::data(origin, Place::Whole, found, expected, hint));
    }
    Ok(())
}

fn refuse_two_roles(roles: &Roles) -> Result<()> {
    let mut seen = HashMap::new();
    for (key, name) in named_in(roles) {
        // What a training left out may be the label or the id of new rows.
        let is_left_out = || roles.kinds.get(name).is_some_and(Kind::is_left_out);
        if roles.optional && key == "data.kinds" && is_left_out() {
            continue;
        }
        // A label that a command line names, whatever training took it for.
        if roles.optional && key != "data.id" && roles.label.as_ref() == Some(name) {
            continue;
        }
        let other = *seen.entry(name).or_insert(key);
        if other != key {
            return Err(Error::config(
                key,
                format!("{}, which {other} names too", quote(name)),
                "each column in one place",
                "take it out of one of the two",
            ));
        }
    }
    Ok(())
}

fn refuse_absent(origin: &str, names: &[String], named: bool, roles: &Roles) -> Result<()> {
    let there: HashSet<&String> = names.iter().collect();
    for (key, name) in named_in(roles) {
        let is_part = key == "data.ignore" && is_part_of_time(name, &there, roles);
        if !there.contains(name) && !is_part {
            let near = nearest(name, names.iter().map(String::as_str));
            return Err(Error::data(
                origin,
                Place::Whole,
                format!("the columns {}", list(names)),
                format!("the column {} that {key} names", quote(name)),
                match near {
                    _ if !named => Hint::from(
                        "the first line is taken for a row; if it holds names: ",
                    )
                    .and(Remedy::Set {
                        key: "data.header",
                        value: "true".into(),
                    }),
                    Some(near) => format!("did you mean {}?", quote(near)).into(),
                    None => format!("name one of these in {key}, or leave it out").into(),
                },
            ));
        }
    }
    Ok(())
}

/// Returns whether a name is that of a column made of a time, such as `when.day`.
fn is_part_of_time(name: &str, there: &HashSet<&String>, roles: &Roles) -> bool {
    let Some((column, part)) = name.rsplit_once('.') else {
        return false;
    };
    // What a column is may be yet to be found out.
    let may_be_time = matches!(roles.kinds.get(column), None | Some(Kind::Time(_)));
    let is_part = TimePart::ALL.iter().any(|known| known.name() == part);
    may_be_time && is_part && there.contains(&column.to_string())
}

/// Returns the columns that the roles name, each with its key in a config.
pub(super) fn named_in(roles: &Roles) -> impl Iterator<Item = (&'static str, &String)> {
    let label = roles.label.iter().map(|name| ("data.label", name));
    let id = roles.id.iter().map(|name| ("data.id", name));
    let ignore = roles.ignore.iter().map(|name| ("data.ignore", name));
    let one_hot = roles.one_hot.iter().map(|name| ("data.one_hot", name));
    let kinds = roles.kinds.keys().map(|name| ("data.kinds", name));
    label.chain(id).chain(ignore).chain(one_hot).chain(kinds)
}

/// Quotes a file's text, cut to a readable length.
pub(super) fn quote(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("'{}{dots}'", visible(&short))
}

/// Quotes and lists the names, only the first ones if there are many.
pub(super) fn list(names: &[String]) -> String {
    let mut text: Vec<String> = names.iter().take(12).map(|name| quote(name)).collect();
    if names.len() > text.len() {
        text.push(format!("and {} more", names.len() - text.len()));
    }
    text.join(", ")
}

/// Calls columns without a name `x2`, `x3`, … by their places, and returns these
/// names.
pub(super) fn name_unnamed(names: &mut [String]) -> Vec<String> {
    let taken: HashSet<String> = names.iter().cloned().collect();
    let mut unnamed = Vec::new();
    for (at, name) in names.iter_mut().enumerate() {
        if name.is_empty() {
            *name = format!("x{}", at + 1);
            while taken.contains(name) {
                name.push('_');
            }
            unnamed.push(name.clone());
        }
    }
    unnamed
}

/// Gives names that are there more than once a number, as in `a`, `a_2`, and
/// returns the new ones.
pub(super) fn rename_repeated(names: &mut [String]) -> Vec<String> {
    let all: HashSet<String> = names.iter().cloned().collect();
    if all.len() == names.len() {
        return Vec::new();
    }
    let mut taken = all;
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut again = Vec::new();
    for name in names.iter_mut() {
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 {
            continue;
        }
        let new = loop {
            let new = format!("{name}_{count}");
            if taken.insert(new.clone()) {
                break new;
            }
            *count += 1;
        };
        name.clone_from(&new);
        again.push(new);
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut() {
        assert_eq!(quote("a\nb"), "'a\\nb'");
        let long = quote(&"é".repeat(90));
        assert_eq!(long.chars().count(), 43);
    }
}

//! Decides what a column of a file becomes, by the roles.

use std::collections::HashSet;

use super::Use;
use crate::base::error::{Error, Result};
use crate::data::read::Roles;
use crate::data::read::extent::Extent;
use crate::data::read::levels::Levels;
use crate::data::read::names::quote;
use crate::data::read::observed::Observed;
use crate::data::time_format::TimeFormat;
use crate::settings::{Kind, TimeKind, TimePart};

/// What is known of a column before its first cell.
pub(super) struct Before<'a> {
    pub name: &'a String,
    pub is_ignored: bool,
    pub is_one_hot: bool,
    /// The number of columns of data before it, and of all columns of the file.
    pub width: usize,
    pub columns: usize,
    /// The number of columns of ids before it.
    pub ids: usize,
}

/// Returns what becomes of a column.
pub(super) fn use_of(origin: &str, column: &Before, roles: &Roles) -> Result<Use> {
    let Before {
        name,
        is_ignored,
        is_one_hot,
        width,
        columns,
        ids,
    } = *column;
    let kind = roles.kinds.get(name);
    if roles.observes {
        let format = match kind {
            Some(Kind::Time(time)) => format_of(origin, name, time)?,
            _ => None,
        };
        return Ok(Use::Observed(Box::new(Observed::new(
            name, format, columns,
        ))));
    }
    let number = || match roles.formats.get(name) {
        Some(format) => Use::Written(width, Extent::default(), format.clone()),
        None => Use::Number(width, Extent::default()),
    };
    Ok(match kind {
        _ if roles.label.as_ref() == Some(name) => Use::Label,
        _ if roles.id.contains(name) => Use::Id(ids),
        _ if is_ignored => Use::Nothing,
        _ if is_one_hot => Use::Category(width, Levels::default()),
        None | Some(Kind::Number | Kind::Count | Kind::Circular(_)) => number(),
        Some(Kind::Category | Kind::Binary) => Use::Category(width, Levels::default()),
        Some(Kind::Ordinal(levels)) => Use::Ordinal(width, levels.clone()),
        Some(Kind::Id | Kind::Text | Kind::Ignore) => Use::Nothing,
        Some(Kind::Time(time)) => match format_of(origin, name, time)? {
            Some(format) => {
                let mut parts = match time.parts.is_empty() {
                    true => format.parts(),
                    false => time.parts.clone(),
                };
                let made = |part: &TimePart| format!("{name}.{}", part.name());
                parts.retain(|part| !roles.ignore.contains(&made(part)));
                Use::Time(width, format, parts)
            }
            None => {
                return Err(Error::config(
                    &format!("data.kinds.{name}"),
                    "a time without a format, and none that fits every cell",
                    "the format of its cells",
                    "for instance \"time:%d.%m.%Y\" or \"time:%Y-%m-%d %H:%M\"",
                ));
            }
        },
    })
}

/// Returns the format of a column of times, if it has one.
fn format_of(origin: &str, name: &str, time: &TimeKind) -> Result<Option<TimeFormat>> {
    let Some(text) = &time.format else {
        return Ok(None);
    };
    let format = TimeFormat::new(text);
    let has = |format: &TimeFormat| time.parts.iter().all(|part| format.parts().contains(part));
    match format.filter(has) {
        Some(format) => Ok(Some(format)),
        None => Err(Error::config(
            &format!("data.kinds.{name}"),
            format!("the format {} in {origin}", quote(text)),
            "a format with all of a date, or a time of day, and all parts that are made of it",
            "for instance \"time:%d.%m.%Y\" or \"time:%Y-%m-%d %H:%M\"",
        )),
    }
}

/// Returns the names of the columns that are made of a column of times.
pub(super) fn derived(name: &str, used: &Use) -> Vec<String> {
    let parts = match used {
        Use::Time(_, _, parts) => &parts[..],
        _ => &[],
    };
    let names = parts.iter().map(|part| format!("{name}.{}", part.name()));
    names.collect()
}

/// Returns the columns of a file that the columns of a model are made of.
pub(super) fn sources(only: &[String], names: &[String], roles: &Roles) -> Vec<String> {
    let times = roles.kinds.iter();
    let times = times.filter(|(_, kind)| matches!(kind, Kind::Time(_)));
    let times: HashSet<&str> = times.map(|(name, _)| name.as_str()).collect();
    let mut sources: Vec<String> = Vec::with_capacity(only.len());
    for wanted in only {
        let of = wanted.rsplit_once('.').map(|(name, _)| name);
        let source = match of.filter(|of| times.contains(of)) {
            Some(of) if !names.contains(wanted) => of,
            _ => wanted,
        };
        if sources.last().is_none_or(|last| last != source) {
            sources.push(source.into());
        }
    }
    sources
}

//! Sets columns aside whose types cannot be read.

use std::collections::HashSet;

use super::{Roles, names};
use crate::base::error::{Error, Place, Result};

/// Adds the columns that cannot be read, each with what it holds, to those that
/// are ignored, unless a role or a model needs them. Returns them. `count` is the
/// number of all columns.
pub(super) fn set_aside(
    origin: &str,
    unread: Vec<(String, String)>,
    count: usize,
    roles: &mut Roles,
) -> Result<Vec<(String, String)>> {
    let mut unread = unread;
    let named = names::named_in(roles).map(|(_, name)| name);
    let needed: HashSet<&String> = named.chain(roles.only.iter().flatten()).collect();
    unread.retain(|(name, _)| !needed.contains(name));
    if !unread.is_empty() && unread.len() == count {
        let holds: Vec<String> = unread
            .iter()
            .map(|(name, holds)| format!("{holds} in '{name}'"))
            .collect();
        return Err(Error::data(
            origin,
            Place::Whole,
            format!("only {}", holds.join(", ")),
            "a column of numbers, booleans or text",
            "store them as numbers, dates as days or seconds",
        ));
    }
    let ignored = unread.iter().map(|(name, _)| name.clone());
    roles.ignore.extend(ignored);
    Ok(unread)
}

//! Gathers the keys of objects, which are the columns.

use std::collections::{HashMap, HashSet};

use super::line::Lines;
use super::object::Value;
use super::{Unknown, quote};
use crate::base::error::Result;
use crate::data::read::Roles;
use crate::data::read::allowance::MOST_COLUMNS;
use crate::data::read::columns::Columns;
use crate::data::table::TagKind;
use crate::settings::Kind;

/// The keys in the order in which they came.
#[derive(Default)]
pub(super) struct Keys {
    pub names: Vec<String>,
    places: HashMap<String, usize>,
    /// What each key's values are.
    seen: Vec<Seen>,
}

/// Which kinds of values a key has.
#[derive(Clone, Copy, Default)]
struct Seen {
    booleans: bool,
    integers: bool,
    numbers: bool,
    texts: bool,
    lists: bool,
    objects: bool,
}

impl Keys {
    /// Adds the keys of the current line.
    pub fn add(&mut self, lines: &Lines) -> Result<()> {
        for (place, (key, value)) in lines.object()?.into_iter().enumerate() {
            let column = match self.column(&key, place) {
                Some(column) => column,
                None => self.insert(key.into_owned()),
            };
            if self.names.len() > MOST_COLUMNS {
                return Err(lines.refuse(
                    format!("the key {}, one of many", quote(&self.names[column])),
                    &format!("at most {MOST_COLUMNS} keys in all lines"),
                    "are keys values? write such values under one key",
                ));
            }
            let seen = &mut self.seen[column];
            match value {
                Value::Null => {}
                Value::Boolean(_) => seen.booleans = true,
                Value::Number(number) if number.is_f64() => seen.numbers = true,
                // Beyond 2^63 they are written as text.
                Value::Number(number) if number.is_i64() => seen.integers = true,
                Value::Number(_) | Value::Text(_) => seen.texts = true,
                Value::List => seen.lists = true,
                Value::Object => seen.objects = true,
            }
        }
        Ok(())
    }

    fn insert(&mut self, key: String) -> usize {
        let column = self.names.len();
        self.places.insert(key.clone(), column);
        self.names.push(key);
        self.seen.push(Seen::default());
        column
    }

    /// Returns a key's column; `place` is where it is in its object, as in others.
    pub fn column(&self, key: &str, place: usize) -> Option<usize> {
        match self.names.get(place) {
            Some(name) if name == key => Some(place),
            _ => self.places.get(key).copied(),
        }
    }

    /// Adds the columns of a model that the only line so far leaves out, and
    /// returns what becomes of other keys.
    pub fn complete(&mut self, roles: &Roles) -> Unknown {
        let Some(only) = &roles.only else {
            return Unknown::Refused;
        };
        // Rows of other keys altogether are refused as such.
        let keys: Vec<&str> = only.iter().map(|name| key_of(name, roles)).collect();
        if keys.iter().any(|key| self.places.contains_key(*key)) {
            let mut known: HashSet<String> = self.names.iter().cloned().collect();
            for key in keys {
                if known.insert(key.into()) {
                    self.insert(key.into());
                }
            }
        }
        Unknown::PassedOver
    }

    /// Returns the columns that hold lists or objects.
    pub fn unread(&self, headers: &[String]) -> Vec<(String, String)> {
        let holds = |seen: &Seen| match (seen.lists, seen.objects) {
            (true, _) => Some("lists"),
            (_, true) => Some("objects"),
            _ => None,
        };
        let columns = headers.iter().zip(&self.seen);
        let unread = columns.filter_map(|(name, seen)| Some((name.clone(), holds(seen)?.into())));
        unread.collect()
    }

    /// Says what the columns hold, in case they are labels or ids.
    pub fn set_tag_kinds(&self, columns: &mut Columns) {
        for (column, seen) in self.seen.iter().enumerate() {
            let kind = match (seen.texts, seen.booleans, seen.numbers, seen.integers) {
                (false, true, false, false) => TagKind::Boolean,
                (false, false, true, _) => TagKind::Number,
                (false, false, false, true) => TagKind::Integer,
                _ => TagKind::Text,
            };
            columns.set_tag_kind(column, kind);
        }
    }
}

/// Returns the key of a model's column: that of the time that it is a part of, or
/// its own name.
fn key_of<'r>(column: &'r str, roles: &Roles) -> &'r str {
    match column.rsplit_once('.') {
        Some((of, _)) if matches!(roles.kinds.get(of), Some(Kind::Time(_))) => of,
        _ => column,
    }
}

//! Finds the command that trains on data.

use narrows::config::DataConfig;
use narrows::read::{self, Inferred, Parts};
use narrows::{
    Config, ConfigText, Error, Remedy, Result, Table, Training, TrainingOptions, Warning,
};
use serde_json::json;

use crate::builtin;
use crate::memory;
use crate::output::{argument, program};
use crate::remedies;
use crate::settle;

/// What would come of training on data.
pub enum Next {
    /// This command trains, with these warnings at its start.
    Command(String, Vec<Warning>),
    /// No command can, for this reason.
    Impossible(Error),
    /// It is not known, since the rows cannot be read again.
    Unknown,
}

/// Finds the command that trains on the rows of `source`, with the settings
/// `changes`, and what it would take each column for. `table` are the rows as
/// they were inspected.
pub fn next(source: &str, changes: &[String], table: &Table) -> (Next, Vec<Inferred>) {
    // What is no file can be read only once.
    let path = std::path::Path::new(source);
    if source == "-" || path.exists() && !path.is_file() && !path.is_dir() {
        return (Next::Unknown, Vec::new());
    }
    let name = match table.image() {
        Some(_) => builtin::DEFAULT,
        None => "table",
    };
    let own = changes;
    let mut changes = changes.to_vec();
    match start(name, source, &mut changes) {
        Err(error) => {
            let kinds = kinds_without_roles(name, source, own, &changes);
            (Next::Impossible(error), kinds)
        }
        Ok((warnings, kinds)) => {
            let kinds = match changes.iter().any(|c| gives_role(c) && !own.contains(c)) {
                true => kinds_without_roles(name, source, own, &changes),
                false => kinds,
            };
            let config = match name {
                builtin::DEFAULT => String::new(),
                name => format!(" {name}"),
            };
            let flags = changes
                .iter()
                .map(|change| format!(" --set {}", remedies::shell(change)));
            let flags: String = flags.collect();
            let data = argument(source);
            let command = format!("{} train{config} --data {data}{flags}", program());
            (Next::Command(command, warnings), kinds)
        }
    }
}

/// Returns whether a change names columns and what they are for.
fn gives_role(change: &str) -> bool {
    ["data.ignore=", "data.one_hot="]
        .iter()
        .any(|key| change.starts_with(key))
}

/// Returns what the columns are taken for with the changes of which some are the
/// user's own, without the roles that the others give to columns.
fn kinds_without_roles(
    name: &str,
    source: &str,
    own: &[String],
    changes: &[String],
) -> Vec<Inferred> {
    let added = changes.iter().filter(|change| !own.contains(change));
    let added = added.filter(|change| !gives_role(change));
    let changes: Vec<String> = own.iter().chain(added).cloned().collect();
    let config = config(name, source, &changes);
    let kinds = config.and_then(|config| read::kinds(source, &config.data.roles(false)));
    kinds.unwrap_or_default()
}

/// Adds the changes that errors ask for, beside what a training settles by
/// itself, until one can start; returns its warnings and what the columns are.
fn start(
    name: &str,
    source: &str,
    changes: &mut Vec<String>,
) -> Result<(Vec<Warning>, Vec<Inferred>)> {
    // What was wrong before any change is what is told.
    let mut first = None;
    // Each column is named at most once.
    loop {
        let error = match started(name, source, changes) {
            Ok(started) => return Ok(started),
            Err(error) => error,
        };
        // Groups of three digits are more often thousands; both ways are told.
        let is_decimal =
            |remedy: &Remedy| matches!(remedy, Remedy::Set { key, .. } if *key == "data.decimal");
        let decimal = error.hint().remedies().any(is_decimal);
        let decimal = decimal.then(|| vec!["data.decimal=point".to_string()]);
        let columns = error.hint().remedies().find_map(|remedy| match remedy {
            Remedy::SetColumns { settings, .. } => Some(remedies::changes(settings)),
            _ => None,
        });
        // What a column is decides nothing about other columns.
        let setting = || {
            error.hint().remedies().find_map(|remedy| match remedy {
                Remedy::Set { key, value } if !value.contains('…') => {
                    Some(vec![format!("{key}={value}")])
                }
                Remedy::LeaveOut(key) => Some(vec![format!("{key}=")]),
                _ => None,
            })
        };
        let asked = decimal.or(columns).or_else(setting).unwrap_or_default();
        if asked.iter().all(|change| changes.contains(change)) {
            return Err(first.unwrap_or(error));
        }
        first.get_or_insert(error);
        let key = |change: &str| change.split('=').next().unwrap_or_default().to_string();
        let keys: Vec<String> = asked.iter().map(|change| key(change)).collect();
        changes.retain(|change| !keys.contains(&key(change)));
        changes.extend(asked);
    }
}

/// Starts a training, without an epoch; returns its warnings and what the
/// columns are.
fn started(name: &str, source: &str, changes: &[String]) -> Result<(Vec<Warning>, Vec<Inferred>)> {
    let read = |data: &DataConfig| match builtin::data(source) {
        Some(rows) => rows,
        // Beside the rows that were inspected.
        None => {
            let within = memory::for_table()?.map_or(usize::MAX, |bytes| bytes / 2);
            Parts::open(source, &data.roles(false)).and_then(|p| p.within(within).whole())
        }
    };
    let settled = settle::settled(text(name, source, changes), read)?;
    let mut options = TrainingOptions::default();
    options.memory = memory::limit()?;
    let training = Training::with_options(&settled.config, &settled.table, &options)?;
    Ok((training.warnings().to_vec(), settled.kinds))
}

/// Returns the config that the command trains by.
pub fn config(name: &str, source: &str, changes: &[String]) -> Result<Config> {
    text(name, source, changes).parse()
}

fn text(name: &str, source: &str, changes: &[String]) -> ConfigText {
    let text = builtin::config(name).unwrap_or_default();
    let mut changes = changes.to_vec();
    changes.push(format!("data.source={}", json!(source)));
    ConfigText::new(&format!("{name} (carried)"), text, &changes)
}

//! Finds the command that trains on data.

use narrows::read::Parts;
use narrows::{
    Config, ConfigText, Error, Remedy, Result, Table, Training, TrainingOptions, Warning,
};
use serde_json::json;

use crate::builtin;
use crate::memory;
use crate::output::{argument, program};
use crate::remedies;

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
/// `changes`. `table` are the rows as they were inspected.
pub fn next(source: &str, changes: &[String], table: &Table) -> Next {
    // What is no file can be read only once.
    let path = std::path::Path::new(source);
    if source == "-" || path.exists() && !path.is_file() && !path.is_dir() {
        return Next::Unknown;
    }
    let name = match table.image() {
        Some(_) => builtin::DEFAULT,
        None => "table",
    };
    let mut changes = changes.to_vec();
    match settle(name, source, &mut changes) {
        Err(error) => Next::Impossible(error),
        Ok(warnings) => {
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
            Next::Command(command, warnings)
        }
    }
}

/// Adds the changes that the errors of reading ask for, until a training can
/// start; returns its warnings.
fn settle(name: &str, source: &str, changes: &mut Vec<String>) -> Result<Vec<Warning>> {
    // What was wrong before any change is what is told.
    let mut first = None;
    // Each column is named at most once.
    loop {
        let config = config(name, source, changes)?;
        let rows = match builtin::data(source) {
            Some(rows) => rows,
            // Beside the rows that were inspected.
            None => {
                let within = memory::for_table()?.map_or(usize::MAX, |bytes| bytes / 2);
                Parts::open(source, &config.data.roles(false))
                    .and_then(|p| p.within(within).whole())
            }
        };
        let started = rows.and_then(|rows| {
            let mut options = TrainingOptions::default();
            options.memory = memory::limit()?;
            let training = Training::with_options(&config, &rows, &options)?;
            Ok(training.warnings().to_vec())
        });
        let error = match started {
            Ok(warnings) => return Ok(warnings),
            Err(error) => error,
        };
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
        let asked = columns.or_else(setting).unwrap_or_default();
        if asked.iter().all(|change| changes.contains(change)) {
            return Err(first.unwrap_or(error));
        }
        // What is plain, a training settles by itself.
        let is_plain = |remedy| matches!(remedy, &Remedy::SetColumns { plain: true, .. });
        if !error.hint().remedies().any(is_plain) {
            first.get_or_insert(error);
        }
        let key = |change: &str| change.split('=').next().unwrap_or_default().to_string();
        let keys: Vec<String> = asked.iter().map(|change| key(change)).collect();
        changes.retain(|change| !keys.contains(&key(change)));
        changes.extend(asked);
    }
}

/// Returns the config that the command trains by.
pub fn config(name: &str, source: &str, changes: &[String]) -> Result<Config> {
    let text = builtin::config(name).unwrap_or_default();
    let mut changes = changes.to_vec();
    changes.push(format!("data.source={}", json!(source)));
    ConfigText::new(&format!("{name} (carried)"), text, &changes).parse()
}

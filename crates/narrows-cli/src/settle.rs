//! Settles what the columns of rows to train on are, where that is plain.

use std::path::Path;

use narrows::config::DataConfig;
use narrows::program::file_of;
use narrows::{Config, ConfigText, Error, Note, Remedy, Result, Table};

use crate::inputs;
use crate::output::Output;
use crate::remedies;

/// Rows to train on, with the config that they were read by.
pub struct Settled {
    pub text: ConfigText,
    pub config: Config,
    pub table: Table,
}

/// Reads the rows that a config names. Columns of text that no setting names
/// become categories or are left out, columns that cannot be read are left out,
/// and missing cells are filled: each is told, with the setting that decides.
///
/// # Errors
/// Those of reading where a column may be meant in two ways, as one of numbers
/// and a few texts may.
pub fn training_rows(mut text: ConfigText, output: &Output) -> Result<Settled> {
    loop {
        let config = text.parse()?;
        let error = match inputs::training_rows(&config.data, output) {
            Ok(table) => {
                return Ok(Settled {
                    text,
                    config,
                    table,
                });
            }
            Err(error) => error,
        };
        // What the config says of missing cells is meant.
        let is_open = |(key, _): &(&str, Vec<String>)| *key != "data.missing" || !text.sets(key);
        let changes = plain(&error, &config.data);
        if !changes.iter().all(is_open) {
            return Err(text.locate(error));
        }
        let notes: Vec<Note> = changes
            .iter()
            .filter_map(|(key, names)| note(key, names, &config.data))
            .collect();
        if notes.is_empty() {
            return Err(text.locate(error));
        }
        output.notes(&notes);
        text = text.with(remedies::changes(&changes));
    }
}

/// Returns the settings that an error asks for; none if they may be meant
/// otherwise, or if the rows cannot be read again.
fn plain(error: &Error, data: &DataConfig) -> Vec<(&'static str, Vec<String>)> {
    let again = std::fs::metadata(Path::new(file_of(&data.source)));
    let again = again.is_ok_and(|file| file.is_file());
    let plain = error.hint().remedies().find_map(|remedy| match remedy {
        Remedy::SetColumns {
            settings,
            plain: true,
        } => Some(settings.clone()),
        Remedy::Set { key, value } if *key == "data.missing" => {
            Some(vec![(*key, vec![value.to_string()])])
        }
        _ => None,
    });
    plain.filter(|_| again).unwrap_or_default()
}

/// Returns what is told of a setting; `None` if it changes nothing.
fn note(key: &str, names: &[String], data: &DataConfig) -> Option<Note> {
    let new = |known: &[String]| {
        let new = names.iter().filter(|name| !known.contains(name));
        let new: Vec<&str> = new.map(String::as_str).collect();
        (!new.is_empty()).then(|| named(&new))
    };
    match key {
        "data.one_hot" => Some(Note::new(
            format!(
                "{} read as categories, since a few texts recur there",
                new(&data.one_hot)?
            ),
            "data.ignore leaves a column out",
        )),
        "data.ignore" => Some(Note::new(
            format!("{} left out of training", new(&data.ignore)?),
            "data.one_hot makes a text a category, data.id keeps a column as the rows' names",
        )),
        "data.missing" => Some(Note::new(
            "missing cells are kept out of every loss and error, and the encoder is told of them",
            "data.missing says otherwise",
        )),
        _ => None,
    }
}

/// Names columns, at most a few.
fn named(names: &[&str]) -> String {
    const MOST: usize = 8;
    let quoted: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| format!("'{name}'"))
        .collect();
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let column = if names.len() == 1 {
        "column"
    } else {
        "columns"
    };
    format!("{column} {}{more}", quoted.join(", "))
}

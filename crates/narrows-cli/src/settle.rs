//! Settles what the columns of rows to train on are, where that is plain.

use std::path::Path;

use narrows::config::{DataConfig, Kind};
use narrows::program::file_of;
use narrows::read::{self, Inferred, Verdict};
use narrows::{ColumnKind, Config, ConfigText, Error, Hint, Note, Place, Remedy, Result, Table};

use crate::inputs;
use crate::kinds;
use crate::output::Output;
use crate::remedies;
use crate::series;
use crate::sizes::sized;

/// Rows to train on, with the config that they were read by.
pub struct Settled {
    pub text: ConfigText,
    pub config: Config,
    pub table: Table,
    /// What each column is taken for; empty if all are numbers.
    pub kinds: Vec<Inferred>,
    /// What is to be told.
    pub notes: Vec<Note>,
}

impl Settled {
    /// Tells what the columns are taken for and what was settled.
    pub fn tell(&self, output: &Output) {
        output.notes(&self.notes);
        kinds::tell(&self.kinds, output);
    }
}

/// Reads the rows that a config names.
///
/// # Errors
/// Those of [`settled`].
pub fn training_rows(text: ConfigText, output: &Output) -> Result<Settled> {
    settled(text, |data| inputs::training_rows(data, output))
}

/// Reads rows by a config with `read`. Where columns are no plain numbers, all
/// rows show what each is, by the rules of [`read::kinds`]; missing cells are
/// masked unless the config says otherwise. Sizes that the config leaves open are
/// those that suit the rows. What was settled so is in the text that is returned.
///
/// # Errors
/// Those of reading where a column may be meant in two ways, as one of numbers
/// and a few texts may.
pub fn settled(
    mut text: ConfigText,
    read: impl Fn(&DataConfig) -> Result<Table>,
) -> Result<Settled> {
    let mut kinds: Option<Vec<Inferred>> = None;
    let mut notes = Vec::new();
    loop {
        let config = text.parse()?;
        let rows = read(&config.data);
        if kinds.is_none() && asks(&rows, &config.data) && is_file(&config.data) {
            let mut found = read::kinds(&config.data.source, &config.data.roles(false))?;
            let time = series::time_of(&found, &config.data).map_err(|error| text.locate(error))?;
            if let Some((time, note)) = time.map(|(time, note)| (time.to_string(), note)) {
                notes.push(note);
                text = text.with(vec![format!("data.time={}", remedies::quoted(&time))]);
                for column in found.iter_mut().filter(|column| column.name == time) {
                    column.verdict = Verdict::Id;
                    column.setting = None;
                }
            }
            let refused = found.iter().find_map(|c| c.refusal(&config.data.source));
            if let Some(error) = refused {
                return Err(text.locate(error));
            }
            notes.extend(left_out(&found));
            let changes: Vec<String> = found.iter().filter_map(change).collect();
            kinds = Some(found);
            if !changes.is_empty() || text.parse()? != config {
                text = text.with(changes);
                continue;
            }
        }
        check_bent(&config.data, kinds.as_deref()).map_err(|error| text.locate(error))?;
        let error = match rows {
            Ok(table) => {
                let (text, sized) = sized(text, &table)?;
                notes.extend(sized);
                return Ok(Settled {
                    config: text.parse()?,
                    text,
                    table,
                    kinds: kinds.unwrap_or_default(),
                    notes,
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
        let new: Vec<Note> = changes
            .iter()
            .filter_map(|(key, names)| note(key, names, &config.data))
            .collect();
        if new.is_empty() {
            return Err(text.locate(error));
        }
        notes.extend(new);
        text = text.with(remedies::changes(&changes));
    }
}

/// Returns whether the rows have to be looked through for what their columns
/// are.
fn asks(rows: &Result<Table>, data: &DataConfig) -> bool {
    let sets_columns =
        |remedy: &Remedy| matches!(remedy, Remedy::SetColumns { .. } | Remedy::SetKind { .. });
    let is_number = |kind: &ColumnKind| *kind == ColumnKind::Number;
    !data.kinds.is_empty()
        || match rows {
            Ok(table) => {
                let mut columns = table.columns().iter();
                !columns.all(|column| is_number(&column.kind)) || !table.id_like().is_empty()
            }
            Err(error) => error.hint().remedies().any(sets_columns),
        }
}

/// Refuses columns to bend that are there, but are no features of numbers.
fn check_bent(data: &DataConfig, kinds: Option<&[Inferred]>) -> Result<()> {
    for (key, names) in [("data.log", &data.log), ("data.rank", &data.rank)] {
        for name in names {
            let inferred = kinds.iter().flat_map(|kinds| kinds.iter());
            let inferred = inferred.filter(|column| column.name == *name);
            let found = match inferred.map(|column| &column.verdict).next() {
                _ if data.label.as_ref() == Some(name) => "the label of the rows",
                _ if data.id.contains(name) => "the id of the rows",
                _ if data.ignore.contains(name) => "a column that data.ignore leaves out",
                Some(Verdict::Id) => "the id of the rows",
                Some(Verdict::Kind(Kind::Time(_))) => "a column of dates or times",
                Some(Verdict::Kind(kind)) if kind.is_left_out() => {
                    "a column that is left out of training"
                }
                _ => continue,
            };
            return Err(Error::data(
                &data.source,
                Place::Column(name.clone()),
                found,
                format!("a column of numbers, since {key} names it"),
                format!("take it out of {key}"),
            ));
        }
    }
    Ok(())
}

/// Returns whether the rows come from a file, which can be read again.
fn is_file(data: &DataConfig) -> bool {
    let file = std::fs::metadata(Path::new(file_of(&data.source)));
    !data.is_built_in() && file.is_ok_and(|file| file.is_file())
}

/// Returns the change that gives a column the kind that it is taken for, if it
/// needs one.
fn change(column: &Inferred) -> Option<String> {
    let kind = column.setting.as_ref()?;
    Some(remedies::of_kind(&column.name, &kind.to_string()))
}

/// Returns what is told of columns that are left out, by why they are.
fn left_out(found: &[Inferred]) -> Option<Note> {
    let is_left_out = |kind: &Kind| kind.is_left_out();
    let names = found
        .iter()
        .filter(|column| column.setting.as_ref().is_some_and(is_left_out));
    let names: Vec<&str> = names.map(|column| column.name.as_str()).collect();
    let first = names.first()?;
    let hint = Hint::from("data.kinds keeps a column, as in ")
        .and(Remedy::SetKind {
            column: first.to_string(),
            kind: Kind::Category.to_string(),
        })
        .and("; data.id keeps it as the rows' names");
    Some(Note::new(
        format!("{} left out of training", named(&names)),
        hint,
    ))
}

/// Returns the settings that an error asks for; none if they may be meant
/// otherwise, or if the rows cannot be read again.
fn plain(error: &Error, data: &DataConfig) -> Vec<(&'static str, Vec<String>)> {
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
    plain.filter(|_| is_file(data)).unwrap_or_default()
}

/// Returns what is told of a setting; `None` if it changes nothing.
fn note(key: &str, names: &[String], data: &DataConfig) -> Option<Note> {
    match key {
        "data.ignore" => {
            let new = names.iter().filter(|name| !data.ignore.contains(name));
            let new: Vec<&str> = new.map(String::as_str).collect();
            let seen = format!("{} left out of training", named(&new));
            (!new.is_empty()).then(|| Note::new(seen, "no values of theirs can be read"))
        }
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

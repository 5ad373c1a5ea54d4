//! Reads and writes the cases in the `.toml` files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml_edit::{ArrayOfTables, DocumentMut, value};

use super::made::Made;
use super::run::Outcome;

/// One bad input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The behaviour, as the case's name.
    pub name: String,
    /// The catalogue file with the case, without its extension.
    #[serde(skip)]
    pub topic: String,
    /// Names of what is copied from the prepared folder (`prepared.rs`):
    /// `rows.csv`, `runs/my`, ….
    #[serde(default)]
    pub given: Vec<String>,
    /// Other files by their names; their folders are created.
    #[serde(default)]
    pub files: BTreeMap<String, Made>,
    /// Standard input; empty by default.
    pub input: Option<Made>,
    /// The arguments, separated by spaces, or a list if one contains a space.
    pub args: Arguments,
    /// The exit code: 1 if the files or the machine are at fault, 2 if the
    /// request is.
    #[serde(default)]
    pub code: i32,
    /// Standard error after `error: `, up to the hint.
    #[serde(default)]
    pub error: String,
    /// The text after `hint: `.
    pub hint: Option<String>,
    /// Known shortcoming of the case, as long as it lasts.
    pub todo: Option<String>,
}

/// Arguments of the program.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Arguments {
    /// Arguments separated by spaces.
    Line(String),
    /// Arguments one by one.
    List(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    case: Vec<Case>,
}

impl Arguments {
    /// Returns the arguments one by one.
    pub fn list(&self) -> Vec<String> {
        match self {
            Arguments::Line(line) => line.split_whitespace().map(str::to_string).collect(),
            Arguments::List(list) => list.clone(),
        }
    }
}

impl Case {
    /// Returns the whole expected standard error.
    pub fn told(&self) -> String {
        match &self.hint {
            Some(hint) => format!("error: {}\n\nhint: {hint}\n", self.error),
            None => format!("error: {}\n", self.error),
        }
    }
}

/// Returns every case of every topic.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let topic: Topic =
            toml_edit::de::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        cases.extend(topic.case.into_iter().map(|case| Case {
            topic: name.clone(),
            ..case
        }));
    }
    cases
}

/// Writes the program's messages into the files.
pub fn bless(cases: &[Case], outcomes: &[Outcome]) {
    let mut outcomes = cases.iter().zip(outcomes);
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let mut topic: DocumentMut = text.parse().unwrap();
        let tables: &mut ArrayOfTables = topic["case"].as_array_of_tables_mut().unwrap();
        for table in tables.iter_mut() {
            let (case, outcome) = outcomes.next().unwrap();
            let said = outcome.err.trim_end();
            let said = said.strip_prefix("error: ").unwrap_or(said);
            let (error, hint) = match said.rsplit_once("\n\nhint: ") {
                Some((error, hint)) => (error, Some(hint)),
                None => (said, None),
            };
            if outcome.code != case.code {
                table["code"] = value(i64::from(outcome.code));
            }
            if error != case.error {
                table["error"] = value(error);
            }
            if hint != case.hint.as_deref() {
                match hint {
                    Some(hint) => table["hint"] = value(hint),
                    None => {
                        table.remove("hint");
                    }
                }
            }
        }
        let now = topic.to_string();
        if now != text {
            fs::write(&file, now).unwrap();
        }
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_inputs");
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files
}

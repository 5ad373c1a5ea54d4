//! The rows that a report or a look is of, and what is known beside them.

use std::fs;
use std::path::Path;

use narrows::look::Beside;
use narrows::{Config, Error, Model, Result, Table, TimedEpoch};

use crate::builtin;
use crate::inputs;
use crate::output::Output;
use crate::run_files;
use crate::run_folder::history;

/// Training data of larger files is not read only to look at a model.
const MOST_BYTES: u64 = 500 << 20;

/// Rows to show, training rows beside them, and the times of the training.
pub struct Shown {
    /// The rows.
    pub rows: Table,
    /// Where other rows are that the model was trained on.
    trained_on: Option<String>,
    training: Option<Table>,
    timed: Vec<TimedEpoch>,
}

impl Shown {
    /// The rows that were asked for, or the usual ones of a model.
    pub fn of(model: &Model, path: &Path, asked: Option<&str>, output: &Output) -> Result<Self> {
        let trained_on = trained_on(model, path)?;
        let source = match (asked, &trained_on) {
            (Some(asked), _) => asked.to_string(),
            (None, Some(source)) => match builtin::test_rows(source) {
                Some(test) => test.into(),
                None => {
                    inputs::check_remembered(source, path, "name them after the model")?;
                    source.clone()
                }
            },
            (None, None) => {
                return Err(Error::usage(
                    format!(
                        "no DATA, and no {} beside {}",
                        run_files::CONFIG,
                        path.display()
                    ),
                    "rows to show",
                    "name them after the model",
                ));
            }
        };
        let rows = inputs::rows_for(model, &source, output)?;
        let other = |training: &String| !is_same(training, &source) && is_at_hand(training);
        Ok(Shown {
            rows,
            trained_on: trained_on.filter(other),
            training: None,
            timed: timed(model, path),
        })
    }

    /// Reads the training data too, where it is at hand and is not what is
    /// shown; where it cannot be read any more it is not needed either.
    pub fn read_training(&mut self, model: &Model, output: &Output) {
        let read = |source: &String| inputs::rows(source, &model.roles(), output).ok();
        self.training = self.trained_on.as_ref().and_then(read);
    }

    /// What is known beside the rows.
    pub fn beside(&self) -> Beside<'_> {
        Beside {
            training: self.training.as_ref(),
            timed: &self.timed,
        }
    }
}

/// Where the training rows came from, as far as the model or its run folder
/// knows.
fn trained_on(model: &Model, path: &Path) -> Result<Option<String>> {
    if builtin::test_rows(&model.config.data.source).is_some() {
        return Ok(Some(model.config.data.source.clone()));
    }
    let file = path.join(run_files::CONFIG);
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(None);
    };
    let config = Config::from_toml(&file.display().to_string(), &text)?;
    Ok(Some(config.data.source))
}

/// Whether two names are those of the same rows.
fn is_same(one: &str, other: &str) -> bool {
    let file = |name: &str| fs::canonicalize(name).ok();
    one == other || (file(one).is_some() && file(one) == file(other))
}

fn is_at_hand(source: &str) -> bool {
    let small = |path: &str| fs::metadata(path).is_ok_and(|file| file.len() <= MOST_BYTES);
    builtin::test_rows(source).is_some() || (Path::new(source).is_file() && small(source))
}

/// The run's history, if it is that of this model.
fn timed(model: &Model, path: &Path) -> Vec<TimedEpoch> {
    let timed = history(path);
    let same = timed.iter().map(|timed| &timed.epoch).eq(&model.history);
    if same { timed } else { Vec::new() }
}

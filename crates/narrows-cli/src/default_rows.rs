//! Chooses the rows that a report or a look shows if the command line names
//! none, and the extra data for them.

use std::fs;
use std::path::Path;

use narrows::look::Looking;
use narrows::program::file_of;
use narrows::{Config, Error, Model, Result, Table, TimedEpoch};

use crate::builtin;
use crate::inputs;
use crate::output::Output;
use crate::output_path::is_same_file;
use crate::run_files;
use crate::run_folder::history;

/// Larger files of training data are not read just to look at a model.
const MOST_BYTES: u64 = 500 << 20;

/// Rows to show, with the training rows and the training's times if known.
pub struct RowsToShow {
    /// The rows.
    pub rows: Table,
    /// The source of the training rows, if these differ and can be read.
    training_source: Option<String>,
    training: Option<Table>,
    timed: Vec<TimedEpoch>,
}

impl RowsToShow {
    /// Reads the rows that `data` names, or else the default ones of the model
    /// at `path`.
    pub fn read(model: &Model, path: &Path, data: Option<&str>, output: &Output) -> Result<Self> {
        let training_source = training_source(model, path)?;
        let source = match (data, &training_source) {
            (Some(data), _) => data.to_string(),
            (None, Some(source)) => match builtin::test_rows(source) {
                Some(test) => test.into(),
                None => {
                    inputs::check_remembered(source, path, "give DATA after the model")?;
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
                    "give DATA after the model",
                ));
            }
        };
        let rows = inputs::rows_for(model, &source, output)?;
        let is_other = |training: &String| *training != source && !is_same_file(training, &source);
        let are_training = training_source
            .as_ref()
            .is_some_and(|source| !is_other(source));
        if are_training && model.is_of_rows(&rows)? == Some(false) {
            output.warn(format_args!(
                "the rows of {source} are not those that the model was trained on, they have changed since: what is shown is of the rows as they are now"
            ));
        }
        Ok(RowsToShow {
            rows,
            training_source: training_source.filter(|s| is_other(s) && is_readable(s)),
            training: None,
            timed: timed(model, path),
        })
    }

    /// Reads the training rows too, if they are not the ones shown. The look
    /// does without them if they can no longer be read.
    pub fn read_training(&mut self, model: &Model, output: &Output) {
        let read = |source: &String| inputs::rows(source, &model.roles(), output).ok();
        self.training = self.training_source.as_ref().and_then(read);
    }

    /// Prepares to look at the model's work on the rows.
    pub fn look_at<'a>(&'a self, model: &'a Model) -> Result<Looking<'a>> {
        let looking = Looking::new(model, &self.rows)?.with_times(&self.timed);
        Ok(match &self.training {
            Some(rows) => looking.with_training(rows),
            None => looking,
        })
    }
}

/// Returns the source of the training rows, if the model or its run folder
/// names it.
fn training_source(model: &Model, path: &Path) -> Result<Option<String>> {
    if builtin::test_rows(&model.config().data.source).is_some() {
        return Ok(Some(model.config().data.source.clone()));
    }
    let file = path.join(run_files::CONFIG);
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(None);
    };
    let config = Config::from_toml(&file.display().to_string(), &text)?;
    Ok(Some(config.data.source))
}

/// Returns whether training rows can be read quickly.
fn is_readable(source: &str) -> bool {
    let is_small = |file: fs::Metadata| file.is_file() && file.len() <= MOST_BYTES;
    builtin::test_rows(source).is_some() || fs::metadata(file_of(source)).is_ok_and(is_small)
}

/// Returns the run's history, if it is this model's.
fn timed(model: &Model, path: &Path) -> Vec<TimedEpoch> {
    let timed = history(path);
    let is_same = timed.iter().map(|timed| &timed.epoch).eq(model.history());
    if is_same { timed } else { Vec::new() }
}

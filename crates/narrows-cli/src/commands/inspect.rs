//! `narrows inspect`: what is in a model or in data.

mod images;
mod model;
mod next;
mod table;

use std::path::{Path, PathBuf};

use narrows::{Classifier, Error, Result, Table};

use self::next::Next;
use crate::cli::InspectArgs;
use crate::inputs;
use crate::kinds;
use crate::output::{Output, argument, program};
use crate::run_files;

/// Runs the command.
pub fn run(args: &InspectArgs, output: &Output) -> Result<()> {
    let path = Path::new(&args.what);
    let is_model = path
        .extension()
        .is_some_and(|e| e == "safetensors" || e == "ckpt")
        || [run_files::MODEL, run_files::CONFIG]
            .iter()
            .any(|name| path.join(name).is_file());
    if is_model && path.is_file() && narrows::program::kind(path)? == "classifier" {
        let classifier = Classifier::load(path)?;
        let text = model::classifier_text(&classifier, &args.what);
        return output.result(&model::classifier_json(&classifier), text);
    }
    if is_model {
        let model = inputs::model(path)?;
        return output.result(&model::json(&model), model::text(&model, &args.what));
    }
    if path.is_file() && path.extension().is_some_and(|e| e == "toml") {
        return Err(Error::usage(
            format!("'{}', which is a config", args.what),
            "a model, a run folder, a classifier, or data",
            format!("{} train {} trains by it", program(), argument(&args.what)),
        ));
    }
    if let Some(run) = run_in(path) {
        return Err(Error::usage(
            format!("'{}', a folder of run folders", args.what),
            "a model, a run folder, a classifier, or data",
            format!(
                "for instance {} inspect {}",
                program(),
                argument(run.display())
            ),
        ));
    }
    let table = any_table(args, output)?;
    let (next, kinds) = next::next(&args.what, &args.changes, &table);
    if let Next::Command(_, warnings) = &next {
        warnings.iter().for_each(|warning| output.warn(warning));
    }
    let shown = kinds.iter().any(|column| !column.is_plain_number());
    if shown {
        output.kinds(kinds.iter().map(kinds::json).collect());
    }
    let kinds = if shown { &kinds[..] } else { &[] };
    output.result(
        &table::json(&table, &next),
        table::text(&table, &next, kinds),
    )
}

/// Returns the first run folder in a folder, by name.
fn run_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let runs = entries.map(|entry| entry.path());
    runs.filter(|run| run.join(run_files::MODEL).is_file())
        .min()
}

/// Reads data as a training with the settings of the command line would, but
/// takes any column for what it is.
fn any_table(args: &InspectArgs, output: &Output) -> Result<Table> {
    let config = next::config("table", &args.what, &args.changes)?;
    let mut roles = config.data.roles(false);
    (roles.allow_missing, roles.any_text) = (true, true);
    inputs::rows(&args.what, &roles, output)
}

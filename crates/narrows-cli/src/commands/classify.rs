//! `narrows classify`: classes of rows, by an autoencoder's encoder.

mod compare;
mod text;
mod train;

use std::path::Path;
use std::process::ExitCode;

use narrows::read::Roles;
use narrows::write::{check_target, write};
use narrows::{Classifier, ClassifierConfig, Model, Result, Table};
use serde_json::json;

use super::apply::shown;
use crate::cli::{ClassifyCommand, ClassifyEvaluateArgs, ClassifyPredictArgs, SettingsArgs};
use crate::inputs;
use crate::output::{Output, rows};
use crate::progress;
use crate::targets;

pub use text::inspected;

/// Runs one of its commands; 130 if Ctrl-C stopped a training.
pub fn run(command: &ClassifyCommand, output: &Output) -> Result<ExitCode> {
    let done = match command {
        ClassifyCommand::Train(args) => return train::run(args, output),
        ClassifyCommand::Compare(args) => return compare::run(args, output),
        ClassifyCommand::Predict(args) => predict(args, output),
        ClassifyCommand::Evaluate(args) => evaluate(args, output),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// The settings that the command line gives, the others at their defaults.
fn settings(args: &SettingsArgs) -> ClassifierConfig {
    let default = ClassifierConfig::default();
    ClassifierConfig {
        seed: args.seed.unwrap_or(default.seed),
        labelled: args.labelled,
        held_out: args.held_out,
        epochs: args.epochs.unwrap_or(default.epochs),
        batch: args.batch.unwrap_or(default.batch),
        schedule: args.schedule.unwrap_or(default.schedule),
        l2: args.l2.unwrap_or(default.l2),
        dropout: args.dropout.unwrap_or(default.dropout),
        ..default
    }
}

/// Labelled rows for a model, by the label asked for or else the model's own.
fn labelled_rows(
    model: &Model,
    source: &str,
    label: &Option<String>,
    output: &Output,
) -> Result<Table> {
    labelled(source, model.roles(), label, output)
}

/// Rows whose label, where one is named, has to be there.
fn labelled(
    source: &str,
    mut roles: Roles,
    label: &Option<String>,
    output: &Output,
) -> Result<Table> {
    if let Some(label) = label {
        roles.label = Some(label.clone());
    }
    let table = inputs::rows(source, &roles, output)?;
    match (label, &table.labels) {
        (Some(label), None) => Err(narrows::Error::data(
            &table.origin,
            narrows::Place::Column(label.clone()),
            "no such column",
            "the column of classes that --label names",
            "`narrows inspect DATA` lists the columns",
        )),
        _ => Ok(table),
    }
}

fn load(path: &Path) -> Result<Classifier> {
    Classifier::load(path)
}

fn predict(args: &ClassifyPredictArgs, output: &Output) -> Result<()> {
    let to = &args.to;
    output.check_target(&to.output)?;
    check_target(&to.output, to.force)?;
    targets::check_apart(&to.output, &args.classifier, &args.data)?;
    let mut classifier = load(&args.classifier)?;
    let table = inputs::rows(&args.data, &classifier.roles(), output)?;
    classifier.watch(progress::over(output, "classifying", table.rows()));
    let found = classifier.predict(&table)?.to_table(&table);
    write(&found, &to.output, to.force)?;
    if let Some(line) = targets::left_out(&found, &to.output) {
        output.say(line);
    }
    output.done(
        &json!({
            "output": to.output,
            "rows": found.rows(),
            "columns": found.columns.len(),
            "classes": classifier.classes,
        }),
        format_args!(
            "wrote classes of {} to {}",
            rows(found.rows()),
            shown(&to.output)
        ),
    )
}

fn evaluate(args: &ClassifyEvaluateArgs, output: &Output) -> Result<()> {
    let mut classifier = load(&args.classifier)?;
    let table = labelled(&args.data, classifier.roles(), &args.label, output)?;
    classifier.watch(progress::over(output, "classifying", table.rows()));
    let found = classifier.evaluate(&table)?;
    output.result(&json!(found), text::evaluated(&found, &args.data))
}

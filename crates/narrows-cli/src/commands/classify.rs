//! `narrows classify`: classes of rows, by an autoencoder's encoder.

mod compare;
mod text;
mod train;

use std::collections::HashSet;
use std::process::ExitCode;

use narrows::read::Roles;
use narrows::write::check_target;
use narrows::{ClassifierConfig, Error, Model, Place, Result, Table};
use serde_json::json;

use crate::cli::{ClassifyCommand, ClassifyEvaluateArgs, ClassifyPredictArgs, SettingsArgs};
use crate::inputs;
use crate::output::{Output, rows};
use crate::output_path;
use crate::progress;
use crate::stream;

/// Runs one of the commands; 130 if Ctrl-C stopped a training.
pub fn run(command: &ClassifyCommand, output: &Output) -> Result<ExitCode> {
    let done = match command {
        ClassifyCommand::Train(args) => return train::run(args, output).map_err(by_flag),
        ClassifyCommand::Compare(args) => return compare::run(args, output).map_err(by_flag),
        ClassifyCommand::Predict(args) => predict(args, output),
        ClassifyCommand::Evaluate(args) => evaluate(args, output),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Returns the settings of the command line, the others at their defaults.
fn settings(args: &SettingsArgs) -> ClassifierConfig {
    let mut config = ClassifierConfig::default();
    config.seed = args.seed.unwrap_or(config.seed);
    config.labelled = args.labelled;
    config.held_out = args.held_out;
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.batch = args.batch.unwrap_or(config.batch);
    let optimizer = &mut config.optimizer;
    optimizer.name = args.optimizer.unwrap_or(optimizer.name);
    optimizer.momentum = args.momentum;
    optimizer.schedule = args.schedule.unwrap_or(optimizer.schedule);
    optimizer.warm_up = args.warm_up.unwrap_or(optimizer.warm_up);
    optimizer.clip = args.clip;
    config.l2 = args.l2.unwrap_or(config.l2);
    config.max_norm = args.max_norm;
    config.dropout = args.dropout.unwrap_or(config.dropout);
    config.input_dropout = args.input_dropout.unwrap_or(config.input_dropout);
    config
}

/// Reads labelled rows for a model, by the label of the command line or else
/// the model's own.
fn labelled_rows(
    model: &Model,
    source: &str,
    label: &Option<String>,
    output: &Output,
) -> Result<Table> {
    labelled(source, model.roles(), label, output)
}

/// Reads rows, and refuses them if they lack the label that is named.
fn labelled(
    source: &str,
    mut roles: Roles,
    label: &Option<String>,
    output: &Output,
) -> Result<Table> {
    if let Some(label) = label {
        roles.label = Some(label.clone());
        // The same column may be the ids of the model's own rows.
        roles.id.retain(|id| id != label);
    }
    let table = inputs::rows(source, &roles, output)?;
    match (label, table.labels()) {
        (Some(label), tags) if tags.is_none_or(|tags| tags.name != *label) => {
            Err(no_label(source, &table, label, output))
        }
        _ => Ok(table),
    }
}

/// Returns the error for rows without the label that is named.
fn no_label(source: &str, table: &Table, label: &str, output: &Output) -> Error {
    let mut any = Roles::default();
    (any.allow_missing, any.any_text) = (true, true);
    // Reads the rows again for the columns that the model leaves out.
    let all = (source != "-" && table.is_named()).then(|| inputs::rows(source, &any, output));
    let all = all.and_then(Result::ok);
    let mut columns = all.iter().flat_map(Table::columns);
    let near = columns.find(|c| c.name.to_lowercase() == label.to_lowercase());
    Error::data(
        table.origin(),
        Place::Column(label.into()),
        "no such column",
        "the column of classes that --label names",
        match near {
            Some(near) => format!("is '{}' the one?", near.name),
            None => "`narrows inspect DATA` lists the columns".into(),
        },
    )
}

/// Names the flag in an error on a setting of a classifier.
fn by_flag(error: Error) -> Error {
    match error {
        Error::Config {
            key,
            found,
            expected,
            hint,
            ..
        } if key.starts_with("classifier.") => {
            let flag = key["classifier.".len()..].replace('_', "-");
            Error::usage(format!("--{flag} {found}"), expected, hint)
        }
        other => other,
    }
}

fn predict(args: &ClassifyPredictArgs, output: &Output) -> Result<()> {
    let to = &args.to;
    output.check_target(&to.output)?;
    check_target(&to.output, to.force)?;
    output_path::check_apart(&to.output, &args.classifier, &args.data)?;
    let classifier = inputs::classifier(&args.classifier)?;
    let table = inputs::rows(&args.data, &classifier.roles(), output)?;
    inputs::tell_of_unseen(classifier.unseen(&table)?, &mut HashSet::new(), output);
    let progress = progress::over(output, "classifying", Some(table.rows()));
    let found = classifier.predict_with_progress(&table, progress)?;
    let found = found.to_table(&table);
    if let Some(line) = output_path::renamed(&found) {
        output.say(line);
    }
    stream::write(&found, to, output)?;
    if let Some(line) = output_path::omissions(&found, &to.output) {
        output.say(line);
    }
    output.done(
        &json!({
            "output": to.output,
            "rows": found.rows(),
            "columns": found.columns().len(),
            "classes": classifier.classes(),
        }),
        format_args!(
            "wrote classes of {} to {}",
            rows(found.rows()),
            output_path::display(&to.output)
        ),
    )
}

fn evaluate(args: &ClassifyEvaluateArgs, output: &Output) -> Result<()> {
    let classifier = inputs::classifier(&args.classifier)?;
    let table = labelled(&args.data, classifier.roles(), &args.label, output)?;
    inputs::tell_of_unseen(classifier.unseen(&table)?, &mut HashSet::new(), output);
    let progress = progress::over(output, "classifying", Some(table.rows()));
    let found = classifier.evaluate_with_progress(&table, progress)?;
    output.result(&json!(found), text::evaluated(&found, &args.data))
}

//! `narrows inspect`: what is in a model or in data.

use std::path::{Path, PathBuf};

use narrows::read::Roles;
use narrows::{Classifier, Column, ColumnKind, Error, Model, Result, Table, Warning};
use serde_json::{Value, json};

use crate::cli::InspectArgs;
use crate::inputs;
use crate::output::{Output, argument, counted, grouped, program, rows, short};
use crate::run_files;

/// Columns shown as text; all of them are in the JSON.
const SHOWN: usize = 40;

/// Runs the command.
pub fn run(args: &InspectArgs, output: &Output) -> Result<()> {
    let path = Path::new(&args.what);
    let is_model = path
        .extension()
        .is_some_and(|e| e == "safetensors" || e == "ckpt")
        || [run_files::MODEL, run_files::CONFIG]
            .iter()
            .any(|name| path.join(name).is_file());
    if is_model && path.is_file() && narrows::kind(path)? == "classifier" {
        let classifier = Classifier::load(path)?;
        let (json, text) = super::classify::inspected(&classifier, &args.what);
        return output.result(&json, text);
    }
    if is_model {
        let model = inputs::model(path)?;
        return output.result(&model_json(&model), model_text(&model, &args.what));
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
    let table = any_table(&args.what, output)?;
    let lost = table.exact.iter().filter(|exact| exact.lost);
    let names: Vec<String> = lost.map(|e| table.columns[e.column].name.clone()).collect();
    if !names.is_empty() {
        output.warn(Warning::Rounded { names });
    }
    let names = table.id_like();
    if !names.is_empty() {
        output.warn(Warning::LooksLikeId { names });
    }
    output.result(&table_json(&table), table_text(&table))
}

/// The first run folder in a folder, by name.
fn run_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let runs = entries.map(|entry| entry.path());
    runs.filter(|run| run.join(run_files::MODEL).is_file())
        .min()
}

/// Reads data without knowing its columns' roles.
fn any_table(source: &str, output: &Output) -> Result<Table> {
    let roles = Roles {
        allow_missing: true,
        any_text: true,
        optional: true,
        ..Default::default()
    };
    inputs::rows(source, &roles, output)
}

fn model_json(model: &Model) -> Value {
    let tensors: Vec<Value> = model
        .weights()
        .iter()
        .map(|w| json!({"name": w.name, "shape": w.shape}))
        .collect();
    json!({
        "kind": "model",
        "features": model.scaler.features(),
        "code": model.config.network.code,
        "weights": model.weight_count(),
        "scale": model.scaler.method,
        "columns": model.scaler.column_names(),
        "image": model.scaler.image,
        "config": model.config,
        "tensors": tensors,
        "history": model.history,
        "best_epoch": model.best_epoch,
        "warnings": model.warnings,
    })
}

fn model_text(model: &Model, path: &str) -> String {
    let config = &model.config;
    let mut text = format!("{path}: an autoencoder, {}\n", model.shape());
    let mut line = |name: &str, value: String| text += &format!("  {name:<10} {value}\n");
    line("weights", grouped(model.weight_count()));
    line("scaling", model.scaler.method.describe().into());
    let names = model.scaler.column_names();
    let shown: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
    let more = if names.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    line(
        "columns",
        format!("{} ({}{more})", grouped(names.len()), shown.join(", ")),
    );
    if let Some(image) = model.scaler.image {
        line(
            "images",
            format!("{} x {} x {}", image.height, image.width, image.channels),
        );
    }
    line("trained", counted(model.history.len(), "epoch"));
    if let Some(best) = model.best_epoch {
        line("kept", format!("epoch {best}, the best on held-out rows"));
    }
    if let Some(held_out) = model.held_out() {
        line(
            "held-out",
            format!(
                "mse {}, error per row {}",
                short(held_out.mse),
                short(held_out.error_per_row)
            ),
        );
    }
    text += "\ntensors\n";
    for weight in model.weights() {
        let shape = match (weight.shape, weight.name.ends_with("weight")) {
            ([rows, columns], true) => format!("{rows} x {columns}"),
            ([_, columns], false) => columns.to_string(),
        };
        text += &format!("  {:<24} {shape}\n", weight.name);
    }
    text += &format!("\nconfig\n{}", indented(&config.to_toml()));
    text
}

fn table_json(table: &Table) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let name = &column.name;
            let (low, mean, high, missing) = summary(table, at);
            match &column.kind {
                ColumnKind::Category(levels) => {
                    json!({"name": name, "kind": "text", "levels": levels.len(), "missing": missing})
                }
                ColumnKind::Number => {
                    let mut json = json!({"name": name, "kind": "number", "min": low, "mean": mean, "max": high, "missing": missing});
                    if let Some(exact) = table.exact.iter().find(|e| e.column == at) {
                        (json["min"], json["mean"], json["max"]) =
                            (json!(exact.low), json!(exact.mean), json!(exact.high));
                    }
                    json
                }
            }
        })
        .collect();
    json!({
        "kind": "data",
        "rows": table.rows(),
        "named": table.named,
        "image": table.image,
        "label": table.labels.as_ref().map(|tags| &tags.name),
        "id": table.ids.as_ref().map(|tags| &tags.name),
        "columns": columns,
    })
}

fn table_text(table: &Table) -> String {
    let mut text = format!(
        "{}: {}, {}\n",
        table.origin,
        rows(table.rows()),
        counted(table.columns.len(), "column")
    );
    if let Some(image) = table.image {
        text += &format!(
            "  images of {} x {} pixels, {}\n",
            image.width,
            image.height,
            if image.channels == 1 {
                "grey"
            } else {
                "colour"
            }
        );
        let (low, high) = range(table);
        text += &format!("  values from {low} to {high}\n");
    } else {
        text += &format!(
            "  {:<24} {:>12} {:>12} {:>12} {:>9}\n",
            "column", "min", "mean", "max", "missing"
        );
        for (at, column) in table.columns.iter().enumerate().take(SHOWN) {
            let name = &column.name;
            let (low, mean, high, missing) = summary(table, at);
            text += &match &column.kind {
                ColumnKind::Category(levels) => {
                    let different = format!("text, {} different", many(levels.len()));
                    format!("  {name:<24} {different:>38} {missing:>9}\n")
                }
                ColumnKind::Number if missing == table.rows() => {
                    format!(
                        "  {name:<24} {:>12} {:>12} {:>12} {missing:>9}\n",
                        "-", "-", "-"
                    )
                }
                ColumnKind::Number => {
                    // Large numbers as the file has them, not in 32 bits.
                    let (low, mean, high) = match table.exact.iter().find(|e| e.column == at) {
                        Some(exact) => {
                            let mean = format!("{:.1}", exact.mean);
                            (exact.low.to_string(), mean, exact.high.to_string())
                        }
                        None => (low.to_string(), short(mean), high.to_string()),
                    };
                    format!("  {name:<24} {low:>12} {mean:>12} {high:>12} {missing:>9}\n")
                }
            };
        }
        let is_text = |column: &Column| matches!(column.kind, ColumnKind::Category(_));
        if table.columns.iter().any(is_text) {
            text += "  to train, name each column of text in data.one_hot, data.label, data.id or data.ignore\n";
        }
        let has_missing = |at: usize| (0..table.rows()).any(|row| table.value(row, at).is_nan());
        if (0..table.columns.len()).any(has_missing) {
            text += "  to train in spite of missing cells, set data.missing = \"mean\", which fills them in\n";
        }
        if table.columns.len() > SHOWN {
            text += &format!("  and {} more\n", grouped(table.columns.len() - SHOWN));
        }
    }
    for (what, tags) in [("label", &table.labels), ("id", &table.ids)] {
        if let Some(tags) = tags {
            text += &format!("  {what} '{}'\n", tags.name);
        }
    }
    text
}

/// A number of different texts, which are counted to a limit only.
fn many(levels: usize) -> String {
    match levels {
        65_536.. => format!("over {}", grouped(65_535)),
        _ => grouped(levels),
    }
}

/// Smallest, mean and largest value, and how many are missing.
fn summary(table: &Table, column: usize) -> (f32, f64, f32, usize) {
    let (mut low, mut high, mut sum, mut missing) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0);
    for row in 0..table.rows() {
        let value = table.value(row, column);
        if value.is_nan() {
            missing += 1;
            continue;
        }
        (low, high, sum) = (low.min(value), high.max(value), sum + f64::from(value));
    }
    (
        low,
        sum / (table.rows() - missing).max(1) as f64,
        high,
        missing,
    )
}

fn range(table: &Table) -> (f32, f32) {
    (0..table.columns.len())
        .map(|column| summary(table, column))
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), of| {
            (low.min(of.0), high.max(of.2))
        })
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                "\n".into()
            } else {
                format!("  {line}\n")
            }
        })
        .collect()
}

//! `narrows evaluate`: how well a model reproduces rows, compared with PCA.

use narrows::program::visible;
use narrows::{ColumnErrors, Errors, Evaluation, Model, Result};
use serde_json::json;

use crate::cli::EvaluateArgs;
use crate::inputs;
use crate::output::{Output, grouped, plural, rows, short};
use crate::progress;

/// Runs the command.
pub fn run(args: &EvaluateArgs, output: &Output) -> Result<()> {
    let model = inputs::model(&args.model)?;
    let table = inputs::rows_for(&model, &args.data, output)?;
    // Options that may be refused come first.
    let mut asked = Vec::new();
    if args.jacobian {
        asked.push(("jacobian_norm", model.jacobian_norm(&table)?));
    }
    if let Some(samples) = args.importance_samples {
        let progress = progress::over(output, "drawing codes", Some(table.rows()));
        let bound = model.importance_bound_with_progress(&table, samples as usize, progress)?;
        asked.push(("importance_bound", bound));
    }
    let progress = progress::over(output, "evaluating", Some(table.rows()));
    let mut found = model.evaluate_with_progress(&table, progress)?;
    let asked = asked.into_iter().map(|(name, value)| (name.into(), value));
    found.measures.extend(asked);
    let mut shown = found.clone();
    if model.scaler().mixes_units() {
        (shown.original, shown.pca_original) = (None, None);
    }
    let mut json = json!(found);
    json["held_out"] = json!(model.held_out());
    output.result(&json, text(&shown, &args.data, &model))
}

fn text(found: &Evaluation, data: &str, model: &Model) -> String {
    let config = model.config();
    let mut columns = vec![("model", &found.scaled)];
    columns.extend(found.pca.as_ref().map(|pca| ("PCA", pca)));
    columns.extend(
        found
            .original
            .as_ref()
            .map(|original| ("model, data's own units", original)),
    );
    columns.extend(
        found
            .pca_original
            .as_ref()
            .map(|original| ("PCA, data's own units", original)),
    );
    // What rows like those of training have.
    let held_out = model.held_out();
    const HELD_OUT: &str = "held out in training";
    let mut text = format!(
        "{}: {} of {}{}, code of {}\n\n",
        visible(data),
        rows(found.rows),
        plural(found.features, "feature"),
        if config.data.binarised {
            ", drawn as 0 and 1"
        } else {
            ""
        },
        grouped(config.network.code)
    );
    text += &format!("{:<20}", "");
    columns
        .iter()
        .for_each(|(name, _)| text += &format!("  {name:>12}"));
    if held_out.is_some() {
        text += &format!("  {HELD_OUT}");
    }
    text.push('\n');
    type Metric = (&'static str, fn(&Errors) -> Option<f64>);
    let metrics: [Metric; 4] = [
        ("mse", |e| Some(e.mse)),
        ("error_per_row", |e| Some(e.error_per_row)),
        ("bce", |e| e.bce),
        ("explained_variance", |e| e.explained_variance),
    ];
    for (name, metric) in metrics {
        if columns.iter().all(|(_, errors)| metric(errors).is_none()) {
            continue;
        }
        text += &format!("{name:<20}");
        for (title, errors) in &columns {
            let value = metric(errors).map_or("-".into(), short);
            text += &format!("  {value:>width$}", width = title.len().max(12));
        }
        let of_held_out = held_out.and_then(|held_out| match name {
            "mse" => Some(held_out.mse),
            "error_per_row" => Some(held_out.error_per_row),
            _ => None,
        });
        if let Some(value) = of_held_out {
            text += &format!("  {:>width$}", short(value), width = HELD_OUT.len());
        }
        text.push('\n');
    }
    for (name, &value) in &found.measures {
        text += &format!("{:<20}  {:>12}\n", visible(name), short(value));
    }
    text + &of_columns(&found.columns)
}

/// Lists how well each column comes back, the worst first; nothing for a model
/// without likelihoods of columns.
fn of_columns(columns: &[ColumnErrors]) -> String {
    /// More would not be read.
    const MOST: usize = 40;
    if columns.is_empty() {
        return String::new();
    }
    let mut order: Vec<&ColumnErrors> = columns.iter().collect();
    let explained = |column: &ColumnErrors| column.explained.unwrap_or(f64::NAN);
    order.sort_by(|a, b| explained(a).total_cmp(&explained(b)));
    let hidden = columns.iter().any(|column| column.hidden.is_some());
    let mut text = format!(
        "\n{:<24}{:>9}{:>11}{}{:>10}{:>10}{:>10}{:>11}\n",
        "column, worst first",
        "known",
        "explained",
        if hidden { "     hidden" } else { "" },
        "nats",
        "by itself",
        "accuracy",
        "commonest"
    );
    let or_dash = |value: Option<f64>| value.map_or("-".into(), short);
    for column in order.iter().take(MOST) {
        text += &format!(
            "{:<24}{:>9}{:>11}",
            visible(&column.name),
            grouped(column.known),
            or_dash(column.explained)
        );
        if hidden {
            text += &format!("{:>11}", or_dash(column.hidden));
        }
        text += &format!(
            "{:>10}{:>10}{:>10}{:>11}\n",
            or_dash(column.nats),
            or_dash(column.marginal_nats),
            or_dash(column.accuracy),
            or_dash(column.commonest)
        );
    }
    if order.len() > MOST {
        text += &format!("and {} more columns\n", order.len() - MOST);
    }
    text
}

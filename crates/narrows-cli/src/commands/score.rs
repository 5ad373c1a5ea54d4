//! `narrows score`: how unusual each row is.

use narrows::write::{check_target, write};
use narrows::{Error, Result};
use serde_json::json;

use super::apply::shown;
use crate::cli::ScoreArgs;
use crate::inputs;
use crate::output::{Output, rows};
use crate::progress;
use crate::targets;

/// Runs the command.
pub fn run(args: &ScoreArgs, output: &Output) -> Result<()> {
    let apply = &args.apply;
    if let Some(threshold) = args.threshold.filter(|t| !(0.0..=100.0).contains(t)) {
        return Err(Error::usage(
            format!("--threshold {threshold}"),
            "a percentile from 0 to 100",
            "99 marks rows worse than 99 of 100 held-out rows",
        ));
    }
    output.check_target(&apply.output)?;
    check_target(&apply.output, apply.force)?;
    targets::check_apart(&apply.output, &apply.model, &apply.data)?;
    if let Some(share) = args.threshold.filter(|t| *t > 0.0 && *t < 1.0) {
        output.warn(format_args!(
            "--threshold {share} is a percentile from 0 to 100, so it marks nearly every row; did you mean {}?",
            (f64::from(share) * 1e6).round() / 1e4
        ));
    }
    let mut model = inputs::model(&apply.model)?;
    let table = inputs::rows_for(&model, &apply.data, output)?;
    if model.config.data.held_out == Some(0) {
        output.warn(
            "no rows were held out of this model's training, so percentiles are among rows that it has seen; for new rows they are too high: train with data.held_out above 0",
        );
    }
    progress::show(&mut model, output, "scoring", table.rows());
    let scores = model.score(&table)?;
    let result = scores.to_table(args.threshold, &table);
    write(&result, &apply.output, apply.force)?;
    if let Some(line) = targets::left_out(&result, &apply.output) {
        output.say(line);
    }

    let marked = args
        .threshold
        .map(|t| scores.percentiles.iter().filter(|&&p| p >= t).count());
    let mut line = format!(
        "wrote scores of {} to {}",
        rows(scores.errors.len()),
        shown(&apply.output)
    );
    if let (Some(marked), Some(threshold)) = (marked, args.threshold) {
        line += &format!("; {} at or above percentile {threshold}", rows(marked));
    }
    output.done(
        &json!({"output": apply.output, "rows": scores.errors.len(), "anomalies": marked}),
        line,
    )
}

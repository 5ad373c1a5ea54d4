//! `narrows score`: how unusual each row is.

use std::process::ExitCode;

use narrows::write::check_target;
use narrows::{Error, Model, Result, Table};
use serde_json::json;

use crate::cli::ScoreArgs;
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, rows, short};
use crate::output_path;
use crate::stream;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ScoreArgs, output: &Output) -> Result<ExitCode> {
    let apply = &args.apply;
    if let Some(threshold) = args.threshold.filter(|t| !(0.0..=100.0).contains(t)) {
        return Err(Error::usage(
            format!("--threshold {threshold}"),
            "a percentile from 0 to 100",
            "99 marks rows worse than 99 of 100 held-out rows",
        ));
    }
    output.check_target(&apply.to.output)?;
    check_target(&apply.to.output, apply.to.force)?;
    output_path::check_apart(&apply.to.output, &apply.model, &apply.data)?;
    if let Some(share) = args.threshold.filter(|t| *t > 0.0 && *t < 1.0) {
        output.warn(format_args!(
            "--threshold {share} is a percentile from 0 to 100, so it marks nearly every row; did you mean {}?",
            (f64::from(share) * 1e6).round() / 1e4
        ));
    }
    let first = |model: &Model, part: &Table| {
        inputs::warn_of_missing_id(model, part, &apply.data, output);
        warn_of_percentiles(model, args.threshold, output);
    };
    let mut marked = args.threshold.map(|_| 0);
    let mut without = 0;
    let score = |model: &Model, part: &Table| {
        let scores = model.score(part)?;
        without += scores.errors.iter().filter(|error| error.is_nan()).count();
        if let (Some(marked), Some(threshold)) = (&mut marked, args.threshold) {
            let at_or_above = scores.percentiles.iter().filter(|&&p| p >= threshold);
            *marked += at_or_above.count();
        }
        Ok(scores.to_table(args.threshold, part))
    };
    let open = stream::open_rows;
    let Some(size) = stream::run(apply, output, ("scoring", 1), open, score, first)? else {
        return Ok(interrupt::exit_code());
    };
    if without > 0 {
        output.warn(format_args!(
            "{} without any value: {} no score, no percentile and no mark",
            rows(without),
            if without == 1 { "it has" } else { "they have" },
        ));
    }
    let mut line = format!(
        "{}wrote scores of {} to {}",
        size.reservation(),
        rows(size.rows),
        output_path::display(&apply.to.output)
    );
    if let (Some(marked), Some(threshold)) = (marked, args.threshold) {
        line += &format!("; {} at or above percentile {threshold}", rows(marked));
    }
    output.done(
        &json!({"output": apply.to.output, "rows": size.rows, "anomalies": marked, "without_score": without}),
        line,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Warns if percentiles mean less than they seem to, because of the held-out
/// rows behind them.
fn warn_of_percentiles(model: &Model, threshold: Option<f32>, output: &Output) {
    let rows = model.held_out_errors().len();
    if rows == 0 {
        return output.warn(
            "the model holds no errors of held-out rows, so its scores have no percentiles and nothing is marked: train it with `narrows train`, or end its training with `Training::finish`",
        );
    }
    let last = model.history().last();
    if last.is_some_and(|epoch| epoch.held_out.is_none()) {
        return output.warn(
            "no rows were held out of this model's training, so percentiles are among rows that it has seen; for new rows they are too high: train with data.held_out above 0",
        );
    }
    let above = threshold.map_or(1.0, |threshold| f64::from(100.0 - threshold) / 100.0);
    if above > 0.0 && above * (rows as f64) < 1.0 {
        output.warn(format_args!(
            "percentiles are among the {rows} held-out rows of the training, too few to tell the last {} % apart: --threshold {} marks rows that are worse than all of them; hold out more with data.held_out",
            short(100.0 * above),
            threshold.unwrap_or_default(),
        ));
    }
}

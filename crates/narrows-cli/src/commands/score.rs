//! `narrows score`: how unusual each row is.

use narrows::write::check_target;
use narrows::{Error, Model, Result, Table};
use serde_json::json;

use super::apply::shown;
use crate::cli::ScoreArgs;
use crate::output::{Output, rows};
use crate::streamed;
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
    let mut marked = args.threshold.map(|_| 0);
    let score = |model: &Model, part: &Table| {
        let scores = model.score(part)?;
        if let (Some(marked), Some(threshold)) = (&mut marked, args.threshold) {
            let at_or_above = scores.percentiles.iter().filter(|&&p| p >= threshold);
            *marked += at_or_above.count();
        }
        Ok(scores.to_table(args.threshold, part))
    };
    let begun = |model: &Model, part: &Table| {
        streamed::warn_of_rows(model, part, &apply.data, output);
        if model.config.data.held_out == Some(0) {
            output.warn(
                "no rows were held out of this model's training, so percentiles are among rows that it has seen; for new rows they are too high: train with data.held_out above 0",
            );
        }
    };
    let open = streamed::rows_of;
    let written = streamed::run(apply, output, "scoring", open, score, begun)?;
    let mut line = format!(
        "wrote scores of {} to {}",
        rows(written.rows),
        shown(&apply.output)
    );
    if let (Some(marked), Some(threshold)) = (marked, args.threshold) {
        line += &format!("; {} at or above percentile {threshold}", rows(marked));
    }
    output.done(
        &json!({"output": apply.output, "rows": written.rows, "anomalies": marked}),
        line,
    )
}

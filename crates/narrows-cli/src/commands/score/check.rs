//! Refuses what `narrows score` cannot do, before any work.

use std::path::Path;

use narrows::write::{check_target, is_stream};
use narrows::{Error, Model, Result};

use crate::cli::{OnError, ScoreArgs, ScoreColumns};
use crate::output::Output;
use crate::output_path;

/// Refuses what cannot be done, before any work.
pub fn check(args: &ScoreArgs, output: &Output) -> Result<()> {
    if let Some(threshold) = args.threshold.filter(|t| !(0.0..=100.0).contains(t)) {
        return Err(Error::usage(
            format!("--threshold {threshold}"),
            "a percentile from 0 to 100",
            "99 marks rows worse than 99 of 100 held-out rows",
        ));
    }
    if let Some(share) = args.threshold.filter(|t| *t > 0.0 && *t < 1.0) {
        output.warn(format_args!(
            "--threshold {share} is a percentile from 0 to 100, so it marks nearly every row; did you mean {}?",
            (f64::from(share) * 1e6).round() / 1e4
        ));
    }
    let is_old = args.columns == ScoreColumns::Old;
    let new = [
        (args.keep.is_some(), "--keep"),
        (args.fdr.is_some(), "--fdr"),
        (args.expect.is_some(), "--expect"),
        (args.false_alarms.is_some(), "--false-alarms"),
        (args.on_error == OnError::Mark, "--on-error"),
        (args.by.is_some(), "--by"),
    ];
    if let Some((_, flag)) = new.into_iter().find(|(is_set, _)| is_old && *is_set) {
        return Err(Error::usage(
            format!("{flag} beside --columns old, which have no place for it"),
            "--threshold, or the new columns",
            "leave --columns old out",
        ));
    }
    let asked = [
        (args.fdr.is_some(), "--fdr"),
        (args.expect.is_some(), "--expect"),
        (args.top.is_some(), "--top"),
        (args.truth.is_some(), "--truth"),
    ];
    let needs_all = asked.into_iter().find(|(needs_all, _)| *needs_all);
    if let Some((_, flag)) =
        needs_all.filter(|_| is_stream(Path::new(args.data())) || args.data() == "-")
    {
        return Err(Error::usage(
            format!("{flag} for rows that come as a stream"),
            "rows that can be read twice",
            "save them to a file first, or mark rows one by one with --false-alarms",
        ));
    }
    if args.on_error == OnError::Mark
        && (args.output.is_none() || args.top.is_some() || args.truth.is_some())
    {
        return Err(Error::usage(
            "--on-error mark without -o, or beside --top or --truth",
            "a file of scores, which says of each row whether it could be used",
            "give -o alone, or leave --on-error out",
        ));
    }
    if let Some(target) = &args.output {
        output.check_target(target)?;
        if target == "-" && (args.top.is_some() || args.truth.is_some()) {
            return Err(Error::usage(
                "-o - beside --top or --truth, which print there too",
                "scores in a file",
                "give a name after -o, or leave it out",
            ));
        }
        check_target(target, args.force || args.append || args.replace)?;
        output_path::check_apart(target, &args.model, args.data())?;
    }
    Ok(())
}

/// Refuses to compare with a column that the model has seen.
pub fn check_truth(args: &ScoreArgs, model: &Model) -> Result<()> {
    let names = model.scaler().column_names();
    match args.truth.as_ref().filter(|truth| names.contains(truth)) {
        Some(truth) => Err(Error::usage(
            format!("--truth {truth}, a column that the model was trained on"),
            "a column that says which rows are unusual, and that it has not seen",
            format!("train without it: --set data.label={truth}"),
        )),
        None => Ok(()),
    }
}

//! `narrows impute`: rows with their missing cells filled in.

use std::process::ExitCode;

use narrows::read::Parts;
use narrows::write::check_target;
use narrows::{Error, FileImputer, Model, Result, Table};
use serde_json::json;

use crate::cli::ImputeArgs;
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, plural, rows};
use crate::output_path;
use crate::stream;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ImputeArgs, output: &Output) -> Result<ExitCode> {
    let apply = &args.apply;
    if let Some(sure) = args.sure.filter(|s| !(*s > 0.0 && *s < 1.0)) {
        return Err(Error::usage(
            format!("--sure {sure}"),
            "a probability above 0 and below 1",
            "0.9 leaves out one of ten",
        ));
    }
    output.check_target(&apply.to.output)?;
    check_target(&apply.to.output, apply.to.force)?;
    output_path::check_apart(&apply.to.output, &apply.model, &apply.data)?;
    let as_text = output_path::holds_text(&apply.to.output);
    let open = |model: &Model, source: &str| -> Result<Parts> {
        let mut roles = model.roles();
        roles.keep_texts = as_text;
        Ok(inputs::parts(source, &roles)?.for_scaler(model.scaler()))
    };
    let first = |model: &Model, part: &Table| {
        inputs::warn_of_missing_id(model, part, &apply.data, output);
        warn_of_model(model, args, output);
        if as_text && !part.unread().is_empty() {
            let names = part.unread().iter().map(|(name, _)| format!("'{name}'"));
            let names = names.collect::<Vec<String>>().join(", ");
            output.warn(format_args!(
                "what cannot be read is empty in what is written: {names}"
            ));
        }
    };
    let mut filled = 0;
    let mut without = 0;
    let imputer = match args.draws {
        None => FileImputer::likeliest(args.sure),
        Some(draws) => FileImputer::drawing(draws as usize, args.seed),
    };
    let mut imputer = match output_path::is_array(&apply.to.output) {
        true => imputer.as_numbers(),
        false => imputer,
    };
    let impute = |model: &Model, part: &Table| {
        let has_none = |row: &usize| {
            let mut columns = 0..part.columns().len();
            columns.all(|column| part.value(*row, column).is_nan())
        };
        without += (0..part.rows()).filter(has_none).count();
        let found = imputer.impute(model, part)?;
        filled += found.filled;
        Ok(found.table)
    };
    let what = ("imputing", args.draws.unwrap_or(1) as usize);
    let Some(size) = stream::run(apply, output, what, open, impute, first)? else {
        return Ok(interrupt::exit_code());
    };
    if without > 0 {
        output.warn(format_args!(
            "{} without any value: filled in by what columns are by themselves",
            rows(without)
        ));
    }
    output.done(
        &json!({"output": apply.to.output, "rows": size.rows, "filled": filled}),
        format_args!(
            "{}wrote {} to {}, {} of them filled in",
            size.reservation(),
            rows(size.rows),
            output_path::display(&apply.to.output),
            plural(filled, "cell")
        ),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Warns of a model whose filled cells mean less than they seem to.
fn warn_of_model(model: &Model, args: &ImputeArgs, output: &Output) {
    if !model.learns_to_impute() {
        output.warn(
            "the model has not learnt from hidden cells, so that it fills in little better than the mean: train with --set denoising.noise=hiding",
        );
    }
    if args.draws.is_some() && !model.draws_to_impute() {
        output.warn(
            "the draws vary around one guess of each row, too little for what is inferred from several of them: a [variational] model draws the guesses too",
        );
    }
}

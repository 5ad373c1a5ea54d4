//! `narrows generate` and `interpolate`: rows that no file holds.

use std::process::ExitCode;

use narrows::write::check_target;
use narrows::{Model, NewRows, Result, Table};
use serde_json::json;

use crate::cli::{GenerateArgs, InterpolateArgs, ToArgs};
use crate::inputs;
use crate::interrupt;
use crate::memory;
use crate::output::{Output, rows};
use crate::output_path;
use crate::progress;
use crate::stream;

/// Writes new rows.
pub fn generate(args: &GenerateArgs, output: &Output) -> Result<ExitCode> {
    check(&args.to, output)?;
    let model = inputs::model(&args.model)?;
    let rows = args.rows as usize;
    memory::check_new_rows(rows, &model)?;
    let progress = progress::over(output, "generating", Some(rows));
    let how = match (args.draw, args.means) {
        (true, _) => NewRows::Drawn,
        (_, true) => NewRows::Means,
        _ => model.new_rows(),
    };
    interrupt::listen();
    let make = || model.generate_as(how, rows, args.seed, progress);
    let new = interrupt::or_exit(make, || ())?;
    match how {
        NewRows::Means if args.means => {}
        NewRows::Means if model.can_draw() => output.say(
            "the rows are the means that the decoder gives, which vary less than rows do; --draw draws rows around them",
        ),
        NewRows::Means => output.warn(
            "the rows are the means that the decoder gives, which vary less than rows do: the model does not know how rows vary around them",
        ),
        _ if args.draw => {}
        _ => output.say(
            "the rows are drawn around the means that the decoder gives; --means writes these",
        ),
    }
    finish(&model, new, &args.to, output)
}

/// Writes the rows on the way from one row to another.
pub fn interpolate(args: &InterpolateArgs, output: &Output) -> Result<ExitCode> {
    check(&args.target, output)?;
    output_path::check_apart(&args.target.output, &args.model, &args.data)?;
    let model = inputs::model(&args.model)?;
    let table = inputs::rows_for(&model, &args.data, output)?;
    memory::check_new_rows(args.steps as usize, &model)?;
    let (from, to) = (args.from.get() - 1, args.to.get() - 1);
    interrupt::listen();
    let make = || model.interpolate(&table, from, to, args.steps as usize);
    let way = interrupt::or_exit(make, || ())?;
    finish(&model, way, &args.target, output)
}

fn check(to: &ToArgs, output: &Output) -> Result<()> {
    output.check_target(&to.output)?;
    check_target(&to.output, to.force)
}

/// Writes the rows; 130 if a signal stopped that, which leaves no file.
fn finish(model: &Model, table: Table, to: &ToArgs, output: &Output) -> Result<ExitCode> {
    let table = &output_path::as_in_file(model, table, &to.output);
    if !stream::write(table, to, output)? {
        return Ok(interrupt::exit_code());
    }
    if let Some(line) = output_path::omissions(table, &to.output) {
        output.say(line);
    }
    output.done(
        &json!({"output": to.output, "rows": table.rows(), "columns": table.columns().len()}),
        format_args!(
            "wrote {} to {}",
            rows(table.rows()),
            output_path::display(&to.output)
        ),
    )?;
    Ok(ExitCode::SUCCESS)
}

//! `narrows encode`, `decode` and `reconstruct`: rows in, rows out.

use std::process::ExitCode;

use narrows::read::{Parts, Roles};
use narrows::write::check_target;
use narrows::{Model, Result, Table};
use serde_json::json;

use crate::cli::{ApplyArgs, EncodeArgs};
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, plural, rows};
use crate::output_path;
use crate::stream;

/// Writes the codes of rows; 130 if Ctrl-C stopped it.
pub fn encode(args: &EncodeArgs, output: &Output) -> Result<ExitCode> {
    let through = |model: &Model, part: &Table| match args.draw {
        Some(seed) => model.encode_drawn(part, seed),
        None => model.encode(part),
    };
    let first = warn_of_missing_id(&args.apply.data, output);
    let open = stream::open_rows;
    apply(&args.apply, output, "encoding", open, through, first)
}

/// Writes the rows of codes; 130 if Ctrl-C stopped it.
pub fn decode(args: &ApplyArgs, output: &Output) -> Result<ExitCode> {
    let first = |_: &Model, _: &Table| {};
    let through = in_file(Model::decode, &args.to.output);
    apply(args, output, "decoding", open_codes, through, first)
}

/// Writes rows as the model reconstructs them; 130 if Ctrl-C stopped it.
pub fn reconstruct(args: &ApplyArgs, output: &Output) -> Result<ExitCode> {
    let open = stream::open_rows;
    let through = in_file(Model::reconstruct, &args.to.output);
    let first = warn_of_missing_id(&args.data, output);
    apply(args, output, "reconstructing", open, through, first)
}

/// Returns rows of the data as its files have them.
fn in_file(
    rows: fn(&Model, &Table) -> Result<Table>,
    target: &str,
) -> impl Fn(&Model, &Table) -> Result<Table> {
    move |model, part| Ok(output_path::as_in_file(model, rows(model, part)?, target))
}

fn warn_of_missing_id(source: &str, output: &Output) -> impl Fn(&Model, &Table) {
    |model, part| inputs::warn_of_missing_id(model, part, source, output)
}

fn apply(
    args: &ApplyArgs,
    output: &Output,
    what: &str,
    open: fn(&Model, &str) -> Result<Parts>,
    through: impl Fn(&Model, &Table) -> Result<Table>,
    first: impl Fn(&Model, &Table),
) -> Result<ExitCode> {
    output.check_target(&args.to.output)?;
    check_target(&args.to.output, args.to.force)?;
    output_path::check_apart(&args.to.output, &args.model, &args.data)?;
    let Some(size) = stream::run(args, output, (what, 1), open, through, first)? else {
        return Ok(interrupt::exit_code());
    };
    output.done(
        &json!({"output": args.to.output, "rows": size.rows, "columns": size.columns}),
        format_args!(
            "{}wrote {} of {} to {}",
            size.reservation(),
            rows(size.rows),
            plural(size.columns, "column"),
            output_path::display(&args.to.output)
        ),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Opens codes as `encode` writes them: its ids and labels are not part of the
/// code.
fn open_codes(model: &Model, source: &str) -> Result<Parts> {
    let data = &model.config().data;
    let mut roles = Roles::default();
    roles.label = data.label.clone().or(Some("digit".into()));
    roles.id = match data.id.is_empty() {
        true => vec!["file".into()],
        false => data.id.clone(),
    };
    // `decode` refuses columns that are no part of a code, by name.
    (roles.any_text, roles.allow_missing, roles.optional) = (true, true, true);
    inputs::parts(source, &roles)
}

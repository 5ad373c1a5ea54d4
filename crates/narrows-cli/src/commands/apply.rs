//! `narrows encode`, `decode` and `reconstruct`: rows in, rows out.

use narrows::read::{Parts, Roles};
use narrows::write::check_target;
use narrows::{Model, Result, Table};
use serde_json::json;

use crate::cli::{ApplyArgs, EncodeArgs};
use crate::inputs;
use crate::output::{Output, counted, rows};
use crate::streamed;
use crate::targets;

/// Codes of rows.
pub fn encode(args: &EncodeArgs, output: &Output) -> Result<()> {
    let through = |model: &Model, part: &Table| match args.draw {
        Some(seed) => model.encode_drawn(part, seed),
        None => model.encode(part),
    };
    apply(&args.apply, output, "encoding", streamed::rows_of, through)
}

/// Rows of codes.
pub fn decode(args: &ApplyArgs, output: &Output) -> Result<()> {
    apply(args, output, "decoding", codes_for, Model::decode)
}

/// Rows through the model.
pub fn reconstruct(args: &ApplyArgs, output: &Output) -> Result<()> {
    let through = Model::reconstruct;
    apply(args, output, "reconstructing", streamed::rows_of, through)
}

fn apply(
    args: &ApplyArgs,
    output: &Output,
    what: &str,
    open: fn(&Model, &str) -> Result<Parts>,
    through: impl Fn(&Model, &Table) -> Result<Table>,
) -> Result<()> {
    output.check_target(&args.output)?;
    check_target(&args.output, args.force)?;
    targets::check_apart(&args.output, &args.model, &args.data)?;
    // Codes are in order alone.
    let has_id = what != "decoding";
    let written = streamed::run(args, output, what, open, through, |model, part| {
        if has_id {
            streamed::warn_of_rows(model, part, &args.data, output);
        }
    })?;
    output.done(
        &json!({"output": args.output, "rows": written.rows, "columns": written.columns}),
        format_args!(
            "wrote {} of {} to {}",
            rows(written.rows),
            counted(written.columns, "column"),
            shown(&args.output)
        ),
    )
}

/// Codes as `encode` wrote them: its ids and labels are not part of the code.
fn codes_for(model: &Model, source: &str) -> Result<Parts> {
    let data = &model.config.data;
    let tags = |known: &Option<String>| known.clone();
    let roles = Roles {
        label: tags(&data.label).or(Some("digit".into())),
        id: tags(&data.id).or(Some("file".into())),
        // Other columns are not of a code, and are told of as such.
        any_text: true,
        allow_missing: true,
        optional: true,
        ..Default::default()
    };
    inputs::parts(source, &roles)
}

/// How messages call a target.
pub fn shown(target: &str) -> &str {
    if target == "-" {
        "standard output"
    } else {
        target
    }
}

//! `narrows encode`, `decode` and `reconstruct`: rows in, rows out.

use narrows::read::{Parts, Roles};
use narrows::write::check_target;
use narrows::{Model, Result, Table};
use serde_json::json;

use crate::cli::{ApplyArgs, EncodeArgs};
use crate::inputs;
use crate::output::{Output, counted, rows};
use crate::output_path;
use crate::stream;

/// Codes of rows.
pub fn encode(args: &EncodeArgs, output: &Output) -> Result<()> {
    let through = |model: &Model, part: &Table| match args.draw {
        Some(seed) => model.encode_drawn(part, seed),
        None => model.encode(part),
    };
    let begun = warn_of(&args.apply.data, output);
    let open = stream::rows_of;
    apply(&args.apply, output, "encoding", open, through, begun)
}

/// Rows of codes.
pub fn decode(args: &ApplyArgs, output: &Output) -> Result<()> {
    let begun = |_: &Model, _: &Table| {};
    apply(args, output, "decoding", codes_for, Model::decode, begun)
}

/// Rows through the model.
pub fn reconstruct(args: &ApplyArgs, output: &Output) -> Result<()> {
    let (open, through) = (stream::rows_of, Model::reconstruct);
    let begun = warn_of(&args.data, output);
    apply(args, output, "reconstructing", open, through, begun)
}

/// What rows are warned of.
fn warn_of(source: &str, output: &Output) -> impl Fn(&Model, &Table) {
    |model, part| stream::warn_of_rows(model, part, source, output)
}

fn apply(
    args: &ApplyArgs,
    output: &Output,
    what: &str,
    open: fn(&Model, &str) -> Result<Parts>,
    through: impl Fn(&Model, &Table) -> Result<Table>,
    begun: impl Fn(&Model, &Table),
) -> Result<()> {
    output.check_target(&args.output)?;
    check_target(&args.output, args.force)?;
    output_path::check_apart(&args.output, &args.model, &args.data)?;
    let written = stream::run(args, output, what, open, through, begun)?;
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

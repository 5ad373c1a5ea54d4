//! `narrows encode`, `decode` and `reconstruct`: rows in, rows out.

use narrows::read::Roles;
use narrows::write::{check_target, write};
use narrows::{Model, Result, Table};
use serde_json::json;

use crate::cli::{ApplyArgs, EncodeArgs};
use crate::inputs;
use crate::output::{Output, counted, rows};
use crate::progress;
use crate::targets;

/// Codes of rows.
pub fn encode(args: &EncodeArgs, output: &Output) -> Result<()> {
    let through = |model: &Model, table: &Table| match args.draw {
        Some(seed) => model.encode_drawn(table, seed),
        None => model.encode(table),
    };
    apply(&args.apply, output, "encoding", inputs::rows_for, through)
}

/// Rows of codes.
pub fn decode(args: &ApplyArgs, output: &Output) -> Result<()> {
    apply(args, output, "decoding", codes_for, Model::decode)
}

/// Rows through the model.
pub fn reconstruct(args: &ApplyArgs, output: &Output) -> Result<()> {
    apply(
        args,
        output,
        "reconstructing",
        inputs::rows_for,
        Model::reconstruct,
    )
}

fn apply(
    args: &ApplyArgs,
    output: &Output,
    what: &str,
    read: fn(&Model, &str, &Output) -> Result<Table>,
    through: impl Fn(&Model, &Table) -> Result<Table>,
) -> Result<()> {
    output.check_target(&args.output)?;
    check_target(&args.output, args.force)?;
    targets::check_apart(&args.output, &args.model, &args.data)?;
    let mut model = inputs::model(&args.model)?;
    let table = read(&model, &args.data, output)?;
    progress::show(&mut model, output, what, table.rows());
    let result = through(&model, &table)?;
    write(&result, &args.output, args.force)?;
    if let Some(line) = targets::left_out(&result, &args.output) {
        output.say(line);
    }
    let columns = result.columns.len();
    output.done(
        &json!({"output": args.output, "rows": result.rows(), "columns": columns}),
        format_args!(
            "wrote {} of {} to {}",
            rows(result.rows()),
            counted(columns, "column"),
            shown(&args.output)
        ),
    )
}

/// Codes as `encode` wrote them: its ids and labels are not part of the code.
fn codes_for(model: &Model, source: &str, output: &Output) -> Result<Table> {
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
    inputs::rows(source, &roles, output)
}

/// How messages call a target.
pub fn shown(target: &str) -> &str {
    if target == "-" {
        "standard output"
    } else {
        target
    }
}

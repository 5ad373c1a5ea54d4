//! `narrows report`: a page to look at in a browser.

use std::fs;
use std::path::Path;

use narrows::{Config, Error, Model, Result};
use serde_json::json;

use crate::builtin;
use crate::cli::ReportArgs;
use crate::inputs;
use crate::names;
use crate::output::Output;
use crate::progress;
use crate::targets;

/// Runs the command.
pub fn run(args: &ReportArgs, output: &Output) -> Result<()> {
    targets::check(&args.output, args.force)?;
    let model = inputs::model(&args.model)?;
    let source = match &args.data {
        Some(data) => data.clone(),
        None => usual_rows(&model, &args.model)?,
    };
    let table = inputs::rows_for(&model, &source, output)?;
    let title = args
        .model
        .file_stem()
        .map_or("model".into(), |name| name.to_string_lossy());
    let html = progress::busy(output, "writing the report", || {
        narrows::report(&model, &table, &title)
    })?;
    narrows::write::write_bytes(&args.output, html.as_bytes())?;
    output.done(
        &json!({"output": args.output, "rows": table.rows()}),
        format_args!("wrote {}; open it in a browser", args.output.display()),
    )
}

/// The test rows for a model of a built-in data set, else the rows of the run's config.
fn usual_rows(model: &Model, path: &Path) -> Result<String> {
    if let Some(test) = builtin::test_rows(&model.config.data.source) {
        return Ok(test.into());
    }
    let file = path.join(names::CONFIG);
    let text = fs::read_to_string(&file).map_err(|_| {
        Error::usage(
            format!(
                "no --data, and no {} beside {}",
                names::CONFIG,
                path.display()
            ),
            "rows to show",
            "name them with --data FILE",
        )
    })?;
    Ok(Config::from_toml(&file.display().to_string(), &text)?
        .data
        .source)
}

//! `narrows report`: a page to look at in a browser.

use std::fs;
use std::path::Path;

use narrows::{Config, Error, Model, Result};
use serde_json::json;

use crate::builtin;
use crate::cli::ReportArgs;
use crate::inputs;
use crate::names;
use crate::output::{Output, argument, print, program};
use crate::progress;
use crate::targets;

/// Runs the command.
pub fn run(args: &ReportArgs, output: &Output) -> Result<()> {
    if let Some(extra) = &args.extra {
        return Err(Error::usage(
            format!("'{extra}' after the model"),
            "rows named with --data",
            format!(
                "{} report {} --data {}",
                program(),
                argument(args.model.display()),
                argument(extra)
            ),
        ));
    }
    let target = args.output.to_string_lossy();
    if target == "-" {
        output.check_target("-")?;
    } else {
        check_ending(&args.output)?;
        targets::check(&args.output, args.force)?;
    }
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
    if target == "-" {
        return print(html.as_bytes());
    }
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
    let config = Config::from_toml(&file.display().to_string(), &text)?;
    inputs::check_remembered(&config.data.source, path)?;
    Ok(config.data.source)
}

/// A browser knows a page by its name.
fn check_ending(path: &Path) -> Result<()> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("html" | "htm") => Ok(()),
        _ => Err(Error::usage(
            format!("the file name '{}'", path.display()),
            "a name that ends in .html",
            "a report is a page for a browser; `-` is standard output",
        )),
    }
}

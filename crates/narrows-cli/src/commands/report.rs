//! `narrows report`: a page to look at in a browser.

use std::path::Path;

use narrows::program::visible;
use narrows::write::{check_path, is_stream, write_bytes};
use narrows::{Error, Result};
use serde_json::json;

use crate::cli::ReportArgs;
use crate::default_rows::RowsToShow;
use crate::inputs;
use crate::output::{Output, path_text, print};
use crate::output_path;
use crate::progress;

/// Runs the command.
pub fn run(args: &ReportArgs, output: &Output) -> Result<()> {
    let target = args.output.to_string_lossy();
    output.check_target(&target)?;
    if target != "-" {
        check_page(&args.output)?;
        check_path(&args.output, args.force)?;
        let data = args.data.as_deref().unwrap_or_default();
        output_path::check_apart(&target, &args.model, data)?;
    }
    let model = inputs::model(&args.model)?;
    let mut shown = RowsToShow::read(&model, &args.model, args.data.as_deref(), output)?;
    shown.read_training(&model, output);
    let title = args
        .model
        .file_stem()
        .map_or("model".into(), |name| name.to_string_lossy());
    let html = progress::busy(output, "writing the report", || {
        narrows::report(&shown.look_at(&model)?, &title)
    })?;
    if target == "-" {
        return print(html.as_bytes());
    }
    write_bytes(&args.output, html.as_bytes())?;
    let output_shown = visible(&target);
    output.done(
        &json!({"output": path_text(&args.output), "rows": shown.rows.rows()}),
        format_args!("wrote {}; open it in a browser", output_shown),
    )
}

/// Refuses a file whose name a browser would not take for a page.
pub fn check_page(path: &Path) -> Result<()> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("html" | "htm") => Ok(()),
        _ if is_stream(path) => Ok(()),
        _ => Err(Error::usage(
            format!("the file name '{}'", path.display()),
            "a name that ends in .html",
            "a report is a page for a browser; `-` is standard output",
        )),
    }
}

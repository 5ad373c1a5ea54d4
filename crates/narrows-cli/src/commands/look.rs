//! `narrows look`: one look into a model, as a picture or as JSON.

use std::path::Path;

use narrows::look::{Kind, Options, Start};
use narrows::program::{visible, visible_json};
use narrows::write::{check_path, is_stream, write_bytes};
use narrows::{Error, Figure, Result};
use serde_json::json;

use crate::cli::LookArgs;
use crate::default_rows::RowsToShow;
use crate::inputs;
use crate::output::{Output, print};
use crate::output_path;
use crate::picture::png;
use crate::progress;

/// The format of the file to write.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    Png,
    Svg,
    Json,
}

/// Runs the command.
pub fn run(args: &LookArgs, output: &Output) -> Result<()> {
    let format = format(&args.output)?;
    let options = options(args)?;
    output.check_target(&args.output)?;
    if args.output != "-" {
        check_path(Path::new(&args.output), args.force)?;
        let data = args.data.as_deref().unwrap_or_default();
        output_path::check_apart(&args.output, &args.model, data)?;
    }
    let model = inputs::model(&args.model)?;
    let mut shown = RowsToShow::read(&model, &args.model, args.data.as_deref(), output)?;
    if matches!(args.what, Kind::Generated | Kind::Usefulness) {
        shown.read_training(&model, output);
    }
    let bytes = progress::busy(output, "looking", || {
        let looking = shown.look_at(&model)?;
        let figure = Figure::of(&looking, args.what, &options)?;
        match format {
            Format::Png => png(&figure.svg),
            Format::Svg => Ok(figure.svg.into_bytes()),
            Format::Json => {
                let json = figure.json.to_string();
                Ok(format!("{}\n", visible_json(&json)).into_bytes())
            }
        }
    })?;
    if args.output == "-" {
        return print(&bytes);
    }
    write_bytes(Path::new(&args.output), &bytes)?;
    output.done(
        &json!({"output": args.output, "rows": shown.rows.rows()}),
        format_args!("wrote {}", visible(&args.output)),
    )
}

fn format(target: &str) -> Result<Format> {
    let ending = Path::new(target).extension();
    let ending = ending.map(|e| e.to_string_lossy().to_lowercase());
    match (target, ending.as_deref()) {
        ("-", _) | (_, Some("json")) => Ok(Format::Json),
        (_, Some("svg")) => Ok(Format::Svg),
        (_, Some("png")) => Ok(Format::Png),
        _ if is_stream(Path::new(target)) => Ok(Format::Json),
        _ => Err(Error::usage(
            format!("the file name '{target}'"),
            "a name that ends in .png, .svg or .json",
            "`-` is JSON on standard output",
        )),
    }
}

/// Returns the options of a look, and refuses those it does not have.
fn options(args: &LookArgs) -> Result<Options> {
    let maximised = args.what == Kind::Maximised;
    let of_units = maximised || args.what == Kind::Units;
    for (option, given, known) in [
        ("--layer", args.layer.is_some(), of_units),
        ("--units", !args.units.is_empty(), of_units),
        ("--from", args.from.is_some(), maximised),
        ("--seed", args.seed.is_some(), maximised),
        ("--steps", args.steps.is_some(), maximised),
        ("--norm", args.norm.is_some(), maximised),
        ("--smoothness", args.smoothness.is_some(), maximised),
    ] {
        if given && !known {
            return Err(Error::usage(
                format!("{option} beside {}", args.what.name()),
                match option {
                    "--layer" | "--units" => "it beside `units` or `maximised`",
                    _ => "it beside `maximised`",
                },
                "leave it out: it would change nothing",
            ));
        }
    }
    if !args.units.is_empty() && args.layer.is_none() {
        return Err(Error::usage(
            "--units without --layer",
            "the layer that they are units of",
            "for instance --layer code",
        ));
    }
    let mut options = Options::default();
    options.selection.layer = args.layer.clone();
    options.selection.units = args.units.clone();
    let ascent = &mut options.ascent;
    match (args.from, args.seed) {
        (Some(row), _) => ascent.start = Start::Row(row.get()),
        (None, Some(seed)) => ascent.start = Start::Random(seed),
        (None, None) => {}
    }
    if let Some(steps) = args.steps {
        ascent.steps = steps as usize;
    }
    ascent.norm = args.norm;
    if let Some(smoothness) = args.smoothness {
        ascent.smoothness = smoothness;
    }
    Ok(options)
}

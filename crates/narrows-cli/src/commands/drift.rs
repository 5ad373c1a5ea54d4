//! `narrows drift`: whether rows are still like those of training.

use std::process::ExitCode;

use narrows::program::visible;
use narrows::write::{check_path, write_bytes};
use narrows::{Change, Drift, Result, drift_page};
use serde_json::{Value, json};

use crate::cli::DriftArgs;
use crate::commands::report::check_page;
use crate::inputs;
use crate::output::{Output, rows, shown};
use crate::output_path;

/// The exit status if something has changed.
const CHANGED: u8 = 4;
/// The rows below which only large changes are seen.
const FEW: usize = 50;
/// The most letters of a cell.
const WIDEST: usize = 34;

/// Runs the command; the status is 4 if something has changed.
pub fn run(args: &DriftArgs, output: &Output) -> Result<ExitCode> {
    if let Some(page) = &args.output {
        check_page(page)?;
        check_path(page, args.force)?;
        output_path::check_apart(&page.to_string_lossy(), &args.model, &args.data)?;
    }
    let model = inputs::model(&args.model)?;
    let table = inputs::rows_for(&model, &args.data, output)?;
    if table.rows() < FEW {
        output.warn(format_args!(
            "{}, of which only a large change can be seen: compare {FEW} or more",
            rows(table.rows())
        ));
    }
    let drift = model.drift(&table)?;
    if drift.changes.iter().all(|change| change.column.is_none()) {
        output.warn(
            "the model keeps no samples of its columns (an older file, images, or too few rows), so that only scores are compared: train it again",
        );
    }
    let found = drift.found(args.fdr, args.least);
    if let Some(page) = &args.output {
        let title = format!("{} beside {}", visible(&args.data), shown(&args.model));
        write_bytes(page, drift_page(&drift, &found, &title).as_bytes())?;
    }
    let changed = found.iter().filter(|found| **found).count();
    let changes: Vec<Value> = drift
        .changes
        .iter()
        .zip(&found)
        .map(|(change, found)| {
            let mut change = json!(change);
            change["changed"] = json!(found);
            change
        })
        .collect();
    let json = json!({"rows": drift.rows, "changed": changed, "changes": changes});
    output.result(&json, text(args, &drift, &found))?;
    Ok(match changed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(CHANGED),
    })
}

/// Writes what changed, the largest change first.
fn text(args: &DriftArgs, drift: &Drift, found: &[bool]) -> String {
    let changes = drift.changes.iter().zip(found);
    let mut changed: Vec<&Change> = changes
        .filter(|(_, found)| **found)
        .map(|(change, _)| change)
        .collect();
    let compared = format!(
        "{} of {} compared with those of training in {} ways",
        rows(drift.rows),
        visible(&args.data),
        drift.changes.len()
    );
    if changed.is_empty() {
        return format!("{compared}: nothing has changed\n");
    }
    changed.sort_by(|a, b| b.distance.total_cmp(&a.distance));
    let mut lines = vec![["what", "apart", "p", "in training", "now"].map(String::from)];
    lines.extend(changed.iter().map(|change| {
        [
            change.column.clone().unwrap_or("(scores)".into()),
            format!("{:.3}", change.distance),
            match change.p < 1e-4 {
                true => "< .0001".into(),
                false => format!("{:.4}", change.p),
            },
            change.before.clone(),
            change.now.clone(),
        ]
        .map(|cell| cut(&cell))
    }));
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max();
    let widths: Vec<usize> = (0..5).map(|at| width(at).unwrap_or(0)).collect();
    let mut text = format!("{compared}: {} changed\n\n", changed.len());
    for line in &lines {
        let mut written = String::new();
        for (at, cell) in line.iter().enumerate() {
            let space = " ".repeat(widths[at] - cell.chars().count());
            written += &match at {
                1 | 2 => format!("  {space}{cell}"),
                _ => format!("  {cell}{space}"),
            };
        }
        text += written.trim_end();
        text.push('\n');
    }
    text + &format!(
        "\nwhich rows are unusual: narrows score {} {} --top 20\n",
        shown(&args.model),
        visible(&args.data)
    )
}

fn cut(cell: &str) -> String {
    let cell = visible(cell);
    match cell.chars().count() <= WIDEST {
        true => cell.into_owned(),
        false => cell.chars().take(WIDEST - 1).chain(['…']).collect(),
    }
}

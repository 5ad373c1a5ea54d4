//! `narrows score`: how unusual each row is, by which columns, and which rows to
//! look at.

mod chance;
mod kept;
mod marks;
mod repaired;
mod stretches;
mod survey;
mod top;
mod truth;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use narrows::read::Parts;
use narrows::write::{check_target, is_stream};
use narrows::{Error, Model, Result, Table};
use serde_json::{Map, Value, json};

use self::kept::with_kept;
use self::marks::{Cut, Marks};
use self::repaired::{Explained, explained};
use self::stretches::Stretches;
use self::survey::survey;
use self::top::{NAMED, Unusual, top_rows};
use self::truth::Truth;
use crate::cli::{ApplyArgs, ScoreArgs, ScoreColumns, ToArgs};
use crate::inputs;
use crate::interrupt;
use crate::memory;
use crate::output::{Output, plural, rows};
use crate::output_path;
use crate::stream;

/// The exit status if a row is marked and `--fail-on-anomaly` is given.
const MARKED: u8 = 3;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ScoreArgs, output: &Output) -> Result<ExitCode> {
    check(args, output)?;
    interrupt::listen();
    let model = inputs::model(&args.model)?;
    let marks = Marks::of(args, &model);
    let mut found = Found::default();
    let mut cut = marks.cut();
    if cut.is_none() || args.top.is_some() || args.truth.is_some() {
        check_truth(args, &model)?;
        let Some(mut all) = survey(&model, in_memory(args, &model)?, output)? else {
            return Ok(interrupt::exit_code());
        };
        let of_all = marks.cut_of(&all.p_values, &all.scores);
        let marked = of_all.marked(&all.p_values, &all.scores, &all.percentiles);
        cut = Some(of_all);
        if args.output.is_none() {
            tell_of_model(&model, output);
            found.count(&model, &marked);
            found.stretches = all.stretches(&marked);
        }
        if let Some(name) = &args.truth {
            let truth = Truth::of((&args.data, name), &all.labels, &all.scores, &marked)?;
            found.json.insert("truth".into(), truth.json());
            print(output, truth.text())?;
        }
        if let Some(most) = args.top {
            let Some(top) = top_rows(&model, in_memory(args, &model)?, &all, most as usize)? else {
                return Ok(interrupt::exit_code());
            };
            let rows = top.iter().map(Unusual::json).collect();
            found.json.insert("top".into(), rows);
            print(output, top::text(&top, is_tinted()))?;
        }
    }
    let mut line = String::new();
    if let Some(target) = &args.output {
        let cut = cut.unwrap_or(Cut::None);
        let Some(size) = write(args, target, cut, &mut found, output)? else {
            return Ok(interrupt::exit_code());
        };
        line = format!(
            "{}wrote scores of {} to {}; ",
            size.reservation(),
            rows(size.rows),
            output_path::display(target)
        );
    }
    finish(args, marks, found, line, output)
}

/// What was found of all rows.
#[derive(Default)]
struct Found {
    scored: usize,
    marked: usize,
    /// Rows without any value.
    without: usize,
    /// Held-out rows of the model, among which p is.
    reference: usize,
    /// Stretches of time that marked windows make; `None` if rows are no windows.
    stretches: Option<usize>,
    json: Map<String, Value>,
}

impl Found {
    /// Counts rows that are marked, not marked, or have no score.
    fn count(&mut self, model: &Model, marked: &[Option<bool>]) {
        self.reference = model.held_out_errors().len();
        for marked in marked {
            match marked {
                Some(is_marked) => {
                    self.scored += 1;
                    self.marked += usize::from(*is_marked);
                }
                None => self.without += 1,
            }
        }
    }
}

/// Prints a part of the result for people; JSON has it too.
fn print(output: &Output, text: String) -> Result<()> {
    match output.is_json() {
        true => Ok(()),
        false => output.result(&Value::Null, text),
    }
}

/// Returns whether a table of the terminal has colours.
fn is_tinted() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Refuses what cannot be done, before any work.
fn check(args: &ScoreArgs, output: &Output) -> Result<()> {
    if let Some(threshold) = args.threshold.filter(|t| !(0.0..=100.0).contains(t)) {
        return Err(Error::usage(
            format!("--threshold {threshold}"),
            "a percentile from 0 to 100",
            "99 marks rows worse than 99 of 100 held-out rows",
        ));
    }
    if let Some(share) = args.threshold.filter(|t| *t > 0.0 && *t < 1.0) {
        output.warn(format_args!(
            "--threshold {share} is a percentile from 0 to 100, so it marks nearly every row; did you mean {}?",
            (f64::from(share) * 1e6).round() / 1e4
        ));
    }
    let is_old = args.columns == ScoreColumns::Old;
    let new = [
        (args.keep.is_some(), "--keep"),
        (args.fdr.is_some(), "--fdr"),
        (args.expect.is_some(), "--expect"),
        (args.false_alarms.is_some(), "--false-alarms"),
    ];
    if let Some((_, flag)) = new.into_iter().find(|(is_set, _)| is_old && *is_set) {
        return Err(Error::usage(
            format!("{flag} beside --columns old, which have no place for it"),
            "--threshold, or the new columns",
            "leave --columns old out",
        ));
    }
    let asked = [
        (args.fdr.is_some(), "--fdr"),
        (args.expect.is_some(), "--expect"),
        (args.top.is_some(), "--top"),
        (args.truth.is_some(), "--truth"),
    ];
    let needs_all = asked.into_iter().find(|(needs_all, _)| *needs_all);
    if let Some((_, flag)) =
        needs_all.filter(|_| is_stream(Path::new(&args.data)) || args.data == "-")
    {
        return Err(Error::usage(
            format!("{flag} for rows that come as a stream"),
            "rows that can be read twice",
            "save them to a file first, or mark rows one by one with --false-alarms",
        ));
    }
    if let Some(target) = &args.output {
        output.check_target(target)?;
        if target == "-" && (args.top.is_some() || args.truth.is_some()) {
            return Err(Error::usage(
                "-o - beside --top or --truth, which print there too",
                "scores in a file",
                "give a name after -o, or leave it out",
            ));
        }
        check_target(target, args.force)?;
        output_path::check_apart(target, &args.model, &args.data)?;
    }
    Ok(())
}

/// Refuses to compare with a column that the model has seen.
fn check_truth(args: &ScoreArgs, model: &Model) -> Result<()> {
    let names = model.scaler().column_names();
    match args.truth.as_ref().filter(|truth| names.contains(truth)) {
        Some(truth) => Err(Error::usage(
            format!("--truth {truth}, a column that the model was trained on"),
            "a column that says which rows are unusual, and that it has not seen",
            format!("train without it: --set data.label={truth}"),
        )),
        None => Ok(()),
    }
}

/// Opens the rows, with the column that says which are unusual as their labels.
fn parts(args: &ScoreArgs, model: &Model) -> Result<Parts> {
    let mut roles = model.roles();
    if let Some(truth) = &args.truth {
        roles.label = Some(truth.clone());
        roles.id.retain(|id| id != truth);
    }
    roles.keep_texts = args.output.is_some() && args.keep.is_some();
    Ok(inputs::parts(&args.data, &roles)?.for_scaler(model.scaler()))
}

/// Opens the rows in parts as large as `--memory` allows.
fn in_memory(args: &ScoreArgs, model: &Model) -> Result<Parts> {
    let file = inputs::model_path(&args.model)?;
    Ok(memory::parts(parts(args, model)?, model, &file, 1)?.0)
}

/// Writes the scores of all rows. Returns `None` if Ctrl-C stopped it.
fn write(
    args: &ScoreArgs,
    target: &str,
    cut: Cut,
    found: &mut Found,
    output: &Output,
) -> Result<Option<stream::Size>> {
    let mut stretches = Stretches::of(&inputs::model(&args.model)?);
    let first = |model: &Model, part: &Table| {
        inputs::warn_of_missing_id(model, part, &args.data, output);
        tell_of_model(model, output);
    };
    let score = |model: &Model, part: &Table| {
        let scores = model.score(part)?;
        let marked = cut.marked(&scores.p_values, &scores.errors, &scores.percentiles);
        found.count(model, &marked);
        if let Some(stretches) = &mut stretches {
            let ends = stretches.ends(part);
            found.stretches = Some(stretches.count(&ends, &marked));
        }
        if args.columns == ScoreColumns::Old {
            return Ok(scores.to_old_table(args.threshold, part));
        }
        // All parts have the same columns.
        let most = NAMED.min(model.scaler().columns());
        let Explained { surprises, repairs } = explained(model, part, &marked, most)?;
        let table = scores.to_table(part, Some(&marked), &surprises, Some(&repairs), most);
        match &args.keep {
            Some(keep) => with_kept(table, part, keep),
            None => Ok(table),
        }
    };
    let apply = ApplyArgs {
        model: args.model.clone(),
        data: args.data.clone(),
        to: ToArgs {
            output: target.into(),
            force: args.force,
            safe_csv: args.safe_csv,
        },
    };
    let open = |model: &Model, _: &str| parts(args, model);
    stream::run(&apply, output, ("scoring", 2), open, score, first)
}

/// Tells what was found, and returns the exit status.
fn finish(
    args: &ScoreArgs,
    marks: Marks,
    mut found: Found,
    line: String,
    output: &Output,
) -> Result<ExitCode> {
    if found.without > 0 {
        output.warn(format_args!(
            "{} without any value: {} no score, no p and no mark",
            rows(found.without),
            if found.without == 1 {
                "it has"
            } else {
                "they have"
            },
        ));
    }
    let is_known = found.reference > 0;
    if let Some(warning) = marks
        .warning(found.reference, found.scored, found.marked)
        .filter(|_| is_known)
    {
        output.warn(warning);
    }
    for (key, value) in [
        ("output", json!(args.output)),
        ("rows", json!(found.scored + found.without)),
        ("marked", json!(found.marked)),
        ("marked_by", json!(marks.flag().trim_start_matches("--"))),
        ("without_score", json!(found.without)),
    ] {
        found.json.insert(key.into(), value);
    }
    let mut stretches = String::new();
    if let Some(count) = found.stretches {
        found.json.insert("stretches".into(), json!(count));
        stretches = format!(" in {}", plural(count, "stretch").replace("hs", "hes"));
    }
    let line = format!(
        "{line}{} marked{stretches} {}",
        rows(found.marked),
        marks.words(found.scored, found.reference)
    );
    output.done(&Value::Object(found.json), line)?;
    Ok(match args.fail_on_anomaly && found.marked > 0 {
        true => ExitCode::from(MARKED),
        false => ExitCode::SUCCESS,
    })
}

/// Warns if p-values mean less than they seem to, because of the held-out rows
/// behind them.
fn tell_of_model(model: &Model, output: &Output) {
    let rows = model.held_out_errors().len();
    if rows == 0 {
        return output.warn(
            "the model holds no errors of held-out rows, so its scores have no p and nothing is marked: train it with `narrows train`, or end its training with `Training::finish`",
        );
    }
    let last = model.history().last();
    if last.is_some_and(|epoch| epoch.held_out.is_none()) {
        output.warn(
            "no rows were held out of this model's training, so p is among rows that it has seen; for new rows it is too low: train with data.held_out above 0",
        );
    }
}

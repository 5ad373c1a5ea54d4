//! `narrows score`: how unusual each row is, by which columns, and which rows to
//! look at.

mod chance;
mod check;
mod files;
mod kept;
mod marks;
mod onto;
mod repaired;
mod stretches;
mod survey;
mod top;
mod truth;
mod usable;

use std::io::IsTerminal;
use std::process::ExitCode;

use narrows::read::Parts;
use narrows::{Model, Result, Scores, Table};
use serde_json::{Map, Value, json};

use self::check::{check, check_truth};
use self::kept::with_kept;
use self::marks::{Cut, Marks};
use self::onto::Onto;
use self::repaired::{Explained, explained};
use self::stretches::Stretches;
use self::survey::{is_trained_on, survey};
use self::top::{NAMED, Unusual, top_rows};
use self::truth::Truth;
use self::usable::{Usable, scored};
use crate::cli::{ApplyArgs, OnError, ScoreArgs, ScoreColumns, ToArgs};
use crate::inputs;
use crate::interrupt;
use crate::memory;
use crate::output::{Output, plural, rows, shown};
use crate::output_path;
use crate::run_files;
use crate::stream;

/// The exit status if a row is marked and `--fail-on-anomaly` is given.
const MARKED: u8 = 3;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ScoreArgs, output: &Output) -> Result<ExitCode> {
    match args.data.len() {
        1 => one(args, output),
        _ => files::each(args, output, one),
    }
}

/// Scores one file.
fn one(args: &ScoreArgs, output: &Output) -> Result<ExitCode> {
    check(args, output)?;
    interrupt::listen();
    let model = inputs::model(&args.model)?;
    let marks = Marks::of(args, &model);
    let mut found = Found::default();
    let mut cut = marks.cut();
    if cut.is_none() || args.top.is_some() || args.truth.is_some() {
        check_truth(args, &model)?;
        let Some(mut all) = survey(&model, in_memory(args, &model)?, args, output)? else {
            return Ok(interrupt::exit_code());
        };
        let of_all = marks.cut_of(&all.p_values, &all.scores);
        let marked = of_all.marked(&all.p_values, &all.scores, &all.percentiles);
        cut = Some(of_all);
        if args.output.is_none() {
            tell_of_model(&model, output);
            if all.is_trained_on {
                tell_of_own_scores(args, output);
            }
            found.count(&model, &marked);
            found.stretches = all.stretches(&marked);
        }
        if let Some(name) = &args.truth {
            let truth = Truth::of((args.data(), name), &all.labels, &all.scores, &marked)?;
            let beside = truth.beside(&all.labels, &all.simple);
            let mut json = truth.json();
            for (by, ranking) in &beside {
                json[by.name()] = json!({
                    "auroc": ranking.auroc,
                    "average_precision": ranking.average_precision,
                });
            }
            found.json.insert("truth".into(), json);
            print(output, truth.text() + &truth::text_of(&beside))?;
        }
        if let Some(most) = args.top {
            let Some(top) = top_rows(
                &model,
                in_memory(args, &model)?,
                &all,
                &marked,
                (most as usize, args.by.is_none()),
            )?
            else {
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
        let onto = Onto::of(args)?;
        let file = onto.as_ref().map_or(target.clone(), Onto::new_scores);
        let Some(size) = write(args, &file, cut, &mut found, output)? else {
            return Ok(interrupt::exit_code());
        };
        onto.map_or(Ok(()), Onto::put)?;
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
    /// Rows that cannot be used.
    unusable: usize,
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

impl Found {
    /// Returns the scores of a part of which rows cannot be used, and counts these.
    fn with_unusable(
        &mut self,
        model: &Model,
        part: &Table,
        usable: &Usable,
        (scores, mut marked, most): (Scores, Vec<Option<bool>>, usize),
        args: &ScoreArgs,
        output: &Output,
    ) -> Result<Table> {
        usable::tell(part, &usable.others, self.unusable, output);
        self.unusable += usable.others.len();
        self.without -= usable.others.len();
        let of_usable: Vec<Option<bool>> = usable.places.iter().map(|&at| marked[at]).collect();
        let (mut surprises, mut repairs) = (vec![Vec::new(); part.rows()], vec![None; part.rows()]);
        if args.by.is_none() {
            let explained = explained(model, &usable.rows, &of_usable, most)?;
            let found = explained.surprises.into_iter().zip(explained.repairs);
            for (&at, (of_row, repair)) in usable.places.iter().zip(found) {
                (surprises[at], repairs[at]) = (of_row, repair);
            }
        }
        for other in &usable.others {
            marked[other.row] = Some(true);
        }
        let repairs = args.by.is_none().then_some(&repairs[..]);
        let table = scores.to_table(part, Some(&marked), &surprises, repairs, most);
        let table = usable::with_problems(&table, &usable.others)?;
        with_kept_if(args, table, part)
    }
}

/// Returns scores with the columns that `--keep` asks for.
fn with_kept_if(args: &ScoreArgs, scores: Table, part: &Table) -> Result<Table> {
    match &args.keep {
        Some(keep) => with_kept(scores, part, keep),
        None => Ok(scores),
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

/// Opens the rows, with the column that says which are unusual as their labels.
fn parts(args: &ScoreArgs, model: &Model) -> Result<Parts> {
    let mut roles = model.roles();
    if let Some(truth) = &args.truth {
        roles.label = Some(truth.clone());
        roles.id.retain(|id| id != truth);
    }
    roles.keep_texts = args.output.is_some() && args.keep.is_some();
    roles.passes_over = args.on_error == OnError::Mark;
    Ok(inputs::parts(args.data(), &roles)?.for_scaler(model.scaler()))
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
        inputs::warn_of_missing_id(model, part, args.data(), output);
        tell_of_model(model, output);
        if is_trained_on(model, part) {
            tell_of_own_scores(args, output);
        }
    };
    let score = |model: &Model, part: &Table| {
        let (scores, usable) = scored(model, part, (args.on_error, args.by))?;
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
        let most = match args.by {
            Some(_) => 0,
            None => NAMED.min(model.file_columns().len()),
        };
        if let Some(usable) = &usable {
            return found.with_unusable(model, part, usable, (scores, marked, most), args, output);
        }
        if args.by.is_some() {
            return with_kept_if(
                args,
                scores.to_table(part, Some(&marked), &[], None, 0),
                part,
            );
        }
        let Explained { surprises, repairs } = explained(model, part, &marked, most)?;
        let table = scores.to_table(part, Some(&marked), &surprises, Some(&repairs), most);
        with_kept_if(args, table, part)
    };
    let apply = ApplyArgs {
        model: args.model.clone(),
        data: args.data().into(),
        to: ToArgs {
            output: target.into(),
            // A file that new scores go onto was made for them.
            force: args.force || args.append || args.replace,
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
    if found.unusable > 0 {
        output.warn(format_args!(
            "{} cannot be used: marked, without a score, and told in the column 'problem'",
            rows(found.unusable)
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
        ("rows", json!(found.scored + found.without + found.unusable)),
        ("marked", json!(found.marked)),
        ("marked_by", json!(marks.flag().trim_start_matches("--"))),
        ("without_score", json!(found.without)),
        ("unusable", json!(found.unusable)),
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
    Ok(
        match args.fail_on_anomaly && found.marked + found.unusable > 0 {
            true => ExitCode::from(MARKED),
            false => ExitCode::SUCCESS,
        },
    )
}

/// Says where the scores of the model's own training rows are, each by a network that has
/// not seen it.
fn tell_of_own_scores(args: &ScoreArgs, output: &Output) {
    let file = inputs::model_path(&args.model).ok();
    let own = file.and_then(|file| Some(file.parent()?.join(run_files::OWN_SCORES)));
    if let Some(own) = own.filter(|own| own.is_file()) {
        output.warn(format_args!(
            "these are the rows of the model's training, and what it has learnt looks more usual than it is: {} has each row's score by the network that has not seen it",
            shown(&own)
        ));
    }
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

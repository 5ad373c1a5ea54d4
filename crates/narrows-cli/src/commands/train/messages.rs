//! Prints what a training says before its first epoch and after its last.

use std::fs;

use narrows::config::{Scale, ScoreBy};
use narrows::program::{difference, visible};
use narrows::{ConfigText, Error, Model, Result, Training};
use serde_json::json;

use super::beside::Beside;
use super::epochs::Run;
use super::own_scores::OwnScores;
use crate::builtin;
use crate::output::{argument, grouped, path_text, plural, program, rows, short, shown};
use crate::progress::duration;
use crate::run_files;

/// Prints what will be trained, on which rows.
pub fn introduce(run: &Run, training: &Training) {
    let Run { config, output, .. } = run;
    let (train, held_out) = training.split();
    output.say(format_args!(
        "{}: {}{}, {}",
        shown(&run.folder.path),
        training.shape(),
        if config.network.tied { " (tied)" } else { "" },
        plural(training.weights(), "weight"),
    ));
    output.say(format_args!(
        "{}: {} to train on, {} held out{}; {}{}",
        visible(&config.data.source),
        rows(train),
        rows(held_out),
        match training.calibration_rows() {
            0 => String::new(),
            calibration => format!(", {} for p", rows(calibration)),
        },
        training.scaler().method().describe(),
        match training.scaler().is_taken_for_pixels() && config.data.scale == Scale::Auto {
            true => ", since fractions in so many columns without names are taken for pixels (data.scale decides otherwise)",
            false => "",
        },
    ));
    if let Some(old) = run.folder.replaced() {
        output.say(format_args!(
            "{} stays as it is until this run is whole and takes its place",
            shown(old)
        ));
    }
    for warning in training.warnings() {
        output.warn(warning);
    }
    let share = config.score.false_alarms;
    let reference = match (config.data.cross_fit, training.calibration_rows()) {
        (true, _) => train + held_out,
        (false, 0) => held_out,
        (false, calibration) => calibration,
    };
    let is_for_scores = config.score.by != ScoreBy::Error;
    if is_for_scores && reference == 0 {
        output.warn("no rows are held out, so that `score` compares with rows that training has seen, and p is too low for new ones: data.held_out above 0, or --cross-fit 5");
    }
    // Not of models whose scores nobody has asked for.
    if reference > 0 && is_for_scores && 1.0 / (1.0 + reference as f64) > share {
        output.warn(format_args!(
            "with {} held out, `score` marks nothing at {} % false alarms: --cross-fit 5 holds each row out of one network, and data.held_out = {} holds out enough",
            rows(held_out),
            short(100.0 * share),
            (1.0 / share).ceil() - 1.0,
        ));
    }
}

/// Prints that nothing is left to train after `done` epochs, and how to go on; or that
/// further networks are `missing`, which are trained next.
pub fn nothing_left(run: &Run, done: usize, missing: usize) {
    if missing > 0 {
        return run.output.say(format_args!(
            "the first network is trained; {} of {} still to come",
            missing, run.config.seeds
        ));
    }
    let over = match run.config.train.early_stopping {
        Some(_) if done < run.config.epochs() => {
            format!("early stopping has ended the training after epoch {done}")
        }
        _ => format!("all {done} epochs are done already"),
    };
    let command = go_on(run, done);
    run.output.say(format_args!("{over}; to go on: {command}"));
}

/// Refuses settings that are not those of the resumed run, since nothing is left
/// to train with them after `done` epochs.
pub fn refuse_changes(run: &Run, done: usize) -> Result<()> {
    let file = run.folder.file(run_files::CONFIG);
    let text = fs::read_to_string(&file).map_err(|e| Error::file(file.display(), "read", e))?;
    let mut trained = ConfigText::new(&file.display().to_string(), &text, &[]).parse()?;
    // The rows may have moved.
    trained.data.source.clone_from(&run.config.data.source);
    if trained == *run.config {
        return Ok(());
    }
    Err(Error::usage(
        format!(
            "settings changed where nothing is trained with them: {}",
            difference(&trained, run.config)
        ),
        "the settings of the training",
        format!(
            "leave the changes out, or go on training: {}",
            go_on(run, done)
        ),
    ))
}

/// Returns the command that trains further after `done` epochs.
fn go_on(run: &Run, done: usize) -> String {
    let config = run.config;
    let more = match &config.layerwise {
        _ if done < config.epochs() && config.train.early_stopping.is_none() => String::new(),
        _ if done < config.epochs() => " --set train.early_stopping=".into(),
        Some(layerwise) => format!(" --set layerwise.fine_tune={}", layerwise.fine_tune + 5),
        None => format!(" --set train.epochs={}", done * 2),
    };
    let path = argument(run.folder.path.display());
    format!("{} train {path} --resume{more}", program())
}

/// Prints where Ctrl-C stopped a training, and how to continue.
pub fn stopped(run: &Run, model: &Model) -> Result<()> {
    let Run { folder, saved, .. } = run;
    let networks = fewer_networks(run, model).map_or(String::new(), |text| format!(": {text}"));
    let best_epoch = model.best_epoch();
    let path = argument(folder.path.display());
    let model = folder.file(run_files::MODEL);
    let next = format!("{} train {path} --resume", program());
    run.output.done(
        &json!({
            "run": path_text(&folder.path),
            "model": path_text(&model),
            "replaces": folder.replaced().map(path_text),
            "epochs": saved.epochs,
            "steps": saved.steps,
            "interrupted": true,
            "next": next,
        }),
        format_args!(
            "\nstopped after {saved} of {}; {} holds {}{networks}{}\nto go on from there: {next}",
            plural(run.config.epochs(), "epoch"),
            shown(&model),
            match best_epoch {
                Some(best) => format!("the weights of epoch {best}, the best so far"),
                None => "the weights as they are".into(),
            },
            match folder.replaced() {
                Some(old) => format!("; {} is as it was", shown(old)),
                None => String::new(),
            },
        ),
    )
}

/// Says that a model has fewer networks than were asked for; `None` if it has all.
fn fewer_networks(run: &Run, model: &Model) -> Option<String> {
    let (asked, there) = (run.config.seeds, model.config().seeds);
    (there < asked)
        .then(|| format!("{there} of {asked} networks, so that scores and p are by {there} alone"))
}

/// Prints that Ctrl-C stopped a training whose epochs are over, and how to make
/// its model.
pub fn unfinished(run: &Run) {
    let Run { folder, saved, .. } = run;
    let path = argument(folder.path.display());
    let next = format!("{} train {path} --finish", program());
    let told = run.output.done(
        &json!({
            "run": path_text(&folder.path),
            "model": null,
            "replaces": folder.replaced().map(path_text),
            "epochs": saved.epochs,
            "steps": saved.steps,
            "interrupted": true,
            "next": next,
        }),
        format_args!(
            "\nstopped after {saved}, before the model and its report were both there; to make them: {next}"
        ),
    );
    if let Err(error) = told {
        run.output.error(&error);
    }
}

/// What is told of a training besides its model.
pub struct Outcome {
    /// How far its networks agree on unusual held-out rows.
    pub agreement: Option<f64>,
    /// The numbers of the training rows that it left out.
    pub left_out: Vec<usize>,
    /// What its own rows' scores say, of a cross-fitted model.
    pub own_scores: Option<OwnScores>,
    /// The run that it was trained anew from, and how the two compare.
    pub beside: Option<(String, Beside)>,
}

/// Names the first of the rows that training left out.
fn left_out(numbers: &[usize]) -> String {
    const NAMED: usize = 10;
    let named = numbers.iter().take(NAMED).map(|&row| grouped(row));
    let named: Vec<String> = named.collect();
    format!(
        "left out of training: {}, the most unusual first: {}{}",
        rows(numbers.len()),
        named.join(", "),
        if numbers.len() > NAMED { ", …" } else { "" }
    )
}

/// Prints what the run has reached. `before` epochs were finished before this
/// process, which took `seconds`.
pub fn finished(
    run: &Run,
    model: &Model,
    outcome: &Outcome,
    before: usize,
    seconds: f64,
) -> Result<()> {
    let folder = &run.folder;
    let epochs = model.history().len();
    let time = format!("in {}, with PCA and the report", duration(seconds));
    let mut lines = vec![match (before, epochs - before) {
        (0, _) => format!("\ntrained {} {time}", plural(epochs, "epoch")),
        (_, 0) => format!("\nmade the model of {} {time}", plural(epochs, "epoch")),
        (_, more) => format!(
            "\ntrained {} {time}, {} in all",
            plural(more, "epoch"),
            grouped(epochs)
        ),
    }];
    if let Some(best) = model.best_epoch() {
        lines.push(format!(
            "kept the weights of epoch {best}, the best on the held-out rows"
        ));
    }
    if let Some(fewer) = fewer_networks(run, model) {
        lines.push(format!(
            "the model has {fewer}; the others: {} train {} --resume",
            program(),
            argument(folder.path.display())
        ));
    }
    let held_out = model.held_out();
    if let Some(held_out) = held_out {
        lines.push(format!(
            "held-out error: mse {}, {} per row",
            short(held_out.mse),
            short(held_out.error_per_row)
        ));
    }
    if !outcome.left_out.is_empty() {
        lines.push(left_out(&outcome.left_out));
    }
    if let Some(agreement) = outcome.agreement {
        lines.push(format!(
            "{} networks: of the 5 % of held-out rows that one finds most unusual, another names {} % too",
            model.config().seeds,
            (100.0 * agreement).round()
        ));
    }
    if let Some(own) = &outcome.own_scores {
        lines.push(format!(
            "{}: the {} of training, each scored by the network that has not seen it: {} marked (about {} expected if nothing is strange)",
            run_files::OWN_SCORES,
            rows(own.rows),
            grouped(own.marked),
            (own.by_chance * 10.0).round() / 10.0
        ));
    }
    if let Some((old, beside)) = &outcome.beside {
        lines.push(beside.text(old));
    }
    lines.push(format!(
        "\nmade {}/: {}, {}, {}, {}, {}",
        shown(&folder.path),
        run_files::MODEL,
        run_files::REPORT,
        run_files::HISTORY,
        run_files::CONFIG,
        run_files::CHECKPOINT
    ));
    if let Some(old) = folder.replaced() {
        lines.push(format!("{} is as it was", shown(old)));
    }
    let source = &model.config().data.source;
    lines.push(suggestions(run, source, model));
    let mut found = json!({
            "run": path_text(&folder.path),
            "model": path_text(&folder.file(run_files::MODEL)),
            "report": path_text(&folder.file(run_files::REPORT)),
            "epochs": epochs,
            "best_epoch": model.best_epoch(),
            "seconds": seconds,
            "held_out": held_out,
            "warnings": model.warnings(),
    });
    if !outcome.left_out.is_empty() {
        found["left_out"] = json!(outcome.left_out);
    }
    if let Some(own) = &outcome.own_scores {
        found["training_scores"] = json!({
            "path": path_text(&folder.file(run_files::OWN_SCORES)),
            "rows": own.rows, "marked": own.marked, "by_chance": own.by_chance,
        });
    }
    if let Some((_, beside)) = &outcome.beside {
        found["beside"] = beside.json();
    }
    if let Some(agreement) = outcome.agreement {
        found["agreement"] = json!(agreement);
    }
    run.output.done(&found, lines.join("\n"))
}

/// Returns commands to try next, on the rows of `source` or similar ones.
fn suggestions(run: &Run, source: &str, model: &Model) -> String {
    let path = argument(run.folder.path.display());
    let report = argument(run.folder.file(run_files::REPORT).display());
    let data = match source {
        "-" => "DATA",
        source => builtin::test_rows(source).unwrap_or(source),
    };
    let data = argument(data);
    let narrows = program();
    let is_for_scores = model.config().score.by != ScoreBy::Error;
    let mut lines = vec![
        "try next:".into(),
        format!("open {report} in a browser"),
        format!("{narrows} evaluate {path} {data}"),
        match is_for_scores {
            true => format!("{narrows} score {path} {data} --top 20"),
            false => format!("{narrows} encode {path} {data} -o codes.csv"),
        },
        format!("{narrows} report {path} {data} -o all.html"),
        format!("{narrows} score {path} {data} -o scores.csv"),
    ];
    if model.learns_to_impute() && model.takes_holes() {
        lines.push(format!("{narrows} impute {path} {data} -o filled.csv"));
    }
    lines.join("\n  ")
}

//! `narrows train`: from a config and rows to a run folder.

mod beside;
mod decided;
mod epochs;
mod further;
mod messages;
mod own_scores;
mod start;

use std::process::ExitCode;
use std::time::Instant;

use narrows::look::Looking;
use narrows::read::Inferred;
use narrows::{Error, Model, Result, Table, Training, TrainingOptions};

use crate::cli::TrainArgs;
use crate::interrupt;
use crate::memory;
use crate::output::{Output, argument, program, shown};
use crate::progress;
use crate::run_files;
use crate::run_folder::RunFolder;
use crate::settle::{self, Settled};

use self::beside::Beside;
use self::epochs::{Progress, Run};
use self::messages::Outcome;
use self::start::Start;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &TrainArgs, output: &Output) -> Result<ExitCode> {
    let started = Instant::now();
    refuse_extra(args)?;
    let start = Start::resolve(args)?;
    let text = start.text(args)?;
    let config = text.parse()?;
    if args.data.is_none() && !args.changes.iter().any(|c| c.starts_with("data.source")) {
        start.check_rows(&config.data.source)?;
    }
    if let Start::Again(run) = &start {
        output.say(format_args!(
            "training anew by the config of {}; to go on with that run: --resume",
            shown(run)
        ));
    }
    if let Some(name) = &args.name {
        RunFolder::check_name(&args.out, name, args.force)?;
    }
    let settled = settle::training_rows(text, output)?;
    let Settled {
        text,
        config,
        table,
        ..
    } = &settled;
    if args.config.is_none() && matches!(start, Start::Carried(_)) && table.image().is_none() {
        output.warn(format_args!(
            "without a config this is the network for images of digits; for a table try: {} train table --data {}",
            program(),
            argument(&config.data.source)
        ));
    }
    let old = old_model(args, &start)?;
    let is_warm = args.warm || start.is_warm();
    let within = memory::limit()?;
    let mut options = TrainingOptions::default();
    options.device = args.device.clone();
    options.memory = within;
    let training = match &old {
        Some((_, old)) if is_warm => Training::from_model(old, config, table, &options),
        _ => Training::with_options(config, table, &options),
    };
    let mut training = training.map_err(|e| text.locate(e))?;
    let name = start.name();
    // A run that goes on was told of when it began.
    let is_new = !matches!(start, Start::Resume(_));
    let folder = match start {
        Start::Resume(folder) => {
            if folder.has_checkpoint() {
                training.resume(&folder.file(run_files::CHECKPOINT))?;
            }
            folder.keep_history(training.epochs_done())?;
            folder
        }
        _ => RunFolder::create(&args.out, args.name.as_deref(), &name, args.force)?,
    };
    if let Some((_, old)) = old.as_ref().filter(|_| args.warm) {
        old.save(folder.to_write(run_files::START)?)?;
    }
    if is_new {
        settled.tell(output);
        output.notes(&decided::notes(config, training.config(), table));
    }
    let mut run = Run {
        config,
        folder,
        output,
        saved: Progress::of(&training),
        is_over: false,
    };
    let rows = (table, settled.kinds.as_slice());
    match train(&mut run, training, args, rows, (old, is_warm), started) {
        Err(error) => {
            let error = run.with_way_out(error);
            if run.saved.is_nothing() && run.folder.is_new() {
                run.folder.discard();
            }
            Err(error)
        }
        done => done,
    }
}

/// Returns the model that a training starts from or is compared with, and the name of
/// its run: the model of the run that is trained anew.
///
/// # Errors
/// [`Error::Usage`] if `--warm` has none to start from.
fn old_model(args: &TrainArgs, start: &Start) -> Result<Option<(String, Model)>> {
    let file = match start {
        Start::Again(run) => run.join(run_files::MODEL),
        Start::Resume(folder) => folder.file(run_files::START),
        Start::Carried(_) | Start::File(_) if args.warm => {
            return Err(Error::usage(
                "--warm beside a config",
                "a run, whose model the training starts from",
                format!("{} train runs/NAME --warm --data FILE", program()),
            ));
        }
        Start::Carried(_) | Start::File(_) => return Ok(None),
    };
    let name = match start {
        Start::Again(run) => shown(run).to_string(),
        _ => "the model that it started from".into(),
    };
    match Model::load(&file) {
        Ok(model) => Ok(Some((name, model))),
        Err(error) if args.warm || file.exists() => Err(error),
        Err(_) => Ok(None),
    }
}

/// Refuses a second positional argument, which is meant as `--data`.
fn refuse_extra(args: &TrainArgs) -> Result<()> {
    let Some(extra) = &args.extra else {
        return Ok(());
    };
    let config = args.config.as_deref().unwrap_or_default();
    Err(Error::usage(
        format!("'{extra}' after the config"),
        "rows named with --data",
        format!(
            "{} train {} --data {}",
            program(),
            argument(config),
            argument(extra)
        ),
    ))
}

/// Trains, and writes every file of the run folder.
fn train(
    run: &mut Run,
    mut training: Training,
    args: &TrainArgs,
    (table, kinds): (&Table, &[Inferred]),
    (old, is_warm): (Option<(String, Model)>, bool),
    started: Instant,
) -> Result<ExitCode> {
    let before = training.epochs_done();
    let is_over = before > 0 && training.is_over();
    if is_over || args.finish {
        messages::refuse_changes(run, before)?;
    }
    messages::introduce(run, &training);
    if is_over && !args.finish {
        let missing = training.config().seeds - 1 - run.kept_members(&training).len();
        messages::nothing_left(run, before, missing);
    }
    interrupt::listen();
    let mut is_complete = args.finish || run.train(&mut training, args.checkpoint_every)?;
    let mut members = Vec::new();
    if args.finish {
        members = run.kept_members(&training);
    } else if is_complete {
        let trained = run.train_members(&training)?;
        is_complete = trained.is_some();
        members = trained.unwrap_or_default();
    }
    let alarm = training.alarm();
    let held_out = training.held_out();
    let trained_on = training.trained_on();
    let left_out = training.left_out();
    let known_warnings = training.warnings().len();
    let fitting = "fitting PCA to compare with";
    let fit = || progress::busy(run.output, fitting, || training.finish_with(members));
    let model = match is_complete {
        true => interrupt::or_exit(fit, || messages::unfinished(run)),
        // Was stopped, and ends with a model of what there is.
        false => fit(),
    };
    for warning in &model.warnings()[known_warnings..] {
        run.output.warn(warning);
    }
    run.keep_config()?;
    model.save(run.folder.to_write(run_files::MODEL)?)?;
    if is_complete && !args.finish {
        run.forget_members();
    }
    if !is_complete {
        messages::stopped(run, &model)?;
        return Ok(interrupt::exit_code());
    }
    write_report(run, &model, kinds, &held_out, trained_on.as_ref())?;
    let alarm = alarm.filter(|_| model.best_epoch().is_none());
    if alarm.is_none() {
        run.folder.take_place()?;
    }
    let own_scores = own_scores::write(run, &model, table)?;
    // Rows that were trained on say nothing of it.
    let agreement = match trained_on {
        Some(_) if own_scores.is_none() => model.agreement(&held_out, 0.05)?,
        _ => None,
    };
    let beside = old.and_then(|(name, old)| {
        let found =
            Beside::of(&old, &model, &held_out, is_warm).filter(|_| trained_on.is_some())?;
        Some((name, found))
    });
    let outcome = Outcome {
        agreement,
        left_out,
        own_scores,
        beside,
    };
    let seconds = started.elapsed().as_secs_f64();
    messages::finished(run, &model, &outcome, before, seconds)?;
    if let Some(alarm) = alarm {
        // The files are kept for inspection, but no script should use them.
        run.output.failed(alarm);
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn write_report(
    run: &Run,
    model: &Model,
    kinds: &[Inferred],
    held_out: &Table,
    trained_on: Option<&Table>,
) -> Result<()> {
    let folder = &run.folder;
    let title = folder.name();
    let history = folder.history();
    let report = || {
        let looking = Looking::new(model, held_out)?.with_times(&history);
        let mut looking = match kinds.iter().all(Inferred::is_plain_number) {
            true => looking,
            false => looking.with_columns(kinds),
        };
        if let Some(rows) = trained_on {
            looking = looking.with_training(rows);
        }
        narrows::report(&looking, &title)
    };
    let html = interrupt::or_exit(
        || progress::busy(run.output, "writing the report", report),
        || messages::unfinished(run),
    )?;
    folder.write(run_files::REPORT, &html)
}

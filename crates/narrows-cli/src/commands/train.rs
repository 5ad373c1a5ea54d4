//! `narrows train`: from a config and rows to a run folder.

mod epochs;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use narrows::look::Beside;
use narrows::{Config, ConfigText, Error, Model, Result, Table, Training};
use serde_json::json;

use crate::builtin;
use crate::cli::TrainArgs;
use crate::inputs;
use crate::interrupt;
use crate::memory;
use crate::output::{Output, argument, counted, grouped, program, rows, short};
use crate::progress::{self, duration};
use crate::run_files;
use crate::run_folder::RunFolder;

use self::epochs::Saved;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &TrainArgs, output: &Output) -> Result<ExitCode> {
    let started = Instant::now();
    if let Some(extra) = &args.extra {
        let config = args.config.as_deref().unwrap_or_default();
        return Err(Error::usage(
            format!("'{extra}' after the config"),
            "rows named with --data",
            format!(
                "{} train {} --data {}",
                program(),
                argument(config),
                argument(extra)
            ),
        ));
    }
    let resumed = match args.resume || args.finish {
        true => Some(RunFolder::existing(&args.out, args.config.as_deref())?),
        false => None,
    };
    if let Some(folder) = resumed
        .as_ref()
        .filter(|f| args.finish && !f.has_checkpoint())
    {
        let expected = "a run that was saved at least once";
        return Err(folder.no_checkpoint(expected, "--resume begins it anew"));
    }
    let (text, name) = config_text(args, resumed.as_ref())?;
    let config = text.parse()?;
    let anew = args.config.as_deref().map(Path::new).filter(|p| p.is_dir());
    let remembered = resumed
        .as_ref()
        .map(|folder| folder.path.as_path())
        .or(anew);
    let own_data = args.data.is_some() || args.changes.iter().any(|c| c.starts_with("data.source"));
    if let Some(run) = remembered.filter(|_| !own_data) {
        inputs::check_remembered(&config.data.source, run, "name them with --data DATA")?;
    }
    if let Some(run) = anew.filter(|_| resumed.is_none()) {
        output.say(format_args!(
            "training anew by the config of {}; to go on with that run: --resume",
            run.display()
        ));
    }
    if let Some(name) = &args.name {
        RunFolder::check_name(&args.out, name, args.force)?;
    }
    let carried = args
        .config
        .as_deref()
        .is_some_and(|asked| builtin::config(asked).is_some());
    let example = &config.data.source;
    if carried && !own_data && builtin::test_rows(example).is_none() && !Path::new(example).exists()
    {
        return Err(Error::usage(
            format!("no rows named, and no {example} here"),
            "rows of your own for this config",
            "name them with --data FILE",
        ));
    }
    let table = inputs::training_rows(&config.data, output).map_err(|e| text.locate(e))?;
    if args.config.is_none() && resumed.is_none() && table.image.is_none() {
        output.warn(format_args!(
            "without a config this is the network for images of digits; for a table try: {} train table --data {}",
            program(),
            argument(&config.data.source)
        ));
    }
    let within = memory::limit()?;
    let mut training =
        Training::within(&config, &table, &args.device, within).map_err(|e| text.locate(e))?;
    let folder = match resumed {
        Some(folder) => {
            go_on(&mut training, &folder)?;
            folder
        }
        None => RunFolder::create(&args.out, args.name.as_deref(), &name, args.force)?,
    };
    let mut saved = Saved::of(&training);
    let ended = carry_out(
        args, &config, training, &folder, output, &mut saved, started,
    );
    ended.map_err(|error| {
        let error = saved.way_out(error, &config, &folder);
        if saved.is_nothing() && folder.is_new() {
            folder.discard();
        }
        error
    })
}

/// Goes on from a run's checkpoint, if it came to one.
fn go_on(training: &mut Training, folder: &RunFolder) -> Result<()> {
    if folder.has_checkpoint() {
        training.resume(&folder.file(run_files::CHECKPOINT))?;
    }
    folder.keep_history(training.epochs_done())
}

/// Everything from the first file in the run folder to the last.
fn carry_out(
    args: &TrainArgs,
    config: &Config,
    mut training: Training,
    folder: &RunFolder,
    output: &Output,
    saved: &mut Saved,
    started: Instant,
) -> Result<ExitCode> {
    introduce(config, &training, folder, output);
    let done = training.epochs_done();
    if done >= config.epochs() && !args.finish {
        let more = match &config.layerwise {
            Some(layerwise) => format!("layerwise.fine_tune={}", layerwise.fine_tune + 5),
            None => format!("train.epochs={}", done * 2),
        };
        output.say(format_args!(
            "all {done} epochs are done already; to go on: --resume --set {more}"
        ));
    }
    let finished = args.finish || {
        interrupt::listen();
        let every = args.checkpoint_every;
        epochs::train(&mut training, config, folder, every, saved, output)?
    };
    let alarm = training.alarm();
    let held_out = training.held_out();
    let trained_on = training.trained_on();
    let said = training.warnings().len();
    let model = progress::busy(output, "fitting PCA to compare with", || training.finish());
    model.warnings[said..]
        .iter()
        .for_each(|warning| output.warn(warning));
    model.save(folder.file(run_files::MODEL))?;
    if !finished {
        return stopped(folder, saved, model.best_epoch, config, output);
    }
    let beside = Beside {
        training: trained_on.as_ref(),
        timed: &folder.history(),
    };
    report(&model, &held_out, beside, folder, output)?;
    let seconds = started.elapsed().as_secs_f64();
    conclude(&model, folder, done, seconds, output)?;
    match alarm.filter(|_| model.best_epoch.is_none()) {
        // What was made is there to be looked at, but no script should take it.
        Some(_) => Ok(ExitCode::FAILURE),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The config's text with the changes of the command line, and its name.
fn config_text(args: &TrainArgs, resumed: Option<&RunFolder>) -> Result<(ConfigText, String)> {
    let mut changes = args.changes.clone();
    // Quoted as TOML, so that a path is a text whatever is in it.
    changes.extend(
        args.data
            .iter()
            .map(|data| format!("data.source={}", json!(data))),
    );
    changes.extend(args.seed.iter().map(|seed| format!("seed={seed}")));
    let asked = args.config.as_deref().unwrap_or(builtin::CONFIGS[0].0);
    let file = match resumed {
        Some(folder) => Some(folder.file(run_files::CONFIG)),
        None if Path::new(asked).is_dir() => Some(Path::new(asked).join(run_files::CONFIG)),
        None if builtin::config(asked).is_some() => None,
        None => Some(asked.into()),
    };
    let Some(file) = file else {
        let text = builtin::config(asked).expect("a carried config, as just checked");
        return Ok((
            ConfigText::new(&format!("{asked} (carried)"), text, &changes),
            asked.into(),
        ));
    };
    if inputs::looks_like_data(&file) {
        return Err(Error::usage(
            format!("data '{asked}'"),
            format!(
                "a config: a .toml file, or one of {}",
                builtin::config_names()
            ),
            match is_table(&file) {
                true => format!("{} train table --data {}", program(), argument(asked)),
                false => format!("{} train --data {}", program(), argument(asked)),
            },
        ));
    }
    if !file.exists() {
        return Err(Error::usage(
            format!("config '{asked}'"),
            format!("a file that exists, or one of {}", builtin::config_names()),
            match builtin::config_near(asked) {
                Some(near) => format!("did you mean {near}?"),
                None => "`narrows init -o my.toml` writes one to start from".into(),
            },
        ));
    }
    if file.extension().is_some_and(|end| end == "safetensors") {
        return Err(Error::usage(
            format!("model '{asked}'"),
            "a config: a .toml file, or one of those that the program carries",
            "a model keeps its config: `narrows inspect` shows it, and its run folder is a config too",
        ));
    }
    let text = std::fs::read_to_string(&file).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => Error::usage(
            format!("{}, which is no UTF-8 text", file.display()),
            "a config in UTF-8",
            "save the file as UTF-8",
        ),
        _ => Error::file(file.display(), "read", e),
    })?;
    let stem = match file.file_name() {
        Some(name) if name == run_files::CONFIG => file.parent().and_then(Path::file_name),
        _ => file.file_stem(),
    };
    let name = stem.map_or("run".into(), |stem| stem.to_string_lossy().into_owned());
    Ok((
        ConfigText::new(&file.display().to_string(), &text, &changes),
        name,
    ))
}

/// Whether rows are called as those of a table are.
fn is_table(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".csv", ".tsv", ".parquet"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn introduce(config: &Config, training: &Training, folder: &RunFolder, output: &Output) {
    let scaler = training.scaler();
    let (train, held_out) = training.split();
    output.say(format_args!(
        "{}: {}{}, {}",
        folder.path.display(),
        training.shape(),
        if config.network.tied { " (tied)" } else { "" },
        counted(training.weights(), "weight"),
    ));
    output.say(format_args!(
        "{}: {} to train on, {} held out; {}",
        config.data.source,
        rows(train),
        rows(held_out),
        scaler.method.describe(),
    ));
    training
        .warnings()
        .iter()
        .for_each(|warning| output.warn(warning));
}

fn stopped(
    folder: &RunFolder,
    saved: &Saved,
    best_epoch: Option<usize>,
    config: &Config,
    output: &Output,
) -> Result<ExitCode> {
    let path = argument(folder.path.display());
    let model = folder.file(run_files::MODEL);
    let next = format!("{} train {path} --resume", program());
    output.done(
        &json!({
            "run": folder.path,
            "model": model,
            "epochs": saved.epochs,
            "steps": saved.steps,
            "interrupted": true,
            "next": next,
        }),
        format_args!(
            "\nstopped after {saved} of {}; {} holds {}\nto go on from there: {next}",
            counted(config.epochs(), "epoch"),
            model.display(),
            match best_epoch {
                Some(best) => format!("the weights of epoch {best}, the best so far"),
                None => "the weights as they are".into(),
            },
        ),
    )?;
    Ok(ExitCode::from(interrupt::EXIT_CODE))
}

fn report(
    model: &Model,
    held_out: &Table,
    beside: Beside,
    folder: &RunFolder,
    output: &Output,
) -> Result<()> {
    let title = folder
        .path
        .file_name()
        .map_or("run".into(), |name| name.to_string_lossy());
    let html = progress::busy(output, "writing the report", || {
        narrows::report_beside(model, held_out, beside, &title)
    })?;
    folder.write(run_files::REPORT, &html)
}

/// What there is now; `before` epochs were there before this call.
fn conclude(
    model: &Model,
    folder: &RunFolder,
    before: usize,
    seconds: f64,
    output: &Output,
) -> Result<()> {
    let path = argument(folder.path.display());
    let held_out = model.held_out();
    let epochs = model.history.len();
    let mut lines = vec![match (before, epochs - before) {
        (0, _) => format!(
            "\ntrained {} in {}, with PCA and the report",
            counted(epochs, "epoch"),
            duration(seconds)
        ),
        (_, 0) => format!(
            "\nmade the model of {} in {}, with PCA and the report",
            counted(epochs, "epoch"),
            duration(seconds)
        ),
        (_, more) => format!(
            "\ntrained {} in {}, with PCA and the report, {} in all",
            counted(more, "epoch"),
            duration(seconds),
            grouped(epochs)
        ),
    }];
    if let Some(best) = model.best_epoch {
        lines.push(format!(
            "kept the weights of epoch {best}, the best on the held-out rows"
        ));
    }
    if let Some(held_out) = held_out {
        lines.push(format!(
            "held-out error: mse {}, {} per row",
            short(held_out.mse),
            short(held_out.error_per_row)
        ));
    }
    let source = model.config.data.source.as_str();
    let data = match source {
        "-" => "DATA",
        source => builtin::test_rows(source).unwrap_or(source),
    };
    let data = argument(data);
    lines.push(format!(
        "\nmade {}/: {}, {}, {}, {}, {}",
        folder.path.display(),
        run_files::MODEL,
        run_files::REPORT,
        run_files::HISTORY,
        run_files::CONFIG,
        run_files::CHECKPOINT
    ));
    lines.push("try next:".into());
    let narrows = program();
    lines.push(format!(
        "  open {} in a browser",
        argument(folder.file(run_files::REPORT).display())
    ));
    lines.push(format!("  {narrows} evaluate {path} {data}"));
    lines.push(format!("  {narrows} encode {path} {data} -o codes.csv"));
    lines.push(format!("  {narrows} report {path} {data} -o all.html"));
    lines.push(format!("  {narrows} score {path} {data} -o scores.csv"));
    output.done(
        &json!({
            "run": folder.path,
            "model": folder.file(run_files::MODEL),
            "report": folder.file(run_files::REPORT),
            "epochs": model.history.len(),
            "best_epoch": model.best_epoch,
            "seconds": seconds,
            "held_out": held_out,
            "warnings": model.warnings,
        }),
        lines.join("\n"),
    )
}

//! `narrows classify train`: from a model and labelled rows to a classifier.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use narrows::program::visible;
use narrows::write::{check_path, is_stream};
use narrows::{
    Classifier, ClassifierConfig, ClassifierEpoch, ClassifierTraining, Control, Error, Result, Step,
};
use serde_json::json;

use super::text::commonest;
use super::{labelled_rows, settings};
use crate::checkpoint_every::{CheckpointEvery, SinceSaved};
use crate::cli::ClassifyTrainArgs;
use crate::commands::train_progress::TrainProgress;
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, argument, grouped, path_text, percent, program, rows, short, shown};
use crate::output_path;
use crate::progress::duration;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ClassifyTrainArgs, output: &Output) -> Result<ExitCode> {
    let started = Instant::now();
    let mut config = settings(&args.settings);
    config.optimizer.rate = args.rate.unwrap_or(config.optimizer.rate);
    config.frozen = args.frozen.unwrap_or(config.frozen);
    config.from_scratch = args.from_scratch;
    config.early_stopping = args.early_stopping;
    config.class_weights.clone_from(&args.class_weights);
    config.check()?;
    if inputs::looks_like_data(&args.output) {
        return Err(Error::usage(
            format!("the file name '{}', as rows have it", args.output.display()),
            "a name that ends in .safetensors",
            "`narrows classify predict` writes the classes of rows",
        ));
    }
    let checkpoint = checkpoint_of(&args.output);
    let goes_on = args.resume || args.finish;
    check_checkpoint(&checkpoint, goes_on, args.force)?;
    check_path(&args.output, args.force || goes_on)?;
    output_path::check_apart(&args.output.to_string_lossy(), &args.model, &args.data)?;
    let model = inputs::model(&args.model)?;
    let table = labelled_rows(&model, &args.data, &args.settings.label, output)?;
    let mut training = ClassifierTraining::on(&config, &model, &table, &args.device)?;
    if goes_on {
        training.resume(&checkpoint)?;
    }
    introduce(&training, &args.data, output);
    if !args.finish {
        interrupt::listen();
        train(
            &mut training,
            &config,
            &checkpoint,
            args.checkpoint_every,
            output,
        )?;
    }
    let stopped = training.was_interrupted();
    let (train_rows, held_out_rows) = training.split();
    let measured = training.measure_held_out();
    let classifier = training.finish();
    let keeps_old = stopped && is_another(&args.output, &classifier);
    if !keeps_old {
        classifier.save(&args.output)?;
    }
    // A finished training is not resumed.
    if !stopped && !args.finish {
        let _ = fs::remove_file(&checkpoint);
    }

    let epochs = classifier.history().len();
    let path = shown(&args.output);
    let done = if stopped {
        format!("stopped after {epochs} of {} epochs", config.epochs)
    } else if args.finish {
        format!("{epochs} of {} epochs are trained so far", config.epochs)
    } else {
        format!(
            "trained {epochs} epochs in {}",
            duration(started.elapsed().as_secs_f64())
        )
    };
    let mut lines = vec![format!("\n{done}")];
    if let Some(found) = &measured {
        lines.push(format!(
            "held-out accuracy {}, base rate {} ('{}'), balanced accuracy {}, cross-entropy {} nats",
            percent(found.accuracy),
            percent(found.base_rate),
            visible(commonest(found)),
            percent(found.balanced_accuracy),
            short(found.cross_entropy)
        ));
        let is_chance = found.accuracy <= found.base_rate && found.balanced_accuracy < 1.0;
        if is_chance && config.class_weights.is_none() {
            lines.push(
                "always saying the commonest class is right as often; \
                 --class-weights balanced gives every class the same share of the loss"
                    .into(),
            );
        }
    }
    lines.push(if keeps_old {
        format!("\n{path} is as it was")
    } else if stopped {
        format!("\nmade {path}, with the weights as they are")
    } else {
        format!("\nmade {path}")
    });
    lines.push("try next:".into());
    let narrows = program();
    if stopped {
        lines.push(format!(
            "  the same command with --resume goes on from {}",
            argument(checkpoint.display())
        ));
    }
    let path = argument(args.output.display());
    lines.push(format!("  {narrows} classify evaluate {path} DATA"));
    lines.push(format!(
        "  {narrows} classify predict {path} DATA -o classes.csv"
    ));
    output.done(
        &json!({
            "classifier": path_text(&args.output),
            "classes": classifier.classes(),
            "train_rows": train_rows,
            "held_out_rows": held_out_rows,
            "epochs": epochs,
            "held_out": measured.map(|found| json!({
                "accuracy": found.accuracy,
                "base_rate": found.base_rate,
                "balanced_accuracy": found.balanced_accuracy,
                "cross_entropy": found.cross_entropy,
            })),
            "interrupted": stopped,
            "seconds": started.elapsed().as_secs_f64(),
        }),
        lines.join("\n"),
    )?;
    Ok(if stopped {
        interrupt::exit_code()
    } else {
        ExitCode::SUCCESS
    })
}

fn introduce(training: &ClassifierTraining, data: &str, output: &Output) {
    let (train, held_out) = training.split();
    output.say(format_args!(
        "{}: {} of {} classes to train on, {} held out",
        visible(data),
        rows(train),
        training.classes().len(),
        rows(held_out),
    ));
}

/// Returns where the training of a classifier is saved.
fn checkpoint_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".ckpt");
    name.into()
}

/// Returns whether there is a file that an earlier stop of this training did not
/// write. It is kept: a whole classifier is worth more than one that was stopped.
fn is_another(output: &Path, stopped: &Classifier) -> bool {
    if is_stream(output) || !output.exists() {
        return false;
    }
    // A whole one of the same settings has more epochs than one that was stopped.
    let is_earlier = |old: Classifier| {
        old.config() == stopped.config()
            && old.classes() == stopped.classes()
            && stopped.history().starts_with(old.history())
    };
    !Classifier::load(output).is_ok_and(is_earlier)
}

/// Refuses to resume from nothing, and to start over on top of a stopped
/// training, unless `force`.
fn check_checkpoint(checkpoint: &Path, goes_on: bool, force: bool) -> Result<()> {
    let path = checkpoint.display();
    match (checkpoint.exists(), goes_on) {
        (false, true) => Err(Error::usage(
            format!("no {path}"),
            "the checkpoint of a training that was stopped",
            "leave --resume and --finish out to begin one",
        )),
        (true, false) if !force => Err(Error::usage(
            format!("{path}, of a training that was stopped"),
            "no training to lose",
            "go on with it by --resume, or begin anew with --force",
        )),
        _ => Ok(()),
    }
}

/// Trains all epochs, or until Ctrl-C; saves the checkpoint after each epoch,
/// as often as asked within one, and when the training is stopped.
fn train(
    training: &mut ClassifierTraining,
    config: &ClassifierConfig,
    checkpoint: &Path,
    every: CheckpointEvery,
    output: &Output,
) -> Result<()> {
    let (rows, epochs) = (training.split().0, config.epochs);
    let mut progress = TrainProgress::new(output, epochs, 1);
    let mut since = SinceSaved::new(every);
    let mut started = Instant::now();
    loop {
        let mut watch = |step: &Step| {
            progress.step(output, step);
            let is_due = since.step();
            if interrupt::requested() {
                Control::Stop
            } else if is_due {
                Control::Pause
            } else {
                Control::Continue
            }
        };
        let epoch = training.run_epoch(&mut watch)?;
        let is_over = epoch.is_none() && !training.is_paused();
        if !is_over || training.was_interrupted() {
            training.checkpoint(checkpoint)?;
            since.saved();
        }
        if is_over {
            return Ok(());
        }
        let Some(epoch) = epoch else { continue };
        let seconds = started.elapsed().as_secs_f64();
        let rate = rows as f64 / seconds;
        progress.line(output, seconds, |left| line(&epoch, epochs, rate, left));
        started = Instant::now();
    }
}

fn line(epoch: &ClassifierEpoch, epochs: usize, rate: f64, left: f64) -> String {
    let mut line = format!("epoch {}/{epochs}", epoch.epoch);
    for (name, value) in epoch.loss.iter().filter(|(name, _)| *name != "total") {
        line += &format!("  {name} {}", short(*value));
    }
    if let Some(held_out) = &epoch.held_out {
        line += &format!(
            "  held-out accuracy {}, cross-entropy {}",
            percent(held_out.accuracy),
            short(held_out.cross_entropy)
        );
    }
    line += &format!("  {} rows/s", grouped(rate as usize));
    if left > 0.0 {
        line += &format!("  {} left", duration(left));
    }
    line
}

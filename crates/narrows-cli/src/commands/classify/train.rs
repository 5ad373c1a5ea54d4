//! `narrows classify train`: from a model and labelled rows to a classifier.

use std::process::ExitCode;
use std::time::Instant;

use narrows::{ClassifierEpoch, ClassifierTraining, Control, Error, Result, Step};
use serde_json::json;

use super::{labelled_rows, settings};
use crate::cli::ClassifyTrainArgs;
use crate::commands::train_progress::TrainProgress;
use crate::inputs;
use crate::interrupt;
use crate::output::{Output, grouped, percent, program, rows, short};
use crate::output_path;
use crate::progress::duration;

/// Runs the command; 130 if Ctrl-C stopped it.
pub fn run(args: &ClassifyTrainArgs, output: &Output) -> Result<ExitCode> {
    let started = Instant::now();
    let mut config = settings(&args.settings);
    config.optimizer.rate = args.rate.unwrap_or(config.optimizer.rate);
    config.frozen = args.frozen.unwrap_or(config.frozen);
    config.from_scratch = args.from_scratch;
    config.check()?;
    if inputs::looks_like_data(&args.output) {
        return Err(Error::usage(
            format!("the file name '{}', as rows have it", args.output.display()),
            "a name that ends in .safetensors",
            "`narrows classify predict` writes the classes of rows",
        ));
    }
    output_path::check(&args.output, args.force)?;
    output_path::check_apart(&args.output.to_string_lossy(), &args.model, &args.data)?;
    let model = inputs::model(&args.model)?;
    let table = labelled_rows(&model, &args.data, &args.settings.label, output)?;
    let mut training = ClassifierTraining::new(&config, &model, &table)?;
    introduce(&training, &args.data, output);
    interrupt::listen();
    train(&mut training, config.epochs, output)?;
    let stopped = training.was_interrupted();
    let (train_rows, held_out_rows) = training.split();
    let classifier = training.finish();
    classifier.save(&args.output)?;

    let epochs = classifier.history.len();
    let held_out = classifier.history.last().and_then(|e| e.held_out.clone());
    let path = args.output.display();
    let done = if stopped {
        format!("stopped after {epochs} of {} epochs", config.epochs)
    } else {
        format!(
            "trained {epochs} epochs in {}",
            duration(started.elapsed().as_secs_f64())
        )
    };
    let mut lines = vec![format!("\n{done}")];
    if let Some(held_out) = &held_out {
        lines.push(format!(
            "held-out accuracy {}, cross-entropy {} nats",
            percent(held_out.accuracy),
            short(held_out.cross_entropy)
        ));
    }
    lines.push(if stopped {
        format!("\nmade {path}, with the weights as they are")
    } else {
        format!("\nmade {path}")
    });
    lines.push("try next:".into());
    let narrows = program();
    lines.push(format!("  {narrows} classify evaluate {path} DATA"));
    lines.push(format!(
        "  {narrows} classify predict {path} DATA -o classes.csv"
    ));
    output.done(
        &json!({
            "classifier": args.output,
            "classes": classifier.classes,
            "train_rows": train_rows,
            "held_out_rows": held_out_rows,
            "epochs": epochs,
            "held_out": held_out,
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
        "{data}: {} of {} classes to train on, {} held out",
        rows(train),
        training.classes().len(),
        rows(held_out),
    ));
}

/// Trains all epochs, or until Ctrl-C.
pub fn train(training: &mut ClassifierTraining, epochs: usize, output: &Output) -> Result<()> {
    let rows = training.split().0;
    let mut progress = TrainProgress::new(output, epochs, rows);
    loop {
        let started = Instant::now();
        let mut watch = |step: &Step| {
            progress.step(output, step);
            if interrupt::requested() {
                Control::Stop
            } else {
                Control::Continue
            }
        };
        let Some(epoch) = training.run_epoch(&mut watch)? else {
            return Ok(());
        };
        let seconds = started.elapsed().as_secs_f64();
        let rate = rows as f64 / seconds;
        progress.line(output, seconds, |left| line(&epoch, epochs, rate, left));
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

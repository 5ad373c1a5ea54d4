//! The epochs of a run, saved as they go.

use std::fmt::{self, Display};

use narrows::{Config, Control, Error, Result, Step, Training, lower_rate};

use crate::checkpoint_every::{CheckpointEvery, SinceSaved};
use crate::commands::train_progress::TrainProgress;
use crate::interrupt;
use crate::output::{Output, argument, counted, program};
use crate::run_files;
use crate::run_folder::RunFolder;

/// How far the training had come that the checkpoint holds.
#[derive(Debug, Clone, Copy)]
pub struct Saved {
    /// Whole epochs.
    pub epochs: usize,
    /// Steps of the next.
    pub steps: usize,
    /// The rate of the last whole epoch.
    rate: Option<f64>,
}

/// All epochs, with a checkpoint after each and now and then within; false if
/// Ctrl-C came between. `saved` follows the checkpoint.
pub fn train(
    training: &mut Training,
    config: &Config,
    folder: &RunFolder,
    every: CheckpointEvery,
    saved: &mut Saved,
    output: &Output,
) -> Result<bool> {
    let first = training.epochs_done();
    let mut progress = TrainProgress::new(
        output,
        config.epochs() - first.min(config.epochs()),
        training.split().0,
    )
    .with_view(training.history());
    let checkpoint = folder.file(run_files::CHECKPOINT);
    // The config stands for the checkpoint: a setting that leads nowhere is
    // not kept.
    let mut written = false;
    if !folder.has_checkpoint() {
        // A run that is stopped in its first epoch can be gone on with too.
        folder.write(run_files::CONFIG, &config.to_toml())?;
        written = true;
        training.checkpoint(&checkpoint)?;
    }
    let mut since = SinceSaved::new(every);
    let mut alarmed = false;
    loop {
        let mut watch = |step: &Step| {
            progress.step(output, step);
            match since.step() {
                _ if interrupt::asked() => Control::Stop,
                true => Control::Pause,
                false => Control::Continue,
            }
        };
        match training.run_epoch(&mut watch)? {
            Some(epoch) => {
                progress.epoch(output, &epoch, config);
                folder.add_history(&epoch)?;
                if let Some(warning) = training.alarm().filter(|_| !alarmed) {
                    output.warn(warning);
                    alarmed = true;
                }
            }
            None if training.is_paused() || training.was_interrupted() => {}
            None => return Ok(true),
        }
        if !written {
            folder.write(run_files::CONFIG, &config.to_toml())?;
            written = true;
        }
        training.checkpoint(&checkpoint)?;
        *saved = Saved::of(training);
        since.saved();
        if training.was_interrupted() {
            return Ok(false);
        }
    }
}

impl Saved {
    /// Where a training is that was just saved or read.
    pub fn of(training: &Training) -> Self {
        Saved {
            epochs: training.epochs_done(),
            steps: training.steps_done(),
            rate: training.history().last().map(|epoch| epoch.rate),
        }
    }

    /// Whether no step was made.
    pub fn is_nothing(&self) -> bool {
        (self.epochs, self.steps) == (0, 0)
    }

    /// The error, its hint naming what the checkpoint holds and what can be
    /// done with it.
    pub fn way_out(&self, mut error: Error, config: &Config, folder: &RunFolder) -> Error {
        if self.is_nothing() {
            return error;
        }
        let run = argument(folder.path.display());
        let resume = format!("{} train {run} --resume", program());
        let way = match &error {
            Error::Diverged { .. } => format!(
                "; {} holds {self}, from before: go on from there by `{resume} --set optimizer.rate={}`, or make its model by `{} train {run} --finish`",
                folder.file(run_files::CHECKPOINT).display(),
                // The rate that led there, if that was lower.
                match self.rate.filter(|rate| *rate < config.optimizer.rate) {
                    Some(rate) => rate,
                    None => lower_rate(config.optimizer.rate),
                },
                program(),
            ),
            _ => format!(
                "; {} holds {self}: go on by `{resume}`",
                folder.file(run_files::CHECKPOINT).display()
            ),
        };
        match &mut error {
            Error::Diverged { hint, .. } | Error::File { hint, .. } => *hint += &way,
            _ => {}
        }
        error
    }
}

impl Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.epochs, self.steps) {
            (epochs, 0) => write!(f, "{}", counted(epochs, "epoch")),
            (0, steps) => write!(f, "{}", counted(steps, "step")),
            (epochs, steps) => write!(
                f,
                "{} and {}",
                counted(epochs, "epoch"),
                counted(steps, "step")
            ),
        }
    }
}

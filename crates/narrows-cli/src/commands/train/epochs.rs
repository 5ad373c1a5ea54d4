//! Runs the epochs of a training, with a checkpoint after each and now and then
//! within.

use std::fmt::{self, Display};
use std::fs;
use std::time::{Duration, Instant};

use narrows::program::lower_rate;
use narrows::{Config, Control, Error, Member, Model, Result, Step, Training};

use super::further::Epochs;
use crate::checkpoint_every::{CheckpointEvery, SinceSaved};
use crate::commands::train_progress::TrainProgress;
use crate::interrupt;
use crate::output::{Output, argument, plural, program};
use crate::progress;
use crate::run_files;
use crate::run_folder::RunFolder;

/// Time between checkpoints of a further network.
const BETWEEN_SAVES: Duration = Duration::from_secs(20);

/// A training and the folder that it leaves.
pub struct Run<'a> {
    /// The config with the changes of the command line.
    pub config: &'a Config,
    /// The folder.
    pub folder: RunFolder,
    /// Where messages go.
    pub output: &'a Output,
    /// The progress that the checkpoint holds.
    pub saved: Progress,
    /// Whether the first network's epochs are over.
    pub is_over: bool,
}

/// The progress of a training.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Number of whole epochs.
    pub epochs: usize,
    /// Number of steps of the next epoch.
    pub steps: usize,
    /// The rate of the last whole epoch.
    rate: Option<f64>,
}

impl Run<'_> {
    /// Trains all epochs that are left. Returns `false` if Ctrl-C stopped it.
    pub fn train(&mut self, training: &mut Training, every: CheckpointEvery) -> Result<bool> {
        let (config, output) = (self.config, self.output);
        let left = config.epochs().saturating_sub(training.epochs_done());
        let mut progress =
            TrainProgress::new(output, left, training.config().seeds).with_view(training.history());
        // A resumed run keeps its config until the new one has a checkpoint, so
        // a setting that makes the training fail is not kept.
        let mut config_written = false;
        if !self.folder.has_checkpoint() {
            // Lets a run be resumed that is stopped in its first epoch.
            self.save(training, &mut config_written)?;
        }
        let mut since = SinceSaved::new(every);
        let mut alarmed = false;
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
            match training.run_epoch(&mut watch)? {
                Some(epoch) => {
                    progress.epoch(output, &epoch, config);
                    self.folder.add_history(&epoch)?;
                    if let Some(warning) = training.alarm().filter(|_| !alarmed) {
                        output.warn(warning);
                        alarmed = true;
                    }
                }
                None if training.is_paused() || training.was_interrupted() => {}
                None => {
                    self.is_over = true;
                    return Ok(true);
                }
            }
            self.save(training, &mut config_written)?;
            since.saved();
            if training.was_interrupted() {
                return Ok(false);
            }
        }
    }

    /// Trains the further networks that the config asks for, on from where each was
    /// saved. `None` if Ctrl-C stopped them.
    pub fn train_members(&self, training: &Training) -> Result<Option<Vec<Member>>> {
        let more = training.config().seeds - 1;
        let kept = self.kept_members(training);
        if kept.len() == more {
            return Ok(Some(kept));
        }
        let what = format!(
            "training {more} more network{}",
            if more == 1 { "" } else { "s" }
        );
        let epochs = Epochs::new(more * training.config().epochs());
        progress::busy_with(
            self.output,
            &what,
            || epochs.left(),
            || training.members(|number, member| self.train_member(number, member, &epochs)),
        )
    }

    /// Returns the further networks in the run's model, if it is a model of this very
    /// training.
    pub fn kept_members(&self, training: &Training) -> Vec<Member> {
        match Model::load(self.folder.file(run_files::MODEL)) {
            Ok(model) if model.weights() == training.model().weights() => model.into_members(),
            _ => Vec::new(),
        }
    }

    /// Trains a further network. Returns `false` if Ctrl-C stopped it.
    fn train_member(
        &self,
        number: usize,
        training: &mut Training,
        epochs: &Epochs,
    ) -> Result<bool> {
        let checkpoint = run_files::member(number);
        if self.folder.file(&checkpoint).is_file() {
            training.resume(&self.folder.file(&checkpoint))?;
            epochs.skip(training.epochs_done());
        }
        let mut saved = Instant::now();
        let mut watch = |_: &Step| match interrupt::requested() {
            true => Control::Stop,
            false => Control::Continue,
        };
        loop {
            let epoch = training.run_epoch(&mut watch)?;
            epochs.add(epoch.is_some());
            let is_whole = epoch.is_none() && !training.was_interrupted();
            if is_whole || training.was_interrupted() || saved.elapsed() > BETWEEN_SAVES {
                training.checkpoint(&self.folder.to_write(&checkpoint)?)?;
                saved = Instant::now();
            }
            if is_whole || training.was_interrupted() {
                if is_whole {
                    epochs.skip(
                        training
                            .config()
                            .epochs()
                            .saturating_sub(training.epochs_done()),
                    );
                }
                return Ok(is_whole);
            }
        }
    }

    /// Removes what further networks were saved in, once the model has them.
    pub fn forget_members(&self) {
        for number in 2..=self.config.seeds {
            // What cannot be removed does no harm.
            let _ = fs::remove_file(self.folder.file(&run_files::member(number)));
        }
    }

    /// Writes the checkpoint, and before the first one the config.
    fn save(&mut self, training: &Training, config_written: &mut bool) -> Result<()> {
        if !*config_written {
            let config = self.config.to_toml();
            self.folder.write(run_files::CONFIG, &config)?;
            *config_written = true;
        }
        training.checkpoint(&self.folder.to_write(run_files::CHECKPOINT)?)?;
        self.saved = Progress::of(training);
        Ok(())
    }

    /// Writes the config again if somebody has removed it meanwhile.
    pub fn keep_config(&self) -> Result<()> {
        match self.folder.file(run_files::CONFIG).exists() {
            true => Ok(()),
            false => self.folder.write(run_files::CONFIG, &self.config.to_toml()),
        }
    }

    /// Adds to an error's hint what the checkpoint holds and how to continue
    /// from there.
    pub fn with_way_out(&self, error: Error) -> Error {
        let saved = self.saved;
        if saved.is_nothing() || self.folder.check_here().is_err() {
            return error;
        }
        let run = argument(self.folder.path.display());
        let narrows = program();
        let resume = format!("{narrows} train {run} --resume");
        let checkpoint = self.folder.file(run_files::CHECKPOINT);
        let checkpoint = checkpoint.display();
        let way_out = match &error {
            // With other settings, nothing is left to train of the first network.
            Error::Diverged { .. } if self.is_over => format!(
                " for all networks: `{narrows} train {run} --set optimizer.rate={}` trains them anew; or keep those that are there by `{narrows} train {run} --finish`",
                lower_rate(self.config.optimizer.rate)
            ),
            Error::Diverged { .. } => {
                let configured = self.config.optimizer.rate;
                // A schedule may have lowered the rate of the last epoch.
                let rate = saved.rate.filter(|rate| *rate < configured);
                let rate = rate.unwrap_or_else(|| lower_rate(configured));
                format!(
                    "; {checkpoint} holds {saved}, from before: go on from there by `{resume} --set optimizer.rate={rate}`, or make its model by `{narrows} train {run} --finish`"
                )
            }
            Error::File { .. } => format!("; {checkpoint} holds {saved}: go on by `{resume}`"),
            _ => return error,
        };
        let hint = error.hint().clone().and(way_out);
        error.with_hint(hint)
    }
}

impl Progress {
    /// Returns the progress of a training.
    pub fn of(training: &Training) -> Self {
        Progress {
            epochs: training.epochs_done(),
            steps: training.steps_done(),
            rate: training.history().last().map(|epoch| epoch.rate),
        }
    }

    /// Returns whether no step was done.
    pub fn is_nothing(&self) -> bool {
        (self.epochs, self.steps) == (0, 0)
    }
}

impl Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (epochs, steps) = (plural(self.epochs, "epoch"), plural(self.steps, "step"));
        match (self.epochs, self.steps) {
            (_, 0) => f.write_str(&epochs),
            (0, _) => f.write_str(&steps),
            _ => write!(f, "{epochs} and {steps}"),
        }
    }
}

//! The training loop.

mod advice;
mod autoencoder;
mod batches;
pub(crate) mod best;
mod blown_up;
pub(crate) mod checkpoint;
mod classes;
pub(crate) mod diverged;
pub(crate) mod engine;
mod epoch;
mod inputs;
mod layerwise;
mod memory;
pub(crate) mod optimizer;
mod options;
pub(crate) mod partial_epoch;
mod phase;
mod range;
mod split;

use std::path::Path;

use burn::tensor::Device;

use self::classes::Classes;
use crate::base::device::device;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::Remedy;
use crate::base::warning::Warning;
use crate::config::Config;
use crate::config::plan::Plan;
use crate::data::binarised::Binarised;
use crate::data::scale::{Prepared, Scaler};
use crate::data::table::Table;
use crate::model::Model;
use crate::model::baseline::Pca;
use crate::model::history::Epoch;
use crate::model::score::held_out_errors;
use crate::network::Network;
use crate::train::layerwise::first_network;
use crate::train::optimizer::Optimizer;
use best::Best;
use checkpoint::{Checkpoint, KIND, columns_of, fingerprint};
use partial_epoch::PartialEpoch;
use phase::{Phase, Running};
use split::Split;

pub use autoencoder::Autoencoder;
pub use options::TrainingOptions;

/// Fewer held-out rows give rough percentiles.
const FEW_HELD_OUT: usize = 30;

/// A training that can be watched, stopped or paused after any step, saved
/// there and gone on with.
///
/// ```
/// use narrows::{Config, Control, Table, Training};
/// let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
/// let mut config = Config::default();
/// config.network.hidden = vec![];
/// config.network.code = 2;
/// let mut training = Training::new(&config, &table)?;
/// while let Some(epoch) = training.run_epoch(&mut |_| Control::Continue)? {
///     println!("{}: {}", epoch.epoch.epoch, epoch.epoch.loss["total"]);
/// }
/// let model = training.finish();
/// # Ok::<(), narrows::Error>(())
/// ```
pub struct Training<'a> {
    plan: Plan,
    data: Prepared<'a>,
    /// Tells these rows from others.
    fingerprint: String,
    split: Split,
    /// Of every row of the table, where a variant takes labels.
    classes: Classes,
    phases: Vec<Phase>,
    running: Running,
    /// Megabytes for the outputs of trained layers.
    cache_memory: f64,
    /// The whole network as it was when the running phase began.
    whole: Network,
    history: Vec<Epoch>,
    /// The epoch after those of the history, where some of its steps are done.
    partial: Option<PartialEpoch>,
    best: Option<Best>,
    warnings: Vec<Warning>,
    interrupted: bool,
}

/// What is told after every step.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// Counted from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// The layer that is trained, counted from 1 from the outermost; none
    /// where the whole network is.
    pub phase: Option<usize>,
    /// Counted from 1 within the epoch.
    pub step: usize,
    /// Steps an epoch.
    pub steps: usize,
    /// Rows seen in this epoch.
    pub rows: usize,
    /// The learning rate.
    pub rate: f64,
    /// The terms of this step's loss, by name, without their total.
    pub loss: &'a [(&'static str, f64)],
}

/// The watcher's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Return after this step, to save and to go on; not after an epoch's
    /// last, since the epoch ends there anyway. A classifier's training goes
    /// on.
    Pause,
    /// Stop after this step.
    Stop,
}

impl<'a> Training<'a> {
    /// Splits the rows, fits the scaler on the training rows and draws the
    /// first weights.
    ///
    /// # Errors
    /// [`Error::Config`] and [`Error::Data`] for all that can be wrong with
    /// either; after this, only divergence can fail.
    pub fn new(config: &Config, table: &'a Table) -> Result<Self> {
        Self::with_options(config, table, &TrainingOptions::default())
    }

    /// Does what [`Training::new`] does, on a device, in the memory and with the
    /// held-out rows of the options.
    ///
    /// # Errors
    /// As [`Training::new`]; [`Error::Usage`] for a device that this build or
    /// this machine does not have, for a training that takes more memory, and
    /// for held-out rows that are not there.
    pub fn with_options(
        config: &Config,
        table: &'a Table,
        options: &TrainingOptions,
    ) -> Result<Self> {
        config.check()?;
        let device = device(&options.device)?;
        let rows = table.rows();
        if rows < 2 {
            return Err(Error::data(
                &table.origin,
                Place::Whole,
                format!("{rows} row{}", if rows == 1 { "" } else { "s" }),
                "at least 2 rows to train on",
                "an autoencoder learns how rows differ from one another",
            ));
        }
        let chosen = options.held_out_rows.is_some();
        let split = Split::new(config, rows, options.held_out_rows.as_deref())?;
        let mut warnings = Vec::new();
        let scaler = Scaler::fit(
            table,
            &split.train,
            &config.data,
            config.network.output,
            &mut warnings,
        )?;
        let data = scaler.fit_to(table)?;
        let plan = Plan::for_data(config, data.features(), scaler.image)?;
        let classes = Classes::new(table, &config.variants())?;
        range::check_range(
            &data,
            &split.train,
            config.network.output,
            config.loss.reconstruction,
            config.data.binarised,
            &mut warnings,
        )?;
        warnings.extend(plan.warnings());
        if (1..FEW_HELD_OUT).contains(&split.held_out.len()) {
            warnings.push(Warning::FewHeldOut {
                rows: split.held_out.len(),
            });
        }
        let cache_memory = memory::cache(&plan, table, options.memory)?;
        let phases = phase::phases(&plan);
        let whole = first_network(&plan, &device);
        let optimizer = &plan.config.optimizer;
        let running = Running::begin(0, &phases[0], optimizer, &whole, &data, cache_memory);
        Ok(Training {
            plan,
            fingerprint: fingerprint(&data, &classes.of, chosen.then_some(&split.held_out)),
            data,
            split,
            classes,
            phases,
            running,
            cache_memory,
            whole,
            history: Vec::new(),
            partial: None,
            best: None,
            warnings,
            interrupted: false,
        })
    }

    /// Goes on from a checkpoint of the same training.
    ///
    /// # Errors
    /// [`Error::Model`] where the checkpoint is damaged, or belongs to
    /// another config or other data.
    pub fn resume(&mut self, path: &Path) -> Result<()> {
        let checkpoint = Checkpoint::read(KIND, path)?;
        checkpoint.check_same(path, &self.plan.config, &self.data, &self.fingerprint)?;
        let device = self.whole.device().clone();
        let wrong = |missing| {
            Error::model(
                path.display(),
                missing,
                "a whole checkpoint",
                Remedy::TrainAgain,
            )
        };
        self.whole =
            Network::from_stored(&self.plan.spec, &checkpoint.weights, &device).map_err(wrong)?;
        if let Some(misfit) = checkpoint.best_misfit(&self.whole) {
            return Err(wrong(misfit));
        }
        let done = checkpoint.history.len();
        let at = self.phases.iter().position(|phase| done < phase.end());
        self.begin(at.unwrap_or(self.phases.len() - 1));
        // A phase's first step begins without moments; what an epoch under way
        // has is kept even if it is not to be ended now.
        let is_partial = checkpoint.partial.is_some();
        if is_partial || (done > self.phase().before && at.is_some()) {
            if let Some(misfit) = checkpoint.moment_misfit(&self.running.learner.coder.network) {
                return Err(wrong(misfit));
            }
            let moments = checkpoint.moments(&self.running.learner.coder.network, &device);
            let optimizer = &self.plan.config.optimizer;
            self.running.learner.optimizer =
                Optimizer::resumed(optimizer, checkpoint.step, moments);
        }
        self.history = checkpoint.history;
        self.partial = checkpoint.partial;
        // Without early stopping nobody keeps it up to date.
        self.best = checkpoint
            .best
            .filter(|_| self.plan.config.train.early_stopping.is_some());
        Ok(())
    }

    /// Saves what [`Training::resume`] needs: after an epoch, a pause or a stop.
    /// The file appears whole or not at all, in place of one that is there.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be written, [`Error::Model`] where a
    /// weight is not finite; what was there is then untouched.
    pub fn checkpoint(&self, path: &Path) -> Result<()> {
        Checkpoint {
            config: self.plan.config.clone(),
            step: self.running.learner.optimizer.step,
            history: self.history.clone(),
            partial: self.partial.clone(),
            best: self.best.clone(),
            weights: self.network().store(),
            data: self.fingerprint.clone(),
            columns: Some(columns_of(&self.data)),
        }
        .write(
            KIND,
            path,
            &self.running.learner.coder.network,
            &self.running.learner.optimizer.moments,
        )
    }

    /// The phase under way.
    fn phase(&self) -> &Phase {
        &self.phases[self.running.at]
    }

    /// Begins a phase on the whole network as it stands.
    fn begin(&mut self, at: usize) {
        self.running = Running::begin(
            at,
            &self.phases[at],
            &self.plan.config.optimizer,
            &self.whole,
            &self.data,
            self.cache_memory,
        );
    }

    /// The whole network as it stands.
    fn network(&self) -> Network {
        self.running.stacked(self.phase(), &self.whole)
    }

    /// Epochs done so far.
    pub fn epochs_done(&self) -> usize {
        self.history.len()
    }

    /// Whether the watcher asked to stop before training was over.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Whether the watcher asked to pause: [`Training::run_epoch`] goes on.
    pub fn is_paused(&self) -> bool {
        self.partial.is_some() && !self.is_over()
    }

    /// Steps done of the epoch that is under way; 0 between epochs.
    pub fn steps_done(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.steps)
    }

    /// Every epoch done so far.
    pub fn history(&self) -> &[Epoch] {
        &self.history
    }

    /// What is worth a word so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether the last epoch's error is so large that the training diverges,
    /// although every number is still finite.
    pub fn alarm(&self) -> Option<Warning> {
        let inputs = self.running.inputs.on(&self.data);
        let optimizer = &self.plan.config.optimizer;
        // A phase that is yet to begin has other inputs.
        let last = self.history.last()?;
        if last.phase != self.phase().layer() {
            return None;
        }
        blown_up::blown_up(last, &inputs, &self.split.train, optimizer)
    }

    /// Rows trained on and held out.
    pub fn split(&self) -> (usize, usize) {
        (self.split.train.len(), self.split.held_out.len())
    }

    /// The held-out rows as a table, or where there are none the training
    /// rows.
    pub fn held_out(&self) -> Table {
        self.data.table.select(self.measured_rows())
    }

    /// The training rows as a table; none where no rows are held out, and
    /// [`Training::held_out`] gives them.
    pub fn trained_on(&self) -> Option<Table> {
        let apart = !self.split.held_out.is_empty();
        apart.then(|| self.data.table.select(&self.split.train))
    }

    /// The fitted scaler.
    pub fn scaler(&self) -> &Scaler {
        &self.data.scaler
    }

    /// The network's shape, such as `784-300-150-300-784`.
    pub fn shape(&self) -> String {
        self.whole.shape()
    }

    /// Trained weights of the network.
    pub fn weights(&self) -> usize {
        self.whole.weights()
    }

    /// Returns the model as it stands: trained weights alone, those of the best
    /// epoch if early stopping keeps them. It is cheap, and training can go on.
    ///
    /// Such a model has no [`Model::pca`] and no [`Model::held_out_errors`],
    /// from which percentiles are taken; [`Training::finish`] adds both.
    pub fn model(&self) -> Model {
        let weights = match &self.best {
            Some(best) => best.weights.clone(),
            None => self.network().store(),
        };
        // The model runs on the CPU, wherever it was trained.
        let network = Network::from_stored(&self.plan.spec, &weights, &Device::flex())
            .expect("weights of this very network");
        Model {
            history: self.history.clone(),
            best_epoch: self.best.as_ref().map(|best| best.epoch),
            warnings: self.warnings.iter().map(ToString::to_string).collect(),
            classes: self.classes.names.clone(),
            ..Model::new(
                self.plan.config.clone(),
                self.data.scaler.clone(),
                self.plan.config.coder(network),
            )
        }
    }

    /// Ends the training: the model as it stands, with PCA of the same code
    /// size fitted on the training rows, the errors of held-out rows, and what
    /// an evaluation of them warns of.
    pub fn finish(self) -> Model {
        let mut model = self.model();
        model.pca = self.fit_pca();
        model
            .warnings
            .extend(self.advice(&model).iter().map(ToString::to_string));
        let rows = self.measured_rows();
        model.held_out_errors = held_out_errors(model.inference(), &self.data, rows);
        model
    }

    /// Fits PCA with the code's size on the training rows; `None` for rows of
    /// very many features.
    fn fit_pca(&self) -> Option<Pca> {
        let config = &self.plan.config;
        let seen = Binarised::measured(&self.data, config.binarising_seed());
        Pca::fit(&seen, &self.split.train, config.network.code)
    }

    /// Returns what the model's work on the held-out rows warns of.
    fn advice(&self, model: &Model) -> Vec<Warning> {
        let mut found = Vec::new();
        if !self.split.held_out.is_empty() {
            found = advice::advice(
                &self.plan,
                &model.coder,
                model.inference(),
                model.pca.as_ref(),
                &self.data,
                &self.split.held_out,
                &self.history,
            );
        }
        let is_useless = |w: &Warning| matches!(w, Warning::Useless { .. });
        // Early stopping's weights are older than what the alarm is about.
        if self.best.is_none() && !self.warnings.iter().chain(&found).any(is_useless) {
            found.extend(self.alarm());
        }
        found
    }

    /// Returns the rows that errors are taken from: those held out, or the
    /// training rows if none are.
    fn measured_rows(&self) -> &[usize] {
        match self.split.held_out.is_empty() {
            true => &self.split.train,
            false => &self.split.held_out,
        }
    }
}

#[cfg(test)]
mod layerwise_tests;
#[cfg(test)]
mod tests;

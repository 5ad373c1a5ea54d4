//! Trains an autoencoder: starts, resumes, saves and ends a training.

mod advice;
mod autoencoder;
mod batches;
pub(crate) mod best;
mod blown_up;
mod by_heart;
mod calibration;
pub(crate) mod checkpoint;
mod classes;
mod collapse;
pub(crate) mod diverged;
mod duplicates;
pub(crate) mod engine;
mod epoch;
mod from_model;
mod inputs;
mod layerwise;
mod members;
mod memory;
pub(crate) mod optimizer;
mod options;
pub(crate) mod partial_epoch;
mod phase;
mod range;
mod remedies;
mod split;
mod trim;
mod warm;

use std::path::Path;

use burn::tensor::Device;

use self::classes::Classes;
use crate::base::device::device;
use crate::base::error::{Error, Place, Result};
use crate::base::hint::Remedy;
use crate::base::warning::{Setting, Warning};
use crate::config::plan::Plan;
use crate::config::{Config, Kind, Missing, Reconstruction, ScoreBy};
use crate::data::binarised::Binarised;
use crate::data::scale::{self, Prepared, Scaler};
use crate::data::table::{Column, ColumnKind, Table, Values};
use crate::data::windows::check_window;
use crate::model::baseline::Pca;
use crate::model::calibrate::reference;
use crate::model::column_samples::ColumnSamples;
use crate::model::history::{self, Epoch};
use crate::model::reference::Reference;
use crate::model::simple::SimpleWays;
use crate::model::{Member, Model, digest};
use crate::network::Network;
use crate::objective::variant::Effect;
use crate::train::layerwise::first_network;
use crate::train::optimizer::Optimizer;
use advice::Ended;
use best::Best;
use calibration::take_calibration;
use checkpoint::{Checkpoint, KIND, columns_of, fingerprint};
use partial_epoch::PartialEpoch;
use phase::{Phase, Running};
use split::Split;
use warm::Warm;

pub use autoencoder::Autoencoder;
pub use options::TrainingOptions;

/// The number of held-out rows below which percentiles are rough.
const FEW_HELD_OUT: usize = 30;

/// A training that can be watched, that can be paused or stopped after any
/// step, and that can be saved there and resumed.
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
    /// The settings of the last step. A checkpoint's may differ from the plan's
    /// until a step is taken.
    trained: Config,
    data: Prepared<'a>,
    /// The digest of the rows, by which a checkpoint recognises them.
    fingerprint: String,
    split: Split,
    /// Rows that p is among in place of the held-out ones, if any.
    calibration: Vec<usize>,
    /// The class of every row of the table, if a variant takes labels.
    classes: Classes,
    phases: Vec<Phase>,
    running: Running,
    /// The megabytes (10⁶ bytes) for the outputs of trained layers.
    cache_memory: f64,
    /// The whole network as it was when the running phase began.
    whole: Network,
    history: Vec<Epoch>,
    /// The epoch after those in the history, if some of its steps are done.
    partial: Option<PartialEpoch>,
    best: Option<Best>,
    warnings: Vec<Warning>,
    interrupted: bool,
    options: TrainingOptions,
    /// The model that it started from.
    warm: Option<Warm>,
}

/// The state of a training after a step.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The epoch's number, counted from 1.
    pub epoch: usize,
    /// The number of epochs of the whole training.
    pub epochs: usize,
    /// The layer that is trained, counted from 1 from the outermost; `None` if
    /// the whole network is trained.
    pub phase: Option<usize>,
    /// The step's number within the epoch, counted from 1.
    pub step: usize,
    /// The number of steps of an epoch.
    pub steps: usize,
    /// The number of rows seen in this epoch so far.
    pub rows: usize,
    /// The learning rate of this step.
    pub rate: f64,
    /// The terms of this step's loss by name, without their total. A row's
    /// error is summed over features and averaged over the rows of the batch.
    pub loss: &'a [(&'static str, f64)],
}

/// The watcher's answer to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Continue.
    Continue,
    /// Pause after this step: `run_epoch` returns, so that the training can be
    /// saved and then continued. After an epoch's last step this has no effect,
    /// since the epoch ends there anyway.
    Pause,
    /// Stop after this step.
    Stop,
}

impl<'a> Training<'a> {
    /// Splits the rows, fits the scaler on the training rows and draws the
    /// initial weights.
    ///
    /// # Errors
    /// [`Error::Config`] if a setting is out of range, contradicts another, can
    /// have no effect or does not fit the rows; [`Error::Data`] if there are
    /// fewer than 2 rows, if they cannot be scaled, or if scaled values lie
    /// outside [0, 1] although the settings need them inside. After this,
    /// [`Training::run_epoch`] fails only if the training diverges.
    pub fn new(config: &Config, table: &'a Table) -> Result<Self> {
        Self::with_options(config, table, &TrainingOptions::default())
    }

    /// Does what [`Training::new`] does, with the device, the limit of memory
    /// and the held-out rows of `options`.
    ///
    /// # Errors
    /// As [`Training::new`]; [`Error::Usage`] if this build or this machine
    /// does not have the device, if the training takes more memory than the
    /// limit, or if the chosen held-out rows are not valid: a row that the
    /// table does not have, a row twice, all rows, none although early stopping
    /// needs some, or any beside `data.held_out`.
    pub fn with_options(
        config: &Config,
        table: &'a Table,
        options: &TrainingOptions,
    ) -> Result<Self> {
        Self::begin_from(config, table, options, None)
    }

    fn begin_from(
        config: &Config,
        table: &'a Table,
        options: &TrainingOptions,
        warm: Option<Warm>,
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
        let counts = config.data.kinds.values().any(|kind| *kind == Kind::Count);
        let config = &config.for_columns(counts || is_mixed(table));
        config.check()?;
        let config = &of_series(config, table)?;
        let chosen = options.held_out_rows.as_deref();
        let mut split = match &table.windows {
            Some(windows) => Split::of_windows(config, table, windows, chosen)?,
            None => Split::new(config, rows, chosen)?,
        };
        let same = options.calibration_rows.as_deref();
        let calibration = take_calibration(config, &mut split, same)?;
        let mut warnings = Vec::new();
        let data = match &warm {
            Some(warm) => warm.scaler.fit_to(table)?,
            None => scaled(config, table, &split, &mut warnings)?,
        };
        let mut plan = Plan::for_rows(config, &data.scaler)?;
        plan.spec.note_holes(&data, &split.train);
        let classes = Classes::new(table, &config.variants())?;
        range::check_range(
            &data,
            &split.train,
            config.network.output,
            config.loss.reconstruction,
            config.data.binarised,
            &mut warnings,
        )?;
        // What a series repeats is no copy.
        if table.windows.is_none() {
            warnings.extend(duplicates::duplicates(table, &split));
        }
        warnings.extend(plan.warnings());
        let chosen = chosen.is_some();
        if (1..FEW_HELD_OUT).contains(&split.held_out.len()) {
            // Twice as many rows leave as many to train on.
            let enough = rows >= 2 * FEW_HELD_OUT && !chosen;
            let try_one = enough.then(|| Setting::new("data.held_out", FEW_HELD_OUT));
            warnings.push(Warning::FewHeldOut {
                rows: split.held_out.len(),
                try_one: try_one.into_iter().collect(),
            });
        }
        keep_possible(&mut warnings, &plan, &data, split.train.len());
        let cache_memory = memory::cache(&plan, table, options.memory)?;
        let phases = phase::phases(&plan);
        let whole = match &warm {
            Some(warm) => warm.network(&plan, &options.device)?,
            None => first_network(&plan, &device),
        };
        let optimizer = &plan.config.optimizer;
        let running = Running::begin(0, &phases[0], optimizer, &whole, &data, cache_memory);
        Ok(Training {
            trained: plan.config.clone(),
            plan,
            fingerprint: fingerprint(&data, &classes.of, chosen.then_some(&split.held_out)),
            data,
            split,
            calibration,
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
            options: options.clone(),
            warm,
        })
    }

    /// Resumes from a checkpoint of the same training.
    ///
    /// The settings and the rows must be those of the checkpoint, except for
    /// `train.epochs`, `train.early_stopping`, `optimizer.rate`,
    /// `optimizer.clip`, `data.source`, `layerwise.fine_tune` and
    /// `layerwise.cache_memory`.
    ///
    /// # Errors
    /// [`Error::File`] if the checkpoint cannot be read; [`Error::Model`] if it
    /// is damaged, or has other settings or other rows.
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
        history::check(&checkpoint.history, self.plan.spec.depth).map_err(wrong)?;
        let partial = checkpoint.partial.as_ref();
        if let Some(misfit) = partial.and_then(PartialEpoch::misfit) {
            return Err(wrong(misfit));
        }
        if let Some(misfit) = checkpoint.best_misfit(&self.whole) {
            return Err(wrong(misfit));
        }
        let done = checkpoint.history.len();
        let at = self.phases.iter().position(|phase| done < phase.end());
        self.begin(at.unwrap_or(self.phases.len() - 1));
        // A phase's first step begins without moments. Those of an unfinished
        // epoch are kept even if it is not to be finished now.
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
        self.trained = checkpoint.config;
        let source = &self.plan.config.data.source;
        self.trained.data.source.clone_from(source);
        self.history = checkpoint.history;
        self.partial = checkpoint.partial;
        // Without early stopping, the best epoch would not be kept up to date.
        self.best = checkpoint
            .best
            .filter(|_| self.plan.config.train.early_stopping.is_some());
        Ok(())
    }

    /// Saves what [`Training::resume`] needs: after an epoch, a pause or a
    /// stop. The file replaces an existing one, and appears whole or not at
    /// all.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be written; [`Error::Model`] if a
    /// weight is not finite. An existing file is then left as it was.
    pub fn checkpoint(&self, path: &Path) -> Result<()> {
        Checkpoint {
            config: self.trained.clone(),
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

    /// Returns the phase that is running.
    fn phase(&self) -> &Phase {
        &self.phases[self.running.at]
    }

    /// Begins a phase on the whole network with its present weights.
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

    /// Returns the whole network with its present weights.
    fn network(&self) -> Network {
        self.running.stacked(self.phase(), &self.whole)
    }

    /// Returns the number of epochs done so far.
    pub fn epochs_done(&self) -> usize {
        self.history.len()
    }

    /// Returns whether the watcher has asked to stop before training was over.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Returns whether an epoch is unfinished, because the watcher asked to
    /// pause or because the checkpoint was saved there. [`Training::run_epoch`]
    /// then finishes the epoch.
    pub fn is_paused(&self) -> bool {
        self.partial.is_some() && !self.is_over()
    }

    /// Returns the number of steps done of an unfinished epoch; 0 between
    /// epochs.
    pub fn steps_done(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.steps)
    }

    /// Returns the record of every epoch done so far.
    pub fn history(&self) -> &[Epoch] {
        &self.history
    }

    /// Returns the warnings about the settings and the rows.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns a warning if the last epoch's error is so large that the
    /// training must be diverging, although every number is still finite;
    /// `None` if it is not.
    pub fn alarm(&self) -> Option<Warning> {
        let inputs = self.running.inputs.on(&self.data);
        let optimizer = &self.plan.config.optimizer;
        // A phase that has not begun yet has other inputs.
        let last = self.history.last()?;
        if last.phase != self.phase().layer() {
            return None;
        }
        blown_up::blown_up(last, &inputs, &self.split.train, optimizer)
    }

    /// Returns the number of training rows and the number of held-out rows.
    pub fn split(&self) -> (usize, usize) {
        (self.split.train.len(), self.split.held_out.len())
    }

    /// Returns the number of rows of `data.calibration`.
    pub fn calibration_rows(&self) -> usize {
        self.calibration.len()
    }

    /// Returns a table of the held-out rows, or of the training rows if no rows
    /// are held out.
    pub fn held_out(&self) -> Table {
        self.data.table.select(self.measured_rows())
    }

    /// Returns a table of the training rows; `None` if no rows are held out,
    /// since [`Training::held_out`] then returns them.
    pub fn trained_on(&self) -> Option<Table> {
        let apart = !self.split.held_out.is_empty();
        apart.then(|| self.data.table.select(&self.split.train))
    }

    /// Returns the settings, with what the rows have decided of those that were
    /// left open.
    pub fn config(&self) -> &Config {
        &self.plan.config
    }

    /// Returns the fitted scaler.
    pub fn scaler(&self) -> &Scaler {
        &self.data.scaler
    }

    /// Returns the network's shape as text, such as `784-300-150-300-784`.
    pub fn shape(&self) -> String {
        self.whole.shape()
    }

    /// Returns the number of trained weights, biases included.
    pub fn weights(&self) -> usize {
        self.whole.weights()
    }

    /// Returns the model with its present weights, or with those of the best
    /// epoch if early stopping keeps them. This is cheap, and training can
    /// continue.
    ///
    /// Such a model has no [`Model::pca`] and no [`Model::held_out_errors`],
    /// from which percentiles are taken. [`Training::finish`] adds both.
    pub fn model(&self) -> Model {
        let weights = match &self.best {
            Some(best) => best.weights.clone(),
            None => self.network().store(),
        };
        // The model runs on the CPU, wherever it was trained.
        let spec = self.plan.spec.clone().without_holes();
        let network = Network::from_stored(&spec, &weights, &Device::flex())
            .expect("weights of this very network");
        Model {
            history: self.history.clone(),
            best_epoch: self.best.as_ref().map(|best| best.epoch),
            warnings: self.warnings.iter().map(ToString::to_string).collect(),
            classes: self.classes.names.clone(),
            ..Model::new(
                self.alone(),
                self.data.scaler.clone(),
                self.plan.config.coder(network),
            )
        }
    }

    /// Returns the settings of the model's own network, until others join.
    fn alone(&self) -> Config {
        let mut config = self.trained.clone();
        (config.seeds, config.data.cross_fit) = (1, false);
        config
    }

    /// Ends the training. Returns [`Training::model`] together with PCA of the
    /// same code size, fitted on the training rows, with the errors of the
    /// held-out rows, and with the warnings that these give.
    ///
    /// The model has one network: those that `seeds` asks for besides are trained by
    /// [`Training::members`], and joined by [`Training::finish_with`].
    pub fn finish(self) -> Model {
        self.end(Vec::new()).0
    }

    /// Returns the model of [`Training::finish_with`], and the warnings that it
    /// gives.
    fn end(self, mut members: Vec<Member>) -> (Model, Vec<Warning>) {
        let mut model = self.model();
        model.pca = self.fit_pca();
        let advice = self.advice(&model);
        model
            .warnings
            .extend(advice.iter().map(ToString::to_string));
        let kinds: Vec<_> = advice.iter().map(std::mem::discriminant).collect();
        for (member, number) in members.iter_mut().zip(2..) {
            let warnings = member.take_warnings().into_iter();
            // What is true of the first network, too, is said once.
            let own = warnings.filter(|own| !kinds.contains(&std::mem::discriminant(own)));
            let own = own.map(|own| format!("network {number}: {own}"));
            model.warnings.extend(own);
        }
        let rows = self.measured_rows();
        model.rows = Some(digest(&self.data));
        model.column_samples = ColumnSamples::of_training(&self.data, &self.split.train);
        if self.data.scaler.heads.is_some() {
            model.fit_residuals(&self.data, rows);
        }
        model.spread = model.fit_spread(&self.data, rows, &self.split.train);
        self.fit_scores(&mut model);
        if self.plan.config.score.by != ScoreBy::Error {
            let (train, held_out) = (&self.split.train, &self.split.held_out);
            model.simple = SimpleWays::fit(&self.data, train, held_out);
            model.within = model.fit_within(&self.data, rows);
        }
        if !members.is_empty() {
            model.join(members);
            model.config.data.cross_fit = self.plan.config.data.cross_fit;
            model.reference = match self.plan.config.data.cross_fit {
                true => model.pooled(),
                false => self.reference(&model),
            };
        }
        (model, advice)
    }

    /// Fits what a model's scores are measured by and ranked among.
    fn fit_scores(&self, model: &mut Model) {
        model.fit_measure(&self.data, &self.split.train);
        model.reference = self.reference(model);
    }

    fn reference(&self, model: &Model) -> Reference {
        let config = &self.plan.config;
        let rows = match self.calibration.is_empty() {
            true => self.measured_rows(),
            false => &self.calibration,
        };
        reference(&model.scorer(), &self.data, rows, &config.data, config.seed)
    }

    /// Fits PCA with the code's size on the training rows. Returns `None` if
    /// rows have more than 4,096 features.
    fn fit_pca(&self) -> Option<Pca> {
        let config = &self.plan.config;
        let seen = Binarised::measured(&self.data, config.binarising_seed());
        Pca::fit(&seen, &self.split.train, config.network.code)
    }

    /// Returns the warnings that the model's results on the held-out rows give.
    fn advice(&self, model: &Model) -> Vec<Warning> {
        let mut found = Vec::new();
        if !self.split.held_out.is_empty() {
            let ended = Ended {
                plan: &self.plan,
                coder: &model.coder,
                inference: model.inference(),
                pca: model.pca.as_ref(),
                data: &self.data,
                rows: &self.split.held_out,
                history: &self.history,
            };
            found = ended.advice();
        }
        let is_useless = |w: &Warning| matches!(w, Warning::Useless { .. });
        // The weights that early stopping keeps are older than those that the
        // alarm is about.
        if self.best.is_none() && !self.warnings.iter().chain(&found).any(is_useless) {
            found.extend(self.alarm());
        }
        keep_possible(&mut found, &self.plan, &self.data, self.split.train.len());
        found
    }

    /// Returns the rows whose errors are measured: the held-out rows, or the
    /// training rows if no rows are held out.
    fn measured_rows(&self) -> &[usize] {
        match self.split.held_out.is_empty() {
            true => &self.split.train,
            false => &self.split.held_out,
        }
    }
}

/// Fits the scaler to the training rows.
fn scaled<'a>(
    config: &Config,
    table: &'a Table,
    split: &Split,
    warnings: &mut Vec<Warning>,
) -> Result<Prepared<'a>> {
    let by_columns = config.loss.reconstruction == Reconstruction::Columns;
    let network = scale::Network {
        output: config.network.output,
        images: config.convolutional.is_some(),
        by_columns,
    };
    // Networks that leave out other rows each see columns scaled alike.
    let all: Vec<usize> = (0..table.rows()).collect();
    let rows = match config.data.cross_fit {
        true => &all,
        false => &split.train,
    };
    let scaler = Scaler::fit(table, rows, &config.data, network, warnings)?;
    let mut data = scaler.fit_to(table)?;
    if by_columns {
        data.fit_heads(&split.train);
    }
    data.scaler.told = told(config, &data);
    Ok(data)
}

/// Returns the settings with what the rows of a series have shown, for new rows.
///
/// # Errors
/// [`Error::Data`] if the rows are not the windows that the settings ask for.
fn of_series(config: &Config, table: &Table) -> Result<Config> {
    check_window(&config.data, table)?;
    let mut config = config.clone();
    if let Some(windows) = table
        .windows
        .as_ref()
        .filter(|_| config.data.time.is_some())
    {
        let data = &mut config.data;
        data.time_format = data.time_format.take().or(windows.time_format.clone());
        data.gap = data.gap.or(Some(windows.gap));
    }
    Ok(config)
}

/// Returns whether a table has columns that are no numbers, or missing cells.
fn is_mixed(table: &Table) -> bool {
    let is_number = |column: &Column| column.kind == ColumnKind::Number;
    let has_holes = || match &table.values {
        Values::Floats(values) => values.iter().any(|value| value.is_nan()),
        Values::Bytes(_) => false,
    };
    !table.columns.iter().all(is_number) || has_holes()
}

/// Returns the features of which the encoder is told whether they are known.
fn told(config: &Config, data: &Prepared) -> Vec<usize> {
    let dense = config.convolutional.is_none() && config.layerwise.is_none();
    let plain = data.scaler.image.is_none() && !config.network.tied;
    if config.data.missing != Missing::Mask || !dense || !plain {
        return Vec::new();
    }
    match config.has_effect(Effect::HidesCells) {
        true => data.scaler.numbers(),
        false => {
            let rows: Vec<usize> = (0..data.rows()).collect();
            data.numbers_with_holes(&rows)
        }
    }
}

/// Leaves out of warnings the settings to try that are refused beside the
/// others, or that `rows` rows are too few for.
fn keep_possible(warnings: &mut [Warning], plan: &Plan, data: &Prepared, rows: usize) {
    let possible = |setting: &Setting| {
        let changed = plan.config.with(setting);
        let image = data.scaler.image;
        changed.is_some_and(|changed| {
            changed.train.batch <= rows && changed.check_for(plan.features, image).is_ok()
        })
    };
    for warning in warnings {
        warning.keep_settings(possible);
    }
}

#[cfg(test)]
mod layerwise_tests;
#[cfg(test)]
mod tests;

//! The training loop.

mod advice;
mod batches;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use burn::tensor::Tensor;

use crate::baseline::Pca;
use crate::checkpoint::Checkpoint;
use crate::config::{Activation, Config, Reconstruction};
use crate::device::{device, matrix, scalar};
use crate::error::{Error, Place, Result};
use crate::evaluate::evaluate;
use crate::history::{Epoch, HeldOut, TimedEpoch};
use crate::loss;
use crate::model::Model;
use crate::network::{Network, Pass, Stored, TrainPass};
use crate::optimizer::{Optimizer, bound_norms, rate_at};
use crate::plan::Plan;
use crate::random::{Draws, Stream};
use crate::scale::{Prepared, Scaler};
use crate::table::Table;
use crate::warning::Warning;
use batches::batches;

/// Fewer held-out rows give rough percentiles.
const FEW_HELD_OUT: usize = 30;

/// A training that can be watched, stopped after any step, saved after any
/// epoch and gone on with.
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
    train_rows: Vec<usize>,
    held_out_rows: Vec<usize>,
    network: Network,
    optimizer: Optimizer,
    history: Vec<Epoch>,
    best: Option<Best>,
    warnings: Vec<Warning>,
    interrupted: bool,
}

/// The weights with the lowest held-out error so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Best {
    pub epoch: usize,
    pub error: f64,
    pub weights: Vec<Stored>,
}

/// What is told after every step.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// Counted from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Counted from 1 within the epoch.
    pub step: usize,
    /// Steps an epoch.
    pub steps: usize,
    /// Rows seen in this epoch.
    pub rows: usize,
    /// The terms of this step's loss, by name, without their total.
    pub loss: &'a [(&'static str, f64)],
}

/// The watcher's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
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
        Self::on(config, table, "cpu")
    }

    /// The same on a device by name.
    ///
    /// # Errors
    /// As [`Training::new`]; [`Error::Usage`] for an unknown device.
    pub fn on(config: &Config, table: &'a Table, device_name: &str) -> Result<Self> {
        config.check()?;
        let device = device(device_name)?;
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
        let held_out = Plan::held_out(config, rows)?;
        let mut order = Draws::new(config.seed, Stream::Split, 0, 0).permutation(rows);
        let mut train_rows = order.split_off(held_out);
        let mut held_out_rows = order;
        // In the table's order, for reading memory in order.
        train_rows.sort_unstable();
        held_out_rows.sort_unstable();

        let mut warnings = Vec::new();
        let scaler = Scaler::fit(table, &train_rows, config, &mut warnings)?;
        let data = scaler.fit_to(table)?;
        let plan = Plan::new(config, data.features())?;
        check_range(&data, config, &mut warnings)?;
        warnings.extend(plan.warnings());
        if (1..FEW_HELD_OUT).contains(&held_out) {
            warnings.push(Warning::FewHeldOut { rows: held_out });
        }
        let network = Network::new::<f32>(&plan, &device).tracked();
        let optimizer = Optimizer::new(&config.optimizer, network.parameters.len());
        Ok(Training {
            plan,
            data,
            train_rows,
            held_out_rows,
            network,
            optimizer,
            history: Vec::new(),
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
        let checkpoint = Checkpoint::read(path)?;
        checkpoint.check_same(path, &self.plan.config, &self.data)?;
        let device = self.network.device().clone().without_autodiff();
        let wrong = |missing| {
            Error::model(
                path.display(),
                missing,
                "a whole checkpoint",
                "train again without --resume",
            )
        };
        self.network = Network::from_stored(&self.plan, &checkpoint.weights, &device)
            .map_err(wrong)?
            .tracked();
        let moments = checkpoint.moments(&self.network, &device);
        self.optimizer = Optimizer::resumed(&self.plan.config.optimizer, checkpoint.step, moments);
        self.history = checkpoint.history;
        self.best = checkpoint.best;
        Ok(())
    }

    /// Saves what [`Training::resume`] needs; to be called between epochs.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be written.
    pub fn checkpoint(&self, path: &Path) -> Result<()> {
        Checkpoint {
            config: self.plan.config.clone(),
            step: self.optimizer.step,
            history: self.history.clone(),
            best: self.best.clone(),
            weights: self.network.store(),
        }
        .write(path, &self.network, &self.optimizer.moments, &self.data)
    }

    /// Epochs done so far.
    pub fn epochs_done(&self) -> usize {
        self.history.len()
    }

    /// Every epoch done so far.
    pub fn history(&self) -> &[Epoch] {
        &self.history
    }

    /// What is worth a word so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Rows trained on and held out.
    pub fn split(&self) -> (usize, usize) {
        (self.train_rows.len(), self.held_out_rows.len())
    }

    /// The held-out rows as a table, or where there are none the training
    /// rows.
    pub fn held_out(&self) -> Table {
        let rows = if self.held_out_rows.is_empty() {
            &self.train_rows
        } else {
            &self.held_out_rows
        };
        self.data.table.select(rows)
    }

    /// The fitted scaler.
    pub fn scaler(&self) -> &Scaler {
        &self.data.scaler
    }

    /// Trained weights of the network.
    pub fn weights(&self) -> usize {
        self.network.weights()
    }

    /// Runs one epoch; `None` once training is over: all epochs are done,
    /// early stopping has struck, or `watch` has asked to stop.
    ///
    /// # Errors
    /// [`Error::Diverged`] as soon as a term of the loss is not finite.
    pub fn run_epoch(
        &mut self,
        watch: &mut dyn FnMut(&Step) -> Control,
    ) -> Result<Option<TimedEpoch>> {
        if self.is_over() {
            return Ok(None);
        }
        let started = Instant::now();
        let epoch = self.history.len() + 1;
        let order = Draws::new(self.plan.config.seed, Stream::Shuffle, epoch as u64, 0)
            .permutation(self.train_rows.len());
        let batches = batches(&order, &self.plan.config);
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        let mut seen = 0;
        let mut rate = 0.0;
        for (at, batch) in batches.iter().enumerate() {
            let rows: Vec<usize> = batch.iter().map(|&place| self.train_rows[place]).collect();
            rate = rate_at(
                &self.plan.config.optimizer,
                self.optimizer.step,
                batches.len() as u64,
                self.plan.config.train.epochs,
            );
            let terms = self.step(epoch, &rows, rate);
            seen += rows.len();
            for (name, value) in &terms {
                if !value.is_finite() {
                    return Err(diverged(name, *value, epoch, at + 1));
                }
                *sums.entry(name.to_string()).or_default() += value * rows.len() as f64;
            }
            let told = Step {
                epoch,
                epochs: self.plan.config.train.epochs,
                step: at + 1,
                steps: batches.len(),
                rows: seen,
                loss: &terms,
            };
            if watch(&told) == Control::Stop {
                self.interrupted = true;
                return Ok(None);
            }
        }
        let training_seconds = started.elapsed().as_secs_f64();
        sums.values_mut().for_each(|sum| *sum /= seen as f64);
        sums.insert("total".into(), sums.values().sum());
        let held_out = self.measure();
        self.keep_best(epoch, &held_out);
        let record = Epoch {
            epoch,
            rate,
            loss: sums,
            held_out,
        };
        self.history.push(record.clone());
        Ok(Some(TimedEpoch {
            epoch: record,
            seconds: started.elapsed().as_secs_f64(),
            rows_per_second: seen as f64 / training_seconds,
        }))
    }

    /// Forward, backward, one move of the weights; the terms of the loss
    /// before the move.
    fn step(&mut self, epoch: usize, rows: &[usize], rate: f64) -> Vec<(&'static str, f64)> {
        let config = &self.plan.config;
        let input = matrix(
            self.data.gather(rows),
            [rows.len(), self.plan.features],
            self.network.device(),
        );
        let mut pass = Pass::Train(TrainPass {
            seed: config.seed,
            epoch: epoch as u64,
            rows,
            observed: Vec::new(),
        });
        let code = self.network.encode(input.clone(), &mut pass);
        let sums = self.network.decode_sums(code, &mut pass);
        let terms = loss::terms(&config.loss, &self.network, sums, input);
        let values = terms
            .iter()
            .map(|(name, value)| (*name, scalar(value.clone())))
            .collect();

        let mut gradients = loss::total(&terms).backward();
        drop(terms);
        let gradients: Vec<Option<Tensor<2>>> = self
            .network
            .parameters
            .iter()
            .map(|p| p.value.grad_remove(&mut gradients))
            .collect();
        self.optimizer.step(&mut self.network, gradients, rate);
        if let Some(bound) = config.network.max_norm {
            bound_norms(&mut self.network, bound);
        }
        if let Pass::Train(train) = pass {
            self.network.absorb(train.observed);
        }
        values
    }

    fn is_over(&self) -> bool {
        let done = self.history.len();
        let patience = self.plan.config.train.early_stopping;
        let stale = patience
            .zip(self.best.as_ref())
            .is_some_and(|(patience, best)| done >= best.epoch + patience);
        self.interrupted || stale || done >= self.plan.config.train.epochs
    }

    fn measure(&self) -> Option<HeldOut> {
        if self.held_out_rows.is_empty() {
            return None;
        }
        let network = self.network.untracked();
        let output = self.plan.config.network.output;
        let found = evaluate(
            &network,
            output,
            None,
            &self.data,
            &self.held_out_rows,
            &|_| {},
        );
        let reconstruction = match self.plan.config.loss.reconstruction {
            Reconstruction::Mse => found.scaled.error_per_row,
            _ => loss::over_rows(
                &self.plan.config.loss,
                &network,
                &self.data,
                &self.held_out_rows,
            ),
        };
        Some(HeldOut {
            mse: found.scaled.mse,
            error_per_row: found.scaled.error_per_row,
            reconstruction,
        })
    }

    fn keep_best(&mut self, epoch: usize, held_out: &Option<HeldOut>) {
        let Some(error) = held_out.as_ref().map(|h| h.reconstruction) else {
            return;
        };
        if self.plan.config.train.early_stopping.is_some()
            && self.best.as_ref().is_none_or(|best| error < best.error)
        {
            self.best = Some(Best {
                epoch,
                error,
                weights: self.network.store(),
            });
        }
    }

    /// The model as it stands, with the best weights where early stopping
    /// kept them; fits PCA beside it.
    pub fn finish(self) -> Model {
        let plan = self.plan;
        let mut network = self.network.untracked();
        if let Some(best) = &self.best {
            network = Network::from_stored(&plan, &best.weights, network.device())
                .expect("weights of this very network");
        }
        let rows = if self.held_out_rows.is_empty() {
            &self.train_rows
        } else {
            &self.held_out_rows
        };
        let pca = Pca::fit(&self.data, &self.train_rows, plan.config.network.code);
        let mut warnings = self.warnings;
        if !self.held_out_rows.is_empty() {
            warnings.extend(advice::advice(
                &plan,
                &network,
                pca.as_ref(),
                &self.data,
                rows,
                &self.history,
            ));
        }
        let errors = crate::score::held_out_errors(&network, &self.data, rows);
        Model {
            config: plan.config,
            scaler: self.data.scaler,
            history: self.history,
            best_epoch: self.best.map(|best| best.epoch),
            warnings: warnings.iter().map(ToString::to_string).collect(),
            held_out_errors: errors,
            pca,
            network,
            watch: Default::default(),
        }
    }
}

/// Cross-entropy needs inputs in [0, 1]; a sigmoid output cannot leave it.
fn check_range(data: &Prepared, config: &Config, warnings: &mut Vec<Warning>) -> Result<()> {
    if config.network.output != Activation::Sigmoid {
        return Ok(());
    }
    let mut range = (f32::INFINITY, f32::NEG_INFINITY);
    for row in 0..data.rows() {
        for (feature, value) in data.range(row, row + 1).into_iter().enumerate() {
            // Scaling may miss the ends of the range by a rounding.
            let outside = !(-1e-5..=1.0 + 1e-5).contains(&value);
            if outside && config.loss.reconstruction == Reconstruction::Bce {
                return Err(Error::data(
                    &data.table.origin,
                    Place::Cell(row + 1, data.scaler.feature_names()[feature].clone()),
                    format!("{value} after scaling"),
                    "values in [0, 1], which loss.reconstruction = \"bce\" needs",
                    "set data.scale = \"min_max\" with data.held_out = 0, or loss.reconstruction = \"mse\"",
                ));
            }
            range = (range.0.min(value), range.1.max(value));
        }
    }
    if range.0 < -0.05 || range.1 > 1.05 {
        warnings.push(Warning::OutOfReach { range });
    }
    Ok(())
}

fn diverged(term: &str, value: f64, epoch: usize, step: usize) -> Error {
    Error::Diverged {
        term: term.into(),
        value,
        epoch,
        step,
        hint: "lower optimizer.rate, or set optimizer.clip".into(),
    }
}

#[cfg(test)]
mod tests;

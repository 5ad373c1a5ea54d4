//! Runs one epoch of an autoencoder: the steps, then the held-out rows.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use super::best::Best;
use super::diverged::diverged;
use super::engine::{A_WEIGHT, EpochEnd, EpochRun, NotFinite, Objective};
use super::{Control, Step, Training};
use crate::base::error::{Error, Result};
use crate::config::{LossConfig, Reconstruction};
use crate::data::binarised::Binarised;
use crate::data::source::Source;
use crate::model::evaluate::scaled_errors;
use crate::model::history::{Epoch, HeldOut, TimedEpoch};
use crate::network::{Parameter, Pass};
use crate::objective::inference::Inference;
use crate::objective::loss;
use crate::objective::terms::Terms;
use crate::objective::variant::Coder;

/// An autoencoder's loss over the rows that it is trained on.
struct Reconstructing<'a> {
    loss: &'a LossConfig,
    binarising_seed: Option<u64>,
    inputs: &'a dyn Source,
    labels: &'a [Option<usize>],
}

impl Objective for Reconstructing<'_> {
    fn loss(&self, coder: &Coder, pass: &mut Pass) -> Terms {
        let address = pass.address().expect("a training pass has draws");
        let rows = Binarised::in_training(self.inputs, self.binarising_seed, address.epoch);
        let rows = loss::batch(coder, &rows, address.rows);
        loss::row_terms(self.loss, coder, rows, pass)
    }

    fn labels(&self) -> &[Option<usize>] {
        self.labels
    }

    fn moves(&self, _: &Parameter) -> bool {
        true
    }
}

impl Training<'_> {
    /// Runs one epoch, or the rest of an unfinished one. Returns `None` once
    /// training is over (all epochs are done, early stopping has ended it, or
    /// `watch` has asked to stop), and if `watch` has asked to pause;
    /// [`Training::is_paused`] is then true.
    ///
    /// # Errors
    /// [`Error::Diverged`](crate::Error::Diverged) as soon as a term of the
    /// loss is not finite, or if a weight is not finite after an epoch or at a
    /// stop or pause, or a held-out error after an epoch. A checkpoint that was
    /// saved before can still be resumed.
    pub fn run_epoch(
        &mut self,
        watch: &mut dyn FnMut(&Step) -> Control,
    ) -> Result<Option<TimedEpoch>> {
        if self.is_over() {
            return Ok(None);
        }
        self.trained.clone_from(&self.plan.config);
        let started = Instant::now();
        let epoch = self.history.len() + 1;
        if epoch > self.phase().end() {
            self.whole = self.network();
            self.begin(self.running.at + 1);
        }
        let mut partial = self.partial.take().unwrap_or_default();
        if partial.steps == 0 {
            partial.left_out = self.trimmed();
        }
        let rows = self.without(&partial.left_out);
        let phase = &self.phases[self.running.at];
        let (layer, within) = (phase.layer(), epoch - phase.before);
        let config = &self.plan.config;
        let run = EpochRun {
            number: epoch,
            of: config.epochs(),
            phase: layer,
            seed: config.seed,
            draws: (phase.draws_from + within) as u64,
            done: within - 1,
            epochs: phase.epochs,
            progress: if layer.is_some() { within } else { epoch } - 1,
            rows: &rows,
            batch: config.train.batch,
            batch_norm: config.network.batch_norm,
            optimizer: &config.optimizer,
            penalty: loss::penalty(&phase.loss),
            max_norm: config.network.max_norm,
        };
        let objective = Reconstructing {
            loss: &phase.loss,
            binarising_seed: config.binarising_seed(),
            inputs: &self.running.inputs.on(&self.data),
            labels: &self.classes.of,
        };
        let learner = &mut self.running.learner;
        let ended = run.run(learner, &objective, &mut partial, watch);
        let ended = ended.map_err(|at| self.diverged(&at, epoch))?;
        let (epochs, steps) = (run.epochs, run.steps());
        partial.spent(started);
        if ended != EpochEnd::Whole {
            self.partial = Some(partial);
            self.interrupted = ended == EpochEnd::Stopped;
            return Ok(None);
        }
        let (seconds, timed_rows) = partial.timed;
        let stepped = Instant::now();
        let held_out = self.measure();
        let last_layer = layer == Some(self.plan.spec.depth) && within == epochs;
        let stacked = if last_layer {
            self.measure_stacked()
        } else {
            None
        };
        let measured = [&held_out, &stacked];
        if let Some((term, value)) = self.not_finite(measured.into_iter().flatten()) {
            let at = NotFinite {
                term,
                value,
                step: steps,
            };
            return Err(self.diverged(&at, epoch));
        }
        if layer.is_none() {
            self.keep_best(epoch, &held_out);
        }
        let record = Epoch {
            epoch,
            phase: layer,
            rate: partial.rate,
            gradient_norm: partial.gradient_norm,
            loss: partial.loss(),
            held_out,
            stacked,
        };
        self.history.push(record.clone());
        Ok(Some(TimedEpoch {
            epoch: record,
            seconds: seconds + stepped.elapsed().as_secs_f64(),
            rows_per_second: timed_rows as f64 / seconds,
        }))
    }

    /// Returns the training rows without some.
    fn without(&self, left_out: &[usize]) -> Vec<usize> {
        let left_out: HashSet<usize> = left_out.iter().copied().collect();
        let rows = self.split.train.iter().copied();
        rows.filter(|row| !left_out.contains(row)).collect()
    }

    /// Returns the error of a number that is no longer finite.
    fn diverged(&self, at: &NotFinite, epoch: usize) -> Error {
        let config = &self.plan.config;
        diverged(config.data.scale, &config.optimizer, at, epoch)
    }

    /// Returns the first weight or held-out error that is not finite: no later
    /// step sees the last update of an epoch.
    fn not_finite<'m>(
        &self,
        measured: impl Iterator<Item = &'m HeldOut>,
    ) -> Option<(&'static str, f64)> {
        if let Some(weight) = self.running.learner.not_finite() {
            return Some((A_WEIGHT, weight));
        }
        measured
            .flat_map(|held_out| {
                [
                    ("the held-out error", held_out.error_per_row),
                    ("the held-out loss", held_out.loss()),
                ]
            })
            .find(|(_, value)| !value.is_finite())
    }

    /// Returns whether nothing is left to train: all epochs are done, early
    /// stopping has ended the training, or the watcher has asked to stop.
    pub fn is_over(&self) -> bool {
        let done = self.history.len();
        let patience = self.plan.config.train.early_stopping;
        let stale = self
            .best
            .as_ref()
            .is_some_and(|b| b.is_stale(done, patience));
        self.interrupted || stale || done >= self.plan.config.epochs()
    }

    /// Measures the phase's own network on the held-out rows.
    fn measure(&self) -> Option<HeldOut> {
        let coder = self.running.learner.coder.untracked();
        let inputs = self.running.inputs.on(&self.data);
        self.measured(&self.phase().loss, &coder, &inputs)
    }

    /// Measures the whole network on the held-out rows.
    fn measure_stacked(&self) -> Option<HeldOut> {
        let coder = self.plan.config.coder(self.network());
        self.measured(&self.plan.config.loss, &coder, &self.data)
    }

    fn keep_best(&mut self, epoch: usize, held_out: &Option<HeldOut>) {
        let patience = self.plan.config.train.early_stopping;
        if let (Some(_), Some(held_out)) = (patience, held_out) {
            let network = &self.running.learner.coder.network;
            Best::keep(&mut self.best, epoch, held_out.loss(), network);
        }
    }

    /// Measures a network on the held-out rows; `None` if there are none.
    fn measured(&self, loss: &LossConfig, coder: &Coder, data: &dyn Source) -> Option<HeldOut> {
        let (config, rows) = (&self.plan.config, &self.split.held_out);
        if rows.is_empty() {
            return None;
        }
        let data = &Binarised::measured(data, config.binarising_seed());
        let found = scaled_errors(&Inference::new(coder), data, rows);
        let plain = coder.variants.is_empty();
        let mut terms = BTreeMap::new();
        let reconstruction = match loss.reconstruction {
            Reconstruction::Mse if plain => found.error_per_row,
            _ => {
                let (seed, batch) = (config.seed, config.train.batch);
                terms = loss::over_rows(loss, seed, batch, coder, data, rows);
                terms.remove("reconstruction").unwrap_or(f64::NAN)
            }
        };
        Some(HeldOut {
            mse: found.mse,
            error_per_row: found.error_per_row,
            reconstruction,
            terms,
        })
    }
}

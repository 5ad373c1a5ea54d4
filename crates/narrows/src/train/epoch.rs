//! One epoch: the steps, then the held-out rows.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::tensor::Tensor;

use super::batches::batches;
use super::{Best, Control, Step, Training};
use crate::config::Reconstruction;
use crate::device::{matrix, scalar};
use crate::error::{Error, Result};
use crate::evaluate::evaluate;
use crate::history::{Epoch, HeldOut, TimedEpoch};
use crate::loss;
use crate::network::{Pass, TrainPass};
use crate::optimizer::{bound_norms, rate_at};
use crate::random::{Address, Draws, Stream};

impl Training<'_> {
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
            let progress = (epoch - 1) as f64 + at as f64 / batches.len() as f64;
            let terms = self.step(epoch, progress, &rows, rate);
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
        if let Some((term, value)) = self.not_finite(&held_out) {
            return Err(diverged(term, value, epoch, batches.len()));
        }
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

    /// The first of the weights and held-out errors that is not finite: the
    /// last move of an epoch is seen by no later step.
    fn not_finite(&self, held_out: &Option<HeldOut>) -> Option<(&'static str, f64)> {
        let weights = self.network.store();
        let mut weights = weights.iter().flat_map(|stored| &stored.values);
        if let Some(&weight) = weights.find(|weight| !weight.is_finite()) {
            return Some(("a weight", weight.into()));
        }
        let held_out = held_out.as_ref()?;
        [
            ("the held-out error", held_out.error_per_row),
            ("the held-out loss", held_out.loss()),
        ]
        .into_iter()
        .find(|(_, value)| !value.is_finite())
    }

    /// Forward, backward, one move of the weights; the terms of the loss
    /// before the move.
    fn step(
        &mut self,
        epoch: usize,
        progress: f64,
        rows: &[usize],
        rate: f64,
    ) -> Vec<(&'static str, f64)> {
        let config = &self.plan.config;
        let input = matrix(
            self.data.gather(rows),
            [rows.len(), self.plan.features],
            self.network.device(),
        );
        let mut pass = Pass::Train(TrainPass {
            address: Address {
                seed: config.seed,
                epoch: epoch as u64,
                rows,
                turn: 0,
            },
            progress,
            labels: &self.labels,
            observed: Vec::new(),
        });
        let terms = loss::terms(&config.loss, &self.network, input, &mut pass);
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
        let config = &self.plan.config;
        let plain = network.variants().is_empty();
        let mut terms = BTreeMap::new();
        let reconstruction = match config.loss.reconstruction {
            Reconstruction::Mse if plain => found.scaled.error_per_row,
            _ => {
                terms = loss::over_rows(config, &network, &self.data, &self.held_out_rows);
                terms.remove("reconstruction").unwrap_or(f64::NAN)
            }
        };
        Some(HeldOut {
            mse: found.scaled.mse,
            error_per_row: found.scaled.error_per_row,
            reconstruction,
            terms,
        })
    }

    fn keep_best(&mut self, epoch: usize, held_out: &Option<HeldOut>) {
        let Some(error) = held_out.as_ref().map(HeldOut::loss) else {
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

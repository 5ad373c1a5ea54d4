//! One epoch: the steps, then the held-out rows.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::tensor::Tensor;

use super::batches::batches;
use super::diverged::diverged;
use super::stage::Running;
use super::{Best, Control, Step, Training};
use crate::base::device::{matrix, scalar};
use crate::base::error::{Error, Result};
use crate::base::random::{Address, Draws, Stream};
use crate::config::{Config, Reconstruction};
use crate::data::binarised::Binarised;
use crate::data::source::Source;
use crate::model::evaluate::scaled_errors;
use crate::model::history::{Epoch, HeldOut, TimedEpoch};
use crate::network::{Pass, TrainPass};
use crate::objective::inference::Inference;
use crate::objective::loss;
use crate::objective::terms::total;
use crate::objective::variant::Coder;
use crate::train::optimizer::{bound_norms, norm, rate_at};

impl Training<'_> {
    /// Runs one epoch, or the rest of one that was paused; `None` once training
    /// is over (all epochs are done, early stopping has struck, or `watch` has
    /// asked to stop), and where `watch` has asked to pause: then
    /// [`Training::is_paused`].
    ///
    /// # Errors
    /// [`Error::Diverged`] as soon as a term of the loss or, after an epoch and
    /// at a stop or pause, a weight is not finite. What was saved before stays
    /// good to go on from.
    pub fn run_epoch(
        &mut self,
        watch: &mut dyn FnMut(&Step) -> Control,
    ) -> Result<Option<TimedEpoch>> {
        if self.is_over() {
            return Ok(None);
        }
        let started = Instant::now();
        let epoch = self.history.len() + 1;
        if epoch > self.stage().end() {
            self.whole = self.network();
            self.begin(self.running.at + 1);
        }
        let stage = self.stage();
        let (phase, within) = (stage.phase(), epoch - stage.before);
        let (seed, epochs) = (self.plan.config.seed, stage.plan().config.train.epochs);
        let draws = (stage.draws_from + within) as u64;
        let order = Draws::new(seed, Stream::Shuffle, draws, 0).permutation(self.train_rows.len());
        let batches = batches(&order, &self.plan.config);
        let mut under_way = self.under_way.take().unwrap_or_default();
        for (at, batch) in batches.iter().enumerate().skip(under_way.steps) {
            let rows: Vec<usize> = batch.iter().map(|&place| self.train_rows[place]).collect();
            under_way.rate = rate_at(
                &self.plan.config.optimizer,
                self.running.optimizer.step,
                batches.len() as u64,
                epochs,
            );
            let address = Address {
                seed,
                epoch: draws,
                rows: &rows,
                turn: 0,
            };
            let done = if phase.is_some() { within } else { epoch } - 1;
            let progress = done as f64 + at as f64 / batches.len() as f64;
            let last = at + 1 == batches.len();
            let (terms, norm) = self.step(address, progress, under_way.rate, last);
            under_way.gradient_norm = norm;
            if let Some((name, value)) = terms.iter().find(|(_, value)| !value.is_finite()) {
                return Err(self.diverged(name, *value, at + 1));
            }
            under_way.add(rows.len(), &terms);
            let told = Step {
                epoch,
                epochs: self.plan.config.epochs(),
                phase,
                step: at + 1,
                steps: batches.len(),
                rows: under_way.rows,
                rate: under_way.rate,
                loss: &terms,
            };
            let control = watch(&told);
            if control == Control::Continue || (control == Control::Pause && last) {
                continue;
            }
            under_way.spent(started);
            self.under_way = Some(under_way);
            self.interrupted = control == Control::Stop;
            return match self.not_finite([].into_iter()) {
                Some((term, value)) => Err(self.diverged(term, value, at + 1)),
                None => Ok(None),
            };
        }
        under_way.spent(started);
        let (seconds, rows) = under_way.timed;
        let stepped = Instant::now();
        let held_out = self.measure();
        let last_layer = phase == Some(self.plan.spec.depth) && within == epochs;
        let stacked = match last_layer {
            true => self.measure_stacked(),
            false => None,
        };
        let measured = [&held_out, &stacked];
        if let Some((term, value)) = self.not_finite(measured.into_iter().flatten()) {
            return Err(self.diverged(term, value, batches.len()));
        }
        if phase.is_none() {
            self.keep_best(epoch, &held_out);
        }
        let record = Epoch {
            epoch,
            phase,
            rate: under_way.rate,
            gradient_norm: under_way.gradient_norm,
            loss: under_way.loss(),
            held_out,
            stacked,
        };
        self.history.push(record.clone());
        Ok(Some(TimedEpoch {
            epoch: record,
            seconds: seconds + stepped.elapsed().as_secs_f64(),
            rows_per_second: rows as f64 / seconds,
        }))
    }

    /// The error of a value seen in the epoch under way.
    fn diverged(&self, term: &str, value: f64, step: usize) -> Error {
        diverged(&self.plan.config, term, value, self.history.len() + 1, step)
    }

    /// The first of the weights and held-out errors that is not finite: the
    /// last move of an epoch is seen by no later step.
    fn not_finite<'m>(
        &self,
        measured: impl Iterator<Item = &'m HeldOut>,
    ) -> Option<(&'static str, f64)> {
        let weights = self.running.coder.network.store();
        let mut weights = weights.iter().flat_map(|stored| &stored.values);
        if let Some(&weight) = weights.find(|weight| !weight.is_finite()) {
            return Some(("a weight", weight.into()));
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

    /// Forward, backward, one move of the weights; the terms of the loss
    /// before the move, and where `measured` the gradient's norm.
    fn step(
        &mut self,
        address: Address,
        progress: f64,
        rate: f64,
        measured: bool,
    ) -> (Vec<(&'static str, f64)>, Option<f64>) {
        let Running {
            coder,
            optimizer,
            inputs,
            at,
        } = &mut self.running;
        let config = &self.stages[*at].plan().config;
        let inputs = inputs.on(&self.data);
        let seen = Binarised::in_training(&inputs, config.binarising_seed(), address.epoch);
        let input = matrix(
            seen.gather(address.rows),
            [address.rows.len(), seen.width()],
            coder.network.device(),
        );
        let mut pass = Pass::Train(TrainPass {
            address,
            progress,
            labels: &self.classes.of,
            observed: Vec::new(),
        });
        let terms = loss::row_terms(&config.loss, coder, input, &mut pass);
        let value = |(name, value): &(&'static str, Tensor<1>)| (*name, scalar(value.clone()));
        let mut values: Vec<(&'static str, f64)> = terms.iter().map(value).collect();

        let mut gradients = total(&terms).backward();
        drop(terms);
        let gradients: Vec<Option<Tensor<2>>> = coder
            .network
            .parameters
            .iter()
            .map(|p| p.value.grad_remove(&mut gradients))
            .collect();
        let norm = measured.then(|| norm(&gradients));
        let penalty = loss::penalty(&config.loss);
        let penalized = optimizer.step(&mut coder.network, gradients, rate, penalty);
        values.extend(loss::penalty_values(penalty, penalized));
        if let Some(bound) = config.network.max_norm {
            bound_norms(&mut coder.network, bound, |_| true);
        }
        if let Pass::Train(train) = pass {
            coder.network.absorb(train.observed);
        }
        (values, norm)
    }

    pub(super) fn is_over(&self) -> bool {
        let done = self.history.len();
        let patience = self.plan.config.train.early_stopping;
        let stale = patience
            .zip(self.best.as_ref())
            .is_some_and(|(patience, best)| done >= best.epoch + patience);
        self.interrupted || stale || done >= self.plan.config.epochs()
    }

    /// What the stage trains, on the held-out rows.
    fn measure(&self) -> Option<HeldOut> {
        let coder = self.running.coder.untracked();
        let inputs = self.running.inputs.on(&self.data);
        let config = &self.stage().plan().config;
        measured(config, &coder, &inputs, &self.held_out_rows)
    }

    /// The whole network on the held-out rows.
    fn measure_stacked(&self) -> Option<HeldOut> {
        let coder = self.plan.coder(self.network());
        measured(&self.plan.config, &coder, &self.data, &self.held_out_rows)
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
                weights: self.running.coder.network.store(),
            });
        }
    }
}

/// Measures rows; `None` if there are none.
fn measured(config: &Config, coder: &Coder, data: &dyn Source, rows: &[usize]) -> Option<HeldOut> {
    if rows.is_empty() {
        return None;
    }
    let data = &Binarised::measured(data, config.binarising_seed());
    let found = scaled_errors(&Inference::new(coder), data, rows);
    let plain = coder.variants.is_empty();
    let mut terms = BTreeMap::new();
    let reconstruction = match config.loss.reconstruction {
        Reconstruction::Mse if plain => found.error_per_row,
        _ => {
            terms = loss::over_rows(
                &config.loss,
                config.seed,
                config.train.batch,
                coder,
                data,
                rows,
            );
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

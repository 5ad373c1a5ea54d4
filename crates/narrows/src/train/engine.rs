//! Runs the steps of an epoch, whatever is trained: which rows each step sees,
//! the gradients of their loss, and one update of the weights.

use burn::tensor::Tensor;
use narrows_ops::Penalty;

use super::batches::batches;
use super::optimizer::{Optimizer, bound_norms, norm, rate_at};
use super::partial_epoch::PartialEpoch;
use super::{Control, Step};
use crate::base::device::scalar;
use crate::base::random::{Address, Draws, Stream};
use crate::network::{Observed, Parameter, Pass, TrainPass};
use crate::objective::loss::penalty_values;
use crate::objective::terms::{Terms, total};
use crate::objective::variant::Coder;
use crate::settings::OptimizerConfig;

/// The loss that training minimises.
pub(crate) trait Objective {
    /// Returns the loss of the rows named by the pass's address, without the
    /// penalties of the weights.
    fn loss(&self, coder: &Coder, pass: &mut Pass) -> Terms;

    /// Returns the class of every row of the table; empty unless the loss uses
    /// labels.
    fn labels(&self) -> &[Option<usize>];

    /// Returns whether training updates a parameter.
    fn moves(&self, parameter: &Parameter) -> bool;
}

/// A network in training, with the optimizer's moments.
pub(crate) struct Learner {
    pub coder: Coder,
    pub optimizer: Optimizer,
}

/// The gradients and terms of a mini-batch.
pub(crate) struct Gradients {
    /// Gradients in the network's order; `None` for a parameter that the loss
    /// does not depend on.
    of_parameters: Vec<Option<Tensor<2>>>,
    /// Every term of the loss.
    terms: Vec<(&'static str, f64)>,
    /// The mini-batch's statistics.
    observed: Vec<Observed>,
}

/// The settings of one update of the weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    pub rate: f64,
    pub penalty: Penalty,
    /// Bound on the norm of each unit's incoming weights.
    pub max_norm: Option<f32>,
}

impl Learner {
    /// Creates a learner without moments.
    pub fn new(coder: Coder, optimizer: &OptimizerConfig) -> Self {
        let optimizer = Optimizer::new(optimizer, coder.network.parameters.len());
        Learner { coder, optimizer }
    }

    /// Sends a mini-batch forward and backward; `progress` is the number of
    /// finished epochs.
    pub fn gradients(
        &self,
        objective: &dyn Objective,
        address: Address,
        progress: f64,
    ) -> Gradients {
        let mut pass = Pass::Train(TrainPass {
            address,
            progress,
            labels: objective.labels(),
            observed: Vec::new(),
        });
        let terms = objective.loss(&self.coder, &mut pass);
        let value = |(name, value): &(&'static str, Tensor<1>)| (*name, scalar(value.clone()));
        let values = terms.iter().map(value).collect();
        let mut gradients = total(&terms).backward();
        drop(terms);
        let parameters = self.coder.network.parameters.iter();
        Gradients {
            of_parameters: parameters
                .map(|p| p.value.grad_remove(&mut gradients))
                .collect(),
            terms: values,
            observed: match pass {
                Pass::Train(train) => train.observed,
                _ => Vec::new(),
            },
        }
    }

    /// Updates the weights once; returns the terms of the loss before the
    /// update.
    pub fn apply(
        &mut self,
        objective: &dyn Objective,
        gradients: Gradients,
        by: Move,
    ) -> Vec<(&'static str, f64)> {
        let network = &mut self.coder.network;
        let mut terms = gradients.terms;
        let penalized = self
            .optimizer
            .step(network, gradients.of_parameters, by.rate, by.penalty);
        terms.extend(penalty_values(by.penalty, penalized));
        if let Some(bound) = by.max_norm {
            bound_norms(network, bound, |parameter| objective.moves(parameter));
        }
        network.absorb(gradients.observed);
        terms
    }

    /// Returns the first weight that is not finite.
    pub fn not_finite(&self) -> Option<f64> {
        let weights = self.coder.network.store();
        let mut weights = weights.iter().flat_map(|stored| &stored.values);
        weights.find(|w| !w.is_finite()).map(|&w| w.into())
    }
}

/// One epoch to run.
pub(crate) struct EpochRun<'a> {
    /// The epoch's number in the whole training, counted from 1, and the number
    /// of epochs.
    pub number: usize,
    pub of: usize,
    /// The layer that is trained; `None` for the whole network.
    pub phase: Option<usize>,
    /// The seed and number that determine the epoch's random draws.
    pub seed: u64,
    pub draws: u64,
    /// Finished epochs of those in the rate's schedule, and the number of
    /// these.
    pub done: usize,
    pub epochs: usize,
    /// Finished epochs of those in the variants' schedules.
    pub progress: usize,
    /// The training rows, by their numbers in the table.
    pub rows: &'a [usize],
    /// Mini-batch size; 0 for all rows at once.
    pub batch: usize,
    /// Whether a step needs at least two rows.
    pub batch_norm: bool,
    pub optimizer: &'a OptimizerConfig,
    pub penalty: Penalty,
    pub max_norm: Option<f32>,
}

/// How the steps of an epoch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EpochEnd {
    /// All steps are done.
    Whole,
    /// The watcher asked to continue later.
    Paused,
    /// The watcher asked to stop.
    Stopped,
}

/// A number in a step that is no longer finite.
pub(crate) struct NotFinite {
    pub term: &'static str,
    pub value: f64,
    pub step: usize,
}

impl EpochRun<'_> {
    /// Runs the steps that `partial` does not hold yet.
    ///
    /// # Errors
    /// [`NotFinite`] as soon as a term of the loss is not finite; at a pause or
    /// a stop also if a weight is not.
    pub fn run(
        &self,
        learner: &mut Learner,
        objective: &dyn Objective,
        partial: &mut PartialEpoch,
        watch: &mut dyn FnMut(&Step) -> Control,
    ) -> Result<EpochEnd, NotFinite> {
        let mut draws = Draws::new(self.seed, Stream::Shuffle, self.draws, 0);
        let order = draws.permutation(self.rows.len());
        let batches = batches(&order, self.batch, self.batch_norm);
        for (at, batch) in batches.iter().enumerate().skip(partial.steps) {
            let rows: Vec<usize> = batch.iter().map(|&place| self.rows[place]).collect();
            let address = Address {
                seed: self.seed,
                epoch: self.draws,
                rows: &rows,
                turn: 0,
            };
            let steps = batches.len();
            let before = (self.done * steps + at) as u64;
            partial.rate = rate_at(self.optimizer, before, steps as u64, self.epochs);
            let progress = self.progress as f64 + at as f64 / steps as f64;
            let gradients = learner.gradients(objective, address, progress);
            let last = at + 1 == steps;
            partial.gradient_norm = last.then(|| norm(&gradients.of_parameters));
            let by = Move {
                rate: partial.rate,
                penalty: self.penalty,
                max_norm: self.max_norm,
            };
            let terms = learner.apply(objective, gradients, by);
            if let Some(&(term, value)) = terms.iter().find(|(_, value)| !value.is_finite()) {
                let step = at + 1;
                return Err(NotFinite { term, value, step });
            }
            partial.add(rows.len(), &terms);
            let control = watch(&Step {
                epoch: self.number,
                epochs: self.of,
                phase: self.phase,
                step: at + 1,
                steps,
                rows: partial.rows,
                rate: partial.rate,
                loss: &terms,
            });
            let ended = match control {
                Control::Stop => EpochEnd::Stopped,
                Control::Pause if !last => EpochEnd::Paused,
                Control::Continue | Control::Pause => continue,
            };
            return match learner.not_finite() {
                Some(value) => Err(NotFinite {
                    term: A_WEIGHT,
                    value,
                    step: at + 1,
                }),
                None => Ok(ended),
            };
        }
        Ok(EpochEnd::Whole)
    }

    /// Returns the number of steps in the epoch.
    pub fn steps(&self) -> usize {
        let order: Vec<usize> = (0..self.rows.len()).collect();
        batches(&order, self.batch, self.batch_norm).len()
    }
}

/// Name for a weight that is not finite, in place of a term's name.
pub(crate) const A_WEIGHT: &str = "a weight";

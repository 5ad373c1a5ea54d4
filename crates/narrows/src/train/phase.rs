//! Decides what is trained when: the whole network at once, or one layer after
//! another and then, if asked, the whole network.

use super::engine::Learner;
use super::inputs::{Inputs, Lower};
use super::layerwise::{LayerPair, pairs};
use crate::config::Networks;
use crate::config::plan::Plan;
use crate::data::scale::Prepared;
use crate::network::{InferenceNetwork, Network};

/// A part of a training with its own network, learning rate and moments.
pub(super) struct Phase {
    part: Part,
    /// Number of the training's epochs before the phase.
    pub before: usize,
    /// Number added to the phase's epochs to name their draws.
    pub draws_from: usize,
}

enum Part {
    Layer(LayerPair),
    Whole(Plan),
}

/// Returns all phases of a training, in order; at least one.
pub(super) fn phases(plan: &Plan) -> Vec<Phase> {
    let mut phases = Vec::new();
    let mut before = 0;
    let layerwise = plan.config.layerwise.as_ref();
    let separate = layerwise.is_some_and(|l| l.networks == Networks::Separate);
    for pair in pairs(plan) {
        let epochs = pair.plan.config.train.epochs;
        phases.push(Phase {
            part: Part::Layer(pair),
            before,
            draws_from: if separate { 0 } else { before },
        });
        before += epochs;
    }
    let rest = plan.config.epochs() - before;
    if layerwise.is_none() || rest > 0 {
        let mut plan = plan.clone();
        plan.config.train.epochs = rest;
        phases.push(Phase {
            part: Part::Whole(plan),
            before,
            draws_from: before,
        });
    }
    phases
}

impl Phase {
    /// Returns the plan of the network that the phase trains.
    pub fn plan(&self) -> &Plan {
        match &self.part {
            Part::Layer(pair) => &pair.plan,
            Part::Whole(plan) => plan,
        }
    }

    /// Returns the number of the trained layer, counted from 1; `None` for the
    /// whole network.
    pub fn layer(&self) -> Option<usize> {
        match &self.part {
            Part::Layer(pair) => Some(pair.layer + 1),
            Part::Whole(_) => None,
        }
    }

    /// Returns the number of the training's epochs when the phase ends.
    pub fn end(&self) -> usize {
        self.before + self.plan().config.train.epochs
    }
}

/// A running phase.
pub(super) struct Running {
    /// Index of the phase.
    pub at: usize,
    /// The learner that the phase trains.
    pub learner: Learner,
    /// The inputs that the phase trains on.
    pub inputs: Inputs,
}

impl Running {
    /// Begins phase `at` on the whole network that the phases before left.
    pub fn begin(at: usize, phase: &Phase, whole: &Network, data: &Prepared, memory: f64) -> Self {
        let (network, inputs) = match &phase.part {
            Part::Whole(_) => (whole.clone(), Inputs::Features),
            Part::Layer(pair) => {
                let inputs = match pair.layer {
                    0 => Inputs::Features,
                    layers => {
                        let lower = Lower {
                            layers: InferenceNetwork::lower(whole, layers),
                            width: pair.plan.features,
                        };
                        Inputs::of(lower, data, memory)
                    }
                };
                (pair.part_of(whole, whole.device()), inputs)
            }
        };
        Running {
            at,
            learner: Learner::new(
                phase.plan().coder(network.tracked()),
                &phase.plan().config.optimizer,
            ),
            inputs,
        }
    }

    /// Returns the whole network with what this phase has trained so far.
    pub fn stacked(&self, phase: &Phase, whole: &Network) -> Network {
        match &phase.part {
            Part::Whole(_) => self.learner.coder.network.untracked(),
            Part::Layer(pair) => {
                let mut whole = whole.clone();
                pair.put_into(&mut whole, &self.learner.coder.network);
                whole
            }
        }
    }
}

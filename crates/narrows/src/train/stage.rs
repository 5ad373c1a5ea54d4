//! What is trained when: the whole network at once, or one layer after
//! another and then, if asked, the whole network.

use super::inputs::{Inputs, Lower};
use crate::config::Networks;
use crate::config::plan::Plan;
use crate::data::scale::Prepared;
use crate::network::{InferenceNetwork, Network};
use crate::objective::variant::Coder;
use crate::train::layerwise::{LayerPair, pairs};
use crate::train::optimizer::Optimizer;

/// A part of a training with a network, a rate and moments of its own.
pub(super) struct Stage {
    part: Part,
    /// Epochs of the training before it.
    pub before: usize,
    /// What its epochs' numbers are raised by to name their draws.
    pub draws_from: usize,
}

enum Part {
    Layer(LayerPair),
    Whole(Plan),
}

/// All stages of a training, in order; at least one.
pub(super) fn stages(plan: &Plan) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut before = 0;
    let layerwise = plan.config.layerwise.as_ref();
    let separate = layerwise.is_some_and(|l| l.networks == Networks::Separate);
    for pair in pairs(plan) {
        let epochs = pair.plan.config.train.epochs;
        stages.push(Stage {
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
        stages.push(Stage {
            part: Part::Whole(plan),
            before,
            draws_from: before,
        });
    }
    stages
}

impl Stage {
    /// The network that it trains, and how.
    pub fn plan(&self) -> &Plan {
        match &self.part {
            Part::Layer(pair) => &pair.plan,
            Part::Whole(plan) => plan,
        }
    }

    /// The number of the layer that it trains, counted from 1; none for the
    /// whole network.
    pub fn phase(&self) -> Option<usize> {
        match &self.part {
            Part::Layer(pair) => Some(pair.layer + 1),
            Part::Whole(_) => None,
        }
    }

    /// Epochs of the training at its end.
    pub fn end(&self) -> usize {
        self.before + self.plan().config.train.epochs
    }
}

/// A stage under way.
pub(super) struct Running {
    /// Its place among the stages.
    pub at: usize,
    /// What it trains.
    pub coder: Coder,
    pub optimizer: Optimizer,
    /// What it trains on.
    pub inputs: Inputs,
}

impl Running {
    /// Stage number `at`, on a whole network as the stages before left it.
    pub fn begin(at: usize, stage: &Stage, whole: &Network, data: &Prepared, memory: f64) -> Self {
        let (network, inputs) = match &stage.part {
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
            optimizer: Optimizer::new(&stage.plan().config.optimizer, network.parameters.len()),
            coder: stage.plan().coder(network.tracked()),
            inputs,
        }
    }

    /// The whole network with what this stage has trained so far.
    pub fn stacked(&self, stage: &Stage, whole: &Network) -> Network {
        match &stage.part {
            Part::Whole(_) => self.coder.network.untracked(),
            Part::Layer(pair) => {
                let mut whole = whole.clone();
                pair.put_into(&mut whole, &self.coder.network);
                whole
            }
        }
    }
}

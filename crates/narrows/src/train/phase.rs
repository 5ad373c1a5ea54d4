//! Decides what is trained when: the whole network at once, or one layer after
//! another and then, if asked, the whole network.

use super::engine::Learner;
use super::inputs::{Inputs, Lower};
use super::layerwise::{LayerPair, pairs};
use crate::config::plan::Plan;
use crate::config::{LossConfig, Networks, OptimizerConfig};
use crate::data::scale::Prepared;
use crate::network::{InferenceNetwork, Network};
use crate::objective::variant::{Coder, Variants};

/// A part of a training with its own network, learning rate and moments.
pub(super) struct Phase {
    /// The layer whose own autoencoder is trained; `None` for the whole network.
    pub pair: Option<LayerPair>,
    /// The variants that act.
    pub variants: Variants,
    /// The loss to minimise.
    pub loss: LossConfig,
    /// The phase's epochs.
    pub epochs: usize,
    /// Number of the training's epochs before the phase.
    pub before: usize,
    /// Number added to the phase's epochs to name their draws.
    pub draws_from: usize,
}

/// Returns all phases of a training, in order; at least one.
pub(super) fn phases(plan: &Plan) -> Vec<Phase> {
    let config = &plan.config;
    let mut phases = Vec::new();
    let mut before = 0;
    if let Some(layerwise) = &config.layerwise {
        let epochs = layerwise.epochs.of_layers(plan.spec.depth);
        for (pair, epochs) in pairs(plan).into_iter().zip(epochs) {
            phases.push(Phase {
                variants: config.variants_of_layer(pair.layer),
                loss: config.loss_of_layer(pair.layer),
                pair: Some(pair),
                epochs,
                before,
                draws_from: match layerwise.networks {
                    Networks::Separate => 0,
                    Networks::Shared => before,
                },
            });
            before += epochs;
        }
    }
    let rest = config.epochs() - before;
    if config.layerwise.is_none() || rest > 0 {
        phases.push(Phase {
            pair: None,
            variants: config.variants(),
            loss: config.loss,
            epochs: rest,
            before,
            draws_from: before,
        });
    }
    phases
}

impl Phase {
    /// Returns the number of the trained layer, counted from 1; `None` for the
    /// whole network.
    pub fn layer(&self) -> Option<usize> {
        self.pair.as_ref().map(|pair| pair.layer + 1)
    }

    /// Returns the number of the training's epochs when the phase ends.
    pub fn end(&self) -> usize {
        self.before + self.epochs
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
    /// Begins phase `at` on the whole network that the phases before left;
    /// `memory` is the megabytes for the outputs of trained layers.
    pub fn begin(
        at: usize,
        phase: &Phase,
        optimizer: &OptimizerConfig,
        whole: &Network,
        data: &Prepared,
        memory: f64,
    ) -> Self {
        let (network, inputs) = match &phase.pair {
            None => (whole.clone(), Inputs::Features),
            Some(pair) => {
                let inputs = match pair.layer {
                    0 => Inputs::Features,
                    layers => {
                        let lower = Lower {
                            layers: InferenceNetwork::lower(whole, layers),
                            width: pair.spec.shapes[0].values(),
                        };
                        Inputs::of(lower, data, memory)
                    }
                };
                (pair.part_of(whole, whole.device()), inputs)
            }
        };
        let coder = Coder {
            network: network.tracked(),
            variants: phase.variants.clone(),
        };
        Running {
            at,
            learner: Learner::new(coder, optimizer),
            inputs,
        }
    }

    /// Returns the whole network with what this phase has trained so far.
    pub fn stacked(&self, phase: &Phase, whole: &Network) -> Network {
        match &phase.pair {
            None => self.learner.coder.network.untracked(),
            Some(pair) => {
                let mut whole = whole.clone();
                pair.put_into(&mut whole, &self.learner.coder.network);
                whole
            }
        }
    }
}

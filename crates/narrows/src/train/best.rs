//! Keeps the best weights so far, and decides when to stop waiting for better
//! ones.

use crate::network::{NamedTensor, Network};

/// The weights with the lowest held-out error so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Best {
    pub epoch: usize,
    pub error: f64,
    pub weights: Vec<NamedTensor>,
}

impl Best {
    /// Keeps an epoch's weights if its error is lower than the best so far.
    pub fn keep(best: &mut Option<Best>, epoch: usize, error: f64, network: &Network) {
        if best.as_ref().is_none_or(|best| error < best.error) {
            *best = Some(Best {
                epoch,
                error,
                weights: network.store(),
            });
        }
    }

    /// Returns whether `patience` epochs have passed without a better one.
    pub fn is_stale(&self, done: usize, patience: Option<usize>) -> bool {
        patience.is_some_and(|patience| done >= self.epoch + patience)
    }
}

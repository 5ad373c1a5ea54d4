//! What a training starts from if not from first weights: a trained model.

use std::sync::Arc;

use super::layerwise::first_network;
use crate::base::device::device;
use crate::base::error::{Error, Result};
use crate::config::plan::Plan;
use crate::data::scale::Scaler;
use crate::model::Model;
use crate::network::{NamedTensor, Network};

/// What a training starts from.
#[derive(Debug, Clone)]
pub(super) struct Warm {
    pub scaler: Scaler,
    /// The weights of the model's network; `None` to begin with first weights.
    weights: Option<Arc<Vec<NamedTensor>>>,
    /// Those of its further networks.
    members: Arc<Vec<Vec<NamedTensor>>>,
}

impl Warm {
    pub fn of(model: &Model) -> Self {
        Warm {
            scaler: model.scaler().clone(),
            weights: Some(Arc::new(model.weights())),
            members: Arc::new(model.member_weights()),
        }
    }

    /// Starts from first weights, with columns scaled by a scaler that is there.
    pub fn scaled(scaler: Scaler) -> Self {
        Warm {
            scaler,
            weights: None,
            members: Arc::default(),
        }
    }

    /// Returns what the further network of a number, from 2, starts from; `None` if the
    /// model has none of that number.
    pub fn member(&self, number: usize) -> Option<Self> {
        let weights = match &self.weights {
            Some(_) => Some(Arc::new(self.members.get(number - 2)?.clone())),
            None => None,
        };
        Some(Warm {
            weights,
            ..self.clone()
        })
    }

    /// Returns the network that training starts from, by default with first weights.
    ///
    /// # Errors
    /// [`Error::Usage`] if the plan asks for another one than the model's.
    pub fn network(&self, plan: &Plan, on: &str) -> Result<Network> {
        let device = device(on)?;
        let Some(weights) = &self.weights else {
            return Ok(first_network(plan, &device));
        };
        Network::from_stored(&plan.spec, weights, &device).map_err(|misfit| {
            Error::usage(
                format!("settings of another network than the model's: {misfit}"),
                "the network of the model that training starts from",
                "leave network and its variants as they are, or train from first weights",
            )
        })
    }
}

//! What can be added to the network, each in a file of its own: a change to
//! the input, to the code, or to the loss. Variants compose.

mod adversarial;
mod contractive;
mod denoising;
mod discrepancy;
mod generative_stochastic;
mod k_sparse;
mod sparse;
mod top;
mod variational;
mod winner_take_all;

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;

use crate::config::{Activation, Config, Init, LossConfig};
use crate::error::{Error, Result};
use crate::loss::Terms;
use crate::network::{Network, Pass};
use crate::random::Address;
use crate::warning::Warning;

pub use adversarial::{Adversarial, Prior};
pub use contractive::Contractive;
pub(crate) use contractive::jacobian_norm;
pub use denoising::{Denoising, Noise};
pub use generative_stochastic::GenerativeStochastic;
pub use k_sparse::KSparse;
pub use sparse::{Sparse, SparsityPenalty};
pub(crate) use variational::ACTIVE;
pub use variational::{Spread, Variational};
pub use winner_take_all::WinnerTakeAll;

/// A variant: what it does at each place where one can act. A method that is
/// left out does nothing there.
pub(crate) trait Variant: Debug + Send + Sync {
    /// Refuses settings out of range, and what means nothing beside the other
    /// settings.
    fn check(&self, config: &Config) -> Result<()>;

    /// Refuses settings that a code of so many units is too narrow for.
    fn check_code(&self, _code: usize) -> Result<()> {
        Ok(())
    }

    /// Whether the model is used as it was trained; if not, its error in use
    /// says nothing about its training.
    fn is_used_as_trained(&self) -> bool {
        true
    }

    /// The activation of the code that the variant needs, where the config
    /// names none.
    fn code_activation(&self) -> Option<Activation> {
        None
    }

    /// Outputs of the encoder's last layer for each unit of the code.
    fn outputs_per_unit(&self) -> usize {
        1
    }

    /// Whether it acts on the network's code only; any other acts on every
    /// layer's outputs where layers are trained one by one.
    fn only_on_code(&self) -> bool {
        self.outputs_per_unit() != 1
    }

    /// What is likely a mistake, although it is allowed.
    fn warnings(&self, _config: &Config) -> Vec<Warning> {
        Vec::new()
    }

    /// Weights that the variant trains beside the network.
    fn own(&self, _config: &Config) -> Vec<Own> {
        Vec::new()
    }

    /// How many classes of labels the variant can be told, where it takes
    /// labels.
    fn classes(&self) -> Option<usize> {
        None
    }

    /// Changes the inputs of a training pass.
    fn corrupt(&self, input: Corrupted, _address: Address) -> Corrupted {
        input
    }

    /// Makes the code `[rows, code]` of the encoder's outputs; `maps` are
    /// channels, height and width where the code is feature maps.
    fn code(&self, outputs: Tensor<2>, _maps: Option<[usize; 3]>, _pass: &Pass) -> Tensor<2> {
        outputs
    }

    /// Terms to add to the loss, already weighted.
    fn terms(&self, _forward: &Forward) -> Terms {
        Vec::new()
    }

    /// What stands for the reconstruction term, where the variant has a way
    /// of its own from the encoder's outputs to it.
    fn objective(
        &self,
        _config: &LossConfig,
        _network: &Network,
        _encoded: &Encoded,
        _pass: &mut Pass,
    ) -> Option<Terms> {
        None
    }

    /// What `evaluate` shows for this variant, by name: means over rows.
    fn measures(&self, _measured: &Measured) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// `log p(x, h) / q(h|x)` in nats of draws of each row's code,
    /// `[rows, samples]`, where the variant has such a distribution.
    fn importance_weights(&self, _measured: &Measured, _samples: Range<usize>) -> Option<Vec<f32>> {
        None
    }

    /// Codes of new rows `[rows, code]`, where the variant has a prior.
    fn sample(&self, _sampled: &Sampled) -> Option<Vec<f32>> {
        None
    }
}

/// A matrix that a variant trains.
pub(crate) struct Own {
    pub name: String,
    pub shape: [usize; 2],
    /// How it starts; none for 0.
    pub init: Option<Init>,
}

/// Inputs on their way into the encoder.
pub(crate) struct Corrupted {
    /// `[rows, features]`
    pub input: Tensor<2>,
    /// What the error of each feature is multiplied by, `[rows, features]`;
    /// none for 1.
    pub emphasis: Option<Tensor<2>>,
}

/// A batch that has been through the encoder.
#[derive(Clone)]
pub(crate) struct Encoded {
    /// Before variants make the code of them, `[rows, outputs]`.
    pub outputs: Tensor<2>,
    /// The clean inputs, `[rows, features]`.
    pub target: Tensor<2>,
    /// As in [`Corrupted`].
    pub emphasis: Option<Tensor<2>>,
}

impl Encoded {
    /// Errors `[rows, features]` with their emphasis.
    pub fn emphasized(&self, errors: Tensor<2>) -> Tensor<2> {
        match &self.emphasis {
            Some(emphasis) => errors * emphasis.clone(),
            None => errors,
        }
    }
}

/// A batch that has been through the network.
pub(crate) struct Forward<'a> {
    pub network: &'a Network,
    pub pass: &'a Pass<'a>,
    /// What the encoder was given, `[rows, features]`.
    pub input: Tensor<2>,
    /// The encoder's outputs, before variants made the code of them.
    pub outputs: Tensor<2>,
    /// `[rows, code]`
    pub code: Tensor<2>,
}

/// Rows to measure, a chunk at a time.
pub(crate) struct Measured<'a> {
    pub config: &'a Config,
    pub network: &'a Network,
    /// `[rows, features]`
    pub input: Tensor<2>,
    /// Of draws that are the same in every measurement.
    pub address: Address<'a>,
}

/// New rows to draw: as many as the address has.
pub(crate) struct Sampled<'a> {
    pub config: &'a Config,
    pub network: &'a Network,
    /// Features of a row.
    pub features: usize,
    pub address: Address<'a>,
}

/// Takes a config's optional tables as variants.
pub(crate) fn used<V: Variant + Clone + 'static>(table: &Option<V>) -> Option<Arc<dyn Variant>> {
    table
        .as_ref()
        .map(|table| Arc::new(table.clone()) as Arc<dyn Variant>)
}

/// Refuses two tables that cannot both act.
fn not_beside(this: &str, other: &str, used: bool, reason: &str) -> Result<()> {
    if !used {
        return Ok(());
    }
    Err(Error::config(
        this,
        format!("[{this}] beside [{other}]"),
        format!("one of the two: {reason}"),
        format!("leave [{this}] or [{other}] out"),
    ))
}

#[cfg(test)]
mod tests;

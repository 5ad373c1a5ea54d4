//! What can be added to the network: a change to the input, to the code, or to
//! the loss. Each kind has its own file. Variants compose.

mod discrepancy;
mod top;

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;

use crate::base::error::{Error, Result};
use crate::base::random::Address;
use crate::base::warning::Warning;
use crate::data::cells::Cells;
use crate::network::{Network, OwnSpec, Pass};
use crate::settings::{Activation, LossConfig};

use super::terms::Terms;

/// Passes the list of all kinds to a macro: one line for each, in the order in
/// which they act. A kind's name is that of its file and of its TOML table.
/// Everything else about a kind is in its file.
macro_rules! kinds {
    ($macro:ident) => {
        $macro! {
            denoising: Denoising,
            sparse: Sparse,
            k_sparse: KSparse,
            winner_take_all: WinnerTakeAll,
            contractive: Contractive,
            variational: Variational,
            adversarial: Adversarial,
            generative_stochastic: GenerativeStochastic,
            #[cfg(test)] small_code: SmallCode,
        }
    };
}
pub(crate) use kinds;

macro_rules! modules {
    ($($(#[$when:meta])* $name:ident: $table:ident,)*) => {
        $($(#[$when])* mod $name;)*
        $($(#[$when])* pub use $name::*;)*

        /// Every kind, in the order in which they act.
        pub const KINDS: &[Kind] = &[$(
            $(#[$when])*
            Kind {
                name: stringify!($name),
                example: $name::EXAMPLE,
                docs: $name::DOCS,
            },
        )*];
    };
}
kinds!(modules);

/// The description of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name of the kind's TOML table, and of its example.
    pub name: &'static str,
    /// A commented config that trains one on MNIST.
    pub example: &'static str,
    /// The kind's lines in the table of `docs/kinds.md`: the kind, its config,
    /// its network, what it achieves and in what time.
    pub docs: &'static str,
}

/// A kind of autoencoder: what it does at each point where a kind can act.
/// Methods that a kind does not implement do nothing.
pub(crate) trait Variant: Debug + Send + Sync {
    /// Returns the name of the kind's TOML table.
    fn name(&self) -> &'static str;

    /// Refuses settings that are out of range, and those that have no meaning
    /// with the settings of the network, the loss and the training.
    fn check(&self, context: &Context) -> Result<()>;

    /// Refuses settings that a code of `code` units is too narrow for.
    fn check_code(&self, _code: usize) -> Result<()> {
        Ok(())
    }

    /// Returns the effects that other kinds, or later steps after training,
    /// must know about.
    fn effects(&self, _context: &Context) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns the effects of other kinds that this kind cannot be combined
    /// with, each with the reason.
    fn excludes(&self, _context: &Context) -> Vec<(Effect, &'static str)> {
        Vec::new()
    }

    /// Returns the effect that another kind must have for this one, if any.
    fn needs(&self) -> Option<Need> {
        None
    }

    /// Returns how many draws of each row's code the decoder gets per step.
    fn draws(&self) -> usize {
        1
    }

    /// Returns the activation of the code that the kind needs if the settings
    /// name none.
    fn code_activation(&self) -> Option<Activation> {
        None
    }

    /// Returns the number of outputs of the encoder's last layer for each unit
    /// of the code.
    fn outputs_per_unit(&self) -> usize {
        1
    }

    /// Returns warnings about settings that are allowed but likely a mistake.
    fn warnings(&self, _context: &Context) -> Vec<Warning> {
        Vec::new()
    }

    /// Returns the matrices that the kind trains together with a network whose
    /// code has `code` units.
    fn own(&self, _code: usize) -> Vec<OwnSpec> {
        Vec::new()
    }

    /// Returns how many classes of labels the kind can take; `None` unless it
    /// takes labels.
    fn classes(&self) -> Option<usize> {
        None
    }

    /// Changes the inputs of a training pass. `cells` is how their cells lie
    /// among the features, if some can be missing or hidden.
    fn corrupt(&self, input: Corrupted, _address: Address, _cells: Option<&Cells>) -> Corrupted {
        input
    }

    /// Turns the encoder's outputs into the code `[rows, code]`; `maps` are
    /// channels, height and width if the code is feature maps.
    fn code(&self, outputs: Tensor<2>, _maps: Option<[usize; 3]>, _pass: &Pass) -> Tensor<2> {
        outputs
    }

    /// Returns terms to add to the loss, already weighted.
    fn terms(&self, _forward: &Forward) -> Terms {
        Vec::new()
    }

    /// Returns the terms that replace the reconstruction term; `None` unless
    /// the kind has its own way from the encoder's outputs to it.
    fn objective(
        &self,
        _config: &LossConfig,
        _coder: &Coder,
        _encoded: &Encoded,
        _pass: &mut Pass,
    ) -> Option<Terms> {
        None
    }

    /// Returns the key and the present value of the weight of one of the kind's
    /// terms; `None` for terms of others, and for those without a weight.
    fn weight(&self, _term: &str) -> Option<(&'static str, f64)> {
        None
    }

    /// Returns what `evaluate` and the report show for the kind.
    fn measures(&self, _measured: &Measured) -> Vec<Measure> {
        Vec::new()
    }

    /// Returns the mean divergence of each unit of the code from the prior over
    /// the batch, in nats: how much the unit says about a row. `None` unless
    /// the kind has a distribution of codes.
    fn unit_divergences(&self, _network: &Network, _input: Tensor<2>) -> Option<Vec<f32>> {
        None
    }

    /// Draws codes of each row, weighted by importance; `None` unless the kind
    /// has a distribution of codes.
    fn weighted_codes(&self, _measured: &Measured, _samples: Range<usize>) -> Option<Weighted> {
        None
    }

    /// Returns how often a new row passes through the network, and the key that
    /// sets it; `None` if it is only decoded.
    fn passes(&self) -> Option<(&'static str, usize)> {
        None
    }

    /// Returns codes of new rows `[rows, code]`; `None` unless the kind has a
    /// prior.
    fn sample(&self, _sampled: &Sampled) -> Option<Vec<f32>> {
        None
    }
}

/// Something that a kind does, by which other code recognises it: no kind is
/// named outside its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Inputs are corrupted in training.
    CorruptsInputs,
    /// Units of the code are set to 0.
    ZeroesUnits,
    /// Mean activations of units are kept near a target between 0 and 1.
    HoldsActivity,
    /// Each row's code is drawn from a distribution of its own.
    DrawsCodes,
    /// Codes take on a chosen distribution.
    HasPrior,
    /// New rows can be drawn.
    DrawsRows,
    /// The model is used differently from how it was trained, so its error in
    /// use says nothing about its training.
    TrainsOtherwise,
    /// Whole cells are hidden from the encoder in training.
    HidesCells,
    /// The kind acts on the network's code only; any other kind acts on every
    /// layer's outputs when layers are trained one by one.
    OnCodeOnly,
}

/// An effect that a kind needs another kind to have.
pub(crate) struct Need {
    pub effect: Effect,
    /// The parts of the error: what is missing, what it is needed for, and how
    /// to fix it.
    pub found: &'static str,
    pub expected: &'static str,
    pub hint: &'static str,
}

/// What a kind sees of the other settings.
pub(crate) struct Context {
    /// Units of the code.
    pub code: usize,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// The share of hidden units that are dropped in training.
    pub dropout: f32,
    /// Whether hidden layers are batch-normalised.
    pub batch_norm: bool,
    pub loss: LossConfig,
    /// The code's activation, with its default filled in.
    pub code_activation: Activation,
    /// Rows per step; 0 for all rows.
    pub batch: usize,
    /// The number of epochs of training; under `[layerwise]` of the layer, or of
    /// the layer with most.
    pub epochs: usize,
    /// Whether the encoder is one dense layer.
    pub is_shallow: bool,
    /// Whether only encoders of one dense layer are trained, each layer of a
    /// deep network by itself.
    pub trains_layers_alone: bool,
    /// Whether the code is feature maps.
    pub has_code_maps: bool,
}

/// A number that `evaluate` and the report show: a mean over rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measure {
    /// The name in `evaluate`'s output.
    pub name: &'static str,
    pub value: f64,
    /// The measure's name and meaning in the report; `None` if the report does
    /// not show it.
    pub shown: Option<(&'static str, &'static str)>,
}

/// Inputs on their way into the encoder.
pub(crate) struct Corrupted {
    /// `[rows, features]`
    pub input: Tensor<2>,
    /// Factors of each feature's error, `[rows, features]`; `None` for 1.
    pub emphasis: Option<Tensor<2>>,
    /// 1 for each feature that the encoder is shown, else 0; `None` if it is
    /// shown all.
    pub known: Option<Tensor<2>>,
}

impl Corrupted {
    /// Returns inputs as they are, with the features of missing cells, for which
    /// `known` is 0, without error.
    pub fn clean(input: Tensor<2>, known: Option<Tensor<2>>) -> Self {
        Corrupted {
            input,
            emphasis: known.clone(),
            known,
        }
    }
}

/// A batch that has been through the encoder.
#[derive(Clone)]
pub(crate) struct Encoded {
    /// The encoder's outputs, which variants turn into the code,
    /// `[rows, outputs]`.
    pub outputs: Tensor<2>,
    /// The clean inputs, `[rows, features]`.
    pub target: Tensor<2>,
    /// The emphasis, as in [`Corrupted`].
    pub emphasis: Option<Tensor<2>>,
    /// 1 for each feature of the clean inputs that is known, else 0; `None` if
    /// all are.
    pub known: Option<Tensor<2>>,
}

/// A batch that has been through the network.
pub(crate) struct Forward<'a> {
    pub coder: &'a Coder,
    pub pass: &'a Pass<'a>,
    /// The encoder's input, `[rows, features]`.
    pub input: Tensor<2>,
    /// The encoder's outputs, which variants turn into the code.
    pub outputs: Tensor<2>,
    /// `[rows, code]`
    pub code: Tensor<2>,
}

/// Rows to measure, a chunk at a time.
pub(crate) struct Measured<'a> {
    pub loss: &'a LossConfig,
    pub coder: &'a Coder,
    /// `[rows, features]`
    pub input: Tensor<2>,
    /// 1 for each feature that is known, else 0; `None` if all are.
    pub known: Option<Tensor<2>>,
    /// The address of the draws, which are the same in every measurement.
    pub address: Address<'a>,
}

/// Draws of each row's code, weighted by importance.
pub(crate) struct Weighted {
    /// `log p(x, h) / q(h|x)` in nats, `[rows, samples]`.
    pub log_weights: Vec<f32>,
    /// `h`, `[samples, rows, code]`.
    pub codes: Vec<f32>,
}

impl Measured<'_> {
    /// Returns the encoder's inputs.
    pub fn inputs(&self) -> Tensor<2> {
        let network = &self.coder.network;
        network.inputs(self.input.clone(), self.known.as_ref())
    }
}

/// New rows to draw, as many as the address names.
pub(crate) struct Sampled<'a> {
    pub loss: &'a LossConfig,
    pub coder: &'a Coder,
    /// Features of a row.
    pub features: usize,
    /// Units of the code.
    pub code: usize,
    pub address: Address<'a>,
}

/// The variants in use, in the order in which they act.
pub(crate) type Variants = Vec<Arc<dyn Variant>>;

/// The divergence in nats above which a unit of a drawn code is active.
pub(crate) const ACTIVE: f32 = 0.01;

/// Returns how many draws of each row's code the decoder gets per step.
pub(crate) fn draws(variants: &Variants) -> usize {
    variants.iter().map(|v| v.draws()).product()
}

/// A network with the variants that act on it.
#[derive(Debug, Clone)]
pub(crate) struct Coder {
    pub network: Network,
    pub variants: Variants,
}

impl Coder {
    /// Returns codes `[rows, code]` of features `[rows, features]`.
    pub fn encode(&self, input: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let outputs = self.network.encoder_outputs(input, pass);
        self.code(outputs, pass)
    }

    /// Returns codes `[rows, code]` of the encoder's outputs.
    pub fn code(&self, outputs: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let maps = self.network.code_maps();
        let variants = self.variants.iter();
        variants.fold(outputs, |code, v| v.code(code, maps, pass))
    }

    /// Returns the coder without gradients.
    pub fn untracked(&self) -> Self {
        Coder {
            network: self.network.untracked(),
            variants: self.variants.clone(),
        }
    }

    /// Corrupts inputs as the variants do in training.
    pub fn corrupt(&self, clean: Corrupted, address: Address) -> Corrupted {
        let cells = self.network.cells().map(AsRef::as_ref);
        let variants = self.variants.iter();
        variants.fold(clean, |corrupted, v| v.corrupt(corrupted, address, cells))
    }
}

/// Returns a config's optional table as a variant.
pub(crate) fn used<V: Variant + Clone + 'static>(table: &Option<V>) -> Option<Arc<dyn Variant>> {
    let table = table.as_ref()?;
    Some(Arc::new(table.clone()) as Arc<dyn Variant>)
}

/// Refuses kinds that cannot act together, and kinds that lack one they need.
///
/// # Errors
/// [`Error::Config`] with both kinds and the reason.
pub(crate) fn check_together(variants: &Variants, context: &Context) -> Result<()> {
    for this in variants {
        let others = || variants.iter().filter(|other| other.name() != this.name());
        if let Some(need) = this.needs()
            && !others().any(|other| other.effects(context).contains(&need.effect))
        {
            return Err(Error::config(
                this.name(),
                need.found,
                need.expected,
                need.hint,
            ));
        }
        for (effect, reason) in this.excludes(context) {
            let Some(other) = others().find(|other| other.effects(context).contains(&effect))
            else {
                continue;
            };
            let (this, other) = (this.name(), other.name());
            return Err(Error::config(
                this,
                format!("[{this}] beside [{other}]"),
                format!("one of the two: {reason}"),
                format!("leave [{this}] or [{other}] out"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

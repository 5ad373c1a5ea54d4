//! The settings of a training: plain data, the same in Rust and in TOML.
//!
//! Every key has a default. An empty file describes a stacked autoencoder,
//! 784-300-150-300-784, on MNIST, without the weight decay of
//! `configs/stacked.toml`. An `Option` that is `None` takes the default that
//! its doc names. [`Config::check`] refuses one that is `Some` but can have no
//! effect.

mod broken;
mod calibration;
mod change;
mod check;
mod columns;
mod convolutional;
mod deserialize;
mod key;
mod layerwise;
mod meant;
pub(crate) mod plan;
mod series;
mod sizes;
mod text;

use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::objective::variant::{self, Coder, Context, Effect, Variants, kinds, used};

pub use crate::settings::{
    Activation, Amount, Balance, ConvolutionalConfig, DataConfig, HoldOut, Init, Kind, LayerEpochs,
    Layerwise, LossConfig, Missing, NetworkConfig, Networks, OptimizerConfig, OptimizerName,
    Reconstruction, Scale, Schedule, ScoreBy, ScoreConfig, Series, TimeKind, TimePart, TrainConfig,
    Unseen,
};
pub(crate) use check::check_optimizer;
pub use meant::whole_key;
pub use sizes::Sizes;
pub use text::ConfigText;

/// Declares [`Config`] with an optional table for each variant.
macro_rules! config {
    ($($(#[$when:meta])* $name:ident: $table:ident,)*) => {
        /// All settings of one training.
        ///
        /// ```
        /// use narrows::Config;
        /// let mut config = Config::default();
        /// config.network.code = 8;
        /// config.train.epochs = 20;
        /// config.check()?;
        /// # Ok::<(), narrows::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Config {
            /// The seed of every random draw (default 42).
            pub seed: u64,
            /// The number of networks, trained from as many seeds, `seed` and those
            /// that follow, on the same rows (default 1). They score rows together:
            /// by the mean of `-ln p`, with `p` a row's p-value by each (after Chen,
            /// Sathe, Aggarwal & Turaga, "Outlier detection with autoencoder
            /// ensembles", 2017), and what is expected of a row is their mean. All else
            /// is done by the first.
            #[serde(skip_serializing_if = "is_one")]
            pub seeds: usize,
            /// The rows to train on and their preparation.
            pub data: DataConfig,
            /// The shape of the network.
            pub network: NetworkConfig,
            /// The terms that training minimises.
            pub loss: LossConfig,
            /// The method that updates the weights.
            pub optimizer: OptimizerConfig,
            /// The length of training and of its steps.
            pub train: TrainConfig,
            /// How unusual a row is.
            #[serde(skip_serializing_if = "ScoreConfig::is_default")]
            pub score: ScoreConfig,
            /// Training one layer after another (default: all layers at once).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub layerwise: Option<Layerwise>,
            /// The convolutional layers (default: none).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub convolutional: Option<ConvolutionalConfig>,
            $(
                #[doc = concat!("The variant `[", stringify!($name), "]` (default: not used).")]
                $(#[$when])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<variant::$table>,
            )*
        }

        impl Default for Config {
            fn default() -> Self {
                Config {
                    seed: 42,
                    seeds: 1,
                    data: DataConfig::default(),
                    network: NetworkConfig::default(),
                    loss: LossConfig::default(),
                    optimizer: OptimizerConfig::default(),
                    train: TrainConfig::default(),
                    score: ScoreConfig::default(),
                    layerwise: None,
                    convolutional: None,
                    $($(#[$when])* $name: None,)*
                }
            }
        }

        impl Config {
            /// Returns the variants in use, in the order in which they act.
            pub(crate) fn variants(&self) -> Variants {
                [$($(#[$when])* used(&self.$name),)*].into_iter().flatten().collect()
            }
        }
    };
}

kinds!(config);

fn is_one(seeds: &usize) -> bool {
    *seeds == 1
}

impl Config {
    /// Returns the activation of the code, with its default filled in.
    pub fn code_activation(&self) -> Activation {
        let needed = || self.variants().iter().find_map(|v| v.code_activation());
        let network = &self.network;
        let chosen = network.code_activation.or_else(needed);
        chosen.unwrap_or(network.hidden_activation())
    }

    /// Joins a network with the variants that act on it.
    pub(crate) fn coder(&self, network: Network) -> Coder {
        Coder {
            network,
            variants: self.variants(),
        }
    }

    /// Returns the settings that variants see besides their own.
    pub(crate) fn context(&self) -> Context {
        let dense = self.convolutional.is_none();
        let alone = self.layerwise.as_ref().is_some_and(|l| l.fine_tune == 0);
        let epochs = match &self.layerwise {
            Some(layerwise) => layerwise.epochs.of_layers(self.depth()).into_iter().max(),
            None => Some(self.train.epochs),
        };
        Context {
            code: self.network.code,
            tied: self.network.tied,
            dropout: self.network.dropout,
            batch_norm: self.network.batch_norm,
            loss: self.loss,
            code_activation: self.code_activation(),
            batch: self.train.batch,
            epochs: epochs.unwrap_or(0),
            is_shallow: dense && self.depth() == 1,
            trains_layers_alone: dense && alone,
            has_code_maps: self.convolutional.as_ref().is_some_and(|c| c.maps),
        }
    }

    /// Returns the config with what rows decide: how columns are compared, and
    /// what is shown of missing cells. `mixed` says that not all columns are
    /// numbers, or that cells are missing.
    pub(crate) fn for_columns(&self, mixed: bool) -> Config {
        let mut config = self.clone();
        let hides = config.has_effect(Effect::HidesCells);
        if hides && config.data.missing == Missing::Refuse {
            config.data.missing = Missing::Mask;
        }
        if config.loss.reconstruction == Reconstruction::Auto {
            config.loss.reconstruction = Reconstruction::Columns;
            let possible = config.with_balance();
            if (mixed || hides) && possible.check().is_ok() {
                return possible;
            }
            config.loss.reconstruction = Reconstruction::Mse;
        }
        config.with_balance()
    }

    /// Returns the config with the default of `loss.balance` filled in.
    fn with_balance(&self) -> Config {
        let mut config = self.clone();
        if config.loss.reconstruction == Reconstruction::Columns {
            let default = match config.has_effect(Effect::DrawsCodes) {
                true => Balance::Nats,
                false => Balance::Equal,
            };
            config.loss.balance.get_or_insert(default);
        }
        config
    }

    /// Returns whether any variant in use has the effect.
    pub(crate) fn has_effect(&self, effect: Effect) -> bool {
        let context = self.context();
        let mut variants = self.variants().into_iter();
        variants.any(|v| v.effects(&context).contains(&effect))
    }

    /// Returns the seed for drawing rows as zeros and ones; `None` if rows are
    /// used as they are.
    pub(crate) fn binarising_seed(&self) -> Option<u64> {
        self.data.binarised.then_some(self.seed)
    }
}

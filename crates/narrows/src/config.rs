//! What a training is asked to do: plain data, the same in Rust and in TOML.
//!
//! Every key has a default; an empty file is a stacked autoencoder 784-300-150
//! and back on MNIST, without the weight decay of `configs/stacked.toml`. An `Option` that is `None` takes the default
//! that its doc names; one that is `Some` where it can have no effect is
//! refused by [`Config::check`].

pub(crate) mod check;
mod choices;
mod convolutional;
mod layerwise;
mod meant;
mod text;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::read::Roles;
use crate::variant::{
    Adversarial, Contractive, Denoising, GenerativeStochastic, KSparse, Sparse, Variant,
    Variational, WinnerTakeAll, used,
};

pub use choices::{Activation, Init, Missing, OptimizerName, Reconstruction, Scale, Schedule};
pub use convolutional::ConvolutionalConfig;
pub use layerwise::{LayerEpochs, Layerwise, Networks};
pub use meant::whole_key;
pub use text::ConfigText;
pub(crate) use text::quoted;

/// Declares [`Config`] with an optional table for each variant.
macro_rules! config {
    ($($name:ident: $table:ident,)*) => {
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
            /// Which rows to train on and how to prepare them.
            pub data: DataConfig,
            /// The shape of the network.
            pub network: NetworkConfig,
            /// The terms that training makes small.
            pub loss: LossConfig,
            /// How the weights move.
            pub optimizer: OptimizerConfig,
            /// How long training goes on.
            pub train: TrainConfig,
            /// One layer after another (default: all at once).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub layerwise: Option<Layerwise>,
            /// Layers that are convolutions (default: none).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub convolutional: Option<ConvolutionalConfig>,
            $(
                #[doc = concat!("The variant `[", stringify!($name), "]` (default: not used).")]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$table>,
            )*
        }

        impl Default for Config {
            fn default() -> Self {
                Config {
                    seed: 42,
                    data: DataConfig::default(),
                    network: NetworkConfig::default(),
                    loss: LossConfig::default(),
                    optimizer: OptimizerConfig::default(),
                    train: TrainConfig::default(),
                    layerwise: None,
                    convolutional: None,
                    $($name: None,)*
                }
            }
        }

        impl Config {
            /// The variants in use, in the order in which they act.
            pub(crate) fn variants(&self) -> Vec<Arc<dyn Variant>> {
                [$(used(&self.$name)),*].into_iter().flatten().collect()
            }

            /// The same without the variants that act on the network's code
            /// only, not on the outputs of every layer.
            pub(crate) fn for_inner_layer(&self) -> Config {
                let mut config = self.clone();
                $(config.$name = config.$name.filter(|v| !v.only_on_code());)*
                config
            }
        }
    };
}

// One line for each variant, in the order in which they act.
config! {
    denoising: Denoising,
    sparse: Sparse,
    k_sparse: KSparse,
    winner_take_all: WinnerTakeAll,
    contractive: Contractive,
    variational: Variational,
    adversarial: Adversarial,
    generative_stochastic: GenerativeStochastic,
}

/// `[data]`: which rows to train on and how to prepare them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// `mnist:train` (default), `mnist:test`, or a path; empty in the config
    /// of a model that was trained on a path, which it does not remember.
    pub source: String,
    /// The column that labels each row; kept out of training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The column that identifies each row; comes back beside every output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Columns to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Text columns to turn into one 0/1 feature for each of their texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_hot: Vec<String>,
    /// What to do with missing cells.
    pub missing: Missing,
    /// Rows kept out of training to measure on. Default: 5,000, or a tenth of
    /// the rows where that is less. 0 trains on all rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<usize>,
    /// How values are scaled before the network sees them.
    pub scale: Scale,
    /// Whether rows are drawn as zeros and ones, a feature in [0, 1] being the
    /// probability of a 1: anew in each epoch, and once for what `evaluate` and
    /// the held-out errors measure (dynamic binarisation, Salakhutdinov &
    /// Murray 2008; default false). A model in use takes rows as they are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binarised: bool,
}

/// `[network]`: the shape of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Widths of the encoder's layers between input and code; the decoder
    /// mirrors them (default `[300]`; `[]` for one layer each way).
    pub hidden: Vec<usize>,
    /// Width of the code (default 150; of maps, what they have).
    pub code: usize,
    /// Activation of the hidden layers (default ELU).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Activation of the code (default: what a variant needs, or else that of
    /// the hidden layers).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_activation: Option<Activation>,
    /// Activation of the output (default identity).
    pub output: Activation,
    /// Whether the decoder's matrices are the transposes of the encoder's.
    pub tied: bool,
    /// How weights start. Default: He after ReLU and its kin, LeCun after
    /// SELU, Glorot after the others, layer by layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
    /// Share of each hidden layer's outputs set to 0 in training; the rest
    /// is scaled by 1/(1 - share) (default 0).
    pub dropout: f32,
    /// Whether hidden layers are batch-normalised before their activation.
    pub batch_norm: bool,
    /// Upper bound on the Euclidean norm of each unit's incoming weights,
    /// enforced after every step (default: none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_norm: Option<f32>,
}

/// `[loss]`: the terms that training makes small.
///
/// Row terms are summed over features and averaged over rows, so a weight
/// published for a mean over features is multiplied by their number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// How an input and its reconstruction are compared (default MSE).
    pub reconstruction: Reconstruction,
    /// Where Huber's loss turns from square to line (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub huber_delta: Option<f32>,
    /// Gaussian: the standard deviation `σ` of the features around their
    /// reconstruction, in scaled units (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f32>,
    /// λ of the penalty λ Σ|w| over every matrix (default 0).
    pub l1: f32,
    /// λ of the penalty λ/2 Σw² over every matrix (default 0).
    pub l2: f32,
}

/// `[optimizer]`: how the weights move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The method (default Adam).
    pub name: OptimizerName,
    /// The learning rate (default 0.001).
    pub rate: f64,
    /// SGD and RMSProp: share of the last move that is kept (default 0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// SGD: whether the gradient is corrected for the move to come
    /// (default false).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesterov: Option<bool>,
    /// RMSProp: decay of the mean square (default 0.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<f64>,
    /// Adam, AdamW, Nadam: decay of the mean (default 0.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Adam, AdamW, Nadam: decay of the mean square (default 0.999).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// RMSProp and the Adams: added to the root (default 1e-8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// AdamW: share of each weight lost a step, times the rate
    /// (default 0.01). Biases are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// How the rate changes over time (default constant).
    pub schedule: Schedule,
    /// Step schedule: epochs between drops (default 10). Exponential: epochs
    /// for one factor (default 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<f64>,
    /// Step and exponential schedules: what the rate is multiplied by
    /// (default 0.1 and 0.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Epochs, or a part of one, over which the rate first climbs in a line
    /// from 0 (default 0).
    pub warm_up: f64,
    /// Upper bound on the Euclidean norm of all gradients together; longer
    /// ones are scaled down to it (default: none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
}

/// `[train]`: how long training goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training rows (default 5). `[layerwise]` has epochs of
    /// its own.
    pub epochs: usize,
    /// Rows a step (default 150; 0 for all rows at once).
    pub batch: usize,
    /// Stop after this many epochs without a better held-out error, and keep
    /// the best weights (default: never).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<usize>,
}

impl DataConfig {
    /// Whether the source is a data set that the program carries, not a path.
    pub fn is_built_in(&self) -> bool {
        let name = self.source.split(':').next().unwrap_or_default();
        matches!(name, "mnist" | "plane")
    }

    /// How a reader is to take the columns. `optional` is for rows that a
    /// trained model meets, whose labels and ids may be absent.
    pub fn roles(&self, optional: bool) -> Roles {
        Roles {
            label: self.label.clone(),
            id: self.id.clone(),
            ignore: self.ignore.clone(),
            one_hot: self.one_hot.clone(),
            allow_missing: self.missing == Missing::Mean,
            optional,
            ..Default::default()
        }
    }
}

impl Default for DataConfig {
    fn default() -> Self {
        DataConfig {
            source: "mnist:train".into(),
            label: None,
            id: None,
            ignore: Vec::new(),
            one_hot: Vec::new(),
            missing: Missing::default(),
            held_out: None,
            scale: Scale::default(),
            binarised: false,
        }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig {
            hidden: vec![300],
            code: 150,
            activation: None,
            code_activation: None,
            output: Activation::Identity,
            tied: false,
            init: None,
            dropout: 0.0,
            batch_norm: false,
            max_norm: None,
        }
    }
}

impl Default for LossConfig {
    fn default() -> Self {
        LossConfig {
            reconstruction: Reconstruction::Mse,
            huber_delta: None,
            deviation: None,
            l1: 0.0,
            l2: 0.0,
        }
    }
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        OptimizerConfig {
            name: OptimizerName::Adam,
            rate: 0.001,
            momentum: None,
            nesterov: None,
            decay: None,
            beta1: None,
            beta2: None,
            epsilon: None,
            weight_decay: None,
            schedule: Schedule::Constant,
            every: None,
            factor: None,
            warm_up: 0.0,
            clip: None,
        }
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            epochs: 5,
            batch: 150,
            early_stopping: None,
        }
    }
}

impl Config {
    /// The code's activation, its default filled in.
    pub fn code_activation(&self) -> Activation {
        let needed = || self.variants().iter().find_map(|v| v.code_activation());
        let network = &self.network;
        let chosen = network.code_activation.or_else(needed);
        chosen.unwrap_or(network.hidden_activation())
    }
}

impl LossConfig {
    /// Whether the reconstruction term is a negative log-likelihood in nats.
    pub fn is_likelihood(&self) -> bool {
        matches!(
            self.reconstruction,
            Reconstruction::Bce | Reconstruction::Gaussian
        )
    }
}

impl NetworkConfig {
    /// The hidden layers' activation, its default filled in.
    pub fn hidden_activation(&self) -> Activation {
        self.activation.unwrap_or(Activation::Elu)
    }
}

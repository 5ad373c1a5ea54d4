//! Settings that are one of a few names.

pub use narrows_ops::Activation;
use serde::{Deserialize, Serialize};

/// What to do with missing cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Stop with the row and column of the first one.
    #[default]
    Refuse,
    /// Fill in the column's mean over the training rows; in a column of
    /// texts, the commonest of them.
    Mean,
}

/// How values are scaled before the network sees them; fitted on the training
/// rows only, undone on the way out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Image bytes by 1/255; a table whose values all lie in [0, 1] not at
    /// all; any other table to [0, 1] if the output activation is a sigmoid,
    /// else to mean 0 and deviation 1.
    #[default]
    Auto,
    /// As they are.
    None,
    /// Each column to [0, 1] by its smallest and largest training value.
    MinMax,
    /// Each column to mean 0 and standard deviation 1.
    Standard,
    /// Each column less its training mean, image bytes by 1/255 besides: mean
    /// 0, and columns stay as wide beside one another as they are.
    Centre,
}

/// The distribution that weights are first drawn from: normal, mean 0, and
/// a variance that follows the numbers of inputs and outputs of the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Variance 2/inputs (He et al. 2015)
    He,
    /// Variance 2/(inputs + outputs) (Glorot & Bengio 2010)
    Glorot,
    /// Variance 1/inputs (LeCun et al. 1998)
    Lecun,
}

/// How an input `x` and its reconstruction `y` are compared; each is summed
/// over the features of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reconstruction {
    /// Squared error, `(y - x)²`. The name is the field's, though the sum is
    /// over features.
    Mse,
    /// Cross-entropy of Bernoulli features in nats, computed on the logits
    /// `z`: `max(z, 0) - x z + log(1 + exp(-|z|))`. Needs a sigmoid output
    /// and inputs in [0, 1].
    Bce,
    /// Negative log-likelihood in nats of normal features with deviation `σ`:
    /// `(y - x)²/(2σ²) + log σ + ½ log 2π`.
    Gaussian,
    /// `d²/2` for `|d| ≤ δ`, `δ(|d| - δ/2)` beyond, with `d = y - x`.
    Huber,
    /// `|y - x|`
    L1,
}

/// The method by which weights follow their gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Gradient descent, with momentum and Nesterov's correction if asked.
    Sgd,
    /// Gradient over the root of its mean square (Tieleman & Hinton 2012).
    Rmsprop,
    /// Mean over root of mean square, both bias-corrected (Kingma & Ba 2015).
    Adam,
    /// Adam with decay apart from the gradient (Loshchilov & Hutter 2019).
    Adamw,
    /// Adam with Nesterov's momentum (Dozat 2016).
    Nadam,
}

/// How the learning rate changes over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The same rate throughout.
    Constant,
    /// Multiplied by `factor` at every `every` epochs.
    Step,
    /// Multiplied by `factor` over every `every` epochs, a little each step.
    Exponential,
    /// Half a cosine wave from the full rate down to 0 at the last step.
    Cosine,
}

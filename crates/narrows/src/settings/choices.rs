//! Settings that take one of a few names.

pub use narrows_ops::Activation;
use serde::{Deserialize, Serialize};

/// What to do with missing cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// Stop, and name the row and column of the first one.
    #[default]
    Refuse,
    /// Show the encoder the column's mean over the training rows; in a text
    /// column, its most common text. Missing cells enter no loss and no error.
    Mean,
    /// Show the encoder that the cell is missing: the mean, or no text at all,
    /// and for each number column that has missing cells in training one input
    /// more, 1 if the cell is known and else 0. Tied, layer-wise, contractive
    /// and convolutional networks have no such inputs. Missing cells enter no
    /// loss and no error.
    Mask,
}

/// What to do with a text that a category column did not have in training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unseen {
    /// Take the cell for none of the known texts: all of its features are 0. A
    /// score counts it as wrong, whatever the model expects.
    #[default]
    Accept,
    /// Stop, and name the row and column of the first one.
    Refuse,
}

/// What marks the decimals of numbers in a table of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decimal {
    /// What a column's numbers show it to be. Numbers that leave it open, as
    /// `1,234` does, are refused.
    #[default]
    Auto,
    /// A point; commas are between thousands.
    Point,
    /// A comma; points are between thousands.
    Comma,
}

/// What parts the cells of a table of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delimiter {
    /// What the first lines show it to be.
    #[default]
    Auto,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
    /// Any number of spaces and tabs.
    Space,
}

/// How values are scaled before the network sees them. Scaling is fitted on the
/// training rows only and undone on the way out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scale {
    /// Image bytes are multiplied by 1/255, pixels of 16 bits by 1 over the
    /// largest number of as many bits as the training values have (4,095 if
    /// none is larger). Images of values in [0, 1] are left as they are, and so
    /// are arrays of 64 or more columns without names. A
    /// table is scaled column by column: to [0, 1] if the output activation is
    /// a sigmoid, else to mean 0 and standard deviation 1. Where a few values
    /// lie so far from all others that those would shrink to one point, the
    /// column is scaled by its median and quartiles, as `robust` does.
    #[default]
    Auto,
    /// Values are left as they are.
    None,
    /// Each column is scaled to [0, 1] by its smallest and largest training
    /// value.
    MinMax,
    /// Each column is scaled to mean 0 and standard deviation 1.
    Standard,
    /// Each column is scaled to median 0 and the quartiles of a standard normal
    /// distribution, and values `z` beyond 4 are drawn in: with `t = (|z| - 4)/4`
    /// to `4 + 4 t/(1 + t)`, which stays below 8. Their errors are those of the
    /// drawn-in values.
    Robust,
    /// Each column's training mean is subtracted, and pixels are also multiplied
    /// as by [`Scale::Auto`]: the mean is 0, and columns keep their relative
    /// widths.
    Centre,
}

/// The distribution of the initial weights: normal, with mean 0 and a variance
/// that depends on the layer's numbers of inputs and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reconstruction {
    /// `columns` for a table that has categories, missing cells or cells to
    /// hide, if the output is linear; else `mse`.
    #[default]
    Auto,
    /// Each column by minus the log-likelihood of its kind, of its known cells:
    /// - numbers: `(y - x)²/(2σ²)`, with a `σ` for each column;
    /// - numbers of two values: `log(1 + exp z) - x z`, with the logit `z`;
    /// - categories: `-log` of the text's probability, a softmax;
    /// - counts: negative binomial, with the logarithm of the mean `z`;
    /// - times of the day and the like: as numbers, by sine and cosine.
    ///
    /// [`Balance`] says how columns weigh. Needs a linear output.
    Columns,
    /// Squared error, `(y - x)²`. The name is the field's usual one, although
    /// the sum is over features.
    Mse,
    /// Cross-entropy of Bernoulli features in nats, computed on the logits
    /// `z`: `max(z, 0) - x z + log(1 + exp(-|z|))`. Needs a sigmoid output
    /// and inputs in [0, 1].
    Bce,
    /// Negative log-likelihood in nats of normal features with deviation `σ`:
    /// `(y - x)²/(2σ²) + log σ + ½ log 2π`.
    Gaussian,
    /// `d²/2` if `|d| ≤ δ`, otherwise `δ(|d| - δ/2)`, with `d = y - x`.
    Huber,
    /// `|y - x|`
    L1,
}

/// How the columns of a table weigh in `loss.reconstruction = "columns"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Balance {
    /// Each column costs 1/2 at first, whatever its kind and its number of
    /// texts: its error is divided by twice that of its marginal distribution
    /// over the training rows.
    Equal,
    /// Each column costs its nats. The variance of a number around its
    /// reconstruction is a running average over the steps. The loss is then
    /// minus a log-likelihood, as a bound of it needs.
    Nats,
}

/// The method that updates weights from their gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OptimizerName {
    /// Gradient descent, optionally with momentum and Nesterov's correction.
    Sgd,
    /// Gradient over the root of its mean square (Tieleman & Hinton 2012).
    Rmsprop,
    /// Mean over root of mean square, both bias-corrected (Kingma & Ba 2015).
    Adam,
    /// Adam with weight decay apart from the gradient (Loshchilov & Hutter
    /// 2019).
    Adamw,
    /// Adam with Nesterov's momentum (Dozat 2016).
    Nadam,
}

/// How the learning rate changes over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Schedule {
    /// The same rate throughout training.
    Constant,
    /// Multiplied by `factor` after every `every` epochs.
    Step,
    /// Multiplied by `factor` over every `every` epochs, a little each step.
    Exponential,
    /// Half a cosine wave from the full rate down to 0 at the last step.
    Cosine,
}

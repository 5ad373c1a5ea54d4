//! Defines a classifier's training settings, and refuses those out of range.

use serde::{Deserialize, Serialize};

use super::ClassWeights;
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::config::{OptimizerConfig, check_optimizer};

/// Returns where the settings are explained.
fn meanings() -> Hint {
    Remedy::ExplainClassifier.into()
}

/// All settings for training a classifier.
///
/// ```
/// use narrows::ClassifierConfig;
/// let mut config = ClassifierConfig::default();
/// config.labelled = Some(1_000);
/// config.frozen = 5;
/// config.check()?;
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClassifierConfig {
    /// The seed of every random draw (default 42).
    pub seed: u64,
    /// Number of labelled rows to train on, drawn by the seed, as evenly over
    /// the classes as the labels allow. Default: all that are not held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labelled: Option<usize>,
    /// Labelled rows kept out of training to measure on, drawn by the seed
    /// before the others. Default: the least of 5,000, a tenth of the labelled
    /// rows, and `labelled`. 0 keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<usize>,
    /// Passes over the training rows (default 50).
    pub epochs: usize,
    /// Mini-batch size (default 50; 0 for all rows at once).
    pub batch: usize,
    /// Stop after this many epochs without a lower cross-entropy of the
    /// held-out rows (weighted if the classes are), and keep the best weights
    /// (default: never).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<usize>,
    /// The optimizer: the method, the learning rate and its schedule, and a
    /// bound on the gradients.
    #[serde(flatten)]
    pub optimizer: OptimizerConfig,
    /// Number of first epochs in which the encoder stays fixed and only the
    /// layer above it is trained (default 0: all is trained at once; as many as
    /// `epochs`: the encoder never changes).
    pub frozen: usize,
    /// λ of the penalty λ/2 Σw² over the matrices that are being trained, added
    /// to a cross-entropy that is a mean over rows (default 0).
    pub l2: f32,
    /// Bound on the norm of the weights into each unit, of the matrices that
    /// are being trained (default: none). Srivastava et al., "Dropout", 2014,
    /// appendix A.3, take 3 to 4 with dropout and a high rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_norm: Option<f32>,
    /// Share of each hidden layer's outputs, including the code's, set to 0 in
    /// training; the rest is scaled by 1/(1 - share). A frozen encoder runs as
    /// in use, and dropout only applies to its code (default 0).
    pub dropout: f32,
    /// Share of each row's features set to 0 in training; the rest is scaled by
    /// 1/(1 - share). A frozen encoder gets all features (default 0; Srivastava
    /// et al., "Dropout", 2014, take 0.2 with a dropout of 0.5).
    #[serde(skip_serializing_if = "is_zero")]
    pub input_dropout: f32,
    /// Weights of the classes, by which the loss of their rows is multiplied, so
    /// that a rare class is not passed over. Accuracy then falls where it was that
    /// of the commonest class, and balanced accuracy rises; the probabilities are
    /// those of classes as frequent as they are weighted (default: none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<ClassWeights>,
    /// Whether the encoder starts from fresh random weights instead of the
    /// autoencoder's, to compare pretraining with (default false).
    pub from_scratch: bool,
}

fn is_zero(share: &f32) -> bool {
    *share == 0.0
}

impl Default for ClassifierConfig {
    fn default() -> Self {
        ClassifierConfig {
            seed: 42,
            labelled: None,
            held_out: None,
            epochs: 50,
            batch: 50,
            early_stopping: None,
            optimizer: OptimizerConfig::default(),
            frozen: 0,
            l2: 0.0,
            max_norm: None,
            dropout: 0.0,
            input_dropout: 0.0,
            class_weights: None,
            from_scratch: false,
        }
    }
}

impl ClassifierConfig {
    /// Refuses settings that are out of range.
    ///
    /// # Errors
    /// [`Error::Config`] with the key at fault.
    pub fn check(&self) -> Result<()> {
        let refuse = |key: &str, found: String, expected: &str| {
            Err(Error::config(
                &format!("classifier.{key}"),
                found,
                expected,
                meanings(),
            ))
        };
        if self.seed > i64::MAX as u64 {
            return refuse("seed", self.seed.to_string(), "at most 9223372036854775807");
        }
        if !(1..=1_000_000_000).contains(&self.epochs) {
            return refuse("epochs", self.epochs.to_string(), "1 to 1000000000");
        }
        if self.early_stopping.is_some() && self.held_out == Some(0) {
            let expected = "held-out rows to watch";
            return refuse("early_stopping", "no held-out rows".into(), expected);
        }
        if self.early_stopping == Some(0) {
            return refuse("early_stopping", "0".into(), "at least 1 epoch");
        }
        check_optimizer(&self.optimizer, self.epochs).map_err(as_classifiers)?;
        if self.frozen > self.epochs {
            let expected = format!("at most the {} epochs there are", self.epochs);
            return refuse("frozen", self.frozen.to_string(), &expected);
        }
        if !(self.l2 >= 0.0 && self.l2.is_finite()) {
            return refuse("l2", self.l2.to_string(), "a finite number, 0 or above");
        }
        if let Some(norm) = self
            .max_norm
            .filter(|norm| !(*norm > 0.0 && norm.is_finite()))
        {
            return refuse("max_norm", norm.to_string(), "a finite number above 0");
        }
        let weights = self.class_weights.as_ref();
        if let Some((class, weight)) = weights.and_then(ClassWeights::out_of_range) {
            let found = format!("{weight} for '{class}'");
            return refuse("class_weights", found, "a finite number above 0");
        }
        for (key, share) in [
            ("dropout", self.dropout),
            ("input_dropout", self.input_dropout),
        ] {
            if !(0.0..1.0).contains(&share) {
                return refuse(key, share.to_string(), "at least 0 and less than 1");
            }
        }
        if self.input_dropout > 0.0 && self.frozen == self.epochs {
            return refuse(
                "input_dropout",
                format!(
                    "{} for an encoder that is always frozen",
                    self.input_dropout
                ),
                "0: nothing is dropped for a frozen encoder",
            );
        }
        Ok(())
    }
}

/// Rewords an error of the optimizer's settings as one of the classifier's.
fn as_classifiers(error: Error) -> Error {
    match error {
        Error::Config {
            key,
            found,
            expected,
            ..
        } => {
            let key = key.replacen("optimizer.", "classifier.", 1);
            Error::config(&key, found, expected, meanings())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut ClassifierConfig)) -> String {
        let mut config = ClassifierConfig::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_default_is_accepted_and_what_is_out_of_range_refused_by_its_key() {
        ClassifierConfig::default().check().unwrap();
        for (key, message) in [
            ("seed", refused(|c| c.seed = u64::MAX)),
            ("epochs", refused(|c| c.epochs = 0)),
            ("rate", refused(|c| c.optimizer.rate = f64::NAN)),
            ("frozen", refused(|c| c.frozen = 51)),
            ("l2", refused(|c| c.l2 = -1.0)),
            ("max_norm", refused(|c| c.max_norm = Some(0.0))),
            (
                "class_weights",
                refused(|c| {
                    let weights = [("a".to_string(), 0.0)];
                    c.class_weights = Some(ClassWeights::Each(weights.into()));
                }),
            ),
            ("dropout", refused(|c| c.dropout = 1.0)),
            ("input_dropout", refused(|c| c.input_dropout = -0.1)),
            (
                "input_dropout",
                refused(|c| (c.input_dropout, c.frozen) = (0.1, c.epochs)),
            ),
        ] {
            let named = format!("`classifier.{key}`");
            assert!(message.contains(&named), "{message}");
        }
    }
}

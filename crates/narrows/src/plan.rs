//! A config beside the shape of its data: everything decided and checked
//! before the first tensor is made.

use crate::config::{Activation, Config, Init};
use crate::error::{Error, Result};
use crate::warning::Warning;

/// Held-out rows by default, where there are enough rows.
const HELD_OUT: usize = 5_000;
/// More weights than this do not fit a usual machine's memory four times.
const MOST_WEIGHTS: usize = 1 << 30;

/// A training with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The config it was made from.
    pub config: Config,
    /// Features of a row.
    pub features: usize,
    /// The encoder's layers, then the decoder's.
    pub(crate) layers: Vec<LayerPlan>,
}

/// One dense layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerPlan {
    pub name: String,
    pub inputs: usize,
    pub outputs: usize,
    pub activation: Activation,
    pub init: Init,
    /// Hidden layers have dropout and batch normalisation; code and output
    /// have not.
    pub hidden: bool,
}

impl Plan {
    /// Decides every layer.
    ///
    /// # Errors
    /// [`Error::Config`] where the config contradicts itself or is too large.
    pub fn new(config: &Config, features: usize) -> Result<Self> {
        config.check()?;
        let network = &config.network;
        let widths = network.widths(features);
        let depth = widths.len() - 1;
        let weights = widths.windows(2).try_fold(0usize, |sum, pair| {
            pair[0]
                .checked_mul(pair[1])
                .and_then(|w| sum.checked_add(w))
        });
        if weights.is_none_or(|weights| weights > MOST_WEIGHTS) {
            return Err(Error::config(
                "network.hidden",
                format!("layers of {widths:?} units"),
                format!("at most {MOST_WEIGHTS} weights"),
                "narrow the widest layers",
            ));
        }
        let layer = |name: String, inputs, outputs, activation: Activation, hidden| LayerPlan {
            name,
            inputs,
            outputs,
            activation,
            init: network.init.unwrap_or(activation.usual_init()),
            hidden,
        };
        let mut layers = Vec::with_capacity(2 * depth);
        let variants = config.variants();
        let per_unit: usize = variants.iter().map(|v| v.outputs_per_unit()).product();
        for at in 0..depth {
            let code = at + 1 == depth;
            let activation = if code {
                config.code_activation()
            } else {
                network.hidden_activation()
            };
            layers.push(layer(
                format!("encoder.{at}"),
                widths[at],
                widths[at + 1] * if code { per_unit } else { 1 },
                activation,
                !code,
            ));
        }
        for at in 0..depth {
            let (inputs, outputs) = (widths[depth - at], widths[depth - at - 1]);
            let output = at + 1 == depth;
            let activation = if output {
                network.output
            } else {
                network.hidden_activation()
            };
            layers.push(layer(
                format!("decoder.{at}"),
                inputs,
                outputs,
                activation,
                !output,
            ));
        }
        Ok(Plan {
            config: config.clone(),
            features,
            layers,
        })
    }

    /// Layers of the encoder, as many as of the decoder.
    pub(crate) fn depth(&self) -> usize {
        self.layers.len() / 2
    }

    /// How many of `rows` rows are held out.
    ///
    /// # Errors
    /// [`Error::Config`] where none would be left to train on.
    pub fn held_out(config: &Config, rows: usize) -> Result<usize> {
        let held_out = config.data.held_out.unwrap_or(HELD_OUT.min(rows / 10));
        if held_out >= rows {
            return Err(Error::config(
                "data.held_out",
                format!("{held_out} of the {rows} rows there are"),
                "at least one row to train on",
                "lower data.held_out, or leave it out for a tenth of the rows",
            ));
        }
        if held_out == 0 && config.train.early_stopping.is_some() {
            return Err(Error::config(
                "train.early_stopping",
                format!("{rows} rows, too few to hold any out"),
                "held-out rows to watch",
                "set data.held_out, or leave train.early_stopping out",
            ));
        }
        Ok(held_out)
    }

    /// What is allowed but unlikely to be meant.
    pub fn warnings(&self) -> Vec<Warning> {
        let code = self.config.network.code;
        let variants = self.config.variants();
        let mut warnings: Vec<Warning> = variants
            .iter()
            .flat_map(|v| v.warnings(&self.config))
            .collect();
        if code >= self.features && variants.is_empty() {
            warnings.push(Warning::WideCode {
                code,
                features: self.features,
            });
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_chapters_stacked_autoencoder() {
        let plan = Plan::new(&Config::default(), 784).unwrap();
        let shapes: Vec<(usize, usize)> =
            plan.layers.iter().map(|l| (l.inputs, l.outputs)).collect();
        assert_eq!(shapes, [(784, 300), (300, 150), (150, 300), (300, 784)]);
        assert_eq!(plan.layers[0].activation, Activation::Elu);
        assert_eq!(plan.layers[0].init, Init::He);
        assert_eq!(plan.layers[3].activation, Activation::Identity);
    }

    #[test]
    fn held_out_rows_default_to_5000_or_a_tenth() {
        let mut config = Config::default();
        assert_eq!(Plan::held_out(&config, 60_000).unwrap(), 5_000);
        assert_eq!(Plan::held_out(&config, 300).unwrap(), 30);
        assert_eq!(Plan::held_out(&config, 1).unwrap(), 0);
        config.data.held_out = Some(300);
        assert!(
            Plan::held_out(&config, 300)
                .unwrap_err()
                .to_string()
                .contains("data.held_out")
        );
    }

    #[test]
    fn networks_beyond_any_memory_are_refused() {
        let mut config = Config::default();
        config.network.hidden = vec![1 << 20, 1 << 20];
        assert!(
            Plan::new(&config, 784)
                .unwrap_err()
                .to_string()
                .contains("network.hidden")
        );
    }
}

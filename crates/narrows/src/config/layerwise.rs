//! Checks `[layerwise]`, and derives the settings of each layer's own
//! autoencoder.

use super::{Activation, Config, LayerEpochs, LossConfig, Reconstruction, TrainConfig};
use crate::base::error::{Error, Result};
use crate::objective::variant::{Context, Effect, Variants};
use crate::settings::ranges::{no_effect, not_negative, within};

impl Config {
    /// Returns the total number of epochs, including those of every layer.
    pub fn epochs(&self) -> usize {
        match &self.layerwise {
            Some(layerwise) => {
                let layers: usize = layerwise.epochs.of_layers(self.depth()).iter().sum();
                layers + layerwise.fine_tune
            }
            None => self.train.epochs,
        }
    }

    /// Returns the number of epochs of the shortest phase of training, into
    /// which the warm-up of the learning rate must fit.
    pub(crate) fn shortest(&self) -> usize {
        let Some(layerwise) = &self.layerwise else {
            return self.train.epochs;
        };
        let of_layers = layerwise.epochs.of_layers(self.depth());
        let fine_tune = (layerwise.fine_tune > 0).then_some(layerwise.fine_tune);
        of_layers.into_iter().chain(fine_tune).min().unwrap_or(0)
    }

    pub(super) fn check_layerwise(&self) -> Result<()> {
        let Some(layerwise) = &self.layerwise else {
            return Ok(());
        };
        if self.depth() < 2 {
            return Err(Error::config(
                "layerwise",
                "[layerwise] with an encoder of one layer",
                "at least two layers to train one after the other",
                "name hidden layers in network.hidden, or leave [layerwise] out",
            ));
        }
        let depth = self.depth();
        if let LayerEpochs::Each(epochs) = &layerwise.epochs
            && epochs.len() != depth
        {
            return Err(Error::config(
                "layerwise.epochs",
                match epochs.len() {
                    1 => format!("{epochs:?}, 1 number"),
                    count => format!("{epochs:?}, {count} numbers"),
                },
                format!("{depth}, one for each hidden layer and one for the code"),
                "or one number without brackets, for all of them",
            ));
        }
        let epochs = layerwise.epochs.of_layers(depth);
        for &epochs in &epochs {
            within("layerwise.epochs", epochs as f64, 1.0, 1e9)?;
        }
        within("layerwise.fine_tune", layerwise.fine_tune as f64, 0.0, 1e9)?;
        not_negative("layerwise.cache_memory", layerwise.cache_memory)?;
        no_effect(
            "train.epochs",
            self.train.epochs != TrainConfig::default().epochs,
            "layerwise.epochs and layerwise.fine_tune say how long training goes on",
        )?;
        no_effect(
            "train.early_stopping",
            self.train.early_stopping.is_some() && layerwise.fine_tune == 0,
            "it would stop fine-tuning, but layerwise.fine_tune is 0",
        )?;
        let mut layers = epochs.into_iter().enumerate();
        layers.try_for_each(|(layer, epochs)| self.check_layer(layer, epochs))
    }

    /// Checks a layer's own autoencoder. Its code is the layer's output, so
    /// what variants require of the code holds for that output.
    fn check_layer(&self, layer: usize, epochs: usize) -> Result<()> {
        let context = self.context_of_layer(layer, epochs);
        let variants = self.variants_of_layer(layer);
        let checked = variants.iter().try_for_each(|v| v.check(&context));
        checked.map_err(|error| match error {
            Error::Config {
                key,
                found,
                expected,
                hint,
                ..
            } => {
                let hidden = key == "network.code_activation" && self.is_inner(layer);
                let found = format!("{found} in layer {}'s own autoencoder", layer + 1);
                match hidden {
                    true => Error::config(
                        "network.activation",
                        found,
                        expected,
                        "the output of each layer is a code under [layerwise]: set network.activation to what the variant needs",
                    ),
                    false => Error::config(&key, found, expected, hint),
                }
            }
            other => other,
        })
    }

    /// Returns the variants that act on a layer's own autoencoder.
    pub(crate) fn variants_of_layer(&self, layer: usize) -> Variants {
        let mut variants = self.variants();
        if self.is_inner(layer) {
            let context = self.context();
            variants.retain(|v| !v.effects(&context).contains(&Effect::OnCodeOnly));
        }
        variants
    }

    /// Returns the loss of a layer's own autoencoder.
    pub(crate) fn loss_of_layer(&self, layer: usize) -> LossConfig {
        if layer == 0 {
            return self.loss;
        }
        // The outputs of a layer are compared as probabilities if they come
        // from a sigmoid and the network's inputs are compared as
        // probabilities.
        let chances = self.loss.reconstruction == Reconstruction::Bce;
        LossConfig {
            huber_delta: None,
            deviation: None,
            reconstruction: match self.network.hidden_activation() {
                Activation::Sigmoid if chances => Reconstruction::Bce,
                _ => Reconstruction::Mse,
            },
            ..self.loss
        }
    }

    /// Returns the settings that variants see of a layer's own autoencoder.
    fn context_of_layer(&self, layer: usize, epochs: usize) -> Context {
        let convolutions = self.convolutional.as_ref().map_or(0, |c| c.channels.len());
        let dense = layer.checked_sub(convolutions);
        let width = dense.and_then(|at| self.network.hidden.get(at));
        Context {
            code: *width.unwrap_or(&self.network.code),
            loss: self.loss_of_layer(layer),
            code_activation: match self.is_inner(layer) {
                true => self.network.hidden_activation(),
                false => self.code_activation(),
            },
            epochs,
            trains_layers_alone: false,
            ..self.context()
        }
    }

    /// Returns whether a layer's output is not the code.
    fn is_inner(&self, layer: usize) -> bool {
        layer + 1 < self.depth()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Activation;
    use crate::config::Layerwise;
    use crate::config::Reconstruction;
    use crate::objective::variant::{Contractive, Denoising, KSparse, Sparse, Variational};

    fn layerwise() -> Config {
        Config {
            layerwise: Some(Layerwise::default()),
            ..Default::default()
        }
    }

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = layerwise();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    fn set(config: &mut Config) -> &mut Layerwise {
        config.layerwise.as_mut().unwrap()
    }

    #[test]
    fn epochs_are_a_number_or_a_list_and_come_back_as_they_were() {
        for (text, expected, total) in [
            ("epochs = 3", LayerEpochs::All(3), 6),
            ("epochs = [2, 5]", LayerEpochs::Each(vec![2, 5]), 7),
            ("", LayerEpochs::All(4), 8),
            ("epochs = 3\nfine_tune = 2", LayerEpochs::All(3), 8),
        ] {
            let config = Config::from_toml("a.toml", &format!("[layerwise]\n{text}\n")).unwrap();
            assert_eq!(set(&mut config.clone()).epochs, expected);
            assert_eq!(config.epochs(), total);
            let again = Config::from_toml("b.toml", &config.to_toml()).unwrap();
            assert_eq!(again, config);
        }
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        for (text, expected) in [
            ("epochs = \"x\"", "a list with one for each layer"),
            ("epochs = -1", "a list with one for each layer"),
            ("epochs = [1, 2, 3]", "2, one for each hidden layer"),
            ("epochs = [0, 2]", "1 to 1000000000"),
            ("epochs = 0", "1 to 1000000000"),
            ("networks = \"one\"", "shared"),
            ("cache_memory = -1", "0 or above"),
        ] {
            let text = format!("[layerwise]\n{text}\n");
            let error = Config::from_toml("a.toml", &text).unwrap_err().to_string();
            assert!(error.starts_with("a.toml:2: `layerwise."), "{error}");
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn settings_beside_which_it_means_nothing_are_refused() {
        assert!(refused(|c| c.network.hidden.clear()).contains("at least two layers"));
        assert!(refused(|c| c.train.epochs = 9).contains("`train.epochs`"));
        let stopping = refused(|c| c.train.early_stopping = Some(2));
        assert!(stopping.contains("layerwise.fine_tune is 0"), "{stopping}");
        assert!(refused(|c| c.optimizer.warm_up = 5.0).contains("0 to 4"));
        let mut tuned = layerwise();
        (tuned.train.early_stopping, set(&mut tuned).fine_tune) = (Some(2), 6);
        tuned.check().unwrap();
    }

    #[test]
    fn every_layers_output_must_be_a_code_that_the_variant_can_use() {
        let message = refused(|c| c.sparse = Some(Sparse::default()));
        assert!(message.contains("`network.activation`"), "{message}");
        let mut config = layerwise();
        config.sparse = Some(Sparse::default());
        config.network.activation = Some(Activation::Sigmoid);
        config.check().unwrap();
        let mut config = layerwise();
        config.denoising = Some(Denoising::default());
        config.check().unwrap();
    }
    #[test]
    fn variants_of_the_code_alone_are_asked_about_the_code_alone() {
        let mut config = layerwise();
        // A hidden layer has fewer than k units, but k applies to the code
        // only.
        config.network.hidden = vec![10];
        config.k_sparse = Some(KSparse::default());
        config.check().unwrap();
        let mut config = layerwise();
        config.variational = Some(Variational::default());
        config.check().unwrap();
        let warm_up = |epochs| {
            let mut config = layerwise();
            config.variational = Some(Variational {
                warm_up: Some(epochs),
                ..Default::default()
            });
            config.check()
        };
        warm_up(4.0).unwrap();
        let of_code = |config: &mut Config| {
            set(config).epochs = LayerEpochs::Each(vec![1, 9]);
            set(config).fine_tune = 1;
            config.variational = Some(Variational {
                warm_up: Some(9.0),
                ..Default::default()
            });
        };
        let mut config = layerwise();
        of_code(&mut config);
        config.check().unwrap();

        assert!(warm_up(4.5).unwrap_err().to_string().contains("0 to 4"));
        let several = refused(|c| {
            c.loss.reconstruction = Reconstruction::Gaussian;
            c.variational = Some(Variational {
                samples: 5,
                ..Default::default()
            });
        });
        assert!(several.contains("\"mse\" in layer 2's own"), "{several}");
        let directions = |fine_tune| {
            let mut config = layerwise();
            set(&mut config).fine_tune = fine_tune;
            config.contractive = Some(Contractive {
                directions: Some(2),
                ..Default::default()
            });
            config.check()
        };
        assert!(directions(0).is_err());
        directions(1).unwrap();
    }
}

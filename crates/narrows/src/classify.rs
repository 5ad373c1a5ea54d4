//! A classifier made of an autoencoder: its encoder, which has learnt from
//! all rows, under a softmax layer that learns from the labelled ones
//! (unsupervised pretraining: Hinton & Salakhutdinov 2006, Bengio et al.
//! 2006).
//!
//! With the code `h`, `[rows, code]`, the probability of class `c` is
//! `softmax(h W + b)_c`; the loss is `-log p` of each row's class, mean over
//! rows, in nats.

mod checkpoint;
mod config;
mod file;
mod found;
mod loss;
mod rows;
mod train;

use crate::base::error::Result;
use crate::config::{Activation, Config, Init};
use crate::data::read::Roles;
use crate::data::scale::{Prepared, Scaler};
use crate::data::table::Table;
use crate::model::Model;
use crate::network::{LayerSpec, Map, NamedTensor, NetworkSpec};
use crate::objective::inference::Inference;
use crate::objective::variant::Coder;
use crate::train::Control;

pub use config::ClassifierConfig;
pub use found::{Classification, Predictions};
pub use train::{ClassifierEpoch, ClassifierTraining, HeldOutRows};

/// A trained classifier.
#[derive(Debug, Clone)]
pub struct Classifier {
    config: ClassifierConfig,
    encoder: Config,
    scaler: Scaler,
    label: String,
    classes: Vec<String>,
    history: Vec<ClassifierEpoch>,
    best_epoch: Option<usize>,
    coder: Coder,
}

impl Classifier {
    /// Trains to the end on the labelled rows of a table; rows whose label is
    /// missing are left out. [`ClassifierTraining`] is the way to watch and
    /// stop it.
    ///
    /// # Errors
    /// As [`ClassifierTraining::new`] and [`ClassifierTraining::run_epoch`].
    pub fn train(config: &ClassifierConfig, model: &Model, table: &Table) -> Result<Self> {
        let mut training = ClassifierTraining::new(config, model, table)?;
        while training.run_epoch(&mut |_| Control::Continue)?.is_some() {}
        Ok(training.finish())
    }

    /// Returns the settings it was trained with.
    pub fn config(&self) -> &ClassifierConfig {
        &self.config
    }

    /// Returns the settings of the autoencoder whose encoder it has.
    pub fn encoder_config(&self) -> &Config {
        &self.encoder
    }

    /// Returns how columns become features.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// Returns the name of the label column.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns every class: sorted by number if all are numbers, otherwise by
    /// text.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns every epoch of its training.
    pub fn history(&self) -> &[ClassifierEpoch] {
        &self.history
    }

    /// Returns the epoch whose weights were kept; `None` unless early stopping
    /// chose one.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best_epoch
    }

    /// Returns the class of every row, labelled or not, and its probabilities.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit.
    pub fn predict(&self, table: &Table) -> Result<Predictions> {
        self.predict_with_progress(table, |_| {})
    }

    /// Does what [`Classifier::predict`] does, and calls `progress` with the
    /// number of rows finished since its last call.
    ///
    /// # Errors
    /// As [`Classifier::predict`].
    pub fn predict_with_progress(
        &self,
        table: &Table,
        progress: impl Fn(usize),
    ) -> Result<Predictions> {
        let data = self.prepare(table)?;
        let inference = Inference::new(&self.coder);
        Ok(found::predict(&inference, &data, &self.classes, &progress))
    }

    /// Measures the classifier on the labelled rows of a table.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit, have no
    /// labels, or have a label that training did not see.
    pub fn evaluate(&self, table: &Table) -> Result<Classification> {
        self.evaluate_with_progress(table, |_| {})
    }

    /// Does what [`Classifier::evaluate`] does, and calls `progress` with the
    /// number of rows finished since its last call.
    ///
    /// # Errors
    /// As [`Classifier::evaluate`].
    pub fn evaluate_with_progress(
        &self,
        table: &Table,
        progress: impl Fn(usize),
    ) -> Result<Classification> {
        let data = self.prepare(table)?;
        let of = rows::known_classes(table, &self.classes)?;
        let inference = Inference::new(&self.coder);
        Ok(found::evaluate(
            &inference,
            &data,
            &of,
            &self.classes,
            &progress,
        ))
    }

    /// Returns the rows and the scaler that turns them into features.
    fn prepare<'a>(&self, table: &'a Table) -> Result<Prepared<'a>> {
        self.scaler.fit_to(table)
    }

    /// How a reader is to take the columns of rows for this classifier.
    pub fn roles(&self) -> Roles {
        Roles {
            only: self.scaler.named.then(|| self.scaler.column_names()),
            label: Some(self.label.clone()),
            ..self.encoder.data.roles(true)
        }
    }

    /// The shape in words: `784-1000-10`, or `28x28x1-16x14x14-30-10`.
    pub fn shape(&self) -> String {
        let shapes = self.coder.network.shapes().iter().map(ToString::to_string);
        let stages: Vec<String> = shapes.collect();
        format!("{}-{}", stages.join("-"), self.classes.len())
    }

    /// Every weight, by name: the encoder's as in a model, then
    /// `classes.weight`, `[code, classes]`, and `classes.bias`.
    pub fn weights(&self) -> Vec<NamedTensor> {
        self.coder.network.store()
    }

    /// Returns the measures on the held-out rows of the epoch whose weights
    /// these are; `None` if no rows were held out.
    pub fn held_out(&self) -> Option<&HeldOutRows> {
        let best = |best: usize| self.history.get(best - 1);
        let last = self.best_epoch.map_or(self.history.last(), best);
        last.and_then(|epoch| epoch.held_out.as_ref())
    }

    /// How many weights it has.
    pub fn weight_count(&self) -> usize {
        self.coder.network.weights()
    }
}

/// Returns the network of an encoder followed by one layer `classes`, with an
/// output for each class.
fn spec(config: &ClassifierConfig, autoencoder: &NetworkSpec, classes: usize) -> NetworkSpec {
    let activation = Activation::Identity;
    let depth = autoencoder.depth;
    let mut layers = autoencoder.layers[..depth].to_vec();
    layers.push(LayerSpec {
        name: "classes".into(),
        map: Map::Dense {
            inputs: autoencoder.shapes[depth].values(),
            outputs: classes,
        },
        activation,
        init: Init::usual_for(activation),
        hidden: false,
    });
    NetworkSpec {
        layers,
        tied: false,
        dropout: config.dropout,
        // Matrices trained with an autoencoder have no use in a classifier.
        own: Vec::new(),
        seed: config.seed,
        ..autoencoder.clone()
    }
}

#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod tests;

//! A classifier made from an autoencoder: its encoder, which has learnt from
//! all rows, followed by a softmax layer that learns from the labelled rows
//! (unsupervised pretraining: Hinton & Salakhutdinov 2006, Bengio et al. 2006).
//!
//! With the code `h`, `[rows, code]`, the probability of class `c` is
//! `softmax(h W + b)_c`. The loss is `-log p` of each row's class, the mean
//! over rows, in nats; with class weights each row's is multiplied by its class's
//! weight.

mod checkpoint;
mod config;
mod file;
mod found;
mod loss;
mod rows;
mod train;
mod weights;

use crate::base::error::Result;
use crate::base::note::Note;
use crate::config::{Activation, Config, Init, Unseen};
use crate::data::read::Roles;
use crate::data::scale::{Prepared, Scaler};
use crate::data::table::Table;
use crate::data::windows::check_window;
use crate::model::{Model, unseen_notes};
use crate::network::{LayerSpec, Map, NamedTensor, NetworkSpec};
use crate::objective::inference::Inference;
use crate::objective::variant::Coder;
use crate::train::Control;

pub use config::ClassifierConfig;
pub use found::{Classification, Predictions};
pub use train::{ClassifierEpoch, ClassifierTraining, HeldOutRows};
pub use weights::ClassWeights;

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
    /// Trains to the end on the labelled rows of a table. Rows whose label is
    /// missing are left out. Use [`ClassifierTraining`] to watch and stop a
    /// training.
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

    /// Returns the settings of the autoencoder whose encoder the classifier
    /// uses.
    pub fn encoder_config(&self) -> &Config {
        &self.encoder
    }

    /// Returns the scaler, which turns columns into features.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// Returns the name of the label column.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns every class, sorted as numbers if all classes are numbers,
    /// otherwise as texts.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the record of every epoch of its training.
    pub fn history(&self) -> &[ClassifierEpoch] {
        &self.history
    }

    /// Returns the epoch whose weights were kept; `None` unless early stopping
    /// chose one.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best_epoch
    }

    /// Predicts the class of every row, labelled or not. Returns it with the
    /// probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the
    /// classifier.
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
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the
    /// classifier, have no labels, or have a label that training did not see.
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
        let found = found::evaluate(&inference, &data, &of, &self.classes, &progress);
        Ok(found.of_rows)
    }

    /// Returns the rows with the scaler that turns them into features.
    fn prepare<'a>(&self, table: &'a Table) -> Result<Prepared<'a>> {
        check_window(&self.encoder.data, table)?;
        let data = self.scaler.fit_to(table)?;
        if self.encoder.data.unseen == Unseen::Refuse {
            data.refuse_unseen()?;
        }
        Ok(data)
    }

    /// Returns what [`Model::unseen`](crate::Model::unseen) does.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the classifier.
    pub fn unseen(&self, table: &Table) -> Result<Vec<(String, Note)>> {
        Ok(unseen_notes(&self.prepare(table)?))
    }

    /// Returns the roles for reading rows for this classifier: only the columns
    /// that it was trained on, and labels and ids if the file has them.
    pub fn roles(&self) -> Roles {
        let roles = self.encoder.data.roles(true);
        Roles {
            only: self
                .scaler
                .named
                .then(|| self.scaler.file_columns(self.encoder.data.window)),
            image: self.scaler.image,
            // The ids of the encoder's rows may be the labels.
            id: roles
                .id
                .into_iter()
                .filter(|id| *id != self.label)
                .collect(),
            label: Some(self.label.clone()),
            formats: self.scaler.formats(),
            ..roles
        }
    }

    /// Returns the network's shape as text: `784-1000-10`, or
    /// `28x28x1-16x14x14-30-10` with convolutions.
    pub fn shape(&self) -> String {
        let shapes = self.coder.network.shapes().iter().map(ToString::to_string);
        let stages: Vec<String> = shapes.collect();
        format!("{}-{}", stages.join("-"), self.classes.len())
    }

    /// Returns every weight with its name and shape: the encoder's as in a
    /// model, then `classes.weight`, `[code, classes]`, and `classes.bias`,
    /// `[1, classes]`.
    pub fn weights(&self) -> Vec<NamedTensor> {
        self.coder.network.store()
    }

    /// Returns the results on the held-out rows after the epoch whose weights
    /// the classifier has; `None` if no rows were held out.
    pub fn held_out(&self) -> Option<&HeldOutRows> {
        let best = |best: usize| self.history.get(best - 1);
        let last = self.best_epoch.map_or(self.history.last(), best);
        last.and_then(|epoch| epoch.held_out.as_ref())
    }

    /// Returns the number of weights, biases included.
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
        // A classifier does not use the matrices that variants train with an
        // autoencoder.
        own: Vec::new(),
        likelihoods: None,
        seed: config.seed,
        ..autoencoder.clone()
    }
}

#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod tests;

//! Trains a classifier: an encoder under a layer of classes.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::checkpoint::{KIND, check_same, digest};
use super::found::{Evaluated, evaluate};
use super::loss::{ClassLoss, is_encoders};
use super::rows::{Labels, Split, known_classes};
use super::weights::weights;
use super::{Classification, Classifier, ClassifierConfig, spec};
use crate::base::device::{device, matrix};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::config::plan::Plan;
use crate::data::scale::Prepared;
use crate::data::source::Source;
use crate::data::table::Table;
use crate::model::Model;
use crate::network::{NamedTensor, Network, NetworkSpec, Parameter, Pass};
use crate::objective::inference::Inference;
use crate::objective::terms::Terms;
use crate::objective::variant::Coder;
use crate::train::best::Best;
use crate::train::checkpoint::Checkpoint;
use crate::train::engine::{A_WEIGHT, EpochEnd, EpochRun, Learner, NotFinite, Objective};
use crate::train::optimizer::Optimizer;
use crate::train::partial_epoch::PartialEpoch;
use crate::train::{Control, Step};
use narrows_ops::Penalty;

/// The training of a classifier. It can be watched, stopped or paused after any
/// step, saved there and resumed.
///
/// ```
/// use narrows::{Autoencoder, ClassifierConfig, ClassifierTraining, Config, Control, Table, Tags};
/// # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
/// # let kinds = (0..100).map(|i| if i % 2 == 0 { "even" } else { "odd" });
/// # let table = table.with_labels(Tags::new("kind", kinds))?;
/// # let mut config = Config::default();
/// # config.network.hidden = vec![];
/// # config.network.code = 3;
/// let autoencoder = Autoencoder::new(config).train(&table)?; // needs no labels
/// let mut config = ClassifierConfig::default();
/// config.epochs = 2;
/// let mut training = ClassifierTraining::new(&config, &autoencoder, &table)?;
/// while let Some(epoch) = training.run_epoch(&mut |_| Control::Continue)? {
///     println!("{}: {}", epoch.epoch, epoch.loss["total"]);
/// }
/// let classifier = training.finish();
/// # Ok::<(), narrows::Error>(())
/// ```
pub struct ClassifierTraining<'a> {
    config: ClassifierConfig,
    /// The settings of the last step. A checkpoint's may differ from `config`
    /// until a step is taken.
    trained: ClassifierConfig,
    model: &'a Model,
    spec: NetworkSpec,
    data: Prepared<'a>,
    labels: Labels,
    split: Split,
    /// The weight of each class.
    weights: Vec<f32>,
    learner: Learner,
    /// The encoder, as long as it is frozen.
    frozen: Option<Inference>,
    history: Vec<ClassifierEpoch>,
    /// The epoch after those in the history, if some of its steps are done.
    partial: Option<PartialEpoch>,
    best: Option<Best>,
    interrupted: bool,
}

/// One epoch of a classifier's training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassifierEpoch {
    /// The epoch's number, counted from 1.
    pub epoch: usize,
    /// The learning rate of the last step.
    pub rate: f64,
    /// Every term of the loss, and their `total`: means over the epoch's rows,
    /// measured while the weights changed.
    pub loss: BTreeMap<String, f64>,
    /// Results on the held-out rows after the epoch; `None` without such rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutRows>,
}

/// A classifier's results on the held-out rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldOutRows {
    /// Share of the rows whose class was predicted, 0 to 1.
    pub accuracy: f64,
    /// `-log p` of each row's class, mean over rows, in nats.
    pub cross_entropy: f64,
    /// The same times the weight of the row's class, which is what early stopping
    /// watches; `None` unless the classes are weighted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighted_cross_entropy: Option<f64>,
}

/// The loss of a classifier over its labelled rows.
struct Classifying<'a> {
    loss: ClassLoss,
    data: &'a Prepared<'a>,
    labels: &'a Labels,
    frozen: Option<&'a Inference>,
}

impl Objective for Classifying<'_> {
    fn loss(&self, coder: &Coder, pass: &mut Pass) -> Terms {
        let rows = pass.address().expect("a training pass has draws").rows;
        let features = self.data.gather_known(rows);
        let input = match self.frozen {
            Some(encoder) => {
                let codes = encoder.encode(&features, rows.len());
                let shape = [rows.len(), codes.len() / rows.len()];
                matrix(codes, shape, coder.network.device())
            }
            None => coder.inputs(features, rows.len()),
        };
        let classes: Vec<usize> = rows.iter().map(|&row| self.labels.class(row)).collect();
        self.loss.terms(coder, input, &classes, pass)
    }

    fn labels(&self) -> &[Option<usize>] {
        &[]
    }

    fn moves(&self, parameter: &Parameter) -> bool {
        self.frozen.is_none() || !is_encoders(&parameter.name)
    }
}

impl<'a> ClassifierTraining<'a> {
    /// Chooses the rows, and puts a freshly drawn layer of classes on the
    /// model's encoder.
    ///
    /// # Errors
    /// [`Error::Config`] for settings out of range, [`Error::Data`] if the rows
    /// do not fit the model or their labels teach nothing.
    pub fn new(config: &ClassifierConfig, model: &'a Model, table: &'a Table) -> Result<Self> {
        Self::on(config, model, table, "cpu")
    }

    /// Creates a training, as [`ClassifierTraining::new`] does, on a device by
    /// name.
    ///
    /// # Errors
    /// As [`ClassifierTraining::new`]; [`Error::Usage`] for a device that this
    /// build or this machine does not have.
    pub fn on(
        config: &ClassifierConfig,
        model: &'a Model,
        table: &'a Table,
        device_name: &str,
    ) -> Result<Self> {
        config.check()?;
        let device = device(device_name)?;
        if let Some(labels) = &table.labels {
            refuse_feature(&labels.name, model, table)?;
        }
        let labels = Labels::of(table)?;
        let data = model.prepare(table)?;
        let split = labels.split(config)?;
        let weights = weights(config, &labels, &split)?;
        if config.early_stopping.is_some() && split.held_out.is_empty() {
            return Err(Error::config(
                "classifier.early_stopping",
                "no held-out rows",
                "held-out rows to watch",
                Hint::from("raise held_out, or ")
                    .and(Remedy::LeaveOut("classifier.early_stopping".into())),
            ));
        }
        if model.config.network.batch_norm && config.batch == 1 {
            return Err(Error::config(
                "classifier.batch",
                "1 for a model with batch normalisation",
                "at least 2 rows a step, since one row has no variance",
                "raise it",
            ));
        }
        let scaler = &model.scaler;
        let plan = Plan::for_rows(&model.config, scaler)?;
        let spec = spec(config, &plan.spec, labels.classes.len());
        let mut network = Network::new::<f32>(&spec, &device);
        if !config.from_scratch {
            take_encoder(&mut network, &model.coder.network);
        }
        let coder = model.config.coder(network.tracked());
        Ok(ClassifierTraining {
            config: config.clone(),
            trained: config.clone(),
            model,
            frozen: (config.frozen > 0).then(|| Inference::new(&coder)),
            learner: Learner::new(coder, &config.optimizer),
            spec,
            data,
            labels,
            split,
            weights,
            history: Vec::new(),
            partial: None,
            best: None,
            interrupted: false,
        })
    }

    /// Resumes from a checkpoint of the same training.
    ///
    /// # Errors
    /// [`Error::Model`] if the checkpoint is damaged, or belongs to other
    /// settings, another model or other rows.
    pub fn resume(&mut self, path: &Path) -> Result<()> {
        let checkpoint: Checkpoint<ClassifierConfig, ClassifierEpoch> =
            Checkpoint::read(KIND, path)?;
        let digest = digest(self.model, &self.data, &self.labels.of);
        check_same(&checkpoint, path, &self.config, &digest)?;
        let device = self
            .learner
            .coder
            .network
            .device()
            .clone()
            .without_autodiff();
        let wrong = |found| {
            let expected = "a whole checkpoint";
            Error::model(path.display(), found, expected, Remedy::TrainAgain)
        };
        let network = Network::from_stored(&self.spec, &checkpoint.weights, &device);
        let network = network.map_err(wrong)?;
        let misfit = checkpoint.best_misfit(&network);
        if let Some(misfit) = misfit.or_else(|| checkpoint.moment_misfit(&network)) {
            return Err(wrong(misfit));
        }
        let moments = checkpoint.moments(&network, &device);
        let coder = self.model.config.coder(network.tracked());
        let frozen = checkpoint.history.len() < self.config.frozen;
        self.frozen = frozen.then(|| Inference::new(&coder));
        self.learner = Learner {
            coder,
            optimizer: Optimizer::resumed(&self.config.optimizer, checkpoint.step, moments),
        };
        self.trained = checkpoint.config;
        self.history = checkpoint.history;
        self.partial = checkpoint.partial;
        self.best = checkpoint
            .best
            .filter(|_| self.config.early_stopping.is_some());
        Ok(())
    }

    /// Saves what [`ClassifierTraining::resume`] needs: after an epoch, a pause
    /// or a stop. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, [`Error::Model`] if a weight is
    /// not finite; an existing file is then untouched.
    pub fn checkpoint(&self, path: &Path) -> Result<()> {
        let network = &self.learner.coder.network;
        Checkpoint {
            config: self.trained.clone(),
            step: self.learner.optimizer.step,
            history: self.history.clone(),
            partial: self.partial.clone(),
            best: self.best.clone(),
            weights: network.store(),
            data: digest(self.model, &self.data, &self.labels.of),
            columns: None,
        }
        .write(KIND, path, network, &self.learner.optimizer.moments)
    }

    /// Returns the numbers of rows trained on and held out.
    pub fn split(&self) -> (usize, usize) {
        (self.split.train.len(), self.split.held_out.len())
    }

    /// Returns every class, sorted.
    pub fn classes(&self) -> &[String] {
        &self.labels.classes
    }

    /// Checks that rows to compare on later have labels among the classes.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no labels, or one is unknown.
    pub fn check_labels(&self, table: &Table) -> Result<()> {
        known_classes(table, &self.labels.classes).map(drop)
    }

    /// Returns every current weight, by name.
    pub fn weights(&self) -> Vec<NamedTensor> {
        self.learner.coder.network.store()
    }

    /// Returns every epoch done so far.
    pub fn history(&self) -> &[ClassifierEpoch] {
        &self.history
    }

    /// Returns whether the watcher asked to stop before training was over.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Returns whether the watcher asked to pause;
    /// [`ClassifierTraining::run_epoch`] then continues.
    pub fn is_paused(&self) -> bool {
        self.partial.is_some() && !self.is_over()
    }

    /// Returns the number of finished steps of the current epoch; 0 between
    /// epochs.
    pub fn steps_done(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.steps)
    }

    fn is_over(&self) -> bool {
        let (done, patience) = (self.history.len(), self.config.early_stopping);
        let stale = self
            .best
            .as_ref()
            .is_some_and(|b| b.is_stale(done, patience));
        self.interrupted || stale || done >= self.config.epochs
    }

    /// Runs one epoch, or the rest of a paused one. Returns `None` once
    /// training is over (all epochs are done, early stopping has ended it, or
    /// `watch` has asked to stop), and if `watch` has asked to pause.
    ///
    /// # Errors
    /// [`Error::Diverged`] as soon as a term of the loss or, after an epoch and
    /// at a stop or pause, a weight is not finite.
    pub fn run_epoch(
        &mut self,
        watch: &mut dyn FnMut(&Step) -> Control,
    ) -> Result<Option<ClassifierEpoch>> {
        if self.is_over() {
            return Ok(None);
        }
        self.trained.clone_from(&self.config);
        let epoch = self.history.len() + 1;
        let mut partial = self.partial.take().unwrap_or_default();
        if epoch == self.config.frozen + 1 && epoch > 1 && partial.steps == 0 {
            self.frozen = None;
            // The encoder's moments start here, so all moments are reset.
            let count = self.learner.coder.network.parameters.len();
            self.learner.optimizer = Optimizer::new(&self.config.optimizer, count);
        }
        let run = EpochRun {
            number: epoch,
            of: self.config.epochs,
            phase: None,
            seed: self.config.seed,
            draws: epoch as u64,
            done: epoch - 1,
            epochs: self.config.epochs,
            progress: epoch - 1,
            rows: &self.split.train,
            batch: self.config.batch,
            batch_norm: self.spec.batch_norm,
            optimizer: &self.config.optimizer,
            // The penalty is among the terms.
            penalty: Penalty::default(),
            max_norm: self.config.max_norm,
        };
        let objective = Classifying {
            loss: ClassLoss {
                l2: self.config.l2,
                dropout: self.config.dropout,
                input_dropout: self.config.input_dropout,
                weights: self.weights.clone(),
                frozen: self.frozen.is_some(),
            },
            data: &self.data,
            labels: &self.labels,
            frozen: self.frozen.as_ref(),
        };
        let ended = run.run(&mut self.learner, &objective, &mut partial, watch);
        let ended = ended.map_err(|at| diverged(&at, epoch))?;
        let steps = run.steps();
        if ended != EpochEnd::Whole {
            self.partial = Some(partial);
            self.interrupted = ended == EpochEnd::Stopped;
            return Ok(None);
        }
        let held_out = self.measure();
        let entropy = held_out.as_ref().map(|held| {
            let weighted = held.weighted_cross_entropy;
            weighted.unwrap_or(held.cross_entropy)
        });
        let measured = [
            ("the held-out cross-entropy", entropy),
            (A_WEIGHT, self.learner.not_finite()),
        ];
        for (term, value) in measured {
            if let Some(value) = value.filter(|value| !value.is_finite()) {
                let at = NotFinite {
                    term,
                    value,
                    step: steps,
                };
                return Err(diverged(&at, epoch));
            }
        }
        if let (Some(_), Some(entropy)) = (self.config.early_stopping, entropy) {
            let network = &self.learner.coder.network;
            Best::keep(&mut self.best, epoch, entropy, network);
        }
        let record = ClassifierEpoch {
            epoch,
            rate: partial.rate,
            loss: partial.loss(),
            held_out,
        };
        self.history.push(record.clone());
        Ok(Some(record))
    }

    fn measure(&self) -> Option<HeldOutRows> {
        let found = self.evaluated(&self.learner.coder)?;
        let is_weighted = self.config.class_weights.is_some();
        Some(HeldOutRows {
            accuracy: found.of_rows.accuracy,
            cross_entropy: found.of_rows.cross_entropy,
            weighted_cross_entropy: is_weighted.then(|| found.weighted(&self.weights)),
        })
    }

    /// Measures a network on the held-out rows; returns `None` without such rows.
    fn evaluated(&self, coder: &Coder) -> Option<Evaluated> {
        if self.split.held_out.is_empty() {
            return None;
        }
        let mut of = vec![None; self.labels.of.len()];
        for &row in &self.split.held_out {
            of[row] = Some(self.labels.class(row));
        }
        let inference = Inference::new(coder);
        let classes = &self.labels.classes;
        Some(evaluate(&inference, &self.data, &of, classes, &|_| {}))
    }

    /// Measures what [`ClassifierTraining::finish`] returns on the held-out rows;
    /// returns `None` without such rows.
    pub fn measure_held_out(&self) -> Option<Classification> {
        let found = self.evaluated(&self.kept())?;
        Some(found.of_rows)
    }

    /// Returns the current network, with the best weights if early stopping kept
    /// them. It runs on the CPU, wherever it was trained.
    fn kept(&self) -> Coder {
        let weights = match &self.best {
            Some(best) => best.weights.clone(),
            None => self.weights(),
        };
        let network = Network::from_stored(&self.spec, &weights, &Device::flex())
            .expect("weights of this very network");
        self.model.config.coder(network)
    }

    /// Returns the current classifier, with the best weights if early stopping
    /// kept them.
    pub fn finish(self) -> Classifier {
        Classifier {
            coder: self.kept(),
            config: self.trained,
            encoder: self.model.config.clone(),
            scaler: self.data.scaler,
            label: self.labels.name,
            classes: self.labels.classes,
            history: self.history,
            best_epoch: self.best.map(|best| best.epoch),
        }
    }
}

/// Copies the encoder's parameters, which have the same names in both.
fn take_encoder(network: &mut Network, from: &Network) {
    for parameter in &mut network.parameters {
        let mut known = from.parameters.iter().filter(|p| is_encoders(&p.name));
        if let Some(known) = known.find(|known| known.name == parameter.name) {
            parameter.value = known.value.clone();
        }
    }
}

fn refuse_feature(label: &str, model: &Model, table: &Table) -> Result<()> {
    if !model.scaler.named || !model.scaler.column_names().iter().any(|c| c == label) {
        return Ok(());
    }
    Err(Error::data(
        &table.origin,
        Place::Column(label.into()),
        "a label that the model was trained on as a feature",
        "a label kept out of training",
        "train the autoencoder again with the column as data.label",
    ))
}

fn diverged(at: &NotFinite, epoch: usize) -> Error {
    Error::Diverged {
        term: at.term.into(),
        value: at.value,
        epoch,
        step: at.step,
        hint: "lower the rate".into(),
    }
}

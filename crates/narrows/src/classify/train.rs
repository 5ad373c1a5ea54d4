//! Training a classifier: an encoder under a layer of classes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::found::evaluate;
use super::loss::{Objective, is_encoders};
use super::rows::{Labels, Split, known_classes};
use super::{Classifier, ClassifierConfig, plan};
use crate::base::device::{device, matrix, scalar};
use crate::base::error::{Error, Place, Result};
use crate::base::random::{Address, Draws, Stream};
use crate::config::plan::Plan;
use crate::data::scale::Prepared;
use crate::data::table::Table;
use crate::model::Model;
use crate::network::{Network, Pass, Stored, TrainPass};
use crate::objective::inference::Inference;
use crate::objective::terms::total;
use crate::objective::variant::Coder;
use crate::train::batches::batches;
use crate::train::optimizer::{Optimizer, bound_norms, rate_at};
use crate::train::under_way::UnderWay;
use crate::train::{Control, Step};
use narrows_ops::Penalty;

/// A training of a classifier that can be watched and stopped after any step.
///
/// ```
/// use narrows::{Autoencoder, ClassifierConfig, ClassifierTraining, Config, Control, Table, Tags};
/// # let mut table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
/// # let values = (0..100).map(|i| if i % 2 == 0 { "even" } else { "odd" }.to_string());
/// # table.labels = Some(Tags { name: "kind".into(), values: values.collect() });
/// # let mut config = Config::default();
/// # config.network.hidden = vec![];
/// # config.network.code = 3;
/// let autoencoder = Autoencoder::new(config).train(&table)?; // needs no labels
/// let config = ClassifierConfig { epochs: 2, ..Default::default() };
/// let mut training = ClassifierTraining::new(&config, &autoencoder, &table)?;
/// while let Some(epoch) = training.run_epoch(&mut |_| Control::Continue)? {
///     println!("{}: {}", epoch.epoch, epoch.loss["total"]);
/// }
/// let classifier = training.finish();
/// # Ok::<(), narrows::Error>(())
/// ```
pub struct ClassifierTraining<'a> {
    config: ClassifierConfig,
    model: &'a Model,
    plan: Plan,
    data: Prepared<'a>,
    labels: Labels,
    split: Split,
    coder: Coder,
    /// The encoder, for as long as it stays as it is.
    frozen: Option<Inference>,
    optimizer: Optimizer,
    /// Steps so far, which the schedule counts by.
    steps: u64,
    history: Vec<ClassifierEpoch>,
    interrupted: bool,
}

/// One epoch of a classifier's training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierEpoch {
    /// Counted from 1.
    pub epoch: usize,
    /// The learning rate of the last step.
    pub rate: f64,
    /// Every term of the loss, and their `total`: means over the epoch's
    /// rows, as they were while the weights moved.
    pub loss: BTreeMap<String, f64>,
    /// On the held-out rows after the epoch; none without such rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutRows>,
}

/// How well a classifier does on the held-out rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOutRows {
    /// Share of the rows whose class was found, 0 to 1.
    pub accuracy: f64,
    /// `-log p` of each row's class, mean over rows, in nats.
    pub cross_entropy: f64,
}

impl<'a> ClassifierTraining<'a> {
    /// Chooses the rows, and puts a freshly drawn layer of classes on the
    /// model's encoder.
    ///
    /// # Errors
    /// [`Error::Config`] for settings out of range, [`Error::Data`] where the
    /// rows do not fit the model or their labels teach nothing.
    pub fn new(config: &ClassifierConfig, model: &'a Model, table: &'a Table) -> Result<Self> {
        config.check()?;
        let labels = Labels::of(table)?;
        refuse_feature(&labels.name, model, table)?;
        let data = model.prepare(table)?;
        let split = labels.split(config)?;
        if model.config.network.batch_norm && config.batch == 1 {
            return Err(Error::config(
                "classifier.batch",
                "1 for a model with batch normalisation",
                "at least 2 rows a step, since one row has no variance",
                "raise it",
            ));
        }
        let plan = plan(config, &model.config, &model.scaler, labels.classes.len())?;
        let mut network = Network::new::<f32>(&plan.spec, &device("cpu")?);
        if !config.from_scratch {
            take_encoder(&mut network, &model.coder.network);
        }
        let coder = plan.coder(network.tracked());
        let count = coder.network.parameters.len();
        let optimizer = Optimizer::new(&plan.config.optimizer, count);
        Ok(ClassifierTraining {
            config: config.clone(),
            model,
            plan,
            data,
            labels,
            split,
            frozen: (config.frozen > 0).then(|| Inference::new(&coder)),
            coder,
            optimizer,
            steps: 0,
            history: Vec::new(),
            interrupted: false,
        })
    }

    /// Rows trained on and held out.
    pub fn split(&self) -> (usize, usize) {
        (self.split.train.len(), self.split.held_out.len())
    }

    /// Every class, sorted.
    pub fn classes(&self) -> &[String] {
        &self.labels.classes
    }

    /// Refuses rows to compare on later whose labels are none of the classes.
    ///
    /// # Errors
    /// [`Error::Data`] where there are no labels, or one is unknown.
    pub fn check_labels(&self, table: &Table) -> Result<()> {
        known_classes(table, &self.labels.classes).map(drop)
    }

    /// Every weight as it stands, by name.
    pub fn weights(&self) -> Vec<Stored> {
        self.coder.network.store()
    }

    /// Every epoch done so far.
    pub fn history(&self) -> &[ClassifierEpoch] {
        &self.history
    }

    /// Whether the watcher asked to stop before training was over.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Runs one epoch; `None` once training is over or `watch` has asked to
    /// stop.
    ///
    /// # Errors
    /// [`Error::Diverged`] as soon as a term of the loss is not finite.
    pub fn run_epoch(
        &mut self,
        watch: &mut dyn FnMut(&Step) -> Control,
    ) -> Result<Option<ClassifierEpoch>> {
        let epoch = self.history.len() + 1;
        if self.interrupted || epoch > self.config.epochs {
            return Ok(None);
        }
        if epoch == self.config.frozen + 1 && epoch > 1 {
            self.frozen = None;
            // Adam's moments of the encoder begin here, and all with them.
            let count = self.coder.network.parameters.len();
            self.optimizer = Optimizer::new(&self.plan.config.optimizer, count);
        }
        let order = Draws::new(self.config.seed, Stream::Shuffle, epoch as u64, 0)
            .permutation(self.split.train.len());
        let batches = batches(&order, &self.plan.config);
        let mut under_way = UnderWay::default();
        for (at, batch) in batches.iter().enumerate() {
            let rows: Vec<usize> = batch.iter().map(|&place| self.split.train[place]).collect();
            under_way.rate = rate_at(
                &self.plan.config.optimizer,
                self.steps,
                batches.len() as u64,
                self.config.epochs,
            );
            let progress = (epoch - 1) as f64 + at as f64 / batches.len() as f64;
            let terms = self.step(epoch, progress, &rows, under_way.rate);
            self.steps += 1;
            if let Some((name, value)) = terms.iter().find(|(_, value)| !value.is_finite()) {
                return Err(diverged(name, *value, epoch, at + 1));
            }
            under_way.add(rows.len(), &terms);
            let told = Step {
                epoch,
                epochs: self.config.epochs,
                phase: None,
                step: at + 1,
                steps: batches.len(),
                rows: under_way.rows,
                rate: under_way.rate,
                loss: &terms,
            };
            if watch(&told) == Control::Stop {
                self.interrupted = true;
                return Ok(None);
            }
        }
        let held_out = self.measure();
        let entropy = held_out.as_ref().map_or(0.0, |held| held.cross_entropy);
        if !entropy.is_finite() {
            let term = "the held-out cross-entropy";
            return Err(diverged(term, entropy, epoch, batches.len()));
        }
        let weights = self.coder.network.store();
        let mut weights = weights.iter().flat_map(|stored| &stored.values);
        if let Some(&weight) = weights.find(|weight| !weight.is_finite()) {
            return Err(diverged("a weight", weight.into(), epoch, batches.len()));
        }
        let record = ClassifierEpoch {
            epoch,
            rate: under_way.rate,
            loss: under_way.loss(),
            held_out,
        };
        self.history.push(record.clone());
        Ok(Some(record))
    }

    /// Forward, backward, one move of the weights; the terms of the loss
    /// before the move.
    fn step(
        &mut self,
        epoch: usize,
        progress: f64,
        rows: &[usize],
        rate: f64,
    ) -> Vec<(&'static str, f64)> {
        let objective = Objective {
            l2: self.config.l2,
            dropout: self.config.dropout,
            input_dropout: self.config.input_dropout,
            frozen: self.frozen.is_some(),
        };
        let features = self.data.gather(rows);
        let input = match &self.frozen {
            Some(encoder) => encoder.encode(&features, rows.len()),
            None => features,
        };
        let shape = [rows.len(), input.len() / rows.len()];
        let input = matrix(input, shape, self.coder.network.device());
        let classes: Vec<usize> = rows.iter().map(|&row| self.labels.class(row)).collect();
        let mut pass = Pass::Train(TrainPass {
            address: Address {
                seed: self.config.seed,
                epoch: epoch as u64,
                turn: 0,
                rows,
            },
            progress,
            labels: &[],
            observed: Vec::new(),
        });
        let terms = objective.terms(&self.coder, input, &classes, &mut pass);
        let values = terms
            .iter()
            .map(|(name, value)| (*name, scalar(value.clone())))
            .collect();
        let mut gradients = total(&terms).backward();
        drop(terms);
        let parameters = self.coder.network.parameters.iter();
        let gradients = parameters
            .map(|p| p.value.grad_remove(&mut gradients))
            .collect();
        // Among the terms.
        let penalties = Penalty::default();
        self.optimizer
            .step(&mut self.coder.network, gradients, rate, penalties);
        if let Some(bound) = self.config.max_norm {
            let frozen = self.frozen.is_some();
            bound_norms(&mut self.coder.network, bound, |p| {
                !(frozen && is_encoders(&p.name))
            });
        }
        if let Pass::Train(train) = pass {
            self.coder.network.absorb(train.observed);
        }
        values
    }

    fn measure(&self) -> Option<HeldOutRows> {
        if self.split.held_out.is_empty() {
            return None;
        }
        let mut of = vec![None; self.labels.of.len()];
        for &row in &self.split.held_out {
            of[row] = Some(self.labels.class(row));
        }
        let inference = Inference::new(&self.coder);
        let found = evaluate(&inference, &self.data, &of, &self.labels.classes, &|_| {});
        Some(HeldOutRows {
            accuracy: found.accuracy,
            cross_entropy: found.cross_entropy,
        })
    }

    /// The classifier as it stands.
    pub fn finish(self) -> Classifier {
        Classifier {
            config: self.config,
            encoder: self.model.config.clone(),
            scaler: self.data.scaler,
            label: self.labels.name,
            classes: self.labels.classes,
            history: self.history,
            coder: self.coder.untracked(),
            watch: Default::default(),
        }
    }
}

/// Copies the encoder's parameters, which go by the same names in both.
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

fn diverged(term: &str, value: f64, epoch: usize, step: usize) -> Error {
    Error::Diverged {
        term: term.into(),
        value,
        epoch,
        step,
        hint: "lower the rate".into(),
    }
}

//! Reads and writes a classifier's file.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, json};

use super::{Classifier, ClassifierConfig, ClassifierEpoch, spec};
use crate::base::device::device;
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::config::Config;
use crate::config::plan::Plan;
use crate::data::scale::Scaler;
use crate::model::container::Container;
use crate::network::Network;

const KIND: &str = "classifier";

impl Classifier {
    /// Writes everything needed to classify to one safetensors file, replacing
    /// an existing one; the file appears whole or not at all. The same training
    /// gives the same bytes.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut encoder = self.encoder.clone();
        if !encoder.data.is_built_in() {
            encoder.data.source.clear();
        }
        let mut header = Map::new();
        header.insert("kind".into(), KIND.into());
        header.insert("config".into(), json!(encoder));
        header.insert("classifier".into(), json!(self.config));
        header.insert("scaler".into(), json!(self.scaler));
        header.insert("label".into(), json!(self.label));
        header.insert("classes".into(), json!(self.classes));
        header.insert("history".into(), json!(self.history));
        if self.best_epoch.is_some() {
            header.insert("best_epoch".into(), json!(self.best_epoch));
        }
        let tensors = self.coder.network.store();
        Container { header, tensors }.write(path.as_ref())
    }

    /// Reads a classifier's file.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, [`Error::Model`] if it is damaged
    /// or not a classifier.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let container = Container::read_kind(path, KIND, |_| {
            Hint::from(Remedy::TrainClassifier).and(" makes one of a model")
        })?;
        let wrong =
            |found| Error::model(path.display(), found, "a whole classifier", "train again");
        let encoder: Config = container.get(path, "config")?;
        let config: ClassifierConfig = container.get(path, "classifier")?;
        let scaler: Scaler = container.get(path, "scaler")?;
        scaler.check().map_err(wrong)?;
        scaler.check_window(encoder.data.window).map_err(wrong)?;
        let classes: Vec<String> = container.get(path, "classes")?;
        let plan =
            Plan::for_rows(&encoder, &scaler).map_err(|error| error.of_config(path.display()))?;
        let spec = spec(&config, &plan.spec, classes.len());
        let unique: HashSet<&String> = classes.iter().collect();
        if classes.len() < 2 || unique.len() < classes.len() {
            return Err(wrong(format!("classes {classes:?}")));
        }
        let network =
            Network::from_stored(&spec, &container.tensors, &device("cpu")?).map_err(wrong)?;
        let history: Vec<ClassifierEpoch> = container.get(path, "history")?;
        let best_epoch: Option<usize> = container.get(path, "best_epoch")?;
        if best_epoch.is_some_and(|best| !(1..=history.len()).contains(&best)) {
            let found = format!("best epoch {best_epoch:?} of {}", history.len());
            return Err(wrong(found));
        }
        Ok(Classifier {
            label: container.get(path, "label")?,
            history,
            best_epoch,
            config,
            coder: plan.config.coder(network),
            encoder: plan.config,
            scaler,
            classes,
        })
    }
}

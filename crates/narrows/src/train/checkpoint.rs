//! Saves everything that a stopped training needs to continue as if it had
//! never stopped.

use std::path::Path;

use burn::tensor::Device;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, json};

use super::best::Best;
use super::partial_epoch::PartialEpoch;
use crate::base::device::{matrix, values};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::config::Config;
use crate::data::scale::Prepared;
use crate::data::table::Values;
use crate::model::container::Container;
use crate::model::history::Epoch;
use crate::network::{NamedTensor, Network, Parameter};
use crate::train::optimizer::Moments;

/// The state between two steps. Random draws need no state: they are a function
/// of seed, epoch and row.
pub(crate) struct Checkpoint<C, E> {
    pub config: C,
    pub step: u64,
    pub history: Vec<E>,
    /// The epoch after those in the history, if some of its steps are done.
    pub partial: Option<PartialEpoch>,
    pub best: Option<Best>,
    /// The network's weights and, after reading, the optimizer's moments.
    pub weights: Vec<NamedTensor>,
    /// The digest of the rows.
    pub data: String,
    /// The digest of the columns' names and meanings; `None` in older files,
    /// which lack it.
    pub columns: Option<String>,
}

/// The kind of an autoencoder's checkpoint.
pub(crate) const KIND: &str = "checkpoint";
const FIRST: &str = "first.";
const SECOND: &str = "second.";
const BEST: &str = "best.";

impl<C: Serialize + DeserializeOwned, E: Serialize + DeserializeOwned> Checkpoint<C, E> {
    /// Writes the checkpoint of a network and its moments as a file of a kind.
    pub fn write(
        &self,
        kind: &str,
        path: &Path,
        network: &Network,
        moments: &[Moments],
    ) -> Result<()> {
        let mut header = Map::new();
        header.insert("kind".into(), kind.into());
        header.insert("config".into(), json!(self.config));
        header.insert("step".into(), self.step.into());
        header.insert("history".into(), json!(self.history));
        header.insert("under_way".into(), json!(self.partial));
        header.insert("data".into(), self.data.clone().into());
        header.insert("columns".into(), json!(self.columns));
        let best = self
            .best
            .as_ref()
            .map(|b| json!({"epoch": b.epoch, "error": b.error}));
        header.insert("best".into(), json!(best));
        let mut tensors = self.weights.clone();
        for (parameter, moments) in network.parameters.iter().zip(moments) {
            for (prefix, moment) in [(FIRST, &moments.first), (SECOND, &moments.second)] {
                let Some(moment) = moment else { continue };
                tensors.push(NamedTensor {
                    name: format!("{prefix}{}", parameter.name),
                    shape: moment.dims(),
                    values: values(moment.clone()),
                });
            }
        }
        for stored in self.best.iter().flat_map(|best| &best.weights) {
            tensors.push(NamedTensor {
                name: format!("{BEST}{}", stored.name),
                ..stored.clone()
            });
        }
        Container { header, tensors }.write(path)
    }

    /// Reads a checkpoint of a kind.
    pub fn read(kind: &str, path: &Path) -> Result<Self> {
        let container = Container::read_kind(path, kind, |_| Remedy::TrainAgain.into())?;
        let best: Option<serde_json::Value> = container.get(path, "best")?;
        let best = best.map(|best| Best {
            epoch: best["epoch"].as_u64().unwrap_or(0) as usize,
            error: best["error"].as_f64().unwrap_or(f64::INFINITY),
            weights: container
                .tensors
                .iter()
                .filter_map(|t| {
                    Some(NamedTensor {
                        name: t.name.strip_prefix(BEST)?.into(),
                        ..t.clone()
                    })
                })
                .collect(),
        });
        Ok(Checkpoint {
            config: container.get(path, "config")?,
            step: container.get(path, "step")?,
            history: container.get(path, "history")?,
            partial: container.get(path, "under_way")?,
            best,
            data: container.get(path, "data")?,
            columns: container.get(path, "columns")?,
            weights: container.tensors,
        })
    }

    /// Describes how the saved best epoch does not fit the network; `None` if
    /// it fits.
    pub fn best_misfit(&self, network: &Network) -> Option<String> {
        let best = self.best.as_ref()?;
        if !(1..=self.history.len()).contains(&best.epoch) {
            return Some(format!("best epoch {}", best.epoch));
        }
        let there = |name: &str, shape| {
            let mut stored = best.weights.iter();
            stored.any(|s| s.name == name && s.shape == shape)
        };
        let missing = |p: &&Parameter| !there(&p.name, p.value.dims());
        let missing = network.parameters.iter().find(missing)?;
        Some(format!("no tensor '{BEST}{}' of its shape", missing.name))
    }

    /// Describes a moment without its parameter's shape; `None` if all fit.
    pub fn moment_misfit(&self, network: &Network) -> Option<String> {
        for parameter in &network.parameters {
            for prefix in [FIRST, SECOND] {
                let name = format!("{prefix}{}", parameter.name);
                let mut stored = self.weights.iter().filter(|s| s.name == name);
                if stored.any(|s| s.shape != parameter.value.dims()) {
                    return Some(format!("tensor '{name}' of another shape"));
                }
            }
        }
        None
    }

    /// Returns the optimizer's moments, in the network's order.
    pub fn moments(&self, network: &Network, device: &Device) -> Vec<Moments> {
        let find = |prefix: &str, name: &str| {
            let name = format!("{prefix}{name}");
            let stored = self.weights.iter().find(|s| s.name == name)?;
            Some(matrix(stored.values.clone(), stored.shape, device))
        };
        network
            .parameters
            .iter()
            .map(|p| Moments {
                first: find(FIRST, &p.name),
                second: find(SECOND, &p.name),
            })
            .collect()
    }
}

impl Checkpoint<Config, Epoch> {
    /// Refuses a checkpoint of other settings or rows. These settings may
    /// differ:
    ///
    /// - `train.epochs`, `train.early_stopping` and `layerwise.fine_tune`,
    ///   which say how long training goes on;
    /// - `optimizer.rate` and `optimizer.clip`, which a diverged training needs
    ///   to lower;
    /// - `data.source`, since the rows themselves are compared, and
    ///   `layerwise.cache_memory`, which changes no result.
    ///
    /// # Errors
    /// [`Error::Model`] if another setting or the rows differ.
    pub fn check_same(
        &self,
        path: &Path,
        config: &Config,
        data: &Prepared,
        digest: &str,
    ) -> Result<()> {
        let mut same = self.config.clone();
        same.train.epochs = config.train.epochs;
        same.train.early_stopping = config.train.early_stopping;
        same.optimizer.rate = config.optimizer.rate;
        same.optimizer.clip = config.optimizer.clip;
        same.data.source = config.data.source.clone();
        if let (Some(same), Some(config)) = (&mut same.layerwise, &config.layerwise) {
            same.fine_tune = config.fine_tune;
            same.cache_memory = config.cache_memory;
        }
        if same != *config {
            return Err(Error::model(
                path.display(),
                format!(
                    "a training with other settings ({})",
                    difference(&same, config)
                ),
                "the settings it was started with (only train.epochs, train.early_stopping, optimizer.rate, optimizer.clip, layerwise.fine_tune and layerwise.cache_memory may change)",
                Hint::from("leave the changes out, or ").and(Remedy::TrainApart),
            ));
        }
        let columns = self.columns.as_ref();
        if self.data != digest || columns.is_some_and(|known| *known != columns_of(data)) {
            return Err(Error::model(
                path.display(),
                "a training on other rows",
                "the rows it was started with",
                Hint::from("name the same data, or ").and(Remedy::TrainApart),
            ));
        }
        Ok(())
    }
}

/// Describes the first setting in which two configs differ.
pub fn difference(was: &impl Serialize, now: &impl Serialize) -> String {
    let (was, now) = (json!(was), json!(now));
    let mut keys: Vec<String> = Vec::new();
    let (mut was, mut now) = (&was, &now);
    let nothing = serde_json::Value::Null;
    while let (Some(before), Some(after)) = (was.as_object(), now.as_object()) {
        let mut both = before.keys().chain(after.keys());
        let Some(key) = both.find(|key| before.get(*key) != after.get(*key)) else {
            break;
        };
        keys.push(key.clone());
        was = before.get(key).unwrap_or(&nothing);
        now = after.get(key).unwrap_or(&nothing);
    }
    let shown = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "not set".into(),
        serde_json::Value::Object(_) => "set".into(),
        value => value.to_string(),
    };
    format!("{} was {}, now {}", keys.join("."), shown(was), shown(now))
}

/// Returns a digest of the columns' names and of their numbers' meanings.
pub(crate) fn columns_of(data: &Prepared) -> String {
    let mut hasher = blake3::Hasher::new();
    for column in &data.table.columns {
        hasher.update(format!("{:?}", (&column.name, &column.kind)).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Returns a digest of the rows, so that a training does not continue with
/// others; it includes the classes, if there are any.
pub(crate) fn fingerprint(
    data: &Prepared,
    classes: &[Option<usize>],
    held_out: Option<&Vec<usize>>,
) -> String {
    let mut hasher = blake3::Hasher::new();
    match &data.table.values {
        Values::Bytes(values) => hasher.update(values),
        Values::Floats(values) => {
            values.chunks(4096).for_each(|part| {
                let bytes: Vec<u8> = part.iter().flat_map(|v| v.to_le_bytes()).collect();
                hasher.update(&bytes);
            });
            &mut hasher
        }
    };
    for class in classes {
        hasher.update(&class.map_or(u64::MAX, |class| class as u64).to_le_bytes());
    }
    if let Some(rows) = held_out {
        hasher.update(b"held out");
        rows.iter().for_each(|&row| {
            hasher.update(&(row as u64).to_le_bytes());
        });
    }
    hasher.finalize().to_hex().to_string()
}

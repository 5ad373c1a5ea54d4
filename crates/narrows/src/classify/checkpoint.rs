//! Decides which checkpoint a classifier's training may resume from.

use std::path::Path;

use serde_json::json;

use super::{ClassifierConfig, ClassifierEpoch};
use crate::base::error::{Error, Result};
use crate::data::scale::Prepared;
use crate::model::Model;
use crate::train::checkpoint::{Checkpoint, difference, fingerprint};

/// The kind of a classifier's checkpoint.
pub(super) const KIND: &str = "classifier_checkpoint";

/// Refuses a checkpoint of other settings, another model or other rows. Only
/// the number of epochs, early stopping, and the settings that a diverged
/// training needs to lower may change.
pub(super) fn check_same(
    checkpoint: &Checkpoint<ClassifierConfig, ClassifierEpoch>,
    path: &Path,
    config: &ClassifierConfig,
    digest: &str,
) -> Result<()> {
    let mut same = checkpoint.config.clone();
    same.epochs = config.epochs;
    same.early_stopping = config.early_stopping;
    same.optimizer.rate = config.optimizer.rate;
    same.optimizer.clip = config.optimizer.clip;
    if same != *config {
        return Err(Error::model(
            path.display(),
            format!(
                "a training with other settings ({})",
                difference(&same, config)
            ),
            "the settings it was started with (only epochs, early stopping, rate and clip may change)",
            "give the same settings again, or train anew",
        ));
    }
    if checkpoint.data != digest {
        return Err(Error::model(
            path.display(),
            "a training on another model or on other rows",
            "the model and the rows it was started with",
            "name the same ones, or train anew",
        ));
    }
    Ok(())
}

/// Returns a digest of the model, the rows and their classes.
pub(super) fn digest(model: &Model, data: &Prepared, classes: &[Option<usize>]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(
        json!([model.config.network, model.scaler])
            .to_string()
            .as_bytes(),
    );
    for stored in model.weights() {
        let bytes: Vec<u8> = stored.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    hasher.update(fingerprint(data, classes, None).as_bytes());
    hasher.finalize().to_hex().to_string()
}

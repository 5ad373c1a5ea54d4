//! Autoencoders: train them on tables and images, keep them, use them, look
//! inside them.
//!
//! ```
//! use narrows::{Autoencoder, Config, Table};
//! # let rows: Vec<f32> = (0..800).map(|i| ((i * 37) % 101) as f32).collect();
//! let table = Table::from_floats(rows, 8)?; // or read::read("my.csv", …)
//! let mut config = Config::default();
//! config.network.hidden = vec![6];
//! config.network.code = 2;
//!
//! let model = Autoencoder::new(config).train(&table)?;
//! let codes = model.encode(&table)?; // [rows, 2]
//! let back = model.decode(&codes)?; // in the data's own units
//! let scores = model.score(&table)?; // how unusual each row is
//! assert_eq!(back.rows(), 100);
//! assert_eq!(scores.errors.len(), 100);
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! Rows come from [`read`] or memory as a [`Table`]; a [`Config`] says what to
//! train; [`Training`] is a training to be watched, stopped and gone on with;
//! a [`Model`] is what comes of it, in one file; [`report`] shows it.
//!
//! # Where things are
//!
//! The folders of this crate, in the order in which rows pass them; each knows
//! only those above it.
//!
//! | folder | answers |
//! |---|---|
//! | `base` | errors, random draws, devices: what all else stands on |
//! | `settings` | what can be asked for, table by table |
//! | `data` | rows: tables, files, features |
//! | `network` | layers that encode and decode, in training and in use |
//! | `objective` | what training makes small: terms, variants, the loss |
//! | [`config`] | all settings together, checked, and the network they ask for |
//! | `model` | what a training leaves, in one file, and what it is used for |
//! | `train` | how weights are found: the loop, optimizers, layers one by one |
//! | `classify` | an encoder under a layer of classes |
//! | [`look`] | what can be seen in a model, as plain structs |
//! | [`judge`] | how like real rows new ones are |
//! | `report` | how a look is drawn, on a page or as an image |
#![deny(missing_docs)]

mod base;
mod classify;
pub mod config;
mod data;
pub mod judge;
pub mod look;
mod model;
mod network;
mod objective;
mod report;
mod settings;
mod train;

#[cfg(test)]
mod tests;

pub use base::error::{Cause, Error, Place, Result};
pub use base::hint::{Hint, Remedy};
pub use base::memory;
pub use base::warning::Warning;
pub use classify::{
    Classification, Classifier, ClassifierConfig, ClassifierEpoch, ClassifierTraining, HeldOutRows,
    Predictions,
};
pub use config::{Config, ConfigText};
pub use data::scale::{Method, Prepared, Scaler};
pub use data::table::{Column, ColumnKind, Exact, ImageShape, Table, Tags, Values};
pub use data::{examples, read, write};
pub use judge::{Judge, Judgement};
pub use model::baseline::Pca;
pub use model::container::kind;
pub use model::evaluate::{Errors, Evaluation};
pub use model::history::{Epoch, HeldOut, TimedEpoch};
pub use model::score::Scores;
pub use model::{Encoder, Model};
pub use network::Stored;
pub use objective::variant;
pub use report::{Asked, Figure, What, report, report_beside, report_of};
pub use train::diverged::lower_rate;
pub use train::{Autoencoder, Control, Step, Training};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Those of the page about looking.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/looking.md")]
struct Looking;

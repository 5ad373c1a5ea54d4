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
#![deny(missing_docs)]

mod baseline;
mod bulk;
mod checkpoint;
mod classify;
pub mod config;
mod container;
mod device;
mod error;
mod evaluate;
pub mod examples;
#[cfg(test)]
mod gradients;
mod history;
pub mod judge;
mod labels;
mod layerwise;
mod linear;
pub mod look;
mod loss;
pub mod memory;
mod model;
mod network;
mod optimizer;
mod plan;
mod random;
pub mod read;
mod report;
mod scale;
mod score;
mod seen;
mod table;
mod train;
pub mod variant;
mod warning;
pub mod write;

#[cfg(test)]
mod autoencoders;
#[cfg(test)]
mod convolutions;

pub use baseline::Pca;
pub use classify::{
    Classification, Classifier, ClassifierConfig, ClassifierEpoch, ClassifierTraining, HeldOutRows,
    Predictions,
};
pub use config::{Config, ConfigText};
pub use container::kind;
pub use error::{Error, Place, Result};
pub use evaluate::{Errors, Evaluation};
pub use history::{Epoch, HeldOut, TimedEpoch};
pub use judge::{Judge, Judgement};
pub use model::{Autoencoder, Encoder, Model};
pub use network::Stored;
pub use plan::Plan;
pub use report::{Asked, Figure, What, report, report_beside, report_of};
pub use scale::{Method, Prepared, Scaler};
pub use score::Scores;
pub use table::{Column, ColumnKind, Exact, ImageShape, Table, Tags, Values};
pub use train::diverged::lower_rate;
pub use train::{Control, Step, Training};
pub use warning::Warning;

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Those of the page about looking.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/looking.md")]
struct Looking;

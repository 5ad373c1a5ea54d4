//! Autoencoders: train them on tables and images, save them, use them, look
//! inside them.
//!
//! An autoencoder learns to reproduce its input under a constraint, such as a
//! narrow code, and so finds a compact description of the rows without labels.
//!
//! ```
//! use narrows::{Autoencoder, Config, Table};
//! # let rows: Vec<f32> = (0..800).map(|i| ((i * 37) % 101) as f32).collect();
//! let table = Table::from_floats(rows, 8)?; // or read::read("my.csv", …)
//! let mut config = Config::default();
//! config.network.hidden = vec![6];
//! config.network.code = 2;
//! config.train.epochs = 20; // 5 by default, as suits many rows
//!
//! let model = Autoencoder::new(config).train(&table)?;
//! for warning in model.warnings() {
//!     eprintln!("{warning}"); // what was seen, why it matters, what to try
//! }
//! let codes = model.encode(&table)?; // [rows, 2]
//! let first = [codes.value(0, 0), codes.value(0, 1)];
//! let back = model.decode(&codes)?; // in the data's own units
//! let scores = model.score(&table)?; // how unusual each row is
//! assert_eq!(back.rows(), 100);
//! assert_eq!(scores.errors.len(), 100);
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! Rows come from a file ([`read`]) or from memory as a [`Table`]. A [`Config`]
//! says what to train. A [`Training`] can be watched, stopped and resumed. Its
//! result is a [`Model`], which is saved in one file ([`Model::save`],
//! [`Model::load`]). [`look`] shows what the
//! model has learned, and [`report()`] draws it.
//!
//! Settings and options are structs with a `Default`, whose fields are then
//! set: `let mut config = Config::default(); config.train.epochs = 20;`. An
//! [`Error`] says where it occurred, what was found and what was expected; its
//! [`hint`](Error::hint) is data.
//!
//! # The commonest jobs
//!
//! **Rows from memory**, with names, categories, labels and ids:
//!
//! ```
//! use narrows::{Column, Table, Tags, Values};
//! let columns = vec![Column::number("age"), Column::category("size", ["S", "M"])];
//! let values = Values::Floats(vec![31.0, 1.0, 47.0, f32::NAN]); // NaN is missing
//! let table = Table::new(columns, values)?.with_labels(Tags::new("buys", ["yes", "no"]))?;
//! assert_eq!(table.rows(), 2);
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **Rows from a file**: CSV, Excel, JSON lines, Parquet, Arrow, NumPy, IDX or images, recognised by the
//! name or the first bytes.
//!
//! ```no_run
//! use narrows::read::{Roles, read};
//! let mut roles = Roles::default();
//! roles.id = vec!["customer".into()];
//! roles.one_hot = vec!["country".into()];
//! let table = read("customers.csv", &roles)?;
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **A file larger than memory**, encoded part by part:
//!
//! ```no_run
//! use narrows::{Model, read::Parts, write::Writer};
//! let model = Model::load("model.safetensors")?;
//! let mut codes = Writer::new("codes.parquet", false)?;
//! for part in Parts::open("large.csv", &model.roles())? {
//!     codes.add(&model.encode(&part?)?)?;
//! }
//! codes.finish()?; // the file appears whole or not at all
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **A training that is watched and stopped**:
//!
//! ```
//! use narrows::{Config, Control, Table, Training};
//! # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
//! # let mut config = Config::default();
//! # (config.network.hidden, config.network.code) = (vec![], 2);
//! let mut training = Training::new(&config, &table)?;
//! let mut watch = |step: &narrows::Step| match step.epoch {
//!     1..4 => Control::Continue,
//!     _ => Control::Stop,
//! };
//! while let Some(epoch) = training.run_epoch(&mut watch)? {
//!     println!("epoch {}: {}", epoch.epoch.epoch, epoch.epoch.loss["total"]);
//! }
//! let model = training.finish();
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **A training that is resumed**, with the same bytes as a result. A checkpoint
//! can also be saved within an epoch, after [`Control::Pause`]:
//!
//! ```
//! use narrows::{Config, Control, Table, Training};
//! # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
//! # let mut config = Config::default();
//! # (config.network.hidden, config.network.code) = (vec![], 2);
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("checkpoint");
//! let mut training = Training::new(&config, &table)?;
//! training.run_epoch(&mut |_| Control::Continue)?;
//! training.checkpoint(&path)?;
//!
//! let mut training = Training::new(&config, &table)?; // another day
//! training.resume(&path)?;
//! assert_eq!(training.epochs_done(), 1);
//! while training.run_epoch(&mut |_| Control::Continue)?.is_some() {}
//! let model = training.finish();
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **Held-out rows that you choose**, such as the latest ones;
//! [`TrainingOptions`] also has the device and a limit of memory:
//!
//! ```
//! use narrows::{Config, Table, Training, TrainingOptions};
//! # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
//! # let config = Config::default();
//! let mut options = TrainingOptions::default();
//! options.held_out_rows = Some((80..100).collect());
//! let training = Training::with_options(&config, &table, &options)?;
//! assert_eq!(training.split(), (80, 20));
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **Anomalies**: the error of each row, its percentile among the errors of
//! held-out rows, and the features with the largest shares of it.
//!
//! ```no_run
//! use narrows::{Model, read::read};
//! let model = Model::load("model.safetensors")?;
//! let table = read("today.csv", &model.roles())?;
//! let scores = model.score(&table)?;
//! for (row, percentile) in scores.percentiles.iter().enumerate() {
//!     if *percentile > 99.0 {
//!         let (feature, share) = scores.top[row][0];
//!         println!("row {}: {} ({share})", table.number_of(row), scores.features[feature]);
//!     }
//! }
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **A classifier** on an encoder that was trained without labels:
//!
//! ```
//! use narrows::{Autoencoder, Classifier, ClassifierConfig, Config, Table, Tags};
//! # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
//! # let kinds = (0..100).map(|i| if i % 2 == 0 { "even" } else { "odd" });
//! # let table = table.with_labels(Tags::new("kind", kinds))?;
//! # let mut config = Config::default();
//! # (config.network.hidden, config.network.code) = (vec![], 3);
//! # config.train.epochs = 2;
//! let model = Autoencoder::new(config).train(&table)?;
//! let classifier = Classifier::train(&ClassifierConfig::default(), &model, &table)?;
//! println!("{} right", classifier.evaluate(&table)?.accuracy);
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **A look inside a model**, as numbers, a picture or a page:
//!
//! ```
//! use narrows::look::{Kind, Looking, Options};
//! use narrows::{Autoencoder, Config, Figure, Table, report};
//! # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
//! # let mut config = Config::default();
//! # (config.network.hidden, config.network.code) = (vec![], 2);
//! # config.train.epochs = 2;
//! let model = Autoencoder::new(config).train(&table)?;
//! let looking = Looking::new(&model, &table)?;
//! let worst = &looking.reconstructions().worst[0];
//! println!("row {} comes back worst: {}", worst.row, worst.error);
//! let codes = Figure::of(&looking, Kind::Codes, &Options::default())?.svg;
//! let page = report(&looking, "My table")?; // HTML, in one file
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! **Threads**: all threads of the rayon pool that makes the call. Results are
//! the same bytes with any number of threads.
//!
//! ```
//! use narrows::{Autoencoder, Config, Table};
//! # let table = Table::from_floats((0..400).map(|i| (i % 7) as f32).collect(), 4)?;
//! # let mut config = Config::default();
//! # (config.network.hidden, config.network.code) = (vec![], 2);
//! # config.train.epochs = 2;
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
//! let alone = pool.install(|| Autoencoder::new(config.clone()).train(&table))?;
//! assert_eq!(alone.weights(), Autoencoder::new(config).train(&table)?.weights());
//! # Ok::<(), narrows::Error>(())
//! ```
//!
//! [`Config`], [`Table`], [`Model`], [`Classifier`], [`Encoder`] and [`Error`] are
//! `Send` and `Sync`: share a model between threads by reference. [`Training`] is
//! `Send`.
//!
//! # Features
//!
//! `gpu`: training on a graphics card, by wgpu ([`TrainingOptions::device`]).
//!
//! # Where things are
//!
//! The folders of this crate, in the order in which rows pass through them.
//! Each uses only those above it.
//!
//! | folder | content |
//! |---|---|
//! | `base` | errors, random draws, devices: the basis of everything else |
//! | `settings` | the settings, table by table |
//! | `data` | rows: tables, files, features |
//! | `network` | layers that encode and decode, in training and in use |
//! | `objective` | what training minimises: terms, variants, the loss |
//! | [`config`] | all settings, their checks, and the network they describe |
//! | `model` | the result of a training, in one file, and its uses |
//! | `train` | training: the loop, optimizers, one layer after another |
//! | `classify` | classifiers: an encoder followed by a layer of classes |
//! | [`look`] | what a model has learned, as plain structs |
//! | [`judge`] | how similar new rows are to real ones |
//! | `report` | drawings of a look, on a page or as an image |
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

pub use base::conformal::threshold_of_discoveries;
pub use base::error::{Cause, Error, Place, Result};
pub use base::hint::{Hint, Remedy};
pub use base::note::Note;
pub use base::ranking::{Ranking, ranking};
pub use base::warning::{Setting, Warning};
pub use classify::{
    ClassWeights, Classification, Classifier, ClassifierConfig, ClassifierEpoch,
    ClassifierTraining, HeldOutRows, Predictions,
};
pub use config::{Config, ConfigText};
pub use data::scale::{Method, Scaler};
pub use data::table::{
    Column, ColumnKind, Exact, ImageShape, Table, TagKind, Tags, Texts, Unusable, Values,
};
pub use data::{examples, read, write};
pub use judge::{Judge, Judgement};
pub use model::baseline::Pca;
pub use model::column_errors::ColumnErrors;
pub use model::evaluate::{Errors, Evaluation};
pub use model::history::{Epoch, HeldOut, TimedEpoch};
pub use model::score::Scores;
pub use model::{Aspect, Change, Drift, Repair, Simple, Surprise};
pub use model::{
    Encoder, FileImputer, Filled, FilledRows, ImputeOptions, Imputed, Member, Model, NewRows,
};
pub use network::NamedTensor;
pub use objective::variant;
pub use report::{Figure, drift_page, report};
pub use train::{Autoencoder, Control, Step, Training, TrainingOptions};

/// Items that only the command-line program needs. They may change at any time.
#[doc(hidden)]
pub mod program {
    pub use crate::base::memory::shown;
    pub use crate::base::visible::{visible, visible_json, visible_lines};
    pub use crate::config::whole_key;
    pub use crate::data::read::file_of;
    pub use crate::data::read::live::stop_waiting_when;
    pub use crate::model::container::kind;
    pub use crate::train::checkpoint::difference;
    pub use crate::train::diverged::lower_rate;
}

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The examples of `docs/looking.md`, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/looking.md")]
struct Looking;

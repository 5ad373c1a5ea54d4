//! narrows: autoencoders in Rust.
#![deny(missing_docs)]

mod baseline;
mod bulk;
mod checkpoint;
pub mod config;
mod container;
mod device;
mod error;
mod evaluate;
#[cfg(test)]
mod gradients;
mod history;
pub mod look;
mod loss;
mod model;
mod network;
mod optimizer;
mod plan;
mod random;
pub mod read;
mod report;
mod scale;
mod score;
mod table;
mod train;
mod warning;
pub mod write;

#[cfg(test)]
mod autoencoders;

pub use baseline::Pca;
pub use config::{Config, ConfigText};
pub use container::write_whole;
pub use error::{Error, Place, Result};
pub use evaluate::{Errors, Evaluation};
pub use history::{Epoch, HeldOut, TimedEpoch};
pub use model::{Autoencoder, Model};
pub use network::Stored;
pub use plan::Plan;
pub use report::{report, report_of};
pub use scale::{Method, Prepared, Scaler};
pub use score::Scores;
pub use table::{Column, ColumnKind, ImageShape, Table, Tags, Values};
pub use train::{Control, Step, Training};
pub use warning::Warning;

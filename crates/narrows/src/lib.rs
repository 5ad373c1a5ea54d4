//! narrows: autoencoders in Rust.
#![deny(missing_docs)]

pub mod error;
pub mod read;
pub mod table;
pub mod write;

pub use error::{Error, Place, Result};
pub use table::{Column, ColumnKind, ImageShape, Table, Tags, Values};

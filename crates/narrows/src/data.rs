//! Rows of data: tables, the meaning of their cells, reading and writing files,
//! and the features that a network sees.

pub(crate) mod as_in_file;
pub(crate) mod binarised;
pub(crate) mod cell;
pub(crate) mod cell_style;
pub(crate) mod cells;
pub(crate) mod clock;
pub mod examples;
pub(crate) mod labels;
pub(crate) mod number_format;
pub(crate) mod rare;
pub mod read;
pub(crate) mod scale;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod time_format;
pub(crate) mod windows;
pub mod write;

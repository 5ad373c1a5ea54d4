//! The commands, one file each.

pub mod apply;
pub mod classify;
pub mod completions;
pub mod drift;
pub mod evaluate;
pub mod generate;
pub mod impute;
pub mod init;
pub mod inspect;
pub mod judge;
pub mod look;
pub mod report;
pub mod score;
pub mod train;
mod train_progress;

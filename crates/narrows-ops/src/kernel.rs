//! Implements the operations on plain slices.

pub mod activation;
pub mod blocks;
pub mod cells;
pub mod chunks;
pub mod columns;
pub mod convolution;
pub mod counts;
pub mod dense;
pub mod draw;
pub mod elements;
pub mod latent;
pub mod likelihoods;
pub mod math;
pub mod packed;
pub mod product;
pub mod reconstruction;
pub mod rows;
pub mod threads;
pub mod update;
pub mod vector;

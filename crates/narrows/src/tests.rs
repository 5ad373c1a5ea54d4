//! Tests several folders together.

pub(crate) mod autoencoders;
mod columns;
mod convolutions;
mod direction;
pub(crate) mod gradients;
mod kinds;
mod threads;

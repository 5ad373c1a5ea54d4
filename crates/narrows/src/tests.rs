//! Tests of several folders together.

pub(crate) mod autoencoders;
mod convolutions;
pub(crate) mod gradients;

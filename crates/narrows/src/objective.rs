//! The objective that training minimises: the reconstruction term and the terms
//! that variants add to it.

pub(crate) mod coder;
pub(crate) mod inference;
pub(crate) mod loss;
pub(crate) mod terms;
pub mod variant;

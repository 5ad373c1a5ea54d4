//! What training makes small: the reconstruction term and what each variant
//! adds to it.

pub(crate) mod coder;
pub(crate) mod inference;
pub(crate) mod loss;
pub(crate) mod terms;
pub mod variant;

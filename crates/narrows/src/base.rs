//! What everything else stands on: errors, random draws, devices, linear
//! algebra, and numbers of bytes in words.

pub(crate) mod device;
pub(crate) mod error;
pub(crate) mod hint;
pub(crate) mod linear;
pub mod memory;
pub(crate) mod nearest;
pub(crate) mod random;
pub(crate) mod warning;

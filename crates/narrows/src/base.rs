//! The foundation of everything else: errors, random draws, devices, linear
//! algebra, and numbers of bytes as text.

pub(crate) mod conformal;
pub(crate) mod device;
pub(crate) mod error;
pub(crate) mod hint;
pub(crate) mod linear;
pub(crate) mod memory;
pub(crate) mod moments;
pub(crate) mod nearest;
pub(crate) mod normal;
pub(crate) mod note;
pub(crate) mod random;
pub(crate) mod ranking;
pub(crate) mod two_samples;
pub(crate) mod visible;
pub(crate) mod warning;

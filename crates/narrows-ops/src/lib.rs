//! Fused operations for autoencoders, for [Burn](https://burn.dev).
//!
//! Each does in one pass over memory what takes ordinary tensor operations
//! several, and knows its own derivative. Each has a plain twin of ordinary
//! operations, which runs wherever the fused one does not: on any backend but
//! Burn's CPU backend `flex`, and in any precision but f32. Tests hold the two
//! side by side.
//!
//! No result depends on the number of threads (that of the current rayon
//! pool).
//!
//! | operation | what is fused |
//! |---|---|
//! | [`Convolution`] | the same, for maps |
//! | [`dense()`] | product, bias and activation; derivative and bias gradient |
//! | [`noisy()`], [`draw()`] | deviation, product, sum; their gradients |
//! | [`divergence()`] | of each unit, over the batch; its gradient |
//! | [`kept()`] | values chosen and masked where they are; their gradient |
//! | [`reconstruction()`] | output activation, error, mean; its gradient too |
//! | [`row_errors()`] | the same without the mean |
//! | [`sparsity()`] | means over the batch, divergence, gradient |
//! | [`update()`] | weights, moments and penalties of one step |

mod activation;
mod backend;
mod convolution;
mod dense;
mod kept;
pub mod kernel;
mod latent;
mod reconstruction;
mod sparsity;
#[cfg(test)]
mod tests;
mod update;

pub use activation::{Activation, softplus};
pub use convolution::{Convolution, Maps, Window};
pub use dense::dense;
pub use kept::kept;
pub use latent::{Spread, divergence, divergences, draw, noisy};
pub use reconstruction::{Distance, distances, reconstruction, row_errors};
pub use sparsity::{Sparsity, sparsity};
pub use update::{Method, Moments, Penalized, Penalty, update};

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
//! | [`dense()`] | product, bias and activation; derivative and bias gradient |
//! | [`Convolution`] | the same, for maps |
//! | [`noisy()`], [`draw()`] | deviation, product, sum; their gradients |
//! | [`divergence()`] | of each unit, over the batch; its gradient |
//! | [`kept()`] | values chosen and masked where they are; their gradient |
//! | [`reconstruction()`] | output activation, error, mean; its gradient too |
//! | [`row_errors()`] | the same without the mean |
//! | [`sparsity()`] | means over the batch, divergence, gradient |
//! | [`update()`] | weights, moments and penalties of one step |
//!
//! [`Activation`], [`softplus()`], [`distances()`] and [`divergences()`] are made
//! of ordinary operations only.
//!
//! What works without tensors, on slices of `f32`:
//!
//! | module | what it does |
//! |---|---|
//! | [`elementwise`] | an activation, or any loop, by the widest vectors |
//! | [`packed`] | rows through trained dense layers |
//! | [`random`] | the random draws of given rows |
//! | [`rows`] | rows put together into a batch, and scaled |
//!
//! # Safety
//!
//! Every public function is safe to call: none races, on however many threads
//! it is called at once, and none hands out uninitialised memory, even if a
//! closure that it was given panics. The unsafe code is private.
//!
//! # Threads
//!
//! Large work is shared among as many threads as the current rayon pool has:
//! the caller's own, and helpers. These are one pool for the whole process.
//! They are started when first needed, never end, and sleep when there is
//! nothing to do. While one caller has them, others work on their own threads
//! alone; so does a caller within a rayon pool of one thread, for which no
//! helper is started.

mod activation;
mod backend;
mod convolution;
mod dense;
mod kept;
mod kernel;
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

/// Activations of all values of a slice, and loops compiled for the vector
/// units of the machine.
pub mod elementwise {
    pub use crate::kernel::activation::{Function, With};
    pub use crate::kernel::elements::each_value;
    pub use crate::kernel::vector::vectorized;
}

/// Rows through trained dense layers, each packed once. A row's result is the
/// same bits alone and among any others, on any number of threads.
pub mod packed {
    pub use crate::kernel::packed::{Order, PackedLayer, PackedNetwork, Sums};
}

/// Random draws that depend on key, row and width alone.
pub mod random {
    pub use crate::kernel::draw::{Draw, Keep, Normal, Uniform, fill};
}

/// Rows put together into a batch by many threads, and scaled.
pub mod rows {
    pub use crate::kernel::rows::{bytes_to_unit, fill_blocks, fill_rows, scaled};
}

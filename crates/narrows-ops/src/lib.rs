//! Fused operations for autoencoders, for [Burn](https://burn.dev).
//!
//! Each operation does in one pass over memory what takes several ordinary
//! tensor operations, and knows its own derivative. Each has a plain twin of
//! ordinary operations, which runs wherever the fused one does not: on any
//! backend but Burn's CPU backend `flex`, and in any precision but f32. Tests
//! compare the two.
//!
//! No result depends on the number of threads (those of the current rayon
//! pool).
//!
//! | operation | what is fused |
//! |---|---|
//! | [`dense()`] | product, bias and activation; derivative and bias gradient |
//! | [`Convolution`] | as `dense`, for maps |
//! | [`noisy()`], [`draw()`] | deviation, product, sum; their gradients |
//! | [`divergence()`] | divergence of each unit, over the batch; its gradient |
//! | [`kept()`] | values chosen and masked in place; their gradient |
//! | [`negative_log_likelihood()`] | errors of columns of several kinds; their gradient |
//! | [`reconstruction()`] | output activation, error, mean; its gradient too |
//! | [`row_errors()`] | output activation and error; its gradient too |
//! | [`sparsity()`] | means over the batch, divergence, gradient |
//! | [`update()`] | weights, moments and penalties of one step |
//!
//! [`Activation`], [`softplus()`], [`distances()`], [`feature_errors()`],
//! [`means()`] and [`divergences()`] consist of ordinary operations only.
//!
//! These modules work without tensors, on slices of `f32`:
//!
//! | module | what it does |
//! |---|---|
//! | [`elementwise`] | an activation, or any loop, with the widest vectors |
//! | [`packed`] | rows through trained dense layers |
//! | [`random`] | the random draws of given rows |
//! | [`rows`] | rows collected into a batch, and scaled |
//!
//! # Safety
//!
//! Every public function is safe to call: none causes a data race, on however
//! many threads it is called at once, and none exposes uninitialised memory,
//! even if a closure that was passed in panics. The unsafe code is private.
//!
//! # Threads
//!
//! Large work is shared among as many threads as the current rayon pool has:
//! the caller's own, and helpers from one pool for the whole process. Helpers
//! are started when first needed, never end, and sleep when there is nothing to
//! do. While one caller uses them, other callers work on their own threads
//! alone; so does a caller within a rayon pool of one thread, for which no
//! helper is started.

mod activation;
mod backend;
mod convolution;
mod dense;
mod kept;
mod kernel;
mod latent;
mod likelihoods;
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
pub use likelihoods::{
    Likelihood, Part, count_cost, feature_errors, means, means_of_rows, negative_log_likelihood,
};
pub use reconstruction::{Distance, distances, reconstruction, row_errors};
pub use sparsity::{Sparsity, sparsity};
pub use update::{Method, Moments, Penalized, Penalty, update};

/// Activations of all values of a slice, and loops compiled for the machine's
/// vector units.
pub mod elementwise {
    pub use crate::kernel::activation::{Function, With};
    pub use crate::kernel::elements::each_value;
    pub use crate::kernel::vector::vectorized;
}

/// Rows through trained dense layers, each packed once. A row's result has the
/// same bits alone and among any others, on any number of threads.
pub mod packed {
    pub use crate::kernel::packed::{Order, PackedLayer, PackedNetwork, Sums};
}

/// Random draws that depend only on key, row and width.
pub mod random {
    pub use crate::kernel::draw::{Draw, Keep, Normal, Uniform, fill};
}

/// Rows collected into a batch by many threads, and scaled.
pub mod rows {
    pub use crate::kernel::rows::{bytes_to_unit, fill_blocks, fill_rows, scaled};
}

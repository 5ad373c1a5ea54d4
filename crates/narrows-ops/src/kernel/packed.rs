//! Sends rows through trained dense layers: `y = a(x · W + b)`.
//!
//! A matrix that no longer changes is packed once ([`PackedLayer`]), so that
//! every product reads it in order. A [`PackedNetwork`] sends a block of rows
//! through all its layers while they are in the cache.
//!
//! A row's result has the same bits alone and among any others, at any place,
//! on any number of threads, and on every machine with the same activation:
//! each sum is one chain of fused multiply-adds, starting from the bias, over
//! the inputs in their order. A value that is not a number spoils only its own
//! row.

mod block;
mod few;
mod network;
mod panel;
#[cfg(test)]
mod tests;
mod tile;

use pulp::Arch;

pub use block::Sums;
pub use network::PackedNetwork;

use panel::Panels;

/// The order in which a matrix is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `[inputs, outputs]`, row-major.
    InputsByOutputs,
    /// `[outputs, inputs]`, row-major: for a tied decoder's layer, the matrix
    /// of the layer that it mirrors.
    OutputsByInputs,
}

/// A dense layer, packed.
#[derive(Clone, Debug)]
pub struct PackedLayer {
    arch: Arch,
    inputs: usize,
    outputs: usize,
    panels: Panels,
}

impl PackedLayer {
    /// Packs a matrix and its bias `[outputs]`.
    ///
    /// # Panics
    ///
    /// If a size is 0 or a length does not fit the sizes.
    pub fn new(weight: &[f32], order: Order, inputs: usize, outputs: usize, bias: &[f32]) -> Self {
        Self::for_arch(Arch::new(), weight, order, inputs, outputs, bias)
    }

    fn for_arch(
        arch: Arch,
        weight: &[f32],
        order: Order,
        inputs: usize,
        outputs: usize,
        bias: &[f32],
    ) -> Self {
        assert!(
            inputs > 0 && outputs > 0,
            "a layer of {inputs} to {outputs}"
        );
        assert_eq!(weight.len(), inputs * outputs, "weights");
        assert_eq!(bias.len(), outputs, "biases");
        let panels = match order {
            Order::InputsByOutputs => {
                Panels::new(inputs, outputs, |row, at| weight[row * outputs + at], bias)
            }
            Order::OutputsByInputs => {
                Panels::new(inputs, outputs, |row, at| weight[at * inputs + row], bias)
            }
        };
        PackedLayer {
            arch,
            inputs,
            outputs,
            panels,
        }
    }

    /// Returns the number of values in an input row.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Returns the number of values in an output row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Computes `out = activation(rows · W + b)`; `rows` is `[n, inputs]` and
    /// `out` is `[n, outputs]`, both row-major.
    ///
    /// If `activation` can be inlined, it is compiled for the machine's widest
    /// vectors; it matters as much that it has no branches.
    ///
    /// # Panics
    ///
    /// If the lengths do not match.
    pub fn apply(
        &self,
        rows: &[f32],
        out: &mut [f32],
        activation: impl Fn(f32) -> f32 + Copy + Sync,
    ) {
        network::apply(std::slice::from_ref(self), rows, out, |_, sums| {
            sums.map(activation);
        });
    }
}

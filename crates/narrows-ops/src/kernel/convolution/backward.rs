//! Computes the gradients of a convolution or of its transpose, in one pass
//! over rows.
//!
//! Rows are summed in groups, and groups in their order; the number of groups
//! depends only on the shapes and the width of a vector.

use std::mem::MaybeUninit;

use pulp::{Arch, Simd, WithSimd, bytemuck};

use super::block::Layout;
use super::contraction::contract;
use super::product::{self, Panels};
use super::scratch::Scratch;
use super::{Convolution, Direction, Machine, Weight};
use crate::kernel::cells::area;
use crate::kernel::chunks::{Cut, write_chunks, zeroed};

/// A function that multiplies a copy of the gradient's values, from the given
/// index on, by the activation's slope before they are used.
pub type Prepare<'a> = &'a (dyn Fn(usize, &mut [f32]) + Sync);

/// The values that the gradients are computed from.
#[derive(Clone, Copy)]
pub struct Backward<'a> {
    /// The direction of the layer.
    pub direction: Direction,
    /// The input, `[rows, values]`.
    pub input: &'a [f32],
    /// The gradient of the output, `[rows, values]`.
    pub gradient: &'a [f32],
    /// The weight.
    pub weight: Weight<'a>,
    /// The slope to apply if `gradient` is that of an activation of the output.
    pub prepare: Option<Prepare<'a>>,
}

/// Gradients of everything that a layer takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// The gradient of the input, `[rows, values]`, if wanted.
    pub input: Option<Vec<f32>>,
    /// The gradient of the weight, in the weight's own order.
    pub weight: Vec<f32>,
    /// The gradient of each output map's bias.
    pub bias: Vec<f32>,
}

/// Blocks whose lanes are added up together.
const BLOCKS: usize = 2;
/// The fewest and the most groups of rows; fewer than the most only if their
/// sums would exceed `SUMS`.
const GROUPS: [usize; 2] = [4, 16];
const SUMS: usize = 1 << 22;

impl Convolution {
    /// Returns the gradients of the weight, of the bias and, if `of_input`, of
    /// the input.
    pub fn backward(&self, from: Backward, of_input: bool) -> Gradients {
        let [ins, outs] = self.layouts(from.direction);
        let [inputs, outputs] = [ins, outs].map(|layout| layout.maps.values());
        let rows = from.input.len() / inputs;
        assert_eq!(from.input.len(), rows * inputs, "whole rows went in");
        assert_eq!(from.gradient.len(), rows * outputs, "as many came out");
        let Machine { lanes, registers } = Machine::here();
        let back = from.direction.mirror();
        let panels = of_input.then(|| self.panels(back, from.weight, None, registers));

        let (weights, units) = (self.window.weights(), outs.maps.channels);
        let sums = weights + units;
        let group = group(rows, lanes, sums);
        let partial = Cut {
            length: area(rows.div_ceil(group), sums),
            chunk: sums,
        };
        let input = Cut {
            length: if of_input { from.input.len() } else { 0 },
            chunk: group * inputs,
        };
        let write = |at: usize, [sums, input]: [&mut [MaybeUninit<f32>]; 2]| {
            Arch::new().dispatch(Group {
                convolution: self,
                from: &from,
                panels: panels.as_ref(),
                first: at * group,
                rows: group.min(rows - at * group),
                input,
                sums: zeroed(sums),
            });
        };
        // SAFETY: sums are set to 0. If there is room for the gradient of the
        // input, there are panels, with which a group unpacks each block of its
        // rows.
        let [partial, input] = unsafe { write_chunks([partial, input], write) };

        let mut total = vec![0.0; sums];
        for partial in partial.chunks_exact(sums) {
            for (total, partial) in total.iter_mut().zip(partial) {
                *total += partial;
            }
        }
        let bias = total.split_off(weights);
        Gradients {
            input: of_input.then_some(input),
            weight: total,
            bias,
        }
    }
}

/// Returns the number of rows in a group.
fn group(rows: usize, lanes: usize, sums: usize) -> usize {
    let groups = (SUMS / sums).clamp(GROUPS[0], GROUPS[1]);
    let blocks = rows.div_ceil(lanes).div_ceil(groups);
    blocks.next_multiple_of(BLOCKS).max(BLOCKS) * lanes
}

/// Consecutive rows, and where their gradients go.
struct Group<'a> {
    convolution: &'a Convolution,
    from: &'a Backward<'a>,
    /// Panels for the gradient of the input; `None` if it is not wanted.
    panels: Option<&'a Panels>,
    first: usize,
    rows: usize,
    /// The gradient of the input; empty if it is not wanted.
    input: &'a mut [MaybeUninit<f32>],
    /// Sums of weights, followed by those of biases.
    sums: &'a mut [f32],
}

impl WithSimd for Group<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let [ins, outs] = self.convolution.layouts(self.from.direction);
        let copied = match self.from.prepare {
            Some(_) => outs.maps.values(),
            None => 0,
        };
        let lengths = [
            BLOCKS * ins.vectors(),
            BLOCKS * outs.vectors(),
            ins.vectors(),
            copied,
        ];
        let mut scratch = Scratch::take();
        let [input, gradient, back, copied] = scratch.lend::<S, 4>(lengths);
        let blocks = self.rows.div_ceil(S::F32_LANES);
        for first in (0..blocks).step_by(BLOCKS) {
            let count = BLOCKS.min(blocks - first);
            let input = &mut input[..count * ins.vectors()];
            let gradient = &mut gradient[..count * outs.vectors()];
            let each = input
                .chunks_exact_mut(ins.vectors())
                .zip(gradient.chunks_exact_mut(outs.vectors()));
            for (block, (input, gradient)) in (first..).zip(each) {
                self.pack(simd, [ins, outs], block, input, gradient, copied);
                self.back(simd, [ins, outs], block, gradient, back);
            }
            self.add(simd, [ins, outs], input, gradient);
        }
    }
}

impl Group<'_> {
    #[inline(always)]
    fn pack<S: Simd>(
        &self,
        simd: S,
        [ins, outs]: [Layout; 2],
        block: usize,
        input: &mut [S::f32s],
        gradient: &mut [S::f32s],
        copied: &mut [S::f32s],
    ) {
        let first = self.first + block * S::F32_LANES;
        let rows = S::F32_LANES.min(self.first + self.rows - first);
        let [inputs, outputs] = [ins, outs].map(|layout| layout.maps.values());
        let range = |values| first * values..(first + rows) * values;
        ins.pack(simd, &self.from.input[range(inputs)], input);
        let fresh = &self.from.gradient[range(outputs)];
        match self.from.prepare {
            Some(prepare) => {
                let copied = &mut bytemuck::cast_slice_mut(copied)[..fresh.len()];
                copied.copy_from_slice(fresh);
                prepare(first * outputs, copied);
                outs.pack(simd, copied, gradient);
            }
            None => outs.pack(simd, fresh, gradient),
        }
    }

    /// Computes the gradient of the input.
    #[inline(always)]
    fn back<S: Simd>(
        &mut self,
        simd: S,
        [ins, outs]: [Layout; 2],
        block: usize,
        gradient: &[S::f32s],
        back: &mut [S::f32s],
    ) {
        let Some(panels) = self.panels else {
            return;
        };
        let routes = self.convolution.routes(self.from.direction.mirror());
        product::product(simd, routes, panels, gradient, [outs, ins], back);
        let mut rows = self.input.chunks_mut(S::F32_LANES * ins.maps.values());
        let rows = rows.nth(block).expect("rows of the block");
        ins.unpack(simd, back, rows);
    }

    /// Adds to the gradients of the weight and of the bias.
    #[inline(always)]
    fn add<S: Simd>(
        &mut self,
        simd: S,
        [ins, outs]: [Layout; 2],
        input: &[S::f32s],
        gradient: &[S::f32s],
    ) {
        let window = self.convolution.window;
        let order = self.from.weight.order;
        let (large, small) = match self.from.direction {
            Direction::Down => ((ins, input), (outs, gradient)),
            Direction::Up => ((outs, gradient), (ins, input)),
        };
        let place = |tap, large, small| order.place(window, tap, large, small);
        let (weights, biases) = self.sums.split_at_mut(window.weights());
        let tap_groups = &self.convolution.tables.tap_groups;
        contract(
            simd,
            tap_groups,
            window.taps(),
            large,
            small,
            place,
            weights,
        );
        for block in gradient.chunks_exact(outs.vectors()) {
            outs.sum(simd, block, biases);
        }
    }
}

//! Computes a dense layer forward and backward.

use std::ops::Range;

use super::activation::Function;
use super::blocks::Blocks;
use super::cells::{Cells, area, from_writer};
use super::chunks::{Cut, fill_chunks};
use super::columns::add;
use super::elements::each_value;
use super::product::{Matrix, product_block};
use super::threads::share;
use super::vector::{each_lanes, from_fn, vectorized};

/// A layer's inputs and weights.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// `[rows, inputs]`
    pub input: Matrix<'a>,
    /// `[inputs, outputs]`, however it is stored.
    pub weight: Matrix<'a>,
}

/// Returns `a(x W + b)`, `[rows, outputs]`, and, if the derivative needs them,
/// the sums `x W + b`.
pub fn forward<F: Function>(
    Layer { input, weight }: Layer,
    bias: &[f32],
    function: F,
) -> (Vec<f32>, Option<Vec<f32>>) {
    let (rows, outputs) = (input.rows(), weight.columns());
    assert_eq!(bias.len(), outputs, "a bias for each output");
    let places = area(rows, outputs);
    let places_of_sums = if F::NEEDS_SUMS { places } else { 0 };
    let blocks = Blocks::new(rows, outputs, input.columns());
    let write = |[to, to_sums]: [Cells; 2]| {
        share(blocks.count, |at| {
            let (rows, columns) = blocks.get(at);
            // SAFETY: blocks do not overlap, and each belongs to one part.
            unsafe { product_block(input, weight, to, rows.clone(), columns.clone()) };
            let bias = &bias[columns.clone()];
            for row in rows {
                let (from, end) = (row * outputs + columns.start, row * outputs + columns.end);
                // SAFETY: the block's places in this row, which the product has
                // written.
                let values = unsafe { to.get(from, end) };
                if F::NEEDS_SUMS {
                    add(bias, values);
                    // SAFETY: the same places of the sums, so they belong to
                    // the block.
                    unsafe { to_sums.put(from, values) };
                    each_value(values, function);
                } else {
                    finish(values, bias, function);
                }
            }
        });
    };
    // SAFETY: blocks cover all places, and each is written completely.
    let [output, sums] = unsafe { from_writer([places, places_of_sums], write) };
    (output, F::NEEDS_SUMS.then_some(sums))
}

/// Turns products into outputs, in place.
fn finish(values: &mut [f32], bias: &[f32], function: impl Function) {
    vectorized(
        #[inline(always)]
        || {
            each_lanes(
                values.len(),
                #[inline(always)]
                |lanes| {
                    let (product, bias) = (lanes.of(values), lanes.of(bias));
                    let sum = from_fn(
                        #[inline(always)]
                        |i| product[i] + bias[i],
                    );
                    let output = from_fn(
                        #[inline(always)]
                        |i| function.value(sum[i]),
                    );
                    lanes.put(values, output);
                },
            );
        },
    );
}

/// Values that a layer keeps from its forward pass.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// The outputs, `[rows, outputs]`; empty if they are not needed.
    pub output: &'a [f32],
    /// The sums, `[rows, outputs]`; empty if they are not needed.
    pub sums: &'a [f32],
}

/// Turns the gradient of the outputs into that of the sums, in place; returns
/// the gradient of the bias. All are `[rows, outputs]`.
pub fn sums_gradient<F: Function>(
    gradient: &mut [f32],
    kept: Kept,
    outputs: usize,
    function: Option<F>,
) -> Vec<f32> {
    let rows = gradient.len() / outputs.max(1);
    let gradient = Cells::of(gradient);
    // A value costs about as much as a few dozen multiplications.
    let blocks = Blocks::columns(rows, outputs, 24);
    let cut = Cut {
        length: outputs,
        chunk: blocks.step,
    };
    let [bias] = fill_chunks([cut], |at, [sum]| {
        let (_, columns) = blocks.get(at);
        for row in 0..rows {
            let (from, end) = (row * outputs + columns.start, row * outputs + columns.end);
            // SAFETY: the block's places in this row; blocks are of columns
            // here and do not overlap, and each belongs to one part.
            let gradient = unsafe { gradient.get(from, end) };
            let of = |kept: &'_ [f32]| -> Range<usize> {
                if kept.is_empty() { 0..0 } else { from..end }
            };
            let output = &kept.output[of(kept.output)];
            let sums = &kept.sums[of(kept.sums)];
            match function {
                Some(function) => slope_and_add(gradient, output, sums, sum, function),
                None => add(gradient, sum),
            }
        }
    });
    bias
}

fn slope_and_add<F: Function>(
    gradient: &mut [f32],
    output: &[f32],
    sums: &[f32],
    sum: &mut [f32],
    function: F,
) {
    vectorized(
        #[inline(always)]
        || {
            each_lanes(
                gradient.len(),
                #[inline(always)]
                |lanes| {
                    let (g, total) = (lanes.of(gradient), lanes.of(sum));
                    let slopes = match F::NEEDS_SUMS {
                        true => {
                            let z = lanes.of(sums);
                            from_fn(
                                #[inline(always)]
                                |i| function.slope(z[i], 0.0),
                            )
                        }
                        false => {
                            let y = lanes.of(output);
                            from_fn(
                                #[inline(always)]
                                |i| function.slope(0.0, y[i]),
                            )
                        }
                    };
                    let g = from_fn(
                        #[inline(always)]
                        |i| g[i] * slopes[i],
                    );
                    lanes.put(gradient, g);
                    let total = from_fn(
                        #[inline(always)]
                        |i| total[i] + g[i],
                    );
                    lanes.put(sum, total);
                },
            );
        },
    );
}

/// Returns the gradients of the weights, stored as the weights are, and, if
/// `of_input`, of the inputs, from the gradient of the sums `[rows, outputs]`.
pub fn gradients(
    Layer { input, weight }: Layer,
    sums: Matrix,
    transposed: bool,
    of_input: bool,
) -> (Vec<f32>, Option<Vec<f32>>) {
    let (rows, inputs, outputs) = (input.rows(), input.columns(), weight.columns());
    // Stored like the weights: xᵀ dz, or its transpose dzᵀ x.
    let (left, right) = match transposed {
        false => (input.transposed(), sums),
        true => (sums.transposed(), input),
    };
    let weight_blocks = Blocks::new(left.rows(), right.columns(), rows);
    let input_blocks = Blocks::new(rows, inputs, outputs);
    let (places_of_input, input_parts) = if of_input {
        (area(rows, inputs), input_blocks.count)
    } else {
        (0, 0)
    };
    let write = |[to_weight, to_input]: [Cells; 2]| {
        share(input_parts + weight_blocks.count, |at| {
            if at < input_parts {
                let (rows, columns) = input_blocks.get(at);
                // SAFETY: blocks do not overlap, and each belongs to one part.
                unsafe { product_block(sums, weight.transposed(), to_input, rows, columns) };
            } else {
                let (rows, columns) = weight_blocks.get(at - input_parts);
                // SAFETY: as above.
                unsafe { product_block(left, right, to_weight, rows, columns) };
            }
        });
    };
    // SAFETY: blocks cover all places, and products write theirs completely.
    let [of_weight, of_inputs] =
        unsafe { from_writer([area(inputs, outputs), places_of_input], write) };
    (of_weight, of_input.then_some(of_inputs))
}

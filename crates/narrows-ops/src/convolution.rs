//! A layer of convolutions, or of their transposes (Dumoulin & Visin 2016):
//! products, bias and activation at once.
//!
//! With the matrix `W`, `[channels * kernel * kernel, maps]`, a convolution is
//! `Wᵀ U x`, where `U` copies what each kernel sees into a column. Its
//! transpose is exactly its adjoint, `Uᵀ W y`: each column is added to the
//! pixels that it was copied from. So sizes mirror each other whatever the
//! stride.

use std::sync::{Arc, OnceLock};

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};

use crate::backend::{
    Execution, contiguous, dims, execution, filled, flex, recorded, slice, tracked,
};
use crate::kernel::activation::{Activation, Function, With};
use crate::kernel::convolution as kernel;
use crate::kernel::elements::{each_slope, each_value};

pub use kernel::{Maps, Window};

/// A window over maps, in one direction or the other; cheap to clone.
#[derive(Debug, Clone)]
pub struct Convolution {
    kernel: kernel::Convolution,
    transposed: bool,
    /// For each weight of a kernel, `[channel, y, x]`, and each pixel of a
    /// small map: the index of the value of the large maps that they meet at,
    /// or one past the last if they meet outside. Only for a plain execution.
    places: Arc<OnceLock<Vec<i64>>>,
}

impl Convolution {
    /// Creates the convolution of a window's large maps, or if `transposed` of
    /// its small maps.
    pub fn new(window: Window, transposed: bool) -> Self {
        Convolution {
            kernel: kernel::Convolution::new(window),
            transposed,
            places: Arc::default(),
        }
    }

    /// Returns the number of pixels of each output map.
    pub fn pixels(&self) -> usize {
        let Window { large, small, .. } = self.window();
        if self.transposed { large } else { small }.pixels()
    }

    /// Returns `a(x W + b)`, `[rows, outputs]`.
    ///
    /// `input` is `[rows, inputs]`, maps ordered `[channels, height, width]`;
    /// `weight` is `[channels in * kernel * kernel, channels out]`, or with
    /// `tied` that of the mirrored convolution; `bias` is `[1, channels out]`.
    pub fn apply(
        &self,
        input: Tensor<2>,
        weight: Tensor<2>,
        bias: Tensor<2>,
        activation: Activation,
        tied: bool,
    ) -> Tensor<2> {
        let options = Options {
            kernel: self.kernel.clone(),
            transposed: self.transposed,
            tied,
            activation,
        };
        match execution(&input) {
            Execution::Plain => {
                let units = self.units(input, weight, tied) + bias.transpose();
                activation.apply(self.rows(units))
            }
            Execution::Fused => {
                let (output, _) = options.make(&flex(input), &flex(weight), &flex(bias));
                Tensor::from_primitive::<Flex>(output)
            }
            Execution::Tracked => {
                let (input, of_input) = tracked(input).into_parts();
                let (weight, of_weight) = tracked(weight).into_parts();
                let (bias, of_bias) = tracked(bias).into_parts();
                let (input, weight) = (contiguous(input), contiguous(weight));
                let (output, sums) = options.make(&input, &weight, &contiguous(bias));
                let state = State {
                    // The slope is computed from these.
                    shown: sums.unwrap_or_else(|| output.clone()),
                    input,
                    weight,
                    options,
                };
                recorded([of_input, of_weight, of_bias], output, state, derivative)
            }
        }
    }

    fn window(&self) -> Window {
        self.kernel.window()
    }

    /// Multiplies by ordinary operations, from `[rows, inputs]` to
    /// `[channels, pixels * rows]`.
    fn units(&self, input: Tensor<2>, weight: Tensor<2>, tied: bool) -> Tensor<2> {
        let Window { large, small, .. } = self.window();
        let weight = match self.transposed && !tied {
            true => weight
                .reshape([small.channels, self.window().taps(), large.channels])
                .permute([2, 1, 0])
                .reshape([large.channels * self.window().taps(), small.channels]),
            false => weight,
        };
        match self.transposed {
            true => self.adjoint(input, weight),
            false => self.forward(input, weight),
        }
    }

    /// Reorders `[channels, pixels * rows]` to `[rows, outputs]`.
    fn rows(&self, units: Tensor<2>) -> Tensor<2> {
        let Window { large, small, .. } = self.window();
        let maps = if self.transposed { large } else { small };
        let [channels, cells] = units.dims();
        let rows = cells / maps.pixels();
        let units = match self.transposed && self.window().image {
            true => swapped(units, [channels, maps.pixels(), rows]),
            false => units.reshape([channels * maps.pixels(), rows]),
        };
        units.transpose()
    }

    fn forward(&self, input: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
        let Window { large, small, .. } = self.window();
        let [rows, values] = input.dims();
        let input = match self.window().image {
            true => swapped(input.transpose(), [large.pixels(), large.channels, rows]),
            false => input.transpose(),
        };
        let outside = Tensor::zeros([1, rows], (&input.device(), input.dtype()));
        let input = Tensor::cat(vec![input.reshape([values, rows]), outside], 0);
        let places = self.places(&input);
        let seen = input.select(0, places);
        let seen = seen.reshape([weight.dims()[0], small.pixels() * rows]);
        weight.transpose().matmul(seen)
    }

    fn adjoint(&self, input: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
        let Window { large, small, .. } = self.window();
        let rows = input.dims()[0];
        let input = input.transpose();
        let seen = weight.matmul(input.reshape([small.channels, small.pixels() * rows]));
        let shape = [large.values() + 1, rows];
        let empty = Tensor::zeros(shape, (&seen.device(), seen.dtype()));
        let places = self.places(&seen);
        let seen = seen.reshape([places.dims()[0], rows]);
        empty
            .select_assign(0, places, seen, IndexingUpdateOp::Add)
            .narrow(0, 0, large.values())
            .reshape([large.channels, large.pixels() * rows])
    }

    fn places(&self, beside: &Tensor<2>) -> Tensor<1, Int> {
        let places = self.places.get_or_init(|| places(self.window()));
        let places = TensorData::new(places.clone(), [places.len()]);
        Tensor::from_data(places, &beside.device())
    }
}

/// The properties of a layer apart from its weights.
#[derive(Debug, Clone)]
struct Options {
    kernel: kernel::Convolution,
    transposed: bool,
    tied: bool,
    activation: Activation,
}

#[derive(Debug, Clone)]
struct State {
    input: FlexTensor,
    weight: FlexTensor,
    /// The outputs, or the sums if the slope needs them.
    shown: FlexTensor,
    options: Options,
}

impl Options {
    fn direction(&self) -> kernel::Direction {
        match self.transposed {
            true => kernel::Direction::Up,
            false => kernel::Direction::Down,
        }
    }

    fn weight<'w>(&self, values: &'w FlexTensor) -> kernel::Weight<'w> {
        let order = match self.transposed && !self.tied {
            true => kernel::Order::Transposed,
            false => kernel::Order::Convolution,
        };
        kernel::Weight {
            values: slice(values),
            order,
        }
    }

    /// Returns the outputs, and the sums if the derivative needs them.
    fn make(
        &self,
        input: &FlexTensor,
        weight: &FlexTensor,
        bias: &FlexTensor,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let Window { large, small, .. } = self.kernel.window();
        let maps = if self.transposed { large } else { small };
        let shape = [dims(input)[0], maps.values()];
        let (output, sums) = self.activation.with(Forward {
            options: self,
            input: slice(input),
            weight: self.weight(weight),
            bias: slice(bias),
        });
        let tensor = |values| filled(values, shape);
        (tensor(output), sums.map(tensor))
    }
}

struct Forward<'a> {
    options: &'a Options,
    input: &'a [f32],
    weight: kernel::Weight<'a>,
    bias: &'a [f32],
}

impl With for Forward<'_> {
    type Output = (Vec<f32>, Option<Vec<f32>>);

    fn with<F: Function>(self, function: F) -> Self::Output {
        let finish = |values: &mut [f32]| each_value(values, function);
        let plain = F::NEEDS_SUMS || self.options.activation == Activation::Identity;
        let finish: Option<kernel::Finish> = if plain { None } else { Some(&finish) };
        let (kernel, direction) = (&self.options.kernel, self.options.direction());
        let bias = Some(self.bias);
        let mut output = kernel.apply(direction, self.input, self.weight, bias, finish);
        let sums = F::NEEDS_SUMS.then(|| {
            let sums = output.clone();
            each_value(&mut output, function);
            sums
        });
        (output, sums)
    }
}

struct Backwards<'a> {
    state: &'a State,
    upstream: &'a [f32],
    of_input: bool,
}

impl With for Backwards<'_> {
    type Output = kernel::Gradients;

    fn with<F: Function>(self, function: F) -> kernel::Gradients {
        let State {
            input,
            weight,
            shown,
            options,
        } = self.state;
        let shown = slice(shown);
        let slope = |first: usize, gradient: &mut [f32]| {
            each_slope(gradient, &shown[first..], function);
        };
        let identity = options.activation == Activation::Identity;
        let prepare: Option<kernel::Prepare> = if identity { None } else { Some(&slope) };
        let from = kernel::Backward {
            direction: options.direction(),
            input: slice(input),
            gradient: self.upstream,
            weight: options.weight(weight),
            prepare,
        };
        options.kernel.backward(from, self.of_input)
    }
}

fn derivative(state: State, upstream: FlexTensor, needed: [bool; 3]) -> [Option<FlexTensor>; 3] {
    let gradients = state.options.activation.with(Backwards {
        state: &state,
        upstream: slice(&upstream),
        of_input: needed[0],
    });
    let maps = gradients.bias.len();
    [
        gradients
            .input
            .map(|input| filled(input, dims(&state.input))),
        Some(filled(gradients.weight, dims(&state.weight))),
        Some(filled(gradients.bias, [1, maps])),
    ]
}

/// Reorders `[a, b, rows]` to `[b * a, rows]`: between `[pixels, channels]`,
/// the order of images, and `[channels, pixels]`, the order of maps.
fn swapped(values: Tensor<2>, [a, b, rows]: [usize; 3]) -> Tensor<2> {
    match a == 1 || b == 1 {
        true => values.reshape([a * b, rows]),
        false => values
            .reshape([a, b, rows])
            .swap_dims(0, 1)
            .reshape([a * b, rows]),
    }
}

fn places(window: Window) -> Vec<i64> {
    let Window {
        large,
        small,
        kernel,
        stride,
        ..
    } = window;
    // Counted from the first row of zeros around the map.
    let before = (kernel - 1) / 2;
    let within = |at: usize, side: usize| at.checked_sub(before).filter(|&at| at < side);
    let mut places = Vec::with_capacity(large.channels * window.taps() * small.pixels());
    for channel in 0..large.channels {
        for tap in 0..window.taps() {
            for pixel in 0..small.pixels() {
                let y = within(pixel / small.width * stride + tap / kernel, large.height);
                let x = within(pixel % small.width * stride + tap % kernel, large.width);
                let place = match (y, x) {
                    (Some(y), Some(x)) => (channel * large.height + y) * large.width + x,
                    _ => large.values(),
                };
                places.push(place as i64);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests;

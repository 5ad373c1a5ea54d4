//! Convolutions and their transposes (Dumoulin & Visin 2016).
//!
//! With the matrix `W`, `[channels * kernel * kernel, maps]`, a convolution is
//! `Wᵀ U x`, where `U` copies what each kernel sees into a column. Its
//! transpose is the adjoint of the very same, `Uᵀ W y`: each column is added
//! to the pixels that it was copied from. So sizes mirror whatever the stride.

use std::sync::Arc;

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};

use crate::plan::Window;

/// A window over maps, one way or the other.
#[derive(Debug, Clone)]
pub(super) struct Convolution {
    window: Window,
    transposed: bool,
    /// For each weight of a kernel, `[channel, y, x]`, and each pixel of a
    /// small map: the value of the large maps that they meet at, or one
    /// beyond the last for what lies outside.
    places: Arc<[i64]>,
}

impl Convolution {
    pub fn new(window: Window, transposed: bool) -> Self {
        Convolution {
            window,
            transposed,
            places: places(window),
        }
    }

    /// `weight` is `[channels in * kernel * kernel, channels out]`; a tied
    /// one is that of the mirrored convolution. From `[rows, inputs]` to
    /// `[channels, pixels * rows]`.
    pub fn apply(&self, input: Tensor<2>, weight: Tensor<2>, tied: bool) -> Tensor<2> {
        let Window { large, small, .. } = self.window;
        let weight = match self.transposed && !tied {
            true => weight
                .reshape([small.channels, self.window.taps(), large.channels])
                .permute([2, 1, 0])
                .reshape([large.channels * self.window.taps(), small.channels]),
            false => weight,
        };
        match self.transposed {
            true => self.adjoint(input, weight),
            false => self.forward(input, weight),
        }
    }

    /// From `[channels, pixels * rows]` to `[rows, outputs]`.
    pub fn rows(&self, units: Tensor<2>) -> Tensor<2> {
        let Window { large, small, .. } = self.window;
        let maps = if self.transposed { large } else { small };
        let [channels, cells] = units.dims();
        let rows = cells / maps.pixels();
        let units = match self.transposed && self.window.image {
            true => swapped(units, [channels, maps.pixels(), rows]),
            false => units.reshape([channels * maps.pixels(), rows]),
        };
        units.transpose()
    }

    /// Pixels of each map that comes out.
    pub fn pixels(&self) -> usize {
        let Window { large, small, .. } = self.window;
        if self.transposed { large } else { small }.pixels()
    }

    fn forward(&self, input: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
        let Window { large, small, .. } = self.window;
        let [rows, values] = input.dims();
        let input = match self.window.image {
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
        let Window { large, small, .. } = self.window;
        let rows = input.dims()[0];
        let input = input.transpose();
        let seen = weight.matmul(input.reshape([small.channels, small.pixels() * rows]));
        let seen = seen.reshape([self.places.len(), rows]);
        let shape = [large.values() + 1, rows];
        let empty = Tensor::zeros(shape, (&seen.device(), seen.dtype()));
        let places = self.places(&seen);
        empty
            .select_assign(0, places, seen, IndexingUpdateOp::Add)
            .narrow(0, 0, large.values())
            .reshape([large.channels, large.pixels() * rows])
    }

    fn places(&self, beside: &Tensor<2>) -> Tensor<1, Int> {
        let places = TensorData::new(self.places.to_vec(), [self.places.len()]);
        Tensor::from_data(places, &beside.device())
    }
}

/// `[a, b, rows]` as `[b * a, rows]`: between `[pixels, channels]`, as images
/// are, and `[channels, pixels]`, as maps are.
fn swapped(values: Tensor<2>, [a, b, rows]: [usize; 3]) -> Tensor<2> {
    match a == 1 || b == 1 {
        true => values.reshape([a * b, rows]),
        false => values
            .reshape([a, b, rows])
            .swap_dims(0, 1)
            .reshape([a * b, rows]),
    }
}

fn places(window: Window) -> Arc<[i64]> {
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
    places.into()
}

#[cfg(test)]
mod tests;

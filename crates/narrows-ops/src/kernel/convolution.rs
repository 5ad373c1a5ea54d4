//! Computes convolutions and their transposes over rows of maps.
//!
//! With the matrix `W`, `[channels * kernel * kernel, maps]`, a convolution is
//! `y = Wᵀ U x + b`, where `U` copies what each kernel sees into a column. Its
//! transpose is its adjoint, `x = Uᵀ W y + b`. So sizes mirror each other
//! whatever the stride, and each is the other's gradient. The gradient of the
//! input is `Uᵀ W dy` for `y` and `Wᵀ U dx` for `x`; the gradient of the weight
//! is `U x yᵀ` for both, with a gradient in place of one factor, summed over
//! pixels and rows.
//!
//! `U` is never formed. Rows are processed side by side, one in each lane of a
//! vector, so every sum is in the same order for every row, however many rows
//! are processed together, and for any number of threads.

mod backward;
mod block;
mod contraction;
mod product;
mod routes;
mod scratch;
mod window;

use std::mem::MaybeUninit;
use std::sync::Arc;

use pulp::{Arch, Simd, WithSimd};

pub use backward::{Backward, Gradients, Prepare};
pub use window::{Direction, Maps, Order, Weight, Window};

use block::Layout;
use contraction::Meetings;
use product::Panels;
use routes::Route;
use scratch::Scratch;

use super::cells::area;
use super::chunks::{Cut, write_chunks};

/// An activation that is applied to each block of finished values,
/// `[some rows, values]`, while the block is in the cache. It must treat all
/// values alike.
pub type Finish<'a> = &'a (dyn Fn(&mut [f32]) + Sync);

/// A window and its precomputed tables; cheap to clone.
#[derive(Debug, Clone)]
pub struct Convolution {
    window: Window,
    tables: Arc<Tables>,
}

#[derive(Debug)]
struct Tables {
    down: Vec<Route>,
    up: Vec<Route>,
    tap_groups: Meetings,
}

impl Convolution {
    /// Creates a convolution, and lists which pixels meet.
    pub fn new(window: Window) -> Self {
        let [down, up] = routes::both(window);
        let tap_groups = Meetings::new(window);
        let tables = Arc::new(Tables {
            down,
            up,
            tap_groups,
        });
        Convolution { window, tables }
    }

    /// Returns the window that the convolution was created for.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Returns `y = f(Wᵀ U x + b)`, `[rows, small values]`, of `x`
    /// `[rows, large values]` and a bias for each small map; in the other
    /// direction `x = f(Uᵀ W y + b)`, `[rows, large values]`, of `y` and a bias
    /// for each large map.
    pub fn apply(
        &self,
        direction: Direction,
        from: &[f32],
        weight: Weight,
        bias: Option<&[f32]>,
        finish: Option<Finish>,
    ) -> Vec<f32> {
        let [ins, outs] = self.layouts(direction);
        let [inputs, outputs] = [ins, outs].map(|layout| layout.maps.values());
        let rows = from.len() / inputs;
        assert_eq!(from.len(), rows * inputs, "whole rows go in");
        let Machine { lanes, registers } = Machine::here();
        let panels = self.panels(direction, weight, bias, registers);
        let cut = Cut {
            length: area(rows, outputs),
            chunk: lanes * outputs,
        };
        let write = |at: usize, [to]: [&mut [MaybeUninit<f32>]; 1]| {
            let first = at * lanes;
            let rows = to.len() / outputs;
            let to = Arch::new().dispatch(Lanes {
                routes: self.routes(direction),
                panels: &panels,
                layouts: [ins, outs],
                from: &from[first * inputs..][..rows * inputs],
                to,
            });
            if let Some(finish) = finish {
                finish(to);
            }
        };
        // SAFETY: `Rows` returns exactly the values that it got, initialised.
        let [to] = unsafe { write_chunks([cut], write) };
        to
    }

    fn routes(&self, direction: Direction) -> &[Route] {
        match direction {
            Direction::Down => &self.tables.down,
            Direction::Up => &self.tables.up,
        }
    }

    /// Returns the layouts of the input and of the output.
    fn layouts(&self, direction: Direction) -> [Layout; 2] {
        let Window {
            large,
            small,
            image,
            ..
        } = self.window;
        let large = Layout { maps: large, image };
        let small = Layout {
            maps: small,
            image: false,
        };
        match direction {
            Direction::Down => [large, small],
            Direction::Up => [small, large],
        }
    }

    fn panels(
        &self,
        direction: Direction,
        weight: Weight,
        bias: Option<&[f32]>,
        registers: usize,
    ) -> Panels {
        let Weight { values, order } = weight;
        let [ins, outs] = self.layouts(direction).map(|layout| layout.maps.channels);
        assert_eq!(values.len(), self.window.weights(), "the weight's shape");
        assert!(bias.is_none_or(|b| b.len() == outs), "a bias for each map");
        let shape = [self.window.taps(), ins, outs];
        let at = |tap, input, out| match direction {
            Direction::Down => values[order.place(self.window, tap, input, out)],
            Direction::Up => values[order.place(self.window, tap, out, input)],
        };
        Panels::new(product::width(registers, outs), shape, at, bias)
    }
}

/// As many rows as there are lanes, or fewer.
struct Lanes<'a> {
    routes: &'a [Route],
    panels: &'a Panels,
    layouts: [Layout; 2],
    from: &'a [f32],
    to: &'a mut [MaybeUninit<f32>],
}

impl<'a> WithSimd for Lanes<'a> {
    type Output = &'a mut [f32];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> &'a mut [f32] {
        let [ins, outs] = self.layouts;
        let mut scratch = Scratch::take();
        let [from, to] = scratch.lend::<S, 2>([ins.vectors(), outs.vectors()]);
        ins.pack(simd, self.from, from);
        product::product(simd, self.routes, self.panels, from, self.layouts, to);
        outs.unpack(simd, to, self.to)
    }
}

/// The vectors of this processor.
#[derive(Debug, Clone, Copy)]
struct Machine {
    lanes: usize,
    registers: usize,
}

impl Machine {
    fn here() -> Self {
        struct Here;
        impl WithSimd for Here {
            type Output = Machine;

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> Machine {
                Machine {
                    lanes: S::F32_LANES,
                    registers: S::REGISTER_COUNT,
                }
            }
        }
        Arch::new().dispatch(Here)
    }
}

#[cfg(test)]
mod tests;

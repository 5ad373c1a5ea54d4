//! Convolutions and their transposes over rows of maps.
//!
//! With the matrix `W`, `[channels * kernel * kernel, maps]`, a convolution is
//! `y = Wᵀ U x + b`, where `U` copies what each kernel sees into a column. Its
//! transpose is the adjoint of the very same, `x = Uᵀ W y + b`. So sizes mirror
//! whatever the stride, and each is the other's gradient: of the input, that of
//! `y` is `Uᵀ W dy`, that of `x` is `Wᵀ U dx`; of the weight, both are
//! `U x yᵀ` with a gradient in place of one side, summed over pixels and rows.
//!
//! `U` is never made. Rows are worked on side by side, one to each lane of a
//! vector, so every sum is in the same order for every row however many come
//! with it, and for any number of threads.

mod backward;
mod block;
mod contraction;
mod product;
mod routes;
mod scratch;
mod window;

use std::sync::{Arc, Mutex};

use pulp::{Arch, Simd, WithSimd};

pub use backward::{Backward, Gradients, Prepare};
pub use window::{Maps, Order, Way, Weight, Window};

use block::Layout;
use contraction::Meetings;
use product::Panels;
use routes::Route;
use scratch::Scratch;

use super::threads::share;

/// What is done to each block of finished values, `[some rows, values]`, while
/// it is in the cache: an activation. It must treat all values alike.
pub type Finish<'a> = &'a (dyn Fn(&mut [f32]) + Sync);

/// A window and what is known of it beforehand; cheap to clone.
#[derive(Debug, Clone)]
pub struct Convolution {
    window: Window,
    tables: Arc<Tables>,
}

#[derive(Debug)]
struct Tables {
    down: Vec<Route>,
    up: Vec<Route>,
    meetings: Meetings,
}

impl Convolution {
    /// Lists which pixels meet.
    pub fn new(window: Window) -> Self {
        let [down, up] = routes::both(window);
        let meetings = Meetings::new(window);
        let tables = Arc::new(Tables { down, up, meetings });
        Convolution { window, tables }
    }

    /// The window that it was made for.
    pub fn window(&self) -> Window {
        self.window
    }

    /// `y = f(Wᵀ U x + b)`: from `[rows, large values]` to `[rows, small
    /// values]`, with a bias for each small map.
    pub fn forward(
        &self,
        x: &[f32],
        weight: Weight,
        bias: Option<&[f32]>,
        finish: Option<Finish>,
        y: &mut [f32],
    ) {
        self.apply(Way::Down, x, weight, bias, finish, y);
    }

    /// `x = f(Uᵀ W y + b)`: from `[rows, small values]` to `[rows, large
    /// values]`, with a bias for each large map.
    pub fn transposed(
        &self,
        y: &[f32],
        weight: Weight,
        bias: Option<&[f32]>,
        finish: Option<Finish>,
        x: &mut [f32],
    ) {
        self.apply(Way::Up, y, weight, bias, finish, x);
    }

    /// Either of the two.
    pub fn apply(
        &self,
        way: Way,
        from: &[f32],
        weight: Weight,
        bias: Option<&[f32]>,
        finish: Option<Finish>,
        to: &mut [f32],
    ) {
        let [ins, outs] = self.layouts(way);
        let [inputs, outputs] = [ins, outs].map(|layout| layout.maps.values());
        let rows = from.len() / inputs;
        assert_eq!(from.len(), rows * inputs, "whole rows go in");
        assert_eq!(to.len(), rows * outputs, "as many rows come out as go in");
        let Machine { lanes, registers } = Machine::here();
        let panels = self.panels(way, weight, bias, registers);
        let chunks = from.chunks(lanes * inputs);
        let tasks = chunks.zip(to.chunks_mut(lanes * outputs)).collect();
        each(tasks, |(from, to)| {
            Arch::new().dispatch(Rows {
                routes: self.routes(way),
                panels: &panels,
                layouts: [ins, outs],
                from,
                to: &mut *to,
            });
            if let Some(finish) = finish {
                finish(to);
            }
        });
    }

    fn routes(&self, way: Way) -> &[Route] {
        match way {
            Way::Down => &self.tables.down,
            Way::Up => &self.tables.up,
        }
    }

    /// Of what goes in and of what comes out.
    fn layouts(&self, way: Way) -> [Layout; 2] {
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
        match way {
            Way::Down => [large, small],
            Way::Up => [small, large],
        }
    }

    fn panels(&self, way: Way, weight: Weight, bias: Option<&[f32]>, registers: usize) -> Panels {
        let Weight { values, order } = weight;
        let [ins, outs] = self.layouts(way).map(|layout| layout.maps.channels);
        assert_eq!(values.len(), self.window.weights(), "the weight's shape");
        assert!(bias.is_none_or(|b| b.len() == outs), "a bias for each map");
        let shape = [self.window.taps(), ins, outs];
        let at = |tap, input, out| match way {
            Way::Down => values[order.place(self.window, tap, input, out)],
            Way::Up => values[order.place(self.window, tap, out, input)],
        };
        Panels::new(product::width(registers, outs), shape, at, bias)
    }
}

/// As many rows as there are lanes, or fewer.
struct Rows<'a> {
    routes: &'a [Route],
    panels: &'a Panels,
    layouts: [Layout; 2],
    from: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [ins, outs] = self.layouts;
        let mut scratch = Scratch::take();
        let [from, to] = scratch.lend::<S, 2>([ins.vectors(), outs.vectors()]);
        ins.pack(simd, self.from, from);
        product::product(simd, self.routes, self.panels, from, self.layouts, to);
        outs.unpack(simd, to, self.to);
    }
}

/// What this processor's vectors are.
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

/// Does each task once, in any order and on any thread.
fn each<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Sync) {
    let tasks: Vec<_> = tasks
        .into_iter()
        .map(|task| Mutex::new(Some(task)))
        .collect();
    share(tasks.len(), |at| {
        let task = tasks[at].lock().map(|mut task| task.take());
        work(task.ok().flatten().expect("each task is taken once"));
    });
}

#[cfg(test)]
mod tests;

//! An activation over all values of a slice, on this thread.

use super::activation::Function;
use super::vector::{each_lanes, from_fn, vectorized};

/// `z` becomes `a(z)`.
pub fn each_value(values: &mut [f32], function: impl Function) {
    vectorized(
        #[inline(always)]
        || {
            each_lanes(
                values.len(),
                #[inline(always)]
                |lanes| {
                    let z = lanes.of(values);
                    let y = from_fn(
                        #[inline(always)]
                        |i| function.value(z[i]),
                    );
                    lanes.put(values, y);
                },
            );
        },
    );
}

/// A gradient times `a'`; `shown` is the sums where the function needs them,
/// else its outputs.
pub fn each_slope<F: Function>(gradient: &mut [f32], shown: &[f32], function: F) {
    let shown = &shown[..gradient.len()];
    vectorized(
        #[inline(always)]
        || {
            each_lanes(
                gradient.len(),
                #[inline(always)]
                |lanes| {
                    let (g, s) = (lanes.of(gradient), lanes.of(shown));
                    let g = from_fn(
                        #[inline(always)]
                        |i| g[i] * function.slope(s[i], s[i]),
                    );
                    lanes.put(gradient, g);
                },
            );
        },
    );
}

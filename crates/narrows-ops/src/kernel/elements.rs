//! An activation over all values of a slice, on this thread.

use super::activation::Function;
use super::vector::{LANES, from_fn, lanes, put, vectorized};

/// `z` becomes `a(z)`.
pub fn each_value(values: &mut [f32], function: impl Function) {
    vectorized(
        #[inline(always)]
        || {
            for at in (0..values.len()).step_by(LANES) {
                let z = lanes(values, at);
                put(
                    values,
                    at,
                    from_fn(
                        #[inline(always)]
                        |i| function.value(z[i]),
                    ),
                );
            }
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
            for at in (0..gradient.len()).step_by(LANES) {
                let (g, s) = (lanes(gradient, at), lanes(shown, at));
                put(
                    gradient,
                    at,
                    from_fn(
                        #[inline(always)]
                        |i| g[i] * function.slope(s[i], s[i]),
                    ),
                );
            }
        },
    );
}

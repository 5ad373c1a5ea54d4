//! Applies an activation to all values of a slice, on this thread.

use super::activation::Function;
use super::vector::{each_lanes, from_fn, vectorized};

/// Replaces each `z` by `a(z)`.
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

/// Multiplies a gradient by `a'`; `shown` is the sums if the function needs
/// them, else its outputs.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::activation::{Gelu, Softplus, Tanh};

    fn alike<F: Function>(function: F) {
        let values: Vec<f32> = (0..100).map(|at| at as f32 / 5.0 - 9.0).collect();
        for (start, end) in [(0, 0), (0, 5), (3, 19), (1, 100), (16, 32)] {
            let from = &values[start..end];
            let mut found = from.to_vec();
            each_value(&mut found, function);
            let expected: Vec<f32> = from.iter().map(|&z| function.value(z)).collect();
            assert_eq!(found, expected);
            let mut found = values[..from.len()].to_vec();
            each_slope(&mut found, from, function);
            let slopes = from.iter().map(|&z| function.slope(z, z));
            let expected: Vec<f32> = slopes.zip(&values).map(|(slope, g)| g * slope).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_slice_of_any_length_gives_what_each_value_gives() {
        alike(Softplus);
        alike(Tanh);
        alike(Gelu);
    }
}

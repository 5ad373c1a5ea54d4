//! Runs one step of an optimizer over one matrix: penalties, moments and
//! weights in a single pass.

use super::chunks::each;
use super::vector::{LANES, Lanes, each_lanes, sign, vectorized};

/// How weights `w` follow their gradient `g` in one step; `m` and `v` are the
/// moments, 0 at the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// `m = μ m + g`; `w -= rate m`, or with Nesterov `w -= rate (g + μ m)`
    /// (Sutskever et al. 2013). Without momentum no `m` is kept.
    Sgd {
        /// Learning rate.
        rate: f64,
        /// `μ`
        momentum: f64,
        /// Whether Nesterov's correction is applied.
        nesterov: bool,
    },
    /// `v = ρ v + (1-ρ) g²`; `m = μ m + g / (√v + ε)`; `w -= rate m`
    /// (Tieleman & Hinton 2012). Without momentum no `m` is kept.
    Rmsprop {
        /// Learning rate.
        rate: f64,
        /// `ρ`
        decay: f64,
        /// `μ`
        momentum: f64,
        /// `ε`
        epsilon: f64,
    },
    /// `m = β₁ m + (1-β₁) g`; `v = β₂ v + (1-β₂) g²`;
    /// `w = shrink w - (of_mean m + of_gradient g) / (√v / correction + ε)`:
    /// Adam (Kingma & Ba 2015) and its relatives, given by their factors at
    /// this step.
    Adam {
        /// Adam: `rate / (1-β₁ᵗ)`.
        of_mean: f64,
        /// Adam: 0; Nadam's share of the gradient itself.
        of_gradient: f64,
        /// `β₁`
        beta1: f64,
        /// `β₂`
        beta2: f64,
        /// `√(1-β₂ᵗ)`
        correction: f64,
        /// `ε`
        epsilon: f64,
        /// AdamW's weight decay apart from the gradient, or 1.
        shrink: f64,
    },
}

impl Method {
    /// Returns whether `m` and `v` are kept.
    pub(crate) fn keeps(&self) -> [bool; 2] {
        match *self {
            Method::Sgd { momentum, .. } => [momentum != 0.0, false],
            Method::Rmsprop { momentum, .. } => [momentum != 0.0, true],
            Method::Adam { .. } => [true, true],
        }
    }
}

/// `l1 Σ|w| + l2/2 Σw²`: its gradient is added in the same pass.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Penalty {
    /// Factor of the magnitudes.
    pub l1: f64,
    /// Factor of half the squares.
    pub l2: f64,
}

/// Values per part: all that a part touches fits a core's cache.
const PART: usize = 16_384;

/// The values that a step updates, place by place.
#[derive(Debug)]
pub struct Places<'a> {
    /// Weights.
    pub value: &'a mut [f32],
    /// The weights' gradient.
    pub gradient: &'a [f32],
    /// Mean of gradients, or the last update; as long as the weights if the
    /// method keeps it, else empty.
    pub first: &'a mut [f32],
    /// Mean of squared gradients; likewise.
    pub second: &'a mut [f32],
}

/// Updates weights and moments; returns `Σ |w|` and `Σ w²` before the update,
/// each 0 if its penalty is 0.
pub fn update(method: &Method, penalty: Penalty, places: Places) -> (f64, f64) {
    match *method {
        Method::Sgd {
            rate,
            momentum,
            nesterov,
        } => {
            let (rate, momentum) = (rate as f32, momentum as f32);
            match momentum == 0.0 {
                true => in_parts(
                    penalty,
                    places,
                    #[inline(always)]
                    move |w, g, m, v| (w - rate * g, m, v),
                ),
                false => in_parts(
                    penalty,
                    places,
                    #[inline(always)]
                    move |w, g, m, v| {
                        let m = m * momentum + g;
                        let direction = match nesterov {
                            true => g + m * momentum,
                            false => m,
                        };
                        (w - rate * direction, m, v)
                    },
                ),
            }
        }
        Method::Rmsprop {
            rate,
            decay,
            momentum,
            epsilon,
        } => {
            let (rate, keep, new) = (rate as f32, decay as f32, (1.0 - decay) as f32);
            let (momentum, epsilon) = (momentum as f32, epsilon as f32);
            in_parts(
                penalty,
                places,
                #[inline(always)]
                move |w, g, m, v| {
                    let v = v * keep + g * g * new;
                    // Without momentum there is no first moment, and m is 0.
                    let m = m * momentum + g / (v.sqrt() + epsilon);
                    (w - rate * m, m, v)
                },
            )
        }
        Method::Adam {
            of_mean,
            of_gradient,
            beta1,
            beta2,
            correction,
            epsilon,
            shrink,
        } => {
            let (of_mean, of_gradient) = (of_mean as f32, of_gradient as f32);
            let (keep1, new1) = (beta1 as f32, (1.0 - beta1) as f32);
            let (keep2, new2) = (beta2 as f32, (1.0 - beta2) as f32);
            let (correction, epsilon) = ((1.0 / correction) as f32, epsilon as f32);
            let shrink = shrink as f32;
            in_parts(
                penalty,
                places,
                #[inline(always)]
                move |w, g, m, v| {
                    let m = m * keep1 + g * new1;
                    let v = v * keep2 + g * g * new2;
                    let root = v.sqrt() * correction + epsilon;
                    let direction = m * of_mean + g * of_gradient;
                    (w * shrink - direction / root, m, v)
                },
            )
        }
    }
}

/// Updates each part of the places on some thread.
fn in_parts(
    penalty: Penalty,
    places: Places,
    moved: impl Fn(f32, f32, f32, f32) -> (f32, f32, f32) + Copy + Sync,
) -> (f64, f64) {
    let len = places.value.len();
    assert_eq!(places.gradient.len(), len, "a gradient for each weight");
    for moment in [places.first.len(), places.second.len()] {
        assert!(moment == len || moment == 0, "a moment for each weight");
    }
    let mut first = places.first.chunks_mut(PART);
    let mut second = places.second.chunks_mut(PART);
    let mut sums = vec![(0.0, 0.0); len.div_ceil(PART)];
    let parts = places.value.chunks_mut(PART);
    let parts = parts.zip(places.gradient.chunks(PART)).zip(&mut sums);
    let tasks = parts.map(|((value, gradient), sums)| {
        let places = Places {
            value,
            gradient,
            first: first.next().unwrap_or_default(),
            second: second.next().unwrap_or_default(),
        };
        (places, sums)
    });
    each(tasks, |(places, sums)| {
        *sums = pass(penalty, places, moved);
    });
    let total = |of: fn(&(f32, f32)) -> f32| sums.iter().map(|sums| f64::from(of(sums))).sum();
    (total(|sums| sums.0), total(|sums| sums.1))
}

/// Updates one part on this thread.
fn pass(
    penalty: Penalty,
    places: Places,
    moved: impl Fn(f32, f32, f32, f32) -> (f32, f32, f32),
) -> (f32, f32) {
    let (l1, l2) = (penalty.l1 as f32, penalty.l2 as f32);
    let (absolute, squares) = (l1 > 0.0, l2 > 0.0);
    let Places {
        value,
        gradient,
        first,
        second,
    } = places;
    vectorized(
        #[inline(always)]
        || {
            let mut sum_absolute = [0.0; LANES];
            let mut sum_squares = [0.0; LANES];
            each_lanes(
                value.len(),
                #[inline(always)]
                |lanes| {
                    let (w, mut g) = (lanes.of(value), lanes.of(gradient));
                    let (m, v) = (moment(lanes, first), moment(lanes, second));
                    if squares {
                        for i in 0..LANES {
                            sum_squares[i] += w[i] * w[i];
                            g[i] += l2 * w[i];
                        }
                    }
                    if absolute {
                        for i in 0..LANES {
                            sum_absolute[i] += w[i].abs();
                            g[i] += l1 * sign(w[i]);
                        }
                    }
                    let (mut w2, mut m2, mut v2) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
                    for i in 0..LANES {
                        (w2[i], m2[i], v2[i]) = moved(w[i], g[i], m[i], v[i]);
                    }
                    lanes.put(value, w2);
                    if !first.is_empty() {
                        lanes.put(first, m2);
                    }
                    if !second.is_empty() {
                        lanes.put(second, v2);
                    }
                },
            );
            (sum_absolute.iter().sum(), sum_squares.iter().sum())
        },
    )
}

/// Returns a moment's values; 0 if the method does not keep it.
#[inline(always)]
fn moment(lanes: Lanes, kept: &[f32]) -> [f32; LANES] {
    match kept.is_empty() {
        true => [0.0; LANES],
        false => lanes.of(kept),
    }
}

//! Computes every pixel from the pixels on its route: `y = b + Σ W x` over taps
//! and input maps.
//!
//! A tile is a few pixels of a few maps, whose sums stay in registers. No sum
//! depends on the tile that contains it.

use pulp::Simd;

use super::block::Layout;
use super::routes::Route;

/// The weights and biases of as many maps as a tile has, one panel after
/// another: `[panels, taps, maps in, width]`, padded with zeros after the last
/// map.
#[derive(Debug)]
pub(super) struct Panels {
    pub width: usize,
    ins: usize,
    outs: usize,
    weights: Vec<f32>,
    biases: Vec<f32>,
    /// Weights of one panel.
    size: usize,
}

impl Panels {
    /// Creates the panels from the weight at `(tap, map in, map out)`.
    pub fn new(
        width: usize,
        [taps, ins, outs]: [usize; 3],
        weight: impl Fn(usize, usize, usize) -> f32,
        bias: Option<&[f32]>,
    ) -> Self {
        let panels = outs.div_ceil(width);
        let mut weights = Vec::with_capacity(panels * taps * ins * width);
        for panel in 0..panels {
            for tap in 0..taps {
                for input in 0..ins {
                    weights.extend((panel * width..(panel + 1) * width).map(|out| {
                        match out < outs {
                            true => weight(tap, input, out),
                            false => 0.0,
                        }
                    }));
                }
            }
        }
        let mut biases = bias.map_or_else(|| vec![0.0; outs], <[f32]>::to_vec);
        biases.resize(panels * width, 0.0);
        Panels {
            width,
            ins,
            outs,
            weights,
            biases,
            size: taps * ins * width,
        }
    }
}

/// Returns the number of maps per tile that suits the registers.
pub(super) fn width(registers: usize, outs: usize) -> usize {
    match outs {
        1 => 1,
        2..=4 => 4,
        _ if registers < 32 => 4,
        _ => 8,
    }
}

/// Computes all pixels of a block.
#[inline(always)]
pub(super) fn product<S: Simd>(
    simd: S,
    routes: &[Route],
    panels: &Panels,
    from: &[S::f32s],
    layouts: [Layout; 2],
    to: &mut [S::f32s],
) {
    let steps = layouts.map(Layout::step);
    for route in routes {
        // Sums and operands fit into 16 registers, or into 32.
        match (panels.width, panels.ins) {
            (1, _) => along::<S, 1, 6, ANY>(simd, route, panels, from, steps, to),
            (4, 1) => along::<S, 4, 2, 1>(simd, route, panels, from, steps, to),
            (4, _) => along::<S, 4, 2, ANY>(simd, route, panels, from, steps, to),
            (_, 1) => along::<S, 8, 3, 1>(simd, route, panels, from, steps, to),
            (_, _) => along::<S, 8, 3, ANY>(simd, route, panels, from, steps, to),
        }
    }
}

/// Means that the number of input maps is not known at compile time.
const ANY: usize = 0;

/// Computes all pixels of a route.
#[inline(always)]
fn along<S: Simd, const WIDTH: usize, const PIXELS: usize, const INS: usize>(
    simd: S,
    route: &Route,
    panels: &Panels,
    from: &[S::f32s],
    steps: [usize; 2],
    to: &mut [S::f32s],
) {
    let full = route.to.len() / PIXELS * PIXELS;
    for at in (0..full).step_by(PIXELS) {
        tiles::<S, WIDTH, PIXELS, INS>(simd, route, at, panels, from, steps, to);
    }
    for at in full..route.to.len() {
        tiles::<S, WIDTH, 1, INS>(simd, route, at, panels, from, steps, to);
    }
}

/// Computes `PIXELS` pixels of all maps.
#[inline(always)]
fn tiles<S: Simd, const WIDTH: usize, const PIXELS: usize, const INS: usize>(
    simd: S,
    route: &Route,
    at: usize,
    panels: &Panels,
    from: &[S::f32s],
    steps: [usize; 2],
    to: &mut [S::f32s],
) {
    let outs = panels.outs;
    let ins = match INS {
        ANY => panels.ins,
        ins => ins,
    };
    let taps = route.taps.len();
    // Loops rather than closures, which may be compiled without wide vectors.
    let mut pixels = [&[][..]; PIXELS];
    for (pixel, pixels) in pixels.iter_mut().enumerate() {
        *pixels = &route.from[(at + pixel) * taps..][..taps];
    }
    let biases = panels.biases.as_chunks::<WIDTH>().0;
    let weights = panels.weights.chunks_exact(panels.size);
    for (panel, (weights, bias)) in weights.zip(biases).enumerate() {
        let mut sums = [[simd.splat_f32s(0.0); WIDTH]; PIXELS];
        for sums in &mut sums {
            for map in 0..WIDTH {
                sums[map] = simd.splat_f32s(bias[map]);
            }
        }
        for (place, &tap) in route.taps.iter().enumerate() {
            let weights = &weights.as_chunks::<WIDTH>().0[tap * ins..][..ins];
            let mut seen = [&[][..]; PIXELS];
            for pixel in 0..PIXELS {
                seen[pixel] = &from[pixels[pixel][place] * steps[0]..][..ins];
            }
            for input in 0..ins {
                let mut values = [simd.splat_f32s(0.0); PIXELS];
                for pixel in 0..PIXELS {
                    values[pixel] = seen[pixel][input];
                }
                for map in 0..WIDTH {
                    let weight = simd.splat_f32s(weights[input][map]);
                    for pixel in 0..PIXELS {
                        sums[pixel][map] =
                            simd.mul_add_f32s(weight, values[pixel], sums[pixel][map]);
                    }
                }
            }
        }
        let maps = WIDTH.min(outs - panel * WIDTH);
        for (sums, &pixel) in sums.iter().zip(&route.to[at..]) {
            let place = pixel * steps[1] + panel * WIDTH;
            match <&mut [S::f32s; WIDTH]>::try_from(&mut to[place..place + maps]) {
                Ok(whole) => *whole = *sums,
                Err(_) => to[place..place + maps].copy_from_slice(&sums[..maps]),
            }
        }
    }
}

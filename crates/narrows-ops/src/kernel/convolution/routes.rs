//! Lists which pixels meet under which weight of a kernel.
//!
//! The tap `(y, x)` of the kernel over the small pixel `(i, j)` lies on the
//! large pixel `(i * stride + y - before, j * stride + x - before)`, where
//! `before = (kernel - 1) / 2`, or outside the map.

use std::collections::BTreeMap;

use super::Window;

/// Pixels that are computed with the same taps, each from other pixels.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub taps: Vec<usize>,
    /// The output pixels.
    pub to: Vec<usize>,
    /// For each output pixel and each tap, the input pixel.
    pub from: Vec<usize>,
}

/// Returns the routes to small pixels and the routes to large pixels.
pub(super) fn both(window: Window) -> [Vec<Route>; 2] {
    let Window { large, small, .. } = window;
    let mut down = vec![Vec::new(); small.pixels()];
    let mut up = vec![Vec::new(); large.pixels()];
    for tap in 0..window.taps() {
        for (pixel, down) in down.iter_mut().enumerate() {
            if let Some(place) = under(window, tap, pixel) {
                down.push((tap, place));
                up[place].push((tap, pixel));
            }
        }
    }
    [routes(down), routes(up)]
}

/// Small pixels, each with the large pixels under `TAPS` consecutive taps.
#[derive(Debug, Clone)]
pub(super) struct TapGroup<const TAPS: usize> {
    pub tap: usize,
    /// The large pixels and the small pixel. Outside the map or after the last
    /// tap, the large pixel is one past the last.
    pub pixels: Vec<([usize; TAPS], usize)>,
}

/// Returns, for the kernel's weights, `TAPS` at a time, where they are used.
pub(super) fn tap_groups<const TAPS: usize>(window: Window) -> Vec<TapGroup<TAPS>> {
    let outside = window.large.pixels();
    let at = |tap, pixel| match tap < window.taps() {
        true => under(window, tap, pixel).unwrap_or(outside),
        false => outside,
    };
    let meeting = |tap| {
        let pixels = (0..window.small.pixels())
            .map(|pixel| (std::array::from_fn(|next| at(tap + next, pixel)), pixel));
        TapGroup {
            tap,
            pixels: pixels
                .filter(|(places, _): &([usize; TAPS], _)| places.iter().any(|&at| at != outside))
                .collect(),
        }
    };
    (0..window.taps()).step_by(TAPS).map(meeting).collect()
}

fn routes(pixels: Vec<Vec<(usize, usize)>>) -> Vec<Route> {
    let mut routes = BTreeMap::new();
    for (to, meets) in pixels.into_iter().enumerate() {
        let (taps, from): (Vec<_>, Vec<_>) = meets.into_iter().unzip();
        let route = routes.entry(taps.clone()).or_insert(Route {
            taps,
            to: Vec::new(),
            from: Vec::new(),
        });
        route.to.push(to);
        route.from.extend(from);
    }
    routes.into_values().collect()
}

/// Returns the large pixel under a tap when the kernel is over a small pixel;
/// `None` outside the map.
fn under(window: Window, tap: usize, pixel: usize) -> Option<usize> {
    let Window {
        large,
        small,
        kernel,
        stride,
        ..
    } = window;
    let before = (kernel - 1) / 2;
    let within = |at: usize, side: usize| at.checked_sub(before).filter(|&at| at < side);
    let y = within(pixel / small.width * stride + tap / kernel, large.height)?;
    let x = within(pixel % small.width * stride + tap % kernel, large.width)?;
    Some(y * large.width + x)
}

//! Loops compiled for the vector units that this machine turns out to have.

/// Values that a loop takes at once: one or two registers.
pub const LANES: usize = 16;

/// Runs a closure compiled for this machine's vector units. It must be marked
/// `#[inline(always)]`, as must all that it calls in its loops.
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Sixteen values at once; the last of a slice are filled up with 0.
#[inline(always)]
pub fn lanes(values: &[f32], at: usize) -> [f32; LANES] {
    let rest = &values[at..];
    match rest.first_chunk() {
        Some(whole) => *whole,
        None => last_lanes(rest),
    }
}

/// Writes sixteen values; at the end of a slice only those that fit.
#[inline(always)]
pub fn put(values: &mut [f32], at: usize, lanes: [f32; LANES]) {
    let rest = &mut values[at..];
    match rest.first_chunk_mut() {
        Some(whole) => *whole = lanes,
        None => put_last(rest, &lanes),
    }
}

// Apart, or the compiler makes one copy of any length of both cases.
#[cold]
#[inline(never)]
fn last_lanes(rest: &[f32]) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

#[cold]
#[inline(never)]
fn put_last(rest: &mut [f32], lanes: &[f32; LANES]) {
    rest.copy_from_slice(&lanes[..rest.len()]);
}

/// A function of each place.
#[inline(always)]
pub fn from_fn(of: impl Fn(usize) -> f32) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    for (at, lane) in lanes.iter_mut().enumerate() {
        *lane = of(at);
    }
    lanes
}

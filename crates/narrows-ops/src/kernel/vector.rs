//! Loops compiled for the vector units that this machine turns out to have.

/// Values that a loop takes at once: one or two registers.
pub const LANES: usize = 16;

/// Runs a closure compiled for this machine's vector units. It must be marked
/// `#[inline(always)]`, as must all that it calls in its loops.
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Sixteen places in a row of slices, or at their end fewer.
#[derive(Clone, Copy)]
pub struct Places {
    at: usize,
    whole: bool,
}

/// All places of slices of one length.
///
/// `body` is compiled twice. Where all sixteen places are there its values
/// stay in registers; only the copy for the last few, which passes them to
/// functions, needs memory for them. It must be marked `#[inline(always)]`.
#[inline(always)]
pub fn each_places(length: usize, mut body: impl FnMut(Places)) {
    let end = length - length % LANES;
    for at in (0..end).step_by(LANES) {
        body(Places { at, whole: true });
    }
    if end < length {
        body(Places {
            at: end,
            whole: false,
        });
    }
}

impl Places {
    /// The values in these places, filled up with 0.
    #[inline(always)]
    pub fn of(self, values: &[f32]) -> [f32; LANES] {
        let rest = &values[self.at..];
        match self.whole {
            true => *rest.first_chunk().expect("sixteen places"),
            false => last_lanes(rest),
        }
    }

    /// Writes the values of these places.
    #[inline(always)]
    pub fn put(self, values: &mut [f32], lanes: [f32; LANES]) {
        let rest = &mut values[self.at..];
        match self.whole {
            true => *rest.first_chunk_mut().expect("sixteen places") = lanes,
            false => put_last(rest, &lanes),
        }
    }
}

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

/// -1, 0 or 1.
#[inline(always)]
pub fn sign(value: f32) -> f32 {
    f32::from(u8::from(value > 0.0)) - f32::from(u8::from(value < 0.0))
}

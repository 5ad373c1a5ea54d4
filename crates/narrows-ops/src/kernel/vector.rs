//! Compiles loops for this machine's vector units.

/// Values that a loop processes at once: one or two registers.
pub const LANES: usize = 16;

/// Runs a closure compiled for this machine's vector units. The closure must be
/// marked `#[inline(always)]`, as must everything that it calls in its loops.
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Sixteen adjacent places, the same in several slices; fewer at their end.
#[derive(Clone, Copy)]
pub struct Lanes {
    at: usize,
    end: usize,
    whole: bool,
}

/// Calls `body` for all places below `length`; no slice may be shorter.
///
/// `body` is compiled twice. If all sixteen places exist, its values stay in
/// registers; only the copy for the last few places, which passes values to
/// functions, needs memory for them. `body` must be marked `#[inline(always)]`.
#[inline(always)]
pub fn each_lanes(length: usize, mut body: impl FnMut(Lanes)) {
    let last = length - length % LANES;
    for at in (0..last).step_by(LANES) {
        body(Lanes {
            at,
            end: at + LANES,
            whole: true,
        });
    }
    if last < length {
        body(Lanes {
            at: last,
            end: length,
            whole: false,
        });
    }
}

impl Lanes {
    /// Returns the values in these places, padded with 0.
    #[inline(always)]
    pub fn of(self, values: &[f32]) -> [f32; LANES] {
        match self.whole {
            true => *values[self.at..].first_chunk().expect("sixteen places"),
            false => last_lanes(&values[self.at..self.end]),
        }
    }

    /// Writes the values of these places.
    #[inline(always)]
    pub fn put(self, values: &mut [f32], new: [f32; LANES]) {
        match self.whole {
            true => *values[self.at..].first_chunk_mut().expect("sixteen places") = new,
            false => put_last(&mut values[self.at..self.end], &new),
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

/// Returns the values of a function for each place.
#[inline(always)]
pub fn from_fn(of: impl Fn(usize) -> f32) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    for (at, lane) in lanes.iter_mut().enumerate() {
        *lane = of(at);
    }
    lanes
}

/// Returns -1, 0 or 1.
#[inline(always)]
pub fn sign(value: f32) -> f32 {
    f32::from(u8::from(value > 0.0)) - f32::from(u8::from(value < 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_seen_once_and_none_beyond() {
        for length in [0, 1, 15, 16, 17, 31, 32, 33, 100] {
            let from: Vec<f32> = (0..length + 3).map(|at| at as f32).collect();
            let mut to = vec![-1.0; length + 3];
            vectorized(
                #[inline(always)]
                || {
                    each_lanes(
                        length,
                        #[inline(always)]
                        |lanes| {
                            let (x, y) = (lanes.of(&from), lanes.of(&to));
                            let sum = from_fn(
                                #[inline(always)]
                                |i| x[i] + y[i],
                            );
                            lanes.put(&mut to, sum);
                        },
                    );
                },
            );
            let all = to.iter().enumerate();
            for (at, &found) in all {
                let expected = if at < length { at as f32 - 1.0 } else { -1.0 };
                assert_eq!(found, expected, "place {at} of {length}");
            }
        }
    }

    #[test]
    fn beyond_the_last_place_values_are_0() {
        let mut seen = Vec::new();
        each_lanes(18, |lanes| seen.push(lanes.of(&[7.0; 40])));
        assert_eq!(seen[0], [7.0; LANES]);
        assert_eq!(seen[1][..2], [7.0; 2]);
        assert_eq!(seen[1][2..], [0.0; 14]);
    }
}

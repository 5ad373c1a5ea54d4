//! How does a function of one number run over many?

use pulp::{Arch, NullaryFnOnce};

/// Values in flight at once: four vectors of SSE, two of AVX2, one of
/// AVX-512.
const LANES: usize = 16;

/// Runs `task` with the widest vectors of this processor. All that `task`
/// calls must be `#[inline(always)]`: code left out of line is compiled for
/// the smallest processor, where `mul_add` is a slow call. A closure is not
/// surely inlined, hence a type with an inlined method.
#[inline(always)]
pub fn widest<T: NullaryFnOnce>(task: T) -> T::Output {
    Arch::new().dispatch(task)
}

struct Apply<'a, F> {
    values: &'a mut [f32],
    function: F,
}

impl<F: Fn(f32) -> f32> NullaryFnOnce for Apply<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (blocks, rest) = self.values.as_chunks_mut::<LANES>();
        for block in blocks {
            *block = each(*block, &self.function);
        }
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        rest.copy_from_slice(&each(last, &self.function)[..rest.len()]);
    }
}

struct Map<'a, F> {
    from: &'a [f32],
    to: &'a mut [f32],
    function: F,
}

impl<F: Fn(f32) -> f32> NullaryFnOnce for Map<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (from, from_rest) = self.from.as_chunks::<LANES>();
        let (to, to_rest) = self.to.as_chunks_mut::<LANES>();
        for (from, to) in from.iter().zip(to) {
            *to = each(*from, &self.function);
        }
        let mut last = [0.0; LANES];
        last[..from_rest.len()].copy_from_slice(from_rest);
        to_rest.copy_from_slice(&each(last, &self.function)[..to_rest.len()]);
    }
}

/// A copy in registers, not the slice, is worked on: nothing else can point
/// to it, so the loop becomes vector instructions.
#[inline(always)]
fn each(mut block: [f32; LANES], function: &impl Fn(f32) -> f32) -> [f32; LANES] {
    for value in &mut block {
        *value = function(*value);
    }
    block
}

/// Replaces each value by `function` of it. `function` is best a function
/// marked `#[inline(always)]`; see [`widest`].
pub fn apply(values: &mut [f32], function: impl Fn(f32) -> f32) {
    widest(Apply { values, function });
}

/// Writes `function` of each value of `from` to `to`, of the same length.
pub fn map(from: &[f32], to: &mut [f32], function: impl Fn(f32) -> f32) {
    assert_eq!(from.len(), to.len());
    widest(Map { from, to, function });
}

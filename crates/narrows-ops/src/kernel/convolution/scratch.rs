//! Provides memory for blocks, which each thread keeps for reuse.

use std::cell::Cell;

use pulp::{Simd, bytemuck};

thread_local! {
    static KEPT: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Floats per cache line; a vector within one line is read fastest.
const LINE: usize = 64 / size_of::<f32>();

/// The thread's memory, until it is dropped.
pub(super) struct Scratch(Vec<f32>);

impl Scratch {
    pub fn take() -> Self {
        Scratch(KEPT.take())
    }

    /// Returns vectors of each kind, in the given numbers, with any contents.
    pub fn lend<S: Simd, const KINDS: usize>(
        &mut self,
        lengths: [usize; KINDS],
    ) -> [&mut [S::f32s]; KINDS] {
        let lengths = lengths.map(|length| (length * S::F32_LANES).next_multiple_of(LINE));
        let total = lengths.iter().sum::<usize>() + LINE;
        if self.0.len() < total {
            self.0.resize(total, 0.0);
        }
        let start = self
            .0
            .as_ptr()
            .align_offset(LINE * size_of::<f32>())
            .min(LINE);
        let mut rest = &mut self.0[start..];
        lengths.map(|length| {
            let (kind, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            bytemuck::cast_slice_mut(kind)
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        KEPT.set(std::mem::take(&mut self.0));
    }
}

//! Lets many threads write one slice, each its own places.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// Places of a slice, handed out by callers who know that no two threads get
/// the same one. Places may be uninitialised.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    first: *mut f32,
    len: usize,
    life: PhantomData<&'a mut [f32]>,
}

// SAFETY: a pointer to plain numbers; every function that follows the pointer
// demands that no other thread uses the same places meanwhile.
unsafe impl Send for Cells<'_> {}
// SAFETY: as above.
unsafe impl Sync for Cells<'_> {}

impl<'a> Cells<'a> {
    /// Creates cells of all places of a slice, which are initialised.
    pub fn of(values: &'a mut [f32]) -> Self {
        Cells {
            first: values.as_mut_ptr(),
            len: values.len(),
            life: PhantomData,
        }
    }

    /// Returns how many places there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns a pointer to the first place.
    pub fn as_ptr(&self) -> *mut f32 {
        self.first
    }

    /// Lends the places `from` to `to - 1`.
    ///
    /// # Safety
    /// These places are initialised, and while the result lives nothing else
    /// reads or writes them.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn get(&self, from: usize, to: usize) -> &'a mut [f32] {
        self.check(from, to);
        // SAFETY: within the slice, which is borrowed for 'a; by this
        // function's contract initialised and not borrowed elsewhere.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(from), to - from) }
    }

    /// Lends the places `from` to `to - 1`, initialised or not.
    ///
    /// # Safety
    /// While the result lives, nothing else reads or writes these places, and
    /// initialised places stay initialised.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn get_uninit(&self, from: usize, to: usize) -> &'a mut [MaybeUninit<f32>] {
        self.check(from, to);
        // SAFETY: within the slice, which is borrowed for 'a, and by this
        // function's contract not borrowed elsewhere.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(from).cast(), to - from) }
    }

    /// Copies `values` to the places from `from` on.
    ///
    /// # Safety
    /// Meanwhile nothing else reads or writes these places.
    pub unsafe fn put(&self, from: usize, values: &[f32]) {
        let to = from.checked_add(values.len()).expect("places within");
        self.check(from, to);
        // SAFETY: within the slice, and by this function's contract not
        // borrowed elsewhere, not even by `values`.
        unsafe {
            let to = self.first.add(from);
            to.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
    }

    fn check(&self, from: usize, to: usize) {
        assert!(from <= to && to <= self.len, "places within the slice");
    }
}

/// Creates vectors of these lengths with the values that `write` puts into
/// their cells, without setting them to 0 first. If `write` panics, no vectors
/// are created.
///
/// # Safety
/// When `write` returns, every place of all cells is initialised.
pub unsafe fn from_writer<const N: usize>(
    lengths: [usize; N],
    write: impl FnOnce([Cells; N]),
) -> [Vec<f32>; N] {
    let mut vectors = lengths.map(Vec::<f32>::with_capacity);
    write(std::array::from_fn(|at| Cells {
        first: vectors[at].as_mut_ptr(),
        len: lengths[at],
        life: PhantomData,
    }));
    for (vector, length) in vectors.iter_mut().zip(lengths) {
        // SAFETY: the capacity is there, and by this function's contract
        // every place is initialised.
        unsafe { vector.set_len(length) };
    }
    vectors
}

/// Returns the number of values of a matrix.
///
/// # Panics
/// Panics if the number overflows: a wrong length would let pointers leave
/// their vector.
pub fn area(rows: usize, columns: usize) -> usize {
    let area = rows.checked_mul(columns);
    area.unwrap_or_else(|| panic!("a matrix of {rows} rows and {columns} columns is too large"))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::kernel::threads::share;

    #[test]
    fn many_threads_write_every_place_of_several_vectors() {
        let write = |[ones, pairs]: [Cells; 2]| {
            share(100, |at| {
                // SAFETY: no two parts have the same places.
                let one = unsafe { ones.get_uninit(at, at + 1) };
                one[0].write(at as f32);
                // SAFETY: as above.
                unsafe { pairs.put(2 * at, &[at as f32, -1.0]) };
                // SAFETY: as above, and they have just been written.
                let pair = unsafe { pairs.get(2 * at, 2 * at + 2) };
                pair[1] = 0.5;
            });
        };
        // SAFETY: the parts cover all places of both vectors.
        let [ones, pairs] = unsafe { from_writer([100, 200], write) };
        assert!(ones.into_iter().eq((0..100).map(|at| at as f32)));
        let expected = (0..100).flat_map(|at| [at as f32, 0.5]);
        assert!(pairs.into_iter().eq(expected));
    }

    #[test]
    fn what_panics_leaves_no_vector() {
        let written = catch_unwind(|| {
            let write = |[cells]: [Cells; 1]| {
                share(cells.len(), |at| assert_ne!(at, 7, "seven"));
            };
            // SAFETY: it never returns.
            unsafe { from_writer([64], write) }
        });
        assert!(written.is_err());
    }

    #[test]
    fn places_outside_are_refused() {
        let mut values = [0.0; 4];
        let cells = Cells::of(&mut values);
        let refused = |call: &dyn Fn()| {
            assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
        };
        // SAFETY: one at a time, of initialised places.
        unsafe {
            refused(&|| assert_eq!(cells.get(0, 5).len(), 5));
            refused(&|| assert_eq!(cells.get(3, 2).len(), 1));
            refused(&|| assert_eq!(cells.get_uninit(4, 5).len(), 1));
            refused(&|| cells.put(3, &[1.0, 2.0]));
            refused(&|| cells.put(usize::MAX, &[1.0]));
        }
        assert_eq!(values, [0.0; 4]);
    }

    #[test]
    fn a_matrix_too_large_to_count_is_refused() {
        assert_eq!(area(3, 4), 12);
        assert!(catch_unwind(|| area(usize::MAX / 2 + 1, 2)).is_err());
    }
}

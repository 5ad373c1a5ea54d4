//! One slice written by many threads, each its own places.

use std::marker::PhantomData;

/// A slice whose places are handed out by whoever knows that no two threads
/// get the same one.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    values: *mut f32,
    len: usize,
    life: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a pointer to plain numbers; `get` demands that no two
// borrowed ranges overlap, whichever thread they are on.
unsafe impl Send for Cells<'_> {}
// SAFETY: as above.
unsafe impl Sync for Cells<'_> {}

impl<'a> Cells<'a> {
    /// All places of a slice.
    pub fn of(values: &'a mut [f32]) -> Self {
        Cells {
            values: values.as_mut_ptr(),
            len: values.len(),
            life: PhantomData,
        }
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first place.
    pub fn as_ptr(&self) -> *mut f32 {
        self.values
    }

    /// The places `from` to `to - 1`.
    ///
    /// # Safety
    /// While the result lives nothing else may read or write these places.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn get(&self, from: usize, to: usize) -> &'a mut [f32] {
        assert!(from <= to && to <= self.len, "places within the slice");
        // SAFETY: within the slice, which is borrowed for 'a, and by this
        // function's contract not borrowed elsewhere.
        unsafe { std::slice::from_raw_parts_mut(self.values.add(from), to - from) }
    }
}

/// A vector of which every place is yet to be written: what it holds before
/// that is any number.
///
/// Memory fresh from the system is zero anyway, and memory that was used
/// before need not be cleared a second time.
///
/// # Safety
/// Every place is written before it is read.
pub unsafe fn unwritten(len: usize) -> Vec<f32> {
    let mut values = Vec::<f32>::with_capacity(len);
    // SAFETY: the capacity is there, and by contract no place is read before
    // it is written.
    #[allow(clippy::uninit_vec)]
    unsafe {
        values.set_len(len);
    }
    values
}

//! Cuts slices into chunks, each written by one thread.

use std::mem::MaybeUninit;
use std::sync::Mutex;

use super::cells::{Cells, from_writer};
use super::threads::share;

/// The length of a new vector, and how it is cut.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Values of the vector.
    pub length: usize,
    /// Values per chunk; the last chunk may have fewer.
    pub chunk: usize,
}

impl Cut {
    fn parts(self) -> usize {
        self.length.div_ceil(self.chunk.max(1))
    }

    fn range(self, at: usize) -> [usize; 2] {
        [at, at + 1].map(|at| at.saturating_mul(self.chunk.max(1)).min(self.length))
    }
}

/// Creates vectors chunk by chunk: `fill(at, chunks)` is called once for each
/// `at` with chunk `at` of each vector, set to 0. Once a vector has no more
/// chunks, its chunks are empty.
pub fn fill_chunks<const N: usize>(
    cuts: [Cut; N],
    fill: impl Fn(usize, [&mut [f32]; N]) + Sync,
) -> [Vec<f32>; N] {
    // SAFETY: `zeroed` initialises each chunk.
    unsafe { write_chunks(cuts, |at, chunks| fill(at, chunks.map(zeroed))) }
}

/// Creates vectors chunk by chunk as [`fill_chunks`] does, from chunks that are
/// not set to 0.
///
/// # Safety
/// When `write` returns, the chunks that it received are initialised.
pub unsafe fn write_chunks<const N: usize>(
    cuts: [Cut; N],
    write: impl Fn(usize, [&mut [MaybeUninit<f32>]; N]) + Sync,
) -> [Vec<f32>; N] {
    let parts = cuts.iter().map(|cut| cut.parts()).max().unwrap_or(0);
    let write_all = |cells: [Cells; N]| {
        share(parts, |at| {
            let chunks = std::array::from_fn(|which| {
                let [from, to] = cuts[which].range(at);
                // SAFETY: chunks do not overlap, and each belongs to one part.
                unsafe { cells[which].get_uninit(from, to) }
            });
            write(at, chunks);
        });
    };
    // SAFETY: the chunks of a vector cover all of it, and by this function's
    // contract each is initialised.
    unsafe { from_writer(cuts.map(|cut| cut.length), write_all) }
}

/// Sets all values to 0.
pub fn zeroed(values: &mut [MaybeUninit<f32>]) -> &mut [f32] {
    values.fill(MaybeUninit::new(0.0));
    // SAFETY: each value has just been initialised.
    unsafe { values.assume_init_mut() }
}

/// Runs each task once, in any order and on any thread.
pub fn each<T: Send>(tasks: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
    let tasks = tasks.into_iter().map(|task| Mutex::new(Some(task)));
    let tasks: Vec<_> = tasks.collect();
    share(tasks.len(), |at| {
        let task = tasks[at].lock().map(|mut task| task.take());
        work(task.ok().flatten().expect("each task is taken once"));
    });
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn cut(length: usize, chunk: usize) -> Cut {
        Cut { length, chunk }
    }

    #[test]
    fn every_place_is_lent_once_and_as_0() {
        for cuts in [
            [cut(0, 3), cut(0, 0)],
            [cut(1, 1), cut(0, 4)],
            [cut(100, 7), cut(30, 2)],
            [cut(5, 100), cut(1000, 1)],
            [cut(64_000, 1000), cut(100_000, 2000)],
            [cut(64, 16), cut(64, usize::MAX)],
        ] {
            let [one, other] = fill_chunks(cuts, |at, chunks| {
                for (chunk, cut) in chunks.iter().zip(cuts) {
                    let rest = cut.length.saturating_sub(at.saturating_mul(cut.chunk));
                    assert_eq!(chunk.len(), rest.min(cut.chunk));
                }
                let add = |value: &mut f32| *value += 1.0 + at as f32;
                chunks.into_iter().flatten().for_each(add);
            });
            for (values, cut) in [(one, cuts[0]), (other, cuts[1])] {
                let expected = (0..cut.length).map(|at| 1.0 + (at / cut.chunk) as f32);
                assert!(values.into_iter().eq(expected), "{cuts:?}");
            }
        }
    }

    #[test]
    fn a_panic_in_a_chunk_reaches_the_caller() {
        let filled = catch_unwind(|| {
            fill_chunks([cut(100, 10)], |at, _| assert_ne!(at, 7, "seven"));
        });
        let panic = filled.unwrap_err();
        let message = panic.downcast_ref::<String>().expect("a message");
        assert!(message.contains("seven"), "{message}");
    }

    #[test]
    fn chunks_are_what_is_written_to_them() {
        // SAFETY: each chunk is written completely.
        let [values] = unsafe {
            write_chunks([cut(1000, 7)], |at, [chunk]| {
                for value in chunk {
                    value.write(at as f32);
                }
            })
        };
        let expected = (0..1000).map(|at| (at / 7) as f32);
        assert!(values.into_iter().eq(expected));
    }

    #[test]
    fn each_task_is_done_once() {
        let mut values = [0; 100];
        each(values.iter_mut().enumerate(), |(at, value)| *value += at);
        assert!(values.into_iter().eq(0..100));
    }
}

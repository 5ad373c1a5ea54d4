//! Shares work among threads, with results that do not depend on the number of
//! threads.
//!
//! Work is cut into parts by its shape alone; threads claim parts as they get
//! to them. A step of training consists of some twenty such regions, most far
//! shorter than a millisecond, so helpers stay awake for a little while to wait
//! for the next one: waking a sleeping thread takes longer than many a region.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How long a helper without work stays awake.
const AWAKE: Duration = Duration::from_micros(200);
/// Checks of a counter between two checks of the clock.
const LOOKS: usize = 64;

/// Runs `part(0)` to `part(parts - 1)`, each once, on as many threads as the
/// current rayon pool has, including this one. Returns when all are done.
///
/// If a part panics, the panic continues here once no other part is running;
/// how many of the other parts ran is unspecified.
pub fn share(parts: usize, part: impl Fn(usize) + Sync) {
    let threads = rayon::current_num_threads().min(parts);
    // Within a part, or while another caller has them, the threads are taken.
    let busy = WITHIN.get() || threads <= 1;
    let pool = if busy { None } else { free(&POOL) };
    match pool {
        Some(mut pool) => pool.run(threads - 1, parts, &part),
        None => (0..parts).for_each(part),
    }
}

/// Returns the pool, unless another caller has it. A caller whose part panicked
/// has left the pool intact.
fn free(pool: &Mutex<Pool>) -> Option<MutexGuard<'_, Pool>> {
    match pool.try_lock() {
        Ok(pool) => Some(pool),
        Err(TryLockError::Poisoned(pool)) => Some(pool.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

thread_local! {
    /// Whether this thread is currently running a part.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    helpers: Vec::new(),
});

/// The helpers, started when first needed.
struct Pool {
    helpers: Vec<Arc<Helper>>,
}

/// One thread's mailbox.
#[derive(Default)]
struct Helper {
    /// The number of jobs so far.
    jobs: AtomicUsize,
    job: Mutex<Option<Arc<Job>>>,
    asleep: AtomicBool,
    wake: Condvar,
}

/// Parts to be claimed.
struct Job {
    part: Part,
    parts: usize,
    next: AtomicUsize,
    done: AtomicUsize,
    panics: Mutex<Vec<Box<dyn Any + Send>>>,
}

/// The caller's closure, whose lifetime the type no longer shows.
struct Part(*const (dyn Fn(usize) + Sync));

// SAFETY: the closure is `Sync`, and `Pool::run` keeps it alive while any
// thread may call it.
unsafe impl Send for Part {}
// SAFETY: as above.
unsafe impl Sync for Part {}

impl Pool {
    fn run(&mut self, helpers: usize, parts: usize, part: &(dyn Fn(usize) + Sync)) {
        while self.helpers.len() < helpers {
            self.helpers.push(Helper::start());
        }
        // SAFETY: only the lifetime changes. The pointer is followed for
        // claimed parts alone, and this function returns only after every
        // claimed part is done; later claims find no parts left.
        let part = unsafe {
            std::mem::transmute::<
                *const (dyn Fn(usize) + Sync + '_),
                *const (dyn Fn(usize) + Sync + 'static),
            >(part)
        };
        let job = Arc::new(Job {
            part: Part(part),
            parts,
            next: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            panics: Mutex::new(Vec::new()),
        });
        // Whoever claims a part sees what this thread has written so far. The
        // locks ensure that too, but not in a way that ThreadSanitizer sees.
        job.next.store(0, Ordering::Release);
        for helper in &self.helpers[..helpers] {
            helper.send(job.clone());
        }
        job.work();
        // Wait for helpers that are still running their last part.
        let mut looks = 0;
        while job.done.load(Ordering::Acquire) < parts {
            looks += 1;
            match looks % 4096 {
                0 => std::thread::yield_now(),
                _ => std::hint::spin_loop(),
            }
        }
        let mut panics = std::mem::take(&mut *lock(&job.panics)).into_iter();
        if let Some(first) = panics.next() {
            panics.for_each(drop_payload);
            resume_unwind(first);
        }
    }
}

impl Job {
    /// Claims and runs parts until there are none.
    fn work(&self) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Acquire);
            if at >= self.parts {
                return;
            }
            let before = WITHIN.replace(true);
            // SAFETY: part `at` is claimed and not yet done, so the caller
            // still waits and its closure lives.
            let part = unsafe { &*self.part.0 };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| part(at))) {
                // Dropping it here would run its code, which could panic while
                // other threads still use the caller's closure.
                self.keep(panic);
            }
            WITHIN.set(before);
            self.done.fetch_add(1, Ordering::Release);
        }
    }
}

impl Job {
    /// Keeps what a part panicked with. Panics are few, so the thread stays awake
    /// while another has the lock; ThreadSanitizer sees no other way of waiting.
    fn keep(&self, panic: Box<dyn Any + Send>) {
        loop {
            match self.panics.try_lock() {
                Ok(mut panics) => return panics.push(panic),
                Err(TryLockError::Poisoned(panics)) => return panics.into_inner().push(panic),
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
    }
}

/// Drops the payload of a part's panic. If dropping it panics too, that panic's
/// payload is leaked.
fn drop_payload(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

impl Helper {
    fn start() -> Arc<Self> {
        let helper = Arc::new(Helper::default());
        let own = helper.clone();
        std::thread::Builder::new()
            .name("narrows helper".into())
            .spawn(move || own.serve())
            .expect("a thread can be started");
        helper
    }

    fn send(&self, job: Arc<Job>) {
        *lock(&self.job) = Some(job);
        self.jobs.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            // With the lock held, a helper on its way to sleep is either still
            // awake and sees the job, or asleep and gets the notification.
            let _job = lock(&self.job);
            self.wake.notify_one();
        }
    }

    fn serve(&self) {
        let mut seen = 0;
        loop {
            self.wait(seen);
            seen = self.jobs.load(Ordering::SeqCst);
            // Taken out, so that no job outlives its work here.
            let job = lock(&self.job).take();
            if let Some(job) = job {
                job.work();
            }
        }
    }

    /// Returns when there are more jobs than `seen`.
    fn wait(&self, seen: usize) {
        let mut until = None;
        loop {
            for _ in 0..LOOKS {
                if self.jobs.load(Ordering::SeqCst) != seen {
                    return;
                }
                std::hint::spin_loop();
            }
            let now = Instant::now();
            if now > *until.get_or_insert(now + AWAKE) {
                break;
            }
        }
        let mut job = lock(&self.job);
        self.asleep.store(true, Ordering::SeqCst);
        while self.jobs.load(Ordering::SeqCst) == seen {
            job = self.wake.wait(job).unwrap_or_else(PoisonError::into_inner);
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(run)
    }

    #[test]
    fn every_part_runs_once_with_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            with(threads, || {
                for round in 0..2000 {
                    let parts = round % 37;
                    let runs: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                    share(parts, |at| {
                        runs[at].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(runs.iter().all(|r| r.load(Ordering::Relaxed) == 1));
                }
            });
        }
    }

    #[test]
    fn helpers_that_fell_asleep_are_woken() {
        // A pool of its own, because others might have taken the threads.
        let mut pool = Pool {
            helpers: Vec::new(),
        };
        for _ in 0..20 {
            std::thread::sleep(AWAKE * 3);
            // Two parts that each wait for the other need two threads.
            let met = AtomicUsize::new(0);
            pool.run(1, 2, &|_| {
                met.fetch_add(1, Ordering::SeqCst);
                while met.load(Ordering::SeqCst) < 2 {
                    std::thread::yield_now();
                }
            });
        }
    }

    #[test]
    fn parts_may_share_work_themselves_and_callers_may_meet() {
        let sum = AtomicUsize::new(0);
        let caller = || {
            for _ in 0..200 {
                share(5, |a| {
                    share(3, |b| {
                        sum.fetch_add(a * b, Ordering::Relaxed);
                    });
                });
            }
        };
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..4).map(|_| scope.spawn(caller)).collect();
            callers
                .into_iter()
                .for_each(|caller| caller.join().unwrap());
        });
        assert_eq!(sum.into_inner(), 4 * 200 * 10 * 3);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_leaves_the_threads_in_use() {
        // A pool of its own, because others might have taken the threads.
        let mut pool = Pool {
            helpers: Vec::new(),
        };
        for threads in [1, 2] {
            let done = AtomicUsize::new(0);
            let part = |at: usize| {
                assert_ne!(at, 3, "three");
                done.fetch_add(1, Ordering::Relaxed);
            };
            let caught = catch_unwind(AssertUnwindSafe(|| pool.run(threads - 1, 8, &part)));
            assert!(caught.unwrap_err().downcast_ref::<String>().is_some());
            assert_eq!(done.into_inner(), 7);
            let runs = AtomicUsize::new(0);
            pool.run(1, 4, &|_| {
                runs.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(runs.into_inner(), 4);
        }
    }

    #[test]
    fn panics_that_cannot_be_dropped_leave_no_part_behind() {
        struct Loud;
        static DROPS: AtomicUsize = AtomicUsize::new(0);
        impl Drop for Loud {
            fn drop(&mut self) {
                DROPS.fetch_add(1, Ordering::Relaxed);
                // A payload without bytes, since it is left.
                std::panic::panic_any(());
            }
        }
        let mut pool = Pool {
            helpers: Vec::new(),
        };
        let runs = AtomicUsize::new(0);
        let part = |_: usize| {
            runs.fetch_add(1, Ordering::Relaxed);
            std::panic::panic_any(Loud);
        };
        let caught = catch_unwind(AssertUnwindSafe(|| pool.run(1, 8, &part)));
        std::mem::forget(caught.unwrap_err());
        assert_eq!(runs.into_inner(), 8);
        assert_eq!(DROPS.load(Ordering::Relaxed), 7);
    }

    #[test]
    fn a_panic_does_not_take_the_threads_from_later_callers() {
        let pool = Mutex::new(Pool {
            helpers: Vec::new(),
        });
        let caught = catch_unwind(AssertUnwindSafe(|| {
            free(&pool).unwrap().run(1, 4, &|_| panic!("a part"));
        }));
        assert!(caught.is_err() && pool.is_poisoned());
        let held = free(&pool);
        assert!(held.is_some());
        assert!(free(&pool).is_none(), "another caller has it");
    }
}

//! How far the further networks of a training are, all together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::output::grouped;
use crate::progress::duration;

/// Epochs of networks that are trained side by side.
pub struct Epochs {
    all: usize,
    /// Epochs that need not be trained: of an earlier process, or after a network's
    /// training was over.
    skipped: AtomicUsize,
    trained: AtomicUsize,
    started: Instant,
}

impl Epochs {
    pub fn new(all: usize) -> Self {
        Epochs {
            all,
            skipped: AtomicUsize::new(0),
            trained: AtomicUsize::new(0),
            started: Instant::now(),
        }
    }

    /// Counts epochs that need not be trained.
    pub fn skip(&self, epochs: usize) {
        self.skipped.fetch_add(epochs, Ordering::Relaxed);
    }

    /// Counts an epoch, if one `was_trained`.
    pub fn add(&self, was_trained: bool) {
        let more = usize::from(was_trained);
        self.trained.fetch_add(more, Ordering::Relaxed);
    }

    /// Says which share is done and how long the rest takes, once that is known.
    pub fn left(&self) -> String {
        self.left_after(self.started.elapsed().as_secs_f64())
    }

    fn left_after(&self, seconds: f64) -> String {
        let trained = self.trained.load(Ordering::Relaxed);
        let done = self.all.min(trained + self.skipped.load(Ordering::Relaxed));
        if trained == 0 {
            return String::new();
        }
        format!(
            ": {} of {} epochs, {} left",
            grouped(done),
            grouped(self.all),
            duration((self.all - done) as f64 * seconds / trained as f64)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_was_trained_here() {
        let epochs = Epochs::new(1_200);
        epochs.skip(600);
        assert_eq!(epochs.left_after(3.0), "");
        (0..100).for_each(|_| epochs.add(true));
        epochs.add(false);
        assert_eq!(epochs.left_after(2.0), ": 700 of 1,200 epochs, 10 s left");
        epochs.skip(500);
        assert_eq!(
            epochs.left_after(2.0),
            ": 1,200 of 1,200 epochs, 0.0 s left"
        );
    }
}

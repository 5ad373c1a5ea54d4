//! Draws random numbers as a function of what they are for.
//!
//! Every draw is addressed by (seed, stream, epoch, part, row). Nothing else
//! changes it: not the batch size, the number of threads or earlier draws. The
//! first four are a key of ChaCha8, and the row is a stream of words under that
//! key.

use narrows_ops::random::{self as draw, Draw, Keep, Normal, Uniform};
use narrows_ops::rows::fill_blocks;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a draw is for. Streams never disturb one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Stream {
    /// The choice of held-out rows.
    Split = 1,
    /// Initial weights; the part is the layer.
    Init = 2,
    /// The order of rows in an epoch.
    Shuffle = 3,
    /// Dropped units; the part is the layer.
    Dropout = 4,
    /// Denoising's corruption of the inputs.
    Corrupt = 5,
    /// Draws of the code; the part is the sample.
    Code = 6,
    /// Random directions through the encoder; the part is the direction.
    Direction = 7,
    /// New rows.
    Sample = 8,
    /// Samples of an adversarial prior.
    Prior = 9,
    /// Noise of features around their reconstruction.
    Feature = 10,
    /// Starting points of activation maximisation.
    Ascent = 11,
    /// Rows drawn as zeros and ones.
    Binary = 12,
    /// Cells taken away to measure rows that lack some.
    Missing = 13,
    /// Training rows that a model keeps.
    Kept = 14,
}

/// Identifies one batch to the random streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address<'a> {
    pub seed: u64,
    /// The epoch, counted from 1 in training; 0 is for measuring.
    pub epoch: u64,
    /// The rows of the batch, by their number in the table.
    pub rows: &'a [usize],
    /// The number of this pass over the batch, for example the step of a chain.
    pub turn: u64,
}

impl Address<'_> {
    /// Returns `[rows, width]` values; `fill` fills each row in order from the
    /// row's own draws. For what [`Self::normals`] and the like do not offer.
    pub fn fill(
        &self,
        stream: Stream,
        part: u64,
        width: usize,
        fill: impl Fn(&mut Draws, &mut [f32]) + Sync,
    ) -> Vec<f32> {
        fill_blocks(self.rows.len(), width, |block, values| {
            let mut draws = Draws::new(self.seed, stream, self.epoch, self.part(part));
            let rows = values.chunks_exact_mut(width.max(1)).zip(&self.rows[block]);
            for (values, &row) in rows {
                draws.seek(row);
                fill(&mut draws, values);
            }
        })
    }

    /// Returns `[rows, width]` standard normal draws.
    pub fn normals(&self, stream: Stream, part: u64, width: usize) -> Vec<f32> {
        self.drawn(stream, part, width, &Normal)
    }

    /// Returns `[rows, width]` draws that are uniform in [0, 1).
    pub fn uniforms(&self, stream: Stream, part: u64, width: usize) -> Vec<f32> {
        self.drawn(stream, part, width, &Uniform)
    }

    /// Returns `[rows, width]` factors: 0 with probability `share` in [0, 1),
    /// otherwise the value that makes the mean 1.
    pub fn mask(&self, stream: Stream, part: u64, width: usize, share: f64) -> Vec<f32> {
        self.drawn(stream, part, width, &Keep::scaled(share))
    }

    fn drawn(&self, stream: Stream, part: u64, width: usize, draw: &impl Draw) -> Vec<f32> {
        let key = key(self.seed, stream, self.epoch, self.part(part));
        fill_blocks(self.rows.len(), width, |block, values| {
            draw::fill(&key, &self.rows[block], width, draw, values);
        })
    }

    fn part(&self, part: u64) -> u64 {
        self.turn << 32 | part
    }
}

/// Returns the key of the draws of one stream in one epoch.
fn key(seed: u64, stream: Stream, epoch: u64, part: u64) -> [u8; 32] {
    let mut key = [0; 32];
    for (at, word) in [seed, stream as u64, epoch, part].into_iter().enumerate() {
        key[at * 8..(at + 1) * 8].copy_from_slice(&word.to_le_bytes());
    }
    key
}

/// The draws of one stream in one epoch.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// Creates the draws; `part` distinguishes uses within a stream, such as
    /// layers.
    pub fn new(seed: u64, stream: Stream, epoch: u64, part: u64) -> Self {
        Draws(ChaCha8Rng::from_seed(key(seed, stream, epoch, part)))
    }

    /// Moves to the first draw of one row.
    pub fn seek(&mut self, row: usize) {
        self.0.set_stream(row as u64);
        self.0.set_word_pos(0);
    }

    /// Returns a uniform draw in [0, 1), with 24 random bits.
    pub fn uniform(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Returns two independent standard normal draws (Box & Muller 1958).
    pub fn normal_pair(&mut self) -> [f64; 2] {
        // Shifted by half a step into (0, 1), so that the logarithm is finite.
        let unit = |word: u32| (f64::from(word) + 0.5) / 4_294_967_296.0;
        let radius = (-2.0 * unit(self.0.next_u32()).ln()).sqrt();
        let angle = std::f64::consts::TAU * unit(self.0.next_u32());
        [radius * angle.cos(), radius * angle.sin()]
    }

    /// Returns `count` standard normal draws.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        let mut out = Vec::with_capacity(count + 1);
        while out.len() < count {
            out.extend(self.normal_pair());
        }
        out.truncate(count);
        out
    }

    /// Returns the numbers 0 to `count - 1` in random order (Fisher & Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            // 64 random bits make the bias of the product negligible.
            let draw = u128::from(self.0.next_u64()) * (last as u128 + 1);
            order.swap(last, (draw >> 64) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_draws_the_same_wherever_one_starts() {
        let mut forward = Draws::new(7, Stream::Dropout, 3, 0);
        let mut rows = Vec::new();
        for row in 0..5 {
            forward.seek(row);
            rows.push([forward.uniform(), forward.uniform(), forward.uniform()]);
        }
        let mut alone = Draws::new(7, Stream::Dropout, 3, 0);
        alone.seek(4);
        assert_eq!(rows[4], [alone.uniform(), alone.uniform(), alone.uniform()]);
        assert_ne!(rows[3], rows[4]);
    }

    #[test]
    fn a_row_of_a_batch_draws_as_it_does_alone() {
        let rows: Vec<usize> = (0..600).rev().collect();
        let batch = |rows| Address {
            seed: 3,
            epoch: 2,
            rows,
            turn: 1,
        };
        // Enough for several tasks.
        let width = 150;
        let together = batch(&rows).normals(Stream::Code, 4, width);
        let masks = batch(&rows).mask(Stream::Dropout, 4, width, 0.3);
        for (at, row) in rows.iter().enumerate().step_by(37) {
            let alone = batch(std::slice::from_ref(row));
            let of_row = at * width..(at + 1) * width;
            let normals = alone.normals(Stream::Code, 4, width);
            assert_eq!(together[of_row.clone()], normals);
            let mask = alone.mask(Stream::Dropout, 4, width, 0.3);
            assert_eq!(masks[of_row], mask);
        }
    }

    #[test]
    fn seed_stream_epoch_and_part_each_change_the_draws() {
        let first = |seed, stream, epoch, part| Draws::new(seed, stream, epoch, part).uniform();
        let base = first(1, Stream::Init, 0, 0);
        assert_ne!(base, first(2, Stream::Init, 0, 0));
        assert_ne!(base, first(1, Stream::Shuffle, 0, 0));
        assert_ne!(base, first(1, Stream::Init, 1, 0));
        assert_ne!(base, first(1, Stream::Init, 0, 1));
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Draws::new(1, Stream::Shuffle, 0, 0).permutation(1000);
        assert_ne!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..1000));
    }

    #[test]
    fn normal_draws_have_mean_0_and_variance_1() {
        let draws = Draws::new(1, Stream::Init, 0, 0).normals(100_000);
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 1e5;
        // Five standard errors.
        assert!(mean.abs() < 5.0 / 1e5f64.sqrt(), "{mean}");
        assert!(
            (variance - 1.0).abs() < 5.0 * (2.0f64 / 1e5).sqrt(),
            "{variance}"
        );
    }
}

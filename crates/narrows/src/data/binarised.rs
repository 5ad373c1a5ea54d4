//! Shows a network either the features of rows, or zeros and ones drawn from
//! them.
//!
//! Dynamic binarisation (Salakhutdinov & Murray, "On the quantitative analysis
//! of deep belief networks", 2008; Burda et al. 2015): a feature in [0, 1] is
//! the probability of a 1. Each epoch of training draws again; measurements use
//! one draw of each row, the same every time.

use super::source::Source;
use crate::base::random::{Address, Stream};

/// The epoch that addresses the draws of measured rows.
const MEASURED: u64 = 0;

/// Rows as a network sees them in one epoch.
pub(crate) struct Binarised<'a> {
    data: &'a dyn Source,
    /// The seed and the epoch of the draws; `None` for rows as they are.
    drawn: Option<(u64, u64)>,
}

impl<'a> Binarised<'a> {
    /// Draws rows for an epoch of training, counted from 1; without a seed,
    /// rows stay as they are.
    pub fn in_training(data: &'a dyn Source, seed: Option<u64>, epoch: u64) -> Self {
        let drawn = seed.map(|seed| (seed, epoch));
        Binarised { data, drawn }
    }

    /// Draws rows for measuring, the same every time.
    pub fn measured(data: &'a dyn Source, seed: Option<u64>) -> Self {
        Self::in_training(data, seed, MEASURED)
    }
}

impl Source for Binarised<'_> {
    fn width(&self) -> usize {
        self.data.width()
    }

    fn place(&self, row: usize) -> usize {
        self.data.place(row)
    }

    fn gather(&self, rows: &[usize]) -> Vec<f32> {
        self.draw(rows, self.data.gather(rows))
    }

    fn gather_known(&self, rows: &[usize]) -> Vec<f32> {
        self.draw(rows, self.data.gather_known(rows))
    }
}

impl Binarised<'_> {
    /// Draws zeros and ones for the features of some rows; NaN stays.
    fn draw(&self, rows: &[usize], mut values: Vec<f32>) -> Vec<f32> {
        let Some((seed, epoch)) = self.drawn else {
            return values;
        };
        // Selected rows of a table are drawn as they are among all its rows.
        let places: Vec<usize> = rows.iter().map(|&row| self.data.place(row)).collect();
        let address = Address {
            seed,
            epoch,
            rows: &places,
            turn: 0,
        };
        let drawn = address.uniforms(Stream::Binary, 0, self.width());
        for (value, drawn) in values.iter_mut().zip(drawn) {
            if !value.is_nan() {
                *value = f32::from(u8::from(drawn < *value));
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 4_000;

    /// Source of rows of 0, 0.25 and 1.
    struct Chances;

    impl Source for Chances {
        fn place(&self, row: usize) -> usize {
            row
        }

        fn width(&self) -> usize {
            3
        }

        fn gather(&self, rows: &[usize]) -> Vec<f32> {
            rows.iter().flat_map(|_| [0.0, 0.25, 1.0]).collect()
        }
    }

    const SEED: Option<u64> = Some(42);

    #[test]
    fn a_feature_is_the_chance_of_a_one() {
        let rows: Vec<usize> = (0..ROWS).collect();
        let seen = Binarised::in_training(&Chances, SEED, 1).gather(&rows);
        let mean = |at: usize| {
            let column = seen.iter().skip(at).step_by(3);
            f64::from(column.sum::<f32>()) / ROWS as f64
        };
        assert!(seen.iter().all(|&v| v == 0.0 || v == 1.0));
        assert_eq!((mean(0), mean(2)), (0.0, 1.0));
        // Five standard errors.
        let error = (0.25 * 0.75 / ROWS as f64).sqrt();
        assert!((mean(1) - 0.25).abs() < 5.0 * error, "{}", mean(1));
    }

    #[test]
    fn draws_go_by_row_and_epoch_and_what_is_measured_stays() {
        let rows: Vec<usize> = (0..100).collect();
        let first = Binarised::in_training(&Chances, SEED, 1).gather(&rows);
        let second = Binarised::in_training(&Chances, SEED, 2).gather(&rows);
        let measured = || Binarised::measured(&Chances, SEED).gather(&rows);
        assert_ne!(first, second);
        assert_eq!(measured(), measured());
        let one = Binarised::in_training(&Chances, SEED, 1).gather(&[41]);
        assert_eq!(one, first[41 * 3..42 * 3]);
    }

    #[test]
    fn rows_stay_as_they_are_unless_they_are_to_be_drawn() {
        let seen = Binarised::in_training(&Chances, None, 1).gather(&[0]);
        assert_eq!(seen, [0.0, 0.25, 1.0]);
    }
}

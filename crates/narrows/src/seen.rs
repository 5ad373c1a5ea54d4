//! What a network is shown of rows: their features, or zeros and ones drawn by
//! them.
//!
//! Dynamic binarisation (Salakhutdinov & Murray, "On the quantitative analysis
//! of deep belief networks", 2008; Burda et al. 2015): a feature in [0, 1] is
//! the probability of a 1. Each epoch of training draws anew; whatever is
//! measured is one draw of each row, the same every time.

use crate::bulk::Source;
use crate::config::Config;
use crate::random::{Address, Stream};

/// The epoch by which rows are drawn to be measured.
const MEASURED: u64 = 0;

/// Rows as a network sees them in one epoch.
pub(crate) struct Seen<'a> {
    data: &'a dyn Source,
    /// The seed and the epoch of the draws; none for rows as they are.
    drawn: Option<(u64, u64)>,
}

impl<'a> Seen<'a> {
    /// In an epoch of training, counted from 1.
    pub fn in_training(config: &Config, data: &'a dyn Source, epoch: u64) -> Self {
        let drawn = config.data.binarised.then_some((config.seed, epoch));
        Seen { data, drawn }
    }

    /// Where rows are measured.
    pub fn measured(config: &Config, data: &'a dyn Source) -> Self {
        Self::in_training(config, data, MEASURED)
    }
}

impl Source for Seen<'_> {
    fn width(&self) -> usize {
        self.data.width()
    }

    fn gather(&self, rows: &[usize]) -> Vec<f32> {
        let mut values = self.data.gather(rows);
        let Some((seed, epoch)) = self.drawn else {
            return values;
        };
        // Some rows of a table are drawn as they are among all of them.
        let places: Vec<usize> = rows.iter().map(|&row| self.data.place(row)).collect();
        let address = Address {
            seed,
            epoch,
            rows: &places,
            turn: 0,
        };
        let drawn = address.uniforms(Stream::Binary, 0, self.width());
        for (value, drawn) in values.iter_mut().zip(drawn) {
            *value = f32::from(u8::from(drawn < *value));
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 4_000;

    /// Rows of 0, 0.25 and 1.
    struct Chances;

    impl Source for Chances {
        fn width(&self) -> usize {
            3
        }

        fn gather(&self, rows: &[usize]) -> Vec<f32> {
            rows.iter().flat_map(|_| [0.0, 0.25, 1.0]).collect()
        }
    }

    fn config(binarised: bool) -> Config {
        let mut config = Config::default();
        config.data.binarised = binarised;
        config
    }

    #[test]
    fn a_feature_is_the_chance_of_a_one() {
        let rows: Vec<usize> = (0..ROWS).collect();
        let seen = Seen::in_training(&config(true), &Chances, 1).gather(&rows);
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
        let config = config(true);
        let rows: Vec<usize> = (0..100).collect();
        let first = Seen::in_training(&config, &Chances, 1).gather(&rows);
        let second = Seen::in_training(&config, &Chances, 2).gather(&rows);
        let measured = || Seen::measured(&config, &Chances).gather(&rows);
        assert_ne!(first, second);
        assert_eq!(measured(), measured());
        let one = Seen::in_training(&config, &Chances, 1).gather(&[41]);
        assert_eq!(one, first[41 * 3..42 * 3]);
    }

    #[test]
    fn rows_stay_as_they_are_unless_they_are_to_be_drawn() {
        let seen = Seen::in_training(&config(false), &Chances, 1).gather(&[0]);
        assert_eq!(seen, [0.0, 0.25, 1.0]);
    }
}

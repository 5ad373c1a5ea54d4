//! Draws rows around the means that a decoder gives.

use super::number::{NumberScale, TrainingRange};
use super::{ColumnScale, OTHER, Scaler};

/// Draws of a column that may fall outside of its range, before the nearest end
/// is taken.
pub(crate) const ATTEMPTS: usize = 8;

/// The draws for one row, each of every feature.
pub(crate) struct RowDraws<'a> {
    /// [`ATTEMPTS`] times standard normal draws.
    pub normal: Vec<&'a [f32]>,
    /// Uniform draws in [0, 1).
    pub uniform: &'a [f32],
}

/// What rows vary by around the means that a decoder gives.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    /// The standard deviation of each feature.
    pub deviations: &'a [f32],
    /// Turns a number drawn for a feature into one as rows have it, if it is
    /// known how.
    pub map: Option<&'a dyn Fn(usize, f32) -> f32>,
}

impl Scaler {
    /// Draws the values of a row's columns, given the mean of each feature.
    /// Numbers are normal or as `around` maps these, within the range of
    /// training, and whole where all were; two whole numbers in a row, such as 0
    /// and 1, and the levels of a category come by their probabilities, which
    /// the means are. The places of rare texts follow those of the levels.
    ///
    /// `around` is `None` for features that are probabilities themselves.
    pub(crate) fn drawn(
        &self,
        means: &[f32],
        around: Option<Around>,
        draws: &RowDraws,
    ) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.columns.len());
        let mut at = 0;
        for column in &self.columns {
            values.push(match column {
                ColumnScale::Category { levels, rare, .. } => {
                    let uniform = &draws.uniform[at..at + levels.len()];
                    let drawn = level(&means[at..at + levels.len()], uniform[0]);
                    match levels[drawn] == OTHER && !rare.is_empty() {
                        // Which of the rare texts it is, nothing says.
                        true => {
                            let which = (uniform[levels.len() - 1] * rare.len() as f32) as usize;
                            (levels.len() + which.min(rare.len() - 1)) as f32
                        }
                        false => drawn as f32,
                    }
                }
                ColumnScale::Circular(circular) => {
                    let feature = |at: usize| match around {
                        None => means[at],
                        Some(Around { deviations, .. }) => {
                            means[at] + deviations[at] * draws.normal[0][at]
                        }
                    };
                    circular.likely(&[feature(at), feature(at + 1)])
                }
                ColumnScale::Number(number) => match around {
                    None => number.value(f32::from(u8::from(draws.uniform[at] < means[at]))),
                    Some(Around { deviations, map }) => {
                        let drawn = |normal: &&[f32]| {
                            let drawn = means[at] + deviations[at] * normal[at];
                            map.map_or(drawn, |map| map(at, drawn))
                        };
                        let attempts = draws.normal.iter().map(drawn);
                        number.drawn(means[at], attempts, draws.uniform[at])
                    }
                },
            });
            at += column.features();
        }
        values
    }
}

impl NumberScale {
    /// Returns the value of the first of the drawn features that is within the
    /// range of training, or the end of the range that is nearest to the last.
    fn drawn(&self, mean: f32, mut drawn: impl Iterator<Item = f32>, uniform: f32) -> f32 {
        let Some(TrainingRange { low, high, whole }) = self.extent else {
            return self.value(drawn.next().unwrap_or(mean));
        };
        if self.is_binary() {
            return if uniform < mean { high } else { low };
        }
        if whole && high - low == 1.0 {
            let share = self.value(mean) - low;
            return if uniform < share { high } else { low };
        }
        let mut last = self.value(mean);
        let found = drawn.find_map(|drawn| {
            last = self.value(drawn);
            (low..=high).contains(&last).then_some(last)
        });
        let value = found.unwrap_or(last.clamp(low, high));
        if whole { value.round() } else { value }
    }
}

/// Returns a level by its share of the means, of which those below 0 count as
/// 0.
fn level(means: &[f32], uniform: f32) -> usize {
    let shares = means.iter().map(|mean| mean.max(0.0));
    let mut left = uniform * shares.clone().sum::<f32>();
    let mut likeliest = (0, f32::NEG_INFINITY);
    for (at, (share, &mean)) in shares.zip(means).enumerate() {
        if left < share {
            return at;
        }
        left -= share;
        if mean > likeliest.1 {
            likeliest = (at, mean);
        }
    }
    likeliest.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_by_their_shares() {
        let of = |uniform| level(&[0.2, -0.4, 0.6], uniform);
        assert_eq!([of(0.0), of(0.24), of(0.26), of(0.99)], [0, 0, 2, 2]);
        assert_eq!(level(&[-3.0, -1.0], 0.5), 1);
    }

    #[test]
    fn numbers_stay_within_their_range_and_whole() {
        let mut number = NumberScale::pixel("a");
        (number.offset, number.factor) = (10.0, 2.0);
        let extent = |low, high, whole| Some(TrainingRange { low, high, whole });
        number.extent = extent(8.0, 13.0, false);
        let drawn = |number: &NumberScale, features: &[f32], uniform| {
            number.drawn(0.5, features.iter().copied(), uniform)
        };
        // 10 + 2 * 0.75, the second, since the first is too far.
        assert_eq!(drawn(&number, &[9.0, 0.75], 0.5), 11.5);
        assert_eq!(drawn(&number, &[9.0, 8.0], 0.5), 13.0);
        number.extent = extent(8.0, 13.0, true);
        assert_eq!(drawn(&number, &[0.7], 0.5), 11.0);
        // The mean, 10.75, is 3 in 4 of the way from 10 to 11.
        number.extent = extent(10.0, 11.0, true);
        number.offset = 9.75;
        let both = [drawn(&number, &[], 0.7), drawn(&number, &[], 0.8)];
        assert_eq!(both, [11.0, 10.0]);
    }
}

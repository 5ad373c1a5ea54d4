//! Maps what is drawn for a feature to what training rows have, so that new rows
//! have the distribution of each column, however skewed it is.
//!
//! A number drawn around a decoder's mean is normal; incomes are not. The map is
//! monotone: a drawn number's share among drawn ones is the share of its image
//! among the training rows'. It changes no order, so that what goes together
//! still does.

/// Quantiles of each distribution.
const POINTS: usize = 101;

/// For each feature, quantiles of drawn numbers and of those of training.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginals {
    /// `[features, 2 * POINTS]`
    pub values: Vec<f32>,
}

impl Marginals {
    /// Values of each feature.
    pub const WIDTH: usize = 2 * POINTS;

    /// Fits the maps to drawn rows and to those of training, each
    /// `[rows, features]`, with NaN for features that are not known.
    pub fn fit(drawn: &[f32], training: &[f32], features: usize) -> Self {
        let mut values = Vec::with_capacity(features * Self::WIDTH);
        for feature in 0..features {
            for rows in [drawn, training] {
                let column = rows.iter().skip(feature).step_by(features);
                let known = column.copied().filter(|value| !value.is_nan());
                values.extend(quantiles(known.collect()));
            }
        }
        Marginals { values }
    }

    /// Returns the image of a number drawn for a feature.
    pub fn map(&self, feature: usize, drawn: f32) -> f32 {
        let of = &self.values[feature * Self::WIDTH..][..Self::WIDTH];
        let (from, to) = of.split_at(POINTS);
        let above = from.partition_point(|&point| point <= drawn);
        if above == 0 || above == POINTS {
            return to[above.min(POINTS - 1)];
        }
        let (low, high) = (from[above - 1], from[above]);
        let share = (drawn - low) / (high - low);
        to[above - 1] + share * (to[above] - to[above - 1])
    }

    /// Returns whether each half is in order, and of finite numbers.
    pub fn are_sound(&self) -> bool {
        let ordered = |half: &[f32]| half.windows(2).all(|pair| pair[0] <= pair[1]);
        self.values.chunks(POINTS).all(ordered) && self.values.iter().all(|v| v.is_finite())
    }
}

/// Returns quantiles that are the closer together the nearer they are to the
/// ends, where a distribution has its few far values.
fn quantiles(mut values: Vec<f32>) -> impl Iterator<Item = f32> {
    if values.is_empty() {
        values.push(0.0);
    }
    values.sort_by(f32::total_cmp);
    let last = (values.len() - 1) as f64;
    (0..POINTS).map(move |point| {
        let turn = point as f64 / (POINTS - 1) as f64;
        let at = (turn * std::f64::consts::FRAC_PI_2).sin().powi(2) * last;
        let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
        below + (at - at.floor()) as f32 * (above - below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_gets_the_distribution_of_training() {
        // Two features: drawn 0 to 999, and of training its squares, and 7.
        let drawn: Vec<f32> = (0..1000).flat_map(|i| [i as f32, i as f32]).collect();
        let training: Vec<f32> = (0..1000).flat_map(|i| [(i * i) as f32, 7.0]).collect();
        let marginals = Marginals::fit(&drawn, &training, 2);
        assert!(marginals.are_sound());
        for (drawn, expected) in [(0.0, 0.0), (250.0, 62_500.0), (999.0, 998_001.0)] {
            let found = marginals.map(0, drawn);
            assert!((found - expected).abs() < 500.0, "{drawn}: {found}");
            assert_eq!(marginals.map(1, drawn), 7.0);
        }
        assert_eq!(marginals.map(0, -5.0), 0.0);
        assert_eq!(marginals.map(0, 5e9), 998_001.0);
        let unordered = Marginals {
            values: (0..Marginals::WIDTH).rev().map(|v| v as f32).collect(),
        };
        assert!(!unordered.are_sound());
    }
}

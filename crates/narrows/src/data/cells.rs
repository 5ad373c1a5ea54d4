//! How the cells of a row lie among its features, and which of them are known.
//!
//! A feature of a missing cell is NaN on its way from the data to the network,
//! and nowhere else.

use std::ops::Range;

/// The cells of rows of which some may be missing or hidden.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cells {
    /// The features of each cell, in order.
    pub ranges: Vec<Range<usize>>,
    /// What the encoder is shown in place of each unknown feature.
    pub shown: Vec<f32>,
    /// The features of which the encoder is told whether they are known: one
    /// input more for each, 1 if so and else 0.
    pub told: Vec<usize>,
    /// Which cells some of the training rows lack, at most a few hundred rows;
    /// empty outside of training.
    pub holes: Vec<Vec<bool>>,
}

/// Features of a batch `[rows, features]`, row-major.
pub(crate) struct Known {
    /// The features, with what is shown in place of unknown ones.
    pub values: Vec<f32>,
    /// 1 for each known feature, else 0; `None` if all are known.
    pub known: Option<Vec<f32>>,
}

impl Known {
    /// Takes all features for known.
    pub fn all(values: Vec<f32>) -> Self {
        Known {
            values,
            known: None,
        }
    }
}

impl Cells {
    /// Returns the number of features of a row.
    pub fn features(&self) -> usize {
        self.shown.len()
    }

    /// Separates features, of which unknown ones are NaN, from what is known.
    pub fn separate(&self, mut values: Vec<f32>) -> Known {
        if !values.iter().any(|value| value.is_nan()) {
            return Known::all(values);
        }
        let known = values.iter().map(|v| f32::from(u8::from(!v.is_nan())));
        let known = Some(known.collect());
        self.show(&mut values);
        Known { values, known }
    }

    /// Puts what is shown in place of unknown features.
    pub fn show(&self, values: &mut [f32]) {
        for row in values.chunks_exact_mut(self.features().max(1)) {
            for (value, &shown) in row.iter_mut().zip(&self.shown) {
                if value.is_nan() {
                    *value = shown;
                }
            }
        }
    }

    /// Returns the encoder's inputs `[rows, features + told]` for features
    /// `[rows, features]`, of which unknown ones are NaN.
    pub fn inputs(&self, values: &[f32]) -> Vec<f32> {
        let features = self.features();
        let rows = values.len() / features.max(1);
        let mut inputs = Vec::with_capacity(rows * (features + self.told.len()));
        for row in values.chunks_exact(features.max(1)) {
            let shown = row.iter().zip(&self.shown);
            inputs.extend(shown.map(|(&v, &shown)| if v.is_nan() { shown } else { v }));
            let told = self.told.iter().map(|&at| !row[at].is_nan());
            inputs.extend(told.map(|known| f32::from(u8::from(known))));
        }
        inputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_features_are_shown_as_something_and_told() {
        let cells = Cells {
            ranges: vec![0..1, 1..3],
            shown: vec![0.5, 0.0, 0.0],
            told: vec![0],
            holes: Vec::new(),
        };
        let nan = f32::NAN;
        let values = [1.0, 0.0, 1.0, nan, 1.0, 0.0, 2.0, nan, nan];
        let inputs = [1., 0., 1., 1., 0.5, 1., 0., 0., 2., 0., 0., 1.];
        assert_eq!(cells.inputs(&values), inputs);
        let found = cells.separate(values.to_vec());
        assert_eq!(found.values, [1., 0., 1., 0.5, 1., 0., 2., 0., 0.]);
        assert_eq!(found.known.unwrap(), [1., 1., 1., 0., 1., 1., 1., 0., 0.]);
        assert!(cells.separate(values[..3].to_vec()).known.is_none());
    }
}

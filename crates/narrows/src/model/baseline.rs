//! Fits PCA, the best that any linear code of the same size can do (Pearson
//! 1901; Baldi & Hornik 1989), to compare an autoencoder with.

use faer::{Mat, MatRef};

use crate::base::linear::{add_product, eigenvectors, product};
use crate::data::source::Source;
use crate::network::NamedTensor;

/// The names of its tensors in a model's file.
const MEAN: &str = "pca.mean";
const COMPONENTS: &str = "pca.components.weight";
/// The largest mean of a feature.
const LARGEST: f32 = 1e15;
/// Wider data would take minutes and gigabytes.
pub(crate) const WIDEST: usize = 4096;
/// Limit on a fit's multiplications; beyond it, the fit uses fewer rows.
const MOST_WORK: usize = 100_000_000_000;
/// Rows processed at a time.
const CHUNK: usize = 1000;

/// The mean and the leading principal axes of some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// The mean, `[features]`.
    pub mean: Vec<f32>,
    /// Unit axes in order of falling variance, `[components, features]`,
    /// row-major.
    pub components: Vec<f32>,
}

impl Pca {
    /// Fits `size` axes on some rows of prepared data, or on an evenly spaced
    /// part of them if there are very many. `None` for data of more than 4,096
    /// features. It uses one thread, so that the axes are the same with any
    /// number of threads.
    pub(crate) fn fit(data: &dyn Source, rows: &[usize], size: usize) -> Option<Self> {
        let features = data.width();
        if features > WIDEST || rows.is_empty() {
            return None;
        }
        let most = (MOST_WORK / (features * features)).max(CHUNK);
        let step = rows.len().div_ceil(most);
        let rows: Vec<usize> = rows.iter().copied().step_by(step).collect();
        let (mean, counts) = mean(data, &rows);
        let whole = counts.iter().all(|&count| count == rows.len() as f64);
        let covariance = covariance(data, &rows, &mean, whole);
        let axes = eigenvectors(covariance.as_ref())?;
        let size = size.min(features);
        let mut components = Vec::with_capacity(size * features);
        for axis in (features - size..features).rev() {
            components.extend((0..features).map(|f| axes[(f, axis)] as f32));
        }
        Some(Pca {
            mean: mean.iter().map(|&m| m as f32).collect(),
            components,
        })
    }

    /// Returns the number of axes.
    pub fn size(&self) -> usize {
        self.components.len() / self.mean.len()
    }

    /// Returns the coordinates along the axes, relative to the mean.
    ///
    /// `input` is `[rows, features]`, the result `[rows, components]`, both
    /// row-major.
    pub fn encode(&self, input: &[f32]) -> Vec<f32> {
        let (features, size) = (self.mean.len(), self.size());
        let rows = input.len() / features;
        let centred = self.centred(input);
        let centred = MatRef::from_row_major_slice(&centred, rows, features);
        let along = product(centred, self.axes().transpose());
        let mut out = Vec::with_capacity(rows * size);
        (0..rows).for_each(|row| out.extend((0..size).map(|axis| along[(row, axis)])));
        out
    }

    /// Projects on the plane through the mean along the axes.
    ///
    /// `input` and the result are `[rows, features]`, row-major.
    pub fn reconstruct(&self, input: &[f32]) -> Vec<f32> {
        let features = self.mean.len();
        let rows = input.len() / features;
        let centred = self.centred(input);
        let centred = MatRef::from_row_major_slice(&centred, rows, features);
        let along = product(centred, self.axes().transpose());
        let flat = product(along.as_ref(), self.axes());
        let mut out = Vec::with_capacity(input.len());
        for row in 0..rows {
            let means = self.mean.iter().enumerate();
            out.extend(means.map(|(f, m)| flat[(row, f)] + m));
        }
        out
    }

    /// Returns the input with the mean in place of NaN.
    pub(crate) fn filled(&self, input: &[f32]) -> Vec<f32> {
        let means = self.mean.iter().cycle();
        let known = |(&x, &mean): (&f32, &f32)| if x.is_nan() { mean } else { x };
        input.iter().zip(means).map(known).collect()
    }

    fn centred(&self, input: &[f32]) -> Vec<f32> {
        let rows = input.chunks_exact(self.mean.len());
        rows.flat_map(|row| row.iter().zip(&self.mean).map(|(x, m)| x - m))
            .collect()
    }

    fn axes(&self) -> MatRef<'_, f32> {
        MatRef::from_row_major_slice(&self.components, self.size(), self.mean.len())
    }

    pub(crate) fn store(&self) -> [NamedTensor; 2] {
        let features = self.mean.len();
        [
            NamedTensor {
                name: MEAN.into(),
                shape: [1, features],
                values: self.mean.clone(),
            },
            NamedTensor {
                name: COMPONENTS.into(),
                shape: [self.components.len() / features, features],
                values: self.components.clone(),
            },
        ]
    }

    /// Reads what [`Self::store`] gives; `None` if there is no PCA. The error
    /// says what is wrong with it.
    pub(crate) fn from_stored(
        stored: &[NamedTensor],
        features: usize,
        most: usize,
    ) -> Result<Option<Self>, String> {
        let find = |name: &str| stored.iter().find(|s| s.name == name);
        let (Some(mean), Some(components)) = (find(MEAN), find(COMPONENTS)) else {
            return Ok(None);
        };
        let fits = mean.shape == [1, features] && components.shape[1] == features;
        if !fits || components.shape[0] > most.min(features) {
            let shapes = (mean.shape, components.shape);
            return Err(format!("PCA of shapes {shapes:?}"));
        }
        let length = |axis: &[f32]| axis.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let axes = components.values.chunks_exact(features);
        let unit = axes
            .map(length)
            .all(|length| (0.98..=1.02).contains(&length));
        if !unit || mean.values.iter().any(|m| m.is_nan() || m.abs() > LARGEST) {
            return Err("PCA without unit axes and a mean".into());
        }
        Ok(Some(Pca {
            mean: mean.values.clone(),
            components: components.values.clone(),
        }))
    }
}

/// Returns the mean of each feature over the rows in which it is known, and the
/// number of these.
fn mean(data: &dyn Source, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let mut sums = vec![0f64; data.width()];
    let mut counts = vec![0f64; data.width()];
    for chunk in rows.chunks(CHUNK) {
        for row in data.gather_known(chunk).chunks_exact(sums.len()) {
            for (at, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                sums[at] += f64::from(x);
                counts[at] += 1.0;
            }
        }
    }
    let mean = |(sum, count): (&f64, &f64)| sum / count.max(1.0);
    (sums.iter().zip(&counts).map(mean).collect(), counts)
}

/// Returns the covariances times the number of rows. Unless the rows are
/// `whole`, each is taken over the rows that both features are known in.
fn covariance(data: &dyn Source, rows: &[usize], mean: &[f64], whole: bool) -> Mat<f64> {
    let features = mean.len();
    let mut covariance = Mat::<f64>::zeros(features, features);
    let mut both = Mat::<f64>::zeros(features, features);
    for chunk in rows.chunks(CHUNK) {
        let values = data.gather_known(chunk);
        let of_rows = |of: &dyn Fn(f32, f64) -> f64| -> Vec<f64> {
            let each = values.iter().zip(mean.iter().cycle());
            each.map(|(&x, &m)| of(x, m)).collect()
        };
        let centred = of_rows(&|x, m| if x.is_nan() { 0.0 } else { f64::from(x) - m });
        let centred = MatRef::from_row_major_slice(&centred, chunk.len(), features);
        add_product(&mut covariance, centred.transpose(), centred);
        if !whole {
            let known = of_rows(&|x, _| f64::from(u8::from(!x.is_nan())));
            let known = MatRef::from_row_major_slice(&known, chunk.len(), features);
            add_product(&mut both, known.transpose(), known);
        }
    }
    if !whole {
        let rows = rows.len() as f64;
        for at in 0..features {
            for other in 0..features {
                covariance[(at, other)] *= rows / both[(at, other)].max(1.0);
            }
        }
    }
    covariance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Scale};
    use crate::data::scale::Scaler;
    use crate::data::table::Table;

    #[test]
    fn one_axis_keeps_a_line_and_loses_what_is_off_it() {
        // Points on the line (1, 2) t + (3, 0), with two of them moved off it.
        let values = vec![1., -4., 2., -2., 3., 0., 4., 2., 5., 4.];
        let table = Table::from_floats(values.clone(), 2).unwrap();
        let mut config = Config::default();
        config.data.scale = Scale::None;
        let rows = [0, 1, 2, 3, 4];
        let scaler = Scaler::fit(
            &table,
            &rows,
            &config.data,
            config.network.output,
            &mut Vec::new(),
        )
        .unwrap();
        let data = scaler.fit_to(&table).unwrap();
        let pca = Pca::fit(&data, &rows, 1).unwrap();
        for (found, expected) in pca.reconstruct(&values).iter().zip(&values) {
            assert!((found - expected).abs() < 1e-5);
        }
        // (5, -1) is off the line at (3, 0) by (2, -1), at a right angle.
        let off = pca.reconstruct(&[5., -1.]);
        assert!(
            (off[0] - 3.0).abs() < 1e-5 && off[1].abs() < 1e-5,
            "{off:?}"
        );
    }

    #[test]
    fn as_many_axes_as_features_lose_nothing() {
        let values: Vec<f32> = (0..30).map(|i| ((i * 7919) % 31) as f32).collect();
        let table = Table::from_floats(values, 3).unwrap();
        let config = Config::default();
        let rows: Vec<usize> = (0..10).collect();
        let scaler = Scaler::fit(
            &table,
            &rows,
            &config.data,
            config.network.output,
            &mut Vec::new(),
        )
        .unwrap();
        let data = scaler.fit_to(&table).unwrap();
        let input = data.gather(&rows);
        let pca = Pca::fit(&data, &rows, 9).unwrap();
        for (found, expected) in pca.reconstruct(&input).iter().zip(&input) {
            assert!((found - expected).abs() < 1e-5);
        }
        let back = Pca::from_stored(&pca.store(), 3, 9).unwrap().unwrap();
        assert_eq!(back, pca);
        assert_eq!(Pca::from_stored(&[], 3, 9), Ok(None));
    }

    #[test]
    fn axes_that_are_none_are_refused() {
        let pca = Pca {
            mean: vec![1.0, 2.0],
            components: vec![0.6, 0.8],
        };
        let refused = |change: fn(&mut Pca), most| {
            let mut changed = pca.clone();
            change(&mut changed);
            Pca::from_stored(&changed.store(), 2, most).is_err()
        };
        assert!(!refused(|_| {}, 1));
        assert!(refused(|_| {}, 0));
        assert!(refused(|p| p.components[0] = 1e30, 1));
        assert!(refused(|p| p.components = vec![0.0, 0.0], 1));
        assert!(refused(|p| p.mean[1] = 1e30, 1));
        assert!(Pca::from_stored(&pca.store(), 3, 1).is_err());
    }
}

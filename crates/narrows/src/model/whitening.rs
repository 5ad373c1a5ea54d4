//! Measures vectors by how unusual they are among those of the training rows: the
//! squared Mahalanobis distance, by a mean and a covariance that a few unusual
//! training rows hardly move.

use faer::{Mat, MatRef};

use crate::base::linear::{add_product, eigenvectors, product};
use crate::base::moments::Moments;
use crate::network::NamedTensor;
use crate::settings::WIDEST;

/// The names of its tensors in a model's file: `[2, width]`, the mean and the
/// variance of each entry, and `[width, width]`.
const MOMENTS: &str = "score.moments";
const AXES: &str = "score.axes.weight";
/// The share of the vectors, the least unusual ones, that it is fitted to.
pub(super) const FITTED: f64 = 0.9;
/// What is added to the covariance's diagonal, as a share of it: vectors that are
/// few say little of how entries go together.
const RIDGE: f64 = 0.01;
/// The least deviation of an entry, as a share of the largest one.
const LEAST: f32 = 1e-3;

/// The mean of vectors, and the axes along which each has about the variance 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Whitening {
    /// `[width]`
    mean: Vec<f32>,
    /// The variance of each entry.
    variances: Vec<f32>,
    /// `[width, axes]`, row-major.
    axes: Vec<f32>,
}

/// A mean and a covariance.
struct Fit {
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

impl Fit {
    /// Fits vectors `[rows, width]`.
    fn of(vectors: &Mat<f64>) -> Self {
        let (rows, width) = (vectors.nrows(), vectors.ncols());
        let mean: Vec<f64> = (0..width)
            .map(|at| vectors.col(at).iter().sum::<f64>() / rows as f64)
            .collect();
        let centred = Mat::from_fn(rows, width, |row, at| vectors[(row, at)] - mean[at]);
        let mut covariance: Mat<f64> = Mat::zeros(width, width);
        add_product(&mut covariance, centred.transpose(), centred.as_ref());
        covariance /= rows as f64;
        Fit { mean, covariance }
    }

    /// Returns `A` with `A Aᵀ` the inverse of the covariance plus `ridge` of each
    /// variance; `None` if there is no such matrix.
    fn axes(mut self, ridge: impl Fn(f64) -> f64) -> Option<(Vec<f64>, Mat<f64>)> {
        let width = self.mean.len();
        for at in 0..width {
            let variance = self.covariance[(at, at)];
            self.covariance[(at, at)] += ridge(variance);
        }
        let mut vectors = eigenvectors(self.covariance.as_ref())?;
        let along = product(self.covariance.as_ref(), vectors.as_ref());
        for axis in 0..width {
            let eigenvalue: f64 = (0..width)
                .map(|at| vectors[(at, axis)] * along[(at, axis)])
                .sum();
            if eigenvalue.is_nan() || eigenvalue <= 0.0 {
                return None;
            }
            (0..width).for_each(|at| vectors[(at, axis)] /= eigenvalue.sqrt());
        }
        Some((self.mean, vectors))
    }
}

/// Returns the squared norm of each vector, less the mean, along the axes.
fn squared(vectors: &Mat<f64>, mean: &[f64], axes: &Mat<f64>) -> Vec<f64> {
    let (rows, width) = (vectors.nrows(), vectors.ncols());
    let centred = Mat::from_fn(rows, width, |row, at| vectors[(row, at)] - mean[at]);
    let along = product(centred.as_ref(), axes.as_ref());
    let square = |row: usize| along.row(row).iter().map(|x| x * x).sum();
    (0..rows).map(square).collect()
}

/// Returns the places of the smallest values, a share of all of them, in the order
/// of places.
pub(super) fn smallest(values: &[f64], share: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order.truncate((values.len() as f64 * share).ceil() as usize);
    order.sort_unstable();
    order
}

impl Whitening {
    /// Fits vectors `[rows, width]`, row-major: once all, then the nine tenths that
    /// are the least unusual. `None` if they are too few, too wide, or all the same.
    pub fn fit(vectors: &[f32], width: usize) -> Option<Self> {
        let rows = vectors.len().checked_div(width)?;
        if width > WIDEST || rows < 2 {
            return None;
        }
        let moments = Moments::of(vectors, width);
        let deviations = moments.deviations();
        let largest = deviations.iter().copied().fold(0.0, f32::max);
        if largest <= 0.0 || !largest.is_finite() {
            return None;
        }
        let deviation = |at: usize| f64::from(deviations[at].max(LEAST * largest));
        let means = moments.means_f64();
        let scaled = Mat::from_fn(rows, width, |row, at| {
            (f64::from(vectors[row * width + at]) - means[at]) / deviation(at)
        });
        let (mean, axes) = Fit::of(&scaled).axes(|_| RIDGE)?;
        let usual = smallest(&squared(&scaled, &mean, &axes), FITTED);
        let fit = Fit::of(&Mat::from_fn(usual.len(), width, |row, at| {
            scaled[(usual[row], at)]
        }));
        let variance = |at: usize| (fit.covariance[(at, at)] * deviation(at).powi(2)) as f32;
        let variances = (0..width).map(|at| variance(at).max((LEAST * largest).powi(2)));
        let variances = variances.collect();
        let (mean, axes) = fit.axes(|variance| RIDGE * variance.max(RIDGE * RIDGE))?;
        let places = (0..width).flat_map(|at| (0..width).map(move |axis| (at, axis)));
        Some(Whitening {
            mean: (0..width)
                .map(|at| (means[at] + deviation(at) * mean[at]) as f32)
                .collect(),
            variances,
            axes: places
                .map(|place| (axes[place] / deviation(place.0)) as f32)
                .collect(),
        })
    }

    /// Returns the entries of a vector.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// Returns the mean of the vectors.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Returns the variance of an entry.
    pub fn variance(&self, at: usize) -> f64 {
        self.variances[at].into()
    }

    /// Returns vectors `[rows, width]`, less the mean, along the axes.
    pub fn along(&self, vectors: &[f32]) -> Mat<f32> {
        let width = self.width();
        let rows = vectors.len() / width;
        let centred: Vec<f32> = vectors
            .chunks_exact(width)
            .flat_map(|vector| vector.iter().zip(&self.mean).map(|(x, mean)| x - mean))
            .collect();
        let axes = MatRef::from_row_major_slice(&self.axes, width, width);
        product(MatRef::from_row_major_slice(&centred, rows, width), axes)
    }

    /// Returns the squared distance of each of vectors `[rows, width]`.
    pub fn squared(&self, vectors: &[f32]) -> Vec<f64> {
        let along = self.along(vectors);
        let square = |row: usize| along.row(row).iter().map(|&x| f64::from(x).powi(2)).sum();
        (0..along.nrows()).map(square).collect()
    }

    pub fn store(&self) -> [NamedTensor; 2] {
        let width = self.width();
        [
            NamedTensor {
                name: MOMENTS.into(),
                shape: [2, width],
                values: [&self.mean[..], &self.variances].concat(),
            },
            NamedTensor {
                name: AXES.into(),
                shape: [width, width],
                values: self.axes.clone(),
            },
        ]
    }

    /// Reads what [`Self::store`] gives; `None` if there is nothing. The error says
    /// what is wrong with it.
    pub fn from_stored(stored: &[NamedTensor], width: usize) -> Result<Option<Self>, String> {
        let find = |name: &str| stored.iter().find(|tensor| tensor.name == name);
        let (Some(moments), Some(axes)) = (find(MOMENTS), find(AXES)) else {
            return Ok(None);
        };
        if moments.shape != [2, width] || axes.shape != [width, width] {
            return Err(format!(
                "'{MOMENTS}' of shape {:?} and '{AXES}' of shape {:?}",
                moments.shape, axes.shape
            ));
        }
        let (mean, variances) = moments.values.split_at(width);
        if variances
            .iter()
            .any(|variance| variance.is_nan() || *variance <= 0.0)
        {
            return Err(format!("a variance of '{MOMENTS}' that is not above 0"));
        }
        Ok(Some(Whitening {
            mean: mean.to_vec(),
            variances: variances.to_vec(),
            axes: axes.values.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    /// Returns normal vectors of the covariance (1, 2; 2, 4.25) about (1, 0).
    fn vectors(rows: usize) -> Vec<f32> {
        let mut draws = Draws::new(1, Stream::Split, 0, 0);
        let pairs = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            [1.0 + a as f32, 2.0 * a as f32 + 0.5 * b as f32]
        });
        pairs.collect()
    }

    #[test]
    fn the_distance_is_that_of_mahalanobis() {
        let whitening = Whitening::fit(&vectors(20_000), 2).unwrap();
        // Nine tenths of normal vectors, the inner ones, vary by .744 of what all do:
        // P(chi² of 4 < q) / .9 with P(chi² of 2 < q) = .9.
        let inner = 0.744;
        let ridge = 1.0 + RIDGE;
        let determinant = 1.0 * 4.25 * ridge * ridge - 4.0;
        let by_hand = |[x, y]: [f64; 2]| {
            let products = 4.25 * ridge * x * x - 4.0 * x * y + ridge * y * y;
            products / determinant / inner
        };
        // (2, 2) goes with the others; (2, 0) is as near to the mean, but does not.
        let found = whitening.squared(&[2.0, 2.0, 2.0, 0.0]);
        for (found, from_mean) in found.into_iter().zip([[1.0, 2.0], [1.0, 0.0]]) {
            let expected = by_hand(from_mean);
            assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
        }
        for (at, expected) in [inner, 4.25 * inner].into_iter().enumerate() {
            let variance = whitening.variance(at);
            assert!((variance / expected - 1.0).abs() < 0.05, "{variance}");
        }
    }

    #[test]
    fn a_few_unusual_vectors_hardly_count() {
        let clean = vectors(1_000);
        let mut soiled = clean.clone();
        (0..50).for_each(|row| soiled[2 * row] += 30.0);
        let [clean, soiled] = [clean, soiled].map(|rows| Whitening::fit(&rows, 2).unwrap());
        let found = [clean, soiled].map(|whitening| whitening.squared(&[4.0, 0.0])[0]);
        assert!((found[0] / found[1] - 1.0).abs() < 0.3, "{found:?}");
    }

    #[test]
    fn an_entry_that_never_changes_is_no_axis_of_its_own() {
        let rows: Vec<f32> = vectors(100)
            .chunks(2)
            .flat_map(|v| [v[0], v[1], 7.0])
            .collect();
        let whitening = Whitening::fit(&rows, 3).unwrap();
        let usual = whitening.squared(&[1.0, 0.0, 7.0])[0];
        let other = whitening.squared(&[1.0, 0.0, 7.5])[0];
        assert!(
            usual < 10.0 && other > 1_000.0 && other.is_finite(),
            "{usual} {other}"
        );
        assert_eq!(Whitening::fit(&[1.0, 2.0, 1.0, 2.0], 2), None);
        assert_eq!(Whitening::fit(&[1.0, 2.0], 2), None);
    }

    #[test]
    fn it_is_stored_and_read() {
        let whitening = Whitening::fit(&vectors(100), 2).unwrap();
        let stored = whitening.store();
        assert_eq!(Whitening::from_stored(&stored, 2), Ok(Some(whitening)));
        assert_eq!(Whitening::from_stored(&[], 2), Ok(None));
        assert!(Whitening::from_stored(&stored, 3).is_err());
    }
}

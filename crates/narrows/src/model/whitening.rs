//! Measures vectors by how unusual they are among those of the training rows: the
//! squared Mahalanobis distance.

use faer::{Mat, MatRef};

use crate::base::linear::{add_product, eigenvectors, product};
use crate::network::NamedTensor;
use crate::settings::WIDEST;

/// The names of its tensors in a model's file.
const MEAN: &str = "score.mean";
const AXES: &str = "score.axes.weight";
/// The least variance along an axis, as a share of the largest one.
const LEAST: f64 = 1e-5;

/// The mean of vectors, and the axes along which each has the variance 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Whitening {
    /// `[width]`
    mean: Vec<f32>,
    /// `[width, axes]`, row-major: an eigenvector of the covariance in each column,
    /// over the root of its eigenvalue.
    axes: Vec<f32>,
    /// The variance of each entry.
    variances: Vec<f64>,
}

impl Whitening {
    /// Fits vectors `[rows, width]`, row-major. `None` if they are too few, or too
    /// wide.
    pub fn fit(vectors: &[f32], width: usize) -> Option<Self> {
        let rows = vectors.len().checked_div(width)?;
        if width > WIDEST || rows < 2 {
            return None;
        }
        let mut mean = vec![0.0; width];
        for vector in vectors.chunks_exact(width) {
            mean.iter_mut()
                .zip(vector)
                .for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= rows as f64);
        let centred = Mat::from_fn(rows, width, |row, at| {
            f64::from(vectors[row * width + at]) - mean[at]
        });
        let mut covariance: Mat<f64> = Mat::zeros(width, width);
        add_product(&mut covariance, centred.transpose(), centred.as_ref());
        covariance /= rows as f64;
        let vectors = eigenvectors(covariance.as_ref())?;
        let along = product(covariance.as_ref(), vectors.as_ref());
        let eigenvalue = |axis: usize| -> f64 {
            (0..width)
                .map(|at| vectors[(at, axis)] * along[(at, axis)])
                .sum()
        };
        let eigenvalues: Vec<f64> = (0..width).map(eigenvalue).collect();
        let least = LEAST * eigenvalues.iter().copied().fold(0.0, f64::max);
        // Vectors that are all the same have no axes.
        if least.is_nan() || least <= 0.0 {
            return None;
        }
        let scaled = |(at, axis): (usize, usize)| {
            (vectors[(at, axis)] / eigenvalues[axis].max(least).sqrt()) as f32
        };
        let places = (0..width).flat_map(|at| (0..width).map(move |axis| (at, axis)));
        Some(Self::new(
            mean.into_iter().map(|mean| mean as f32).collect(),
            places.map(scaled).collect(),
        ))
    }

    fn new(mean: Vec<f32>, axes: Vec<f32>) -> Self {
        let width = mean.len();
        // Each column is an eigenvector over the root of its eigenvalue, whose
        // inverse is the column's squared norm.
        let mut inverses = vec![0.0; width];
        for row in axes.chunks_exact(width) {
            let squares = row.iter().map(|&x| f64::from(x).powi(2));
            inverses
                .iter_mut()
                .zip(squares)
                .for_each(|(sum, x)| *sum += x);
        }
        let variance = |row: &[f32]| {
            let terms = row.iter().zip(&inverses);
            terms
                .map(|(&x, inverse)| (f64::from(x) / inverse).powi(2))
                .sum()
        };
        let variances = axes.chunks_exact(width).map(variance).collect();
        Whitening {
            mean,
            axes,
            variances,
        }
    }

    /// Returns the entries of a vector.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// Returns the variance of an entry.
    pub fn variance(&self, at: usize) -> f64 {
        self.variances[at]
    }

    /// Returns the squared distance of each of vectors `[rows, width]`.
    pub fn squared(&self, vectors: &[f32]) -> Vec<f64> {
        let width = self.width();
        let rows = vectors.len() / width;
        let centred: Vec<f32> = vectors
            .chunks_exact(width)
            .flat_map(|vector| vector.iter().zip(&self.mean).map(|(x, mean)| x - mean))
            .collect();
        let axes = MatRef::from_row_major_slice(&self.axes, width, width);
        let along = product(MatRef::from_row_major_slice(&centred, rows, width), axes);
        let square = |row: usize| {
            let along = (0..width).map(|axis| f64::from(along[(row, axis)]));
            along.map(|x| x * x).sum()
        };
        (0..rows).map(square).collect()
    }

    pub fn store(&self) -> [NamedTensor; 2] {
        let width = self.width();
        [
            NamedTensor {
                name: MEAN.into(),
                shape: [1, width],
                values: self.mean.clone(),
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
        let (Some(mean), Some(axes)) = (find(MEAN), find(AXES)) else {
            return Ok(None);
        };
        if mean.shape != [1, width] || axes.shape != [width, width] {
            return Err(format!(
                "'{MEAN}' of shape {:?} and '{AXES}' of shape {:?}",
                mean.shape, axes.shape
            ));
        }
        Ok(Some(Self::new(mean.values.clone(), axes.values.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    /// Returns vectors of two entries, the second nearly twice the first.
    fn vectors(rows: usize) -> Vec<f32> {
        let mut draws = Draws::new(1, Stream::Split, 0, 0);
        let pairs = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            [1.0 + a as f32, 2.0 * a as f32 + 0.1 * b as f32]
        });
        pairs.collect()
    }

    #[test]
    fn the_distance_is_that_of_mahalanobis() {
        let rows = vectors(4_000);
        let whitening = Whitening::fit(&rows, 2).unwrap();
        // On average the squared distance is the number of entries.
        let squares = whitening.squared(&rows);
        let mean = squares.iter().sum::<f64>() / 4_000.0;
        assert!((mean - 2.0).abs() < 1e-3, "{mean}");
        // (2, 2) goes with the others; (2, 0) is as near to the mean, but does not.
        let found = whitening.squared(&[2.0, 2.0, 2.0, 0.0]);
        assert!((found[0] - 1.0).abs() < 0.1, "{found:?}");
        assert!((found[1] - 401.0).abs() < 20.0, "{found:?}");
        for (at, expected) in [1.0, 4.01].into_iter().enumerate() {
            let variance = whitening.variance(at);
            assert!((variance / expected - 1.0).abs() < 0.06, "{variance}");
        }
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

//! Measures how far a row lies from the training rows that are most like it, over how
//! far those lie from one another: rows are usual where others are, however dense
//! they lie there.

use faer::{Mat, MatRef};

use crate::base::linear::product;
use crate::base::moments::Moments;
use crate::network::NamedTensor;

/// Training rows that are kept.
pub(super) const KEPT: usize = 256;
/// Those of them that a row is compared with.
const NEAREST: usize = 16;
/// The least deviation of a feature that counts, over its deviation among all rows:
/// most rows may have the same value.
const LEAST: f32 = 0.1;
/// Quartiles of a normal feature are so many deviations apart.
const QUARTILES: f32 = 1.349;
/// The share of the median distance that is added to that of each kept row, for rows
/// that occur more than once.
const FLOOR: f32 = 0.1;

/// The share of two places' squared norms below which their squared distance is
/// computed entry by entry.
const NEARLY_SAME: f32 = 1e-3;

/// The names of its tensors in a model's file: `[2, features]`, the centre and the
/// scale of each feature, and `[kept, 1 + width]`, each row's distance and place.
const CENTRE: &str = "score.centre";
const KEPT_ROWS: &str = "score.kept";

/// Kept training rows, as places: the whitened residual of a row, and then its
/// features, by their median and quartiles.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Locality {
    centre: Vec<f32>,
    scale: Vec<f32>,
    /// `[kept, width]`, row-major.
    kept: Vec<f32>,
    /// The squared norm of each kept place.
    squares: Vec<f32>,
    /// How far each kept row is from those nearest to it.
    own: Vec<f32>,
}

/// How far a row lies from others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Distance {
    /// The mean distance from the nearest kept rows.
    pub from_kept: f32,
    /// That of these from those nearest to them.
    pub of_kept: f32,
}

impl Locality {
    /// Fits features `[rows, features]` of training rows, NaN where a value is
    /// missing, and keeps the rows numbered `kept`, whose whitened residuals are
    /// `along`, `[kept, axes]`. `None` if they are too few, or all the same.
    pub fn fit(features: &[f32], width: usize, kept: &[usize], along: &Mat<f32>) -> Option<Self> {
        if kept.len() <= NEAREST {
            return None;
        }
        let (centre, scale) = (0..width).map(|at| robust(features, width, at)).unzip();
        let mut locality = Locality {
            centre,
            scale,
            kept: Vec::new(),
            squares: Vec::new(),
            own: vec![0.0; kept.len()],
        };
        let of_kept: Vec<f32> = kept
            .iter()
            .flat_map(|row| &features[row * width..(row + 1) * width])
            .copied()
            .collect();
        locality.kept = locality.places(&of_kept, along);
        locality.squares = squares(&locality.kept, kept.len());
        let mut own = vec![0.0; kept.len()];
        locality.each_squared(&locality.kept, |row, squared| {
            let mut others = squared.to_vec();
            others.remove(row);
            own[row] = mean(nearest(&others).iter().map(|(squared, _)| squared.sqrt()));
        });
        // Rows that have many like them say nothing of how far others are.
        let mut sorted: Vec<f32> = own.iter().copied().filter(|&own| own > 0.0).collect();
        sorted.sort_by(f32::total_cmp);
        let floor = FLOOR * sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        own.iter_mut().for_each(|distance| *distance += floor);
        locality.own = own;
        (floor > 0.0 && floor.is_finite()).then_some(locality)
    }

    /// Returns how far each row lies from others, of features `[rows, features]` and
    /// whitened residuals `[rows, axes]`.
    pub fn measure(&self, features: &[f32], along: &Mat<f32>) -> Vec<Distance> {
        let mut found = Vec::with_capacity(along.nrows());
        self.each_squared(&self.places(features, along), |_, squared| {
            let nearest = nearest(squared);
            found.push(Distance {
                from_kept: mean(nearest.iter().map(|(squared, _)| squared.sqrt())),
                of_kept: mean(nearest.iter().map(|(_, at)| self.own[*at])),
            });
        });
        found
    }

    /// Returns the places of rows, `[rows, axes + features]`: a missing value lies at
    /// the centre.
    fn places(&self, features: &[f32], along: &Mat<f32>) -> Vec<f32> {
        let width = self.centre.len();
        let mut places = Vec::with_capacity(along.nrows() * (along.ncols() + width));
        for (row, features) in features.chunks_exact(width).enumerate() {
            places.extend(along.row(row).iter());
            let scaled = |((x, centre), scale): ((&f32, &f32), &f32)| match x.is_nan() {
                true => 0.0,
                false => (x - centre) / scale,
            };
            places.extend(
                features
                    .iter()
                    .zip(&self.centre)
                    .zip(&self.scale)
                    .map(scaled),
            );
        }
        places
    }

    /// Calls `each` with the squared distances of every place from all that are kept.
    fn each_squared(&self, places: &[f32], mut each: impl FnMut(usize, &[f32])) {
        let kept = self.own.len();
        let width = self.kept.len() / kept;
        let rows = places.len() / width;
        let products = product(
            MatRef::from_row_major_slice(&self.kept, kept, width),
            MatRef::from_row_major_slice(places, rows, width).transpose(),
        );
        let mut squared = vec![0.0; kept];
        for (row, place) in places.chunks_exact(width).enumerate() {
            let own = square(place);
            let column = products.col(row).iter();
            for ((to, other), ab) in squared.iter_mut().zip(&self.squares).zip(column) {
                let sum = own + other;
                let distance = sum - 2.0 * ab;
                // Of what is nearly the same, only rounding is left of this. What is
                // beyond all numbers is far from everything.
                *to = match distance {
                    d if d >= NEARLY_SAME * sum => d.min(f32::MAX),
                    d if d.is_nan() => f32::MAX,
                    _ => -1.0,
                };
            }
            for (at, to) in squared.iter_mut().enumerate().filter(|(_, to)| **to < 0.0) {
                let other = &self.kept[at * width..(at + 1) * width];
                let apart = place.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
                *to = apart.sum();
            }
            each(row, &squared);
        }
    }

    pub fn store(&self) -> [NamedTensor; 2] {
        let (features, kept) = (self.centre.len(), self.own.len());
        let width = self.kept.len() / kept;
        let rows = self.own.iter().zip(self.kept.chunks_exact(width));
        [
            NamedTensor {
                name: CENTRE.into(),
                shape: [2, features],
                values: [&self.centre[..], &self.scale].concat(),
            },
            NamedTensor {
                name: KEPT_ROWS.into(),
                shape: [kept, 1 + width],
                values: rows
                    .flat_map(|(own, place)| [std::slice::from_ref(own), place].concat())
                    .collect(),
            },
        ]
    }

    /// Reads what [`Self::store`] gives; `None` if there is nothing. The error says
    /// what is wrong with it.
    pub fn from_stored(
        stored: &[NamedTensor],
        features: usize,
        axes: usize,
    ) -> Result<Option<Self>, String> {
        let find = |name: &str| stored.iter().find(|tensor| tensor.name == name);
        let (Some(centre), Some(kept)) = (find(CENTRE), find(KEPT_ROWS)) else {
            return Ok(None);
        };
        let [rows, width] = kept.shape;
        let fits = (NEAREST + 1..=KEPT).contains(&rows) && width == 1 + axes + features;
        if centre.shape != [2, features] || !fits {
            return Err(format!(
                "'{CENTRE}' of shape {:?} and '{KEPT_ROWS}' of shape {:?}",
                centre.shape, kept.shape
            ));
        }
        let (centre, scale) = centre.values.split_at(features);
        let own = kept.values.iter().step_by(width);
        if let Some(wrong) = own.clone().chain(scale).find(|x| x.is_nan() || **x <= 0.0) {
            return Err(format!(
                "a distance of {wrong} in '{CENTRE}' or '{KEPT_ROWS}'"
            ));
        }
        let places = kept.values.chunks_exact(width);
        let kept: Vec<f32> = places.flat_map(|row| &row[1..]).copied().collect();
        Ok(Some(Locality {
            centre: centre.to_vec(),
            scale: scale.to_vec(),
            own: own.copied().collect(),
            squares: squares(&kept, rows),
            kept,
        }))
    }
}

/// Returns the squared norms of so many places.
fn squares(places: &[f32], rows: usize) -> Vec<f32> {
    places
        .chunks_exact(places.len() / rows)
        .map(square)
        .collect()
}

/// Returns the squared norm of a place.
fn square(place: &[f32]) -> f32 {
    place.iter().map(|x| x * x).sum()
}

/// Returns the places of the smallest distances, and these, the smallest first.
fn nearest(squared: &[f32]) -> [(f32, usize); NEAREST] {
    let mut found = [(f32::INFINITY, 0); NEAREST];
    for (at, &distance) in squared.iter().enumerate() {
        if distance < found[NEAREST - 1].0 {
            let mut to = NEAREST - 1;
            while to > 0 && distance < found[to - 1].0 {
                found[to] = found[to - 1];
                to -= 1;
            }
            found[to] = (distance, at);
        }
    }
    found
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    (values.map(f64::from).sum::<f64>() / NEAREST as f64) as f32
}

/// Returns the median of a feature of rows `[rows, width]`, and its deviation by its
/// quartiles, or a tenth of that among all rows if this is more; 0 and 1 of a feature
/// that never changes.
fn robust(features: &[f32], width: usize, at: usize) -> (f32, f32) {
    let known = features.iter().skip(at).step_by(width).copied();
    let mut known: Vec<f32> = known.filter(|x| !x.is_nan()).collect();
    let deviation = Moments::of(&known, 1).deviations()[0];
    if known.is_empty() || deviation <= 0.0 {
        return (known.first().copied().unwrap_or_default(), 1.0);
    }
    known.sort_by(f32::total_cmp);
    let part = |share: f64| known[(share * (known.len() - 1) as f64).round() as usize];
    let scale = (part(0.75) - part(0.25)) / QUARTILES;
    (part(0.5), scale.max(LEAST * deviation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    /// Returns a locality of one feature: a dense group about 0, and a sparse one
    /// about 100. Nothing comes back otherwise than it was.
    fn groups() -> Locality {
        let mut draws = Draws::new(1, Stream::Kept, 0, 0);
        let features: Vec<f32> = (0..200)
            .map(|row| {
                let [x, _] = draws.normal_pair();
                if row < 100 {
                    x as f32
                } else {
                    100.0 + 10.0 * x as f32
                }
            })
            .collect();
        let kept: Vec<usize> = (0..200).collect();
        Locality::fit(&features, 1, &kept, &Mat::zeros(200, 1)).unwrap()
    }

    fn score(locality: &Locality, x: f32) -> f32 {
        let found = locality.measure(&[x], &Mat::zeros(1, 1))[0];
        found.from_kept / found.of_kept
    }

    #[test]
    fn a_distance_counts_by_how_dense_others_lie_there() {
        let groups = groups();
        let near = [0.0, 0.5, 100.0, 105.0].map(|x| score(&groups, x));
        assert!(near.iter().all(|s| (0.3..1.5).contains(s)), "{near:?}");
        // 20 away from either group is far from the dense one only.
        assert!(score(&groups, -20.0) > 20.0);
        assert!(score(&groups, 125.0) < 5.0);
        // A missing value is nowhere else.
        assert!(score(&groups, f32::NAN).is_finite());
    }

    #[test]
    fn what_is_beyond_all_numbers_is_the_most_unusual() {
        let groups = groups();
        for x in [1e30, 1e38, f32::MAX] {
            let found = groups.measure(&[x], &Mat::from_fn(1, 1, |_, _| f32::NAN))[0];
            assert!(found.from_kept / found.of_kept > 1e10, "{found:?}");
            assert!(score(&groups, x) > 1e10);
        }
    }

    #[test]
    fn rows_of_which_most_are_the_same_are_no_measure_of_the_others() {
        let features: Vec<f32> = (0..100).map(|row| [0.1, 0.7, 30.3][row % 3]).collect();
        let kept: Vec<usize> = (0..100).collect();
        let mut few = features.clone();
        // Of the last value there are too few to be like one another.
        (0..90).for_each(|row| few[row] = features[row % 2]);
        let locality = Locality::fit(&few, 1, &kept, &Mat::zeros(100, 1)).unwrap();
        assert!(score(&locality, 0.1) < 1.0 && score(&locality, 0.7) < 1.0);
        let usual = score(&locality, 30.3);
        assert!(
            usual < 5.0 && score(&locality, 300.0) > 5.0 * usual,
            "{usual}"
        );
    }

    #[test]
    fn what_does_not_come_back_counts_as_much() {
        let along = Mat::from_fn(200, 1, |row, _| (row % 10) as f32);
        let kept: Vec<usize> = (0..200).collect();
        let features: Vec<f32> = (0..200).map(|row| (row % 7) as f32).collect();
        let locality = Locality::fit(&features, 1, &kept, &along).unwrap();
        let of = |x: f32, residual: f32| {
            let found = locality.measure(&[x], &Mat::from_fn(1, 1, |_, _| residual))[0];
            found.from_kept / found.of_kept
        };
        assert!(of(3.0, 4.0) < 1.5 && of(3.0, 40.0) > 10.0);
    }

    #[test]
    fn the_distance_is_the_mean_of_the_sixteen_nearest() {
        // Kept rows are 0, 1, …, 19, of median 10 and quartiles 5 and 14.
        let features: Vec<f32> = (0..20).map(|x| x as f32).collect();
        let kept: Vec<usize> = (0..20).collect();
        let locality = Locality::fit(&features, 1, &kept, &Mat::zeros(20, 1)).unwrap();
        let scale = (14.0 - 5.0) / QUARTILES;
        let found = locality.measure(&[-1.0], &Mat::zeros(1, 1))[0];
        // From -1, the mean of 1, 2, …, 16.
        assert!((found.from_kept - 8.5 / scale).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn it_is_stored_and_read_and_needs_rows_that_differ() {
        let groups = groups();
        let stored = groups.store();
        assert_eq!(Locality::from_stored(&stored, 1, 1), Ok(Some(groups)));
        assert_eq!(Locality::from_stored(&[], 1, 1), Ok(None));
        assert!(Locality::from_stored(&stored, 1, 2).is_err());
        let kept: Vec<usize> = (0..20).collect();
        assert_eq!(
            Locality::fit(&[1.0; 20], 1, &kept, &Mat::zeros(20, 1)),
            None
        );
        assert_eq!(
            Locality::fit(&[1.0; 20], 1, &kept[..16], &Mat::zeros(16, 1)),
            None
        );
    }
}

//! Finds the nearest rows of a row, and what they say about its class.

use std::ops::Range;

use faer::{Mat, MatRef};
use rayon::prelude::*;

use crate::base::linear::product;

/// Queries that one thread takes at a time.
const BLOCK: usize = 128;

/// Finds for each query the `k` nearest base rows by Euclidean distance,
/// nearest first, earlier rows first among equally near ones; all of them if
/// there are fewer.
///
/// `base` and `queries` are `[rows, width]`, row-major, of any finite values,
/// `width` is at least 1. A matrix product gives all distances roughly, as
/// ‖q − b‖² = ‖q‖² + ‖b‖² − 2 q·b, with a bound on its error. Rows that may be
/// among the nearest are then measured exactly, so the order is that of
/// [`squared_distance`], and equal rows are at distance 0.
pub fn nearest(base: &[f32], queries: &[f32], width: usize, k: usize) -> Vec<Vec<usize>> {
    let frame = Frame::of(base, queries, width);
    let placed = frame.place(base);
    queries
        .par_chunks(BLOCK * width)
        .flat_map_iter(|block| {
            let bounds = Bounds::new(&placed, &frame.place(block), width);
            let queries = block.chunks_exact(width).enumerate();
            let found = queries.map(|(at, query)| {
                let near = bounds.candidates(at, k).into_iter();
                let mut near: Vec<(f64, usize)> = near
                    .map(|row| (squared_distance(query, &base[span(row, width)]), row))
                    .collect();
                near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                near.truncate(k);
                near.into_iter().map(|(_, row)| row).collect()
            });
            found.collect::<Vec<_>>()
        })
        .collect()
}

/// Returns the share of queries, 0 to 1, whose class is that of most of their
/// `k` nearest base rows (Fix & Hodges 1951; Cover & Hart 1967); 0 without
/// queries.
///
/// Classes are any numbers, one for each row.
pub fn knn_accuracy(
    base: &[f32],
    base_classes: &[usize],
    queries: &[f32],
    query_classes: &[usize],
    width: usize,
    k: usize,
) -> f64 {
    let right = nearest(base, queries, width, k)
        .iter()
        .zip(query_classes)
        .filter(|(near, class)| majority(near, base_classes) == Some(**class))
        .count();
    right as f64 / query_classes.len().max(1) as f64
}

/// Returns the class that most of the neighbours have; in a tie, the nearest
/// neighbour decides. `neighbours` are row numbers, nearest first; `None` if
/// there are none.
pub fn majority(neighbours: &[usize], classes: &[usize]) -> Option<usize> {
    let of = |&row: &usize| classes[row];
    let votes = |class: &usize| neighbours.iter().filter(|n| of(n) == *class).count();
    // `max_by_key` returns the last of several maxima.
    neighbours.iter().rev().map(of).max_by_key(votes)
}

/// Returns ‖a − b‖², summed in f64, eight lanes at a time.
#[inline(always)]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let square = |a: f32, b: f32| (f64::from(a) - f64::from(b)).powi(2);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += square(a[lane], b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| square(a, b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Returns the range of a row's values.
fn span(row: usize, width: usize) -> Range<usize> {
    row * width..(row + 1) * width
}

/// An origin and a unit that keep products of f32 exact enough, and finite.
pub struct Frame {
    origin: Vec<f64>,
    pub unit: f64,
}

impl Frame {
    /// Centres on the mean of the base, with all values in −1 to 1.
    pub fn of(base: &[f32], queries: &[f32], width: usize) -> Self {
        let rows = (base.len() / width).max(1) as f64;
        let mut origin = vec![0.0; width];
        for row in base.chunks_exact(width) {
            let sums = origin.iter_mut().zip(row);
            sums.for_each(|(sum, &x)| *sum += f64::from(x) / rows);
        }
        let mut unit = f64::MIN_POSITIVE;
        for row in base.chunks_exact(width).chain(queries.chunks_exact(width)) {
            for (&x, o) in row.iter().zip(&origin) {
                unit = (f64::from(x) - o).abs().max(unit);
            }
        }
        Frame { origin, unit }
    }

    /// Moves rows into this frame.
    pub fn place(&self, rows: &[f32]) -> Vec<f32> {
        let place = |(&x, o): (&f32, &f64)| ((f64::from(x) - o) / self.unit) as f32;
        rows.chunks_exact(self.origin.len())
            .flat_map(|row| row.iter().zip(&self.origin).map(place))
            .collect()
    }
}

/// Returns q·b of each base row and each query, `[base rows, queries]`.
pub fn products(base: &[f32], queries: &[f32], width: usize) -> Mat<f32> {
    let of = |rows| MatRef::from_row_major_slice(rows, <[f32]>::len(rows) / width, width);
    product(of(base), of(queries).transpose())
}

/// Squared distances from some queries to all base rows, and bounds on their
/// errors.
struct Bounds {
    /// q·b, `[base rows, queries]`.
    products: Mat<f32>,
    /// ‖b‖ of each base row.
    base: Vec<f64>,
    /// ‖q‖ of each query.
    queries: Vec<f64>,
    /// The error of a squared distance, relative to (‖q‖ + ‖b‖)².
    error: f64,
    /// The absolute error added to it.
    least: f64,
}

impl Bounds {
    fn new(base: &[f32], queries: &[f32], width: usize) -> Self {
        let origin = vec![0.0; width];
        let length = |row: &[f32]| squared_distance(row, &origin).sqrt();
        let lengths = |rows: &[f32]| rows.chunks_exact(width).map(&length).collect();
        Bounds {
            products: products(base, queries, width),
            base: lengths(base),
            queries: lengths(queries),
            // With roundings u = ε/2, a sum of n products is wrong by n u ‖q‖
            // ‖b‖ in any order (Higham 2002, section 3.1), and 4 ‖q‖ ‖b‖ is at
            // most (‖q‖ + ‖b‖)²; placing the rows costs 2 u of that, lengths
            // none.
            error: (width as f64 / 4.0 + 2.0) * f64::from(f32::EPSILON),
            // From products that are too small for f32.
            least: width as f64 * f64::from(f32::MIN_POSITIVE),
        }
    }

    /// Returns the base rows that may be among the `k` nearest of a query, in
    /// order.
    fn candidates(&self, query: usize, k: usize) -> Vec<usize> {
        if k >= self.base.len() {
            return (0..self.base.len()).collect();
        }
        let length = self.queries[query];
        let bounds: Vec<[f64; 2]> = self
            .base
            .iter()
            .enumerate()
            .map(|(row, b)| {
                let product = f64::from(self.products[(row, query)]);
                let middle = length * length + b * b - 2.0 * product;
                let error = self.error * (length + b).powi(2) + self.least;
                [middle - error, middle + error]
            })
            .collect();
        let mut most: Vec<f64> = bounds.iter().map(|b| b[1]).collect();
        let (_, &mut most, _) = most.select_nth_unstable_by(k.saturating_sub(1), f64::total_cmp);
        (0..bounds.len())
            .filter(|&row| bounds[row][0] <= most)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    /// Returns values in 0 to 1.
    fn values(count: usize) -> Vec<f32> {
        let mut draws = Draws::new(1, Stream::Sample, 0, 0);
        (0..count).map(|_| draws.uniform()).collect()
    }

    /// Sorts all distances, as a reference.
    fn slowly(base: &[f32], query: &[f32], k: usize) -> Vec<usize> {
        let distance = |row: &usize| squared_distance(query, &base[span(*row, query.len())]);
        let mut rows: Vec<usize> = (0..base.len() / query.len()).collect();
        rows.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        rows.truncate(k);
        rows
    }

    #[test]
    fn the_nearest_are_those_of_all_distances_far_from_the_origin_too() {
        for (width, offset, factor) in [(1, 0., 1.), (7, 1e4, 0.01), (37, -3., 1e-25)] {
            let place = |v: f32| offset + factor * v;
            let base: Vec<f32> = values(width * 300).into_iter().map(place).collect();
            let queries = &base[width * 30..width * 250];
            let found = nearest(&base, queries, width, 5);
            for (query, near) in queries.chunks_exact(width).zip(&found) {
                assert_eq!(*near, slowly(&base, query, 5), "{width}");
            }
        }
    }

    #[test]
    fn distances_closer_than_products_can_tell_are_in_order() {
        let mut base = [1000.0; 64 * 4];
        base[192..].fill(0.0);
        base[70] = 1000.0001;
        let found = nearest(&base, &[1000.0; 64], 64, 3);
        assert_eq!(found, [[0, 2, 1]]);
    }

    #[test]
    fn equally_near_rows_come_in_their_order() {
        let found = nearest(&[1., 3., 1., 3., 2.], &[2., 1.], 1, 4);
        assert_eq!(found, [vec![4, 0, 1, 2], vec![0, 2, 4, 1]]);
    }

    #[test]
    fn few_rows_are_all_near() {
        assert_eq!(nearest(&[5., 4.], &[0.], 1, 9), [[1, 0]]);
        assert_eq!(nearest(&[], &[0., 1.], 2, 3), [[0; 0]]);
        assert_eq!(nearest(&[1., 2.], &[1.], 1, 0), [[0; 0]]);
        assert!(nearest(&[1., 2.], &[], 1, 1).is_empty());
    }

    #[test]
    fn the_largest_and_smallest_values_have_neighbours() {
        let most = f32::MAX;
        let base = [most, most, -most, most, 1e-38, 1e-38, 0., 0., 1., 1.];
        let found = nearest(&base, &base, 2, 2);
        assert_eq!(found, [[0, 2], [1, 2], [2, 3], [3, 2], [4, 2]]);
    }

    #[test]
    fn results_do_not_depend_on_threads() {
        let values = values(20 * 1000);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| nearest(&values, &values, 20, 4))
        };
        assert_eq!(with(1), with(4));
    }

    #[test]
    fn most_votes_win_and_of_equally_many_those_of_the_nearest() {
        let classes = [7, 3, 3, 7, 9];
        assert_eq!(majority(&[4, 1, 2], &classes), Some(3));
        assert_eq!(majority(&[4, 1, 0, 2, 3], &classes), Some(3));
        assert_eq!(majority(&[4, 0, 1, 2, 3], &classes), Some(7));
        assert_eq!(majority(&[4, 0, 1], &classes), Some(9));
        assert_eq!(majority(&[], &classes), None);
    }

    #[test]
    fn accuracy_is_the_share_of_queries_with_their_neighbours_class() {
        let (base, classes) = ([0., 1., 2., 10., 11.], [0, 0, 1, 1, 1]);
        let accuracy = |k| knn_accuracy(&base, &classes, &[0.4, 1.9, 9.], &[0, 1, 1], 1, k);
        assert_eq!(accuracy(1), 1.0);
        // Two of the neighbours 0, 1, 2 are of class 0.
        assert_eq!(accuracy(3), 2.0 / 3.0);
        assert_eq!(knn_accuracy(&base, &classes, &[], &[], 1, 3), 0.0);
        assert_eq!(knn_accuracy(&[], &[], &[0.4], &[0], 1, 3), 0.0);
    }
}

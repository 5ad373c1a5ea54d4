//! A flat map of rows that keeps neighbours together: t-SNE
//! (van der Maaten & Hinton 2008), exact, every pair of rows at every step.

use rayon::prelude::*;

use super::neighbours::squared_distance;
use narrows_ops::kernel::vector::vectorized;

/// Neighbours that a row is to have, as e to the entropy of its weights.
const PERPLEXITY: f64 = 30.0;
/// All steps.
const STEPS: usize = 750;
/// The first steps, in which neighbours attract one another too much.
const EARLY: usize = 250;
/// How many times too much.
const EXAGGERATION: f32 = 12.0;
/// The standard deviation of the start (Kobak & Berens 2019).
const SPREAD: f64 = 1e-4;
/// Bisections of a precision.
const TRIES: usize = 64;
/// Rows at a time, by one thread.
const BLOCK: usize = 64;
/// Pairs at a time: a register or two.
const LANES: usize = 8;
/// Where there is no row; of no weight to any.
const NOWHERE: f32 = 1e15;

/// Places on a map for at most some thousand rows, near one another where rows
/// are; around the origin.
///
/// `points` are `[rows, width]`, row-major, of any finite values, `width` is at
/// least 1. `start` is a place for each row, such as its first two principal
/// components; only its proportions matter. Fewer than four rows have no
/// neighbourhoods, and their start is their map. Where all rows are equal, all
/// lie at the origin.
///
/// The map y makes Σ p log(p / q) over pairs small, where q ∝ 1 / (1 + ‖yᵢ − yⱼ‖²)
/// and p = (p(j|i) + p(i|j)) / (2 rows), p(j|i) ∝ exp(−βᵢ ‖xᵢ − xⱼ‖²), each βᵢ
/// such that the perplexity is 30, or (rows − 1) / 3 where that is less.
pub fn tsne(points: &[f32], width: usize, start: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let rows = start.len();
    assert_eq!(points.len(), rows * width, "a place for each row");
    if rows < 4 {
        return start.to_vec();
    }
    let mut each = points.chunks_exact(width);
    if each.all(|row| *row == points[..width]) {
        return vec![[0.0; 2]; rows];
    }
    let affinities = affinities(points, width, rows);
    let mut map = Map::new(start);
    for step in 0..STEPS {
        let (exaggeration, momentum) = match step < EARLY {
            true => (EXAGGERATION, 0.5),
            false => (1.0, 0.8),
        };
        map.step(&affinities, exaggeration, momentum);
    }
    map.finished()
}

/// p of all pairs, `[rows, stride]`: 0 of a row with itself and beyond the
/// last row; 1 in all.
fn affinities(points: &[f32], width: usize, rows: usize) -> Vec<f32> {
    let perplexity = PERPLEXITY.min((rows - 1) as f64 / 3.0);
    let mut weights = vec![0.0; rows * rows];
    let each = weights.par_chunks_exact_mut(rows).enumerate();
    each.for_each(|(row, weights)| {
        let here = &points[row * width..(row + 1) * width];
        let others = points.chunks_exact(width);
        let mut distances = vec![0.0; rows];
        vectorized(
            #[inline(always)]
            || {
                for (distance, there) in distances.iter_mut().zip(others) {
                    *distance = squared_distance(here, there);
                }
            },
        );
        neighbourhood(&distances, row, perplexity, weights);
    });
    let stride = rows.next_multiple_of(LANES);
    let mut affinities = vec![0.0; rows * stride];
    for (row, affinities) in affinities.chunks_exact_mut(stride).enumerate() {
        for (other, affinity) in affinities[..rows].iter_mut().enumerate() {
            let both = weights[row * rows + other] + weights[other * rows + row];
            *affinity = (both / (2 * rows) as f64) as f32;
        }
    }
    affinities
}

/// p(j|i) of one row i, by bisection on its β.
fn neighbourhood(distances: &[f64], row: usize, perplexity: f64, weights: &mut [f64]) {
    let others = || (0..distances.len()).filter(move |&other| other != row);
    let least = others().fold(f64::INFINITY, |least, at| distances[at].min(least));
    let beyond: Vec<f64> = distances.iter().map(|d| d - least).collect();
    // In parts of the mean, β is near 1, whatever the unit of the rows.
    let mean = others().map(|at| beyond[at]).sum::<f64>() / (distances.len() - 1) as f64;
    let unit = if mean > 0.0 { mean } else { 1.0 };
    let (mut low, mut high, mut precision) = (0.0, f64::INFINITY, 1.0);
    let mut sum = 1.0;
    for _ in 0..TRIES {
        let mut moment = 0.0;
        sum = 0.0;
        for at in others() {
            let scaled = precision * (beyond[at] / unit);
            weights[at] = (-scaled).exp();
            sum += weights[at];
            moment += weights[at] * scaled;
        }
        // The entropy less what it should be.
        let surplus = sum.ln() + moment / sum - perplexity.ln();
        if surplus.abs() < 1e-5 {
            break;
        }
        match surplus > 0.0 {
            true => low = precision,
            false => high = precision,
        }
        precision = match high.is_finite() {
            true => (low + high) / 2.0,
            false => precision * 2.0,
        };
    }
    weights.iter_mut().for_each(|weight| *weight /= sum);
}

/// The map on its way.
struct Map {
    rows: usize,
    /// `[x, y]` of each row, then `NOWHERE` up to whole lanes.
    places: [Vec<f32>; 2],
    velocities: Vec<[f32; 2]>,
    gains: Vec<[f32; 2]>,
}

/// What draws one row, its sums over all others of y = yᵢ − yⱼ and
/// q = 1 / (1 + ‖y‖²), each in lanes that are yet to be summed.
#[derive(Clone, Copy, Default)]
struct Draw {
    /// Σ p q y
    near: [Lanes; 2],
    /// Σ q² y
    far: [Lanes; 2],
    /// 1 + Σ q, itself included.
    mass: Lanes,
}

impl Map {
    /// The start, its wider axis at the spread that it should have. A spiral
    /// (Vogel 1979) a hundredth as wide is added, since what starts in the same
    /// place or on a line would stay so.
    fn new(start: &[[f32; 2]]) -> Self {
        let rows = start.len();
        let centred = centred(start);
        let variance = |axis: usize| centred.iter().map(|p| p[axis] * p[axis]).sum::<f64>();
        let deviation = (variance(0).max(variance(1)) / rows as f64).sqrt();
        let factor = match deviation > 0.0 {
            true => SPREAD / deviation,
            false => 0.0,
        };
        let golden = std::f64::consts::PI * (3.0 - 5f64.sqrt());
        let places = [0, 1].map(|axis| {
            let place = |(row, from): (usize, &[f64; 2])| {
                let angle = golden * row as f64;
                let radius = 0.01 * SPREAD * ((row as f64 + 0.5) / rows as f64).sqrt();
                let spiral = radius * [angle.cos(), angle.sin()][axis];
                (from[axis] * factor + spiral) as f32
            };
            let mut places: Vec<f32> = centred.iter().enumerate().map(place).collect();
            places.resize(rows.next_multiple_of(LANES), NOWHERE);
            places
        });
        Map {
            rows,
            places,
            velocities: vec![[0.0; 2]; rows],
            gains: vec![[1.0; 2]; rows],
        }
    }

    /// One step down the gradient Σ (e p − q / Σ q) q y, a quarter of the
    /// loss's, e the exaggeration. The rate is rows / e (Belkina et al. 2019, for
    /// the early steps): p of a row sums to about 1 / rows, so that is near the
    /// largest at which neighbours do not overshoot. Gains (Jacobs 1988) slow
    /// down the rows that do, and take the others further in as many steps.
    fn step(&mut self, affinities: &[f32], exaggeration: f32, momentum: f32) {
        let draws = self.draws(affinities);
        let mass: f64 = draws
            .iter()
            .map(|draw| f64::from(sum(&draw.mass)) - 1.0)
            .sum();
        // Of rows that are very far apart nothing is left beside the 1.
        let share = 1.0 / mass.max(f64::from(f32::EPSILON)) as f32;
        let rate = self.rows as f32 / exaggeration;
        for (row, draw) in draws.iter().enumerate() {
            for axis in [0, 1] {
                let gradient = exaggeration * sum(&draw.near[axis]) - share * sum(&draw.far[axis]);
                let velocity = &mut self.velocities[row][axis];
                let gain = &mut self.gains[row][axis];
                *gain = match gradient * *velocity > 0.0 {
                    true => (*gain * 0.8).max(0.01),
                    false => *gain + 0.2,
                };
                *velocity = momentum * *velocity - rate * *gain * gradient;
                self.places[axis][row] += *velocity;
            }
        }
    }

    /// For each row what draws it.
    fn draws(&self, affinities: &[f32]) -> Vec<Draw> {
        let stride = self.places[0].len();
        let mut draws = vec![Draw::default(); self.rows];
        let blocks = draws.par_chunks_mut(BLOCK);
        let affinities = affinities.par_chunks(BLOCK * stride);
        blocks
            .zip(affinities)
            .enumerate()
            .for_each(|(at, (draws, affinities))| {
                let rows = draws.iter_mut().zip(affinities.chunks_exact(stride));
                vectorized(
                    #[inline(always)]
                    || {
                        for (row, (draw, affinities)) in rows.enumerate() {
                            *draw = self.draw(at * BLOCK + row, affinities);
                        }
                    },
                );
            });
        draws
    }

    #[inline(always)]
    fn draw(&self, row: usize, affinities: &[f32]) -> Draw {
        let [x, y] = self.places.each_ref().map(|p| p.as_chunks::<LANES>().0);
        let (here_x, here_y) = (self.places[0][row], self.places[1][row]);
        let [mut near_x, mut near_y, mut far_x, mut far_y, mut mass] = [[0.0; LANES]; 5];
        for ((x, y), p) in x.iter().zip(y).zip(affinities.as_chunks::<LANES>().0) {
            let dx = lanes(|at| here_x - x[at]);
            let dy = lanes(|at| here_y - y[at]);
            let q = lanes(|at| 1.0 / (1.0 + dx[at] * dx[at] + dy[at] * dy[at]));
            let near = lanes(|at| p[at] * q[at]);
            let far = lanes(|at| q[at] * q[at]);
            near_x = lanes(|at| near_x[at] + near[at] * dx[at]);
            near_y = lanes(|at| near_y[at] + near[at] * dy[at]);
            far_x = lanes(|at| far_x[at] + far[at] * dx[at]);
            far_y = lanes(|at| far_y[at] + far[at] * dy[at]);
            mass = lanes(|at| mass[at] + q[at]);
        }
        Draw {
            near: [near_x, near_y],
            far: [far_x, far_y],
            mass,
        }
    }

    /// Around the origin.
    fn finished(&self) -> Vec<[f32; 2]> {
        let [x, y] = &self.places;
        let places: Vec<[f32; 2]> = x
            .iter()
            .zip(y)
            .take(self.rows)
            .map(|(&x, &y)| [x, y])
            .collect();
        centred(&places)
            .iter()
            .map(|p| p.map(|c| c as f32))
            .collect()
    }
}

type Lanes = [f32; LANES];

/// A value for each lane, by one instruction or a few.
#[inline(always)]
fn lanes(of: impl FnMut(usize) -> f32) -> Lanes {
    std::array::from_fn(of)
}

fn sum(lanes: &Lanes) -> f32 {
    lanes.iter().sum()
}

/// Places less their mean.
fn centred(places: &[[f32; 2]]) -> Vec<[f64; 2]> {
    let mean = [0, 1]
        .map(|axis| places.iter().map(|p| f64::from(p[axis])).sum::<f64>() / places.len() as f64);
    places
        .iter()
        .map(|p| [0, 1].map(|axis| f64::from(p[axis]) - mean[axis]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::neighbours::nearest;
    use super::*;
    use crate::random::{Draws, Stream};

    /// Values in −1 to 1.
    fn values(count: usize) -> Vec<f32> {
        let mut draws = Draws::new(1, Stream::Sample, 0, 0);
        (0..count).map(|_| 2.0 * draws.uniform() - 1.0).collect()
    }

    /// The first two features.
    fn first_two(points: &[f32], width: usize) -> Vec<[f32; 2]> {
        points
            .chunks_exact(width)
            .map(|row| [row[0], row[1]])
            .collect()
    }

    /// The nearest other rows of each row.
    fn neighbours(points: &[f32], width: usize, count: usize) -> Vec<Vec<usize>> {
        let found = nearest(points, points, width, count + 1)
            .into_iter()
            .enumerate();
        let others = |(row, near): (usize, Vec<usize>)| {
            near.into_iter().filter(|&n| n != row).take(count).collect()
        };
        found.map(others).collect()
    }

    /// The share of the five nearest rows that are so on the map too.
    fn kept(points: &[f32], width: usize, map: &[[f32; 2]]) -> f64 {
        let (near, on_map) = (
            neighbours(points, width, 5),
            neighbours(map.as_flattened(), 2, 5),
        );
        let pairs = near.iter().zip(&on_map);
        let both: usize = pairs
            .map(|(a, b)| a.iter().filter(|row| b.contains(row)).count())
            .sum();
        both as f64 / (5 * map.len()) as f64
    }

    #[test]
    fn clusters_stay_apart() {
        // Sums of four are nearly normal, with deviation 1.15.
        let (width, rows) = (5, 150);
        let noise = values(4 * rows * width);
        let mut points: Vec<f32> = noise
            .chunks_exact(4)
            .map(|four| four.iter().sum())
            .collect();
        for (at, row) in points.chunks_exact_mut(width).enumerate() {
            row[at % 3] += 12.0;
        }
        let map = tsne(&points, width, &first_two(&points, width));
        for (row, near) in neighbours(map.as_flattened(), 2, 1).iter().enumerate() {
            assert_eq!(near[0] % 3, row % 3, "{row}");
        }
    }

    #[test]
    fn interlocked_rings_keep_neighbours_that_their_principal_axes_lose() {
        // One lies in the plane of the first two axes, the other across it.
        let ring = |at: usize| {
            let angle = (at / 2) as f32 * std::f32::consts::TAU / 100.0;
            match at % 2 {
                0 => [angle.cos() - 0.5, 1.1 * angle.sin(), 0.0],
                _ => [angle.cos() + 0.5, 0.0, angle.sin()],
            }
        };
        let points: Vec<f32> = (0..200).flat_map(ring).collect();
        let start = first_two(&points, 3);
        let map = tsne(&points, 3, &start);
        let (by_axes, by_map) = (kept(&points, 3, &start), kept(&points, 3, &map));
        assert!(by_axes < 0.75, "{by_axes}");
        assert!(by_map > 0.85, "{by_map}");
        for (row, near) in neighbours(map.as_flattened(), 2, 1).iter().enumerate() {
            assert_eq!(near[0] % 2, row % 2, "{row}");
        }
    }

    #[test]
    fn weights_have_the_perplexity_that_was_asked_for() {
        for unit in [1e-30, 1.0, 1e30] {
            let distances: Vec<f64> = (0..200).map(|d| unit * f64::from(d * d)).collect();
            let mut weights = vec![0.0; 200];
            neighbourhood(&distances, 0, 20.0, &mut weights);
            let entropy = |p: &f64| if *p > 0.0 { -p * p.ln() } else { 0.0 };
            let perplexity = weights.iter().map(entropy).sum::<f64>().exp();
            assert!((perplexity - 20.0).abs() < 1e-3, "{perplexity}");
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert_eq!(weights[0], 0.0);
        }
    }

    #[test]
    fn equally_far_rows_weigh_the_same() {
        let mut weights = vec![0.0; 5];
        neighbourhood(&[7.0, 7.0, 0.0, 7.0, 7.0], 2, 1.5, &mut weights);
        assert_eq!(weights, [0.25, 0.25, 0.0, 0.25, 0.25]);
    }

    #[test]
    fn draws_are_a_quarter_of_the_gradient_of_the_loss() {
        let points = values(10 * 3);
        let affinities = affinities(&points, 3, 10);
        let stride = affinities.len() / 10;
        assert!((affinities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let map = Map {
            places: [values(16), values(32).split_off(16)].map(|mut places| {
                places[10..].fill(NOWHERE);
                places
            }),
            ..Map::new(&[[0.0; 2]; 10])
        };
        let loss = |moved: usize, axis: usize, step: f64| {
            let place = |row: usize, of: usize| {
                let step = if (row, of) == (moved, axis) {
                    step
                } else {
                    0.0
                };
                f64::from(map.places[of][row]) + step
            };
            let pairs: Vec<(f64, f64)> = (0..100)
                .filter(|pair| pair / 10 != pair % 10)
                .map(|pair| {
                    let apart = [0, 1].map(|of| place(pair / 10, of) - place(pair % 10, of));
                    let q = 1.0 / (1.0 + apart[0].powi(2) + apart[1].powi(2));
                    (f64::from(affinities[pair / 10 * stride + pair % 10]), q)
                })
                .collect();
            let whole: f64 = pairs.iter().map(|(_, q)| q).sum();
            let part = |&(p, q): &(f64, f64)| {
                if p > 0.0 {
                    p * (p * whole / q).ln()
                } else {
                    0.0
                }
            };
            pairs.iter().map(part).sum::<f64>()
        };
        let draws = map.draws(&affinities);
        let mass: f32 = draws.iter().map(|draw| sum(&draw.mass) - 1.0).sum();
        for (row, draw) in draws.iter().enumerate() {
            for axis in [0, 1] {
                let found = 4.0 * (sum(&draw.near[axis]) - sum(&draw.far[axis]) / mass);
                let slope = (loss(row, axis, 1e-5) - loss(row, axis, -1e-5)) / 2e-5;
                assert!((f64::from(found) - slope).abs() < 1e-6, "{found} {slope}");
            }
        }
    }

    #[test]
    fn a_map_does_not_depend_on_threads() {
        let points = values(300 * 4);
        let start = first_two(&points, 4);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| tsne(&points, 4, &start))
        };
        let bits = |map: Vec<[f32; 2]>| {
            map.into_iter()
                .map(|p| p.map(f32::to_bits))
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(with(1)), bits(with(4)));
    }

    #[test]
    fn fewer_than_four_rows_stay_where_they_start() {
        let start = [[1., 2.], [3., 4.], [5., 6.]];
        for rows in 0..4 {
            let map = tsne(&[1., 2., 4.][..rows], 1, &start[..rows]);
            assert_eq!(map, start[..rows]);
        }
    }

    #[test]
    fn equal_rows_lie_in_one_place() {
        let map = tsne(&[0.1; 3 * 50], 3, &[[0.3; 2]; 50]);
        assert_eq!(map, [[0.0; 2]; 50]);
    }

    #[test]
    fn two_heaps_of_equal_rows_lie_apart() {
        let points: Vec<f32> = (0..100).map(|row| (row % 2) as f32).collect();
        let map = tsne(&points, 1, &[[0.0; 2]; 100]);
        for (row, near) in neighbours(map.as_flattened(), 2, 1).iter().enumerate() {
            assert_eq!(near[0] % 2, row % 2, "{row}");
        }
    }

    #[test]
    fn every_map_is_finite_around_the_origin_and_no_wider_than_its_rows() {
        let check = |points: &[f32], width: usize, start: &[[f32; 2]]| {
            let map = tsne(points, width, start);
            for axis in [0, 1] {
                let along = || map.iter().map(|place| place[axis]);
                assert!(
                    along().all(|c| c.abs() < 20.0 + map.len() as f32),
                    "{map:?}"
                );
                assert!(along().sum::<f32>().abs() < 1e-2, "{map:?}");
            }
        };
        for rows in 4..40 {
            let points = values(rows * 3);
            check(&points, 3, &first_two(&points, 3));
            // All starting in one place; a line; one far from the others.
            check(&points, 3, &vec![[7.0; 2]; rows]);
            check(
                &points[..rows],
                1,
                &points[..rows].iter().map(|&p| [p, 0.0]).collect::<Vec<_>>(),
            );
            let mut far = vec![0.0; rows];
            far[1] = 1.0;
            check(&far, 1, &vec![[0.0; 2]; rows]);
        }
        // Of the largest and smallest values there are.
        for unit in [f32::MAX, f32::MIN_POSITIVE, 1e-44] {
            let points: Vec<f32> = values(60 * 3).iter().map(|v| v * unit).collect();
            check(&points, 3, &first_two(&points, 3));
        }
    }
}

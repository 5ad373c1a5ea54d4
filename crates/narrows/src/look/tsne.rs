//! Computes a flat map of rows that keeps neighbours together: t-SNE (van der
//! Maaten & Hinton 2008), exact, every pair of rows at every step.

use rayon::prelude::*;

use super::neighbours::squared_distance;
use narrows_ops::elementwise::vectorized;

/// Neighbours that a row should have, as e to the entropy of its weights.
const PERPLEXITY: f64 = 30.0;
/// Number of steps in all.
const STEPS: usize = 750;
/// Number of first steps, in which the attraction of neighbours is exaggerated.
const EARLY: usize = 250;
/// Factor of that exaggeration.
const EXAGGERATION: f32 = 12.0;
/// The standard deviation of the start (Kobak & Berens 2019).
const SPREAD: f64 = 1e-4;
/// Largest number of bisections of a precision.
const TRIES: usize = 64;
/// Rows that one thread takes at a time.
const BLOCK: usize = 64;
/// Pairs computed at a time: a register or two.
const LANES: usize = 8;
/// Coordinate that pads the rows; too far away to have any weight.
const NOWHERE: f32 = 1e15;

/// Places at most some thousand rows on a map around the origin, so that near
/// rows are near on the map.
///
/// `points` are `[rows, width]`, row-major, of any finite values, `width` is at
/// least 1. `start` is a place for each row, such as its first two principal
/// components; only its proportions matter. Fewer than four rows have no
/// neighbourhoods, and stay where they start. If all rows are equal, all lie at
/// the origin.
///
/// The map y minimises Σ p log(p / q) over pairs, where
/// q ∝ 1 / (1 + ‖yᵢ − yⱼ‖²) and p = (p(j|i) + p(i|j)) / (2 rows),
/// p(j|i) ∝ exp(−βᵢ ‖xᵢ − xⱼ‖²), with each βᵢ such that the perplexity is 30,
/// or (rows − 1) / 3 if that is less.
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
        map.keep_apart();
    }
    map.finished()
}

/// Returns p of all pairs, `[rows, stride]`: 0 for a row with itself and beyond
/// the last row; they sum to 1.
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

/// Computes p(j|i) of one row i, by bisection on its β.
fn neighbourhood(distances: &[f64], row: usize, perplexity: f64, weights: &mut [f64]) {
    let others = || (0..distances.len()).filter(move |&other| other != row);
    let least = others().fold(f64::INFINITY, |least, at| distances[at].min(least));
    let beyond: Vec<f64> = distances.iter().map(|d| d - least).collect();
    // Relative to the mean, β is near 1, whatever the unit of the rows.
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
        // The entropy minus its target.
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

/// The map while it is computed.
struct Map {
    rows: usize,
    /// `[x, y]` of each row, then `NOWHERE` to fill the last lanes.
    places: [Vec<f32>; 2],
    velocities: Vec<[f32; 2]>,
    gains: Vec<[f32; 2]>,
}

/// The forces on one row: sums over all others of y = yᵢ − yⱼ and
/// q = 1 / (1 + ‖y‖²), each in lanes that are still to be summed.
#[derive(Clone, Copy, Default)]
struct Draw {
    /// Σ p q y
    near: [Lanes; 2],
    /// Σ q² y
    far: [Lanes; 2],
    /// 1 + Σ q; the 1 is the row itself.
    mass: Lanes,
}

impl Map {
    /// Scales the start so that its wider axis has the right spread. A spiral
    /// (Vogel 1979) a hundredth as wide is added, since rows that start in one
    /// place or on a line would stay there.
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

    /// Takes one step down the gradient Σ (e p − q / Σ q) q y, a quarter of the
    /// loss's, where e is the exaggeration. The rate is rows / e (Belkina et
    /// al. 2019, for the early steps): p of a row sums to about 1 / rows, so
    /// that is near the largest rate at which neighbours do not overshoot.
    /// Gains (Jacobs 1988) slow down the rows that do, and move the others
    /// further in as many steps.
    fn step(&mut self, affinities: &[f32], exaggeration: f32, momentum: f32) {
        let draws = self.draws(affinities);
        let mass: f64 = draws
            .iter()
            .map(|draw| f64::from(sum(&draw.mass)) - 1.0)
            .sum();
        // If rows are very far apart, nothing is left but the 1s.
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

    /// Keeps the map around the origin, and no smaller than it started. If no
    /// neighbourhood stands out, too much attraction draws all rows together,
    /// until rounding destroys their differences. While the map is that small
    /// its steps are linear, so widening it changes no shape.
    fn keep_apart(&mut self) {
        let mut variance = 0f64;
        for places in &mut self.places {
            let own = &mut places[..self.rows];
            let sum: f64 = own.iter().map(|&p| f64::from(p)).sum();
            let mean = sum / own.len() as f64;
            own.iter_mut()
                .for_each(|p| *p = (f64::from(*p) - mean) as f32);
            let squares: f64 = own.iter().map(|&p| f64::from(p) * f64::from(p)).sum();
            variance = variance.max(squares / own.len() as f64);
        }
        let deviation = variance.sqrt();
        if deviation == 0.0 || deviation >= SPREAD {
            return;
        }
        let factor = (SPREAD / deviation) as f32;
        for places in &mut self.places {
            places[..self.rows].iter_mut().for_each(|p| *p *= factor);
        }
        let velocities = self.velocities.as_flattened_mut();
        velocities.iter_mut().for_each(|v| *v *= factor);
    }

    /// Returns the forces on each row.
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

    /// Returns the places, around the origin.
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

/// Computes a value for each lane, by one instruction or a few.
#[inline(always)]
fn lanes(of: impl FnMut(usize) -> f32) -> Lanes {
    std::array::from_fn(of)
}

fn sum(lanes: &Lanes) -> f32 {
    lanes.iter().sum()
}

/// Returns the places minus their mean.
fn centred(places: &[[f32; 2]]) -> Vec<[f64; 2]> {
    let mean = [0, 1]
        .map(|axis| places.iter().map(|p| f64::from(p[axis])).sum::<f64>() / places.len() as f64);
    places
        .iter()
        .map(|p| [0, 1].map(|axis| f64::from(p[axis]) - mean[axis]))
        .collect()
}

#[cfg(test)]
mod tests;

//! Generated data for examples.

use crate::random::{Draws, Stream};
use crate::table::{Column, Table};

/// `count` rows of three columns near a plane: an arc in two dimensions, seen
/// in three, with noise of deviation 0.1; the same for the same seed.
///
/// With an angle `t` uniform in [-0.5, 3π/2 - 0.5), `a = cos t + sin(t)/2` and
/// `b = 0.7 sin t`, each with half the noise; the third column is
/// `0.1 a + 0.3 b`, with the noise.
///
/// ```
/// let table = narrows::examples::plane(200, 1);
/// assert_eq!((table.rows(), table.columns.len()), (200, 3));
/// ```
pub fn plane(count: usize, seed: u64) -> Table {
    const NOISE: f64 = 0.1;
    let mut draws = Draws::new(seed, Stream::Sample, 0, 0);
    let mut values = Vec::with_capacity(3 * count);
    for _ in 0..count {
        let angle = f64::from(draws.uniform()) * 1.5 * std::f64::consts::PI - 0.5;
        let [first, second] = draws.normal_pair();
        let [third, _] = draws.normal_pair();
        let a = angle.cos() + angle.sin() / 2.0 + NOISE / 2.0 * first;
        let b = 0.7 * angle.sin() + NOISE / 2.0 * second;
        let c = 0.1 * a + 0.3 * b + NOISE * third;
        values.extend([a as f32, b as f32, c as f32]);
    }
    let mut table = Table::from_floats(values, 3).expect("three values a row");
    table.columns = ["a", "b", "c"].map(Column::number).into();
    table.named = true;
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_column_follows_the_others() {
        let table = plane(500, 1);
        let off = (0..500).map(|row| {
            let [a, b, c] = [0, 1, 2].map(|at| f64::from(table.value(row, at)));
            (c - 0.1 * a - 0.3 * b).powi(2)
        });
        let deviation = (off.sum::<f64>() / 500.0).sqrt();
        assert!((deviation - 0.1).abs() < 0.016, "{deviation}");
        assert_eq!(table, plane(500, 1));
        assert_ne!(table, plane(500, 2));
    }
}

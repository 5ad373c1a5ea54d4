//! Generates data for examples.

use crate::base::random::{Draws, Stream};
use crate::data::table::{Column, ImageShape, Table, Tags};

/// Returns `count` rows of three columns near a plane: an arc in two
/// dimensions, embedded in three, with noise of standard deviation 0.1. Equal
/// seeds give equal rows.
///
/// With an angle `t` uniform in [-0.5, 3π/2 - 0.5), `a = cos t + sin(t)/2` and
/// `b = 0.7 sin t`, each with half the noise; the third column is
/// `0.1 a + 0.3 b`, with the full noise.
///
/// ```
/// let table = narrows::examples::plane(200, 1);
/// assert_eq!((table.rows(), table.columns().len()), (200, 3));
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

/// Returns the numbers 0 to `count - 1` in an order drawn from a seed, for
/// example to cut data into similar parts.
pub fn order(count: usize, seed: u64) -> Vec<usize> {
    Draws::new(seed, Stream::Split, 0, 0).permutation(count)
}

/// Returns `count` images of 28 x 28 with the white outline of a rectangle on
/// black, labelled `tall` or `wide`. Equal seeds give equal images.
///
/// Height and width are uniform in 1 to 28, drawn again if they differ by less
/// than 3. The position is uniform among those at which the whole rectangle is
/// in the image (Larochelle et al., "An empirical evaluation of deep
/// architectures on problems with many factors of variation", 2007).
///
/// ```
/// let table = narrows::examples::rectangles(100, 1);
/// assert_eq!((table.rows(), table.columns().len()), (100, 784));
/// ```
pub fn rectangles(count: usize, seed: u64) -> Table {
    const SIDE: usize = 28;
    let mut draws = Draws::new(seed, Stream::Sample, 0, 0);
    let mut below = |end: usize| (f64::from(draws.uniform()) * end as f64) as usize;
    let mut values = vec![0; count * SIDE * SIDE];
    let mut labels = Vec::with_capacity(count);
    for image in values.chunks_exact_mut(SIDE * SIDE) {
        let (height, width) = loop {
            let [height, width] = [1 + below(SIDE), 1 + below(SIDE)];
            if height.abs_diff(width) >= 3 {
                break (height, width);
            }
        };
        let (top, left) = (below(SIDE - height + 1), below(SIDE - width + 1));
        let (bottom, right) = (top + height - 1, left + width - 1);
        for y in top..=bottom {
            for x in left..=right {
                if y == top || y == bottom || x == left || x == right {
                    image[y * SIDE + x] = 255;
                }
            }
        }
        labels.push(if height > width { "tall" } else { "wide" }.to_string());
    }
    let shape = ImageShape {
        height: SIDE,
        width: SIDE,
        channels: 1,
    };
    Table::from_images(values, shape)
        .and_then(|table| table.with_labels(Tags::new("shape", labels)))
        .expect("a label for each image")
        .with_origin("rectangles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_are_outlines_of_their_label() {
        let table = rectangles(300, 1);
        let labels = &table.labels.as_ref().unwrap().values;
        for (row, label) in labels.iter().enumerate() {
            let white = |at: &usize| table.value(row, *at) == 255.0;
            let places: Vec<(usize, usize)> = (0..784)
                .filter(white)
                .map(|at| (at / 28, at % 28))
                .collect();
            let span = |of: fn(&(usize, usize)) -> usize| {
                let all = places.iter().map(of);
                all.clone().max().unwrap() - all.min().unwrap() + 1
            };
            let (height, width) = (span(|p| p.0), span(|p| p.1));
            assert!(height.abs_diff(width) >= 3, "{height} x {width}");
            assert_eq!(label, if height > width { "tall" } else { "wide" });
            let inside = height.saturating_sub(2) * width.saturating_sub(2);
            assert_eq!(places.len(), height * width - inside);
        }
        let tall = labels.iter().filter(|label| *label == "tall").count();
        assert!((110..190).contains(&tall), "{tall} of 300");
        assert_ne!(table, rectangles(300, 2));
    }

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

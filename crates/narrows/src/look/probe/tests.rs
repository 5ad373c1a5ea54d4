use super::*;
use crate::base::random::{Draws, Stream};

/// Returns values in −1 to 1.
fn values(count: usize) -> Vec<f32> {
    let mut draws = Draws::new(1, Stream::Sample, 0, 0);
    (0..count).map(|_| 2.0 * draws.uniform() - 1.0).collect()
}

fn fitted(values: &[f32], classes: &[usize], width: usize, count: usize) -> Vec<f64> {
    let rows = ScaledRows::new(values, &Scale::of(values, width));
    let start = vec![0.0; count * rows.width];
    least(start, |weights| rows.loss(classes, weights))
}

#[test]
fn classes_apart_are_all_found() {
    let mut rows = values(600 * 5);
    let classes: Vec<usize> = (0..600).map(|row| row % 3).collect();
    for (row, &class) in rows.chunks_exact_mut(5).zip(&classes) {
        row[class] += 2.5;
    }
    let (fit, test) = rows.split_at(300 * 5);
    let found = linear_probe(fit, &classes[..300], test, &classes[300..], 5, 3);
    assert_eq!(found, 1.0);
}

#[test]
fn no_line_parts_opposite_corners() {
    // Every row mirrored to all four corners, classed by the signs' product.
    let mirrored = |row: &[f32]| {
        let [x, y] = [1.0 + row[0], 1.0 + row[1]];
        [[x, y], [-x, y], [-x, -y], [x, -y]]
    };
    let corners = |values: &[f32]| -> Vec<f32> {
        let rows = values.chunks_exact(2).flat_map(mirrored);
        rows.flatten().collect()
    };
    let classes: Vec<usize> = (0..400).map(|row| row % 2).collect();
    let (fit, test) = (corners(&values(200)), corners(&values(400)[200..]));
    assert_eq!(linear_probe(&fit, &classes, &test, &classes, 2, 2), 0.5);
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    // Two blocks of rows.
    let (width, count) = (3, 4);
    let rows = values(700 * width);
    let classes: Vec<usize> = (0..700).map(|row| row * row % count).collect();
    let rows = ScaledRows::new(&rows, &Scale::of(&rows, width));
    let weights: Vec<f64> = values(count * (width + 1))
        .iter()
        .map(|&v| v.into())
        .collect();
    let (_, gradient) = rows.loss(&classes, &weights);
    for at in 0..weights.len() {
        let beside = |step| {
            let mut weights = weights.clone();
            weights[at] += step;
            rows.loss(&classes, &weights).0
        };
        let slope = (beside(1e-5) - beside(-1e-5)) / 2e-5;
        assert!(
            (slope - gradient[at]).abs() < 1e-9,
            "{at}: {slope} {gradient:?}"
        );
    }
}

#[test]
fn weights_of_0_are_as_surprised_as_chance() {
    let rows = values(10 * 2);
    let rows = ScaledRows::new(&rows, &Scale::of(&rows, 2));
    let (loss, _) = rows.loss(&[0; 10], &[0.0; 5 * 3]);
    assert!((loss - 5f64.ln()).abs() < 1e-12, "{loss}");
}

#[test]
fn the_slope_of_two_values_is_that_of_its_equation() {
    // Scaled, the values are ∓1, and weights ∓w with margin m = 2 w minimise
    // ln(1 + exp(−m)) + w² / rows: w / rows = 1 / (1 + exp(2 w)).
    let weights = fitted(&[3., 5., 3., 5.], &[0, 1, 0, 1], 1, 2);
    let slope = weights[2];
    assert!((slope / 4.0 - 1.0 / (1.0 + (2.0 * slope).exp())).abs() < 1e-4);
    for (found, expected) in weights.iter().zip([-slope, 0.0, slope, 0.0]) {
        assert!((found - expected).abs() < 1e-9, "{weights:?}");
    }
}

#[test]
fn features_that_do_not_vary_leave_the_shares_of_the_classes() {
    // The mean of equal values of 0.1 is not exactly 0.1.
    let classes = [0, 1, 1, 2, 1, 2, 1, 1, 2, 1];
    let weights = fitted(&[0.1; 20], &classes, 2, 3);
    let whole: f64 = [2, 5, 8].iter().map(|&bias| weights[bias].exp()).sum();
    for (class, share) in [0.1, 0.6, 0.3].into_iter().enumerate() {
        assert_eq!(weights[class * 3..class * 3 + 2], [0.0; 2]);
        assert!((weights[class * 3 + 2].exp() / whole - share).abs() < 1e-4);
    }
    // The test rows' values of such features do not matter.
    let test = [0.1, 0.2, 1e30, 0.1];
    assert_eq!(
        linear_probe(&[0.1; 20], &classes, &test, &[1, 2], 2, 3),
        0.5
    );
}

#[test]
fn a_class_that_no_row_of_the_fit_has_is_not_named() {
    let fit = [-2., -1., 1., 2.];
    let found = linear_probe(&fit, &[0, 0, 2, 2], &[-3., 0.1, 3.], &[0, 1, 2], 1, 4);
    assert_eq!(found, 2.0 / 3.0);
}

#[test]
fn one_class_is_always_right() {
    let rows = values(12);
    assert_eq!(linear_probe(&rows, &[0; 4], &rows, &[0; 4], 3, 1), 1.0);
    assert_eq!(linear_probe(&rows, &[1; 4], &rows, &[1; 4], 3, 2), 1.0);
}

#[test]
fn without_rows_nothing_is_right() {
    assert_eq!(linear_probe(&[], &[], &[1.], &[0], 1, 2), 0.0);
    assert_eq!(linear_probe(&[1.], &[0], &[], &[], 1, 2), 0.0);
}

#[test]
fn the_unit_of_a_feature_does_not_matter() {
    let rows = values(400 * 2);
    let classes: Vec<usize> = rows
        .chunks_exact(2)
        .map(|r| usize::from(r[0] > r[1]))
        .collect();
    // Powers of 2, so that roundings are the same.
    let units = [2f32.powi(100), 2f32.powi(-100)];
    let scaled: Vec<f32> = rows
        .chunks_exact(2)
        .flat_map(|r| [r[0] * units[0], r[1] * units[1]])
        .collect();
    assert_eq!(
        fitted(&rows, &classes, 2, 2),
        fitted(&scaled, &classes, 2, 2)
    );
}

#[test]
fn weights_do_not_depend_on_threads() {
    let rows = values(1500 * 6);
    let classes: Vec<usize> = (0..1500).map(|row| row % 7 % 3).collect();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| fitted(&rows, &classes, 6, 3))
    };
    assert_eq!(with(1), with(4));
}

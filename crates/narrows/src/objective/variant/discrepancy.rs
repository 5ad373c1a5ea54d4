//! Measures how far apart the distributions of two samples are.

use super::Measure;

/// Compares codes with draws of their prior, both `[rows, width]`.
pub(super) fn code_prior_mmd(codes: &[f32], drawn: &[f32], width: usize) -> Measure {
    Measure {
        name: "code_prior_mmd",
        value: squared_mmd(codes, drawn, width),
        shown: Some((
            "Codes against the prior",
            "squared maximum mean discrepancy, about 0 for one distribution",
        )),
    }
}

/// Returns the squared maximum mean discrepancy of two samples `[rows, width]`,
/// without bias, with the sum of five Gaussian kernels whose widths are 1/4,
/// 1/2, 1, 2 and 4 times the root of the width (Gretton et al. 2012). It is
/// about 0 if both samples have the same distribution.
fn squared_mmd(a: &[f32], b: &[f32], width: usize) -> f64 {
    let kernel = |x: &[f32], y: &[f32]| -> f64 {
        let pairs = x.iter().zip(y);
        let squares: f64 = pairs.map(|(x, y)| f64::from(x - y).powi(2)).sum();
        [0.25f64, 0.5, 1.0, 2.0, 4.0]
            .iter()
            .map(|scale| (-squares / (2.0 * scale * scale * width as f64)).exp())
            .sum()
    };
    let rows = |values: &'_ [f32]| values.len() / width;
    let row = |values: &'_ [f32], at: usize| values[at * width..(at + 1) * width].to_vec();
    let within = |values: &[f32]| {
        let count = rows(values);
        let mut sum = 0.0;
        for i in 0..count {
            let one = row(values, i);
            sum += (i + 1..count)
                .map(|j| kernel(&one, &values[j * width..(j + 1) * width]))
                .sum::<f64>();
        }
        2.0 * sum / (count * (count - 1)).max(1) as f64
    };
    let mut across = 0.0;
    for one in a.chunks(width) {
        across += b.chunks(width).map(|other| kernel(one, other)).sum::<f64>();
    }
    within(a) + within(b) - 2.0 * across / (rows(a) * rows(b)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    #[test]
    fn it_is_about_0_for_one_distribution_only() {
        let sample = |seed, shift: f64| -> Vec<f32> {
            let draws = Draws::new(seed, Stream::Prior, 0, 0).normals(1_800);
            draws.iter().map(|d| (d + shift) as f32).collect()
        };
        let first = sample(1, 0.0);
        assert!(squared_mmd(&first, &sample(2, 0.0), 3).abs() < 0.02);
        assert!(squared_mmd(&first, &sample(2, 1.0), 3) > 0.3);
    }

    #[test]
    fn of_two_rows_and_two_by_hand() {
        // The distances are 2 within each sample and 1, 3, 1 and 1 across.
        let kernel = |distance: f64| -> f64 {
            let widths = [0.25f64, 0.5, 1.0, 2.0, 4.0];
            let each = widths.map(|s| (-distance * distance / (2.0 * s * s)).exp());
            each.iter().sum()
        };
        let across = (3.0 * kernel(1.0) + kernel(3.0)) / 4.0;
        let expected = 2.0 * kernel(2.0) - 2.0 * across;
        let found = squared_mmd(&[0.0, 2.0], &[1.0, 3.0], 1);
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn of_shifted_normals_it_is_the_closed_form() {
        let (width, rows) = (4, 1_500);
        let sample = |seed, shift: f64| -> Vec<f32> {
            let draws = Draws::new(seed, Stream::Prior, 0, 0).normals(rows * width);
            draws.iter().map(|d| (d + shift) as f32).collect()
        };
        let found = squared_mmd(&sample(1, 0.0), &sample(2, 0.7), width);
        // The mean of a kernel of width s over two normals that are shifted by
        // m in each feature is (s²/(s² + 2))^(d/2) exp(-d m²/(2 (s² + 2))).
        let d = width as f64;
        let expected: f64 = [0.25f64, 0.5, 1.0, 2.0, 4.0]
            .iter()
            .map(|scale| {
                let s2 = scale * scale * d;
                let far = (-d * 0.49 / (2.0 * (s2 + 2.0))).exp();
                2.0 * (s2 / (s2 + 2.0)).powf(d / 2.0) * (1.0 - far)
            })
            .sum();
        assert!((found / expected - 1.0).abs() < 0.1, "{found} {expected}");
    }
}

//! Compares draws with their formula, their generator and their distribution.

use super::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const KEY: [u8; 32] = *b"thirty-two bytes make up the key";

fn filled(rows: &[usize], width: usize, draw: &impl Draw) -> Vec<f32> {
    let mut out = vec![f32::NAN; rows.len() * width];
    fill(&KEY, rows, width, draw, &mut out);
    out
}

#[test]
fn the_words_are_those_of_chacha8() {
    let rows = [0, 7, 1 << 40, 3];
    for width in [1_usize, 2, 8, 15, 16, 17, 20, 33, 130, 256, 300, 784] {
        let blocks = width.div_ceil(16);
        let found = filled(&rows, width, &Uniform);
        for (&row, found) in rows.iter().zip(found.chunks(width)) {
            let mut generator = ChaCha8Rng::from_seed(KEY);
            generator.set_stream(row as u64);
            let words: Vec<u32> = (0..blocks * 16).map(|_| generator.next_u32()).collect();
            for (at, &found) in found.iter().enumerate() {
                let word = words[at % blocks * 16 + at / blocks];
                assert_eq!(found, (word >> 8) as f32 / 16_777_216.0, "{width}: {at}");
            }
        }
    }
}

#[test]
fn a_row_draws_the_same_in_any_company_and_number_of_lanes() {
    let rows: Vec<usize> = (0..23).map(|row| row * row).collect();
    for width in [1, 5, 16, 31, 64, 200, 784] {
        let together = filled(&rows, width, &Normal);
        for (&row, together) in rows.iter().zip(together.chunks(width)) {
            assert_eq!(filled(&[row], width, &Normal), together);
        }
        let mut other = [(); 2].map(|()| vec![f32::NAN; together.len()]);
        let [eight, sixteen] = &mut other;
        Fill::new(&KEY, &rows, width, &Normal, eight).fill::<8>();
        Fill::new(&KEY, &rows, width, &Normal, sixteen).fill::<16>();
        assert!(other.iter().all(|other| *other == together), "{width}");
    }
    assert!(filled(&[], 3, &Normal).is_empty());
    assert!(filled(&[1, 2], 0, &Normal).is_empty());
}

#[test]
fn a_normal_draw_is_the_formula_s() {
    let unit = |word: u32| (f64::from(word) + 0.5) / 4_294_967_296.0;
    let ends = (0..2000).flat_map(|at| [at, u32::MAX - at]);
    let halves = (0..32).map(|at| 1 << at);
    let words: Vec<u32> = ends
        .chain(halves)
        .chain((0..u32::MAX).step_by(40_009))
        .collect();
    let mut worst = 0.0_f64;
    for (at, &first) in words.iter().enumerate() {
        let second = words[at * 77 % words.len()];
        let radius = (-2.0 * unit(first).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * unit(second)).sin_cos();
        let found = Normal.pair([first, second]);
        for (found, expected) in found.into_iter().zip([radius * cos, radius * sin]) {
            let off = (f64::from(found) - expected).abs();
            worst = worst.max(off / (1.0 + expected.abs()));
        }
    }
    assert!(worst < 2e-7, "{worst}");
    assert!(Normal.pair([0, 0])[0] < 6.77);
}

/// Returns the draws of many rows with a width for which blocks fill lanes
/// unevenly.
fn many(draw: &impl Draw) -> Vec<f64> {
    let rows: Vec<usize> = (0..5000).collect();
    let drawn = filled(&rows, 200, draw);
    drawn.into_iter().map(f64::from).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Asserts that the largest distance between the share of draws below each
/// value and the expected share (Kolmogorov & Smirnov) is small. 2.7 / sqrt(n)
/// is exceeded with probability 1e-6.
fn assert_distribution(mut draws: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    draws.sort_by(f64::total_cmp);
    let count = draws.len() as f64;
    let off = |(at, &draw): (usize, &f64)| (cdf(draw) - (at as f64 + 0.5) / count).abs();
    let off = draws.iter().enumerate().map(off).fold(0.0, f64::max);
    assert!(off < 2.7 / count.sqrt() + 1e-6, "{off}");
}

#[test]
fn uniform_draws_are_uniform() {
    let draws = many(&Uniform);
    assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
    assert_distribution(draws, |draw| draw);
}

#[test]
fn normal_draws_are_normal() {
    let draws = many(&Normal);
    let count = draws.len() as f64;
    // The mean of x^k over n draws is off by sqrt((2k-1)!! - ..) / sqrt(n);
    // allow five times that.
    for (power, expected, variance) in
        [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
    {
        let found = mean(draws.iter().map(|draw| draw.powi(power)));
        let bound = 5.0 * f64::sqrt(variance / count);
        assert!((found - expected).abs() < bound, "{power}: {found}");
    }
    for (beyond, share) in [(3.0, 2.699_796e-3), (4.0, 6.334_248e-5)] {
        let found = draws.iter().filter(|draw| draw.abs() > beyond).count() as f64;
        let expected = share * count;
        assert!(
            (found - expected).abs() < 5.0 * expected.sqrt(),
            "{beyond}: {found}"
        );
    }
    // Neighbours at every distance that blocks, pairs and rows produce.
    for apart in [1, 2, 12, 13, 14, 26, 200, 400] {
        for power in [1, 2] {
            let centred = |draw: f64| if power == 1 { draw } else { draw * draw - 1.0 };
            let pairs = draws.iter().zip(&draws[apart..]);
            let products: Vec<f64> = pairs.map(|(&a, &b)| centred(a) * centred(b)).collect();
            let bound = 5.0 * f64::from(power) / count.sqrt();
            let found = mean(products.into_iter());
            assert!(found.abs() < bound, "{apart}, {power}: {found}");
        }
    }
    let cdf = |z: f64| {
        let inner = (1..120).fold((0.0, z), |(sum, term), k| {
            (sum + term, term * z * z / (2.0 * f64::from(k) + 1.0))
        });
        0.5 + inner.0 * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
    };
    assert_distribution(draws, cdf);
}

#[test]
fn a_mask_keeps_its_share_and_has_mean_1() {
    for share in [0.0, 0.2, 0.5, 0.999] {
        let draws = many(&Keep::scaled(share));
        let count = draws.len() as f64;
        let dropped = draws.iter().filter(|&&draw| draw == 0.0).count() as f64;
        let bound = 5.0 * (count * share * (1.0 - share)).sqrt();
        assert!(
            (dropped - share * count).abs() <= bound,
            "{share}: {dropped}"
        );
        let kept = f64::from((1.0 / (1.0 - share)) as f32);
        assert!(draws.iter().all(|&draw| draw == 0.0 || draw == kept));
    }
}

//! Tests whether two samples are of one distribution.

/// How far two samples are apart, and how often chance alone takes them so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Apart {
    /// 0 to 1.
    pub distance: f64,
    pub p: f64,
}

/// Compares two sorted samples of numbers by Kolmogorov and Smirnov: the largest
/// difference of the shares of numbers up to a value. p is that of Stephens (1970),
/// and for numbers that occur more than once too large rather than too small. `None`
/// if a sample is empty.
pub(crate) fn of_numbers(a: &[f32], b: &[f32]) -> Option<Apart> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut distance) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        while i < a.len() && a[i] <= at {
            i += 1;
        }
        while j < b.len() && b[j] <= at {
            j += 1;
        }
        distance = distance.max((i as f64 / n - j as f64 / m).abs());
    }
    Some(Apart {
        distance,
        p: tail_of_kolmogorov(distance, n * m / (n + m)),
    })
}

/// Returns how often the largest difference is at least `distance`, for samples that
/// are worth `rows` rows.
fn tail_of_kolmogorov(distance: f64, rows: f64) -> f64 {
    let root = rows.sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    // The series does not end near 0, where p is 1.
    if scaled < 0.2 {
        return 1.0;
    }
    let term = |j: i32| {
        let sign = if j % 2 == 0 { -2.0 } else { 2.0 };
        sign * (-2.0 * f64::from(j * j) * scaled * scaled).exp()
    };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Compares how often two samples have each of some values, by chi-square; values
/// that are expected fewer than five times in a sample count as one. The distance is
/// half the sum of the differences of shares. `None` if a sample is empty.
pub(crate) fn of_counts(a: &[usize], b: &[usize]) -> Option<Apart> {
    let [n, m] = [a, b].map(|counts| counts.iter().sum::<usize>() as f64);
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let pairs = a.iter().zip(b).map(|(&a, &b)| [a as f64, b as f64]);
    let share = |[a, b]: [f64; 2]| (a / n - b / m).abs() / 2.0;
    let distance = pairs.clone().map(share).sum();
    let least = n.min(m) / (n + m);
    let (few, mut kept): (Vec<[f64; 2]>, Vec<[f64; 2]>) =
        pairs.partition(|[a, b]| (a + b) * least < 5.0);
    let sum = |at: usize| few.iter().map(|pair| pair[at]).sum::<f64>();
    let together = [sum(0), sum(1)];
    if together != [0.0, 0.0] {
        kept.push(together);
    }
    let square = |&[a, b]: &[f64; 2]| {
        let expected = (a + b) * n / (n + m);
        (a - expected).powi(2) / expected + (a - expected).powi(2) / (a + b - expected)
    };
    let squares = kept.iter().map(square).sum();
    Some(Apart {
        distance,
        p: tail_of_chi_square(squares, kept.len().saturating_sub(1)),
    })
}

/// Returns how often a chi-square of so many degrees of freedom is at least `value`.
fn tail_of_chi_square(value: f64, freedom: usize) -> f64 {
    if freedom == 0 || value <= 0.0 {
        return 1.0;
    }
    let half = value / 2.0;
    // `half^a / Γ(a + 1) e^-half`, for a = 0, 1, … or 1/2, 3/2, ….
    let (first, start) = match freedom % 2 {
        0 => (0.0, 0.0),
        _ => (libm::erfc(half.sqrt()), 0.5),
    };
    let term = |at: usize| {
        let a = at as f64 + start;
        (a * half.ln() - half - libm::lgamma(a + 1.0)).exp()
    };
    (first + (0..freedom / 2).map(term).sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};

    #[test]
    fn tails_are_those_of_the_tables() {
        // Critical values of textbooks.
        for (value, freedom, p) in [
            (3.841, 1, 0.05),
            (5.991, 2, 0.05),
            (7.815, 3, 0.05),
            (18.307, 10, 0.05),
            (24.725, 11, 0.01),
            (124.342, 100, 0.05),
            (0.0, 3, 1.0),
        ] {
            let found = tail_of_chi_square(value, freedom);
            assert!((found - p).abs() < 2e-4, "{value} {freedom}: {found}");
        }
        // 1.358 and 1.628 over the root of the rows, of many rows.
        for (scaled, p) in [(1.358, 0.05), (1.628, 0.01)] {
            let found = tail_of_kolmogorov(scaled / 1e3, 1e6);
            assert!((found - p).abs() < 2e-4, "{found}");
        }
    }

    #[test]
    fn distances_by_hand() {
        let apart = of_numbers(&[1.0, 2.0, 2.0, 3.0], &[2.0, 4.0]).unwrap();
        // Up to 1: 1/4 and 0; up to 2: 3/4 and 1/2; up to 3: 1 and 1/2.
        assert_eq!(apart.distance, 0.5);
        let apart = of_counts(&[30, 70], &[50, 50]).unwrap();
        assert!((apart.distance - 0.2).abs() < 1e-12);
        // Expected are 40 and 60: 100/40 + 100/60 of each sample.
        let expected = tail_of_chi_square(2.0 * (100.0 / 40.0 + 100.0 / 60.0), 1);
        assert!((apart.p - expected).abs() < 1e-12);
        assert_eq!(of_numbers(&[], &[1.0]), None);
        assert_eq!(of_counts(&[0], &[3]), None);
    }

    #[test]
    fn samples_of_one_distribution_are_told_apart_as_often_as_was_said() {
        const TURNS: u64 = 2_000;
        let (mut numbers, mut counts) = (0, 0);
        for turn in 0..TURNS {
            let mut draws = Draws::new(3, Stream::Split, turn, 0);
            let mut sample = |rows: usize| {
                let mut sample: Vec<f32> = (0..rows).map(|_| draws.uniform()).collect();
                sample.sort_by(f32::total_cmp);
                sample
            };
            let (a, b) = (sample(200), sample(120));
            numbers += u64::from(of_numbers(&a, &b).unwrap().p <= 0.05);
            let count = |of: &[f32]| {
                let mut counts = [0; 4];
                of.iter().for_each(|x| counts[(x * 4.0) as usize] += 1);
                counts
            };
            counts += u64::from(of_counts(&count(&a), &count(&b)).unwrap().p <= 0.05);
        }
        let error = 4.0 * (0.05 * 0.95 / TURNS as f64).sqrt();
        for found in [numbers, counts] {
            let share = found as f64 / TURNS as f64;
            assert!((share - 0.05).abs() < error + 0.005, "{share}");
        }
    }
}

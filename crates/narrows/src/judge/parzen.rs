//! Computes the log-likelihood of rows under a density of other rows.
//!
//! With new rows `yⱼ`, the density is a mean of normals around them,
//! `p(x) = 1/N Σⱼ N(x; yⱼ, σ² I)` (Parzen 1962), as in Breuleux, Bengio &
//! Vincent, "Quickly generating representative samples from an RBM-derived
//! process", 2011.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::look::neighbours::{Frame, products};

/// Number of rows whose distances each thread has in memory at a time.
const BLOCK: usize = 64;
/// The deviation is chosen among this many, each 2^(1/8) times the one before.
/// The search repeats around a best one at either end, up to `FARTHEST` times
/// the usual distance.
const DEVIATIONS: i32 = 33;
const FARTHEST: f64 = 1e3;

/// The likelihood of real rows under a density of new ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parzen {
    /// The deviation σ of each normal, in scaled units: the best on the rows to
    /// choose it on.
    pub deviation: f64,
    /// `log p` in nats per row, the mean over the measured rows.
    pub log_likelihood: f64,
    /// The standard error of the mean; `None` for a single row.
    pub standard_error: Option<f64>,
    /// Number of measured rows.
    pub rows: usize,
}

impl Parzen {
    /// Fits and measures. All rows are `[rows, width]` in scaled units, none
    /// empty.
    pub(super) fn of(new: &[f32], choice: &[f32], measured: &[f32], width: usize) -> Self {
        // The usual distance of a feature from the nearest new row.
        let near = each_row(new, choice, width, |squares| {
            squares.iter().copied().fold(f64::INFINITY, f64::min)
        });
        let typical = near.iter().sum::<f64>() / (near.len() * width) as f64;
        let typical = typical.sqrt().max(1e-6);
        let mut middle = typical;
        let deviation = loop {
            let best = best_deviation(new, choice, width, middle);
            let ends = [0, DEVIATIONS - 1].map(|at| tried(middle, at));
            // Copies among the rows to choose on would make it ever smaller.
            if !ends.contains(&best) || !(typical / FARTHEST..typical * FARTHEST).contains(&best) {
                break best;
            }
            middle = best;
        };
        let logs = each_row(new, measured, width, |squares| {
            log_density(squares, deviation, width)
        });
        let rows = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / rows;
        let spread = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>();
        Parzen {
            deviation,
            log_likelihood: mean,
            standard_error: (logs.len() > 1).then(|| (spread / (rows - 1.0) / rows).sqrt()),
            rows: logs.len(),
        }
    }
}

/// Returns one of the deviations to try around `middle`.
fn tried(middle: f64, at: i32) -> f64 {
    middle * 2f64.powf(f64::from(at - DEVIATIONS / 2) / 8.0)
}

/// Returns the deviation that makes the rows to choose on likeliest.
fn best_deviation(new: &[f32], choice: &[f32], width: usize, middle: f64) -> f64 {
    let deviations: Vec<f64> = (0..DEVIATIONS).map(|at| tried(middle, at)).collect();
    let of_choice = each_row(new, choice, width, |squares| {
        let of = |&deviation: &f64| log_density(squares, deviation, width);
        deviations.iter().map(of).collect::<Vec<f64>>()
    });
    let total = |at: usize| of_choice.iter().map(|row| row[at]).sum::<f64>();
    let best = (0..deviations.len()).max_by(|&a, &b| total(a).total_cmp(&total(b)));
    deviations[best.expect("there are deviations")]
}

/// Returns `log 1/N Σⱼ N(x; yⱼ, σ² I)` from the squared distances from `x` to
/// all `yⱼ`.
fn log_density(squares: &[f64], deviation: f64, width: usize) -> f64 {
    let scale = 2.0 * deviation * deviation;
    let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    let sum: f64 = squares.iter().map(|s| ((nearest - s) / scale).exp()).sum();
    let normal = 0.5 * width as f64 * (std::f64::consts::PI * scale).ln();
    sum.ln() - nearest / scale - (squares.len() as f64).ln() - normal
}

/// Applies `of` to each row's squared distances to all new rows.
fn each_row<T: Send>(
    new: &[f32],
    rows: &[f32],
    width: usize,
    of: impl Fn(&[f64]) -> T + Sync,
) -> Vec<T> {
    let norm = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    // Centred on the mean, so that little is lost when norms are subtracted.
    let frame = Frame::of(new, rows, width);
    let (new, rows) = (&frame.place(new)[..], &frame.place(rows)[..]);
    let scale = frame.unit * frame.unit;
    let norms: Vec<f64> = new.chunks_exact(width).map(norm).collect();
    let blocks: Vec<Vec<T>> = rows
        .par_chunks(BLOCK * width)
        .map(|block| {
            let products = products(new, block, width);
            let rows = block.chunks_exact(width).enumerate();
            rows.map(|(at, row)| {
                let own = norm(row);
                let square = |(j, n): (usize, &f64)| {
                    scale * (own + n - 2.0 * f64::from(products[(j, at)])).max(0.0)
                };
                let squares: Vec<f64> = norms.iter().enumerate().map(square).collect();
                of(&squares)
            })
            .collect()
        })
        .collect();
    blocks.into_iter().flatten().collect()
}

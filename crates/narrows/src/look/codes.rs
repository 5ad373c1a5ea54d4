//! Places rows on a flat map by their latent codes.

use faer::{Mat, MatRef};
use serde::Serialize;

use super::pick::spaced;
use super::sample::Sample;
use super::tsne::tsne;
use crate::base::linear::{eigenvectors, product};
use crate::base::moments::Moments;
use crate::data::scale::Prepared;

/// Largest number of units, or else of rows, whose products are diagonalised.
const WIDEST: usize = 512;
/// A unit that varies less than this share of the most varying one is idle.
const IDLE: f32 = 0.01;
/// Largest and smallest number of rows that t-SNE places.
const NEIGHBOURS: usize = 1_000;
const FEWEST: usize = 10;

/// The codes of some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Codes {
    /// Rows on the map, evenly spaced, by their numbers in the data they were
    /// read from, counted from 1.
    pub rows: Vec<usize>,
    /// Each row's place on the map.
    pub points: Vec<[f32; 2]>,
    /// The meaning of the map's axes.
    pub axes: Axes,
    /// A map that keeps neighbours together, for codes of more than two units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<NeighbourMap>,
    /// The name of the label column, and each row's label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<(String, Vec<String>)>,
    /// The mean of each code unit over the rows.
    pub means: Vec<f32>,
    /// The standard deviation of each code unit over the rows.
    pub deviations: Vec<f32>,
    /// Number of units that vary less than a hundredth of the most varying one.
    pub idle: usize,
    /// Whether training used the labels.
    pub told_labels: bool,
}

/// The meaning of a map's two axes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Axes {
    /// The only unit of the code; the other axis is 0.
    Unit,
    /// The two units of the code.
    Units,
    /// The first two principal axes of the codes (of 512 codes if there are
    /// more units than that), with the share of the codes' variance along each,
    /// 0 to 1.
    Principal([f32; 2]),
}

/// Codes placed by t-SNE (van der Maaten & Hinton 2008), starting from their
/// principal axes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NeighbourMap {
    /// Indices into [`Codes::rows`], counted from 0.
    pub places: Vec<usize>,
    /// Each row's point; only nearness has a meaning.
    pub points: Vec<[f32; 2]>,
}

/// Places the codes of a sample on one or two maps.
pub(super) fn codes(data: &Prepared, sample: &Sample, told_labels: bool) -> Codes {
    let (codes, units) = (&sample.codes, sample.units);
    let deviations = sample.moments.deviations();
    let (points, axes) = match units {
        1 => (codes.iter().map(|&c| [c, 0.0]).collect(), Axes::Unit),
        2 => (
            codes.chunks_exact(2).map(|c| [c[0], c[1]]).collect(),
            Axes::Units,
        ),
        _ => principal(codes, &sample.moments),
    };
    let most = deviations.iter().copied().fold(0.0, f32::max);
    let rows = &sample.rows;
    Codes {
        neighbours: (units > 2 && rows.len() >= FEWEST).then(|| neighbours(sample, &points)),
        points,
        axes,
        labels: data.table.labels.as_ref().map(|tags| {
            let of = |&row: &usize| tags.values[row].clone();
            (tags.name.clone(), rows.iter().map(of).collect())
        }),
        means: sample.moments.means(),
        // A single row varies nowhere; none of its units is called idle.
        idle: match rows.len() {
            1 => 0,
            _ => deviations.iter().filter(|&&d| d <= IDLE * most).count(),
        },
        deviations,
        told_labels,
        rows: rows.iter().map(|&row| data.table.number_of(row)).collect(),
    }
}

fn neighbours(sample: &Sample, points: &[[f32; 2]]) -> NeighbourMap {
    let places = spaced(sample.rows.len(), NEIGHBOURS);
    let codes: Vec<f32> = places
        .iter()
        .flat_map(|&at| sample.code(at))
        .copied()
        .collect();
    let start: Vec<[f32; 2]> = places.iter().map(|&at| points[at]).collect();
    NeighbourMap {
        points: tsne(&codes, sample.units, &start),
        places,
    }
}

/// Projects codes on their first two principal axes, `[rows, 2]`.
fn principal(codes: &[f32], moments: &Moments) -> (Vec<[f32; 2]>, Axes) {
    let units = moments.means_f64().len();
    let centred: Vec<f64> = codes
        .chunks_exact(units)
        .flat_map(|code| {
            code.iter()
                .zip(moments.means_f64())
                .map(|(&c, m)| f64::from(c) - m)
        })
        .collect();
    let axes = axes(&centred, units);
    let along = |code: &[f64], axis: &[f64]| code.iter().zip(axis).map(|(c, a)| c * a).sum::<f64>();
    let points: Vec<[f64; 2]> = centred
        .chunks_exact(units)
        .map(|code| [along(code, &axes[0]), along(code, &axes[1])])
        .collect();
    let whole: f64 = centred.iter().map(|c| c * c).sum();
    let share = |axis: usize| match whole > 0.0 {
        true => (points.iter().map(|p| p[axis] * p[axis]).sum::<f64>() / whole) as f32,
        false => 0.0,
    };
    let shares = [share(0), share(1)];
    let narrowed = points.iter().map(|p| [p[0] as f32, p[1] as f32]).collect();
    (narrowed, Axes::Principal(shares))
}

/// Returns the two unit axes of largest variance of centred rows
/// `[rows, units]`.
fn axes(centred: &[f64], units: usize) -> [Vec<f64>; 2] {
    let rows = centred.len() / units;
    if units <= WIDEST {
        let centred = MatRef::from_row_major_slice(centred, rows, units);
        let leading = leading(product(centred.transpose(), centred));
        return leading.map(|axis| axis.unwrap_or_else(|| vec![0.0; units]));
    }
    // The products of rows have the same eigenvalues as those of units, and
    // their eigenvectors weight the rows that add up to an axis.
    let some: Vec<&[f64]> = spaced(rows, WIDEST)
        .into_iter()
        .map(|row| &centred[row * units..(row + 1) * units])
        .collect();
    let codes = Mat::from_fn(some.len(), units, |row, unit| some[row][unit]);
    leading(product(codes.as_ref(), codes.transpose())).map(|weights| {
        let mut axis = vec![0.0; units];
        for (code, weight) in some.iter().zip(weights.unwrap_or_default()) {
            axis.iter_mut()
                .zip(*code)
                .for_each(|(a, c)| *a += weight * c);
        }
        upright(axis)
    })
}

/// Returns the eigenvectors of the two largest eigenvalues; `None` if there are
/// fewer, or the solver fails.
fn leading(products: Mat<f64>) -> [Option<Vec<f64>>; 2] {
    let size = products.nrows();
    let Some(vectors) = eigenvectors(products.as_ref()) else {
        return [None, None];
    };
    [1, 2].map(|from_end| {
        let axis = size.checked_sub(from_end)?;
        Some(upright((0..size).map(|at| vectors[(at, axis)]).collect()))
    })
}

/// Scales to length 1 and makes the largest part positive: an axis has no sign
/// of its own.
fn upright(axis: Vec<f64>) -> Vec<f64> {
    let length = axis.iter().map(|a| a * a).sum::<f64>().sqrt();
    let largest = axis
        .iter()
        .fold(0f64, |most, &a| if a.abs() > most.abs() { a } else { most });
    if length == 0.0 {
        return axis;
    }
    let factor = largest.signum() / length;
    axis.into_iter().map(|a| a * factor).collect()
}

/// Maps codes `[rows, units]`, for tests.
#[cfg(test)]
pub(super) fn principal_of(codes: &[f32], units: usize) -> (Vec<[f32; 2]>, Axes) {
    principal(codes, &Moments::of(codes, units))
}

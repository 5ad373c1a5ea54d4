//! Finds which columns move together with the units of the code.

use serde::Serialize;

use super::sample::Sample;
use crate::data::scale::Prepared;
use crate::data::source::Source;

/// The most units, those that vary most, and the most columns of each.
const UNITS: usize = 12;
const TOP: usize = 5;
/// The fewest known cells that a column is compared by.
const FEWEST: usize = 8;

/// The columns that move together with a unit of the code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnitAssociations {
    /// The unit's number, counted from 1.
    pub unit: usize,
    /// At most five columns, the closest first.
    pub columns: Vec<Association>,
}

/// How closely a column moves together with a unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Association {
    /// The column's name.
    pub column: String,
    /// Of a number Pearson's correlation, -1 to 1; of a text the correlation
    /// ratio, and of a number that goes round the multiple correlation with its
    /// sine and cosine, both 0 to 1 and less what chance gives. Over rows that
    /// have the cell.
    pub strength: f64,
    /// Whether the strength has a sign, as that of a number has.
    pub signed: bool,
}

/// Returns the columns that move together with the units that vary most; none
/// of images.
pub(super) fn associations(data: &Prepared, sample: &Sample) -> Vec<UnitAssociations> {
    if data.scaler.image.is_some() {
        return Vec::new();
    }
    let features = data.gather_known(&sample.rows);
    let width = data.features();
    let names = data.scaler.column_names();
    let numbers = data.scaler.numbers();
    let unit = |unit: usize| {
        let codes: Vec<f64> = sample.unit(unit).map(f64::from).collect();
        let of_column = |(at, name): (usize, &String)| {
            let range = data.scaler.features_of(at);
            let signed = range.len() == 1 && numbers.contains(&range.start);
            // The rows that have the cell.
            let rows = features.chunks_exact(width).map(|row| &row[range.clone()]);
            let known = rows.zip(&codes).filter(|(cell, _)| !cell[0].is_nan());
            let (cells, codes): (Vec<&[f32]>, Vec<f64>) = known.unzip();
            let strength = match range.len() {
                _ if codes.len() < FEWEST => None,
                _ if signed => correlation(cells.iter().map(|cell| f64::from(cell[0])), &codes),
                _ if numbers.contains(&range.start) => circular(&cells, &codes),
                _ => ratio(&cells, &codes),
            };
            Some(Association {
                column: name.clone(),
                strength: strength.filter(|strength| *strength != 0.0)?,
                signed,
            })
        };
        let mut columns: Vec<Association> =
            names.iter().enumerate().filter_map(of_column).collect();
        columns.sort_by(|a, b| b.strength.abs().total_cmp(&a.strength.abs()));
        columns.truncate(TOP);
        UnitAssociations {
            unit: unit + 1,
            columns,
        }
    };
    let units = sample.varying().into_iter().take(UNITS).map(unit);
    units.filter(|unit| !unit.columns.is_empty()).collect()
}

/// Returns Pearson's correlation; `None` if one of the two never changes.
fn correlation(of: impl Iterator<Item = f64> + Clone, with: &[f64]) -> Option<f64> {
    let rows = with.len() as f64;
    let mean_of = of.clone().sum::<f64>() / rows;
    let mean_with = with.iter().sum::<f64>() / rows;
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in of.zip(with) {
        let (x, y) = (x - mean_of, y - mean_with);
        both += x * y;
        own += x * x;
        other += y * y;
    }
    let scale = (own * other).sqrt();
    (scale > 0.0).then(|| (both / scale).clamp(-1.0, 1.0))
}

/// Returns the root of the share of a variance that is explained by `freedom`
/// numbers, less what so many explain of noise.
fn less_chance(explained: f64, rows: usize, freedom: usize) -> Option<f64> {
    let left = rows.checked_sub(freedom + 1).filter(|left| *left > 0)?;
    let share = 1.0 - (1.0 - explained) * (rows - 1) as f64 / left as f64;
    Some(share.clamp(0.0, 1.0).sqrt())
}

/// Returns the multiple correlation with sine and cosine.
fn circular(cells: &[&[f32]], codes: &[f64]) -> Option<f64> {
    let feature = |at: usize| cells.iter().map(move |cell| f64::from(cell[at]));
    let one = correlation(feature(0), codes).unwrap_or(0.0);
    let other = correlation(feature(1), codes).unwrap_or(0.0);
    let second: Vec<f64> = feature(1).collect();
    let between = correlation(feature(0), &second).unwrap_or(0.0);
    let apart = 1.0 - between * between;
    let explained = match apart > 1e-9 {
        true => (one * one + other * other - 2.0 * one * other * between) / apart,
        false => one * one,
    };
    less_chance(explained, codes.len(), 2)
}

/// Returns the correlation ratio of a text, given by a 0/1 feature for each: the
/// root of the share of the unit's variance that lies between the texts.
fn ratio(cells: &[&[f32]], codes: &[f64]) -> Option<f64> {
    let mut groups = vec![(0f64, 0f64); cells.first()?.len() + 1];
    // A text that training had not is the last.
    let unseen = groups.len() - 1;
    for (cell, code) in cells.iter().zip(codes) {
        let group = cell.iter().position(|&x| x > 0.5).unwrap_or(unseen);
        groups[group].0 += 1.0;
        groups[group].1 += code;
    }
    let mean = codes.iter().sum::<f64>() / codes.len() as f64;
    let all: f64 = codes.iter().map(|code| (code - mean).powi(2)).sum();
    let there = groups.iter().filter(|(rows, _)| *rows > 0.0);
    let between = there
        .clone()
        .map(|(rows, sum)| rows * (sum / rows - mean).powi(2));
    let between: f64 = between.sum();
    let different = there.count();
    match all > 0.0 && different > 1 {
        true => less_chance(between / all, codes.len(), different - 1),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_by_hand_has_its_sign() {
        let found = correlation([1.0, 2.0, 3.0].into_iter(), &[2.0, 0.0, 1.0]);
        assert!((found.unwrap() + 0.5).abs() < 1e-12);
        assert_eq!(correlation([1.0, 1.0].into_iter(), &[0.0, 1.0]), None);
    }

    #[test]
    fn a_correlation_ratio_by_hand_is_less_what_chance_gives() {
        // Means 1 and 4 around 2.5: 9 of a sum of squares of 9 + 2 * 1.
        let (a, b): (&[f32], &[f32]) = (&[1.0, 0.0], &[0.0, 1.0]);
        let found = ratio(&[a, a, b, b], &[0.5, 1.5, 3.5, 4.5]).unwrap();
        let expected = 1.0 - (1.0 - 9.0 / 10.0) * 3.0 / 2.0;
        assert!((found * found - expected).abs() < 1e-12, "{found}");
        assert_eq!(ratio(&[a, a, a], &[1.0, 2.0, 3.0]), None);
        // Each row has a text of its own, which says nothing.
        let own: Vec<Vec<f32>> = (0..4)
            .map(|row| (0..4).map(|at| f32::from(u8::from(at == row))).collect())
            .collect();
        let own: Vec<&[f32]> = own.iter().map(Vec::as_slice).collect();
        assert_eq!(ratio(&own, &[1.0, 2.0, 3.0, 4.0]), None);
    }

    #[test]
    fn what_goes_round_is_found_whichever_way_it_points() {
        let angles: Vec<[f32; 2]> = (0..40).map(|i| (i as f32 * 0.7).sin_cos().into()).collect();
        let cells: Vec<&[f32]> = angles.iter().map(|a| &a[..]).collect();
        let codes: Vec<f64> = angles
            .iter()
            .map(|[sin, cos]| f64::from(0.6 * sin - 0.8 * cos))
            .collect();
        assert!((circular(&cells, &codes).unwrap() - 1.0).abs() < 1e-6);
    }
}

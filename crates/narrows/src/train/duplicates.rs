//! Finds held-out rows that are training rows too.

use std::collections::{HashMap, HashSet};

use super::split::Split;
use crate::base::warning::Warning;
use crate::data::table::{ColumnKind, Table, Values};

/// The least share of the held-out rows, and the least number of them, that is
/// worth a warning.
const SHARE: f64 = 0.01;
const LEAST: usize = 5;
/// A column of at most this many different values has few of them.
const FEW: usize = 20;
/// Rows repeat by themselves if their columns have fewer combinations of values
/// than this many for each row.
const COMBINATIONS: f64 = 10.0;

/// Returns a warning if many held-out rows of a table have the same values in all
/// columns as a training row. Images are not compared.
pub(super) fn duplicates(table: &Table, split: &Split) -> Option<Warning> {
    if table.image.is_some() {
        return None;
    }
    let rows = match &table.values {
        Values::Floats(values) => repeated(values, table.columns.len(), split, |v| v.to_bits()),
        Values::Bytes(values) => repeated(values, table.columns.len(), split, |&v| v.into()),
    };
    let is_many = rows >= LEAST && rows as f64 >= SHARE * split.held_out.len() as f64;
    is_many.then(|| Warning::Duplicates {
        rows,
        held_out: split.held_out.len(),
        few_values: has_few_values(table, &split.train),
    })
}

/// Returns how many held-out rows equal a training row, bit by bit. Memory is taken
/// for the held-out rows only.
fn repeated<T>(values: &[T], width: usize, split: &Split, bits: fn(&T) -> u32) -> usize {
    let row = |row: usize| values[row * width..][..width].iter().map(bits);
    let hash = |at: usize| {
        row(at).fold(0u64, |hash, bits| {
            (hash.rotate_left(5) ^ u64::from(bits)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    };
    // Rows of a hash, each with the number of those equal to it.
    let mut held_out: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
    for &at in &split.held_out {
        let alike = held_out.entry(hash(at)).or_default();
        match alike.iter_mut().find(|(known, _)| row(*known).eq(row(at))) {
            Some((_, count)) => *count += 1,
            None => alike.push((at, 1)),
        }
    }
    let mut found = 0;
    for &at in &split.train {
        let Some(alike) = held_out.get_mut(&hash(at)) else {
            continue;
        };
        if let Some(same) = alike.iter().position(|(known, _)| row(*known).eq(row(at))) {
            found += alike.swap_remove(same).1;
        }
    }
    found
}

/// Returns whether the columns have so few different values in the training rows
/// that rows repeat by themselves.
fn has_few_values(table: &Table, rows: &[usize]) -> bool {
    let most = COMBINATIONS * rows.len() as f64;
    let mut combinations = 1.0;
    let mut all_few = true;
    for (column, kind) in table.columns.iter().map(|column| &column.kind).enumerate() {
        let mut seen = HashSet::new();
        for &row in rows {
            seen.insert(table.value(row, column).to_bits());
            if seen.len() as f64 > most {
                break;
            }
        }
        all_few &= seen.len() <= FEW || matches!(kind, ColumnKind::Category(_));
        combinations *= seen.len() as f64;
    }
    all_few || combinations <= most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};
    use crate::config::Config;
    use crate::data::table::ImageShape;
    use crate::train::Training;

    /// Returns drawn rows of three columns, of which the last `again` repeat the
    /// first ones.
    fn repeating(rows: usize, again: usize) -> Vec<f32> {
        let mut draws = Draws::new(3, Stream::Sample, 0, 0);
        let mut values: Vec<f32> = (0..(rows - again) * 3).map(|_| draws.uniform()).collect();
        values.extend_from_within(..again * 3);
        values
    }

    /// Holds the last rows out.
    fn split(rows: usize, held_out: usize) -> Split {
        Split {
            train: (0..rows - held_out).collect(),
            held_out: (rows - held_out..rows).collect(),
        }
    }

    fn found(values: Vec<f32>, held_out: usize) -> Option<Warning> {
        let table = Table::from_floats(values, 3).unwrap();
        duplicates(&table, &split(table.rows(), held_out))
    }

    fn warning(rows: usize, held_out: usize, few_values: bool) -> Option<Warning> {
        Some(Warning::Duplicates {
            rows,
            held_out,
            few_values,
        })
    }

    #[test]
    fn held_out_rows_that_are_training_rows_are_counted() {
        assert_eq!(found(repeating(1_000, 0), 100), None);
        assert_eq!(found(repeating(1_000, 37), 100), warning(37, 100, false));
        // The last bit makes another row, and so does another order.
        let mut values = repeating(1_000, 37);
        let last = values.len() - 1;
        values[last] = f32::from_bits(values[last].to_bits() ^ 1);
        values.swap(last - 4, last - 5);
        assert_eq!(found(values, 100), warning(35, 100, false));
        // Missing cells are equal, and a row counts as often as it is held out.
        let mut values = repeating(1_000, 0);
        for row in [0, 990, 991, 992, 993, 994, 995] {
            values[row * 3..][..3].copy_from_slice(&[f32::NAN, 1.0, 2.0]);
        }
        assert_eq!(found(values, 100), warning(6, 100, false));
    }

    #[test]
    fn few_of_them_and_images_are_passed_over() {
        assert_eq!(found(repeating(1_000, 4), 100), None);
        assert_eq!(found(repeating(2_000, 9), 1_000), None);
        assert_eq!(
            found(repeating(2_000, 10), 1_000),
            warning(10, 1_000, false)
        );
        let shape = ImageShape {
            height: 1,
            width: 3,
            channels: 1,
        };
        let images = Table::from_images(vec![7; 300], shape).unwrap();
        assert_eq!(duplicates(&images, &split(100, 50)), None);
    }

    #[test]
    fn rows_of_few_different_values_repeat_by_themselves() {
        let mut draws = Draws::new(3, Stream::Sample, 0, 0);
        let values: Vec<f32> = (0..3_000)
            .map(|_| (draws.uniform() * 4.0).floor())
            .collect();
        let Some(Warning::Duplicates {
            rows, few_values, ..
        }) = found(values, 100)
        else {
            panic!("no warning");
        };
        assert!(rows > 90 && few_values, "{rows}");
    }

    #[test]
    fn a_training_warns_until_rows_are_there_once() {
        let trained = |values: Vec<f32>| {
            let table = Table::from_floats(values, 3).unwrap();
            let mut config = Config::default();
            (config.network.hidden, config.network.code) = (vec![], 2);
            let training = Training::new(&config, &table).unwrap();
            let warnings = training.warnings().iter();
            let is_one = |warning: &&Warning| matches!(warning, Warning::Duplicates { .. });
            warnings.filter(is_one).map(ToString::to_string).next()
        };
        let twice = trained(repeating(1_000, 500)).unwrap();
        assert!(
            twice.contains("held-out rows are also training rows")
                && twice.contains("says little of new rows")
                && twice.ends_with("keep each row once"),
            "{twice}"
        );
        assert_eq!(trained(repeating(1_000, 500)[..1_500].to_vec()), None);
        let few = repeating(1_000, 0)
            .iter()
            .map(|v| (v * 3.0).floor())
            .collect();
        let few = trained(few).unwrap();
        assert!(few.contains("as rows of few different values do"), "{few}");
        assert!(!few.contains("says little"), "{few}");
    }
}

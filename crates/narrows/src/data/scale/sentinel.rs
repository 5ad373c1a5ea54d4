//! Finds values that seem to be codes for missing cells, such as -999.

use crate::base::warning::Warning;
use crate::data::table::{ColumnKind, Table};

/// One end of a column's range.
struct End {
    value: f32,
    count: usize,
    /// The nearest other value.
    next: f32,
}

/// How many times the width of the rest a value must be away from it, unless it
/// is written as codes usually are.
const AWAY: f32 = 10.0;

/// Returns a warning for each number column whose smallest or largest value is
/// in several training rows and lies far from the rest.
///
/// `is_made` says which columns are made of others, whose cells have other values.
pub(super) fn sentinels(
    table: &Table,
    rows: &[usize],
    is_made: impl Fn(&str) -> bool,
) -> Vec<Warning> {
    if table.image.is_some() {
        return Vec::new();
    }
    let columns = table.columns.iter().enumerate();
    let numbers =
        columns.filter(|(_, column)| column.kind == ColumnKind::Number && !is_made(&column.name));
    let found = numbers.filter_map(|(at, column)| {
        let value = |&row: &usize| table.value(row, at);
        let low = end(rows.iter().map(value))?;
        // The largest value is the smallest one with the other sign.
        let high = end(rows.iter().map(|row| -value(row)))?;
        let high = End {
            value: -high.value,
            next: -high.next,
            ..high
        };
        let is_sentinel = |end: &End, rest: f32| {
            let (gap, width) = ((end.value - end.next).abs(), (end.next - rest).abs());
            let away = if is_code(end.value) { 1.0 } else { AWAY };
            end.count >= 2 && width > 0.0 && gap > away * width && gap.is_finite()
        };
        let (low_end, high_end) = (low.value, high.value);
        let end = [(low, high_end), (high, low_end)]
            .into_iter()
            .find(|(end, rest)| is_sentinel(end, *rest));
        end.map(|(end, _)| Warning::Sentinel {
            name: column.name.clone(),
            value: as_written(table, at, end.value),
            count: end.count,
        })
    });
    found.collect()
}

/// Returns an end of a column as the file has it, if 32 bits do not hold it.
fn as_written(table: &Table, column: usize, value: f32) -> String {
    let exact = table.exact.iter().find(|exact| exact.column == column);
    let ends = exact.map_or([f64::NAN; 2], |exact| [exact.low, exact.high]);
    let end = ends.into_iter().find(|end| *end as f32 == value);
    end.map_or(value.to_string(), |end| end.to_string())
}

/// Returns whether a number is all nines, or too large to be measured.
fn is_code(value: f32) -> bool {
    let size = value.abs();
    let nines = [9.0, 99.0, 999.0, 9_999.0, 99_999.0, 999_999.0, 9_999_999.0];
    nines.contains(&size) || size >= 1e20
}

/// Returns the smallest value; `None` if no two values differ.
fn end(values: impl Iterator<Item = f32>) -> Option<End> {
    let (mut low, mut count, mut next) = (f32::INFINITY, 0, f32::INFINITY);
    for value in values.filter(|value| !value.is_nan()) {
        if value < low {
            (next, low, count) = (low, value, 1);
        } else if value == low {
            count += 1;
        } else {
            next = next.min(value);
        }
    }
    next.is_finite().then_some(End {
        value: low,
        count,
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: Vec<f32>) -> Vec<Warning> {
        let table = Table::from_floats(values, 1).unwrap();
        let rows: Vec<usize> = (0..table.rows()).collect();
        sentinels(&table, &rows, |_| false)
    }

    #[test]
    fn a_value_is_told_as_the_file_has_it() {
        let mut table = Table::from_floats(vec![2_147_483_600.0, 1.5], 1).unwrap();
        assert_eq!(as_written(&table, 0, 1.5), "1.5");
        table.exact.push(crate::data::table::Exact {
            column: 0,
            low: 1.5,
            mean: 1e9,
            high: 2_147_483_647.0,
            lost: false,
        });
        assert_eq!(as_written(&table, 0, 2_147_483_600.0), "2147483647");
    }

    #[test]
    fn a_far_value_in_several_rows_is_a_code() {
        let mut values: Vec<f32> = (0..50).map(|i| i as f32 / 10.0).collect();
        assert_eq!(found(values.clone()), []);
        values.push(-999.0);
        // Once, it may be a gross error.
        assert_eq!(found(values.clone()), []);
        values.push(-999.0);
        let [Warning::Sentinel { value, count, .. }] = &found(values.clone())[..] else {
            panic!()
        };
        assert_eq!((value.as_str(), *count), ("-999", 2));
        let other: Vec<f32> = values.iter().map(|value| -value).collect();
        assert!(matches!(&found(other)[..], [Warning::Sentinel { value, .. }] if value == "999"));
        // Zeros and counts far above are no code and the rest.
        assert_eq!(found(vec![0.0, 0.0, 8.0, 9.5, 10.0]), []);
        // Two values alone are no code and the rest.
        assert_eq!(found(vec![0.0, 1.0, 0.0, 1.0]), []);
        assert_eq!(found(vec![0.0, 0.0, 1.0, 2.0]), []);
    }
}

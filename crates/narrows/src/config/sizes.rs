//! Sizes of a network and its training that suit a table, for settings that are
//! left open.

use crate::data::table::{ColumnKind, Table};

/// Sizes that suit the rows and columns of a table.
///
/// With `C` columns, `F` features (one for a number, one for each text of a
/// category) and `n` rows:
///
/// - `hidden`: one layer of `2 F` units, rounded up to a multiple of 16, at least
///   32 and at most 256;
/// - `code`: a third of the columns, rounded up, at most 64;
/// - `batch`: a thirtieth of the rows, rounded down to a power of two, at least 16
///   and at most 256;
/// - `epochs`: as many as make 30,000 steps, at least 10 and at most 300.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sizes {
    /// `network.hidden`
    pub hidden: Vec<usize>,
    /// `network.code`
    pub code: usize,
    /// `train.batch`
    pub batch: usize,
    /// `train.epochs`
    pub epochs: usize,
}

/// The steps that a training takes, unless that makes too few epochs or too
/// many.
const STEPS: usize = 30_000;

impl Sizes {
    /// Returns the sizes for a table.
    pub fn of(table: &Table) -> Self {
        let features = |kind: &ColumnKind| match kind {
            ColumnKind::Category(levels) => levels.len(),
            _ => 1,
        };
        let columns = table.columns();
        let features = columns.iter().map(|column| features(&column.kind)).sum();
        Self::for_rows(table.rows(), columns.len(), features)
    }

    fn for_rows(rows: usize, columns: usize, features: usize) -> Self {
        let hidden = (2 * features).next_multiple_of(16).clamp(32, 256);
        let batch = match (rows / 30).checked_ilog2() {
            Some(power) => 1 << power.clamp(4, 8),
            None => 16,
        };
        let steps = rows.div_ceil(batch).max(1);
        Sizes {
            hidden: vec![hidden],
            code: columns.div_ceil(3).clamp(1, 64),
            batch,
            epochs: (STEPS / steps).clamp(10, 300),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_stated_rule() {
        let of = |rows, columns, features| {
            let sizes = Sizes::for_rows(rows, columns, features);
            (sizes.hidden[0], sizes.code, sizes.batch, sizes.epochs)
        };
        assert_eq!(of(150, 4, 4), (32, 2, 16, 300));
        assert_eq!(of(1, 1, 1), (32, 1, 16, 300));
        assert_eq!(of(1_000, 20, 90), (192, 7, 32, 300));
        assert_eq!(of(1_000_000, 30, 30), (64, 10, 256, 10));
        assert_eq!(of(20_000, 300, 300), (256, 64, 256, 300));
        assert_eq!(of(100_000, 3, 3), (32, 1, 256, 76));
    }
}

//! Which rows each network of a cross-fitted model leaves out of its training.

use crate::base::random::{Draws, Stream};

/// Returns the rows that the network of a number, from 1, leaves out of its training,
/// in order: one of `folds` parts of `rows` rows.
pub(crate) fn fold(seed: u64, rows: usize, folds: usize, number: usize) -> Vec<usize> {
    let order = Draws::new(seed, Stream::Split, 0, 0).permutation(rows);
    let (from, to) = ((number - 1) * rows / folds, number * rows / folds);
    let mut fold = order[from..to].to_vec();
    fold.sort_unstable();
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_in_one_fold() {
        let mut all: Vec<usize> = (1..=4).flat_map(|number| fold(7, 103, 4, number)).collect();
        assert_eq!(fold(7, 103, 4, 1).len(), 25);
        all.sort_unstable();
        assert_eq!(all, (0..103).collect::<Vec<_>>());
    }
}

//! Which texts of a category are told apart.

/// The name of the level that all other texts have in common.
pub(crate) const OTHER: &str = "(other)";
/// The most levels of a category, that of all other texts among them.
pub(crate) const MOST: usize = 40;
/// A text in so many rows is never rare.
const ENOUGH: usize = 10;
/// Nor is one in this share of the rows, so that small tables keep all texts.
const SHARE: usize = 100;

/// Returns whether each text is told apart, given the rows of each: those in 10
/// rows or in 1 % of all rows, and of more than 40 the 39 commonest.
pub(crate) fn told_apart(counts: &[usize]) -> Vec<bool> {
    let rows: usize = counts.iter().sum();
    let is_common = |&&count: &&usize| count >= ENOUGH || count * SHARE >= rows;
    if counts.len() <= MOST {
        return counts.iter().map(|count| is_common(&count)).collect();
    }
    let mut places: Vec<usize> = (0..counts.len()).collect();
    // The first of equally common ones.
    places.sort_by_key(|&at| (std::cmp::Reverse(counts[at]), at));
    let mut kept = vec![false; counts.len()];
    for &at in places.iter().take(MOST - 1) {
        kept[at] = is_common(&&counts[at]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_table_keeps_all_texts_and_a_large_one_the_common_ones() {
        assert_eq!(told_apart(&[40, 14, 6]), [true; 3]);
        assert_eq!(told_apart(&[98, 1, 1]), [true; 3]);
        assert_eq!(told_apart(&[400, 100, 4]), [true, true, false]);
        assert_eq!(told_apart(&[100_000, 10, 9]), [true, true, false]);
        assert_eq!(told_apart(&[]), [false; 0]);
    }

    #[test]
    fn of_many_texts_39_are_kept() {
        let kept = told_apart(&[30; 41]);
        assert_eq!(kept.iter().filter(|kept| **kept).count(), 39);
        assert!(kept[38] && !kept[39] && !kept[40]);
        assert_eq!(told_apart(&[30; 40]), [true; 40]);
    }
}

//! Which rows are kept apart for p, beside those that early stopping chooses by.

use super::split::Split;
use crate::base::error::{Error, Result};
use crate::base::random::{Draws, Stream};
use crate::config::Config;

/// Takes rows out of training, to measure p among: those of `same`, or as many as
/// `data.calibration` says. Returns them in the table's order.
///
/// # Errors
/// [`Error::Config`] if no row would be left to train on.
pub(super) fn take_calibration(
    config: &Config,
    split: &mut Split,
    same: Option<&[usize]>,
) -> Result<Vec<usize>> {
    let mut taken = match (same, config.data.calibration) {
        (Some(rows), _) => rows.to_vec(),
        (None, None) => return Ok(Vec::new()),
        (None, Some(asked)) => {
            let train = &split.train;
            let count = asked.rows(train.len() + split.held_out.len());
            if count >= train.len() {
                return Err(Error::config(
                    "data.calibration",
                    format!("{count} of the {} rows that are not held out", train.len()),
                    "at least one row to train on",
                    "lower it, or lower data.held_out",
                ));
            }
            match asked.last {
                true => train[train.len() - count..].to_vec(),
                false => {
                    // Part 0 is the choice of held-out rows.
                    let draws = Draws::new(config.seed, Stream::Split, 0, 1);
                    let order = { draws }.permutation(train.len());
                    order[..count].iter().map(|&at| train[at]).collect()
                }
            }
        }
    };
    taken.sort_unstable();
    split.train.retain(|row| taken.binary_search(row).is_err());
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(held_out: &str, calibration: &str) -> Result<(Split, Vec<usize>)> {
        let mut config = Config::default();
        config.data.held_out = Some(held_out.parse().unwrap());
        config.data.calibration = Some(calibration.parse().unwrap());
        let mut split = Split::new(&config, 100, None).unwrap();
        let taken = take_calibration(&config, &mut split, None)?;
        Ok((split, taken))
    }

    #[test]
    fn rows_for_p_are_apart_from_all_others() {
        let (split, taken_rows) = taken("20", "0.3").unwrap();
        assert_eq!((split.train.len(), taken_rows.len()), (50, 30));
        let mut all = [split.train, split.held_out, taken_rows].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        let (_, last) = taken("last:10", "last:5").unwrap();
        assert_eq!(last, (85..90).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_are_taken_than_leave_a_row() {
        let message = taken("20", "80").err().unwrap().to_string();
        assert!(message.contains("80 of the 80 rows"), "{message}");
        assert_eq!(taken("20", "79").unwrap().0.train.len(), 1);
    }
}

//! Which rows are trained on, and which are held out.

use std::collections::{HashMap, HashSet};

use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::random::{Draws, Stream};
use crate::config::Config;
use crate::data::table::{Table, Tags, Windows};
use crate::model::folds::fold;

/// Default number of held-out rows, if there are enough rows.
const HELD_OUT: usize = 5_000;

/// Places of rows in the table, in its order, so that memory is read in order.
pub(super) struct Split {
    pub train: Vec<usize>,
    pub held_out: Vec<usize>,
}

impl Split {
    /// Holds out the chosen rows, or as many random ones as the config says.
    ///
    /// # Errors
    /// [`Error::Config`] if no row would be left to train on, or settings need
    /// held-out rows and there are none; [`Error::Usage`] for chosen rows that
    /// do not exist, come twice, or are chosen against `data.held_out`.
    pub fn new(config: &Config, rows: usize, chosen: Option<&[usize]>) -> Result<Self> {
        let mut split = match chosen {
            Some(chosen) => Self::chosen(config, rows, chosen)?,
            None if config.data.cross_fit => {
                let held_out = fold(config.seed, rows, config.seeds, 1);
                let is_held_out: HashSet<usize> = held_out.iter().copied().collect();
                let train = (0..rows).filter(|row| !is_held_out.contains(row));
                Split {
                    train: train.collect(),
                    held_out,
                }
            }
            None => {
                let held_out = held_out(config, rows)?;
                let last = config.data.held_out.is_some_and(|held_out| held_out.last);
                let mut order = match last {
                    true => (0..rows).rev().collect(),
                    false => Draws::new(config.seed, Stream::Split, 0, 0).permutation(rows),
                };
                let train = order.split_off(held_out);
                Split {
                    train,
                    held_out: order,
                }
            }
        };
        split.train.sort_unstable();
        split.held_out.sort_unstable();
        Ok(split)
    }

    /// Holds out the chosen windows, or the last ones of each series, and leaves out of
    /// training those that have rows in common with them. The series are those of the
    /// column `data.group`.
    ///
    /// # Errors
    /// As [`Split::new`].
    pub fn of_windows(
        config: &Config,
        table: &Table,
        windows: &Windows,
        chosen: Option<&[usize]>,
    ) -> Result<Self> {
        let rows = table.rows();
        let mut split = match chosen {
            Some(chosen) => Self::chosen(config, rows, chosen)?,
            None => {
                let share = held_out(config, rows)? as f64 / rows as f64;
                let mut last = vec![false; rows];
                for of_series in series(config, table) {
                    let count = (share * of_series.len() as f64).round() as usize;
                    for &row in &of_series[of_series.len() - count..] {
                        last[row] = true;
                    }
                }
                let (held_out, train) = (0..rows).partition(|&row| last[row]);
                Split { train, held_out }
            }
        };
        let mut ends: Vec<usize> = split
            .held_out
            .iter()
            .map(|&row| windows.newest[row])
            .collect();
        ends.sort_unstable();
        split.train.retain(|&row| {
            let first = (windows.newest[row] + 1).saturating_sub(windows.length);
            let next = ends.partition_point(|&end| end < first);
            ends.get(next)
                .is_none_or(|&end| end >= windows.newest[row] + windows.length)
        });
        if split.train.is_empty() {
            return Err(Error::config(
                "data.held_out",
                format!("{} of {rows} windows", split.held_out.len()),
                "windows to train on that have no row in common with them",
                "lower it, or lower data.window",
            ));
        }
        Ok(split)
    }

    fn chosen(config: &Config, rows: usize, chosen: &[usize]) -> Result<Self> {
        let refuse = |found: String, expected: &str, hint: &str| {
            Err(Error::usage(
                format!("held-out rows {found}"),
                expected,
                hint,
            ))
        };
        if let Some(row) = chosen.iter().find(|&&row| row >= rows) {
            let expected = "rows that are there, counted from 0";
            return refuse(format!("with row {row} of {rows}"), expected, "");
        }
        if config.data.held_out.is_some() {
            return refuse(
                "beside data.held_out".into(),
                "one of the two",
                "leave out data.held_out",
            );
        }
        let mut is_held_out = vec![false; rows];
        for &row in chosen {
            if std::mem::replace(&mut is_held_out[row], true) {
                return refuse(format!("with row {row} twice"), "each row once", "");
            }
        }
        if chosen.len() == rows {
            return refuse("that are all rows".into(), "a row to train on", "");
        }
        if chosen.is_empty() && config.train.early_stopping.is_some() {
            let expected = "some for train.early_stopping to watch";
            return refuse("that are none".into(), expected, "choose some");
        }
        let (held_out, train) = (0..rows).partition(|&row| is_held_out[row]);
        Ok(Split { train, held_out })
    }
}

/// Returns the windows of each series, in the order of time.
fn series(config: &Config, table: &Table) -> Vec<Vec<usize>> {
    let is_group = |ids: &&Tags| Some(&ids.name) == config.data.group.as_ref();
    let groups = table.ids().iter().find(is_group);
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for row in 0..table.rows() {
        let group = groups.map_or("", |groups| &groups.values[row]);
        let at = *known.entry(group).or_insert_with(|| {
            found.push(Vec::new());
            found.len() - 1
        });
        found[at].push(row);
    }
    found
}

/// Returns how many of `rows` rows are held out.
///
/// # Errors
/// [`Error::Config`] if none would be left to train on.
fn held_out(config: &Config, rows: usize) -> Result<usize> {
    // Early stopping needs one to watch.
    let least = usize::from(config.train.early_stopping.is_some() && rows > 2);
    let default = HELD_OUT.min(rows / 10).max(least);
    let held_out = config.data.held_out;
    let held_out = held_out.map_or(default, |held_out| held_out.rows(rows));
    if held_out >= rows {
        return Err(Error::config(
            "data.held_out",
            format!("{held_out} of the {rows} rows there are"),
            "at least one row to train on",
            Hint::from("lower it, or ")
                .and(Remedy::LeaveOut("data.held_out".into()))
                .and(" for a tenth of the rows"),
        ));
    }
    if held_out == 0 && config.train.early_stopping.is_some() {
        return Err(Error::config(
            "train.early_stopping",
            format!("{rows} rows, too few to hold any out"),
            "held-out rows to watch",
            Hint::from("set data.held_out, or ")
                .and(Remedy::LeaveOut("train.early_stopping".into())),
        ));
    }
    Ok(held_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::Values;

    #[test]
    fn chosen_rows_are_held_out_and_all_others_trained_on() {
        let config = Config::default();
        let split = Split::new(&config, 5, Some(&[4, 1])).unwrap();
        assert_eq!((split.train, split.held_out), (vec![0, 2, 3], vec![1, 4]));
        let split = Split::new(&config, 50, None).unwrap();
        assert_eq!((split.train.len(), split.held_out.len()), (45, 5));
        let mut config = Config::default();
        config.train.early_stopping = Some(3);
        let split = Split::new(&config, 3, None).unwrap();
        assert_eq!((split.train.len(), split.held_out.len()), (2, 1));
    }

    #[test]
    fn a_share_and_the_last_rows_are_held_out_where_asked() {
        let split = |held_out: &str, rows: usize| {
            let mut config = Config::default();
            config.data.held_out = Some(held_out.parse().unwrap());
            Split::new(&config, rows, None).unwrap()
        };
        assert_eq!(split("last:0.3", 10).held_out, [7, 8, 9]);
        assert_eq!(split("last:2", 10).held_out, [8, 9]);
        let random = split("0.3", 1_000).held_out;
        assert_eq!(random.len(), 300);
        assert!(random[0] < 700);
    }

    #[test]
    fn the_last_windows_of_each_series_are_held_out_apart_from_all_others() {
        use crate::data::table::Column;
        let mut config = Config::default();
        config.data.window = Some(5);
        config.data.group = Some("of".into());
        let values = (0..200).map(|row| row as f32).collect();
        let of: Vec<&str> = (0..200).map(|row| ["a", "b"][row % 2]).collect();
        let table = Table::new(vec![Column::number("x")], Values::Floats(values)).unwrap();
        let table = table.with_ids(Tags::new("of", of)).unwrap();
        let table = table.in_windows(&config.data).unwrap();
        let windows = table.windows.as_ref().unwrap();
        let split = Split::of_windows(&config, &table, windows, None).unwrap();
        // 96 windows of each series, a tenth held out, four between left out.
        assert_eq!(
            (table.rows(), split.held_out.len(), split.train.len()),
            (192, 20, 164)
        );
        for &row in &split.train {
            for &other in &split.held_out {
                assert!(!windows.overlap(row, other), "{row} and {other}");
            }
        }
        let chosen = Split::of_windows(&config, &table, windows, Some(&[100])).unwrap();
        assert_eq!(chosen.train.len(), 192 - 9);
        config.data.held_out = Some("0.97".parse().unwrap());
        let refused = Split::of_windows(&config, &table, windows, None);
        assert!(refused.is_err_and(|error| error.to_string().contains("data.held_out")));
    }

    #[test]
    fn rows_that_cannot_be_held_out_are_refused() {
        let refused = |chosen: &[usize], change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            match Split::new(&config, 3, Some(chosen)) {
                Err(error) => error.to_string(),
                Ok(_) => panic!("{chosen:?} is not refused"),
            }
        };
        assert!(refused(&[3], |_| {}).contains("row 3 of 3"));
        assert!(refused(&[1, 1], |_| {}).contains("row 1 twice"));
        assert!(refused(&[0], |c| c.data.held_out = Some(1.into())).contains("data.held_out"));
        assert!(refused(&[0, 1, 2], |_| {}).contains("all rows"));
        assert!(refused(&[], |c| c.train.early_stopping = Some(2)).contains("early_stopping"));
    }

    #[test]
    fn held_out_rows_default_to_5000_or_a_tenth() {
        let mut config = Config::default();
        assert_eq!(held_out(&config, 60_000).unwrap(), 5_000);
        assert_eq!(held_out(&config, 300).unwrap(), 30);
        assert_eq!(held_out(&config, 1).unwrap(), 0);
        config.data.held_out = Some(300.into());
        assert!(
            held_out(&config, 300)
                .unwrap_err()
                .to_string()
                .contains("data.held_out")
        );
    }
}

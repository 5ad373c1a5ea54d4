//! Tells which windows of a series overlap, and counts the stretches of time that
//! marked ones make.

use std::collections::HashMap;

use narrows::{Model, Table};

/// Where a window ends: its series, and the number of its newest row there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct End {
    series: usize,
    row: usize,
}

/// Follows the windows of a file, part by part.
#[derive(Debug)]
pub struct Stretches {
    length: usize,
    step: usize,
    group: Option<String>,
    series: HashMap<String, usize>,
    /// The windows of each series so far.
    seen: Vec<usize>,
    /// The newest row of the last marked window of each series.
    last: HashMap<usize, usize>,
    count: usize,
}

impl Stretches {
    /// Returns `None` if the model's rows are no windows.
    pub fn of(model: &Model) -> Option<Self> {
        let series = model.config().data.series()?;
        Some(Stretches {
            length: series.window,
            step: series.step,
            group: series.group,
            series: HashMap::new(),
            seen: Vec::new(),
            last: HashMap::new(),
            count: 0,
        })
    }

    /// Returns where the windows of the next part end.
    pub fn ends(&mut self, part: &Table) -> Vec<End> {
        let is_group = |name: &String| Some(name) == self.group.as_ref();
        let groups = part.ids().iter().find(|ids| is_group(&ids.name));
        let end = |row: usize| {
            let group = groups.map_or("", |groups| &groups.values[row]);
            let series = match self.series.get(group) {
                Some(&series) => series,
                None => {
                    self.series.insert(group.into(), self.seen.len());
                    self.seen.push(0);
                    self.seen.len() - 1
                }
            };
            self.seen[series] += 1;
            End {
                series,
                row: self.seen[series] * self.step,
            }
        };
        (0..part.rows()).map(end).collect()
    }

    /// Returns whether two windows have a row in common.
    pub fn overlap(&self, a: End, b: End) -> bool {
        a.series == b.series && a.row.abs_diff(b.row) < self.length
    }

    /// Adds marked windows, and returns how many stretches all so far make: those that
    /// overlap are one.
    pub fn count(&mut self, ends: &[End], marked: &[Option<bool>]) -> usize {
        for (end, _) in ends.iter().zip(marked).filter(|(_, is)| **is == Some(true)) {
            let last = self.last.insert(end.series, end.row);
            self.count += usize::from(last.is_none_or(|last| end.row - last >= self.length));
        }
        self.count
    }
}

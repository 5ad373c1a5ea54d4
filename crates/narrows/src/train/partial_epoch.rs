//! Keeps the sums of an epoch of which some steps are done.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The steps of an epoch so far. All that an epoch draws is a function of its
/// number, so this is its whole state besides the weights and their moments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartialEpoch {
    /// Number of finished steps.
    pub steps: usize,
    /// Number of rows in those steps.
    pub rows: usize,
    /// Each term of the loss, summed over those rows.
    pub sums: BTreeMap<String, f64>,
    /// The learning rate of the last step.
    pub rate: f64,
    /// The gradient's norm, if the last step was the epoch's.
    pub gradient_norm: Option<f64>,
    /// The rows that the epoch leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<usize>,
    /// Seconds and rows that this process has spent on the epoch.
    #[serde(skip)]
    pub timed: (f64, usize),
}

impl PartialEpoch {
    /// Describes what cannot be in an epoch that was read from a file; `None` if
    /// all can.
    pub fn misfit(&self) -> Option<String> {
        let fits = self.rows >= self.steps && (self.steps > 0) == (self.rows > 0);
        let finite = self.sums.values().all(|sum| sum.abs() < 1e300);
        (!fits || !finite).then(|| format!("{} steps with {} rows", self.steps, self.rows))
    }

    /// Adds a step of some rows.
    pub fn add(&mut self, rows: usize, terms: &[(&'static str, f64)]) {
        self.steps += 1;
        self.rows += rows;
        self.timed.1 += rows;
        for (name, value) in terms {
            *self.sums.entry(name.to_string()).or_default() += value * rows as f64;
        }
    }

    /// Adds the time since `started`.
    pub fn spent(&mut self, started: Instant) {
        self.timed.0 += started.elapsed().as_secs_f64();
    }

    /// Returns every term's mean over the rows, and their total.
    pub fn loss(&self) -> BTreeMap<String, f64> {
        let mean = |(name, sum): (&String, &f64)| (name.clone(), sum / self.rows as f64);
        let mut loss: BTreeMap<String, f64> = self.sums.iter().map(mean).collect();
        loss.insert("total".into(), loss.values().sum());
        loss
    }
}

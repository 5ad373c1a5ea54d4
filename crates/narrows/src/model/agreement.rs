//! How far the networks of a model agree on which rows are unusual.

use std::collections::HashSet;

use super::Model;
use super::row_errors::Scorer;
use super::score::errors;
use crate::base::error::Result;
use crate::data::table::Table;

impl Model {
    /// Returns how far the networks of a model agree on these rows: the share of the
    /// most unusual rows of one, `share` of all, that another has among its own, on
    /// average over all pairs. Chance alone gives `share`. `None` for a model of one
    /// network, or of fewer than two rows.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the model;
    /// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
    pub fn agreement(&self, table: &Table, share: f64) -> Result<Option<f64>> {
        let data = self.prepare(table)?;
        let scorer = self.scorer();
        let rows: Vec<usize> = (0..data.rows()).collect();
        if scorer.others.is_empty() || rows.len() < 2 {
            return Ok(None);
        }
        let most = ((rows.len() as f64 * share).ceil() as usize).clamp(1, rows.len());
        let networks = std::iter::once(scorer.first).chain(scorer.others);
        let mut top: Vec<HashSet<usize>> = Vec::new();
        for first in networks {
            let alone = Scorer {
                first,
                others: Vec::new(),
            };
            let scores = errors(&alone, &data, &rows)?;
            let mut order: Vec<usize> = rows.clone();
            order.retain(|&row| !scores[row].is_nan());
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            order.truncate(most);
            top.push(order.into_iter().collect());
        }
        let mut shared = Vec::new();
        for (at, one) in top.iter().enumerate() {
            for other in &top[at + 1..] {
                shared.push(one.intersection(other).count() as f64 / one.len().max(1) as f64);
            }
        }
        Ok(Some(shared.iter().sum::<f64>() / shared.len() as f64))
    }
}

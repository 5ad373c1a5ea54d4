//! How far the networks of a model agree on which rows are unusual.

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
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the model.
    pub fn agreement(&self, table: &Table, share: f64) -> Result<Option<f64>> {
        let data = self.prepare(table)?;
        let scorer = self.scorer();
        let rows: Vec<usize> = (0..data.rows()).collect();
        if scorer.others.is_empty() || rows.len() < 2 {
            return Ok(None);
        }
        let most = ((rows.len() as f64 * share).ceil() as usize).clamp(1, rows.len());
        let voices = std::iter::once(scorer.first).chain(scorer.others);
        let top = voices.map(|first| {
            let alone = Scorer {
                first,
                others: Vec::new(),
            };
            let scores = errors(&alone, &data, &rows);
            let mut order = rows.clone();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            order.truncate(most);
            order
        });
        let top: Vec<Vec<usize>> = top.collect();
        let mut shared = Vec::new();
        for (at, one) in top.iter().enumerate() {
            for other in &top[at + 1..] {
                let both = one.iter().filter(|row| other.contains(row)).count();
                shared.push(both as f64 / most as f64);
            }
        }
        Ok(Some(shared.iter().sum::<f64>() / shared.len() as f64))
    }
}

//! Compares a model with the one that it was trained anew from, on the same rows.

use narrows::{Model, Table};
use serde_json::{Value, json};

use crate::output::{rows, short};

/// What two models find of the same rows.
pub struct Beside {
    rows: usize,
    /// How many rows the old and the new one mark, and both.
    marked: [usize; 3],
    /// The mean squared error of a feature, of models that scale rows alike.
    mse: Option<[f64; 2]>,
}

impl Beside {
    /// Compares two models on rows that the new one has not seen; their errors too if
    /// they scale rows alike. `None` if the old one
    /// cannot take them, or if one has no held-out rows to mark by.
    pub fn of(old: &Model, new: &Model, held_out: &Table, are_alike: bool) -> Option<Self> {
        let marked = |model: &Model| -> Option<Vec<bool>> {
            let is_known = model.history().iter().any(|epoch| epoch.held_out.is_some());
            let scores = model.score(held_out).ok().filter(|_| is_known)?;
            let most = model.config().score.false_alarms as f32;
            Some(scores.p_values.iter().map(|p| *p <= most).collect())
        };
        let (before, now) = (marked(old)?, marked(new)?);
        let count = |of: &[bool]| of.iter().filter(|is| **is).count();
        let both = before.iter().zip(&now).filter(|(a, b)| **a && **b).count();
        let mse = |model: &Model| model.evaluate(held_out).ok().map(|found| found.scaled.mse);
        let errors = are_alike.then(|| Some([mse(old)?, mse(new)?])).flatten();
        Some(Beside {
            rows: held_out.rows(),
            marked: [count(&before), count(&now), both],
            mse: errors,
        })
    }

    pub fn json(&self) -> Value {
        let [before, now, both] = self.marked;
        json!({"rows": self.rows, "marked_before": before, "marked_now": now, "marked_by_both": both,
            "mse_before": self.mse.map(|mse| mse[0]), "mse_now": self.mse.map(|mse| mse[1])})
    }

    /// Says it, with the name of the old run.
    pub fn text(&self, old: &str) -> String {
        let [before, now, both] = self.marked;
        let mut text = format!(
            "beside {old}, on {} held out: it marks {before}, this model {now}, both {both}",
            rows(self.rows)
        );
        if let Some([before, now]) = self.mse {
            text += &format!("; its mse is {}, this one's {}", short(before), short(now));
        }
        text
    }
}

//! Measures how well each column comes back, by its likelihood.

use narrows_ops::count_cost;
use serde::{Deserialize, Serialize};

use crate::data::scale::{Head, HeadKind, Scaler};

/// The least probability that a text or a value counts with: what was ruled out
/// costs 16 nats.
const LEAST: f64 = 1e-7;

/// Errors of one column over the cells that are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnErrors {
    /// The column's name.
    pub name: String,
    /// The number of cells that are known.
    pub known: usize,
    /// Minus the log-likelihood of a cell, in nats: of a number the density in
    /// scaled units, normal around its reconstruction; of a text its
    /// probability. `None` if no cell is known.
    pub nats: Option<f64>,
    /// The same by the distribution that the column has by itself in the
    /// training rows.
    pub marginal_nats: Option<f64>,
    /// For numbers `1 - squared error / squared distance from the training
    /// mean`, else `1 - nats / marginal nats`: 1 is perfect, 0 no better than
    /// knowing nothing of the row. `None` if the cells do not vary.
    pub explained: Option<f64>,
    /// Of a column of texts or of two values: the share of cells whose most
    /// likely text or value is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Likewise: the share of cells that have the training rows' commonest one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commonest: Option<f64>,
    /// What is explained of cells that are hidden from the encoder, if the model
    /// has learnt from such: how well missing cells can be filled in. 30 % of
    /// the cells are hidden at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<f64>,
}

/// Sums over rows, from which the errors are computed.
pub(crate) struct ColumnSums<'s> {
    columns: Vec<(String, &'s Head)>,
    sums: Vec<Sum>,
    /// The distances of each number's cells, if they are asked for.
    distances: Option<Vec<Vec<f32>>>,
    /// Likewise, of each text and of one of two values: the chance that it had,
    /// and that by the column itself.
    chances: Vec<Vec<(f32, f32)>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    known: usize,
    /// Of numbers the squared error, else minus the log-likelihood.
    cost: f64,
    /// The squared error.
    squares: f64,
    /// The same by the column's own distribution.
    own: f64,
    right: usize,
    commonest: usize,
}

impl<'s> ColumnSums<'s> {
    pub fn new(scaler: &'s Scaler) -> Self {
        let heads = scaler.heads.iter().flatten();
        let columns: Vec<_> = scaler.column_names().into_iter().zip(heads).collect();
        ColumnSums {
            sums: vec![Sum::default(); columns.len()],
            chances: vec![Vec::new(); columns.len()],
            columns,
            distances: None,
        }
    }

    /// Keeps the distances of numbers from what came back, and the chances of
    /// texts, too.
    pub fn with_distances(self) -> Self {
        ColumnSums {
            distances: Some(vec![Vec::new(); self.columns.len()]),
            ..self
        }
    }

    /// Adds features `[rows, features]` and what came back of them; NaN stands
    /// for features that are not known.
    pub fn add(&mut self, input: &[f32], output: &[f32]) {
        let features: usize = self.columns.iter().map(|(_, head)| head.means.len()).sum();
        if features == 0 {
            return;
        }
        let rows = input
            .chunks_exact(features)
            .zip(output.chunks_exact(features));
        for (x, y) in rows {
            let mut from = 0;
            for (at, ((_, head), sum)) in self.columns.iter().zip(&mut self.sums).enumerate() {
                let own = from..from + head.means.len();
                from = own.end;
                let (x, y) = (&x[own.clone()], &y[own]);
                sum.add(head, x, y);
                let Some(distances) = self.distances.as_mut().filter(|_| !x[0].is_nan()) else {
                    continue;
                };
                if head.is_number() {
                    distances[at].push((x[0] - y[0]).abs());
                }
                self.chances[at].extend(chances(head, x, y));
            }
        }
    }

    /// Returns the errors. `variances` are the network's own, of each feature.
    pub fn errors(&self, variances: Option<&[f32]>) -> Vec<ColumnErrors> {
        let mut at = 0;
        let of_column = |((name, head), sum): (&(String, &Head), &Sum)| {
            // Those of sine and cosine count as one.
            let own = at..at + head.means.len();
            at = own.end;
            let mean = |of: &[f32]| of.iter().sum::<f32>() / of.len() as f32;
            let variance = variances.map(|variances| mean(&variances[own]));
            sum.errors(name, head, variance)
        };
        self.columns.iter().zip(&self.sums).map(of_column).collect()
    }

    /// Returns evenly spaced quantiles of the distances of each column, from the
    /// smallest to the largest; none of a column without.
    pub fn distances(&self) -> Vec<Vec<f32>> {
        /// One for each two percent.
        const POINTS: usize = 51;
        let quantiles = |of: &Vec<f32>| -> Vec<f32> {
            let mut sorted = of.clone();
            sorted.sort_by(f32::total_cmp);
            let Some(last) = sorted.len().checked_sub(1) else {
                return Vec::new();
            };
            let at = |point: usize| sorted[(point * last).div_ceil(POINTS - 1)];
            (0..POINTS).map(at).collect()
        };
        self.distances.iter().flatten().map(quantiles).collect()
    }

    /// Returns how far the chances of each column can be trusted: the share that
    /// makes the cells the most likely if it is theirs, and the rest that of the
    /// column itself. `None` for numbers, and without cells.
    pub fn trust(&self) -> Vec<Option<f32>> {
        let most_likely = |of: &Vec<(f32, f32)>| {
            let nats = |share: f32| -> f64 {
                let mixed = of.iter().map(|(p, own)| share * p + (1.0 - share) * own);
                mixed.map(|p| f64::from(p).max(LEAST).ln()).sum()
            };
            let shares = (0..=20).map(|share| share as f32 / 20.0);
            let best = shares.max_by(|a, b| nats(*a).total_cmp(&nats(*b)));
            best.filter(|_| !of.is_empty())
        };
        self.chances.iter().map(most_likely).collect()
    }

    /// Returns the mean squared error of the known cells of each column.
    pub fn squared(&self) -> Vec<Option<f64>> {
        let mean = |sum: &Sum| (sum.known > 0).then(|| sum.squares / sum.known as f64);
        self.sums.iter().map(mean).collect()
    }
}

/// Returns the chance that a text or one of two values had, and that by the column
/// itself; `None` for numbers and for texts that training had not.
fn chances(head: &Head, x: &[f32], y: &[f32]) -> Option<(f32, f32)> {
    match head.kind {
        HeadKind::Categorical => {
            let level = x.iter().position(|&x| x > 0.5)?;
            Some((y[level], head.means[level]))
        }
        HeadKind::Bernoulli => {
            let of = |p: f32| if x[0] > 0.5 { p } else { 1.0 - p };
            Some((of(y[0]), of(head.means[0])))
        }
        HeadKind::Normal | HeadKind::Count { .. } => None,
    }
}

impl Sum {
    fn add(&mut self, head: &Head, x: &[f32], y: &[f32]) {
        if x.iter().any(|x| x.is_nan()) {
            return;
        }
        let squares = |to: &[f32]| -> f64 {
            let each = x.iter().zip(to);
            each.map(|(x, y)| f64::from(x - y).powi(2)).sum()
        };
        let nats = |p: f32| -f64::from(p).max(LEAST).ln();
        self.squares += squares(y);
        match head.kind {
            HeadKind::Normal => {
                self.cost += squares(y);
                self.own += squares(&head.means);
            }
            HeadKind::Count {
                offset,
                factor,
                dispersion,
                ..
            } => {
                let count = |feature: f32| f64::from(feature * factor + offset).exp_m1();
                let r = f64::from(dispersion);
                let n = count(x[0]).round();
                self.cost += count_cost(n, count(y[0]), r);
                self.own += count_cost(n, count(head.means[0]), r);
            }
            HeadKind::Bernoulli => {
                let of = |p: f32| if x[0] > 0.5 { p } else { 1.0 - p };
                self.cost += nats(of(y[0]));
                self.own += nats(of(head.means[0]));
                self.right += usize::from((y[0] > 0.5) == (x[0] > 0.5));
                self.commonest += usize::from((head.means[0] > 0.5) == (x[0] > 0.5));
            }
            HeadKind::Categorical => {
                // A text that training had not is none of these.
                let Some(level) = x.iter().position(|&x| x > 0.5) else {
                    return;
                };
                self.cost += nats(y[level]);
                self.own += nats(head.means[level]);
                self.right += usize::from(largest(y) == level);
                self.commonest += usize::from(largest(&head.means) == level);
            }
        }
        self.known += 1;
    }

    fn errors(&self, name: &str, head: &Head, variance: Option<f32>) -> ColumnErrors {
        let known = self.known as f64;
        let mean = |sum: f64| (self.known > 0).then(|| sum / known);
        let (cost, own) = (mean(self.cost), mean(self.own));
        let features = head.means.len() as f64;
        // Half the squared error in units of a variance, and the constants.
        let density = |squares: f64, variance: f64| {
            let constant = (variance / features * std::f64::consts::TAU).ln();
            0.5 * features * (squares / variance + constant)
        };
        let is_normal = head.is_normal();
        let floor = f64::from(head.variance).max(1e-12);
        let residual = variance.map(|v| f64::from(v) * features);
        let residual = residual.or(head.residual.map(f64::from)).unwrap_or(floor);
        let (nats, marginal_nats) = match is_normal {
            true => (
                cost.map(|squares| density(squares, residual.max(2.5e-3 * floor))),
                own.map(|squares| density(squares, floor)),
            ),
            false => (cost, own),
        };
        let tells = !matches!(head.kind, HeadKind::Normal | HeadKind::Count { .. });
        let share = |count: usize| (tells && self.known > 0).then(|| count as f64 / known);
        ColumnErrors {
            name: name.into(),
            known: self.known,
            nats,
            marginal_nats,
            explained: match (cost, own) {
                (Some(cost), Some(own)) if own > 0.0 => Some(1.0 - cost / own),
                _ => None,
            },
            accuracy: share(self.right),
            commonest: share(self.commonest),
            hidden: None,
        }
    }
}

/// Returns the place of the largest value; the first of several.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(head: &Head, rows: &[(&[f32], &[f32])]) -> ColumnErrors {
        let mut sum = Sum::default();
        rows.iter().for_each(|(x, y)| sum.add(head, x, y));
        sum.errors("a", head, None)
    }

    #[test]
    fn errors_of_a_category_by_hand() {
        let head = Head {
            kind: HeadKind::Categorical,
            means: vec![0.75, 0.25],
            variance: 0.375,
            residual: None,
            distances: Vec::new(),
            trust: None,
        };
        let nan = [f32::NAN; 2];
        let found = sums(
            &head,
            &[
                (&[1., 0.], &[0.5, 0.5]),
                (&[0., 1.], &[0.25, 0.75]),
                (&nan, &[0.5, 0.5]),
                (&[0., 0.], &[0.5, 0.5]),
            ],
        );
        assert_eq!(found.known, 2);
        let nats = (2f64.ln() + (4.0 / 3.0f64).ln()) / 2.0;
        let own = ((4.0 / 3.0f64).ln() + 4f64.ln()) / 2.0;
        assert!((found.nats.unwrap() - nats).abs() < 1e-7);
        assert!((found.marginal_nats.unwrap() - own).abs() < 1e-7);
        assert!((found.explained.unwrap() - (1.0 - nats / own)).abs() < 1e-7);
        assert_eq!((found.accuracy, found.commonest), (Some(1.0), Some(0.5)));
    }

    #[test]
    fn chances_are_trusted_as_far_as_they_come_true() {
        let head = || Head {
            kind: HeadKind::Categorical,
            means: vec![0.5, 0.5],
            variance: 0.5,
            residual: None,
            distances: Vec::new(),
            trust: None,
        };
        // Of ten cells that are said to be the first with a chance of 0.9, the
        // share of those that are.
        let trust = |right: usize| {
            let mut sums = ColumnSums {
                columns: vec![("a".into(), Box::leak(Box::new(head())))],
                sums: vec![Sum::default()],
                distances: Some(vec![Vec::new()]),
                chances: vec![Vec::new()],
            };
            for at in 0..10 {
                let x = if at < right { [1.0, 0.0] } else { [0.0, 1.0] };
                sums.add(&x, &[0.9, 0.1]);
            }
            sums.trust()[0].unwrap()
        };
        // 0.5 + 0.4 t = right/10
        for (right, expected) in [(9, 1.0), (7, 0.5), (5, 0.0), (2, 0.0)] {
            assert!((trust(right) - expected).abs() < 1e-6, "{right}");
        }
        let mut chances = [0.9, 0.1];
        let half = Head {
            trust: Some(0.5),
            ..head()
        };
        half.temper(&mut chances);
        assert!((chances[0] - 0.7).abs() < 1e-6);
    }

    #[test]
    fn errors_of_a_number_by_hand() {
        let head = Head {
            kind: HeadKind::Normal,
            means: vec![1.0],
            variance: 4.0,
            residual: Some(1.0),
            distances: Vec::new(),
            trust: None,
        };
        let found = sums(
            &head,
            &[(&[3.0], &[2.0]), (&[1.0], &[1.0]), (&[f32::NAN], &[0.0])],
        );
        assert_eq!((found.known, found.accuracy), (2, None));
        assert!((found.explained.unwrap() - (1.0 - 0.5 / 2.0)).abs() < 1e-12);
        let tau = std::f64::consts::TAU;
        assert!((found.nats.unwrap() - 0.5 * (0.5 + tau.ln())).abs() < 1e-9);
        let marginal = 0.5 * (2.0 / 4.0 + (4.0 * tau).ln());
        assert!((found.marginal_nats.unwrap() - marginal).abs() < 1e-9);
    }
}

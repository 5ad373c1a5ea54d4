//! What kind of likelihood each column has, and the distribution that its
//! training rows have by itself.

use narrows_ops::{Likelihood, Part, count_cost};
use serde::{Deserialize, Serialize};

use super::number::NumberScale;
use super::{ColumnScale, Prepared, Scaler};
use crate::data::source::{CHUNK, Source};
use crate::settings::Balance;

/// The least nats of a column by itself that its error is divided by: a column
/// that hardly varies would weigh more than all others.
const LEAST: f64 = 0.05;

/// The least variance by which the errors of what goes round are divided: that of
/// half a radian. Year-ends are days apart at most, and in units of that every
/// error would be huge.
const LEAST_TURN: f32 = 0.25;

/// The likelihood of a column's features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub kind: HeadKind,
    /// The mean of each feature over the known cells of the training rows: for
    /// a category the shares of its levels.
    pub means: Vec<f32>,
    /// The mean squared distance from them, summed over the features.
    pub variance: f32,
    /// The same from the reconstructions of the rows that were measured after
    /// training; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<f32>,
    /// Of a number, the distances of hidden cells from what was made of them:
    /// evenly spaced quantiles from the smallest to the largest; empty if none
    /// were hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distances: Vec<f32>,
    /// Of a text or of two values: the weight of the network's chances, 0 to 1,
    /// when they are mixed with the column's own so that hidden cells are the most
    /// likely; `None` if none were hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<f32>,
}

/// The kind of a column's likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HeadKind {
    /// A number, normal around its reconstruction.
    Normal,
    /// A number of two values, the features 0 and 1.
    Bernoulli,
    /// A text of several.
    Categorical,
    /// A count, negative binomial.
    Count {
        /// Those of its feature, `(log(1 + n) - offset) / factor`.
        offset: f32,
        factor: f32,
        /// The inverse dispersion of the training rows.
        dispersion: f32,
        /// The nats of a cell by the column's own distribution.
        own: f32,
    },
}

impl Head {
    /// Returns the likelihood of the features.
    pub fn part(&self) -> Part {
        Part {
            likelihood: match self.kind {
                HeadKind::Normal => Likelihood::Normal,
                HeadKind::Bernoulli => Likelihood::Bernoulli,
                HeadKind::Categorical => Likelihood::Categorical,
                HeadKind::Count {
                    offset,
                    factor,
                    dispersion,
                    ..
                } => Likelihood::Count {
                    offset,
                    factor,
                    dispersion,
                },
            },
            features: self.means.len(),
        }
    }

    /// Returns whether a count's numbers, read from a file, can be used.
    fn is_sound(&self) -> bool {
        match self.kind {
            HeadKind::Count {
                offset,
                factor,
                dispersion,
                own,
            } => {
                let positive = |number: f32| number > 0.0 && number.is_finite();
                offset.is_finite() && positive(factor) && positive(dispersion) && own.is_finite()
            }
            _ => true,
        }
    }

    /// Returns whether the column is one feature with a distance from its
    /// reconstruction.
    pub fn is_number(&self) -> bool {
        self.means.len() == 1 && matches!(self.kind, HeadKind::Normal | HeadKind::Count { .. })
    }

    /// Returns the variance by which the column's squared errors are divided; 1 for
    /// a column that never changes, and for what has none.
    fn spread(&self) -> f32 {
        match (self.kind, self.means.len()) {
            (HeadKind::Normal, 2) => self.variance.max(LEAST_TURN),
            (HeadKind::Normal, _) if self.variance > 0.0 => self.variance,
            _ => 1.0,
        }
    }

    /// Mixes the chances of a cell that is not known with the column's own, by
    /// [`Head::trust`]. `chances` are the column's features.
    pub fn temper(&self, chances: &mut [f32]) {
        let Some(trust) = self.trust else { return };
        for (chance, own) in chances.iter_mut().zip(&self.means) {
            *chance = trust * *chance + (1.0 - trust) * own;
        }
    }

    /// Returns whether the column is a number around its reconstruction.
    pub fn is_normal(&self) -> bool {
        self.kind == HeadKind::Normal
    }

    /// Returns the distance within which this share of hidden cells lay from what
    /// was made of them; `None` if none were hidden.
    pub fn distance(&self, share: f64) -> Option<f32> {
        let last = self.distances.len().checked_sub(1)?;
        let at = share.clamp(0.0, 1.0) * last as f64;
        let (below, above) = (
            self.distances[at as usize],
            self.distances[at.ceil() as usize],
        );
        Some(below + (at.fract() as f32) * (above - below))
    }

    /// Returns the error of the column's known cells by its own distribution, in
    /// nats a cell; for numbers half the squared distance from the mean.
    pub fn marginal(&self) -> f64 {
        match self.kind {
            HeadKind::Normal => f64::from(self.variance) / 2.0,
            HeadKind::Bernoulli => {
                let share = f64::from(self.means[0]);
                entropy([share, 1.0 - share])
            }
            HeadKind::Categorical => entropy(self.means.iter().map(|&p| f64::from(p))),
            HeadKind::Count { own, .. } => f64::from(own),
        }
    }

    /// Returns the factor of each feature's error.
    fn factor(&self, balance: Balance) -> f32 {
        match (balance, self.kind) {
            // The variance is the network's own, and divides by itself.
            (Balance::Nats, _) => 1.0,
            (Balance::Equal, HeadKind::Normal) => 1.0 / self.spread(),
            (Balance::Equal, _) => (0.5 / self.marginal().max(LEAST)) as f32,
        }
    }

    /// Returns the sums of the output layer that give the column's own
    /// distribution.
    fn first(&self) -> Vec<f32> {
        // No more certain than one cell of ten thousand.
        let sure = |share: f32| share.clamp(1e-4, 1.0 - 1e-4);
        match self.kind {
            HeadKind::Normal => self.means.clone(),
            HeadKind::Bernoulli => {
                let share = sure(self.means[0]);
                vec![(share / (1.0 - share)).ln()]
            }
            HeadKind::Categorical => self.means.iter().map(|&p| sure(p).ln()).collect(),
            HeadKind::Count { offset, factor, .. } => {
                let mean = (self.means[0] * factor + offset).exp_m1();
                vec![(mean.max(1e-6).ln() - offset) / factor]
            }
        }
    }
}

/// Returns the likelihood of a column of counts, and the feature of their mean.
fn of_counts(number: &NumberScale, counts: &[f64]) -> (HeadKind, f32) {
    let rows = counts.len().max(1) as f64;
    let mean = counts.iter().sum::<f64>() / rows;
    let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / rows;
    // Counts that vary no more than Poisson's have no finite dispersion.
    let dispersion = match variance > mean {
        true => (mean * mean / (variance - mean)).clamp(1e-2, 1e4),
        false => 1e4,
    };
    let costs = counts.iter().map(|&n| count_cost(n, mean, dispersion));
    let kind = HeadKind::Count {
        offset: number.offset,
        factor: number.factor,
        dispersion: dispersion as f32,
        own: (costs.sum::<f64>() / rows) as f32,
    };
    (kind, number.feature(mean as f32))
}

fn entropy(shares: impl IntoIterator<Item = f64>) -> f64 {
    let terms = shares.into_iter().filter(|&p| p > 0.0).map(|p| -p * p.ln());
    terms.sum()
}

/// The likelihoods of a row's features, for a network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Likelihoods {
    /// Adjacent features of one likelihood, in order.
    pub parts: Vec<Part>,
    /// The factor of each feature's error.
    pub factors: Vec<f32>,
    /// The output layer's first bias.
    pub first: Vec<f32>,
    /// The variances that the network keeps; `None` if it keeps none.
    pub variances: Option<Variances>,
}

/// The variances of numbers around their reconstructions, as a network keeps
/// them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variances {
    /// Those of the column by itself, with which training begins; 1 for features
    /// that have none.
    pub first: Vec<f32>,
    /// 1 for each feature that has a variance, else 0.
    pub of: Vec<f32>,
}

impl Likelihoods {
    fn of(heads: &[Head], balance: Balance) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for head in heads {
            let part = head.part();
            match parts.last_mut() {
                // A category's features are a distribution of their own.
                Some(last)
                    if last.likelihood == part.likelihood
                        && part.likelihood != Likelihood::Categorical =>
                {
                    last.features += part.features;
                }
                _ => parts.push(part),
            }
        }
        let each = |of: &dyn Fn(&Head) -> f32| {
            let repeated = heads
                .iter()
                .map(|h| std::iter::repeat_n(of(h), h.means.len()));
            repeated.flatten().collect::<Vec<f32>>()
        };
        let normal = |head: &Head| f32::from(u8::from(head.is_normal()));
        let variance = |head: &Head| match head.is_normal() {
            true => head.spread() / head.means.len() as f32,
            false => 1.0,
        };
        let variances = (balance == Balance::Nats).then(|| Variances {
            first: each(&variance),
            of: each(&normal),
        });
        Likelihoods {
            parts,
            factors: each(&|head| head.factor(balance)),
            first: heads.iter().flat_map(Head::first).collect(),
            variances,
        }
    }
}

impl Scaler {
    /// Returns the likelihoods of the columns; `None` if there are none.
    pub(crate) fn likelihoods(&self, balance: Balance) -> Option<Likelihoods> {
        let heads = self.heads.as_ref()?;
        Some(Likelihoods::of(heads, balance))
    }

    /// Refuses heads, read from a file, that are not those of the columns.
    pub(super) fn check_heads(&self) -> Result<(), String> {
        let Some(heads) = &self.heads else {
            return Ok(());
        };
        let fits = |(head, column): (&Head, &ColumnScale)| {
            let category = matches!(column, ColumnScale::Category { .. });
            let sound = head.means.iter().all(|mean| mean.is_finite())
                && head.variance >= 0.0
                && head.variance.is_finite()
                && head.residual.is_none_or(|r| r >= 0.0 && r.is_finite())
                && head.distances.iter().all(|d| *d >= 0.0 && d.is_finite())
                && head.trust.is_none_or(|trust| (0.0..=1.0).contains(&trust));
            sound
                && head.means.len() == column.features()
                && category == (head.kind == HeadKind::Categorical)
                && (head.is_normal() || category || head.means.len() == 1)
                && head.is_sound()
        };
        let all = heads.len() == self.columns.len();
        match all && heads.iter().zip(&self.columns).all(fits) {
            true => Ok(()),
            false => Err("likelihoods that are not the columns'".into()),
        }
    }
}

impl Prepared<'_> {
    /// Returns the known values of a column of the scaler in some rows.
    fn values_of(&self, column: usize, rows: &[usize]) -> Vec<f64> {
        let at = self.place_of(column);
        let values = rows.iter().map(|&row| f64::from(self.table.value(row, at)));
        values.filter(|value| !value.is_nan()).collect()
    }

    /// Fits the likelihoods of the columns to some rows, and keeps them in the
    /// scaler.
    pub(crate) fn fit_heads(&mut self, rows: &[usize]) {
        let features = self.features();
        let mut counts = vec![0f64; features];
        let mut means = vec![0f64; features];
        let mut squares = vec![0f64; features];
        for part in rows.chunks(CHUNK) {
            for row in self.gather_known(part).chunks_exact(features) {
                for (at, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                    // Welford's update: stable however large the mean is.
                    counts[at] += 1.0;
                    let from_mean = f64::from(x) - means[at];
                    means[at] += from_mean / counts[at];
                    squares[at] += from_mean * (f64::from(x) - means[at]);
                }
            }
        }
        let mut from = 0;
        let heads = self
            .scaler
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let own = from..from + column.features();
                from = own.end;
                let variance: f64 = own
                    .clone()
                    .map(|at| squares[at] / counts[at].max(1.0))
                    .sum();
                let mut means: Vec<f32> = own.map(|at| means[at] as f32).collect();
                let kind = match column {
                    ColumnScale::Category { .. } => HeadKind::Categorical,
                    ColumnScale::Number(number) if number.is_binary() => HeadKind::Bernoulli,
                    ColumnScale::Number(number) if number.counts() => {
                        let (kind, mean) = of_counts(number, &self.values_of(place, rows));
                        means = vec![mean];
                        kind
                    }
                    ColumnScale::Number(_) | ColumnScale::Circular(_) => HeadKind::Normal,
                };
                Head {
                    kind,
                    means,
                    variance: variance as f32,
                    residual: None,
                    distances: Vec::new(),
                    trust: None,
                }
            });
        self.scaler.heads = Some(heads.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(kind: HeadKind, means: &[f32], variance: f32) -> Head {
        Head {
            kind,
            means: means.to_vec(),
            variance,
            residual: None,
            distances: Vec::new(),
            trust: None,
        }
    }

    #[test]
    fn every_column_costs_half_by_its_own_distribution() {
        let forty = vec![1.0 / 40.0; 40];
        for head in [
            head(HeadKind::Normal, &[0.1], 3.0),
            head(HeadKind::Bernoulli, &[0.3], 0.21),
            head(HeadKind::Categorical, &forty, 0.9),
            head(HeadKind::Categorical, &[0.9, 0.05, 0.05], 0.2),
        ] {
            let cost = f64::from(head.factor(Balance::Equal)) * head.marginal();
            assert!((cost - 0.5).abs() < 1e-6, "{head:?}: {cost}");
        }
    }

    #[test]
    fn times_that_hardly_differ_weigh_hardly_anything() {
        let year_ends = head(HeadKind::Normal, &[0.0, 1.0], 1e-5);
        assert_eq!(year_ends.factor(Balance::Equal), 4.0);
        let found = Likelihoods::of(&[year_ends], Balance::Nats);
        assert_eq!(found.variances.unwrap().first, [0.125; 2]);
    }

    #[test]
    fn numbers_side_by_side_are_one_part_and_categories_are_not() {
        let heads = [
            head(HeadKind::Normal, &[0.0], 1.0),
            head(HeadKind::Normal, &[0.0], 1.0),
            head(HeadKind::Categorical, &[0.5, 0.5], 0.5),
            head(HeadKind::Categorical, &[0.2, 0.8], 0.3),
            head(HeadKind::Bernoulli, &[0.5], 0.25),
        ];
        let found = Likelihoods::of(&heads, Balance::Equal);
        let widths: Vec<usize> = found.parts.iter().map(|part| part.features).collect();
        assert_eq!(widths, [2, 2, 2, 1]);
        assert_eq!(found.factors.len(), 7);
        assert_eq!(found.first[6], 0.0);
        assert!(found.variances.is_none());
        let nats = Likelihoods::of(&heads, Balance::Nats).variances.unwrap();
        assert_eq!(nats.of, [1., 1., 0., 0., 0., 0., 0.]);
        assert_eq!(nats.first, [1.0; 7]);
    }
}

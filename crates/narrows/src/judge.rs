//! Judges how similar generated rows are to real ones.
//!
//! No single number tells everything. The Parzen window's log-likelihood is
//! what the early papers report, and a weak measure: the means of clusters of
//! real rows score as well as the best models (Theis, van den Oord & Bethge, "A
//! note on the evaluation of generative models", 2016). So it comes with the
//! distance to the nearest training row (0: a copy; far: nothing like it) and
//! with the classes that a classifier predicts, each compared with real rows.

mod parzen;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Place, Result};
use crate::classify::Classifier;
use crate::config::Config;
use crate::data::scale::{Prepared, Scaler};
use crate::data::table::Table;
use crate::look::neighbours::{nearest, squared_distance};

pub use parzen::Parzen;

/// The data to judge new rows by.
///
/// ```
/// use narrows::{Judge, Table};
/// # let rows = |step: usize| (0..200).map(|i| ((i * step) % 101) as f32).collect();
/// let real = Table::from_floats(rows(37), 2)?;
/// let new = Table::from_floats(rows(39), 2)?;
/// let found = Judge::beside(&real).judge(&new)?;
/// println!("{} nats a row", found.parzen.log_likelihood);
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Judge<'a> {
    /// Real rows that were not used in training.
    pub real: &'a Table,
    /// Other real rows, to choose the Parzen window's deviation on. Default:
    /// every tenth row of `real`, whose likelihood is then not measured.
    pub choose: Option<&'a Table>,
    /// The rows that the model was trained on.
    pub training: Option<&'a Table>,
    /// A classifier that predicts the rows' classes.
    pub classifier: Option<&'a Classifier>,
    /// How columns become features, as in a model. Default: what training on
    /// `training`, or else on `real`, would use: pixels to [0, 1], others by
    /// their deviation.
    pub scaler: Option<&'a Scaler>,
}

/// The similarity of new rows to real ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judgement {
    /// Number of new rows.
    pub rows: usize,
    /// The log-likelihood of the real rows under a density of the new ones.
    pub parzen: Parzen,
    /// Distances to the nearest training row, if there are training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<NearestTraining>,
    /// The predicted classes, if there is a classifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<ClassShares>,
}

/// Euclidean distances to the nearest training row, in scaled units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NearestTraining {
    /// The mean over new rows.
    pub new: f64,
    /// The mean over real rows.
    pub real: f64,
    /// The share of new rows that are at least as near to a training row as the
    /// nearest 1 of 100 real rows are: about 0.01 if nothing was memorised, and
    /// if few real rows are copies themselves. With fewer than 100 real rows
    /// the nearest one counts.
    pub closer_than_real: f64,
    /// The share of new rows that equal a training row.
    pub new_copies: f64,
    /// The share of real rows that equal a training row.
    pub real_copies: f64,
}

/// The classes that a classifier predicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassShares {
    /// Every class.
    pub classes: Vec<String>,
    /// The share of new rows predicted to be of each class.
    pub new: Vec<f64>,
    /// The share of real rows predicted to be of each class.
    pub real: Vec<f64>,
    /// Half the sum of the absolute differences of the shares: 0 if they are
    /// equal, 1 if no class is in both.
    pub difference: f64,
    /// The probability of the likeliest class, as the mean over new rows.
    pub new_confidence: f64,
    /// The probability of the likeliest class, as the mean over real rows.
    pub real_confidence: f64,
}

impl<'a> Judge<'a> {
    /// Creates a judge with real rows alone.
    pub fn beside(real: &'a Table) -> Self {
        Judge {
            real,
            choose: None,
            training: None,
            classifier: None,
            scaler: None,
        }
    }

    /// Judges new rows, which have the columns of the real ones.
    ///
    /// # Errors
    /// [`Error::Data`] if rows do not fit one another or the classifier, or
    /// there are none; [`Error::Usage`] if there are too few real ones, or all
    /// of those to choose on are new ones.
    pub fn judge(&self, new: &Table) -> Result<Judgement> {
        let given = [Some(new), Some(self.real), self.choose, self.training];
        for table in given.into_iter().flatten() {
            self.check(table)?;
        }
        let scaler = match self.scaler {
            Some(scaler) => scaler.clone(),
            None => {
                let known = self.training.unwrap_or(self.real);
                let all: Vec<usize> = (0..known.rows()).collect();
                let config = Config::default();
                let output = config.network.output;
                Scaler::fit(known, &all, &config.data, output, &mut Vec::new())?
            }
        };
        let features = |table: &Table| {
            let data = scaler.fit_to(table)?;
            data.refuse_unseen()?;
            Ok::<_, Error>(all_of(&data))
        };
        let width = scaler.features();
        let (made, real) = (features(new)?, features(self.real)?);
        let (choice, measured) = match self.choose {
            Some(table) => (features(table)?, real.clone()),
            None => every_tenth(&real, width),
        };
        if choice.is_empty() || measured.is_empty() {
            return Err(Error::usage(
                format!("{} real rows", self.real.rows()),
                "at least 10 of them",
                "a tenth of the real rows is to choose the window's deviation on",
            ));
        }
        let there: HashSet<Vec<u32>> = made.chunks_exact(width).map(bits).collect();
        if choice
            .chunks_exact(width)
            .all(|row| there.contains(&bits(row)))
        {
            return Err(Error::usage(
                "real rows that are all copies of new ones",
                "real rows whose density can be told",
                "a Parzen window around copies has no best width; judge rows that are not among the real ones",
            ));
        }
        let nearest = match self.training {
            Some(table) => {
                let training = features(table)?;
                Some(nearest_training(&training, &made, &real, width))
            }
            None => None,
        };
        let classes = match self.classifier {
            Some(classifier) => Some(class_shares(classifier, new, self.real)?),
            None => None,
        };
        Ok(Judgement {
            rows: new.rows(),
            parzen: Parzen::of(&made, &choice, &measured, width),
            nearest,
            classes,
        })
    }
}

impl Judge<'_> {
    fn check(&self, table: &Table) -> Result<()> {
        let refuse = |found: String, expected: String, hint: &str| {
            Err(Error::data(
                &table.origin,
                Place::Whole,
                found,
                expected,
                hint,
            ))
        };
        if table.rows() == 0 {
            return refuse("no rows".into(), "rows to judge by".into(), "give some");
        }
        let (found, real) = (table.columns.len(), self.real.columns.len());
        let by_name = table.named && self.real.named;
        if self.scaler.is_none() && !by_name && found != real {
            return refuse(
                format!("{found} columns"),
                format!("the {real} of {}", self.real.origin),
                "rows can be compared that have the same columns",
            );
        }
        Ok(())
    }
}

/// Returns a row's bits to compare rows by; 0 and -0 count as equal.
fn bits(row: &[f32]) -> Vec<u32> {
    row.iter().map(|&x| (x + 0.0).to_bits()).collect()
}

/// Returns all rows as features.
fn all_of(data: &Prepared) -> Vec<f32> {
    let rows: Vec<usize> = (0..data.rows()).collect();
    data.gather(&rows)
}

/// Splits off every tenth row, starting with the tenth, from the others.
fn every_tenth(rows: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut tenth, mut others) = (Vec::new(), Vec::new());
    for (at, row) in rows.chunks_exact(width).enumerate() {
        let to = if at % 10 == 9 {
            &mut tenth
        } else {
            &mut others
        };
        to.extend_from_slice(row);
    }
    (tenth, others)
}

fn nearest_training(training: &[f32], new: &[f32], real: &[f32], width: usize) -> NearestTraining {
    let distances = |rows: &[f32]| -> Vec<f64> {
        let found = nearest(training, rows, width, 1);
        let each = rows.chunks_exact(width).zip(found);
        each.map(|(row, near)| {
            let near = &training[near[0] * width..(near[0] + 1) * width];
            squared_distance(row, near).sqrt()
        })
        .collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let copies = |values: &[f64]| {
        let none = values.iter().filter(|&&distance| distance == 0.0);
        none.count() as f64 / values.len() as f64
    };
    let (new, mut real) = (distances(new), distances(real));
    let of_real = mean(&real);
    real.sort_by(f64::total_cmp);
    let close = real[real.len() / 100];
    let closer = new.iter().filter(|&&distance| distance <= close).count();
    NearestTraining {
        new: mean(&new),
        real: of_real,
        closer_than_real: closer as f64 / new.len() as f64,
        new_copies: copies(&new),
        real_copies: copies(&real),
    }
}

fn class_shares(classifier: &Classifier, new: &Table, real: &Table) -> Result<ClassShares> {
    let classes = classifier.classes().to_vec();
    let shares = |table: &Table| {
        let found = classifier.predict(table)?;
        let rows = found.class.len() as f64;
        let mut shares = vec![0.0; classes.len()];
        found.class.iter().for_each(|&c| shares[c] += 1.0 / rows);
        let each = found.probabilities.chunks_exact(classes.len());
        let sure = each.zip(&found.class).map(|(row, &c)| f64::from(row[c]));
        Ok::<_, Error>((shares, sure.sum::<f64>() / rows))
    };
    let ((new, new_confidence), (real, real_confidence)) = (shares(new)?, shares(real)?);
    let apart = new.iter().zip(&real).map(|(a, b)| (a - b).abs());
    Ok(ClassShares {
        difference: apart.sum::<f64>() / 2.0,
        classes,
        new,
        real,
        new_confidence,
        real_confidence,
    })
}

#[cfg(test)]
mod tests;

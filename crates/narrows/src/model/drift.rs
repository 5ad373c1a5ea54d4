//! Whether rows are still like those of training.

use serde::Serialize;

use super::Model;
use super::column_samples::{ColumnSample, ColumnSamples};
use super::explain::Words;
use crate::base::conformal::threshold_of_discoveries;
use crate::base::error::Result;
use crate::base::two_samples::{Apart, of_counts, of_numbers};
use crate::data::table::Table;

/// What may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Aspect {
    /// How unusual rows are.
    Scores,
    /// The known values of a column.
    Values,
    /// How often a column lacks a value.
    Missing,
}

/// A comparison of rows with those of training.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The column; `None` for the scores.
    pub column: Option<String>,
    /// What is compared.
    pub aspect: Aspect,
    /// How far the two are apart, 0 to 1: of numbers and scores the largest difference
    /// of the shares up to a value, of texts and missing cells half the sum of the
    /// differences of shares.
    pub distance: f64,
    /// How often chance alone takes them so far apart, by Kolmogorov and Smirnov or
    /// chi-square.
    pub p: f64,
    /// What training rows have, in words.
    pub before: String,
    /// What these rows have.
    pub now: String,
    /// Of a column's numbers the quantiles 0, .05, …, 1, in training and now; none of
    /// anything else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<[f32; 2]>,
}

/// How rows differ from those of training.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// The number of rows.
    pub rows: usize,
    /// All comparisons, that of scores first.
    pub changes: Vec<Change>,
}

impl Drift {
    /// Returns which comparisons found a change: at most the share `rate` of them by
    /// chance, on average (Benjamini & Hochberg 1995), and with a distance of at least
    /// `least`: of very many rows, any difference is found.
    pub fn found(&self, rate: f64, least: f64) -> Vec<bool> {
        let p: Vec<f32> = self.changes.iter().map(|change| change.p as f32).collect();
        let most = threshold_of_discoveries(&p, rate);
        let is_found = |(change, p): (&Change, &f32)| {
            most.is_some_and(|most| *p <= most) && change.distance >= least
        };
        self.changes.iter().zip(&p).map(is_found).collect()
    }
}

impl Model {
    /// Compares rows with those of training: how unusual they are, what each column
    /// holds, and how often it lacks a value. A model that keeps no samples of its
    /// columns, as those of images and of older versions, compares scores alone.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the model;
    /// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
    pub fn drift(&self, table: &Table) -> Result<Drift> {
        let mut changes = Vec::new();
        changes.extend(self.change_of_scores(table)?);
        if let Some(before) = &self.column_samples {
            let data = self.prepare(table)?;
            let rows: Vec<usize> = (0..data.rows()).collect();
            let now = ColumnSamples::of(&data, &rows);
            let words = Words::new(self);
            let both = before.0.iter().zip(&now.0).enumerate();
            // The rows of a window hold the same.
            for (column, (before, now)) in both.filter(|(column, _)| words.is_newest(*column)) {
                let of_texts = |sample: &ColumnSample| counts(sample, self.texts(column) + 1);
                let apart = match self.texts(column) {
                    0 => of_numbers(&before.values, &now.values),
                    _ => of_counts(&of_texts(before), &of_texts(now)),
                };
                let quantiles = match self.texts(column) {
                    0 => quantiles(before, now),
                    _ => Vec::new(),
                };
                let change = |aspect, Apart { distance, p }, [before, now]: [String; 2]| Change {
                    quantiles: match aspect {
                        Aspect::Values => quantiles.clone(),
                        Aspect::Scores | Aspect::Missing => Vec::new(),
                    },
                    column: Some(words.name(column)),
                    aspect,
                    distance,
                    p,
                    before,
                    now,
                };
                if let Some(apart) = apart {
                    let said = match self.texts(column) {
                        0 => [before, now].map(|sample| self.median(&words, column, sample)),
                        _ => self.most_moved(column, &of_texts(before), &of_texts(now)),
                    };
                    changes.push(change(Aspect::Values, apart, said));
                }
                let missing = [before, now].map(|s| [s.values.len(), s.missing]);
                if let Some(apart) = of_counts(&missing[0], &missing[1]) {
                    let said = missing.map(|[known, missing]| {
                        format!("{} missing", percent(missing, known + missing))
                    });
                    changes.push(change(Aspect::Missing, apart, said));
                }
            }
        }
        Ok(Drift {
            rows: table.rows(),
            changes,
        })
    }

    /// Compares the p-values of rows with those of rows like the held-out ones, of
    /// which as many lie in any part of 0 to 1. `None` without held-out rows: new ones
    /// differ from rows that were trained on.
    fn change_of_scores(&self, table: &Table) -> Result<Option<Change>> {
        if self.history.iter().all(|epoch| epoch.held_out.is_none()) {
            return Ok(None);
        }
        let held_out = self.reference.all.len();
        let mut p = self.score(table)?.p_values;
        p.retain(|p| !p.is_nan());
        p.sort_by(f32::total_cmp);
        let even: Vec<f32> = (1..=held_out)
            .map(|at| (at as f64 / (held_out + 1) as f64) as f32)
            .collect();
        let small = |of: &[f32]| {
            let count = of.partition_point(|p| *p <= 0.05);
            format!("{} with p up to .05", percent(count, of.len()))
        };
        Ok(of_numbers(&even, &p).map(
            |Apart {
                 distance,
                 p: chance,
             }| Change {
                column: None,
                aspect: Aspect::Scores,
                distance,
                p: chance,
                before: "5.0 % with p up to .05".into(),
                now: small(&p),
                quantiles: Vec::new(),
            },
        ))
    }

    /// Returns the number of texts of a category; 0 of other columns.
    fn texts(&self, column: usize) -> usize {
        (0..)
            .take_while(|at| self.scaler.level(column, *at as f32).is_some())
            .count()
    }

    fn median(&self, words: &Words, column: usize, sample: &ColumnSample) -> String {
        match sample.values.get(sample.values.len() / 2) {
            Some(&median) => format!("median {}", words.written(column, median)),
            None => String::new(),
        }
    }

    /// Names the text whose share moved most, with its shares.
    fn most_moved(&self, column: usize, before: &[usize], now: &[usize]) -> [String; 2] {
        let all = [before, now].map(|counts| counts.iter().sum::<usize>().max(1));
        let moved = |&at: &usize| {
            let share = |of: &[usize], all: usize| of[at] as f64 / all as f64;
            (share(before, all[0]) - share(now, all[1])).abs()
        };
        let at = (0..before.len())
            .max_by(|a, b| moved(a).total_cmp(&moved(b)))
            .unwrap_or(0);
        let name = match self.scaler.level(column, at as f32) {
            Some(text) => format!("'{text}'"),
            None => "not seen in training".into(),
        };
        [before[at], now[at]]
            .into_iter()
            .zip(all)
            .map(|(count, all)| format!("{name} {}", percent(count, all)))
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_default()
    }
}

/// Returns the quantiles 0, .05, …, 1 of two samples; none if one is empty.
fn quantiles(before: &ColumnSample, now: &ColumnSample) -> Vec<[f32; 2]> {
    const PARTS: usize = 20;
    let at = |sample: &ColumnSample, part: usize| {
        let last = sample.values.len().checked_sub(1)?;
        sample.values.get(part * last / PARTS).copied()
    };
    let both = |part| Some([at(before, part)?, at(now, part)?]);
    (0..=PARTS).map_while(both).collect()
}

/// Returns how often each of `texts` places occurs.
fn counts(sample: &ColumnSample, texts: usize) -> Vec<usize> {
    let mut counts = vec![0; texts];
    for &value in &sample.values {
        counts[(value as usize).min(texts - 1)] += 1;
    }
    counts
}

fn percent(part: usize, all: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / all.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};
    use crate::config::Missing;
    use crate::data::table::{Column, ColumnKind};
    use crate::{Autoencoder, Config};

    /// Returns rows of two numbers, the second shifted, and a text that is the first
    /// with a probability; of the first number a share is missing.
    fn rows(seed: u64, rows: usize, shift: f64, first: f32, missing: f32) -> Table {
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let values = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            let [missing, first] = [draws.uniform() < missing, draws.uniform() < first];
            let a = if missing { f32::NAN } else { a as f32 };
            let text = if first { 0.0 } else { 1.0 };
            [a, (b + shift) as f32, text]
        });
        let columns = vec![
            Column::number("a"),
            Column::number("b"),
            Column {
                name: "kind".into(),
                kind: ColumnKind::Category(vec!["cash".into(), "card".into()]),
            },
        ];
        Table::new(columns, crate::Values::Floats(values.collect())).unwrap()
    }

    fn model() -> Model {
        let mut config = Config::default();
        config.network.hidden = vec![4];
        config.network.code = 2;
        config.data.missing = Missing::Mask;
        config.train.epochs = 3;
        let table = rows(1, 3_000, 0.0, 0.3, 0.02);
        Autoencoder::new(config).train(&table).unwrap()
    }

    fn found(model: &Model, rows: &Table) -> Vec<(Option<String>, Aspect)> {
        let drift = model.drift(rows).unwrap();
        let found = drift.found(0.01, 0.05);
        let changed = drift
            .changes
            .into_iter()
            .zip(found)
            .filter(|(_, found)| *found);
        changed
            .map(|(change, _)| (change.column, change.aspect))
            .collect()
    }

    #[test]
    fn what_changed_is_named_and_what_did_not_is_not() {
        let model = model();
        let b = Some("b".to_string());
        assert_eq!(found(&model, &rows(2, 1_000, 0.0, 0.3, 0.02)), []);
        let shifted = found(&model, &rows(3, 1_000, 1.0, 0.3, 0.02));
        assert!(
            shifted.contains(&(b.clone(), Aspect::Values)),
            "{shifted:?}"
        );
        assert!(
            shifted
                .iter()
                .all(|(column, _)| column.is_none() || *column == b)
        );
        let kind = Some("kind".to_string());
        let other = found(&model, &rows(4, 1_000, 0.0, 0.6, 0.02));
        assert!(other.contains(&(kind, Aspect::Values)), "{other:?}");
        let holes = found(&model, &rows(5, 1_000, 0.0, 0.3, 0.2));
        assert_eq!(holes, [(Some("a".to_string()), Aspect::Missing)]);
    }

    #[test]
    fn rows_like_those_of_training_are_told_of_seldom() {
        let model = model();
        let wrong: usize = (10..40)
            .map(|seed| usize::from(!found(&model, &rows(seed, 400, 0.0, 0.3, 0.02)).is_empty()))
            .sum();
        // 30 files, 7 comparisons at 1 % false discoveries: hardly any.
        assert!(wrong <= 2, "{wrong}");
    }

    #[test]
    fn it_is_said_in_the_words_of_the_column() {
        let model = model();
        let drift = model.drift(&rows(6, 1_000, 0.0, 0.6, 0.3)).unwrap();
        let of = |aspect, column: &str| {
            let is = |c: &&Change| c.aspect == aspect && c.column.as_deref() == Some(column);
            drift.changes.iter().find(is).unwrap()
        };
        let kind = of(Aspect::Values, "kind");
        assert!(
            kind.before.starts_with('\'') && kind.before.ends_with(" %"),
            "{kind:?}"
        );
        let missing = of(Aspect::Missing, "a");
        assert!(missing.now.ends_with("% missing"), "{missing:?}");
        assert!(of(Aspect::Values, "b").before.starts_with("median "));
    }

    #[test]
    fn samples_are_kept_with_the_model() {
        let model = model();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model.save(&path).unwrap();
        let read = Model::load(&path).unwrap();
        let rows = rows(7, 300, 0.5, 0.3, 0.1);
        assert_eq!(read.drift(&rows), model.drift(&rows));
        let mut old = model;
        old.column_samples = None;
        assert_eq!(old.drift(&rows).unwrap().changes.len(), 1);
    }
}

//! Finds the one cell of a row that, if it were other, would make the row usual.

use std::collections::HashMap;

use super::Model;
use super::explain::Words;
use super::row_errors::each_row;
use crate::base::conformal::p_value;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::data::table::{ColumnKind, Table, Values};

/// The columns that are tried, those with the largest shares of a row's errors.
const TRIED: usize = 5;
/// How often what comes back of a cell takes its place.
const TURNS: usize = 8;
/// How often the step is made smaller in which a number is moved.
const ROUNDS: usize = 4;
/// The steps to either side that are tried.
const POINTS: i32 = 3;
/// Values of the rows whose cells are tried at a time, all tries of each counted.
const MOST_VALUES: usize = 1 << 21;

/// A cell that, if it were other, would make its row more usual than any other cell
/// would.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Repair {
    /// The cell's column; of a time, with the name of its part: `when.day`.
    pub column: String,
    /// Of a window: when the cell's value was, as for [`Surprise`](crate::Surprise).
    pub at: Option<String>,
    /// What the row has, as the file writes it.
    pub found: String,
    /// What the model expects there of a row with the other cells.
    pub value: String,
    /// What the other cells lead to expect there, as [`Surprise`](crate::Surprise) has
    /// it; the value is within.
    pub expected: String,
    /// The row's score with that value.
    pub score: f32,
    /// The row's p-value with that value; NaN if the model has none.
    pub p: f32,
}

/// A cell that is tried.
#[derive(Debug, Clone, Copy)]
struct Trial {
    row: usize,
    column: usize,
    /// What is put there, in the column's own units; for a category the place of its
    /// level in the model.
    value: f32,
}

impl Model {
    /// Finds the cell of each row that, if it were other, would lower the row's score
    /// the most: of the five columns with the largest shares of its errors, each is
    /// replaced by what the model makes of the row without it. `None` of a row that
    /// no single cell makes more usual, and of rows of an image.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if the rows do not fit the model;
    /// [`Error::Model`](crate::Error::Model) if a reconstruction is not finite.
    pub fn repair(&self, table: &Table) -> Result<Vec<Option<Repair>>> {
        let rows: Vec<usize> = (0..table.rows()).collect();
        let mut repairs = Vec::with_capacity(rows.len());
        let tries = TRIED.max(2 * POINTS as usize + 1) * table.columns().len();
        for part in rows.chunks((MOST_VALUES / tries).max(1)) {
            repairs.extend(self.repair_some(&table.select(part))?);
        }
        Ok(repairs)
    }

    fn repair_some(&self, table: &Table) -> Result<Vec<Option<Repair>>> {
        if self.scaler.image.is_some() || matches!(table.values, Values::Bytes(_)) {
            return Ok(vec![None; table.rows()]);
        }
        let words = Words::new(self);
        let data = self.prepare(table)?;
        let (trials, mut lowest) = self.trials(&data, &words)?;
        let expected = self.expected_of(&data, &words, &trials)?;
        let mut best: Vec<Option<Trial>> = vec![None; table.rows()];
        self.try_all(&data, &expected, |trial, score| {
            if score < lowest[trial.row] {
                lowest[trial.row] = score;
                best[trial.row] = Some(trial);
            }
        })?;
        let mut best: Vec<Trial> = best.into_iter().flatten().collect();
        self.refine(&data, &words, &mut best, &mut lowest)?;
        let tried = self.with(&data, &best);
        let tried = self.prepare(&tried)?;
        let mut expected = vec![String::new(); best.len()];
        let all: Vec<usize> = (0..best.len()).collect();
        each_row(&self.scorer(), &tried, &all, |at, errors| {
            let Trial { column, value, .. } = best[at];
            expected[at] = words.expected_about(column, value, &errors.output);
        })?;
        let mut repairs = vec![None; table.rows()];
        for (at, trial) in best.iter().enumerate() {
            let found = words.found(&data, trial.row, trial.column);
            let value = words.rounded(&tried, at, trial.column);
            // A number may differ by less than its column is written with.
            if value == found {
                continue;
            }
            let reference = self.reference.for_missing(tried.missing_columns(at));
            let score = lowest[trial.row] as f32;
            repairs[trial.row] = Some(Repair {
                column: words.name(trial.column),
                at: data.table.time_of(trial.row, data.place_of(trial.column)),
                found,
                value,
                expected: std::mem::take(&mut expected[at]),
                score,
                p: p_value(reference, score),
            });
        }
        Ok(repairs)
    }

    /// Returns the cells to try, with what comes back of them, and each row's score.
    fn trials(&self, data: &Prepared, words: &Words) -> Result<(Vec<Trial>, Vec<f64>)> {
        let rows: Vec<usize> = (0..data.rows()).collect();
        let (mut trials, mut scores) = (Vec::new(), vec![f64::NEG_INFINITY; rows.len()]);
        each_row(&self.scorer(), data, &rows, |row, errors| {
            scores[row] = errors.score.unwrap_or(f64::NEG_INFINITY);
            let shares = errors.shares(&words.columns);
            for column in words.most_surprising(data, row, &shares, TRIED) {
                let value = self.likely(column, words, &errors.output);
                trials.push(Trial { row, column, value });
            }
        })?;
        Ok((trials, scores))
    }

    /// Returns trials with what a model makes of each cell without it: what comes back
    /// takes its place, again and again.
    fn expected_of(&self, data: &Prepared, words: &Words, trials: &[Trial]) -> Result<Vec<Trial>> {
        let mut trials = trials.to_vec();
        if self.takes_holes() {
            trials.iter_mut().for_each(|trial| trial.value = f32::NAN);
        }
        let rows: Vec<usize> = (0..trials.len()).collect();
        for _ in 0..TURNS {
            let tried = self.with(data, &trials);
            each_row(
                &self.scorer(),
                &self.prepare(&tried)?,
                &rows,
                |at, errors| {
                    trials[at].value = self.likely(trials[at].column, words, &errors.output);
                },
            )?;
        }
        Ok(trials)
    }

    /// Moves the numbers of some trials to where their rows have the lowest scores:
    /// what comes back of a row lies nearer to the mean than the row.
    fn refine(
        &self,
        data: &Prepared,
        words: &Words,
        best: &mut [Trial],
        lowest: &mut [f64],
    ) -> Result<()> {
        let place: HashMap<usize, usize> = best
            .iter()
            .enumerate()
            .map(|(at, trial)| (trial.row, at))
            .collect();
        let mut step = 0.5;
        for _ in 0..ROUNDS {
            let moved = best.iter().flat_map(|trial| {
                (-POINTS..=POINTS).filter_map(move |by| {
                    let value = words.moved(trial.column, trial.value, by as f32 * step)?;
                    Some(Trial { value, ..*trial })
                })
            });
            let moved: Vec<Trial> = moved.collect();
            self.try_all(data, &moved, |trial, score| {
                if score < lowest[trial.row] {
                    lowest[trial.row] = score;
                    best[place[&trial.row]] = trial;
                }
            })?;
            step /= POINTS as f32;
        }
        Ok(())
    }

    /// Scores the rows of trials; calls `each` with each trial and its row's score.
    fn try_all(
        &self,
        data: &Prepared,
        trials: &[Trial],
        mut each: impl FnMut(Trial, f64),
    ) -> Result<()> {
        if trials.is_empty() {
            return Ok(());
        }
        let rows: Vec<usize> = (0..trials.len()).collect();
        let tried = self.with(data, trials);
        each_row(
            &self.scorer(),
            &self.prepare(&tried)?,
            &rows,
            |at, errors| {
                each(trials[at], errors.score.unwrap_or(f64::INFINITY));
            },
        )
    }

    /// Returns a row for each trial, with its value in place of the row's own.
    fn with(&self, data: &Prepared, trials: &[Trial]) -> Table {
        let rows: Vec<usize> = trials.iter().map(|trial| trial.row).collect();
        let mut tried = data.table.select(&rows);
        for (at, trial) in trials.iter().enumerate() {
            self.put(&mut tried, at, data.place_of(trial.column), *trial);
        }
        tried
    }

    /// Returns what a model expects in a column, in the column's own units; for a
    /// category the place of its level in the model. `output` are the features of a
    /// row.
    fn likely(&self, column: usize, words: &Words, output: &[f32]) -> f32 {
        let own = words.columns[column].clone();
        self.scaler.likely(column, &output[own])
    }

    /// Puts the value of a trial into the row at `at` of a table, in the column at
    /// `place`.
    fn put(&self, tried: &mut Table, at: usize, place: usize, trial: Trial) {
        let mut value = trial.value;
        let text = self.scaler.level(trial.column, value);
        if let (ColumnKind::Category(levels), Some(text), false) =
            (&mut tried.columns[place].kind, text, value.is_nan())
        {
            let known = levels.iter().position(|level| *level == text);
            let level = known.unwrap_or_else(|| {
                levels.push(text);
                levels.len() - 1
            });
            value = level as f32;
        }
        let width = tried.columns.len();
        if let Values::Floats(values) = &mut tried.values {
            values[at * width + place] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::random::{Draws, Stream};
    use crate::config::{Missing, ScoreBy};
    use crate::{Autoencoder, Config, Model, Table};

    /// Returns rows of five numbers that follow from two.
    fn rows(seed: u64, rows: usize) -> Vec<f32> {
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let values = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            [a, b, a + b, a - b, (2.0 * a).sin()].map(|x| 10.0 + x as f32)
        });
        values.collect()
    }

    fn model(missing: Missing) -> Model {
        let mut config = Config::default();
        config.network.hidden = vec![32];
        config.network.code = 32;
        config.network.code_activation = Some(crate::config::Activation::Elu);
        config.network.activation = Some(crate::config::Activation::Elu);
        config.denoising = Some(Default::default());
        config.data.scale = crate::config::Scale::Standard;
        config.optimizer.rate = 0.003;
        config.train.epochs = 60;
        config.data.missing = missing;
        config.score.by = ScoreBy::Local;
        let table = Table::from_floats(rows(1, 2_000), 5).unwrap();
        Autoencoder::new(config).train(&table).unwrap()
    }

    #[test]
    fn the_cell_that_was_changed_is_named_with_about_what_it_was() {
        let model = model(Missing::Refuse);
        let whole = rows(2, 200);
        let mut changed = whole.clone();
        for row in 0..200 {
            changed[row * 5 + row % 5] += if row % 2 == 0 { 4.0 } else { -4.0 };
        }
        let table = Table::from_floats(changed, 5).unwrap();
        let repairs = model.repair(&table).unwrap();
        let scores = model.score(&table).unwrap();
        let (mut named, mut off) = (0, Vec::new());
        for (row, repair) in repairs.iter().enumerate() {
            let repair = repair.as_ref().unwrap();
            assert!(repair.score < scores.errors[row] && repair.p >= scores.p_values[row]);
            // What is expected without the cell is what it should be.
            let bounds = repair.expected.trim_start_matches("from ");
            // Bounds that are written alike are written once.
            let (low, high) = bounds.split_once(" to ").unwrap_or((bounds, bounds));
            let [low, high, value] =
                [low, high, &repair.value].map(|text| text.parse::<f32>().unwrap());
            assert!(low <= value && value <= high, "{repair:?}");
            if repair.column == format!("x{}", row % 5 + 1) {
                named += 1;
                let value: f32 = repair.value.parse().unwrap();
                off.push((value - whole[row * 5 + row % 5]).abs());
            }
        }
        assert!(named >= 180, "{named} of 200");
        off.sort_by(f32::total_cmp);
        assert!(off[off.len() / 2] < 0.4, "{}", off[off.len() / 2]);
    }

    #[test]
    fn a_row_without_a_value_has_no_repair() {
        let model = model(Missing::Mean);
        let none = Table::from_floats(vec![f32::NAN; 5], 5).unwrap();
        assert_eq!(model.repair(&none).unwrap(), [None]);
    }
}

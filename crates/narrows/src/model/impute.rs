//! Fills in missing cells by what the others of their row say.
//!
//! A model that draws codes (`[variational]`) weighs many draws by importance
//! (Mattei & Frellsen, "MIWAE: deep generative modelling and imputation of
//! incomplete data sets", 2019, section 3): a cell is the weighted mean of what
//! they decode to. Any other model decodes the one code of the row.

use super::{Model, finite};
use crate::base::error::{Error, Result};
use crate::base::normal::quantile;
use crate::base::random::{Address, Stream};
use crate::config::Missing;
use crate::data::scale::{ATTEMPTS, Around, Prepared, RowDraws, Surety};
use crate::data::source::{CHUNK, Source};
use crate::data::table::{ColumnKind, Table, Values};
use crate::objective::variant::{Effect, Measured};

/// Draws of each row's code, weighted by importance.
const SAMPLES: usize = 200;
/// Draws of many rows that are decoded at once.
const AT_ONCE: usize = 8_192;

/// Options of [`Model::impute`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct ImputeOptions {
    /// The probability with which a filled number lies within
    /// [`Filled::bounds`], above 0 and below 1; `None` for no such bounds.
    pub sure: Option<f64>,
}

/// Rows with their missing cells filled in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Imputed {
    /// The rows, otherwise as they were given.
    pub table: Table,
    /// The cells that were filled in, row by row.
    pub filled: Vec<Filled>,
}

/// A cell that was filled in.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Filled {
    /// Its row, counted from 0.
    pub row: usize,
    /// Its column's place in the table, counted from 0.
    pub column: usize,
    /// Of a number, if asked for: the bounds it lies between as surely as asked.
    pub bounds: Option<(f32, f32)>,
    /// Of a text or one of two values, if asked for: its probability.
    pub probability: Option<f32>,
}

/// What a model expects of some rows, `[rows, features]` each.
struct Expected {
    means: Vec<f32>,
    /// Of the codes that were drawn, how far what they decode to varies.
    variances: Vec<f32>,
    /// For each draw that was asked for, what one of the codes decodes to.
    drawn: Vec<Vec<f32>>,
}

impl Model {
    /// Fills in the missing cells of rows: numbers by what is expected, texts by the
    /// most likely one. Known cells stay as they are.
    ///
    /// Cells are taken to be missing at random, given those that are known: what
    /// is missing because of its own value, as high incomes are, is filled in as
    /// if it were not. The model must have learnt from hidden cells
    /// (`[denoising] noise = "hiding"`) or draw codes (`[variational]`); any
    /// other fills in little better than the column's mean.
    ///
    /// # Errors
    /// [`Error::Usage`] for a model that takes no missing cells, and for bounds
    /// that are no probability; as [`Model::encode`].
    pub fn impute(&self, table: &Table, options: &ImputeOptions) -> Result<Imputed> {
        let width = match options.sure {
            None => 0.0,
            Some(sure) if sure > 0.0 && sure < 1.0 => quantile(0.5 + sure / 2.0) as f32,
            Some(sure) => {
                return Err(Error::usage(
                    format!("bounds that are {sure} sure"),
                    "a probability above 0 and below 1",
                    "0.9 leaves out one of ten",
                ));
            }
        };
        let data = self.prepare_to_impute(table)?;
        if options.sure.is_some() {
            self.check_measured()?;
        }
        let features = data.features();
        let residuals = self.residuals();
        let heads = self.scaler.heads.as_ref();
        let sure = options.sure.unwrap_or_default();
        let mut filled = Vec::new();
        let mut cells = Cells(table.clone());
        self.each_lacking(&data, (0, self.config.seed), |rows, expected| {
            for (at, &row) in rows.iter().enumerate() {
                for (column, place) in data.lacking(row) {
                    let own = self.scaler.features_of(column);
                    let own = at * features + own.start..at * features + own.end;
                    let means = &expected.means[own.clone()];
                    let value = self.scaler.likely(column, means);
                    cells.set(row, place, value, || self.scaler.level(column, value));
                    let surety = match options.sure {
                        Some(_) => self.scaler.surety(&table.columns[place].name),
                        None => Surety::None,
                    };
                    let mut cell = Filled {
                        row,
                        column: place,
                        bounds: None,
                        probability: None,
                    };
                    if surety == Surety::Bounds {
                        let within =
                            residuals[own.start % features] + expected.variances[own.start];
                        let measured = heads.and_then(|heads| heads[column].distance(sure));
                        let off = measured.unwrap_or(width * within.max(0.0).sqrt());
                        let bound = |feature: f32| self.scaler.likely(column, &[feature]);
                        cell.bounds = Some((bound(means[0] - off), bound(means[0] + off)));
                    } else if surety == Surety::Probability {
                        cell.probability = match means {
                            [greater] => Some(greater.max(1.0 - greater).clamp(0.0, 1.0)),
                            levels => levels.iter().copied().reduce(f32::max),
                        };
                    }
                    filled.push(cell);
                }
            }
            Ok(())
        })?;
        Ok(Imputed {
            table: cells.0,
            filled,
        })
    }

    /// Fills in the missing cells of rows `draws` times, each time by a draw of
    /// what they may be, for multiple imputation (Rubin 1987). Returns the draws
    /// of each row one after another.
    ///
    /// # Errors
    /// As [`Model::impute`].
    pub fn impute_drawn(&self, table: &Table, draws: usize, seed: u64) -> Result<Table> {
        let data = self.prepare_to_impute(table)?;
        self.check_measured()?;
        let features = data.features();
        let deviations: Vec<f32> = self.residuals().iter().map(|v| v.sqrt()).collect();
        let each = (0..table.rows()).flat_map(|row| std::iter::repeat_n(row, draws));
        let mut cells = Cells(table.select(&each.collect::<Vec<usize>>()));
        self.each_lacking(&data, (draws, seed), |rows, expected| {
            let places: Vec<usize> = rows.iter().map(|&row| data.place(row)).collect();
            for turn in 0..draws {
                let address = Address {
                    seed,
                    epoch: 0,
                    rows: &places,
                    turn: turn as u64,
                };
                let normals: Vec<Vec<f32>> = (0..ATTEMPTS as u64)
                    .map(|attempt| address.normals(Stream::Feature, 1 + attempt, features))
                    .collect();
                let uniforms = address.uniforms(Stream::Feature, 0, features);
                for (at, &row) in rows.iter().enumerate() {
                    let own = at * features..(at + 1) * features;
                    let row_draws = RowDraws {
                        normal: normals.iter().map(|n| &n[own.clone()]).collect(),
                        uniform: &uniforms[own.clone()],
                    };
                    let around = Around {
                        deviations: &deviations,
                        map: None,
                    };
                    let means = &expected.drawn[turn][own];
                    let values = self.scaler.drawn(means, Some(around), &row_draws);
                    for (column, place) in data.lacking(row) {
                        let value = values[column];
                        let level = || self.scaler.level(column, value);
                        cells.set(row * draws + turn, place, value, level);
                    }
                }
            }
            Ok(())
        })?;
        Ok(cells.0)
    }

    /// Returns whether rows may lack cells, which can be filled in.
    pub fn takes_holes(&self) -> bool {
        self.config.data.missing != Missing::Refuse
    }

    /// Returns whether the model has learnt what missing cells may be.
    pub fn learns_to_impute(&self) -> bool {
        [Effect::HidesCells, Effect::DrawsCodes]
            .into_iter()
            .any(|effect| self.config.has_effect(effect))
    }

    /// Returns whether several draws of a cell differ as much as they should:
    /// only if codes are drawn.
    pub fn draws_to_impute(&self) -> bool {
        self.config.has_effect(Effect::DrawsCodes)
    }

    /// Refuses to say how sure a model is that has not measured it.
    fn check_measured(&self) -> Result<()> {
        match self.scaler.heads.is_some() || self.spread.is_some() {
            true => Ok(()),
            false => Err(Error::usage(
                "a model that compares all features in one way, so that it has not measured how far off it is",
                "one with loss.reconstruction = \"columns\"",
                "leave bounds and draws out, or train with loss.reconstruction = \"columns\"",
            )),
        }
    }

    fn prepare_to_impute<'t>(&self, table: &'t Table) -> Result<Prepared<'t>> {
        if !self.takes_holes() {
            return Err(Error::usage(
                "a model that takes no missing cells",
                "one that was trained to",
                "train with denoising.noise = \"hiding\"",
            ));
        }
        self.prepare(table)
    }

    /// Returns the variance of each feature around what the model expects.
    pub(super) fn residuals(&self) -> Vec<f32> {
        let of_network = self.inference().variances();
        let heads = self.scaler.heads.iter().flatten();
        let of_heads = heads.flat_map(|head| {
            let features = head.means.len();
            let residual = head.residual.unwrap_or(head.variance) / features as f32;
            std::iter::repeat_n(residual, features)
        });
        let of_heads: Vec<f32> = of_heads.collect();
        match (of_network, of_heads.is_empty(), &self.spread) {
            (Some(variances), ..) => {
                // The network keeps none of counts, for which it has 1.
                let heads = self.scaler.heads.iter().flatten();
                let is_normal =
                    heads.flat_map(|h| std::iter::repeat_n(h.is_normal(), h.means.len()));
                let each = variances.iter().zip(&of_heads).zip(is_normal);
                each.map(|((own, head), normal)| if normal { *own } else { *head })
                    .collect()
            }
            (None, false, _) => of_heads,
            (None, true, Some(spread)) => spread.deviations.iter().map(|d| d * d).collect(),
            (None, true, None) => vec![0.0; self.scaler.features()],
        }
    }

    /// Calls `each` with the rows that lack cells, and what the model expects of
    /// them, some rows at a time; with so many draws by a seed.
    fn each_lacking(
        &self,
        data: &Prepared,
        (draws, seed): (usize, u64),
        mut each: impl FnMut(&[usize], Expected) -> Result<()>,
    ) -> Result<()> {
        let lacks = |row: &usize| data.missing_columns(*row) > 0;
        let rows: Vec<usize> = (0..data.rows()).filter(lacks).collect();
        for part in rows.chunks(CHUNK) {
            let mut expected = match self.config.has_effect(Effect::DrawsCodes) {
                true => self.expect_by_draws(data, part, (draws, seed)),
                false => {
                    let code = self
                        .inference()
                        .encode(&data.gather_known(part), part.len());
                    let means = self.inference().decode(&code, part.len());
                    Expected {
                        variances: vec![0.0; means.len()],
                        drawn: vec![means.clone(); draws],
                        means,
                    }
                }
            };
            finite("expected cells", &expected.means)?;
            self.temper(&mut expected.means);
            expected
                .drawn
                .iter_mut()
                .for_each(|drawn| self.temper(drawn));
            each(part, expected)?;
        }
        Ok(())
    }

    /// Mixes the chances of texts and of two values with those of their columns,
    /// by how far hidden cells bore them out. `features` are `[rows, features]`.
    fn temper(&self, features: &mut [f32]) {
        let Some(heads) = &self.scaler.heads else {
            return;
        };
        for row in features.chunks_exact_mut(self.scaler.features().max(1)) {
            let mut rest = row;
            for head in heads {
                let (own, after) = rest.split_at_mut(head.means.len());
                head.temper(own);
                rest = after;
            }
        }
    }

    /// Returns what the model expects of rows, by draws of their codes.
    fn expect_by_draws(
        &self,
        data: &Prepared,
        rows: &[usize],
        (draws, seed): (usize, u64),
    ) -> Expected {
        let (features, code) = (data.features(), self.config.network.code);
        let weighs = self.config.loss.is_likelihood();
        let mut means = Vec::with_capacity(rows.len() * features);
        let mut variances = Vec::with_capacity(rows.len() * features);
        let mut drawn = vec![Vec::with_capacity(rows.len() * features); draws];
        for part in rows.chunks((AT_ONCE / SAMPLES).max(1)) {
            let places: Vec<usize> = part.iter().map(|&row| data.place(row)).collect();
            let address = Address {
                seed,
                epoch: 0,
                rows: &places,
                turn: 0,
            };
            let (input, known) = self.coder.known(data.gather_known(part), part.len());
            let measured = Measured {
                loss: &self.config.loss,
                coder: &self.coder,
                input,
                known,
                address,
            };
            let mut variants = self.coder.variants.iter();
            let found = variants
                .find_map(|v| v.weighted_codes(&measured, 0..SAMPLES))
                .expect("a model that draws codes weighs them");
            let outputs = self.inference().decode(&found.codes, SAMPLES * part.len());
            debug_assert_eq!(found.codes.len(), SAMPLES * part.len() * code);
            let picks = address.uniforms(Stream::Sample, 0, draws);
            for row in 0..part.len() {
                let mut weights = shares(&found.log_weights[row * SAMPLES..(row + 1) * SAMPLES]);
                if !weighs {
                    // What is no likelihood says nothing of how likely a code is.
                    weights.fill(1.0 / SAMPLES as f64);
                }
                let output = |sample: usize| {
                    let from = (sample * part.len() + row) * features;
                    &outputs[from..from + features]
                };
                let mut mean = vec![0f64; features];
                let mut squares = vec![0f64; features];
                for (sample, &weight) in weights.iter().enumerate() {
                    for (at, &y) in output(sample).iter().enumerate() {
                        mean[at] += weight * f64::from(y);
                        squares[at] += weight * f64::from(y).powi(2);
                    }
                }
                let variance = squares.iter().zip(&mean).map(|(s, m)| (s - m * m).max(0.0));
                variances.extend(variance.map(|v| v as f32));
                means.extend(mean.iter().map(|&m| m as f32));
                for (draw, drawn) in drawn.iter_mut().enumerate() {
                    let pick = f64::from(picks[row * draws + draw]);
                    drawn.extend_from_slice(output(picked(&weights, pick)));
                }
            }
        }
        Expected {
            means,
            variances,
            drawn,
        }
    }
}

/// Returns weights that sum to 1.
fn shares(log_weights: &[f32]) -> Vec<f64> {
    let most = log_weights
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    let each = log_weights.iter().map(|&w| f64::from(w - most).exp());
    let each: Vec<f64> = each.collect();
    let sum: f64 = each.iter().sum();
    each.iter().map(|weight| weight / sum).collect()
}

/// Returns a place by its share; `uniform` is from 0 to 1.
fn picked(shares: &[f64], uniform: f64) -> usize {
    let mut left = uniform;
    for (at, share) in shares.iter().enumerate() {
        if left < *share {
            return at;
        }
        left -= share;
    }
    shares.len() - 1
}

/// The cells of a table, some of which are given new values.
struct Cells(Table);

impl Cells {
    /// Gives a cell a value; of a category that which `level` names, which may
    /// be a text that the table had not.
    fn set(&mut self, row: usize, column: usize, value: f32, level: impl Fn() -> Option<String>) {
        let value = match &mut self.0.columns[column].kind {
            ColumnKind::Category(levels) => {
                let Some(level) = level() else { return };
                let found = levels.iter().position(|known| *known == level);
                found.unwrap_or_else(|| {
                    levels.push(level);
                    levels.len() - 1
                }) as f32
            }
            _ => value,
        };
        let width = self.0.columns.len();
        if let Values::Floats(values) = &mut self.0.values {
            values[row * width + column] = value;
        }
    }
}

#[cfg(test)]
mod tests;

//! Generates new rows, and computes what only models with a distribution can.

use super::{Model, NewRows, finite};
use crate::base::error::{Error, Place, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::random::Address;
use crate::data::binarised::Binarised;
use crate::data::source::{CHUNK, Source};
use crate::data::table::Table;
use crate::network::{Pass, padded};
use crate::objective::loss::batch;
use crate::objective::variant::{Effect, Measured, Sampled};

/// Rows whose likelihoods are computed at a time.
const ROWS: usize = 16;
/// Largest number of draws of a row's code in memory at a time, and of values
/// that they may be decoded to.
const DRAWS: usize = 250;
const DECODED: usize = 1 << 22;

impl Model {
    /// Generates new rows in the data's own units: codes drawn from the model's
    /// prior, decoded; the rows of a table are drawn around that, so that they
    /// vary as rows do ([`Model::new_rows`]). Row `i` is the same for any number
    /// of rows.
    ///
    /// # Errors
    /// [`Error::Usage`] for a model that has no prior.
    ///
    /// ```
    /// use narrows::{Autoencoder, Config, Table, variant::Variational};
    /// # let rows: Vec<f32> = (0..600).map(|i| ((i * 37) % 101) as f32).collect();
    /// let table = Table::from_floats(rows, 6)?;
    /// let mut config = Config::default();
    /// config.network.hidden = vec![8];
    /// config.network.code = 2;
    /// config.variational = Some(Variational::default());
    /// let model = Autoencoder::new(config).train(&table)?;
    /// let new = model.generate(10, 1)?;
    /// assert_eq!((new.rows(), new.columns().len()), (10, 6));
    /// # Ok::<(), narrows::Error>(())
    /// ```
    pub fn generate(&self, rows: usize, seed: u64) -> Result<Table> {
        self.generate_as(self.new_rows(), rows, seed, |_| {})
    }

    /// Does what [`Model::generate`] does, with rows that are drawn or means, and
    /// calls `progress` with the number of rows finished since its last call.
    ///
    /// # Errors
    /// As [`Model::generate`]; [`Error::Usage`] for rows to draw of a model that
    /// does not know how they vary.
    pub fn generate_as(
        &self,
        how: NewRows,
        rows: usize,
        seed: u64,
        progress: impl Fn(usize),
    ) -> Result<Table> {
        if how == NewRows::Drawn && !self.can_draw() {
            return Err(Error::usage(
                "rows to draw of a model that does not know how they vary",
                "one with a prior, trained by this version",
                "take the decoder's means, or train it again",
            ));
        }
        let features = self.new_features(rows, seed, progress).ok_or_else(|| {
            Error::usage(
                "a model without a distribution to draw codes from",
                "one that can generate",
                Hint::from("train one that can: ").and(Remedy::TrainGenerative),
            )
        })?;
        match how {
            NewRows::Drawn => {
                finite("new rows", &features)?;
                Ok(self.drawn_rows(&features, seed))
            }
            NewRows::Means => self.in_own_units("new rows", &features),
        }
    }

    /// Generates new rows in scaled units, `[rows, features]`, row-major;
    /// `None` for a model that has no prior.
    pub(crate) fn new_features(
        &self,
        rows: usize,
        seed: u64,
        progress: impl Fn(usize),
    ) -> Option<Vec<f32>> {
        let numbers: Vec<usize> = (0..rows).collect();
        let mut features = Vec::with_capacity(rows * self.scaler.features());
        for part in numbers.chunks(CHUNK) {
            // A whole chunk, so that a row does not depend on the number of
            // rows.
            let chunk: Vec<usize> = (part[0]..part[0] + CHUNK).collect();
            let sampled = Sampled {
                loss: &self.config.loss,
                coder: &self.coder,
                code: self.config.network.code,
                features: self.scaler.features(),
                address: Address {
                    seed,
                    epoch: 0,
                    rows: &chunk,
                    turn: 0,
                },
            };
            let codes = self
                .coder
                .variants
                .iter()
                .find_map(|v| v.sample(&sampled))?;
            let codes = &codes[..part.len() * self.config.network.code];
            features.extend(self.inference().decode(codes, part.len()));
            progress(part.len());
        }
        Some(features)
    }

    /// Returns whether a variant used labels in training.
    pub(crate) fn was_told_labels(&self) -> bool {
        !self.classes.is_empty()
    }

    /// Returns `steps` rows on the way from one row of a table to another, both
    /// ends included: their codes mixed in equal steps, decoded. Rows are
    /// counted from 0.
    ///
    /// # Errors
    /// [`Error::Data`] if the rows do not fit the model or do not exist;
    /// [`Error::Usage`] for fewer than 2 steps.
    pub fn interpolate(
        &self,
        table: &Table,
        from: usize,
        to: usize,
        steps: usize,
    ) -> Result<Table> {
        if steps < 2 {
            return Err(Error::usage(
                format!("{steps} steps"),
                "at least 2, the ends",
                "9 steps show 7 rows between the ends",
            ));
        }
        if let Some(beyond) = [from, to].into_iter().find(|&row| row >= table.rows()) {
            return Err(Error::data(
                &table.origin,
                Place::Whole,
                format!("no row {} of {}", beyond + 1, table.rows()),
                "a row that is there",
                "rows are counted from 1",
            ));
        }
        let ends = self.encode(&table.select(&[from, to]))?;
        let mix = |step: usize, unit: usize| {
            let share = step as f32 / (steps - 1) as f32;
            ends.value(0, unit) * (1.0 - share) + ends.value(1, unit) * share
        };
        let code = self.config.network.code;
        let codes = (0..steps).flat_map(|step| (0..code).map(move |unit| (step, unit)));
        let codes: Vec<f32> = codes.map(|(step, unit)| mix(step, unit)).collect();
        self.decode(&Table::from_floats(codes, code)?)
    }

    /// Returns codes `[rows, code]` drawn from each row's own distribution,
    /// whose mean [`Model::encode`] gives. Draws depend on the row's place in
    /// the data it was read from.
    ///
    /// # Errors
    /// As [`Model::encode`]; [`Error::Usage`] for a model that is not
    /// variational.
    pub fn encode_drawn(&self, table: &Table, seed: u64) -> Result<Table> {
        if !self.config.has_effect(Effect::DrawsCodes) {
            return Err(Error::usage(
                "a model whose codes are not drawn",
                "a variational one",
                "leave the draw out",
            ));
        }
        let data = self.prepare(table)?;
        let rows: Vec<usize> = (0..data.rows()).collect();
        let mut codes = Vec::with_capacity(rows.len() * self.config.network.code);
        for part in rows.chunks(CHUNK) {
            codes.extend(padded(&data.gather_known(part), part.len(), |features| {
                // Padding has draws too, which are dropped with it.
                let place = |&row: &usize| table.number_of(row) - 1;
                let mut numbers: Vec<usize> = part.iter().map(place).collect();
                numbers.resize(CHUNK, 0);
                let address = Address {
                    seed,
                    epoch: 0,
                    rows: &numbers,
                    turn: 0,
                };
                self.coder
                    .encode_rows_as(features, CHUNK, &mut Pass::Measure(address))
            }));
        }
        finite("codes", &codes)?;
        Ok(self.codes(codes, table))
    }

    /// Returns the importance-weighted lower bound of the rows' log-likelihood,
    /// in nats per row: `log 1/K Σₖ p(x, hₖ) / q(hₖ|x)` with `K` draws per row,
    /// the mean over rows (Burda et al. 2015). With one draw it is the ELBO;
    /// with thousands it is close to the log-likelihood.
    ///
    /// # Errors
    /// As [`Model::encode`]; [`Error::Usage`] for a model without such a
    /// distribution, or whose loss is not a likelihood.
    pub fn importance_bound(&self, table: &Table, samples: usize) -> Result<f64> {
        self.importance_bound_with_progress(table, samples, |_| {})
    }

    /// Does what [`Model::importance_bound`] does, and calls `progress` with the
    /// number of rows finished since its last call.
    ///
    /// # Errors
    /// As [`Model::importance_bound`].
    pub fn importance_bound_with_progress(
        &self,
        table: &Table,
        samples: usize,
        progress: impl Fn(usize),
    ) -> Result<f64> {
        if !self.config.has_effect(Effect::DrawsCodes) || !self.config.loss.is_likelihood() {
            return Err(Error::usage(
                "a model without a likelihood",
                "a variational one with loss.reconstruction = \"bce\", \"gaussian\" or, in nats, \"columns\"",
                "leave the importance samples out",
            ));
        }
        if samples == 0 {
            return Err(Error::usage(
                "0 importance samples",
                "at least 1",
                "the published figures use 5000",
            ));
        }
        let data = self.prepare(table)?;
        let seen = Binarised::measured(&data, self.config.binarising_seed());
        let rows: Vec<usize> = (0..data.rows()).collect();
        let mut sum = 0.0;
        // Few rows at a time, since each has many draws.
        let at_once = (DECODED / (ROWS * data.features())).clamp(1, DRAWS);
        for part in rows.chunks(ROWS) {
            let mut weights: Vec<Vec<f64>> = vec![Vec::with_capacity(samples); part.len()];
            for from in (0..samples).step_by(at_once) {
                let draws = from..(from + at_once).min(samples);
                let (input, known) = batch(&self.coder, &seen, part);
                let measured = Measured {
                    loss: &self.config.loss,
                    coder: &self.coder,
                    input,
                    known,
                    address: Address {
                        seed: self.config.seed,
                        epoch: 0,
                        rows: part,
                        turn: 0,
                    },
                };
                let mut variants = self.coder.variants.iter();
                let found = variants
                    .find_map(|v| v.weighted_codes(&measured, draws.clone()))
                    .expect("a variational model has importance weights");
                let of_rows = found.log_weights.chunks(draws.len());
                weights
                    .iter_mut()
                    .zip(of_rows)
                    .for_each(|(row, new)| row.extend(new.iter().map(|&w| f64::from(w))));
            }
            sum += weights.iter().map(|row| log_mean_exp(row)).sum::<f64>();
            progress(part.len());
        }
        finite("likelihoods", &[sum])?;
        Ok(sum / rows.len() as f64)
    }
}

/// Returns `log (1/K Σ exp)`.
fn log_mean_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = values.iter().map(|v| (v - largest).exp()).sum();
    largest + (sum / values.len() as f64).ln()
}

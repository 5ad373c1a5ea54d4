//! Draws new rows around what a decoder makes of codes.
//!
//! A decoder gives the mean of each feature; rows vary around it. The standard
//! deviation of that is fitted in closed form: the root of the mean squared
//! error of held-out rows, decoded from codes that are drawn as in training. For
//! tables, what is drawn is then mapped to the distribution of each column
//! ([`super::marginals`]).

use super::Model;
use super::calibrate::spaced;
use super::marginals::Marginals;
use crate::base::random::{Address, Stream};
use crate::config::Reconstruction;
use crate::data::scale::{ATTEMPTS, Around, Prepared, RowDraws};
use crate::data::source::{CHUNK, Source};
use crate::data::table::Table;
use crate::network::{NamedTensor, Pass, padded};
use crate::objective::variant::Effect;

/// The names in a model's file.
const DEVIATIONS: &str = "deviations";
const MARGINALS: &str = "marginals";
/// Rows that deviations are fitted on, and values that maps are.
const ROWS: usize = 10_000;
const MOST_VALUES: usize = 1 << 22;

/// How rows vary around what the decoder gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spread {
    /// The standard deviation of each feature.
    pub deviations: Vec<f32>,
    /// The maps to each feature's distribution; `None` for images and rows of
    /// very many features.
    pub marginals: Option<Marginals>,
}

/// How new rows are made of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewRows {
    /// Drawn around the means that the decoder gives: they vary as rows do.
    Drawn,
    /// The means themselves: smooth, but all too alike.
    Means,
}

impl Model {
    /// Returns how [`Model::generate`] makes rows: it draws the rows of a table,
    /// and takes the means for images, and for a model that does not know how
    /// rows vary.
    pub fn new_rows(&self) -> NewRows {
        match self.scaler.image.is_none() && self.can_draw() {
            true => NewRows::Drawn,
            false => NewRows::Means,
        }
    }

    /// Returns whether rows can be drawn around the decoder's means.
    pub fn can_draw(&self) -> bool {
        self.spread.is_some() || self.means_are_chances()
    }

    /// Returns whether the decoder gives chances of ones, and no more.
    fn means_are_chances(&self) -> bool {
        self.scaler.image.is_some() && self.config.loss.reconstruction == Reconstruction::Bce
    }

    /// Fits how rows vary around the decoder's means: `rows` are the held-out
    /// ones. `None` for a model without a prior.
    pub(crate) fn fit_spread(
        &self,
        data: &Prepared,
        rows: &[usize],
        training: &[usize],
    ) -> Option<Spread> {
        if !self.config.has_effect(Effect::HasPrior) {
            return None;
        }
        let deviations = self.fit_deviations(data, rows);
        let features = data.features();
        let most = (MOST_VALUES / features).min(ROWS);
        let maps = self.scaler.image.is_none() && most >= ROWS / 10;
        let marginals = maps.then(|| {
            let rows = spaced(training, most);
            let mut drawn = self.new_features(most, self.config.seed, |_| {})?;
            let numbers: Vec<usize> = (0..most).collect();
            let address = self.draws(&numbers, self.config.seed);
            let normals = address.normals(Stream::Feature, 1, features);
            for (at, (drawn, normal)) in drawn.iter_mut().zip(normals).enumerate() {
                *drawn += deviations[at % features] * normal;
            }
            Some(Marginals::fit(&drawn, &data.gather_known(&rows), features))
        });
        Some(Spread {
            deviations,
            marginals: marginals.flatten().filter(Marginals::are_sound),
        })
    }

    fn draws<'r>(&self, rows: &'r [usize], seed: u64) -> Address<'r> {
        Address {
            seed,
            epoch: 0,
            rows,
            turn: 0,
        }
    }

    /// Returns the standard deviation of each feature around the decoder's
    /// means over some rows.
    fn fit_deviations(&self, data: &Prepared, rows: &[usize]) -> Vec<f32> {
        let rows = spaced(rows, ROWS);
        let features = data.features();
        let mut squares = vec![0f64; features];
        let mut counts = vec![0usize; features];
        for part in rows.chunks(CHUNK) {
            let input = data.gather_known(part);
            let codes = padded(&input, part.len(), |input| {
                let mut numbers = part.to_vec();
                numbers.resize(CHUNK, 0);
                let mut pass = Pass::Measure(self.draws(&numbers, self.config.seed));
                self.coder.encode_rows_as(input, CHUNK, &mut pass)
            });
            let output = self.inference().decode(&codes, part.len());
            for (at, (x, y)) in input.iter().zip(&output).enumerate() {
                if !x.is_nan() {
                    squares[at % features] += f64::from(x - y).powi(2);
                    counts[at % features] += 1;
                }
            }
        }
        let deviation = |(sum, count): (f64, usize)| (sum / count.max(1) as f64).sqrt() as f32;
        squares.into_iter().zip(counts).map(deviation).collect()
    }

    /// Draws rows, given the means of their features, `[rows, features]`. Row
    /// `i` is the same for any number of rows.
    pub(super) fn drawn_rows(&self, means: &[f32], seed: u64) -> Table {
        let width = self.scaler.features();
        let spread = self.spread.as_ref().filter(|_| !self.means_are_chances());
        let marginals = spread.and_then(|spread| spread.marginals.as_ref());
        let map = marginals.map(|m| move |feature, drawn| m.map(feature, drawn));
        let around = spread.map(|spread| Around {
            deviations: &spread.deviations,
            map: map.as_ref().map(|map| map as &dyn Fn(usize, f32) -> f32),
        });
        let mut values = Vec::with_capacity(means.len());
        for (chunk, means) in means.chunks(CHUNK * width).enumerate() {
            let numbers: Vec<usize> = (0..means.len() / width)
                .map(|at| chunk * CHUNK + at)
                .collect();
            let address = self.draws(&numbers, seed);
            let normals: Vec<Vec<f32>> = (0..ATTEMPTS as u64)
                .map(|attempt| address.normals(Stream::Feature, 1 + attempt, width))
                .collect();
            let uniforms = address.uniforms(Stream::Feature, 0, width);
            for (at, means) in means.chunks_exact(width).enumerate() {
                let of = at * width..(at + 1) * width;
                let draws = RowDraws {
                    normal: normals.iter().map(|normal| &normal[of.clone()]).collect(),
                    uniform: &uniforms[of.clone()],
                };
                values.extend(self.scaler.drawn(means, around, &draws));
            }
        }
        self.scaler.drawn_table(values)
    }
}

impl Spread {
    pub fn store(&self) -> Vec<NamedTensor> {
        let features = self.deviations.len();
        let deviations = NamedTensor {
            name: DEVIATIONS.into(),
            shape: [1, features],
            values: self.deviations.clone(),
        };
        let marginals = self.marginals.iter().map(|marginals| NamedTensor {
            name: MARGINALS.into(),
            shape: [features, Marginals::WIDTH],
            values: marginals.values.clone(),
        });
        std::iter::once(deviations).chain(marginals).collect()
    }

    /// Reads what [`Self::store`] gives, of so many features; `None` if it is not
    /// there. The error says what is wrong with it.
    pub fn from_stored(stored: &[NamedTensor], features: usize) -> Result<Option<Self>, String> {
        let find = |name| stored.iter().find(|tensor| tensor.name == name);
        let Some(tensor) = find(DEVIATIONS) else {
            return Ok(None);
        };
        let deviations = tensor.values.clone();
        if deviations.len() != features || deviations.iter().any(|d| d.is_nan() || *d < 0.0) {
            return Err(format!("'{DEVIATIONS}' that are not one of each feature"));
        }
        let marginals = find(MARGINALS).map(|tensor| {
            let marginals = Marginals {
                values: tensor.values.clone(),
            };
            let fits = tensor.values.len() == features * Marginals::WIDTH;
            match fits && marginals.are_sound() {
                true => Ok(marginals),
                false => Err(format!("'{MARGINALS}' that are not quantiles")),
            }
        });
        Ok(Some(Spread {
            deviations,
            marginals: marginals.transpose()?,
        }))
    }
}

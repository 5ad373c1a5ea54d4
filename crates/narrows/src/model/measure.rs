//! By what the errors of rows are measured, other than by their squares.

use super::locality::{KEPT, Locality};
use super::whitening::{FITTED, Whitening, smallest};
use crate::base::random::{Draws, Stream};
use crate::config::Config;
use crate::network::NamedTensor;
use crate::objective::inference::{Chunk, Inference};
use crate::settings::ScoreBy;

/// A whitening of vectors of errors, and where those of training rows lie.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    pub whitening: Whitening,
    /// `None` if the distance from the mean counts.
    pub locality: Option<Locality>,
}

/// What a row's score is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distance {
    /// A squared distance, to which what is no part of a residual is added.
    pub squared: f64,
    /// What it is divided by.
    pub over: f64,
}

impl Measure {
    /// Fits vectors `[rows, width]` of training rows, whose features are given.
    /// `None` if they are too few, or all the same.
    pub fn fit(
        by: ScoreBy,
        vectors: &[f32],
        width: usize,
        features: &[f32],
        seed: u64,
    ) -> Option<Self> {
        let whitening = Whitening::fit(vectors, width)?;
        if by != ScoreBy::Local {
            return Some(Measure {
                whitening,
                locality: None,
            });
        }
        let rows = vectors.len() / width;
        let usual = smallest(&whitening.squared(vectors), FITTED);
        let mut draws = Draws::new(seed, Stream::Kept, 0, 0);
        let order = draws.permutation(usual.len());
        let kept: Vec<usize> = order.into_iter().take(KEPT).map(|at| usual[at]).collect();
        let of_kept: Vec<f32> = kept
            .iter()
            .flat_map(|row| &vectors[row * width..(row + 1) * width])
            .copied()
            .collect();
        let along = whitening.along(&of_kept);
        let locality = Locality::fit(features, features.len() / rows, &kept, &along)?;
        Some(Measure {
            whitening,
            locality: Some(locality),
        })
    }

    /// Measures a chunk of rows.
    pub fn distances(&self, inference: &Inference, chunk: &Chunk) -> Vec<Distance> {
        let vectors = vectors(inference, chunk, self.whitening.width());
        let Some(locality) = &self.locality else {
            let squared = self.whitening.squared(&vectors).into_iter();
            return squared
                .map(|squared| Distance { squared, over: 1.0 })
                .collect();
        };
        let found = locality.measure(chunk.input, &self.whitening.along(&vectors));
        let square = |x: f32| f64::from(x).powi(2);
        let found = found.into_iter().map(|found| Distance {
            squared: square(found.from_kept),
            over: square(found.of_kept),
        });
        found.collect()
    }

    pub fn store(&self) -> Vec<NamedTensor> {
        let locality = self.locality.iter().flat_map(Locality::store);
        self.whitening.store().into_iter().chain(locality).collect()
    }

    /// Reads what [`Self::store`] gives, of rows of so many features; `None` if there
    /// is nothing, or squared errors count. The error says what is wrong with it.
    pub fn of_config(
        config: &Config,
        stored: &[NamedTensor],
        features: usize,
    ) -> Result<Option<Self>, String> {
        let by = config.score.by;
        let Some(width) = by.width(features, &config.network) else {
            return Ok(None);
        };
        let Some(whitening) = Whitening::from_stored(stored, width)? else {
            return Ok(None);
        };
        let mut locality = None;
        if by == ScoreBy::Local {
            locality = Locality::from_stored(stored, features, width)?;
            if locality.is_none() {
                return Err("no kept rows, by which score.by = \"local\" goes".into());
            }
        }
        Ok(Some(Measure {
            whitening,
            locality,
        }))
    }
}

/// Returns the vectors of a chunk that are whitened, `[rows, width]`: its residuals, 0
/// for missing cells, and for `width` above the number of features how far the
/// encoder's layers move when what came back is encoded.
pub(super) fn vectors(inference: &Inference, chunk: &Chunk, width: usize) -> Vec<f32> {
    let (rows, features) = (chunk.rows, chunk.output.len() / chunk.rows);
    let residual = |(&x, &y): (&f32, &f32)| if x.is_nan() { 0.0 } else { x - y };
    let residuals = chunk.input.iter().zip(chunk.output).map(residual).collect();
    let mut parts: Vec<Vec<f32>> = vec![residuals];
    if width > features {
        let moved = |(h, again): (&Vec<f32>, &Vec<f32>)| {
            h.iter().zip(again).map(|(h, again)| h - again).collect()
        };
        let layers = inference.pathway(chunk.input, rows);
        parts.extend(
            layers
                .iter()
                .zip(&inference.pathway(chunk.output, rows))
                .map(moved),
        );
    }
    let mut vectors = Vec::with_capacity(rows * width);
    for row in 0..rows {
        for part in &parts {
            let own = part.len() / rows;
            vectors.extend_from_slice(&part[row * own..(row + 1) * own]);
        }
    }
    vectors
}

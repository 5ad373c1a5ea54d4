//! Scores rows without the network, by the two simple ways that are hard to beat:
//! principal components and nearest neighbours.

use faer::MatRef;
use rayon::prelude::*;
use serde::Serialize;

use super::Model;
use super::calibrate::spaced;
use super::score::Scores;
use super::whitening::Whitening;
use crate::base::conformal::p_value;
use crate::base::error::{Error, Result};
use crate::base::linear::product;
use crate::base::moments::Moments;
use crate::data::scale::Prepared;
use crate::data::source::Source;
use crate::data::table::Table;
use crate::network::NamedTensor;

/// Training rows that are kept, and values of theirs at most.
const KEPT: usize = 2_048;
const MOST_VALUES: usize = 400_000;
/// Rows that whitening is fitted on, and held-out scores that are kept.
const FITTED: usize = 10_000;
const SCORED: usize = 5_000;
/// The neighbour whose distance counts.
const NEIGHBOUR: usize = 5;
/// Rows that are scored at a time.
const PART: usize = 512;

/// What the names of its tensors in a model's file begin with.
const PREFIX: &str = "simple.";
/// The names of the others: `[kept, features]`, and `[1, scores]` of each way.
const ROWS: &str = "simple.rows";
const SCORES: [(Simple, &str); 2] = [
    (Simple::Pca, "simple.held_out_pca"),
    (Simple::Neighbours, "simple.held_out_neighbours"),
];

/// A way to score rows without the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Simple {
    /// The squared Mahalanobis distance from the mean of the nine tenths of the training
    /// rows that are the least unusual: all principal components, whitened.
    Pca,
    /// The distance from the fifth nearest of up to 2,048 training rows, in scaled units.
    Neighbours,
}

impl Simple {
    /// Both ways.
    pub const ALL: [Simple; 2] = [Simple::Pca, Simple::Neighbours];

    /// Returns its name, as `--by` has it.
    pub fn name(self) -> &'static str {
        match self {
            Simple::Pca => "pca",
            Simple::Neighbours => "neighbours",
        }
    }
}

/// What the simple ways need of the training rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SimpleWays {
    whitening: Whitening,
    /// `[kept, features]`, in scaled units, missing cells at the mean.
    rows: Vec<f32>,
    /// The scores of held-out rows, sorted, by [`Simple::Pca`] and
    /// [`Simple::Neighbours`].
    held_out: [Vec<f32>; 2],
}

impl SimpleWays {
    /// Takes what is needed of training rows, and scores held-out ones. `None` of
    /// images, of very many features, and of rows too few or all the same.
    pub fn fit(data: &Prepared, train: &[usize], held_out: &[usize]) -> Option<Self> {
        let features = data.features();
        if data.scaler.image.is_some() || held_out.is_empty() {
            return None;
        }
        let known = data.gather_known(&spaced(train, FITTED));
        let means = means(&known, features);
        let whitening = Whitening::fit(&filled(&known, &means), features)?;
        let most = KEPT.min(MOST_VALUES / features);
        if most.min(train.len()) < NEIGHBOUR {
            return None;
        }
        let rows = data.gather_known(&spaced(train, most));
        let mut ways = SimpleWays {
            rows: filled(&rows, whitening.mean()),
            whitening,
            held_out: Default::default(),
        };
        let places = spaced(held_out, SCORED);
        for (at, by) in Simple::ALL.into_iter().enumerate() {
            let mut scores = ways.scores(by, data, &places);
            scores.retain(|score| !score.is_nan());
            scores.sort_by(f32::total_cmp);
            ways.held_out[at] = scores;
        }
        Some(ways)
    }

    /// Returns the score of each row; NaN of a row without any value.
    fn scores(&self, by: Simple, data: &Prepared, rows: &[usize]) -> Vec<f32> {
        let width = self.whitening.width();
        let of_part = |rows: &[usize]| {
            let part = data.gather_known(rows);
            let filled = filled(&part, self.whitening.mean());
            let found = match by {
                Simple::Pca => self.whitening.squared(&filled),
                Simple::Neighbours => self.distances(&filled),
            };
            let rows = part.chunks_exact(width).zip(found);
            // A row that lacks cells has less to differ by.
            let scaled = rows.map(|(row, score)| {
                let known = row.iter().filter(|x| !x.is_nan()).count();
                (score * width as f64 / known as f64).min(f32::MAX.into()) as f32
            });
            let known = part
                .chunks_exact(width)
                .map(|row| row.iter().any(|x| !x.is_nan()));
            let scored = scaled.zip(known);
            scored
                .map(|(score, is_known)| if is_known { score } else { f32::NAN })
                .collect::<Vec<f32>>()
        };
        let parts = rows.par_chunks(PART).map(of_part);
        parts.collect::<Vec<_>>().concat()
    }

    /// Returns the squared distance of rows from the fifth nearest of those kept.
    fn distances(&self, rows: &[f32]) -> Vec<f64> {
        let width = self.whitening.width();
        let kept = self.rows.len() / width;
        let square = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let squares: Vec<f64> = self.rows.chunks_exact(width).map(square).collect();
        let products = product(
            MatRef::from_row_major_slice(&self.rows, kept, width),
            MatRef::from_row_major_slice(rows, rows.len() / width, width).transpose(),
        );
        let fifth = |(at, row): (usize, &[f32])| {
            let own = square(row);
            let column = products.col(at).iter();
            let mut nearest = [f64::INFINITY; NEIGHBOUR];
            for (other, ab) in squares.iter().zip(column) {
                let distance = (own + other - 2.0 * f64::from(*ab)).max(0.0);
                if distance < nearest[NEIGHBOUR - 1] {
                    let place = nearest.partition_point(|&near| near <= distance);
                    nearest.copy_within(place..NEIGHBOUR - 1, place + 1);
                    nearest[place] = distance;
                }
            }
            nearest[NEIGHBOUR - 1]
        };
        rows.chunks_exact(width).enumerate().map(fifth).collect()
    }

    pub fn store(&self) -> Vec<NamedTensor> {
        let width = self.whitening.width();
        let mut tensors: Vec<NamedTensor> = self.whitening.store().into();
        for tensor in &mut tensors {
            tensor.name = format!("{PREFIX}{}", tensor.name);
        }
        tensors.push(NamedTensor {
            name: ROWS.into(),
            shape: [self.rows.len() / width, width],
            values: self.rows.clone(),
        });
        tensors.extend(
            SCORES
                .iter()
                .zip(&self.held_out)
                .map(|((_, name), scores)| NamedTensor {
                    name: (*name).into(),
                    shape: [1, scores.len()],
                    values: scores.clone(),
                }),
        );
        tensors
    }

    /// Reads what [`Self::store`] gives; `None` if there is nothing. The error says what
    /// is wrong with it.
    pub fn from_stored(
        stored: &[NamedTensor],
        features: usize,
    ) -> std::result::Result<Option<Self>, String> {
        let own: Vec<NamedTensor> = stored
            .iter()
            .filter_map(|tensor| {
                Some(NamedTensor {
                    name: tensor.name.strip_prefix(PREFIX)?.into(),
                    ..tensor.clone()
                })
            })
            .collect();
        let Some(whitening) = Whitening::from_stored(&own, features)? else {
            return Ok(None);
        };
        let find = |name: &str| stored.iter().find(|tensor| tensor.name == name);
        let rows = find(ROWS).ok_or_else(|| format!("no '{ROWS}'"))?;
        let [kept, width] = rows.shape;
        if width != features || !(NEIGHBOUR..=KEPT).contains(&kept) {
            return Err(format!("'{ROWS}' of shape {:?}", rows.shape));
        }
        let mut held_out: [Vec<f32>; 2] = Default::default();
        for (to, (_, name)) in held_out.iter_mut().zip(SCORES) {
            let scores = find(name).ok_or_else(|| format!("no '{name}'"))?;
            if !scores.values.is_sorted() || scores.values.iter().any(|score| score.is_nan()) {
                return Err(format!("scores of '{name}' that are not sorted"));
            }
            to.clone_from(&scores.values);
        }
        Ok(Some(SimpleWays {
            whitening,
            rows: rows.values.clone(),
            held_out,
        }))
    }
}

/// Returns the mean of each feature's known values; 0 if none is.
fn means(features: &[f32], width: usize) -> Vec<f32> {
    let mut moments = Moments::new(width);
    features
        .chunks_exact(width)
        .for_each(|row| moments.add(row));
    let means = moments.means_f64().iter();
    means
        .map(|mean| if mean.is_finite() { *mean as f32 } else { 0.0 })
        .collect()
}

/// Returns features with means where values are missing.
fn filled(features: &[f32], means: &[f32]) -> Vec<f32> {
    let rows = features.chunks_exact(means.len());
    let values = rows.flat_map(|row| row.iter().zip(means));
    values
        .map(|(x, mean)| if x.is_nan() { *mean } else { *x })
        .collect()
}

impl Model {
    /// Scores rows by a simple way, without the network: what it is worth is seen beside
    /// it. p is among the same held-out rows. A cell that is missing lies at the mean, and
    /// the score is as of a row that lacks none; columns are not named.
    ///
    /// # Errors
    /// [`Error::Usage`] for a model that keeps nothing for it: its `score.by` is `error`,
    /// or its rows are images, very wide, or none was held out; [`Error::Data`] if the rows
    /// do not fit the model.
    pub fn score_simply(&self, table: &Table, by: Simple) -> Result<Scores> {
        let data = self.prepare(table)?;
        let Some(ways) = &self.simple else {
            return Err(Error::usage(
                format!("a model that keeps nothing to score rows by {}", by.name()),
                "one that does: of a table, with held-out rows, and another score.by than error",
                "train it again, as `train anomalies` does",
            ));
        };
        let rows: Vec<usize> = (0..data.rows()).collect();
        let mut scores = Scores::of_rows(&data, rows.len());
        scores.errors = ways.scores(by, &data, &rows);
        let reference = match by {
            Simple::Pca => &ways.held_out[0],
            Simple::Neighbours => &ways.held_out[1],
        };
        let p = |score: &f32| p_value(reference, *score);
        scores.p_values = scores.errors.iter().map(p).collect();
        let below = |score: &f32| match score.is_nan() {
            true => f32::NAN,
            false => {
                let below = reference.partition_point(|other| other < score);
                (100.0 * below as f64 / reference.len() as f64) as f32
            }
        };
        scores.percentiles = scores.errors.iter().map(below).collect();
        Ok(scores)
    }

    /// Returns whether rows can be scored by the simple ways.
    pub fn scores_simply(&self) -> bool {
        self.simple.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};
    use crate::config::{Missing, ScoreBy};
    use crate::{Autoencoder, Config};

    /// Returns rows of two numbers of unit variance and correlation .9, and one of its
    /// own.
    fn rows(seed: u64, rows: usize) -> Vec<f32> {
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let values = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            let [c, _] = draws.normal_pair();
            [a, 0.9 * a + 0.19f64.sqrt() * b, c].map(|x| x as f32)
        });
        values.collect()
    }

    fn model(by: ScoreBy) -> Model {
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![8], 2);
        (config.train.epochs, config.score.by) = (2, by);
        config.data.missing = Missing::Mask;
        config.data.scale = crate::config::Scale::Standard;
        let table = Table::from_floats(rows(1, 4_000), 3).unwrap();
        Autoencoder::new(config).train(&table).unwrap()
    }

    #[test]
    fn the_distances_are_those_by_hand_and_p_is_nominal() {
        let model = model(ScoreBy::Whitened);
        let of = |row: [f32; 3], by: Simple| {
            let table = Table::from_floats(row.to_vec(), 3).unwrap();
            let scores = model.score_simply(&table, by).unwrap();
            (scores.errors[0], scores.p_values[0])
        };
        // Against the correlation, 2 and -2 lie far out: (2 + 2)² / (2 (1 - .9)) = 80,
        // over .81, by which the inner nine tenths of three normal entries vary less.
        let (along, against) = (
            of([2.0, 2.0, 0.0], Simple::Pca),
            of([2.0, -2.0, 0.0], Simple::Pca),
        );
        assert!((70.0..115.0).contains(&against.0), "{against:?}");
        assert!(
            along.0 < 8.0 && along.1 > 0.05 && against.1 < 0.01,
            "{along:?}"
        );
        let ways = model.simple.as_ref().unwrap();
        let row = [0.3f32, 0.2, -0.1];
        let features: Vec<f32> = {
            let table = Table::from_floats(row.to_vec(), 3).unwrap();
            let data = model.prepare(&table).unwrap();
            data.gather_known(&[0])
        };
        let mut all: Vec<f32> = ways
            .rows
            .chunks_exact(3)
            .map(|other| {
                other
                    .iter()
                    .zip(&features)
                    .map(|(a, b)| (a - b).powi(2))
                    .sum()
            })
            .collect();
        all.sort_by(f32::total_cmp);
        assert!((of(row, Simple::Neighbours).0 - all[4]).abs() < 1e-5);
        let new = Table::from_floats(rows(9, 4_000), 3).unwrap();
        for by in Simple::ALL {
            let p = model.score_simply(&new, by).unwrap().p_values;
            let share = p.iter().filter(|p| **p <= 0.05).count() as f64 / 4_000.0;
            // Of 400 held-out rows: four deviations of the share are .044.
            assert!((0.01..0.09).contains(&share), "{by:?} {share}");
        }
    }

    #[test]
    fn a_row_that_lacks_cells_has_a_score_and_one_that_lacks_all_has_none() {
        let model = model(ScoreBy::Local);
        let values = vec![f32::NAN, 0.1, 0.0, f32::NAN, f32::NAN, f32::NAN];
        let table = Table::from_floats(values, 3).unwrap();
        for by in Simple::ALL {
            let scores = model.score_simply(&table, by).unwrap();
            assert!(scores.errors[0] < 3.0, "{by:?} {}", scores.errors[0]);
            assert!(scores.errors[1].is_nan() && scores.p_values[1].is_nan());
        }
    }

    #[test]
    fn it_is_kept_in_the_file_where_scores_are_asked_for() {
        let model_of = model(ScoreBy::Local);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model_of.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap().simple, model_of.simple);
        let plain = model(ScoreBy::Error);
        let table = Table::from_floats(rows(3, 5), 3).unwrap();
        let refused = plain.score_simply(&table, Simple::Pca).unwrap_err();
        assert!(refused.to_string().contains("score.by"), "{refused}");
    }
}

//! Scores the rows of a cross-fitted model's own training, each by the network that
//! has not seen it.

use super::explain::Surprise;
use super::folds::fold;
use super::row_errors::Scorer;
use super::score::{Scores, score};
use super::{Model, digest};
use crate::base::conformal::p_value;
use crate::base::error::{Error, Result};
use crate::data::table::Table;

impl Model {
    /// Scores the rows that a cross-fitted model (`data.cross_fit`) was trained on, each
    /// by the one of its networks that has not seen it: which of them are unusual. With
    /// them come the `most` columns that make each so. A row's p-value counts the row
    /// itself among all rows.
    ///
    /// # Errors
    /// [`Error::Usage`] for a model whose networks have seen the same rows, and for rows
    /// that are not those of its training; [`Error::Data`] if the rows do not fit the
    /// model; [`Error::Model`] if a reconstruction is not finite.
    pub fn score_own_rows(
        &self,
        table: &Table,
        most: usize,
    ) -> Result<(Scores, Vec<Vec<Surprise>>)> {
        let data = self.prepare(table)?;
        if !self.config.data.cross_fit {
            return Err(Error::usage(
                "a model whose networks have all seen the same rows",
                "one of data.cross_fit, of which one network has not seen each row",
                "train with data.cross_fit = true",
            ));
        }
        if self.rows.as_ref() != Some(&digest(&data)) {
            return Err(Error::usage(
                "rows other than those of the training",
                "the rows that the model was trained on, in their order",
                "score other rows with Model::score",
            ));
        }
        let rows = data.rows();
        let mut own = Scores::of_rows(&data, rows);
        let mut explained = vec![Vec::new(); rows];
        let networks = self.scorer();
        let networks = std::iter::once(networks.first).chain(networks.others);
        for (first, number) in networks.zip(1..) {
            let fold = fold(self.config.seed, rows, self.config.seeds, number);
            let alone = Scorer {
                first,
                others: Vec::new(),
            };
            let part = table.select(&fold);
            let part = self.prepare(&part)?;
            let found = score(&alone, &part, &self.reference)?;
            let places: Vec<usize> = (0..fold.len()).collect();
            let surprises = self.explained(&alone, &part, &places, most)?;
            for (at, (&row, surprises)) in fold.iter().zip(surprises).enumerate() {
                let missing = part.missing_columns(at);
                let surprise = first.reference.map_or(f32::NAN, |reference| {
                    reference.surprise(missing, found.errors[at].into()) as f32
                });
                let reference = self.reference.for_missing(missing);
                own.errors[row] = surprise;
                own.p_values[row] = p_value(reference, surprise);
                own.percentiles[row] = found.percentiles[at];
                own.top[row].clone_from(&found.top[at]);
                explained[row] = surprises;
            }
        }
        Ok((own, explained))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{Draws, Stream};
    use crate::config::{Config, ScoreBy};
    use crate::data::table::Values;
    use crate::{Autoencoder, Model};

    /// Returns rows of three numbers, the third nearly the sum of the others.
    fn table(rows: usize, seed: u64) -> Table {
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let values = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            let [noise, _] = draws.normal_pair();
            [a, b, a + b + 0.1 * noise].map(|x| x as f32)
        });
        Table::from_floats(values.collect(), 3).unwrap()
    }

    fn trained(rows: &Table, seed: u64, epochs: usize) -> Model {
        let mut config = Config {
            seed,
            seeds: 4,
            ..Config::default()
        };
        config.data.cross_fit = true;
        config.network.hidden = vec![8];
        config.network.code = 2;
        (config.train.batch, config.train.epochs) = (20, epochs);
        config.optimizer.rate = 0.01;
        config.score.by = ScoreBy::Whitened;
        Autoencoder::new(config).train(rows).unwrap()
    }

    #[test]
    fn of_usual_rows_no_more_than_the_share_are_marked_however_few_train() {
        const RUNS: u64 = 16;
        let mut rates = Vec::new();
        for run in 0..RUNS {
            let rows = table(160, 100 + run);
            let model = trained(&rows, run, 10);
            assert_eq!(
                model.held_out_errors().len(),
                160,
                "every row is held out once"
            );
            let new = model.score(&table(400, 500 + run)).unwrap().p_values;
            rates.push(new.iter().filter(|p| **p <= 0.05).count() as f64 / 400.0);
            let own = model.score_own_rows(&rows, 1).unwrap().0.p_values;
            let own = own.iter().filter(|p| **p <= 0.05).count();
            assert!((5..=8).contains(&own), "{own} of 160 own rows");
        }
        let mean = rates.iter().sum::<f64>() / RUNS as f64;
        let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>();
        let error = (variance / (RUNS * (RUNS - 1)) as f64).sqrt();
        assert!(
            mean - 4.0 * error <= 0.05 && mean > 0.02,
            "{mean} with {error}"
        );
    }

    #[test]
    fn a_strange_row_is_found_among_the_rows_that_were_trained_on() {
        let rows = table(200, 1);
        let Values::Floats(values) = rows.values() else {
            panic!("floats");
        };
        let mut values = values.clone();
        // No value is strange by itself.
        values[3 * 17..3 * 18].copy_from_slice(&[1.5, -1.5, 2.0]);
        let rows = Table::from_floats(values, 3).unwrap();
        let model = trained(&rows, 3, 100);
        let (scores, surprises) = model.score_own_rows(&rows, 2).unwrap();
        let most = (0..200).max_by(|&a, &b| scores.errors[a].total_cmp(&scores.errors[b]));
        assert_eq!(most, Some(17));
        assert!(
            scores.p_values[17] <= 2.0 / 201.0,
            "{}",
            scores.p_values[17]
        );
        assert_eq!((surprises[17].len(), surprises.len()), (2, 200));
        let refused = |model: &Model, rows: &Table| model.score_own_rows(rows, 1).unwrap_err();
        assert!(
            refused(&model, &table(200, 9))
                .to_string()
                .contains("rows other than")
        );
        let mut config = model.config().clone();
        (config.seeds, config.data.cross_fit) = (1, false);
        let plain = Autoencoder::new(config).train(&rows).unwrap();
        assert!(
            refused(&plain, &rows)
                .to_string()
                .contains("data.cross_fit")
        );
    }
}

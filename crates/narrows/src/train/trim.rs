//! Leaves those rows out of an epoch that come back worst.

use super::Training;
use crate::model::row_errors::{ScoredBy, Scorer};
use crate::model::score::errors;
use crate::objective::inference::Inference;

/// The share of the epochs over which the share of rows rises.
const RISES: f64 = 0.25;

impl Training<'_> {
    /// Returns the training rows that `train.trim` leaves out with the present
    /// weights, as many as the last epoch did, by their numbers in the file, from 1,
    /// the one that comes back worst first.
    pub fn left_out(&self) -> Vec<usize> {
        let worst = self
            .worst(self.share(self.history.len().saturating_sub(1)))
            .into_iter();
        worst.map(|row| self.data.table.number_of(row)).collect()
    }

    /// Returns the rows that the epoch after those done leaves out.
    pub(super) fn trimmed(&self) -> Vec<usize> {
        self.worst(self.share(self.history.len()))
    }

    /// Returns the share that the epoch after so many leaves out.
    fn share(&self, done: usize) -> f64 {
        let train = &self.plan.config.train;
        train.trim * (done as f64 / train.epochs as f64 / RISES).min(1.0)
    }

    /// Returns the share of the training rows that comes back worst.
    fn worst(&self, share: f64) -> Vec<usize> {
        let rows = &self.split.train;
        let count = (rows.len() as f64 * share) as usize;
        if count == 0 {
            return Vec::new();
        }
        let inference = Inference::new(&self.running.learner.coder);
        let squares = Scorer {
            first: ScoredBy {
                inference: &inference,
                measure: None,
                reference: None,
            },
            others: Vec::new(),
        };
        let errors = errors(&squares, &self.data, rows).unwrap_or_default();
        // What is not finite ends the training at its next step.
        let error = |at: usize| errors.get(at).copied().unwrap_or(f32::NAN);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        // A row without any value has no error, and nothing to be left out for.
        let key = |at: usize| if error(at).is_nan() { -1.0 } else { error(at) };
        order.sort_by(|&a, &b| key(b).total_cmp(&key(a)).then(a.cmp(&b)));
        order.truncate(count);
        order.into_iter().map(|at| rows[at]).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::base::random::{Draws, Stream};
    use crate::{Config, Control, Table, Training};

    /// Returns rows on a line, of which every 20th is off it.
    fn soiled() -> Table {
        let mut draws = Draws::new(1, Stream::Split, 0, 0);
        let values = (0..600).flat_map(|row| {
            let [a, b] = draws.normal_pair();
            let off = if row % 20 == 7 {
                3.0 + 0.3 * b
            } else {
                0.1 * b
            };
            [a, 2.0 * a + off, off - a].map(|x| x as f32)
        });
        Table::from_floats(values.collect(), 3).unwrap()
    }

    fn config(trim: f64) -> Config {
        let mut config = Config::default();
        config.network.hidden = vec![];
        config.network.code = 1;
        config.train.batch = 30;
        config.train.epochs = 60;
        config.train.trim = trim;
        config.optimizer.rate = 0.01;
        config.data.held_out = Some(0.into());
        config
    }

    fn trained<'a>(config: &Config, table: &'a Table) -> Training<'a> {
        let mut training = Training::new(config, table).unwrap();
        while training
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_some()
        {}
        training
    }

    #[test]
    fn rows_that_are_unlike_the_others_are_left_out_and_named() {
        let table = soiled();
        let training = trained(&config(0.05), &table);
        let left_out = training.left_out();
        assert_eq!(left_out.len(), 30);
        let strange = left_out.iter().filter(|row| **row % 20 == 8).count();
        assert!(strange >= 28, "{strange} of 30: {left_out:?}");
        assert!(trained(&config(0.0), &table).left_out().is_empty());
    }

    #[test]
    fn what_is_left_out_is_not_learnt() {
        let table = soiled();
        let usual: Vec<usize> = (0..600).filter(|row| row % 20 != 7).collect();
        let usual = table.select(&usual);
        let error = |trim: f64| {
            let model = trained(&config(trim), &table).finish();
            model.evaluate(&usual).unwrap().scaled.mse
        };
        let (all, trimmed) = (error(0.0), error(0.05));
        assert!(trimmed < 0.9 * all, "{trimmed} {all}");
    }

    #[test]
    fn an_epoch_goes_on_with_the_rows_that_it_began_with() {
        let table = soiled();
        let config = config(0.05);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last.ckpt");
        let mut cut = Training::new(&config, &table).unwrap();
        // Pauses in the middle of an epoch that leaves rows out.
        let mut steps = 0;
        loop {
            let mut watch = |_: &crate::Step| {
                steps += 1;
                match steps == 50 * 20 + 9 {
                    true => Control::Pause,
                    false => Control::Continue,
                }
            };
            if cut.run_epoch(&mut watch).unwrap().is_none() {
                break;
            }
        }
        assert!(cut.is_paused());
        cut.checkpoint(&path).unwrap();
        let mut resumed = Training::new(&config, &table).unwrap();
        resumed.resume(&path).unwrap();
        while resumed
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_some()
        {}
        let (whole, resumed) = (trained(&config, &table).model(), resumed.model());
        assert!(whole.weights() == resumed.weights());
    }

    #[test]
    fn it_is_refused_beside_layers_trained_one_by_one_and_beyond_half() {
        let mut both = config(0.1);
        both.layerwise = Some(Default::default());
        for wrong in [both, config(0.6)] {
            let error = wrong.check().unwrap_err().to_string();
            assert!(error.contains("train.trim"), "{error}");
        }
    }
}

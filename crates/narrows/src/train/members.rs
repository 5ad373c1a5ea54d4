//! Trains the further networks of a model, from other seeds, side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::warm::Warm;
use super::{Training, TrainingOptions};
use crate::base::error::Result;
use crate::config::Config;
use crate::data::table::Table;
use crate::model::folds::fold;
use crate::model::{Member, Model};

/// What the training of a further network needs to know of the first one's.
struct SameRows<'a> {
    config: Config,
    table: &'a Table,
    options: TrainingOptions,
    warm: Option<Warm>,
    /// How many parts the rows are in, of which each network leaves one out; `None` if
    /// all leave out the same rows.
    folds: Option<usize>,
}

impl<'a> SameRows<'a> {
    /// Begins the training of a further network, on the same rows.
    fn begin(&self, number: usize) -> Result<Training<'a>> {
        let mut config = self.config.clone();
        let mut options = self.options.clone();
        if let Some(folds) = self.folds {
            let rows = self.table.rows();
            options.held_out_rows = Some(fold(config.seed, rows, folds, number));
        }
        // Other readers of TOML take no larger integers.
        config.seed = (config.seed + number as u64 - 1) % i64::MAX as u64;
        let warm = self.warm.as_ref().and_then(|warm| warm.member(number));
        Training::begin_from(&config, self.table, &options, warm)
    }
}

impl Training<'_> {
    /// Trains the further networks that `seeds` asks for, as many at a time as there
    /// are threads. `train` is called with each one's number, from 2, and its training,
    /// and runs this to its end; it returns `false` if it stopped before. Returns
    /// `None` if one was stopped.
    ///
    /// # Errors
    /// As [`Training::new`], and those of `train`.
    pub fn members(
        &self,
        train: impl Fn(usize, &mut Training) -> Result<bool> + Sync,
    ) -> Result<Option<Vec<Member>>> {
        let same_rows = self.same_rows();
        let numbers: Vec<usize> = (2..=self.plan.config.seeds).collect();
        let next = AtomicUsize::new(0);
        let ended: Mutex<Vec<(usize, Result<Option<Member>>)>> = Mutex::default();
        let work = || {
            while let Some(&number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                let member = same_rows.begin(number).and_then(|mut training| {
                    let is_whole = train(number, &mut training)?;
                    Ok(is_whole.then(|| training.into_member()))
                });
                // Once one has failed or was stopped, no other is begun.
                if !matches!(member, Ok(Some(_))) {
                    next.store(numbers.len(), Ordering::Relaxed);
                }
                let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.push((number, member));
            }
        };
        let threads = rayon::current_num_threads();
        thread::scope(|scope| {
            (0..threads.min(numbers.len())).for_each(|_| drop(scope.spawn(work)));
        });
        let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        ended.sort_by_key(|(number, _)| *number);
        let members: Result<Vec<Option<Member>>> =
            ended.into_iter().map(|(_, member)| member).collect();
        let members: Vec<Member> = members?.into_iter().flatten().collect();
        Ok((members.len() == numbers.len()).then_some(members))
    }

    fn same_rows(&self) -> SameRows<'_> {
        let mut config = self.plan.config.clone();
        let folds = config.data.cross_fit.then_some(config.seeds);
        (config.seeds, config.data.cross_fit) = (1, false);
        let mut options = self.options.clone();
        // The same rows, whatever the seed; without any, none are chosen.
        config.data.held_out = self.split.held_out.is_empty().then(|| 0.into());
        options.held_out_rows =
            (!self.split.held_out.is_empty()).then(|| self.split.held_out.clone());
        options.calibration_rows = Some(self.calibration.clone());
        SameRows {
            config,
            table: self.data.table,
            options,
            // All networks see columns scaled alike.
            warm: match (&self.warm, folds) {
                (None, Some(_)) => Some(Warm::scaled(self.data.scaler.clone())),
                (warm, _) => warm.clone(),
            },
            folds,
        }
    }

    /// Ends the training of a further network.
    fn into_member(self) -> Member {
        let mut model = self.model();
        let advice = self.advice(&model);
        self.fit_scores(&mut model);
        model.into_member().warned_of(advice)
    }

    /// Does what [`Training::finish`] does, with further networks, which score rows
    /// together with the model's own.
    pub fn finish_with(self, members: Vec<Member>) -> Model {
        self.end(members).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ScoreBy;
    use crate::data::table::Values;
    use crate::train::Control;
    use crate::{Autoencoder, Model};

    /// Returns rows of three numbers, the third nearly the product of the others.
    fn table(rows: usize, seed: u64) -> Table {
        use crate::base::random::{Draws, Stream};
        let mut draws = Draws::new(seed, Stream::Split, 0, 0);
        let values = (0..rows).flat_map(|_| {
            let [a, b] = draws.normal_pair();
            let [noise, _] = draws.normal_pair();
            [a, b, a * b + 0.1 * noise].map(|x| x as f32)
        });
        Table::from_floats(values.collect(), 3).unwrap()
    }

    fn config(seeds: usize) -> Config {
        let mut config = Config {
            seeds,
            ..Config::default()
        };
        config.network.hidden = vec![8];
        config.network.code = 2;
        config.train.batch = 50;
        config.score.by = ScoreBy::Local;
        config
    }

    #[test]
    fn a_score_is_the_mean_surprise_of_networks_trained_one_by_one() {
        let table = table(600, 1);
        let joint = Autoencoder::new(config(3)).train(&table).unwrap();
        let held_out = Training::new(&config(3), &table).unwrap();
        let options = TrainingOptions {
            held_out_rows: Some(held_out.split.held_out),
            ..TrainingOptions::default()
        };
        let alone = [42, 43, 44].map(|seed| {
            let mut config = config(1);
            config.seed = seed;
            let mut training = Training::with_options(&config, &table, &options).unwrap();
            while training
                .run_epoch(&mut |_| Control::Continue)
                .unwrap()
                .is_some()
            {}
            training.finish()
        });
        let of = |model: &Model| model.score(&table).unwrap().errors;
        let errors = alone.each_ref().map(of);
        for (row, joint) in of(&joint).into_iter().enumerate() {
            let surprise = |(model, errors): (&Model, &Vec<f32>)| {
                model.reference.surprise(0, errors[row].into()) / 3.0
            };
            let expected: f64 = alone.iter().zip(&errors).map(surprise).sum();
            assert!((f64::from(joint) - expected).abs() < 1e-5, "row {row}");
        }
        assert_eq!(joint.encode(&table), alone[0].encode(&table));
        let agreement = joint.agreement(&table, 0.05).unwrap().unwrap();
        assert!((0.1..=1.0).contains(&agreement), "{agreement}");
        assert_eq!(alone[0].agreement(&table, 0.05), Ok(None));
    }

    #[test]
    fn usual_rows_are_marked_as_often_as_was_said() {
        let joint = Autoencoder::new(config(3)).train(&table(2_000, 1)).unwrap();
        let p_values = joint.score(&table(2_000, 2)).unwrap().p_values;
        for level in [0.05f32, 0.2] {
            let marked = p_values.iter().filter(|p| **p <= level).count() as f32 / 2_000.0;
            // 200 held-out rows and 2,000 new ones.
            let error = (level * (1.0 - level) * (1.0 / 200.0 + 1.0 / 2_000.0)).sqrt();
            assert!((marked - level).abs() < 4.0 * error, "{marked} at {level}");
        }
    }

    #[test]
    fn all_networks_are_kept_in_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut table = table(200, 1);
        let Values::Floats(values) = &mut table.values else {
            panic!()
        };
        values[4] = f32::NAN;
        let mut config = config(3);
        config.data.missing = crate::config::Missing::Mask;
        let joint = Autoencoder::new(config).train(&table).unwrap();
        joint.save(&path).unwrap();
        let read = Model::load(&path).unwrap();
        assert_eq!(read.score(&table), joint.score(&table));
        assert_eq!(read.config().seeds, 3);
        // A file that promises more networks than it has.
        let mut lacks = joint;
        lacks.config.seeds = 4;
        lacks.save(&path).unwrap();
        let error = Model::load(&path).unwrap_err().to_string();
        assert!(error.contains("of network 4"), "{error}");
    }

    #[test]
    fn one_that_is_stopped_ends_all() {
        let table = table(200, 1);
        let training = Training::new(&config(5), &table).unwrap();
        let stopped = training.members(|_, _| Ok(false)).unwrap();
        assert!(stopped.is_none());
    }
}

//! Calibration rows, beside early stopping.

use crate::base::random::{Draws, Stream};
use crate::{Autoencoder, Config, Model, Table, Training};

/// Returns rows of four normal numbers, two of them nearly sums of the others.
fn table(rows: usize, seed: u64) -> Table {
    let mut draws = Draws::new(seed, Stream::Sample, 0, 0);
    let values = (0..rows).flat_map(|_| {
        let [a, b] = draws.normal_pair();
        let [c, d] = draws.normal_pair();
        [a, b, a + b + 0.3 * c, a - b + 0.3 * d].map(|x| x as f32)
    });
    Table::from_floats(values.collect(), 4).unwrap()
}

/// Returns settings of a training that jumps about, so that the best epoch on few
/// held-out rows is one that suits those.
fn greedy(calibration: usize) -> Config {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 2);
    (config.train.batch, config.train.epochs) = (16, 150);
    config.train.early_stopping = Some(150);
    config.optimizer.rate = 1.0;
    config.data.held_out = Some(4.into());
    config.data.calibration = Some(calibration.into());
    config
}

/// Returns the share of new rows that models, each of other rows, mark at `level`, and
/// its standard error.
fn false_alarms(calibration: usize, level: f32) -> (f64, f64) {
    const TURNS: u64 = 40;
    const NEW: usize = 400;
    let shares: Vec<f64> = (0..TURNS)
        .map(|turn| {
            let model = trained(&greedy(calibration), turn);
            let scores = model.score(&table(NEW, 1_000 + turn)).unwrap();
            let marked = scores.p_values.iter().filter(|p| **p <= level).count();
            marked as f64 / NEW as f64
        })
        .collect();
    let mean = shares.iter().sum::<f64>() / TURNS as f64;
    let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
    (mean, (squares / (TURNS * (TURNS - 1)) as f64).sqrt())
}

fn trained(config: &Config, seed: u64) -> Model {
    Autoencoder::new(config.clone())
        .train(&table(150, seed))
        .unwrap()
}

#[test]
fn of_usual_rows_the_share_is_marked_whatever_chose_the_epoch() {
    let (mean, error) = false_alarms(59, 0.2);
    assert!((mean - 0.2).abs() <= 4.0 * error, "{mean} with {error}");
    // Among the four rows that chose the epoch, usual rows look rare.
    let (mean, error) = false_alarms(0, 0.2);
    assert!(mean - 4.0 * error > 0.2, "{mean} with {error}");
}

#[test]
fn p_is_among_the_calibration_rows_of_all_networks() {
    let mut config = greedy(30);
    (config.seeds, config.train.epochs) = (3, 5);
    let rows = table(150, 1);
    let training = Training::new(&config, &rows).unwrap();
    assert_eq!(
        (training.split(), training.calibration_rows()),
        ((116, 4), 30)
    );
    let model = trained(&config, 1);
    assert_eq!(model.held_out_errors().len(), 30);
}

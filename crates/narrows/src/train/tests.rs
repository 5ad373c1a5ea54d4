mod advice;
mod calibration;
mod resumed;
mod rows;
mod settings;
mod warnings;

use super::batches::batches;
use super::*;
use crate::base::device::{matrix, scalar};
use crate::base::random::{Address, Draws, Stream};
use crate::config::{Activation, Init, OptimizerName, Reconstruction, Scale, Schedule};
use crate::data::table::Values;
use crate::network::NamedTensor;
use crate::network::{Pass, TrainPass};
use crate::objective::loss;
use crate::train::Autoencoder;

/// Returns 240 rows of 6 features near a plane of 2 dimensions.
fn table() -> Table {
    near_plane(0.05)
}

fn near_plane(noise: f64) -> Table {
    let mut draws = Draws::new(5, Stream::Split, 9, 9);
    let mut values = Vec::new();
    for _ in 0..240 {
        let [a, b] = draws.normal_pair();
        let plane = [a, b, a + b, a - b, 2.0 * a + 0.5 * b, 0.3 * a - b];
        values.extend(plane.map(|v| (v + noise * draws.normal_pair()[0]) as f32));
    }
    Table::from_floats(values, 6).unwrap()
}

fn small() -> Config {
    let mut config = Config::default();
    config.network.hidden = vec![8];
    config.network.code = 2;
    config.train.epochs = 4;
    config.train.batch = 20;
    config.optimizer.rate = 0.01;
    config
}

fn trained(change: impl FnOnce(&mut Config)) -> Model {
    let mut config = small();
    change(&mut config);
    Autoencoder::new(config).train(&table()).unwrap()
}

fn last(model: &Model, term: &str) -> f64 {
    model.history.last().unwrap().loss[term]
}

fn held_out(model: &Model) -> f64 {
    model
        .history
        .last()
        .unwrap()
        .held_out
        .as_ref()
        .unwrap()
        .error_per_row
}

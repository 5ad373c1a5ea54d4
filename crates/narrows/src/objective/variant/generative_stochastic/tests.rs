use super::*;
use crate::config::{Activation, Config};
use crate::model::Model;
use crate::train::Autoencoder;
use crate::base::random::Draws;
use crate::data::table::Table;
use crate::objective::variant::{Denoising, Noise};

/// Returns 300 rows of 8 features of 0 and 1: either the first or the second
/// half is 1, with one feature in twenty flipped.
fn halves() -> Table {
    let mut draws = Draws::new(6, Stream::Split, 6, 6);
    let mut values = Vec::new();
    for row in 0..300 {
        for feature in 0..8 {
            let on = (feature < 4) == (row % 2 == 0);
            let flipped = draws.uniform() < 0.05;
            values.push(f32::from(u8::from(on != flipped)));
        }
    }
    Table::from_floats(values, 8).unwrap()
}

fn config(change: impl FnOnce(&mut GenerativeStochastic)) -> Config {
    let mut config = Config::default();
    config.network.hidden = vec![16];
    config.network.code = 4;
    config.network.activation = Some(Activation::Tanh);
    config.network.output = Activation::Sigmoid;
    config.loss.reconstruction = Reconstruction::Bce;
    (config.train.epochs, config.train.batch) = (30, 30);
    config.optimizer.rate = 0.01;
    config.denoising = Some(Denoising {
        noise: Noise::SaltAndPepper,
        share: Some(0.4),
        ..Default::default()
    });
    let mut network = GenerativeStochastic::default();
    change(&mut network);
    config.generative_stochastic = Some(network);
    config
}

fn trained(change: impl FnOnce(&mut GenerativeStochastic)) -> Model {
    Autoencoder::new(config(change)).train(&halves()).unwrap()
}

#[test]
fn the_chain_draws_rows_of_both_kinds_and_of_no_other() {
    let new = trained(|_| {}).generate(200, 1).unwrap();
    let half =
        |row: usize, from: usize| (from..from + 4).map(|at| new.value(row, at)).sum::<f32>() / 4.0;
    let kinds = (0..200).map(|row| (half(row, 0), half(row, 4)));
    let first = kinds.clone().filter(|(a, b)| *a > 0.6 && *b < 0.4).count();
    let second = kinds.filter(|(a, b)| *a < 0.4 && *b > 0.6).count();
    assert!(first > 40 && second > 40, "{first} {second}");
    assert!(first + second > 160, "{first} {second}");
}

#[test]
fn each_setting_moves_what_it_names() {
    let last = |model: &Model| model.history.last().unwrap().loss["reconstruction"];
    // Further along the chain, the row is harder to recognise.
    let (short, long) = (trained(|n| n.walk_back = 1), trained(|n| n.walk_back = 6));
    assert!(last(&long) > last(&short));
    let noisy = trained(|n| n.code_noise = 2.0);
    assert!(last(&noisy) > last(&trained(|_| {})));
    let one_step = trained(|n| n.steps = 1).generate(5, 1).unwrap();
    assert_ne!(one_step, trained(|_| {}).generate(5, 1).unwrap());
}

#[test]
fn a_chain_needs_its_corruption() {
    let mut config = config(|_| {});
    config.denoising = None;
    let told = config.check().unwrap_err().to_string();
    assert!(told.contains("[denoising]"), "{told}");
}

#[test]
fn a_chain_is_the_same_for_any_number_of_rows() {
    let model = trained(|_| {});
    let many = model.generate(300, 5).unwrap();
    assert_eq!(many.select(&[0, 1, 2]), model.generate(3, 5).unwrap());
}

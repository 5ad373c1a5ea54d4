use super::*;
use crate::base::random::{Draws, Stream};

/// Returns normal rows of two columns around 3 with a deviation.
fn normal(rows: usize, seed: u64, deviation: f64) -> Table {
    let draws = Draws::new(seed, Stream::Sample, 0, 0).normals(2 * rows);
    let values = draws.iter().map(|d| (3.0 + deviation * d) as f32);
    Table::from_floats(values.collect(), 2).unwrap()
}

#[test]
fn a_density_of_many_draws_is_that_of_the_distribution() {
    let (real, new) = (normal(2_000, 1, 2.0), normal(5_000, 2, 2.0));
    let found = Judge::beside(&real).judge(&new).unwrap().parzen;
    // Columns are scaled to a deviation of 1: the entropy of two normals.
    let entropy = (std::f64::consts::TAU * std::f64::consts::E).ln();
    assert!((found.log_likelihood + entropy).abs() < 0.1, "{found:?}");
    assert_eq!(found.rows, 1_800);
    // A row's log density has a deviation of 1.
    let error = 1.0 / 1_800f64.sqrt();
    assert!((found.standard_error.unwrap() / error - 1.0).abs() < 0.15);
}

#[test]
fn one_new_row_is_a_normal_around_it() {
    let real = Table::from_floats(vec![0.0, 1.0, 0.0, 1.0, 0.0, 1.0], 1).unwrap();
    let new = Table::from_floats(vec![0.5], 1).unwrap();
    let judge = Judge {
        choose: Some(&real),
        ..Judge::beside(&real)
    };
    let found = judge.judge(&new).unwrap().parzen;
    // Once scaled, every row is at distance 1, which is also the best σ.
    assert_eq!(found.deviation, 1.0);
    let expected = -0.5 - 0.5 * std::f64::consts::TAU.ln();
    assert!((found.log_likelihood - expected).abs() < 1e-6);
    assert!(found.standard_error.unwrap() < 1e-6);
}

#[test]
fn rows_spread_too_far_are_less_likely_and_too_narrow_ones_have_a_wider_window() {
    let real = normal(1_000, 1, 2.0);
    let of = |new: Table| Judge::beside(&real).judge(&new).unwrap().parzen;
    let same = of(normal(1_000, 2, 2.0));
    assert!(of(normal(1_000, 2, 6.0)).log_likelihood < same.log_likelihood - 0.2);
    assert!(of(normal(1_000, 2, 0.2)).deviation > 2.0 * same.deviation);
}

#[test]
fn copies_of_training_rows_are_told_from_new_ones() {
    let (training, real) = (normal(1_000, 1, 2.0), normal(1_000, 2, 2.0));
    let judge = Judge {
        training: Some(&training),
        ..Judge::beside(&real)
    };
    let nearest = |new: &Table| judge.judge(new).unwrap().nearest.unwrap();
    let copies = nearest(&training);
    assert_eq!((copies.new, copies.closer_than_real), (0.0, 1.0));
    assert_eq!((copies.new_copies, copies.real_copies), (1.0, 0.0));
    assert!(copies.real > 0.0);
    let fresh = nearest(&normal(1_000, 3, 2.0));
    assert!((fresh.new / fresh.real - 1.0).abs() < 0.2, "{fresh:?}");
    assert!(fresh.closer_than_real < 0.04, "{fresh:?}");
}

#[test]
fn too_few_rows_are_refused() {
    let message = Judge::beside(&normal(5, 1, 1.0)).judge(&normal(5, 2, 1.0));
    let message = message.unwrap_err().to_string();
    assert!(message.contains("at least 10 of them"), "{message}");
}

#[test]
fn what_cannot_be_judged_is_refused_in_its_own_words() {
    let (real, new) = (normal(100, 1, 1.0), normal(50, 2, 1.0));
    let none = Table::from_floats(Vec::new(), 2).unwrap();
    let wide = Table::from_floats(vec![0.0; 30], 3).unwrap();
    let scaler = Scaler::fit(
        &real,
        &(0..100).collect::<Vec<_>>(),
        &Config::default().data,
        crate::config::Activation::Identity,
        &mut Vec::new(),
    )
    .unwrap();
    let told = |judge: Judge, new: &Table| judge.judge(new).unwrap_err().to_string();
    let beside = Judge::beside(&real);
    assert!(told(beside, &none).contains("no rows"));
    let training = Judge {
        training: Some(&none),
        scaler: Some(&scaler),
        ..beside
    };
    assert!(told(training, &new).contains("no rows"));
    let message = told(beside, &wide);
    assert!(
        message.contains("found 3 columns, expected the 2 of"),
        "{message}"
    );
    assert!(told(beside, &real).contains("copies of new ones"));
}

#[test]
fn rows_that_all_are_copies_are_close_where_real_ones_are_copies_too() {
    let training = normal(200, 1, 1.0);
    let judge = Judge {
        training: Some(&training),
        choose: Some(&normal(50, 2, 1.0)),
        ..Judge::beside(&training)
    };
    let found = judge.judge(&training).unwrap().nearest.unwrap();
    assert_eq!((found.closer_than_real, found.real_copies), (1.0, 1.0));
}

#[test]
fn classes_are_shares_of_rows_and_their_difference_half_the_sum() {
    use crate::classify::{Classifier, ClassifierConfig};
    use crate::data::table::Tags;
    use crate::train::Autoencoder;
    // Two distant clouds.
    let clouds = |rows: usize, of: fn(usize) -> usize, seed| {
        let draws = Draws::new(seed, Stream::Sample, 0, 0).normals(2 * rows);
        let place = |(at, d): (usize, &f64)| (0.1 * d + 5.0 * of(at / 2) as f64) as f32;
        let mut table =
            Table::from_floats(draws.iter().enumerate().map(place).collect(), 2).unwrap();
        table.labels = Some(Tags {
            kind: Default::default(),
            name: "cloud".into(),
            values: (0..rows).map(|row| of(row).to_string()).collect(),
        });
        table
    };
    let training = clouds(200, |row| row % 2, 1);
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 2);
    let model = Autoencoder::new(config).train(&training).unwrap();
    let config = ClassifierConfig {
        epochs: 20,
        optimizer: crate::config::OptimizerConfig {
            rate: 0.05,
            ..Default::default()
        },
        held_out: Some(0),
        ..Default::default()
    };
    let classifier = Classifier::train(&config, &model, &training).unwrap();
    // A quarter of the new rows, but half of the real ones, are of the second
    // cloud.
    let new = clouds(40, |row| usize::from(row % 4 == 0), 2);
    let real = clouds(40, |row| row % 2, 3);
    let judge = Judge {
        classifier: Some(&classifier),
        ..Judge::beside(&real)
    };
    let found = judge.judge(&new).unwrap().classes.unwrap();
    assert_eq!(found.classes, ["0", "1"]);
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
    near(found.new[1], 0.25);
    near(found.real[1], 0.5);
    near(found.difference, 0.25);
    for confidence in [found.new_confidence, found.real_confidence] {
        assert!(confidence > 0.9 && confidence <= 1.0, "{confidence}");
    }
}

//! Which rows are trained on, held out and measured, and which are refused.

use super::*;

#[test]
fn held_out_rows_take_no_part_in_fitting() {
    let table = table();
    let config = small();
    let base = Autoencoder::new(config.clone()).train(&table).unwrap();
    let training = Training::new(&config, &table).unwrap();
    let mut other = table.clone();
    let Values::Floats(values) = &mut other.values else {
        panic!()
    };
    for &row in &training.split.held_out {
        values[row * 6..(row + 1) * 6].fill(100.0);
    }
    let changed = Autoencoder::new(config).train(&other).unwrap();
    assert_eq!(base.coder.network.store(), changed.coder.network.store());
    assert_eq!(base.scaler, changed.scaler);
    assert_eq!(base.pca, changed.pca);
    assert_ne!(held_out(&base), held_out(&changed));
}

#[test]
fn too_few_rows_and_values_out_of_range_are_refused() {
    for rows in [0, 1] {
        let error = Autoencoder::new(small())
            .train(&table().select(&vec![0; rows]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected at least 2 rows"), "{error}");
    }
    let mut config = small();
    config.network.output = Activation::Sigmoid;
    config.loss.reconstruction = Reconstruction::Bce;
    config.data.scale = Scale::None;
    let error = Autoencoder::new(config)
        .train(&table())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("after scaling, expected values in [0, 1]"),
        "{error}"
    );
}

#[test]
fn one_feature_and_two_rows_work() {
    let table = Table::from_floats(vec![1.0, 2.0], 1).unwrap();
    let mut config = small();
    config.network.code = 1;
    let model = Autoencoder::new(config).train(&table).unwrap();
    assert_eq!(model.encode(&table).unwrap().rows(), 2);
}

#[test]
fn held_out_rows_may_leave_the_range_that_cross_entropy_was_fitted_on() {
    for seed in 0..5 {
        let mut config = small();
        config.seed = seed;
        config.network.output = Activation::Sigmoid;
        config.loss.reconstruction = Reconstruction::Bce;
        config.data.scale = Scale::MinMax;
        config.train.epochs = 1;
        Autoencoder::new(config).train(&table()).unwrap();
    }
}

#[test]
fn rows_that_cannot_be_drawn_are_refused() {
    let mut config = small();
    (config.data.binarised, config.data.scale) = (true, Scale::Standard);
    let message = Autoencoder::new(config.clone()).train(&table());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("data.binarised needs"), "{message}");
    config.layerwise = Some(Default::default());
    config.train.epochs = Config::default().train.epochs;
    let message = config.check().unwrap_err().to_string();
    assert!(message.contains("`data.binarised`"), "{message}");
}

#[test]
fn what_is_measured_are_draws_and_a_model_in_use_takes_rows_as_they_are() {
    // Values near 0.5, so a draw is always about 0.5 away.
    let halves: Vec<f32> = (0..600)
        .map(|i| 0.45 + 0.1 * ((i * 7 % 11) as f32 / 11.0))
        .collect();
    let table = Table::from_floats(halves, 3).unwrap();
    let mut config = small();
    config.network.hidden = vec![];
    config.network.code = 1;
    config.data.binarised = true;
    config.data.held_out = Some(100.into());
    config.train.epochs = 30;
    let mut training = Training::new(&config, &table).unwrap();
    while training
        .run_epoch(&mut |_| Control::Continue)
        .unwrap()
        .is_some()
    {}
    let held_out = training.held_out();
    let told = training.history().last().unwrap().held_out.clone().unwrap();
    let model = training.finish();
    let found = model.evaluate(&held_out).unwrap();
    // The same rows give the same draws, wherever they are measured.
    assert_eq!(found.scaled.error_per_row, told.error_per_row);
    assert!(found.pca.as_ref().unwrap().error_per_row > 0.1);
    assert!(
        model.warnings.iter().all(|w| !w.contains("learnt nothing")),
        "{:?}",
        model.warnings
    );
    // One code unit keeps one of three draws; without draws almost nothing is
    // lost.
    assert!(found.scaled.error_per_row > 0.2, "{found:?}");
    let scores = model.score(&held_out).unwrap();
    let mean = scores.errors.iter().sum::<f32>() / scores.errors.len() as f32;
    assert!(f64::from(mean) < 0.5 * found.scaled.error_per_row, "{mean}");
}

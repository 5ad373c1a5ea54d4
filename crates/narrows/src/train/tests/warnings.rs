//! What a training warns of, and where it stops.

use super::*;

#[test]
fn divergence_is_an_error_with_its_epoch_and_term() {
    let mut config = small();
    (config.optimizer.name, config.optimizer.rate) = (OptimizerName::Sgd, 1e6);
    let error = Autoencoder::new(config).train(&table()).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    assert!(
        error.to_string().contains("lower optimizer.rate"),
        "{error}"
    );
}

#[test]
fn a_wide_code_and_few_held_out_rows_are_warned_of() {
    let model = trained(|c| c.network.code = 6);
    assert!(
        model
            .warnings
            .iter()
            .any(|w| w.contains("copying the input")),
        "{:?}",
        model.warnings
    );
    assert!(
        model.warnings.iter().any(|w| w.contains("held-out rows")),
        "{:?}",
        model.warnings
    );
}

#[test]
fn dead_units_are_warned_of() {
    let model = trained(|c| {
        c.network.activation = Some(Activation::Relu);
        c.network.code_activation = Some(Activation::Identity);
        // Huge steps push units below zero for every row.
        (c.optimizer.rate, c.train.epochs) = (3.0, 1);
    });
    assert!(
        model
            .warnings
            .iter()
            .any(|w| w.contains("are 0 for every held-out row")),
        "{:?}",
        model.warnings
    );
}

#[test]
fn weights_that_are_lost_in_the_last_step_are_noticed() {
    let mut config = small();
    (config.optimizer.name, config.optimizer.rate) = (OptimizerName::Sgd, 1e38);
    (config.train.epochs, config.train.batch) = (1, 0);
    let error = Autoencoder::new(config).train(&table()).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
}

//! Checks that the carried configs, shrunk, learn on a graphics card what they
//! learn on the CPU.

use crate::carried::{bars, configs, name, shrunk};
use narrows::{Config, Control, Epoch, Training, TrainingOptions};

/// Tolerance relative to the CPU's numbers: sums are rounded in another order.
const TOLERANCE: f64 = 1e-3;

/// Returns options to train on the graphics card.
fn gpu_options() -> TrainingOptions {
    let mut options = TrainingOptions::default();
    options.device = "gpu".into();
    options
}

/// Returns whether there is a card to test with. CI installs a software driver
/// and sets NARROWS_GPU; a person may lack both.
fn has_gpu() -> bool {
    let path = &configs()[0];
    match Training::with_options(&shrunk(path), &bars(), &gpu_options()) {
        Ok(_) => true,
        Err(error) => {
            assert!(
                std::env::var("NARROWS_GPU").is_err(),
                "NARROWS_GPU: {error}"
            );
            eprintln!("SKIPPED: {error}");
            false
        }
    }
}

fn next(training: &mut Training) -> Option<Epoch> {
    let told = training.run_epoch(&mut |_| Control::Continue).unwrap();
    told.map(|told| told.epoch)
}

/// Returns whether both are the same to the last bit.
fn compare(name: &str, what: &str, cpu: f64, gpu: f64) -> bool {
    assert!(
        (gpu - cpu).abs() <= TOLERANCE * cpu.abs().max(TOLERANCE),
        "{name}: {what} is {gpu}, on the CPU {cpu}"
    );
    gpu == cpu
}

#[test]
#[cfg_attr(not(feature = "gpu"), ignore = "long: .ci/long gpu")]
fn every_loss_is_the_cpus() {
    if !has_gpu() {
        return;
    }
    let table = bars();
    let mut same = true;
    for path in configs() {
        let (config, name) = (shrunk(&path), name(&path));
        let mut cpu = Training::new(&config, &table).unwrap();
        let mut gpu = Training::with_options(&config, &table, &gpu_options()).unwrap();
        while let Some(expected) = next(&mut cpu) {
            let found = next(&mut gpu).unwrap();
            assert_eq!(expected.loss.len(), found.loss.len());
            for (term, &cpu) in &expected.loss {
                let what = format!("{term} of epoch {}", expected.epoch);
                same &= compare(&name, &what, cpu, found.loss[term]);
            }
        }
        // A model is used on the CPU, wherever it was trained.
        let [cpu, gpu] = [cpu, gpu].map(|t| t.finish().evaluate(&table).unwrap().scaled.mse);
        compare(&name, "the error", cpu, gpu);
    }
    assert!(!same, "another device rounds otherwise: this was the CPU");
}

#[test]
#[cfg_attr(not(feature = "gpu"), ignore = "long: .ci/long gpu")]
fn it_goes_on_from_a_checkpoint_and_keeps_the_best_weights() {
    if !has_gpu() {
        return;
    }
    let table = bars();
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![12], 3);
    (config.train.epochs, config.train.early_stopping) = (4, Some(3));
    let begin = || Training::with_options(&config, &table, &gpu_options()).unwrap();
    let mut whole = begin();
    while next(&mut whole).is_some() {}
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("last.ckpt");
    let mut half = begin();
    next(&mut half).unwrap();
    half.checkpoint(&file).unwrap();
    let mut rest = begin();
    rest.resume(&file).unwrap();
    while next(&mut rest).is_some() {}
    let losses =
        |t: &Training| -> Vec<f64> { t.history().iter().map(|e| e.loss["total"]).collect() };
    for (one, other) in losses(&whole).into_iter().zip(losses(&rest)) {
        compare("resumed", "the loss", one, other);
    }
    assert_eq!(losses(&rest).len(), 4);
    assert!(rest.finish().best_epoch().is_some());
}

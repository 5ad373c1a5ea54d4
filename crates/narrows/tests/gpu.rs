//! The configs that the program carries learn the same on a graphics card.
#![cfg(feature = "gpu")]

mod carried;

use carried::{ROWS, bars, configs, name, shrunk};
use narrows::{Control, Training};

/// How far a loss may be from the CPU's: sums are rounded in another order.
const TOLERANCE: f64 = 1e-3;

/// Whether there is a card to test with. CI installs a driver that needs none,
/// and sets NARROWS_GPU; a person may lack both.
fn has_gpu() -> bool {
    let path = &configs()[0];
    match Training::on(&shrunk(path), &bars(), "gpu") {
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

#[test]
fn every_loss_falls_as_it_does_on_the_cpu() {
    if !has_gpu() {
        return;
    }
    let table = bars();
    for path in configs() {
        let config = shrunk(&path);
        let mut cpu = Training::new(&config, &table).unwrap();
        let mut gpu = Training::on(&config, &table, "gpu").unwrap();
        while let Some(one) = cpu.run_epoch(&mut |_| Control::Continue).unwrap() {
            let other = gpu.run_epoch(&mut |_| Control::Continue).unwrap().unwrap();
            assert_eq!(one.epoch.loss.len(), other.epoch.loss.len());
            for (term, &expected) in &one.epoch.loss {
                let found = other.epoch.loss[term];
                assert!(
                    (found - expected).abs() <= TOLERANCE * expected.abs().max(1e-3),
                    "{}, epoch {}: {term} is {found}, {expected} on the CPU",
                    name(&path),
                    one.epoch.epoch,
                );
            }
        }
        // A model is used on the CPU, wherever it was trained.
        let codes = gpu.finish().encode(&table).unwrap();
        assert_eq!(codes.rows(), ROWS);
    }
}

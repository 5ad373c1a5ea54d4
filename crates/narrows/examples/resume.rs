//! Stops a training in the midst of an epoch, saves it, and finishes it as if
//! nothing had been: `cargo run --release --example resume`.

use narrows::{Autoencoder, Config, Control, Result, Step, Table, Training};

/// Runs the example.
pub fn main() -> Result<()> {
    let values = (0..4000).map(|i| ((i * 37 + i / 11) % 101) as f32);
    let table = Table::from_floats(values.collect(), 8)?;
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![6], 2);
    config.train.epochs = 4;

    let path = std::env::temp_dir().join(format!("narrows-{}.checkpoint", std::process::id()));
    let mut training = Training::new(&config, &table)?;
    let mut pause = |step: &Step| match (step.epoch, step.step) {
        (2, 3) => Control::Pause,
        _ => Control::Continue,
    };
    while training.run_epoch(&mut pause)?.is_some() {}
    training.checkpoint(&path)?;
    println!(
        "paused after {} epochs and {} steps",
        training.epochs_done(),
        training.steps_done()
    );

    let mut training = Training::new(&config, &table)?;
    training.resume(&path)?;
    while training.run_epoch(&mut |_| Control::Continue)?.is_some() {}
    let resumed = training.finish();
    let at_once = Autoencoder::new(config).train(&table)?;
    assert_eq!(resumed.weights(), at_once.weights());
    println!("the weights are those of a training without a pause");
    let _ = std::fs::remove_file(path);
    Ok(())
}

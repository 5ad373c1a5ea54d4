//! Trains on rows that are as they should be, and names the strange ones among
//! new rows: `cargo run --release --example anomalies`.

use narrows::{Autoencoder, Config, Result, Table};

/// Rows of three sensors of which the third follows from the others.
fn readings(from: usize, to: usize) -> Vec<f32> {
    let reading = |i: usize| {
        let (a, b) = ((i as f32 * 0.7).sin(), (i as f32 * 0.3).cos());
        [a, b, 0.6 * a - 0.3 * b]
    };
    (from..to).flat_map(reading).collect()
}

/// Runs the example.
pub fn main() -> Result<()> {
    let usual = Table::from_floats(readings(0, 1000), 3)?;
    let mut config = Config::default();
    config.network.hidden = vec![8];
    config.network.code = 2;
    config.train.epochs = 40;
    let model = Autoencoder::new(config).train(&usual)?;

    // One sensor of one row says what the others do not.
    let mut new = readings(1000, 1100);
    new[50 * 3 + 2] += 2.0;
    let scores = model.score(&Table::from_floats(new, 3)?)?;
    let errors = scores.errors.iter().enumerate();
    let worst = errors.max_by(|a, b| a.1.total_cmp(b.1)).expect("rows");
    let (feature, share) = scores.top[worst.0][0];
    println!(
        "row {} is the strangest: error {:.3}, percentile {}, {:.0} % of it by {}",
        worst.0 + 1,
        worst.1,
        scores.percentiles[worst.0],
        100.0 * share,
        scores.features[feature]
    );
    assert_eq!(worst.0, 50);
    Ok(())
}

//! The smallest training there is; the seeds of the checkpoints are its own.

use narrows::{Config, Table};

/// Rows that differ.
pub fn table() -> Table {
    let values = (0..80).map(|at| ((at * 37) % 101) as f32).collect();
    Table::from_floats(values, 4).expect("values that fill their rows")
}

/// A network of a few weights.
pub fn config() -> Config {
    let mut config = Config::default();
    config.network.hidden = vec![3];
    config.network.code = 2;
    config.train.epochs = 3;
    config.train.early_stopping = Some(2);
    config.data.held_out = Some(4.into());
    config
}

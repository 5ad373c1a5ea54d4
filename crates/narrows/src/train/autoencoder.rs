//! Trains a model from a table in one call.

use super::{Control, Training};
use crate::base::error::Result;
use crate::config::Config;
use crate::data::table::Table;
use crate::model::Model;

/// An autoencoder to be trained.
///
/// ```
/// use narrows::{Autoencoder, Config, Table};
/// # let rows: Vec<f32> = (0..600).map(|i| ((i * 37) % 101) as f32).collect();
/// let table = Table::from_floats(rows, 6)?;
/// let mut config = Config::default();
/// config.network.hidden = vec![4];
/// config.network.code = 2;
/// let model = Autoencoder::new(config).train(&table)?;
/// let codes = model.encode(&table)?;
/// assert_eq!((codes.rows(), codes.columns().len()), (100, 2));
/// # Ok::<(), narrows::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Autoencoder {
    config: Config,
}

impl Autoencoder {
    /// Creates an autoencoder that is trained with `config`.
    pub fn new(config: Config) -> Self {
        Autoencoder { config }
    }

    /// Trains to the end; use [`Training`] to watch and stop it.
    ///
    /// # Errors
    /// As [`Training::new`] and [`Training::run_epoch`].
    pub fn train(&self, table: &Table) -> Result<Model> {
        let mut training = Training::new(&self.config, table)?;
        while training.run_epoch(&mut |_| Control::Continue)?.is_some() {}
        let members = training.members(|_, member| {
            while member.run_epoch(&mut |_| Control::Continue)?.is_some() {}
            Ok(true)
        })?;
        Ok(training.finish_with(members.unwrap_or_default()))
    }
}

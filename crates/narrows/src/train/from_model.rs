//! Begins a training where a trained model is, rather than with first weights.

use super::warm::Warm;
use super::{Training, TrainingOptions};
use crate::base::error::{Error, Result};
use crate::config::{Config, Reconstruction};
use crate::data::table::Table;
use crate::model::Model;

impl<'a> Training<'a> {
    /// Does what [`Training::with_options`] does, but starts from the weights of a
    /// trained model, and of its further networks, and keeps its scaler: columns are
    /// scaled, and texts known, as they were. So codes and scores go on from what they
    /// were, and fewer epochs are needed. A checkpoint of it is resumed by a training that
    /// was started in the same way.
    ///
    /// # Errors
    /// As [`Training::with_options`]; [`Error::Usage`] if the config asks for another
    /// network, another way to take or scale columns, or `[layerwise]`, whose layers begin
    /// anew; [`Error::Data`] if the rows do not fit the model.
    ///
    /// ```
    /// use narrows::{Autoencoder, Config, Control, Table, Training, TrainingOptions};
    /// let table = |by: i32| Table::from_floats((0..400).map(|i| (i * by % 7) as f32).collect(), 4);
    /// let mut config = Config::default();
    /// (config.network.hidden, config.network.code) = (vec![], 2);
    /// let old = Autoencoder::new(config.clone()).train(&table(1)?)?;
    /// let new = table(2)?;
    /// let mut training = Training::from_model(&old, &config, &new, &TrainingOptions::default())?;
    /// while training.run_epoch(&mut |_| Control::Continue)?.is_some() {}
    /// assert_eq!(training.finish().scaler(), old.scaler());
    /// # Ok::<(), narrows::Error>(())
    /// ```
    pub fn from_model(
        model: &Model,
        config: &Config,
        table: &'a Table,
        options: &TrainingOptions,
    ) -> Result<Self> {
        // New rows may be all of numbers, where the model's were not.
        let by_columns = model.config().loss.reconstruction == Reconstruction::Columns;
        let config = config.for_columns(by_columns);
        check_same(model.config(), &config)?;
        Self::begin_from(&config, table, options, Some(Warm::of(model)))
    }
}

/// Refuses a config that a training cannot go on with from a model of another.
fn check_same(old: &Config, new: &Config) -> Result<()> {
    let refuse = |key: &str| {
        Err(Error::usage(
            format!("another {key} than the model's"),
            "the settings by which the model takes and scales columns",
            "put it back, or train from first weights",
        ))
    };
    if new.layerwise.is_some() {
        return Err(Error::usage(
            "[layerwise], whose layers begin anew",
            "a network that is trained as a whole",
            "leave [layerwise] out, or train from first weights",
        ));
    }
    let are_columns = |config: &Config| config.loss.reconstruction == Reconstruction::Columns;
    if are_columns(old) != are_columns(new) {
        return refuse("loss.reconstruction");
    }
    let (a, b) = (&old.data, &new.data);
    for (key, is_same) in [
        ("data.scale", a.scale == b.scale),
        ("data.log", a.log == b.log),
        ("data.rank", a.rank == b.rank),
        ("data.kinds", a.kinds == b.kinds),
        ("data.one_hot", a.one_hot == b.one_hot),
        ("data.missing", a.missing == b.missing),
        ("data.binarised", a.binarised == b.binarised),
        ("data.window", a.window == b.window),
        ("data.time", a.time == b.time),
        ("data.group", a.group == b.group),
    ] {
        if !is_same {
            return refuse(key);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Scale;
    use crate::train::Control;
    use crate::{Autoencoder, Model};

    /// Returns rows near a plane in six dimensions.
    fn table(seed: usize) -> Table {
        let values = (0..300).flat_map(|row| {
            let (a, b) = (
                ((row * 37 + seed) % 101) as f32,
                ((row * 53 + seed) % 89) as f32,
            );
            [a, b, a + b, a - b, 2.0 * a, 3.0 - b]
        });
        Table::from_floats(values.collect(), 6).unwrap()
    }

    fn config() -> Config {
        let mut config = Config::default();
        (config.network.hidden, config.network.code) = (vec![8], 2);
        (config.train.batch, config.train.epochs) = (30, 20);
        config.optimizer.rate = 0.01;
        config
    }

    fn trained(mut training: Training) -> Model {
        while training
            .run_epoch(&mut |_| Control::Continue)
            .unwrap()
            .is_some()
        {}
        training.finish()
    }

    #[test]
    fn a_training_goes_on_from_the_weights_and_the_scaler_of_a_model() {
        let mut config = config();
        config.seeds = 2;
        let old = Autoencoder::new(config.clone()).train(&table(0)).unwrap();
        let other = table(5);
        let options = TrainingOptions::default();
        config.train.epochs = 1;
        let warm = Training::from_model(&old, &config, &other, &options).unwrap();
        assert_eq!(warm.network().store(), old.coder.network.store());
        let cold = trained(Training::new(&config, &other).unwrap());
        let members = warm.members(|number, member| {
            assert_eq!(member.network().store(), old.member_weights()[number - 2]);
            Ok(true)
        });
        assert!(members.unwrap().is_some());
        let warm = trained(warm);
        assert_eq!(warm.scaler(), old.scaler());
        let error = |model: &Model| model.held_out().unwrap().error_per_row;
        assert!(
            error(&warm) < 0.5 * error(&cold),
            "{} {}",
            error(&warm),
            error(&cold)
        );
    }

    #[test]
    fn settings_of_another_model_are_refused() {
        let old = Autoencoder::new(config()).train(&table(0)).unwrap();
        let other = table(5);
        let refused = |change: fn(&mut Config)| {
            let mut config = config();
            change(&mut config);
            let options = TrainingOptions::default();
            match Training::from_model(&old, &config, &other, &options) {
                Err(error) => error.to_string(),
                Ok(_) => panic!("not refused"),
            }
        };
        assert!(refused(|c| c.data.scale = Scale::MinMax).contains("data.scale"));
        assert!(refused(|c| c.network.code = 3).contains("network"));
        assert!(refused(|c| c.layerwise = Some(Default::default())).contains("layerwise"));
    }
}

//! Refuses settings that are out of range, contradict one another, or can have
//! no effect.

use std::collections::HashSet;

use super::calibration::check_calibration;
use super::columns::check_kinds;
use super::series::check_series;
use super::{Activation, Config, OptimizerConfig, OptimizerName, Reconstruction, Scale, Schedule};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::objective::variant::check_together;
use crate::settings::ranges::{
    above_zero, meanings, no_effect, not_negative, quoted, share, within,
};

/// The largest width of a layer; a larger one is taken for a typing mistake.
const WIDEST: usize = 1 << 20;
/// The most layers of an encoder; more are taken for a typing mistake.
const DEEPEST: usize = 1000;
/// The most networks of a model; more are taken for a typing mistake.
const MOST_SEEDS: usize = 100;

impl Config {
    /// Refuses settings that are out of range, contradict one another, or can
    /// have no effect.
    ///
    /// # Errors
    /// [`Error::Config`] with the offending key.
    pub fn check(&self) -> Result<()> {
        // Other readers of TOML take no larger integers.
        within("seed", self.seed as f64, 0.0, i64::MAX as f64)?;
        within("seeds", self.seeds as f64, 1.0, MOST_SEEDS as f64)?;
        self.check_network()?;
        self.check_convolutional()?;
        self.check_loss()?;
        check_optimizer(&self.optimizer, self.shortest())?;
        self.check_train()?;
        above_zero("score.false_alarms", self.score.false_alarms)?;
        share("score.false_alarms", self.score.false_alarms)?;
        self.check_data()?;
        let (variants, context) = (self.variants(), self.context());
        check_together(&variants, &context)?;
        self.check_layerwise()?;
        variants.iter().try_for_each(|v| v.check(&context))
    }

    fn check_network(&self) -> Result<()> {
        let network = &self.network;
        if self.depth() > DEEPEST {
            let dense = network.hidden.len() > DEEPEST / 2;
            return Err(Error::config(
                match dense {
                    true => "network.hidden",
                    false => "convolutional.channels",
                },
                format!("{} layers", self.depth()),
                format!("at most {DEEPEST}"),
                meanings(),
            ));
        }
        for &width in &network.hidden {
            within("network.hidden", width as f64, 1.0, WIDEST as f64)?;
        }
        within("network.code", network.code as f64, 1.0, WIDEST as f64)?;
        share("network.dropout", f64::from(network.dropout))?;
        if let Some(norm) = network.max_norm {
            above_zero("network.max_norm", f64::from(norm))?;
        }
        if self.depth() == 1 {
            let none = "network.hidden = [] leaves no hidden layer";
            no_effect("network.dropout", network.dropout > 0.0, none)?;
            no_effect("network.batch_norm", network.batch_norm, none)?;
            no_effect(
                "network.activation",
                network.activation.is_some() && self.code_activation_is_set(),
                none,
            )?;
        }
        Ok(())
    }

    /// Returns whether the code's activation does not depend on the hidden
    /// layers'.
    fn code_activation_is_set(&self) -> bool {
        let needed = self
            .variants()
            .iter()
            .any(|v| v.code_activation().is_some());
        needed || self.network.code_activation.is_some()
    }

    fn check_loss(&self) -> Result<()> {
        let loss = &self.loss;
        not_negative("loss.l1", f64::from(loss.l1))?;
        not_negative("loss.l2", f64::from(loss.l2))?;
        if let Some(delta) = loss.huber_delta {
            above_zero("loss.huber_delta", f64::from(delta))?;
            no_effect(
                "loss.huber_delta",
                loss.reconstruction != Reconstruction::Huber,
                "loss.reconstruction is not \"huber\"",
            )?;
        }
        if let Some(deviation) = loss.deviation {
            above_zero("loss.deviation", f64::from(deviation))?;
            no_effect(
                "loss.deviation",
                loss.reconstruction != Reconstruction::Gaussian,
                "loss.reconstruction is not \"gaussian\"",
            )?;
        }
        let by_columns = [Reconstruction::Columns, Reconstruction::Auto];
        no_effect(
            "loss.balance",
            loss.balance.is_some() && !by_columns.contains(&loss.reconstruction),
            "loss.reconstruction is not \"columns\"",
        )?;
        if loss.reconstruction == Reconstruction::Columns {
            self.check_columns()?;
        }
        if loss.reconstruction == Reconstruction::Bce && self.network.output != Activation::Sigmoid
        {
            return Err(Error::config(
                "loss.reconstruction",
                "\"bce\" with an output that is not a sigmoid",
                "outputs in (0, 1), which cross-entropy needs",
                "set network.output = \"sigmoid\", or loss.reconstruction = \"mse\"",
            ));
        }
        Ok(())
    }

    /// Refuses what likelihoods of columns have no meaning with.
    fn check_columns(&self) -> Result<()> {
        let refuse = |found: &str, expected, hint| {
            let key = "loss.reconstruction";
            Err(Error::config(
                key,
                format!("\"columns\" {found}"),
                expected,
                hint,
            ))
        };
        if self.network.output != Activation::Identity {
            return refuse(
                "with an output that is not linear",
                "sums, which each column's likelihood makes a mean or a probability of",
                "set network.output = \"identity\", or loss.reconstruction = \"mse\"",
            );
        }
        if self.convolutional.is_some() {
            return refuse(
                "beside [convolutional]",
                "columns of a table, not pixels",
                "set loss.reconstruction = \"mse\", or leave [convolutional] out",
            );
        }
        if self.data.binarised {
            return refuse(
                "beside data.binarised",
                "rows as they are",
                "set loss.reconstruction = \"bce\", or leave data.binarised out",
            );
        }
        Ok(())
    }

    fn check_train(&self) -> Result<()> {
        within("train.epochs", self.train.epochs as f64, 1.0, 1e9)?;
        if let Some(patience) = self.train.early_stopping {
            within("train.early_stopping", patience as f64, 1.0, 1e9)?;
            if self
                .data
                .held_out
                .is_some_and(|held_out| held_out.is_none())
            {
                return Err(Error::config(
                    "train.early_stopping",
                    "early stopping with data.held_out = 0",
                    "held-out rows to watch",
                    Hint::from("raise data.held_out, or ")
                        .and(Remedy::LeaveOut("train.early_stopping".into())),
                ));
            }
        }
        within("train.trim", self.train.trim, 0.0, 0.5)?;
        let alone = self.train.trim > 0.0 && self.train.epochs == 1;
        no_effect("train.trim", alone, "the first epoch leaves no row out")?;
        if self.train.trim > 0.0 && self.layerwise.is_some() {
            return Err(Error::config(
                "train.trim",
                format!("{} with [layerwise]", self.train.trim),
                "a network that is trained as a whole, which says how well rows come back",
                Hint::from("leave out [layerwise], or ").and(Remedy::LeaveOut("train.trim".into())),
            ));
        }
        if self.network.batch_norm && self.train.batch == 1 {
            return Err(Error::config(
                "train.batch",
                "1 with network.batch_norm",
                "at least 2 rows a step, since one row has no variance",
                "raise train.batch, or set network.batch_norm = false",
            ));
        }
        Ok(())
    }

    /// Refuses cross-fitting of one network, and beside settings that hold out rows in
    /// another way.
    fn check_cross_fit(&self) -> Result<()> {
        if !self.data.cross_fit {
            return Ok(());
        }
        let refuse = |found: &str, expected: &str, hint: &str| {
            Err(Error::config("data.cross_fit", found, expected, hint))
        };
        if self.seeds == 1 {
            let expected = "several, each of which leaves out other rows";
            return refuse(
                "true with seeds = 1, one network",
                expected,
                "set seeds = 5",
            );
        }
        if self.data.held_out.is_some() || self.data.window.is_some() {
            let expected = "each row held out of one network, whatever the order of rows";
            let hint = "leave out data.held_out and data.window, or data.cross_fit";
            return refuse("true beside data.held_out or data.window", expected, hint);
        }
        if self.train.early_stopping.is_some() {
            let expected = "held-out rows that have chosen nothing";
            let hint = "leave out train.early_stopping, which chooses the epoch by them";
            return refuse("true beside train.early_stopping", expected, hint);
        }
        Ok(())
    }

    fn check_data(&self) -> Result<()> {
        let data = &self.data;
        let ignored: HashSet<&String> = data.ignore.iter().collect();
        if let Some(column) = data.one_hot.iter().find(|c| ignored.contains(c)) {
            return Err(Error::config(
                "data.one_hot",
                format!("column '{column}' that data.ignore names too"),
                "one role for each column",
                "take it out of one of the two",
            ));
        }
        self.check_cross_fit()?;
        check_calibration(self)?;
        check_kinds(data)?;
        check_series(data)?;
        let named = data.label.iter().chain(&data.id);
        for column in named {
            if data.ignore.contains(column) || data.one_hot.contains(column) {
                return Err(Error::config(
                    if data.ignore.contains(column) {
                        "data.ignore"
                    } else {
                        "data.one_hot"
                    },
                    format!("column '{column}' that is also the label or the id"),
                    "one role for each column",
                    "take it out of one of the two",
                ));
            }
        }
        if let Some(column) = data.log.iter().find(|column| data.rank.contains(column)) {
            return Err(Error::config(
                "data.log",
                format!("column '{column}' that data.rank names too"),
                "one way to scale a column",
                "take it out of one of the two",
            ));
        }
        let by_columns = [Scale::Auto, Scale::MinMax, Scale::Standard, Scale::Robust];
        no_effect(
            "data.log",
            !data.log.is_empty() && !by_columns.contains(&data.scale),
            "data.scale does not scale columns one by one",
        )?;
        no_effect(
            "data.rank",
            !data.rank.is_empty() && !by_columns.contains(&data.scale),
            "data.scale does not scale columns one by one",
        )?;
        if data.binarised && self.layerwise.is_some() {
            return Err(Error::config(
                "data.binarised",
                "true beside [layerwise]",
                "rows that stay the same: inner layers are trained on what outer ones make of them",
                "leave [layerwise] or data.binarised out",
            ));
        }
        if data.label.iter().any(|label| data.id.contains(label)) {
            return Err(Error::config(
                "data.id",
                "the column that is also the label",
                "one role for each column",
                "leave one of the two out",
            ));
        }
        Ok(())
    }
}

/// Refuses settings of an optimizer that are out of range or can have no
/// effect. `epochs` is the number of epochs of the shortest phase of training.
pub(crate) fn check_optimizer(optimizer: &OptimizerConfig, epochs: usize) -> Result<()> {
    let name = optimizer.name;
    above_zero("optimizer.rate", optimizer.rate)?;
    let adams = [
        OptimizerName::Adam,
        OptimizerName::Adamw,
        OptimizerName::Nadam,
    ];
    let shares = [
        (
            "optimizer.momentum",
            optimizer.momentum,
            vec![OptimizerName::Sgd, OptimizerName::Rmsprop],
        ),
        (
            "optimizer.decay",
            optimizer.decay,
            vec![OptimizerName::Rmsprop],
        ),
        ("optimizer.beta1", optimizer.beta1, adams.to_vec()),
        ("optimizer.beta2", optimizer.beta2, adams.to_vec()),
    ];
    for (key, value, of) in shares {
        let Some(value) = value else { continue };
        share(key, value)?;
        only_for(key, name, &of)?;
    }
    if let Some(epsilon) = optimizer.epsilon {
        above_zero("optimizer.epsilon", epsilon)?;
        no_effect(
            "optimizer.epsilon",
            name == OptimizerName::Sgd,
            "sgd has no epsilon",
        )?;
    }
    if let Some(decay) = optimizer.weight_decay {
        not_negative("optimizer.weight_decay", decay)?;
        only_for("optimizer.weight_decay", name, &[OptimizerName::Adamw])?;
    }
    if let Some(nesterov) = optimizer.nesterov {
        only_for("optimizer.nesterov", name, &[OptimizerName::Sgd])?;
        no_effect(
            "optimizer.nesterov",
            nesterov && optimizer.momentum.unwrap_or(0.0) == 0.0,
            "there is no optimizer.momentum to correct",
        )?;
    }
    let stepped = matches!(optimizer.schedule, Schedule::Step | Schedule::Exponential);
    for (key, value) in [
        ("optimizer.every", optimizer.every),
        ("optimizer.factor", optimizer.factor),
    ] {
        let Some(value) = value else { continue };
        above_zero(key, value)?;
        no_effect(
            key,
            !stepped,
            "optimizer.schedule is neither \"step\" nor \"exponential\"",
        )?;
    }
    not_negative("optimizer.warm_up", optimizer.warm_up)?;
    within("optimizer.warm_up", optimizer.warm_up, 0.0, epochs as f64)?;
    match optimizer.clip {
        Some(clip) => above_zero("optimizer.clip", clip),
        None => Ok(()),
    }
}

fn only_for(key: &str, name: OptimizerName, of: &[OptimizerName]) -> Result<()> {
    no_effect(
        key,
        !of.contains(&name),
        &format!("optimizer.name is {}", quoted(&name)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_default_is_accepted() {
        Config::default().check().unwrap();
    }

    #[test]
    fn settings_without_effect_are_refused_by_key() {
        for (key, message) in [
            (
                "optimizer.momentum",
                refused(|c| c.optimizer.momentum = Some(0.9)),
            ),
            (
                "optimizer.decay",
                refused(|c| c.optimizer.decay = Some(0.9)),
            ),
            (
                "optimizer.weight_decay",
                refused(|c| c.optimizer.weight_decay = Some(0.1)),
            ),
            (
                "optimizer.every",
                refused(|c| c.optimizer.every = Some(2.0)),
            ),
            (
                "optimizer.factor",
                refused(|c| c.optimizer.factor = Some(0.5)),
            ),
            (
                "loss.huber_delta",
                refused(|c| c.loss.huber_delta = Some(0.5)),
            ),
            (
                "optimizer.nesterov",
                refused(|c| {
                    c.optimizer.name = OptimizerName::Sgd;
                    c.optimizer.nesterov = Some(true);
                }),
            ),
            (
                "network.dropout",
                refused(|c| {
                    c.network.hidden.clear();
                    c.network.dropout = 0.5;
                }),
            ),
        ] {
            assert!(message.contains(&format!("`{key}`")), "{message}");
            assert!(message.contains("can have no effect"), "{message}");
        }
    }

    #[test]
    fn values_out_of_range_are_refused() {
        assert!(refused(|c| c.network.code = 0).contains("`network.code`"));
        assert!(refused(|c| c.network.dropout = 1.0).contains("less than 1"));
        assert!(refused(|c| c.optimizer.rate = f64::NAN).contains("above 0"));
        assert!(refused(|c| c.loss.l2 = -1.0).contains("`loss.l2`"));
        assert!(refused(|c| c.train.epochs = 0).contains("`train.epochs`"));
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(refused(|c| c.loss.reconstruction = Reconstruction::Bce).contains("sigmoid"));
        assert!(
            refused(|c| {
                c.train.early_stopping = Some(3);
                c.data.held_out = Some(0.into());
            })
            .contains("held-out")
        );
        assert!(
            refused(|c| {
                c.data.label = Some("y".into());
                c.data.ignore = vec!["y".into()];
            })
            .contains("one role")
        );
    }
}

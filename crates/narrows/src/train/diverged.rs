//! Words the error of a training whose numbers are no longer finite.

use super::engine::{A_WEIGHT, NotFinite};
use crate::base::error::Error;
use crate::base::hint::{Hint, Remedy};
use crate::config::{OptimizerConfig, OptimizerName, Scale};

/// Returns a learning rate to try after `rate` diverged: a tenth of it, or
/// 0.001 if it was 0.1 or more, since a tenth of that could still be a rate
/// with which no method trains.
pub fn lower_rate(rate: f64) -> f64 {
    // Rounds to 4 digits, which drops the digits that binary fractions add.
    let tenth = format!("{:.3e}", rate / 10.0).parse().unwrap_or(rate);
    if rate >= 0.1 { 0.001 } else { tenth }
}

/// Returns the error, with advice that fits its time and the settings.
pub(super) fn diverged(
    scale: Scale,
    optimizer: &OptimizerConfig,
    at: &NotFinite,
    epoch: usize,
) -> Error {
    let &NotFinite { term, value, step } = at;
    // A term is computed before the step's update, everything else after it.
    let moved = term == A_WEIGHT || term.starts_with("the held-out");
    let first = (epoch, step) == (1, 1) && !moved;
    let unscaled = scale == Scale::None;
    let rate = optimizer.rate;
    let hint = match optimizer.clip {
        // No weight has changed yet, so the rate is not to blame.
        _ if first && (unscaled || scale == Scale::Centre) => {
            "the rows are too large as they are: scale them by data.scale = \"standard\"".into()
        }
        _ if first => {
            Hint::from("no weight has moved yet: lower the weights of the loss's terms, and look for rows far out with ")
                .and(Remedy::InspectData)
        }
        // The Adams and RMSProp divide by the gradient's own size, so a bound
        // on it does not bound their steps.
        _ if optimizer.name != OptimizerName::Sgd => {
            format!("lower optimizer.rate, now {rate}, to {}", lower_rate(rate)).into()
        }
        None => format!(
            "lower optimizer.rate, now {rate}, to {}, or bound the gradient with optimizer.clip = 1",
            lower_rate(rate)
        )
        .into(),
        Some(clip) => format!(
            "lower optimizer.rate, now {rate}, to {}, or optimizer.clip, now {clip}",
            lower_rate(rate)
        )
        .into(),
    };
    let hint = match unscaled && !first {
        true => hint.and("; rows that are not scaled often need data.scale = \"standard\""),
        false => hint,
    };
    Error::Diverged {
        term: term.into(),
        value,
        epoch,
        step,
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::data::table::Table;
    use crate::train::{Control, Training};
    use burn::tensor::Tensor;

    fn rows() -> Table {
        let draws = crate::base::random::Draws::new(1, crate::base::random::Stream::Split, 0, 0);
        let mut draws = draws;
        let values = (0..200).flat_map(|_| draws.normal_pair()).map(|v| v as f32);
        Table::from_floats(values.collect(), 4).unwrap()
    }

    fn config() -> Config {
        let mut config = Config::default();
        config.network.hidden = vec![];
        config.network.code = 2;
        config.train.batch = 20;
        config.train.epochs = 3;
        config
    }

    /// Puts a NaN among the weights, as a hardware fault might.
    fn break_weights(training: &mut Training) {
        let parameter = &mut training.running.learner.coder.network.parameters[0];
        let [rows, columns] = parameter.value.dims();
        let device = parameter.value.device();
        parameter.value = Tensor::<2>::full([rows, columns], f32::NAN, &device)
            .autodiff()
            .require_grad();
    }

    #[test]
    fn an_injected_nan_is_named_with_term_epoch_and_step_and_never_saved() {
        let table = rows();
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = folder.path().join("last.ckpt");
        let mut training = Training::new(&config(), &table).unwrap();
        training.run_epoch(&mut |_| Control::Continue).unwrap();
        training.checkpoint(&checkpoint).unwrap();
        let good = std::fs::read(&checkpoint).unwrap();
        let mut steps = 0;
        let pause = training.run_epoch(&mut |_| {
            steps += 1;
            if steps == 3 {
                Control::Pause
            } else {
                Control::Continue
            }
        });
        assert!(pause.unwrap().is_none() && training.is_paused());
        break_weights(&mut training);
        let error = training.checkpoint(&checkpoint).unwrap_err().to_string();
        assert!(error.contains("found NaN in 'encoder.0.weight'"), "{error}");
        let error = training.run_epoch(&mut |_| Control::Continue).unwrap_err();
        let Error::Diverged {
            term,
            value,
            epoch,
            step,
            ..
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!((term.as_str(), epoch, step), ("reconstruction", 2, 4));
        assert!(value.is_nan());
        let model = training.finish();
        let error = model
            .save(folder.path().join("model.safetensors"))
            .unwrap_err();
        assert!(error.to_string().contains("finite weights"), "{error}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        assert!(std::fs::read(&checkpoint).unwrap() == good);
        let mut again = Training::new(&config(), &table).unwrap();
        again.resume(&checkpoint).unwrap();
        assert!(
            again
                .run_epoch(&mut |_| Control::Continue)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn weights_broken_by_the_last_step_before_a_stop_are_seen_there() {
        let table = rows();
        let mut config = config();
        (config.optimizer.name, config.optimizer.rate) = (OptimizerName::Sgd, 3e38);
        for control in [Control::Stop, Control::Pause] {
            let mut training = Training::new(&config, &table).unwrap();
            let error = training.run_epoch(&mut |_| control).unwrap_err();
            let Error::Diverged {
                term, epoch, step, ..
            } = error
            else {
                panic!("{error}");
            };
            assert_eq!((term.as_str(), epoch, step), ("a weight", 1, 1));
        }
    }

    fn at(term: &'static str, value: f64, step: usize) -> NotFinite {
        NotFinite { term, value, step }
    }

    #[test]
    fn the_advice_fits_what_is_set_and_when_it_happened() {
        let hint = |change: fn(&mut Config), epoch, step| {
            let mut config = config();
            change(&mut config);
            match diverged(
                config.data.scale,
                &config.optimizer,
                &at("reconstruction", f64::NAN, step),
                epoch,
            ) {
                Error::Diverged { hint, .. } => hint.to_string(),
                other => panic!("{other}"),
            }
        };
        let plain = hint(|_| {}, 2, 3);
        assert_eq!(plain, "lower optimizer.rate, now 0.001, to 0.0001");
        let sgd = hint(|c| c.optimizer.name = OptimizerName::Sgd, 2, 3);
        assert!(sgd.contains("optimizer.clip = 1"), "{sgd}");
        let clipped = |c: &mut Config| {
            (c.optimizer.name, c.optimizer.clip) = (OptimizerName::Sgd, Some(5.0));
        };
        let clipped = hint(clipped, 2, 3);
        assert!(clipped.contains("or optimizer.clip, now 5"), "{clipped}");
        let unscaled = hint(|c| c.data.scale = Scale::None, 1, 1);
        assert!(
            unscaled.starts_with("the rows are too large as they are"),
            "{unscaled}"
        );
        assert_eq!(hint(|c| c.data.scale = Scale::Centre, 1, 1), unscaled);
        let first = hint(|_| {}, 1, 1);
        assert!(!first.contains("optimizer.rate"), "{first}");
        assert_eq!((lower_rate(1e6), lower_rate(0.03)), (0.001, 0.003));
        let weight = diverged(
            Scale::Auto,
            &config().optimizer,
            &at(A_WEIGHT, f64::INFINITY, 1),
            1,
        );
        assert!(
            weight.to_string().contains("lower optimizer.rate"),
            "{weight}"
        );
    }
}

//! Recognises a network that learns the training rows by heart.

use crate::base::warning::{Setting, Warning};
use crate::config::Config;
use crate::model::history::Epoch;

/// The number of last epochs in each of which it must show: one is noise.
const EPOCHS: usize = 5;
/// How many times the best held-out error is more than noise, and how many
/// times the training error a held-out one has to be.
const MORE: f64 = 1.05;
/// Epochs of patience to try.
const PATIENCE: usize = 5;

/// Returns a warning if each of the last epochs had a held-out error above the
/// best one and above the training error, which went on falling.
pub(super) fn by_heart(config: &Config, history: &[Epoch]) -> Option<Warning> {
    // Early stopping keeps the best weights.
    if config.train.early_stopping.is_some() {
        return None;
    }
    let errors = history.iter().filter_map(|epoch| {
        let held_out = epoch.whole().filter(|_| epoch.phase.is_none())?;
        let trained = epoch.loss.get("reconstruction")?;
        Some((epoch.epoch, *trained, held_out))
    });
    let errors: Vec<_> = errors.collect();
    let (best, rest) = {
        let losses = errors.iter().enumerate();
        let best = losses.min_by(|a, b| a.1.2.loss().total_cmp(&b.1.2.loss()))?;
        (best.1, &errors[best.0 + 1..])
    };
    let last = &rest[rest.len().checked_sub(EPOCHS)?..];
    // Losses below 0, as of densities, have no ratios.
    let grows = last.iter().all(|&(_, trained, held_out)| {
        held_out.loss() > MORE * best.2.loss()
            && held_out.reconstruction > MORE * trained
            && trained < best.1
            && trained > 0.0
    });
    let mean = last.iter().map(|(.., h)| h.loss()).sum::<f64>() / last.len() as f64;
    grows.then(|| Warning::Overfitting {
        best_epoch: best.0,
        epoch: last[last.len() - 1].0,
        times: mean / best.2.loss(),
        try_one: vec![Setting::new("train.early_stopping", PATIENCE)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::history::HeldOut;

    /// Returns epochs of these training and held-out errors.
    fn history(errors: &[(f64, f64)]) -> Vec<Epoch> {
        let epoch = |(at, &(trained, held_out)): (usize, &(f64, f64))| Epoch {
            epoch: at + 1,
            phase: None,
            rate: 0.1,
            gradient_norm: None,
            loss: [("reconstruction".to_string(), trained)].into(),
            held_out: Some(HeldOut {
                mse: held_out,
                error_per_row: held_out,
                reconstruction: held_out,
                terms: Default::default(),
            }),
            stacked: None,
        };
        errors.iter().enumerate().map(epoch).collect()
    }

    fn found(errors: &[(f64, f64)]) -> Option<Warning> {
        by_heart(&Config::default(), &history(errors))
    }

    #[test]
    fn a_gap_that_grows_over_epochs_is_learning_by_heart() {
        let mut errors = vec![(2.0, 2.1), (1.0, 1.2)];
        errors.extend((1..=5).map(|i| (1.0 - 0.1 * f64::from(i), 1.2 + 0.1 * f64::from(i))));
        let Some(Warning::Overfitting {
            best_epoch,
            epoch,
            times,
            ..
        }) = found(&errors)
        else {
            panic!("not found");
        };
        assert_eq!((best_epoch, epoch), (2, 7));
        assert!((times - 1.5 / 1.2).abs() < 1e-9, "{times}");
        // Four epochs are too few.
        assert_eq!(found(&errors[..6]), None);
        let mut config = Config::default();
        config.train.early_stopping = Some(3);
        assert_eq!(by_heart(&config, &history(&errors)), None);
    }

    #[test]
    fn noise_and_a_training_that_fails_are_not() {
        let start = [(2.0, 2.1), (1.0, 1.2)];
        let with = |rest: &[(f64, f64)]| [&start, rest].concat();
        // One last value above the best.
        let noisy = [
            (0.9, 1.25),
            (0.9, 1.21),
            (0.9, 1.3),
            (0.9, 1.22),
            (0.9, 1.5),
        ];
        assert_eq!(found(&with(&noisy)), None);
        // Both errors grow: the training diverges, or its units have died.
        let died = [(1.5, 1.6); 6];
        assert_eq!(found(&with(&died)), None);
        // Rows held out that are no harder than those trained on.
        let no_gap = [(0.95, 0.97); 6];
        assert_eq!(found(&[vec![(2.0, 0.9)], no_gap.to_vec()].concat()), None);
    }
}

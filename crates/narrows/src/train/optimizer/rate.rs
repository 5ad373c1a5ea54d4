//! Computes how the learning rate changes over time.

use crate::config::{OptimizerConfig, Schedule};

/// Returns the learning rate of step `step`, with `steps` per epoch and
/// `epochs` in all; steps count from 0 over the whole training.
pub(crate) fn rate_at(config: &OptimizerConfig, step: u64, steps: u64, epochs: usize) -> f64 {
    let epoch = step as f64 / steps as f64;
    // The first step of a warm-up already has a small rate.
    let climb = (step + 1) as f64 / (config.warm_up * steps as f64);
    if climb < 1.0 {
        return config.rate * climb;
    }
    // Every schedule starts when the warm-up ends.
    let epoch = epoch - config.warm_up;
    let factor = match config.schedule {
        Schedule::Constant => 1.0,
        Schedule::Step => {
            let drops = (epoch / config.every.unwrap_or(10.0)).floor();
            config.factor.unwrap_or(0.1).powf(drops)
        }
        Schedule::Exponential => config
            .factor
            .unwrap_or(0.9)
            .powf(epoch / config.every.unwrap_or(1.0)),
        Schedule::Cosine => {
            let rest = epochs as f64 - config.warm_up;
            let progress = (epoch / rest).clamp(0.0, 1.0);
            0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
        }
    };
    config.rate * factor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(schedule: Schedule) -> OptimizerConfig {
        OptimizerConfig {
            schedule,
            rate: 1.0,
            ..Default::default()
        }
    }

    #[test]
    fn each_schedule_has_its_known_points() {
        let at = |config: &OptimizerConfig, step| rate_at(config, step, 10, 20);
        assert_eq!(at(&config(Schedule::Constant), 150), 1.0);
        let step = config(Schedule::Step);
        assert_eq!((at(&step, 99), at(&step, 100)), (1.0, 0.1));
        let exponential = config(Schedule::Exponential);
        assert!((at(&exponential, 10) - 0.9).abs() < 1e-12);
        assert!((at(&exponential, 5) - 0.9f64.sqrt()).abs() < 1e-12);
        let cosine = config(Schedule::Cosine);
        assert!((at(&cosine, 100) - 0.5).abs() < 1e-12);
        assert!(at(&cosine, 199) < 1e-4 && at(&cosine, 0) == 1.0);
    }

    #[test]
    fn warm_up_climbs_in_a_line_and_the_cosine_starts_after_it() {
        let mut cosine = config(Schedule::Cosine);
        cosine.warm_up = 2.0;
        let at = |step| rate_at(&cosine, step, 10, 20);
        assert!((at(0) - 0.05).abs() < 1e-12);
        assert!((at(9) - 0.5).abs() < 1e-12);
        assert!((at(20) - 1.0).abs() < 1e-12);
        assert!((at(110) - 0.5).abs() < 1e-12);
        let mut step = config(Schedule::Step);
        (step.warm_up, step.every) = (2.0, Some(3.0));
        let at = |at| rate_at(&step, at, 10, 20);
        assert_eq!((at(20), at(49), at(50)), (1.0, 1.0, 0.1));
    }

    #[test]
    fn own_intervals_and_factors_are_used() {
        let mut step = config(Schedule::Step);
        (step.every, step.factor) = (Some(3.0), Some(0.5));
        assert_eq!(rate_at(&step, 60, 10, 20), 0.25);
        let mut exponential = config(Schedule::Exponential);
        (exponential.every, exponential.factor) = (Some(3.0), Some(0.5));
        assert!((rate_at(&exponential, 60, 10, 20) - 0.25).abs() < 1e-12);
    }
}

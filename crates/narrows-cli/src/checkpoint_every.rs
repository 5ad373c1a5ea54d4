//! `--checkpoint-every`: how often a training is saved within an epoch.

use std::str::FromStr;
use std::time::{Duration, Instant};

/// A number of steps, or a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CheckpointEvery {
    /// Save after this many steps.
    Steps(u64),
    /// Save after this much time.
    Time(Duration),
}

impl FromStr for CheckpointEvery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let every = match (text.parse(), humantime::parse_duration(text)) {
            (Ok(steps), _) => CheckpointEvery::Steps(steps),
            (_, Ok(time)) => CheckpointEvery::Time(time),
            _ => return Err("expected a number of steps, or a time such as 30s, 5m or 1h".into()),
        };
        if let CheckpointEvery::Steps(0) | CheckpointEvery::Time(Duration::ZERO) = every {
            return Err(
                "expected at least 1: a number of steps, or a time such as 30s, 5m or 1h".into(),
            );
        }
        Ok(every)
    }
}

/// The steps and the time since the last save.
pub struct SinceSaved {
    every: CheckpointEvery,
    steps: u64,
    since: Instant,
}

impl SinceSaved {
    /// Starts to count.
    pub fn new(every: CheckpointEvery) -> Self {
        SinceSaved {
            every,
            steps: 0,
            since: Instant::now(),
        }
    }

    /// Counts a step and returns whether it is time to save.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        match self.every {
            CheckpointEvery::Steps(steps) => self.steps >= steps,
            CheckpointEvery::Time(time) => self.since.elapsed() >= time,
        }
    }

    /// Starts to count again, after a save.
    pub fn saved(&mut self) {
        *self = SinceSaved::new(self.every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_times_are_told_apart() {
        let minutes = |count: u64| CheckpointEvery::Time(Duration::from_secs(60 * count));
        assert_eq!("200".parse(), Ok(CheckpointEvery::Steps(200)));
        assert_eq!("5m".parse(), Ok(minutes(5)));
        assert_eq!("5min".parse(), Ok(minutes(5)));
        assert_eq!("1h".parse(), Ok(minutes(60)));
        assert_eq!("1h30m".parse(), Ok(minutes(90)));
        for wrong in [
            "",
            "0",
            "0s",
            "m",
            "-5s",
            "5x",
            "1e9s",
            "99999999999999999999s",
        ] {
            assert!(wrong.parse::<CheckpointEvery>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_save_is_due_after_so_many_steps() {
        let mut since = SinceSaved::new(CheckpointEvery::Steps(2));
        assert!(!since.step());
        assert!(since.step());
        since.saved();
        assert!(!since.step());
    }
}

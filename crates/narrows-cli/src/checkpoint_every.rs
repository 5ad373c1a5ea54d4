//! `--checkpoint-every`: how often a training is saved within an epoch.

use std::str::FromStr;
use std::time::{Duration, Instant};

/// A number of steps, or a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CheckpointEvery {
    /// After so many steps.
    Steps(u64),
    /// After so long.
    Time(Duration),
}

impl FromStr for CheckpointEvery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let seconds = match &text[number.len()..] {
            "" => None,
            "s" => Some(1),
            "m" | "min" => Some(60),
            "h" => Some(3600),
            _ => return Err("expected a number of steps, or a time such as 30s, 5m or 1h".into()),
        };
        let count: u64 = match number.parse() {
            Ok(count @ 1..=1_000_000_000) => count,
            _ => {
                return Err(
                    "expected at least 1: a number of steps, or a time such as 30s, 5m or 1h"
                        .into(),
                );
            }
        };
        Ok(match seconds {
            None => CheckpointEvery::Steps(count),
            Some(seconds) => CheckpointEvery::Time(Duration::from_secs(count * seconds)),
        })
    }
}

/// Counts from one save to the next.
pub struct SinceSaved {
    every: CheckpointEvery,
    steps: u64,
    since: Instant,
}

impl SinceSaved {
    /// As if just saved.
    pub fn new(every: CheckpointEvery) -> Self {
        SinceSaved {
            every,
            steps: 0,
            since: Instant::now(),
        }
    }

    /// Counts a step; whether it is time to save.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        match self.every {
            CheckpointEvery::Steps(steps) => self.steps >= steps,
            CheckpointEvery::Time(time) => self.since.elapsed() >= time,
        }
    }

    /// Counts anew after a save.
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
        for wrong in ["", "0", "m", "-5s", "1.5h", "5d", "1e9s", "99999999999s"] {
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

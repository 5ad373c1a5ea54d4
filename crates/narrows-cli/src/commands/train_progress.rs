//! What a person sees while a training runs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use narrows::{Config, Step, TimedEpoch};

use crate::output::{Output, grouped, short};
use crate::progress::duration;

/// Time between two updates of the bar's numbers.
const REFRESH: Duration = Duration::from_millis(200);
/// Time between two plain lines within an epoch.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Time between the lines of two epochs, where many pass in a second.
const BETWEEN_EPOCHS: Duration = Duration::from_secs(1);

/// A bar over all steps on a terminal, a line now and then elsewhere, and a
/// line an epoch everywhere, but not many a second.
pub struct TrainProgress {
    bar: Option<ProgressBar>,
    /// The last epoch's held-out error per row, and the layer it is of.
    held_out: Option<(Option<usize>, f64)>,
    refreshed: Instant,
    epoch_started: Instant,
    /// When an epoch's line was last shown.
    told: Instant,
    epochs: usize,
    done: usize,
    rows: usize,
    seconds: f64,
}

impl TrainProgress {
    /// For a number of epochs still to do, each over `rows` rows.
    pub fn new(output: &Output, epochs: usize, rows: usize) -> Self {
        let visible = output.is_terminal() && !output.is_quiet();
        let bar = visible.then(|| {
            let style =
                ProgressStyle::with_template("{wide_bar} {msg}").expect("the template is valid");
            ProgressBar::new((epochs * rows) as u64).with_style(style)
        });
        let now = Instant::now();
        TrainProgress {
            bar,
            held_out: None,
            refreshed: now,
            epoch_started: now,
            told: now,
            epochs,
            done: 0,
            rows,
            seconds: 0.0,
        }
    }

    /// After a step.
    pub fn step(&mut self, output: &Output, step: &Step) {
        let pause = if self.bar.is_some() {
            REFRESH
        } else {
            BETWEEN_LINES
        };
        if self.refreshed.elapsed() < pause {
            return;
        }
        self.refreshed = Instant::now();
        let here = self.epoch_started.elapsed().as_secs_f64();
        let rate = step.rows as f64 / here.max(1e-9);
        let seen = self.done * self.rows + step.rows;
        let left = (self.epochs * self.rows).saturating_sub(seen) as f64 / rate;
        let mut line = format!("epoch {}/{}{}", step.epoch, step.epochs, layer(step.phase));
        for (name, value) in step.loss {
            line += &format!("  {name} {}", short(*value));
        }
        if let Some((_, held_out)) = self.held_out.filter(|(phase, _)| *phase == step.phase) {
            line += &format!("  held-out {} per row", short(held_out));
        }
        line += &format!(
            "  {} rows/s  {} left",
            grouped(rate as usize),
            duration(left)
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position(seen as u64);
                bar.set_message(line);
            }
            None => output.say(format_args!(
                "{line}  (step {} of {})",
                step.step, step.steps
            )),
        }
    }

    /// After an epoch: a line that stays.
    pub fn epoch(&mut self, output: &Output, epoch: &TimedEpoch, config: &Config) {
        self.held_out = epoch
            .epoch
            .held_out
            .as_ref()
            .map(|held_out| (epoch.epoch.phase, held_out.error_per_row));
        self.line(output, epoch.seconds, |left| line(epoch, config, left));
    }

    /// After an epoch of some seconds: a line that stays, made of the seconds
    /// that are left.
    pub fn line(&mut self, output: &Output, seconds: f64, line: impl FnOnce(f64) -> String) {
        self.done += 1;
        self.seconds += seconds;
        self.epoch_started = Instant::now();
        self.refreshed = self.epoch_started;
        let left = self.seconds / self.done as f64 * self.epochs.saturating_sub(self.done) as f64;
        let end = self.done == 1 || self.done >= self.epochs;
        if !end && self.told.elapsed() < BETWEEN_EPOCHS {
            return;
        }
        self.told = self.epoch_started;
        let line = line(left);
        match &self.bar {
            Some(bar) => bar.println(line),
            None => output.say(line),
        }
    }
}

impl Drop for TrainProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The layer that is trained by itself.
fn layer(phase: Option<usize>) -> String {
    phase.map_or(String::new(), |phase| format!("  layer {phase}"))
}

fn line(timed: &TimedEpoch, config: &Config, left: f64) -> String {
    let epoch = &timed.epoch;
    let mut line = format!(
        "epoch {}/{}{}  loss {}",
        epoch.epoch,
        config.epochs(),
        layer(epoch.phase),
        short(epoch.loss["total"])
    );
    let terms: Vec<String> = epoch
        .loss
        .iter()
        .filter(|(name, _)| *name != "total")
        .map(|(name, value)| format!("{name} {}", short(*value)))
        .collect();
    if terms.len() > 1 {
        line += &format!(" ({})", terms.join(", "));
    }
    if let Some(held_out) = &epoch.held_out {
        line += &format!(
            "  held-out {} per row, mse {}",
            short(held_out.error_per_row),
            short(held_out.mse)
        );
    }
    if let Some(whole) = &epoch.stacked {
        line += &format!("  whole network: mse {}", short(whole.mse));
    }
    line += &format!("  {} rows/s", grouped(timed.rows_per_second as usize));
    if left > 0.0 {
        line += &format!("  {} left", duration(left));
    }
    line
}

//! What a person sees while a training runs.

mod curve;
mod lines;
mod screen;
mod view;

use std::thread;
use std::time::{Duration, Instant};

use narrows::{Config, Epoch, Step, TimedEpoch};

use self::lines::bar_beside;
use self::screen::Screen;
use self::view::{Pace, View};
use crate::output::{Output, grouped, short};
use crate::progress::duration;

/// Time between two frames on a terminal.
const REFRESH: Duration = Duration::from_millis(100);
/// Time between two plain lines within an epoch.
const BETWEEN_LINES: Duration = Duration::from_secs(10);
/// Time between the lines of two epochs, where many pass in a second.
const BETWEEN_EPOCHS: Duration = Duration::from_secs(1);

/// A bar over all steps on a terminal, or a view of the loss if asked for; a
/// line now and then elsewhere, and a line an epoch everywhere, but not many a
/// second.
pub struct TrainProgress {
    screen: Option<Screen>,
    view: Option<View>,
    /// The last epoch's held-out error per row, and the layer it is of.
    held_out: Option<(Option<usize>, f64)>,
    started: Instant,
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
        let now = Instant::now();
        TrainProgress {
            screen: visible.then(Screen::new),
            view: None,
            held_out: None,
            started: now,
            refreshed: now,
            epoch_started: now,
            told: now,
            epochs,
            done: 0,
            rows,
            seconds: 0.0,
        }
    }

    /// With a view of the loss on a terminal that has room for it, after some
    /// epochs.
    pub fn with_view(mut self, history: &[Epoch]) -> Self {
        self.view = self.screen.is_some().then(|| View::new(history));
        self
    }

    /// After a step.
    pub fn step(&mut self, output: &Output, step: &Step) {
        if let Some(view) = &mut self.view {
            view.step(step);
        }
        let pause = if self.screen.is_some() {
            REFRESH
        } else {
            BETWEEN_LINES
        };
        if self.refreshed.elapsed() < pause {
            return;
        }
        self.refreshed = Instant::now();
        let here = self.epoch_started.elapsed().as_secs_f64();
        let gone = self.started.elapsed().as_secs_f64();
        let seen = self.done * self.rows + step.rows;
        let all = self.epochs * self.rows;
        // A moment says little about a rate.
        let (rows, seconds) = match here < 1.0 {
            true => (seen, gone),
            false => (step.rows, here),
        };
        let rate = rows as f64 / seconds.max(1e-9);
        let pace = Pace {
            done: seen as f64 / all.max(1) as f64,
            rows_per_second: rate,
            gone,
            left: all.saturating_sub(seen) as f64 / rate,
        };
        let Some(screen) = &mut self.screen else {
            let line = step_line(step, self.held_out, &pace);
            let (step, steps) = (step.step, step.steps);
            return output.say(format_args!("{line}  (step {step} of {steps})"));
        };
        let room = screen.room();
        let view = self.view.as_ref();
        let mut lines = view.map_or(Vec::new(), |view| view.frame(step, &pace, room));
        if lines.is_empty() {
            let line = step_line(step, self.held_out, &pace);
            lines = vec![bar_beside(pace.done, &line, room.0)];
        }
        screen.show(lines);
    }

    /// After an epoch: a line that stays.
    pub fn epoch(&mut self, output: &Output, epoch: &TimedEpoch, config: &Config) {
        self.held_out = epoch
            .epoch
            .held_out
            .as_ref()
            .map(|held_out| (epoch.epoch.phase, held_out.error_per_row));
        if let Some(view) = &mut self.view {
            view.epoch(&epoch.epoch);
        }
        self.line(output, epoch.seconds, |left| line(epoch, config, left));
    }

    /// After an epoch of some seconds: a line that stays, made of the seconds
    /// that are left.
    pub fn line(&mut self, output: &Output, seconds: f64, line: impl FnOnce(f64) -> String) {
        self.done += 1;
        self.seconds += seconds;
        self.epoch_started = Instant::now();
        if self.screen.is_none() {
            self.refreshed = self.epoch_started;
        }
        let left = self.seconds / self.done as f64 * self.epochs.saturating_sub(self.done) as f64;
        let end = self.done == 1 || self.done >= self.epochs;
        if !end && self.told.elapsed() < BETWEEN_EPOCHS {
            return;
        }
        self.told = self.epoch_started;
        let line = line(left);
        match &mut self.screen {
            Some(screen) => screen.print(&line),
            None => output.say(line),
        }
    }
}

impl Drop for TrainProgress {
    fn drop(&mut self) {
        let Some(screen) = &mut self.screen else {
            return;
        };
        let view = self.view.as_ref().filter(|_| !thread::panicking());
        let lines = view.map_or(Vec::new(), |view| view.summary(screen.room()));
        screen.end(lines);
    }
}

/// The layer that is trained by itself.
fn layer(phase: Option<usize>) -> String {
    phase.map_or(String::new(), |phase| format!("  layer {phase}"))
}

fn step_line(step: &Step, held_out: Option<(Option<usize>, f64)>, pace: &Pace) -> String {
    let mut line = format!("epoch {}/{}{}", step.epoch, step.epochs, layer(step.phase));
    for (name, value) in step.loss {
        line += &format!("  {name} {}", short(*value));
    }
    if let Some((_, held_out)) = held_out.filter(|(phase, _)| *phase == step.phase) {
        line += &format!("  held-out {} per row", short(held_out));
    }
    line += &format!(
        "  {} rows/s  {} left",
        grouped(pace.rows_per_second as usize),
        duration(pace.left)
    );
    line
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

//! Shows the progress of a training.

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
/// Time between the lines of two epochs, if many end within a second.
const BETWEEN_EPOCHS: Duration = Duration::from_secs(1);

/// Shows a curve of the loss or a bar over all steps on a terminal, and a line
/// now and then elsewhere. Every epoch gets a line, unless many end within a
/// second.
pub struct TrainProgress {
    /// `None` if standard error is no terminal.
    screen: Option<Screen>,
    /// `None` if there is no curve to show.
    view: Option<View>,
    started: Instant,
    /// The time of the last frame, or of the last line within an epoch.
    refreshed: Instant,
    epoch_started: Instant,
    /// The time of the last line of an epoch.
    epoch_shown: Instant,
    /// Number of epochs to do, and of those that are done.
    epochs: usize,
    done: usize,
    /// Networks of the model, of which this is the first.
    networks: usize,
    /// Rows that were seen, and those of the current epoch.
    seen: usize,
    in_epoch: usize,
    /// Seconds that the epochs took.
    seconds: f64,
}

impl TrainProgress {
    /// Starts to show a number of epochs still to do, of the first of some networks.
    pub fn new(output: &Output, epochs: usize, networks: usize) -> Self {
        let visible = output.is_terminal() && !output.is_quiet();
        let now = Instant::now();
        TrainProgress {
            screen: visible.then(Screen::new),
            view: None,
            started: now,
            refreshed: now,
            epoch_started: now,
            epoch_shown: now,
            epochs,
            done: 0,
            networks,
            seen: 0,
            in_epoch: 0,
            seconds: 0.0,
        }
    }

    /// Shows a curve of the loss too, after the epochs of a history, on a
    /// terminal that has room for it.
    pub fn with_view(mut self, history: &[Epoch]) -> Self {
        self.view = Some(View::new(history));
        self
    }

    /// Shows the progress after a step.
    pub fn step(&mut self, output: &Output, step: &Step) {
        self.in_epoch = step.rows;
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
        let pace = self.pace(step);
        let view = self.view.as_ref();
        let held_out = view.and_then(View::error_per_row);
        let Some(screen) = &mut self.screen else {
            let line = step_line(step, held_out, &pace);
            let (step, steps) = (step.step, step.steps);
            return output.say(format_args!("{line}  (step {step} of {steps})"));
        };
        let room = screen.room();
        let frame = view.and_then(|view| view.frame(step, &pace, room));
        screen.show(frame.unwrap_or_else(|| {
            let line = step_line(step, held_out, &pace);
            vec![bar_beside(pace.done, &line, room.0)]
        }));
    }

    /// Measures how fast the training is.
    fn pace(&self, step: &Step) -> Pace {
        let in_epoch = self.epoch_started.elapsed().as_secs_f64();
        let gone = self.started.elapsed().as_secs_f64();
        // Epochs may leave out rows, and so be of different lengths.
        let part = step.step as f64 / step.steps.max(1) as f64;
        let done = (self.done as f64 + part) / self.epochs.max(1) as f64;
        let left = (self.epochs as f64 * (1.0 - done)).max(0.0);
        // The first moment of an epoch says little about its speed.
        let (rows, seconds) = if in_epoch < 1.0 {
            (self.seen + step.rows, gone)
        } else {
            (step.rows, in_epoch)
        };
        let rows_per_second = rows as f64 / seconds.max(1e-9);
        Pace {
            done,
            rows_per_second,
            gone,
            left: left * step.rows as f64 / part / rows_per_second,
            networks: self.networks,
        }
    }

    /// Shows the line of an epoch.
    pub fn epoch(&mut self, output: &Output, epoch: &TimedEpoch, config: &Config) {
        if let Some(view) = &mut self.view {
            view.epoch(&epoch.epoch);
        }
        self.line(output, epoch.seconds, |left| line(epoch, config, left));
    }

    /// Shows the line of an epoch that took `seconds`. `line` makes it from the
    /// seconds that the other epochs will take.
    pub fn line(&mut self, output: &Output, seconds: f64, line: impl FnOnce(f64) -> String) {
        self.done += 1;
        self.seen += std::mem::take(&mut self.in_epoch);
        self.seconds += seconds;
        self.epoch_started = Instant::now();
        if self.screen.is_none() {
            self.refreshed = self.epoch_started;
        }
        let left = self.seconds / self.done as f64 * self.epochs.saturating_sub(self.done) as f64;
        let end = self.done == 1 || self.done >= self.epochs;
        if !end && self.epoch_shown.elapsed() < BETWEEN_EPOCHS {
            return;
        }
        self.epoch_shown = self.epoch_started;
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
        let summary = view.and_then(|view| view.summary(screen.room()));
        screen.end(summary.unwrap_or_default());
    }
}

/// Returns the words on the layer that is trained by itself, if any.
fn layer(phase: Option<usize>) -> String {
    phase.map_or(String::new(), |phase| format!("  layer {phase}"))
}

/// Returns the words on which network the time is of, if there are several.
fn of_networks(networks: usize) -> String {
    match networks {
        1 => String::new(),
        _ => format!(" for network 1 of {networks}"),
    }
}

fn step_line(step: &Step, held_out: Option<f64>, pace: &Pace) -> String {
    let mut line = format!("epoch {}/{}{}", step.epoch, step.epochs, layer(step.phase));
    for (name, value) in step.loss {
        line += &format!("  {name} {}", short(*value));
    }
    if let Some(held_out) = held_out {
        line += &format!("  held-out {} per row", short(held_out));
    }
    line += &format!(
        "  {} rows/s  {} left{}",
        grouped(pace.rows_per_second as usize),
        duration(pace.left),
        of_networks(pace.networks)
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
        short(epoch.loss.get("total").copied().unwrap_or(f64::NAN))
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
        line += &format!("  {} left{}", duration(left), of_networks(config.seeds));
    }
    line
}

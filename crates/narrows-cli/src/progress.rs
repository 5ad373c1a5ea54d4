//! Shows progress on standard error: a bar on a terminal, plain lines
//! elsewhere.

use std::cell::Cell;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use narrows::program::visible;

use crate::output::{Output, grouped, rows, say};

/// Jobs shorter than this show nothing.
const QUIET_FOR: Duration = Duration::from_millis(700);
/// Time between plain lines.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Runs a job of unknown length. If it takes long, a terminal shows a spinner,
/// and everything else gets a line now and then.
pub fn busy<T>(output: &Output, what: &str, job: impl FnOnce() -> T) -> T {
    busy_with(output, what, String::new, job)
}

/// Runs a job as [`busy`] does; `left` says after the elapsed time what is left, or
/// nothing.
pub fn busy_with<T>(
    output: &Output,
    what: &str,
    left: impl Fn() -> String + Sync,
    job: impl FnOnce() -> T,
) -> T {
    if output.is_quiet() {
        return job();
    }
    if output.is_terminal() {
        let spinner = ProgressBar::new_spinner().with_message(visible(what).into_owned());
        spinner.enable_steady_tick(QUIET_FOR);
        let result = each(
            QUIET_FOR,
            QUIET_FOR,
            || spinner.set_message(format!("{}{}", visible(what), left())),
            job,
        );
        spinner.finish_and_clear();
        return result;
    }
    let started = Instant::now();
    let line = || {
        output.say(format_args!(
            "{what}, {}{}",
            duration(started.elapsed().as_secs_f64()),
            left()
        ));
    };
    each(QUIET_FOR, BETWEEN_LINES, line, job)
}

/// Runs a job, and meanwhile calls `show` after `first`, and then again after each
/// `pause`.
fn each<T>(first: Duration, pause: Duration, show: impl Fn() + Sync, job: impl FnOnce() -> T) -> T {
    // The lines stop when the sender is dropped at the end of the job, even if
    // it panics.
    let (running, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let show = &show;
        scope.spawn(move || {
            let mut wait = first;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                show();
                wait = pause;
            }
        });
        let _running = running;
        job()
    })
}

/// Returns a callback that shows the progress of a job over rows, of which
/// `rows` is the number if it is known; the callback takes the number of rows
/// finished since its last call.
pub fn over(output: &Output, what: &str, rows: Option<usize>) -> impl Fn(usize) {
    let progress = RowsBar::new(output, what, rows);
    move |count| progress.add(count)
}

/// Progress over rows.
struct RowsBar {
    what: String,
    total: Option<usize>,
    started: Instant,
    bar: Option<ProgressBar>,
    lines: bool,
    /// Rows finished, and when a line was last printed.
    state: Cell<(usize, Instant)>,
}

impl RowsBar {
    /// Shows nothing until the job has taken a while.
    fn new(output: &Output, what: &str, total: Option<usize>) -> Self {
        let visible = !output.is_quiet();
        let bar = (visible && output.is_terminal()).then(|| {
            let style = ProgressStyle::with_template(match total {
                Some(_) => "{msg} {wide_bar} {human_pos}/{human_len} rows  {per_sec}  {eta} left",
                None => "{spinner} {msg}: {human_pos} rows  {per_sec}",
            });
            let bar = ProgressBar::hidden().with_message(what.to_string());
            if let Some(total) = total {
                bar.set_length(total as u64);
            }
            bar.set_style(style.expect("the template is valid"));
            bar
        });
        RowsBar {
            what: what.into(),
            total,
            started: Instant::now(),
            bar,
            lines: visible && !output.is_terminal(),
            state: Cell::new((0, Instant::now())),
        }
    }

    /// Adds finished rows.
    fn add(&self, count: usize) {
        let (before, mut printed) = self.state.get();
        let finished = before + count;
        let long = self.started.elapsed() > QUIET_FOR;
        if let Some(bar) = self.bar.as_ref().filter(|_| long) {
            if bar.is_hidden() {
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            }
            bar.set_position(finished as u64);
        }
        if self.lines && printed.elapsed() > BETWEEN_LINES {
            printed = Instant::now();
            let seconds = self.started.elapsed().as_secs_f64();
            let rate = finished as f64 / seconds;
            let speed = format!("{} rows/s", grouped(rate as usize));
            match self.total {
                Some(total) => say(format_args!(
                    "{}: {} of {}, {speed}, {} left",
                    self.what,
                    grouped(finished),
                    rows(total),
                    duration(total.saturating_sub(finished) as f64 / rate),
                )),
                None => say(format_args!(
                    "{}: {} so far, {speed}",
                    self.what,
                    rows(finished)
                )),
            }
        }
        self.state.set((finished, printed));
    }
}

impl Drop for RowsBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Writes `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_readable() {
        assert_eq!(duration(0.84), "0.8 s");
        assert_eq!(duration(42.0), "42 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(7500.0), "2 h 5 min");
    }
}

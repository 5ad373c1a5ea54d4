//! Shows a curve of the loss with numbers, on a terminal with room for it.

use narrows::{Epoch, Step};

use super::curve::{Point, curve};
use super::lines::{bar_beside, coloured, fitting, flow};
use super::of_networks;
use crate::output::{grouped, short};
use crate::progress::duration;

/// Number of points of the curve per epoch, if it has as many steps.
const PARTS: usize = 32;
/// At this number of points, every two are merged into one.
const POINTS: usize = 512;
/// The smallest terminal, in columns and rows.
const LEAST: (usize, usize) = (60, 16);
/// Largest number of rows of a curve while it moves, and the number for the one
/// that stays.
const ROWS: usize = 24;
const ROWS_AT_THE_END: usize = 12;
/// Largest number of rows of numbers under the curve.
const ROWS_OF_NUMBERS: usize = 4;

/// The progress and speed of a training.
pub struct Pace {
    /// Share of all steps that is done, 0 to 1.
    pub done: f64,
    pub rows_per_second: f64,
    /// Seconds since the start, and to the end.
    pub gone: f64,
    pub left: f64,
    /// Networks of the model, of which the first is trained.
    pub networks: usize,
}

/// The loss so far of the layer or network in training; another one's loss
/// means something else.
#[derive(Default)]
pub struct View {
    phase: Option<usize>,
    /// Number of epochs before the first of the curve.
    began: usize,
    /// Number of epochs so far, with the share of the current one.
    epoch: f64,
    points: Vec<Point>,
    /// Number of steps per point.
    grain: usize,
    /// The number of steps of the next point, and the sums over them.
    steps: usize,
    sums: Point,
    held_out: Vec<Point>,
    error_per_row: Option<f64>,
}

impl View {
    /// Creates the view of a training that continues after some epochs.
    pub fn new(history: &[Epoch]) -> Self {
        let mut view = View::default();
        for epoch in history {
            view.enter(epoch.phase, epoch.epoch);
            let middle = epoch.epoch as f64 - 0.5;
            view.points
                .push((middle, epoch.loss.get("total").copied().unwrap_or(f64::NAN)));
            view.epoch(epoch);
        }
        view
    }

    /// Starts again if another layer or network is now in training.
    fn enter(&mut self, phase: Option<usize>, epoch: usize) {
        if self.phase != phase {
            let began = epoch - 1;
            *self = View {
                phase,
                began,
                ..View::default()
            };
        }
    }

    /// Adds the loss of a step.
    pub fn step(&mut self, step: &Step) {
        self.enter(step.phase, step.epoch);
        if self.grain == 0 {
            self.grain = step.steps.div_ceil(PARTS);
        }
        let before = (step.epoch - 1) as f64;
        self.epoch = before + step.step as f64 / step.steps as f64;
        self.sums.0 += before + (step.step as f64 - 0.5) / step.steps as f64;
        self.sums.1 += total(step);
        self.steps += 1;
        if self.steps < self.grain {
            return;
        }
        let count = self.steps as f64;
        self.points.push((self.sums.0 / count, self.sums.1 / count));
        (self.steps, self.sums) = (0, (0.0, 0.0));
        if self.points.len() >= POINTS {
            let mean =
                |pair: &[Point]| ((pair[0].0 + pair[1].0) / 2.0, (pair[0].1 + pair[1].1) / 2.0);
            self.points = self.points.chunks_exact(2).map(mean).collect();
            self.grain *= 2;
        }
    }

    /// Adds the held-out error of an epoch.
    pub fn epoch(&mut self, epoch: &Epoch) {
        self.epoch = epoch.epoch as f64;
        if let Some(held_out) = &epoch.held_out {
            self.held_out.push((self.epoch, held_out.reconstruction));
            self.error_per_row = Some(held_out.error_per_row);
        }
    }

    /// Returns the last epoch's error per held-out row, if it belongs to the
    /// current layer or network.
    pub fn error_per_row(&self) -> Option<f64> {
        self.error_per_row
    }

    /// Returns the lines to show after a step; `None` if there is too little
    /// room.
    pub fn frame(&self, step: &Step, pace: &Pace, room: (usize, usize)) -> Option<Vec<String>> {
        if !fits(room) {
            return None;
        }
        let mut numbers = flow(&self.numbers(step, pace), room.0);
        numbers.truncate(ROWS_OF_NUMBERS);
        let others = numbers.len() + 1;
        // Leaves room for some of the lines that stay, above.
        let rows = (room.1 * 3 / 4).max(LEAST.1 - 3) - others;
        let mut lines = self.curve(self.end(step.epochs), room.0, rows.min(ROWS));
        lines.extend(numbers);
        lines.push(bar(pace, room.0));
        Some(lines)
    }

    /// Returns the lines to leave at the end, the curve alone; `None` if there
    /// is none or too little room.
    pub fn summary(&self, room: (usize, usize)) -> Option<Vec<String>> {
        if !fits(room) || self.points.len() < 2 {
            return None;
        }
        let mut lines = self.curve(self.epoch, room.0, ROWS_AT_THE_END);
        if let (Some(layer), Some(legend)) = (self.phase, lines.first_mut()) {
            *legend = fitting(format!("{legend}  layer {layer}"), room.0);
        }
        Some(lines)
    }

    fn curve(&self, end: f64, width: usize, rows: usize) -> Vec<String> {
        let epochs = (self.began as f64, end);
        let lines = curve(&self.points, &self.held_out, epochs, width, rows);
        lines.iter().map(|line| coloured(line)).collect()
    }

    /// Returns the epoch where the axis ends, one of a few, so that the curve
    /// rarely shrinks.
    fn end(&self, epochs: usize) -> f64 {
        let began = self.began as f64;
        let mut ends = (0..).flat_map(|power| [5.0, 10.0, 20.0].map(|n| n * 10f64.powi(power)));
        let end = ends.find(|end| began + end >= self.epoch);
        (began + end.unwrap_or(f64::INFINITY)).min(epochs as f64)
    }

    fn numbers(&self, step: &Step, pace: &Pace) -> Vec<String> {
        let mut numbers = vec![format!("epoch {}/{}", step.epoch, step.epochs)];
        numbers.extend(step.phase.map(|layer| format!("layer {layer}")));
        if step.loss.len() > 1 {
            numbers.push(format!("loss {}", short(total(step))));
        }
        let terms = step.loss.iter();
        numbers.extend(terms.map(|(name, value)| format!("{name} {}", short(*value))));
        let held_out = self.error_per_row;
        numbers.extend(held_out.map(|error| format!("held-out {} per row", short(error))));
        numbers.push(format!("rate {}", short(step.rate)));
        numbers.push(format!("{} rows/s", grouped(pace.rows_per_second as usize)));
        numbers
    }
}

fn total(step: &Step) -> f64 {
    step.loss.iter().map(|(_, value)| value).sum()
}

fn fits(room: (usize, usize)) -> bool {
    // The cursor's own column and row are not in the room.
    room.0 + 1 >= LEAST.0 && room.1 + 1 >= LEAST.1
}

/// Returns a bar over all steps with the elapsed and remaining time.
fn bar(pace: &Pace, width: usize) -> String {
    let (gone, left) = (duration(pace.gone), duration(pace.left));
    let percent = (100.0 * pace.done).floor();
    let networks = of_networks(pace.networks);
    let text = format!("{percent:>3} %  {gone} gone  {left} left{networks}");
    bar_beside(pace.done, &text, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: [(&str, f64); 2] = [("reconstruction", 8.0), ("l2", 1.0)];

    fn step(phase: Option<usize>, epoch: usize, step: usize) -> Step<'static> {
        Step {
            epoch,
            epochs: 40,
            phase,
            step,
            steps: 64,
            rows: step * 10,
            rate: 0.001,
            loss: &TERMS,
        }
    }

    const PACE: Pace = Pace {
        done: 0.25,
        rows_per_second: 12_345.0,
        gone: 5.0,
        left: 15.0,
        networks: 1,
    };

    /// Returns a view after some epochs.
    fn view_after(epochs: usize) -> View {
        let mut view = View::new(&[]);
        for epoch in 1..=epochs {
            (1..=64).for_each(|at| view.step(&step(None, epoch, at)));
        }
        view
    }

    #[test]
    fn a_point_is_the_mean_of_a_part_of_an_epoch() {
        let view = view_after(2);
        assert_eq!(view.points.len(), 2 * PARTS);
        assert_eq!(view.points[0], (1.0 / 64.0, 9.0));
        // However many epochs there are.
        let long = view_after(40);
        assert!((POINTS / 2..POINTS).contains(&long.points.len()));
        let last = long.points.last().unwrap();
        assert!(last.0 > 39.8 && last.1 == 9.0, "{last:?}");
    }

    #[test]
    fn another_layer_starts_anew() {
        let mut view = view_after(3);
        view.error_per_row = Some(1.0);
        view.step(&step(Some(2), 4, 1));
        assert!(view.points.is_empty() && view.error_per_row.is_none());
        view.step(&step(Some(2), 4, 2));
        assert_eq!(view.points, [(3.0 + 1.0 / 64.0, 9.0)]);
        assert_eq!(view.end(40), 8.0);
        assert_eq!(view.end(5), 5.0);
    }

    #[test]
    fn a_frame_has_the_numbers_and_fits_its_room() {
        let view = view_after(2);
        let step = step(None, 3, 1);
        let frame = view.frame(&step, &PACE, (99, 29)).unwrap();
        let end = &frame[frame.len() - 2..];
        assert_eq!(
            end[0],
            "epoch 3/40  loss 9.000  reconstruction 8.000  l2 1.000  rate 0.001000  12,345 rows/s"
        );
        assert!(end[1].starts_with("████"), "{}", end[1]);
        assert!(
            end[1].ends_with("░  25 %  5.0 s gone  15 s left"),
            "{}",
            end[1]
        );
        for columns in 0..150 {
            for rows in 0..60 {
                let frame = view.frame(&step, &PACE, (columns, rows));
                let room = columns >= 59 && rows >= 15;
                assert_eq!(frame.is_some(), room, "{columns} x {rows}");
                let summary = view.summary((columns, rows));
                assert_eq!(summary.is_some(), room, "{columns} x {rows}");
                let (frame, summary) = (frame.unwrap_or_default(), summary.unwrap_or_default());
                assert!(frame.len() <= rows && summary.len() <= rows);
                let width = |line: &String| console::measure_text_width(line);
                assert!(
                    frame
                        .iter()
                        .chain(&summary)
                        .all(|line| width(line) <= columns)
                );
                let bar = bar_beside(0.5, &"long ".repeat(9), columns);
                assert!(width(&bar) <= columns);
            }
        }
    }
}

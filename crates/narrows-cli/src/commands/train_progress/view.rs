//! What is shown of a training on a terminal with room for it.

use narrows::{Epoch, Step};

use super::curve::{Point, curve};
use super::lines::{bar_beside, coloured, fitting, flow};
use crate::output::{grouped, short};
use crate::progress::duration;

/// Parts of an epoch whose mean loss is a point, if it has so many steps.
const PARTS: usize = 32;
/// More points are halved.
const POINTS: usize = 512;
/// The smallest terminal, in columns and rows.
const LEAST: (usize, usize) = (60, 16);
/// Rows of a curve while it moves, and of the one that stays.
const ROWS: usize = 24;
const ROWS_AT_THE_END: usize = 12;
/// Rows of numbers under the curve, at most.
const ROWS_OF_NUMBERS: usize = 4;

/// How far a training has come.
pub struct Pace {
    /// Share of all steps that is done, 0 to 1.
    pub done: f64,
    pub rows_per_second: f64,
    /// Seconds.
    pub gone: f64,
    pub left: f64,
}

/// The loss so far, of the layer or network that is trained now: what a loss
/// means changes with it.
#[derive(Default)]
pub struct View {
    phase: Option<usize>,
    /// Epochs done before, and with what has been seen.
    began: usize,
    epoch: f64,
    points: Vec<Point>,
    /// Steps a point, and the sums over the steps of the next one.
    grain: usize,
    steps: usize,
    sums: Point,
    held_out: Vec<Point>,
    error_per_row: Option<f64>,
}

impl View {
    /// Of a training that goes on after some epochs.
    pub fn new(history: &[Epoch]) -> Self {
        let mut view = View::default();
        for epoch in history {
            view.enter(epoch.phase, epoch.epoch);
            let middle = epoch.epoch as f64 - 0.5;
            view.points.push((middle, epoch.loss["total"]));
            view.epoch(epoch);
        }
        view
    }

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

    /// After every step.
    pub fn step(&mut self, step: &Step) {
        self.enter(step.phase, step.epoch);
        if self.grain == 0 {
            self.grain = step.steps.div_ceil(PARTS);
        }
        let before = (step.epoch - 1) as f64;
        let loss: f64 = step.loss.iter().map(|(_, value)| value).sum();
        self.epoch = before + step.step as f64 / step.steps as f64;
        self.sums.0 += before + (step.step as f64 - 0.5) / step.steps as f64;
        self.sums.1 += loss;
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

    /// After every epoch.
    pub fn epoch(&mut self, epoch: &Epoch) {
        self.epoch = epoch.epoch as f64;
        if let Some(held_out) = &epoch.held_out {
            self.held_out.push((self.epoch, held_out.reconstruction));
            self.error_per_row = Some(held_out.error_per_row);
        }
    }

    /// What is shown after a step in so much room; nothing where it is too
    /// little.
    pub fn frame(&self, step: &Step, pace: &Pace, room: (usize, usize)) -> Vec<String> {
        if !fits(room) {
            return Vec::new();
        }
        let mut numbers = flow(&self.numbers(step, pace), room.0);
        numbers.truncate(ROWS_OF_NUMBERS);
        let others = numbers.len() + 1;
        // Lines that stay are to be seen above.
        let rows = (room.1 * 3 / 4).max(LEAST.1 - 3) - others;
        let mut lines = self.curve(self.end(step.epochs), room.0, rows.min(ROWS));
        lines.extend(numbers);
        lines.push(bar(pace, room.0));
        lines
    }

    /// What stays: the curve alone.
    pub fn summary(&self, room: (usize, usize)) -> Vec<String> {
        if !fits(room) || self.points.len() < 2 {
            return Vec::new();
        }
        let mut lines = self.curve(self.epoch, room.0, ROWS_AT_THE_END);
        if let (Some(layer), Some(legend)) = (self.phase, lines.first_mut()) {
            *legend = fitting(format!("{legend}  layer {layer}"), room.0);
        }
        lines
    }

    fn curve(&self, end: f64, width: usize, rows: usize) -> Vec<String> {
        let epochs = (self.began as f64, end);
        let lines = curve(&self.points, &self.held_out, epochs, width, rows);
        lines.iter().map(|line| coloured(line)).collect()
    }

    /// Where the axis ends: at an epoch that is passed seldom, so that the
    /// curve seldom shrinks.
    fn end(&self, epochs: usize) -> f64 {
        let began = self.began as f64;
        let mut ends = (0..).flat_map(|power| [5.0, 10.0, 20.0].map(|n| n * 10f64.powi(power)));
        let end = ends.find(|end| began + end >= self.epoch);
        (began + end.unwrap_or(f64::INFINITY)).min(epochs as f64)
    }

    fn numbers(&self, step: &Step, pace: &Pace) -> Vec<String> {
        let mut numbers = vec![format!("epoch {}/{}", step.epoch, step.epochs)];
        numbers.extend(step.phase.map(|layer| format!("layer {layer}")));
        let total: f64 = step.loss.iter().map(|(_, value)| value).sum();
        if step.loss.len() > 1 {
            numbers.push(format!("loss {}", short(total)));
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

fn fits(room: (usize, usize)) -> bool {
    // The cursor's own column and row are not in the room.
    room.0 + 1 >= LEAST.0 && room.1 + 1 >= LEAST.1
}

/// A bar over all steps with the time gone and left.
fn bar(pace: &Pace, width: usize) -> String {
    let (gone, left) = (duration(pace.gone), duration(pace.left));
    let percent = (100.0 * pace.done).floor();
    let text = format!("{percent:>3} %  {gone} gone  {left} left");
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
    };

    /// A view of some epochs.
    fn seen(epochs: usize) -> View {
        let mut view = View::new(&[]);
        for epoch in 1..=epochs {
            (1..=64).for_each(|at| view.step(&step(None, epoch, at)));
        }
        view
    }

    #[test]
    fn a_point_is_the_mean_of_a_part_of_an_epoch() {
        let view = seen(2);
        assert_eq!(view.points.len(), 2 * PARTS);
        assert_eq!(view.points[0], (1.0 / 64.0, 9.0));
        // However many epochs there are.
        let long = seen(40);
        assert!((POINTS / 2..POINTS).contains(&long.points.len()));
        let last = long.points.last().unwrap();
        assert!(last.0 > 39.8 && last.1 == 9.0, "{last:?}");
    }

    #[test]
    fn another_layer_starts_anew() {
        let mut view = seen(3);
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
        let view = seen(2);
        let step = step(None, 3, 1);
        let frame = view.frame(&step, &PACE, (99, 29));
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
                assert_eq!(frame.is_empty(), !room, "{columns} x {rows}");
                let summary = view.summary((columns, rows));
                assert_eq!(summary.is_empty(), !room, "{columns} x {rows}");
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

//! Lays out a drawing with axes, which one template then draws.

use super::text::{fixed, number, px, short};

/// The largest number on an axis.
const FARTHEST: f64 = 1e300;

/// The parts of a drawing, in drawing order; coordinates are ready to print.
#[derive(Default)]
pub(super) struct Chart {
    /// Text for screen readers.
    pub label: String,
    pub width: u32,
    pub height: u32,
    pub grid: Vec<Line>,
    pub rects: Vec<Rect>,
    pub paths: Vec<Path>,
    pub dots: Vec<Dot>,
    pub texts: Vec<Text>,
}

/// A straight line.
pub(super) struct Line {
    pub class: &'static str,
    pub x1: String,
    pub y1: String,
    pub x2: String,
    pub y2: String,
}

/// A box, with a tooltip.
pub(super) struct Rect {
    pub class: &'static str,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    /// Opacity from 0 to 1; empty if the class sets it.
    pub opacity: String,
    pub title: String,
}

/// A path in SVG syntax.
pub(super) struct Path {
    pub class: String,
    pub d: String,
}

/// A small disc, with a tooltip.
pub(super) struct Dot {
    pub class: String,
    pub x: String,
    pub y: String,
    pub radius: &'static str,
    /// The row that the dot stands for, among those a page can show.
    pub point: Option<usize>,
    pub title: String,
}

/// A text; `class` sets its anchor.
pub(super) struct Text {
    pub class: String,
    pub x: String,
    pub y: String,
    pub text: String,
}

/// A mapping of values to places along one side of a drawing.
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
}

impl Axis {
    /// Creates an axis over `low..=high` between the pixels `from` and `to`.
    /// With `log`, equal factors are equal distances; for positive values only.
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64), log: bool) -> Self {
        // Beyond these ends there are no ticks to count.
        let [low, high] = [low, high].map(|end| match end.is_nan() {
            true => 0.0,
            false => end.clamp(-FARTHEST, FARTHEST),
        });
        let log = log && low > 0.0;
        // A single value lies in the middle.
        let (low, high) = match () {
            () if low < high => (low, high),
            () if low == 0.0 => (-1.0, 1.0),
            () => (low - 0.1 * low.abs(), low + 0.1 * low.abs()),
        };
        Axis {
            low,
            high,
            from,
            to,
            log,
        }
    }

    /// Returns whether a value lies between the ends.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Returns the value between the ends that is nearest to another.
    pub fn nearest(&self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }

    /// Returns a value's place.
    pub fn at(&self, value: f64) -> f64 {
        let share = match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        self.from + share * (self.to - self.from)
    }

    /// Returns about `most` round values on the axis, with their texts.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if self.log {
            let ticks = self.powers();
            // Less than two decades hold only a few powers.
            if ticks.len() >= 3 {
                return ticks.into_iter().map(|t| (t, short(t))).collect();
            }
        }
        let rough = (self.high - self.low) / most.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(10.0 * power);
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let first = (self.low / step - 1e-6).ceil() as i64;
        let last = (self.high / step + 1e-6).floor() as i64;
        (first..=last)
            .map(|tick| tick as f64 * step)
            .map(|value| match self.high.abs() >= 1e7 || step < 1e-6 {
                true => (value, number(value)),
                false => (value, fixed(value, decimals)),
            })
            .collect()
    }

    /// Returns 1, 2 and 5 times powers of ten, or only the powers if there are
    /// many.
    fn powers(&self) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let within = |factors: &[f64]| -> Vec<f64> {
            decades
                .clone()
                .flat_map(|power| factors.iter().map(move |f| f * 10f64.powi(power)))
                .filter(|t| (self.low * 0.9999..=self.high * 1.0001).contains(t))
                .collect()
        };
        match decades.clone().count() > 4 {
            true => within(&[1.0]),
            false => within(&[1.0, 2.0, 5.0]),
        }
    }
}

/// Returns at most `most` items, evenly spaced, with the first and the last.
pub(super) fn thinned<T: Clone>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    (0..most)
        .map(|at| items[at * (items.len() - 1) / (most - 1)].clone())
        .collect()
}

/// The box of a drawing inside its axes, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Chart {
    /// Creates an empty drawing.
    pub fn new(label: impl Into<String>, width: u32, height: u32) -> Self {
        Chart {
            label: label.into(),
            width,
            height,
            ..Chart::default()
        }
    }

    /// Draws lines across the frame at the ticks of a vertical axis, with texts
    /// that end in `unit`.
    pub fn rule(&mut self, frame: Frame, axis: &Axis, most: usize, unit: &str) {
        for (value, text) in axis.ticks(most) {
            let y = axis.at(value);
            self.line("grid", (frame.left, y), (frame.right, y));
            self.text("tick end", frame.left - 8.0, y + 4.0, text + unit);
        }
    }

    /// Writes texts below the frame at the ticks of a horizontal axis, and its
    /// name.
    pub fn scale(&mut self, frame: Frame, axis: &Axis, most: usize, name: &str) {
        self.line(
            "axis",
            (frame.left, frame.bottom),
            (frame.right, frame.bottom),
        );
        for (value, text) in axis.ticks(most) {
            self.text("tick mid", axis.at(value), frame.bottom + 18.0, text);
        }
        self.text(
            "name mid",
            (frame.left + frame.right) / 2.0,
            frame.bottom + 37.0,
            name,
        );
    }

    pub fn line(&mut self, class: &'static str, from: (f64, f64), to: (f64, f64)) {
        self.grid.push(Line {
            class,
            x1: px(from.0),
            y1: px(from.1),
            x2: px(to.0),
            y2: px(to.1),
        });
    }

    pub fn text(&mut self, class: impl Into<String>, x: f64, y: f64, text: impl Into<String>) {
        self.texts.push(Text {
            class: class.into(),
            x: px(x),
            y: px(y),
            text: text.into(),
        });
    }

    pub fn rect(&mut self, class: &'static str, from: (f64, f64), to: (f64, f64), title: String) {
        self.rects.push(Rect {
            class,
            x: px(from.0),
            y: px(from.1),
            width: px(to.0 - from.0),
            height: px(to.1 - from.1),
            opacity: String::new(),
            title,
        });
    }

    /// Draws a square, more orange or blue with a share closer to 1 or -1.
    pub fn heat(&mut self, from: (f64, f64), to: (f64, f64), share: f64, title: String) {
        self.rect(if share > 0.0 { "above" } else { "below" }, from, to, title);
        if let Some(rect) = self.rects.last_mut() {
            rect.opacity = format!("{:.2}", share.abs());
        }
    }

    /// Draws a line through points.
    pub fn path(&mut self, class: impl Into<String>, points: &[(f64, f64)]) {
        let mut d = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            d.push(if at == 0 { 'M' } else { 'L' });
            d.push_str(&format!("{} {}", px(*x), px(*y)));
        }
        self.paths.push(Path {
            class: class.into(),
            d,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<String> {
        axis.ticks(5).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_within() {
        let axis = Axis::new((0.3, 10.2), (0.0, 100.0), false);
        assert_eq!(texts(&axis), ["2", "4", "6", "8", "10"]);
        let axis = Axis::new((0.0, 0.05), (0.0, 100.0), false);
        assert_eq!(texts(&axis)[1], "0.01");
        let axis = Axis::new((0.1, 30.0), (0.0, 100.0), true);
        assert_eq!(
            texts(&axis),
            ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20"]
        );
    }

    #[test]
    fn places_are_in_proportion_and_one_value_is_in_the_middle() {
        let axis = Axis::new((0.0, 10.0), (100.0, 0.0), false);
        assert_eq!(axis.at(2.5), 75.0);
        let axis = Axis::new((1.0, 100.0), (0.0, 10.0), true);
        assert!((axis.at(10.0) - 5.0).abs() < 1e-9);
        let axis = Axis::new((7.0, 7.0), (0.0, 10.0), false);
        assert!((axis.at(7.0) - 5.0).abs() < 1e-9);
        let axis = Axis::new((0.0, 0.0), (0.0, 10.0), false);
        assert_eq!(axis.at(0.0), 5.0);
    }

    #[test]
    fn an_axis_without_finite_ends_has_few_ticks() {
        let ends = [f64::NEG_INFINITY, 0.0, 1e-320, 1.0, f64::INFINITY, f64::NAN];
        for low in ends {
            for high in ends {
                for log in [false, true] {
                    let axis = Axis::new((low, high), (0.0, 100.0), log);
                    let ticks = axis.ticks(5).len();
                    assert!(ticks < 1000, "{low}..{high}: {ticks}");
                    axis.nearest(1.0);
                }
            }
        }
    }
}

//! Draws two lines over the epochs, in characters.

use crate::output::short;

/// A pair of an epoch and a value.
pub type Point = (f64, f64);

/// Values that differ by more than this factor are drawn on a logarithmic
/// scale.
const LOG_FROM: f64 = 30.0;
/// The smallest drawing, in columns and rows: a legend, three rows, the axis and
/// its numbers.
const LEAST: (usize, usize) = (24, 6);
/// The dots of a braille character by column and row, as Unicode numbers them.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
/// A point of the second line, and the way between two.
pub const MARK: char = '*';
pub const BETWEEN: char = '·';

/// Draws the training loss as a line of dots and the held-out one as marks,
/// over the epochs from one to another, in at most `width` columns and exactly
/// `height` rows. Returns no lines if that is too small, or if there is nothing
/// to draw.
pub fn curve(
    loss: &[Point],
    held_out: &[Point],
    epochs: (f64, f64),
    width: usize,
    height: usize,
) -> Vec<String> {
    let values = || loss.iter().chain(held_out).map(|&(_, value)| value);
    let values = || values().filter(|value| value.is_finite());
    if width < LEAST.0 || height < LEAST.1 || values().next().is_none() {
        return Vec::new();
    }
    let scale = Scale::of(values());
    let rows = height - 3;
    let labels = labels(&scale, rows);
    let gutter = labels.iter().flatten().map(String::len).max().unwrap_or(0);
    let gutter = gutter.max("epoch".len());
    let mut canvas = Canvas::new(width - gutter - 2, rows, scale, epochs);
    canvas.dots(loss);
    canvas.marks(held_out);

    let mut lines = vec![legend(held_out.is_empty(), canvas.scale.log)];
    for (label, row) in labels.iter().zip(&canvas.cells) {
        let row: String = row.iter().collect();
        let (label, edge) = match label {
            Some(label) => (label.as_str(), '┤'),
            None => ("", '│'),
        };
        lines.push(format!("{label:>gutter$} {edge}{}", row.trim_end()));
    }
    let (axis, numbers) = canvas.axis();
    lines.push(format!("{:gutter$} └{axis}", ""));
    lines.push(format!("{:>gutter$}  {numbers}", "epoch"));
    lines
        .iter()
        .map(|line| line.chars().take(width).collect())
        .collect()
}

fn legend(alone: bool, log: bool) -> String {
    let scale = if log { "log scale: " } else { "" };
    if alone {
        format!("{scale}⠒⠒ loss")
    } else {
        format!("{scale}⠒⠒ loss  {MARK} held-out reconstruction")
    }
}

/// Maps values to heights between 0 and 1.
struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        let log = low > 0.0 && high / low > LOG_FROM;
        if low == high {
            // A single value is drawn in the middle.
            let around = if low == 0.0 { 1.0 } else { low.abs() / 10.0 };
            (low, high) = (low - around, high + around);
        }
        if log {
            (low, high) = (low.ln(), high.ln());
        }
        Scale { low, high, log }
    }

    fn height(&self, value: f64) -> f64 {
        let value = if self.log { value.ln() } else { value };
        (value - self.low) / (self.high - self.low)
    }

    fn value(&self, height: f64) -> f64 {
        let value = self.low + height * (self.high - self.low);
        if self.log { value.exp() } else { value }
    }
}

/// Returns the values of some of the rows, the first and the last among them.
fn labels(scale: &Scale, rows: usize) -> Vec<Option<String>> {
    let parts = ((rows - 1) / 3).clamp(1, 4);
    let mut labels = vec![None; rows];
    for part in 0..=parts {
        let row = (part * (rows - 1) + parts / 2) / parts;
        let height = 1.0 - row as f64 / (rows - 1) as f64;
        labels[row] = Some(short(scale.value(height)));
    }
    labels
}

struct Canvas {
    cells: Vec<Vec<char>>,
    scale: Scale,
    epochs: (f64, f64),
}

impl Canvas {
    fn new(columns: usize, rows: usize, scale: Scale, epochs: (f64, f64)) -> Self {
        Canvas {
            cells: vec![vec![' '; columns]; rows],
            scale,
            epochs,
        }
    }

    /// Returns the place of a point among `columns` and `rows`.
    fn place(&self, (epoch, value): Point, columns: usize, rows: usize) -> (usize, usize) {
        let (from, to) = self.epochs;
        let along = ((epoch - from) / (to - from)).clamp(0.0, 1.0);
        let down = (1.0 - self.scale.height(value)).clamp(0.0, 1.0);
        let at = |share: f64, places: usize| (share * (places - 1) as f64).round() as usize;
        (at(along, columns), at(down, rows))
    }

    /// Returns the places of all points with finite numbers.
    fn places(&self, points: &[Point], columns: usize, rows: usize) -> Vec<(usize, usize)> {
        let known = points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
        known.map(|&p| self.place(p, columns, rows)).collect()
    }

    /// Draws a line in braille, of eight dots a cell.
    fn dots(&mut self, points: &[Point]) {
        let (columns, rows) = (self.cells[0].len() * 2, self.cells.len() * 4);
        let places = self.places(points, columns, rows);
        for (x, y) in line(&places) {
            let cell = &mut self.cells[y / 4][x / 2];
            let dots = (*cell as u32).saturating_sub(0x2800) | u32::from(DOTS[x % 2][y % 4]);
            *cell = char::from_u32(0x2800 + dots).expect("all of 256 are characters");
        }
    }

    /// Draws a mark for each point, and small ones between two points where the
    /// cell is free.
    fn marks(&mut self, points: &[Point]) {
        let places = self.places(points, self.cells[0].len(), self.cells.len());
        for (x, y) in line(&places) {
            if self.cells[y][x] == ' ' {
                self.cells[y][x] = BETWEEN;
            }
        }
        for (x, y) in places {
            self.cells[y][x] = MARK;
        }
    }

    /// Returns the lower edge with ticks at whole epochs, and their numbers.
    fn axis(&self) -> (String, String) {
        let columns = self.cells[0].len();
        let (from, to) = self.epochs;
        let room = format!("{}", to.floor()).len() + 3;
        let steps = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|first| first * 10f64.powi(power)));
        let fits = |step: &f64| step / (to - from) * columns as f64 >= room as f64;
        let step = steps.take(60).find(fits).unwrap_or(f64::INFINITY);
        let mut axis = vec!['─'; columns];
        let mut numbers = String::new();
        let mut epoch = (from / step).ceil() * step;
        while epoch <= to {
            let (at, _) = self.place((epoch, self.scale.value(0.0)), columns, 1);
            axis[at] = '┬';
            let number = format!("{epoch}");
            let left = at.saturating_sub(number.len() / 2);
            let left = left.min(columns.saturating_sub(number.len()));
            numbers += &" ".repeat(left.saturating_sub(numbers.len()));
            numbers += &number;
            epoch += step;
        }
        (axis.into_iter().collect(), numbers)
    }
}

/// Returns every place on the straight ways from each place to the next.
fn line(places: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut all: Vec<(usize, usize)> = places.first().copied().into_iter().collect();
    for pair in places.windows(2) {
        let [(x, y), (to_x, to_y)] = [pair[0], pair[1]];
        let steps = x.abs_diff(to_x).max(y.abs_diff(to_y));
        let between = |from: usize, to: usize, step: usize| {
            let share = step as f64 / steps as f64;
            (from as f64 + (to as f64 - from as f64) * share).round() as usize
        };
        all.extend((1..=steps).map(|step| (between(x, to_x, step), between(y, to_y, step))));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws some points at the smallest size.
    fn small(loss: &[Point], held_out: &[Point], end: f64) -> Vec<String> {
        curve(loss, held_out, (0.0, end), 24, 6)
    }

    #[test]
    fn a_falling_line_is_a_diagonal() {
        let expected = [
            "⠒⠒ loss",
            "3.000 ┤⠉⠒⠢⠤⣀⡀",
            "      │     ⠈⠉⠒⠢⠤⣀⡀",
            "1.000 ┤           ⠈⠉⠒⠢⠤⣀",
            "      └┬───────┬───────┬",
            "epoch  0       1       2",
        ];
        assert_eq!(small(&[(0.0, 3.0), (2.0, 1.0)], &[], 2.0), expected);
        // Values that are not finite are skipped.
        let holes = [
            (0.0, 3.0),
            (0.5, f64::NAN),
            (1.0, f64::INFINITY),
            (2.0, 1.0),
        ];
        assert_eq!(small(&holes, &[], 2.0), expected);
    }

    #[test]
    fn one_point_is_a_dot_and_one_value_a_line_in_the_middle() {
        let point = [
            "⠒⠒ loss",
            " 1.100 ┤",
            "       │        ⠄",
            "0.9000 ┤",
            "       └┬──────────────┬",
            " epoch  0              1",
        ];
        assert_eq!(small(&[(0.5, 1.0)], &[], 1.0), point);
        let line = [
            "⠒⠒ loss",
            " 1.000 ┤",
            "       │⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤",
            "-1.000 ┤",
            "       └┬──────────────┬",
            " epoch  0              1",
        ];
        assert_eq!(small(&[(0.0, 0.0), (1.0, 0.0)], &[], 1.0), line);
    }

    #[test]
    fn the_held_out_line_is_told_apart_by_its_characters() {
        let drawn = small(&[(0.0, 3.0), (2.0, 3.0)], &[(1.0, 2.0), (2.0, 1.0)], 2.0);
        let expected = [
            "⠒⠒ loss  * held-out reco",
            "3.000 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉",
            "      │        *···",
            "1.000 ┤            ····*",
            "      └┬───────┬───────┬",
            "epoch  0       1       2",
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn values_far_apart_are_drawn_by_their_logarithms() {
        let drawn = small(&[(0.0, 100.0), (1.0, 10.0), (2.0, 1.0)], &[], 2.0);
        let expected = [
            "log scale: ⠒⠒ loss",
            "100.0 ┤⠉⠒⠢⠤⣀",
            "      │     ⠉⠑⠒⠤⢄⣀",
            "1.000 ┤           ⠉⠑⠒⠢⠤⣀",
            "      └┬───────┬───────┬",
            "epoch  0       1       2",
        ];
        assert_eq!(drawn, expected);
        let near = small(&[(0.0, 30.0), (2.0, 1.0)], &[], 2.0);
        assert_eq!(near[0], "⠒⠒ loss");
        // Negative values have no logarithm.
        let negative = small(&[(0.0, 100.0), (2.0, -1.0)], &[], 2.0);
        assert_eq!(negative[0], "⠒⠒ loss");
    }

    #[test]
    fn it_is_as_high_as_asked_and_never_wider() {
        let loss: Vec<Point> = (0..500)
            .map(|i| (f64::from(i), 1e6 / f64::from(i + 1)))
            .collect();
        let held_out: Vec<Point> = loss.iter().map(|&(x, y)| (x + 1.0, -y)).collect();
        for width in 0..130 {
            for height in 0..30 {
                let drawn = curve(&loss, &held_out, (0.0, 500.0), width, height);
                let small = width < LEAST.0 || height < LEAST.1;
                assert_eq!(drawn.len(), if small { 0 } else { height });
                assert!(drawn.iter().all(|line| line.chars().count() <= width));
            }
        }
        assert!(small(&[], &[], 1.0).is_empty());
        assert!(small(&[(1.0, f64::NAN)], &[], 1.0).is_empty());
    }
}

//! Draws small charts of named numbers: signed bars, lines and heat maps.

use super::chart::{Axis, Chart, Frame};
use super::text::{clipped, number, short};

/// Number of letters shown of a name.
const NAME: usize = 22;

/// Draws bars to the left and right of 0 for named numbers; a bar of `scale`
/// fills its side.
pub(super) fn signed(label: &str, bars: &[(String, f64)], scale: f64) -> Chart {
    let height = 12.0 + 19.0 * bars.len() as f64;
    let mut chart = Chart::new(label, 300, height as u32);
    let (middle, reach) = (205.0, 85.0);
    chart.line("axis", (middle, 4.0), (middle, height - 6.0));
    for (at, (name, value)) in bars.iter().enumerate() {
        let top = 8.0 + 19.0 * at as f64;
        let share = if scale > 0.0 {
            (value / scale).clamp(-1.0, 1.0)
        } else {
            0.0
        };
        let end = middle + reach * share;
        let class = if share > 0.0 { "above" } else { "below" };
        let (from, to) = (middle.min(end), middle.max(end));
        chart.rect(
            class,
            (from, top),
            (to, top + 13.0),
            format!("{name}: {}", number(*value)),
        );
        chart.text("end", middle - reach - 8.0, top + 10.5, clipped(name, NAME));
    }
    chart
}

/// Draws bars from 0 to 1 in groups: for each name one bar of each series.
pub(super) fn shares(label: &str, groups: &[(String, Vec<(&'static str, f64)>)]) -> Chart {
    let bars: usize = groups.iter().map(|(_, bars)| bars.len()).sum();
    let height = 24.0 + 22.0 * bars as f64 + 14.0 * groups.len() as f64 + 24.0;
    let mut chart = Chart::new(label, 640, height as u32);
    let frame = Frame {
        left: 150.0,
        right: 590.0,
        top: 8.0,
        bottom: height - 40.0,
    };
    let x = Axis::new((0.0, 1.0), (frame.left, frame.right), false);
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = x.at(share);
        chart.line("grid", (at, frame.top), (at, frame.bottom));
        chart.text(
            "tick mid",
            at,
            frame.bottom + 18.0,
            format!("{:.0} %", 100.0 * share),
        );
    }
    let mut top = frame.top + 8.0;
    for (name, bars) in groups {
        let middle = top + 11.0 * bars.len() as f64;
        chart.text("end", frame.left - 12.0, middle + 3.0, clipped(name, NAME));
        for (class, share) in bars {
            chart.rect(
                class,
                (frame.left, top),
                (x.at(*share), top + 18.0),
                format!("{name}: {:.2} %", 100.0 * share),
            );
            let text = format!("{:.1} %", 100.0 * share);
            chart.text("tick", x.at(*share) + 6.0, top + 13.0, text);
            top += 22.0;
        }
        top += 14.0;
    }
    chart
}

/// Draws lines of named series over common places, each named at its end.
pub(super) fn lines(label: &str, x_name: &str, at: &[f32], series: &[(String, &[f32])]) -> Chart {
    let mut chart = Chart::new(label, 320, 210);
    let frame = Frame {
        left: 44.0,
        right: 214.0,
        top: 12.0,
        bottom: 164.0,
    };
    let ends = |values: &mut dyn Iterator<Item = f32>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(f64::from(v)), high.max(f64::from(v)))
        })
    };
    let x = Axis::new(
        ends(&mut at.iter().copied()),
        (frame.left, frame.right),
        false,
    );
    let all = series.iter().flat_map(|(_, values)| values.iter().copied());
    let y = Axis::new(ends(&mut { all }), (frame.bottom, frame.top), false);
    chart.rule(frame, &y, 4, "");
    chart.scale(frame, &x, 4, x_name);
    // Names are at least a line's height apart, in the order of the ends.
    let end = |(_, values): &(String, &[f32])| y.at(f64::from(*values.last().unwrap_or(&0.0)));
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|&a, &b| end(&series[a]).total_cmp(&end(&series[b])));
    let mut next = frame.top + 2.0;
    for (place, at_series) in order.into_iter().enumerate() {
        let left = (series.len() - place - 1) as f64;
        let place = end(&series[at_series])
            .max(next)
            .min(frame.bottom + 4.0 - 13.0 * left);
        next = place + 13.0;
        chart.text(
            format!("key c{at_series}"),
            frame.right + 8.0,
            place + 3.5,
            clipped(&series[at_series].0, 14),
        );
    }
    for (place, (_, values)) in series.iter().enumerate() {
        let points: Vec<(f64, f64)> = at
            .iter()
            .zip(*values)
            .map(|(&at, &value)| (x.at(at.into()), y.at(value.into())))
            .collect();
        chart.path(format!("curve c{place}"), &points);
    }
    chart
}

/// Draws squares `[down, across]` from blue through clear to orange, up to
/// `scale`; `numbers` stand at the left and below if there is room.
pub(super) fn heat(
    label: &str,
    values: &[f32],
    across: usize,
    scale: f32,
    numbers: &[usize],
    title: impl Fn(usize, usize, f32) -> String,
) -> Chart {
    let down = values.len() / across.max(1);
    let side = (300.0 / across.max(down) as f64).min(34.0);
    let named = !numbers.is_empty() && side >= 11.0;
    let edge = if named { 26.0 } else { 1.0 };
    let (width, height) = (side * across as f64, side * down as f64);
    let size = |length: f64| (length + edge).ceil() as u32 + 2;
    let mut chart = Chart::new(label, size(width).max(120), size(height));
    for (at, &value) in values.iter().enumerate() {
        let (row, column) = (at / across, at % across);
        let share = if scale > 0.0 {
            (value / scale).clamp(-1.0, 1.0)
        } else {
            0.0
        };
        let (left, top) = (edge + side * column as f64, 1.0 + side * row as f64);
        chart.heat(
            (left, top),
            (left + side, top + side),
            share.into(),
            title(row, column, value),
        );
    }
    for (at, number) in numbers.iter().enumerate().filter(|_| named) {
        let middle = side * (at as f64 + 0.5);
        let size = if side < 18.0 { "tiny" } else { "tick" };
        let number = number.to_string();
        chart.text(
            format!("{size} end"),
            edge - 5.0,
            middle + 4.5,
            number.clone(),
        );
        chart.text(format!("{size} mid"), edge + middle, height + 15.0, number);
    }
    chart
}

/// Draws a histogram of one series between its ends.
pub(super) fn histogram(label: &str, edges: &[f32], rows: &[usize]) -> Chart {
    let mut chart = Chart::new(label, 200, 92);
    let (left, right, bottom) = (4.0, 196.0, 70.0);
    let most = rows.iter().copied().max().unwrap_or(1).max(1) as f64;
    let step = (right - left) / rows.len().max(1) as f64;
    for (at, &count) in rows.iter().enumerate().filter(|(_, count)| **count > 0) {
        let x = left + step * at as f64;
        let height = (62.0 * count as f64 / most).max(1.0);
        chart.rect(
            "bar",
            (x + 0.5, bottom - height),
            (x + step - 0.5, bottom),
            format!(
                "{} to {}: {count} rows",
                short(edges[at].into()),
                short(edges[at + 1].into())
            ),
        );
    }
    chart.line("axis", (left, bottom), (right, bottom));
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
        return chart;
    };
    chart.text("tick", left, bottom + 15.0, rounded(*first));
    chart.text("tick end", right, bottom + 15.0, rounded(*last));
    if *first < 0.0 && *last > 0.0 {
        let x = Axis::new((f64::from(*first), f64::from(*last)), (left, right), false);
        let zero = x.at(0.0);
        chart.line("mark", (zero, 6.0), (zero, bottom));
        if (left + 34.0..right - 34.0).contains(&zero) {
            chart.text("tick mid", zero, bottom + 15.0, "0");
        }
    }
    chart
}

/// Formats a number with three significant digits, enough next to a picture.
pub(super) fn rounded(value: f32) -> String {
    let value = f64::from(value);
    if value == 0.0 {
        return "0".into();
    }
    let power = 10f64.powi(2 - value.abs().log10().floor() as i32);
    match power.is_finite() && power > 0.0 {
        true => short((value * power).round() / power),
        false => short(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_bars_reach_to_their_side_in_proportion() {
        let bars = [("a".to_string(), 2.0), ("b".to_string(), -1.0)];
        let chart = signed("", &bars, 2.0);
        let widths: Vec<&str> = chart.rects.iter().map(|r| r.width.as_str()).collect();
        assert_eq!(widths, ["85", "42.5"]);
        assert_eq!(
            (chart.rects[0].class, chart.rects[1].class),
            ("above", "below")
        );
        assert_eq!(chart.rects[0].x, "205");
    }

    #[test]
    fn the_highest_bin_fills_the_height() {
        let chart = histogram("", &[0.0, 1.0, 2.0, 3.0], &[5, 0, 10]);
        let heights: Vec<&str> = chart.rects.iter().map(|r| r.height.as_str()).collect();
        assert_eq!(heights, ["31", "62"]);
    }

    #[test]
    fn three_digits_are_kept() {
        assert_eq!(rounded(1.23456), "1.23");
        assert_eq!(rounded(-0.012349), "−0.0123");
        assert_eq!(rounded(123456.0), "123,000");
        assert_eq!(rounded(0.0), "0");
    }
}

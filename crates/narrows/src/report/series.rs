//! Draws scores over time, and windows beside what comes back of them.

use super::chart::{Axis, Chart, Dot, Frame};
use super::section::{Drawing, Key, Panel, Section};
use super::text::{counted, number, px};
use crate::look::{SeriesLook, WorstWindow};

pub(super) fn view(series: &SeriesLook) -> Section {
    let marks = match series.marked_from {
        Some(_) => format!(
            " The line across is where rows are marked: {} of these.",
            counted(series.marked, "row")
        ),
        None => String::new(),
    };
    let mut legend = vec![Key::line("total", "score")];
    if series.marked_from.is_some() {
        legend.push(Key::line("held", "marked from here on"));
    }
    let mut drawings = vec![Drawing::Chart {
        legend,
        chart: over_time(series),
    }];
    if !series.worst.is_empty() {
        drawings.push(Drawing::Heading {
            title: "The most unusual windows".into(),
            says: "Blue is what was found in the column that makes the window most unusual, \
                   orange what comes back of it. Of windows that overlap, the first alone."
                .into(),
        });
        drawings.push(Drawing::Panels(series.worst.iter().map(window).collect()));
    }
    Section {
        id: "series",
        title: "Scores in the order of rows".into(),
        says: format!("How unusual each row is, from the first to the last.{marks}"),
        full: false,
        drawings,
    }
}

fn over_time(series: &SeriesLook) -> Chart {
    let mut chart = Chart::new("Scores in the order of rows", 640, 270);
    let frame = Frame {
        left: 58.0,
        right: 626.0,
        top: 14.0,
        bottom: 224.0,
    };
    let scores = series.points.iter().map(|point| f64::from(point.score));
    let ends = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    };
    let all: Vec<f64> = scores.chain(series.marked_from.map(f64::from)).collect();
    let (low, high) = if all.is_empty() {
        (0.0, 1.0)
    } else {
        ends(&all)
    };
    let first = series.points.first().map_or(1, |point| point.row);
    let last = series.points.last().map_or(1, |point| point.row);
    let x = Axis::new(
        (first as f64, last as f64),
        (frame.left, frame.right),
        false,
    );
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    // Far scores would press all others to the ground.
    let log = low > 0.0 && high / usual > 30.0;
    let y = Axis::new(
        (low.min(if log { low } else { 0.0 }), high),
        (frame.bottom, frame.top),
        log,
    );
    chart.rule(frame, &y, 5, "");
    let times = [series.points.first(), series.points.last()]
        .map(|point| point.and_then(|point| point.time.clone()));
    match times {
        [Some(from), Some(to)] => {
            chart.line(
                "axis",
                (frame.left, frame.bottom),
                (frame.right, frame.bottom),
            );
            chart.text("tick", frame.left, frame.bottom + 18.0, from);
            chart.text("tick end", frame.right, frame.bottom + 18.0, to);
        }
        _ => chart.scale(frame, &x, 6, "row"),
    }
    let places: Vec<(f64, f64)> = series
        .points
        .iter()
        .map(|point| (x.at(point.row as f64), y.at(f64::from(point.score))))
        .collect();
    chart.path("curve total", &places);
    if let Some(from) = series.marked_from {
        let at = y.at(f64::from(from));
        chart.path("curve held", &[(frame.left, at), (frame.right, at)]);
    }
    let is_marked = |score: f32| series.marked_from.is_some_and(|from| score >= from);
    for (point, (at_x, at_y)) in series.points.iter().zip(&places) {
        let name = point
            .time
            .clone()
            .map_or(String::new(), |time| format!(", {time}"));
        chart.dots.push(Dot {
            class: if is_marked(point.score) {
                "held"
            } else {
                "ghost"
            }
            .into(),
            x: px(*at_x),
            y: px(*at_y),
            radius: "2.5",
            point: None,
            title: format!(
                "row {}{name}: score {}",
                point.row,
                number(point.score.into())
            ),
        });
    }
    chart
}

fn window(window: &WorstWindow) -> Panel {
    let mut chart = Chart::new(
        format!("{} from {} on", window.column, window.from),
        320,
        170,
    );
    let frame = Frame {
        left: 58.0,
        right: 306.0,
        top: 14.0,
        bottom: 140.0,
    };
    let found = window.found.iter().flatten().copied();
    let all = found.chain(window.expected.iter().copied()).map(f64::from);
    let all: Vec<f64> = all.filter(|value| value.is_finite()).collect();
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = 0.05 * (high - low);
    let last = window.expected.len().saturating_sub(1).max(1);
    let x = Axis::new((0.0, last as f64), (frame.left, frame.right), false);
    let y = Axis::new((low - room, high + room), (frame.bottom, frame.top), false);
    chart.rule(frame, &y, 4, "");
    chart.line(
        "axis",
        (frame.left, frame.bottom),
        (frame.right, frame.bottom),
    );
    chart.text("tick", frame.left, frame.bottom + 18.0, window.from.clone());
    let place = |(at, value): (usize, f32)| (x.at(at as f64), y.at(f64::from(value)));
    let expected: Vec<(f64, f64)> = window
        .expected
        .iter()
        .copied()
        .enumerate()
        .map(place)
        .collect();
    chart.path("curve held", &expected);
    for run in runs(&window.found) {
        let places: Vec<(f64, f64)> = run.into_iter().map(place).collect();
        chart.path("curve total", &places);
    }
    Panel {
        name: window.column.clone(),
        note: format!("up to {}, score {}", window.to, number(window.score.into())),
        chart,
    }
}

/// Cuts values at those that are missing.
fn runs(values: &[Option<f32>]) -> Vec<Vec<(usize, f32)>> {
    let mut runs = vec![Vec::new()];
    for (at, value) in values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((at, *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

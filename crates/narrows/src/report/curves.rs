//! Draws the loss as lines over epochs.

use super::chart::{Axis, Chart, Dot, Frame, thinned};
use super::section::{Drawing, Key, Panel, Section};
use super::text::{count, number, px};
use crate::look::{Curve, Curves, TrainedPart};

/// Largest number of points drawn of one line.
const MOST: usize = 400;
/// From this ratio on, the axis is logarithmic.
const WIDE: f64 = 30.0;

/// Draws the curves; `None` if nothing was trained. `same` tells whether PCA's
/// error is that of the held-out rows themselves.
pub(super) fn view(curves: &Curves, same: bool) -> Option<Section> {
    let (&(_, first), &(epochs, last)) =
        (curves.total.points.first()?, curves.total.points.last()?);
    let mut lines: Vec<(&'static str, String, &Curve)> =
        vec![("total", "training loss".into(), &curves.total)];
    let several = curves.terms.len() > 1;
    let reconstruction = curves.terms.iter().find(|t| t.name == "reconstruction");
    if several {
        lines.extend(reconstruction.map(|t| ("term", "its reconstruction term".into(), t)));
    }
    if !curves.held_out.points.is_empty() {
        lines.push((
            "held",
            "reconstruction of held-out rows".into(),
            &curves.held_out,
        ));
    }
    let mut says = match epochs {
        1 => format!("After one epoch the training loss was {}.", number(last)),
        _ => format!(
            "Over {} epochs the training loss went from {} to {}.",
            count(epochs),
            number(first),
            number(last)
        ),
    };
    if !curves.parts.is_empty() {
        says = said_of_parts(curves);
    }
    if let Some((_, held_out)) = curves.held_out.points.last() {
        says += &format!(
            " The held-out rows, which training never saw, ended at {}: a gap that widens would mean rows learnt by heart.",
            number(*held_out)
        );
        let best = curves.best_epoch.filter(|best| *best != epochs);
        let kept = best.and_then(|best| curves.held_out.points.iter().find(|p| p.0 == best));
        if let Some((best, error)) = kept {
            says += &format!(
                " The weights kept are those of epoch {}, where it was {}.",
                count(*best),
                number(*error)
            );
        }
    }
    let legend = lines
        .iter()
        .map(|(class, name, _)| Key::line(class, name.clone()))
        .collect();
    let mut drawings = vec![Drawing::Chart {
        legend,
        chart: drawn("Loss by epoch", &lines, curves, 640, 300),
    }];
    drawings.extend(error(curves, same));
    let others = panels(curves, several);
    if !others.is_empty() {
        drawings.push(Drawing::Panels(others));
    }
    Some(Section {
        id: "curves",
        title: "Training".into(),
        says,
        full: false,
        drawings,
    })
}

/// Draws the held-out rows' error, with PCA's as the line to beat.
fn error(curves: &Curves, same: bool) -> Vec<Drawing> {
    let points = &curves.held_out_error.points;
    let kept = curves
        .best_epoch
        .and_then(|best| points.iter().find(|p| p.0 == best));
    let (Some(&(_, last)), Some(pca)) = (kept.or(points.last()), curves.pca_error) else {
        return Vec::new();
    };
    let first = curves.held_out_error.points.first().map_or(1, |p| p.0);
    let end = curves.held_out_error.points.last().map_or(1, |p| p.0);
    let line = Curve {
        name: "PCA".into(),
        points: vec![(first, pca), (end, pca)],
    };
    let end_of_it = match (same, last < pca) {
        (true, true) => "below it",
        (true, false) => "and has not passed it",
        (false, _) => {
            "on the held-out rows, which are others: the line is near only if both are alike"
        }
    };
    let rows = if same {
        "the same rows"
    } else {
        "the rows shown here"
    };
    let says = format!(
        "PCA with the same code size stands at {} on {rows}; the network ended at {}, {end_of_it}.",
        number(pca),
        number(last)
    );
    let lines = [
        ("held", "held-out rows".to_string(), &curves.held_out_error),
        ("pca", "PCA of the same size".to_string(), &line),
    ];
    vec![
        Drawing::Heading {
            title: "Error of held-out rows, and the line to beat".into(),
            says: format!("Squared error summed over features, in scaled units. {says}"),
        },
        Drawing::Chart {
            legend: lines
                .iter()
                .map(|(class, name, _)| Key::line(class, name.clone()))
                .collect(),
            chart: drawn("Error of held-out rows by epoch", &lines, curves, 640, 240),
        },
    ]
}

/// Draws every other term on training and held-out rows, then what controlled
/// the training.
fn panels(curves: &Curves, several: bool) -> Vec<Panel> {
    let panel = |name: &str, note: &str, lines: &[(&'static str, String, &Curve)]| Panel {
        name: name.into(),
        note: note.into(),
        chart: drawn(&format!("{name} by epoch"), lines, curves, 320, 170),
    };
    let terms = curves.terms.iter();
    let terms = terms.filter(|term| several && term.name != "reconstruction");
    let mut panels: Vec<Panel> = terms
        .map(|term| {
            let held_out = curves.held_out_terms.iter().find(|t| t.name == term.name);
            let mut lines = vec![("term", "training".to_string(), term)];
            lines.extend(held_out.map(|t| ("held", "held-out rows".to_string(), t)));
            let note = match held_out {
                Some(_) => "green in training, orange on held-out rows",
                None => "a term of the training loss",
            };
            panel(&term.name, note, &lines)
        })
        .collect();
    for (curve, note) in [
        (&curves.rate, "of each epoch's last step"),
        (
            &curves.gradient_norm,
            "of all weights, in each epoch's last step",
        ),
        (&curves.rows_per_second, "of the training pass alone"),
    ] {
        if !curve.points.is_empty() {
            let lines = [("total", curve.name.clone(), curve)];
            panels.push(panel(&curve.name, note, &lines));
        }
    }
    panels
}

fn drawn(
    label: &str,
    lines: &[(&'static str, String, &Curve)],
    curves: &Curves,
    width: u32,
    height: u32,
) -> Chart {
    let large = height > 260;
    let mut chart = Chart::new(label, width, height);
    let frame = Frame {
        left: 58.0,
        right: f64::from(width) - 14.0,
        top: 14.0,
        bottom: f64::from(height) - 46.0,
    };
    let points = || lines.iter().flat_map(|(_, _, curve)| &curve.points);
    let last = points().map(|p| p.0).max().unwrap_or(1);
    let low = points().map(|p| p.1).fold(f64::INFINITY, f64::min);
    let high = points().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
    // A learning rate that falls to nothing would be all tail.
    let rate = lines.iter().all(|(_, name, _)| name == "learning rate");
    let log = low > 0.0 && high / low > WIDE && !rate;
    let room = if log { 0.0 } else { 0.06 * (high - low) };
    let low = if low >= 0.0 {
        (low - room).max(0.0)
    } else {
        low - room
    };
    let x = Axis::new(
        (1.0, last as f64),
        (frame.left + 8.0, frame.right - 8.0),
        false,
    );
    let y = Axis::new((low, high + room), (frame.bottom, frame.top), log);
    chart.rule(frame, &y, if large { 6 } else { 4 }, "");
    chart.line(
        "axis",
        (frame.left, frame.bottom),
        (frame.right, frame.bottom),
    );
    for (epoch, text) in epoch_ticks(&x, last) {
        chart.text("tick mid", x.at(epoch), frame.bottom + 18.0, text);
    }
    let middle = (frame.left + frame.right) / 2.0;
    let name = if log {
        "epoch (values on a logarithmic scale)"
    } else {
        "epoch"
    };
    chart.text("name mid", middle, frame.bottom + 37.0, name);
    for part in &curves.parts {
        let at = x.at(part.first as f64);
        if part.first > 1 {
            let between = (at + x.at(part.first as f64 - 1.0)) / 2.0;
            chart.line("grid", (between, frame.top), (between, frame.bottom));
        }
        if large {
            chart.text("note", at, frame.top + 24.0, named(part));
        }
    }
    if let Some(best) = curves.best_epoch.filter(|_| large) {
        let at = x.at(best as f64);
        chart.line("mark", (at, frame.top), (at, frame.bottom));
        let (class, by) = if at > middle {
            ("note end", -6.0)
        } else {
            ("note", 6.0)
        };
        chart.text(
            class,
            at + by,
            frame.top + 10.0,
            format!("kept: epoch {}", count(best)),
        );
    }
    for (class, name, curve) in lines {
        let shown = thinned(&curve.points, MOST);
        let places: Vec<(f64, f64)> = shown
            .iter()
            .map(|(epoch, value)| (x.at(*epoch as f64), y.at(*value)))
            .collect();
        for places in apart(&shown, &places, &curves.parts) {
            chart.path(format!("curve {class}"), places);
        }
        // More dots than that hide the line; they only stay for the tooltips.
        let kind = if shown.len() > 40 { "ghost" } else { class };
        for ((epoch, value), (px_x, px_y)) in shown.iter().zip(&places) {
            chart.dots.push(Dot {
                class: kind.into(),
                x: px(*px_x),
                y: px(*px_y),
                radius: "3.5",
                point: None,
                title: format!("epoch {}, {name}: {}", count(*epoch), number(*value)),
            });
        }
    }
    chart
}

/// Describes what was trained when, if layers were trained one by one.
fn said_of_parts(curves: &Curves) -> String {
    let value = |epoch: usize| {
        let mut points = curves.total.points.iter();
        let found = points.find(|point| point.0 == epoch);
        found.map_or("none".into(), |point| number(point.1))
    };
    let each: Vec<String> = curves
        .parts
        .iter()
        .map(|part| {
            format!(
                "{} in epochs {} to {} (training loss {} to {})",
                named(part),
                count(part.first),
                count(part.last),
                value(part.first),
                value(part.last)
            )
        })
        .collect();
    format!(
        "Trained one after the other: {}. A layer's loss is of what that layer was given, so one layer's does not compare with another's.",
        each.join(", ")
    )
}

fn named(part: &TrainedPart) -> String {
    match part.layer {
        Some(layer) => format!("layer {}", count(layer)),
        None => "the whole network".into(),
    }
}

/// Cuts a line's places wherever another part of the network was trained.
fn apart<'p>(
    points: &[(usize, f64)],
    places: &'p [(f64, f64)],
    parts: &[TrainedPart],
) -> Vec<&'p [(f64, f64)]> {
    let mut rest = places;
    let mut from = 0;
    let mut cut = Vec::new();
    for part in parts {
        let to = points.partition_point(|point| point.0 <= part.last);
        let (this, after) = rest.split_at(to - from);
        cut.push(this);
        (rest, from) = (after, to);
    }
    cut.push(rest);
    cut.retain(|places| !places.is_empty());
    cut
}

/// Returns ticks at whole epochs, with the first and last if there is room.
fn epoch_ticks(axis: &Axis, last: usize) -> Vec<(f64, String)> {
    if last <= 10 {
        return (1..=last).map(|e| (e as f64, count(e))).collect();
    }
    let mut ticks = axis.ticks(6);
    ticks.retain(|(epoch, _)| epoch.fract() == 0.0 && *epoch >= 1.0);
    ticks.insert(0, (1.0, "1".into()));
    ticks
}

//! Draws the histogram of row errors.

use super::chart::{Axis, Chart, Frame};
use super::section::{Drawing, Key, Section};
use super::text::{count, counted, number, percent};
use crate::look::ErrorHistogram;

pub(super) fn view(errors: &ErrorHistogram) -> Section {
    let mut chart = Chart::new("Rows by their error", 640, 270);
    let frame = Frame {
        left: 58.0,
        right: 626.0,
        top: 14.0,
        bottom: 224.0,
    };
    let shares = |bins: &[usize]| -> Vec<f64> {
        let all = bins.iter().sum::<usize>().max(1) as f64;
        bins.iter().map(|&n| n as f64 / all).collect()
    };
    let (rows, reference) = (shares(&errors.rows), shares(&errors.reference));
    let most = rows.iter().chain(&reference).copied().fold(0.0, f64::max);
    let ends = (errors.edges[0], errors.edges[errors.edges.len() - 1]);
    let x = Axis::new(ends, (frame.left, frame.right), false);
    let y = Axis::new((0.0, 100.0 * most), (frame.bottom, frame.top), false);
    chart.rule(frame, &y, 5, "\u{202f}%");
    chart.scale(frame, &x, 6, "error of a row");
    let last = errors.rows.len() - 1;
    for (bin, share) in rows.iter().enumerate() {
        let (from, to) = (errors.edges[bin], errors.edges[bin + 1]);
        let range = match errors.beyond > 0 && bin == last {
            true => format!("{} or more", number(from)),
            false => format!("{} to {}", number(from), number(to)),
        };
        let title = format!(
            "error {range}: {} ({})",
            counted(errors.rows[bin], "row"),
            percent(*share)
        );
        chart.rect(
            "bar",
            (x.at(from) + 0.75, y.at(100.0 * share)),
            (x.at(to) - 0.75, frame.bottom),
            title,
        );
    }
    if errors.reference_median.is_some() {
        let mut outline = vec![(frame.left, frame.bottom)];
        for (bin, share) in reference.iter().enumerate() {
            let height = y.at(100.0 * share);
            outline.push((x.at(errors.edges[bin]), height));
            outline.push((x.at(errors.edges[bin + 1]), height));
        }
        outline.push((frame.right, frame.bottom));
        chart.path("curve held", &outline);
    }
    let mut legend = vec![Key::dot("total", "these rows")];
    if errors.reference_median.is_some() {
        legend.push(Key::line("held", reference_name(errors)));
    }
    Section {
        id: "errors",
        title: "Errors of rows".into(),
        says: says(errors),
        full: false,
        drawings: vec![Drawing::Chart { legend, chart }],
    }
}

fn reference_name(errors: &ErrorHistogram) -> &'static str {
    match errors.held_out {
        true => "held-out rows of training",
        false => "training rows",
    }
}

fn says(errors: &ErrorHistogram) -> String {
    let mut says = format!(
        "Half of these rows have an error below {}",
        number(errors.median)
    );
    if let Some(median) = errors.reference_median {
        says += &format!(
            "; for the {} it is {}. Where the bars stand right of the line, these rows are stranger to the model than those it was measured on",
            reference_name(errors),
            number(median)
        );
    }
    if errors.are_reference {
        says += &format!(
            "; these are the {}, among which scores of other rows get their percentile",
            reference_name(errors)
        );
    }
    says += ".";
    says += &match errors.beyond {
        0 => String::new(),
        1 => " One row lies beyond the right end and is counted in the last bar.".into(),
        beyond => format!(
            " {} rows lie beyond the right end and are counted in the last bar.",
            count(beyond)
        ),
    };
    says
}

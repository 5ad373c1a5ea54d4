//! Shows how the units of the code are used.

use super::bars::{heat, histogram, rounded};
use super::chart::{Axis, Chart, Frame, thinned};
use super::section::{Drawing, Panel, Section};
use super::text::{count, number};
use crate::look::{CodeUnits, Correlations, Divergences};

/// Largest number of units drawn one by one.
const UNITS: usize = 160;
/// Largest number of units with room for their numbers.
const NUMBERED: usize = 30;

pub(super) fn view(units: &CodeUnits) -> Section {
    let mut drawings = vec![
        Drawing::Heading {
            title: "How each unit is spread".into(),
            says: histograms_say(units),
        },
        Drawing::Panels(
            units
                .histograms
                .iter()
                .map(|unit| Panel {
                    name: format!("unit {}", count(unit.unit)),
                    note: match unit.zeros {
                        0 => String::new(),
                        zeros => format!(
                            "0 in {:.0} %",
                            100.0 * zeros as f64 / units.rows.max(1) as f64
                        ),
                    },
                    chart: histogram(
                        &format!("Outputs of unit {}", unit.unit),
                        &unit.edges,
                        &unit.rows,
                    ),
                })
                .collect(),
        ),
    ];
    if units.correlations.units.len() > 1 && units.rows > 2 {
        drawings.push(Drawing::Heading {
            title: "How units go together".into(),
            says: correlations_say(&units.correlations, units.units),
        });
        drawings.push(Drawing::Panels(vec![Panel {
            name: String::new(),
            note: String::new(),
            chart: correlations(&units.correlations),
        }]));
    }
    if let Some(found) = &units.divergences {
        drawings.push(Drawing::Heading {
            title: "What each unit carries".into(),
            says: format!(
                "The divergence of each unit's distribution from the prior, in nats a row: {} of {} units are active, with more than 0.01 nats. A unit at 0 is noise that the decoder has learnt to ignore.",
                count(found.active),
                count(found.nats.len())
            ),
        });
        drawings.push(Drawing::Chart {
            legend: Vec::new(),
            chart: divergences(found),
        });
    }
    Section {
        id: "code-units",
        title: "Inside the code".into(),
        says: format!(
            "Over {} rows, evenly spaced; units that vary most come first.",
            count(units.rows)
        ),
        full: true,
        drawings,
    }
}

fn histograms_say(units: &CodeUnits) -> String {
    let which = match units.histograms.len() == units.units {
        true => String::new(),
        false => format!(
            "{} of {} units. ",
            count(units.histograms.len()),
            count(units.units)
        ),
    };
    format!(
        "{which}How many rows have which output, from the smallest to the largest. One high bar means that a unit is used for few rows; two humps, that it tells two kinds apart."
    )
}

fn correlations_say(found: &Correlations, units: usize) -> String {
    let which = match found.units.len() == units {
        true => "all units".into(),
        false => format!("the {} units that vary most", count(found.units.len())),
    };
    format!(
        "Correlation of {which}: orange where two rise together, blue where one falls as the other rises. The mean magnitude off the diagonal is {}; the nearer to 0, the less units say twice.",
        rounded(found.mean_magnitude)
    )
}

fn correlations(found: &Correlations) -> Chart {
    let unit = |at: usize| count(found.units[at]);
    heat(
        "Correlations of units of the code",
        &found.values,
        found.units.len(),
        1.0,
        &found.units,
        |row, column, value| {
            format!(
                "units {} and {}: {}",
                unit(row),
                unit(column),
                rounded(value)
            )
        },
    )
}

fn divergences(found: &Divergences) -> Chart {
    let mut order: Vec<usize> = (0..found.nats.len()).collect();
    order.sort_by(|&a, &b| found.nats[b].total_cmp(&found.nats[a]).then(a.cmp(&b)));
    let shown = thinned(&order, UNITS);
    let values: Vec<(usize, f64)> = shown
        .iter()
        .map(|&unit| (unit, f64::from(found.nats[unit])))
        .collect();
    unit_bars(
        "Divergence of each unit",
        &values,
        &match values.len() == found.nats.len() {
            true => "units, the largest divergence first".to_string(),
            false => format!(
                "{} of {} units, the largest divergence first",
                count(values.len()),
                count(found.nats.len())
            ),
        },
        |unit, value| format!("unit {}: {} nats", count(unit + 1), number(value)),
    )
}

/// Draws a bar for each unit, from 0 up, side by side.
pub(super) fn unit_bars(
    label: &str,
    values: &[(usize, f64)],
    name: &str,
    title: impl Fn(usize, f64) -> String,
) -> Chart {
    let mut chart = Chart::new(label, 640, 190);
    let frame = Frame {
        left: 58.0,
        right: 626.0,
        top: 14.0,
        bottom: 144.0,
    };
    let most = values.iter().map(|v| v.1).fold(0.0, f64::max);
    let y = Axis::new((0.0, most), (frame.bottom, frame.top), false);
    chart.rule(frame, &y, 3, "");
    let step = ((frame.right - frame.left) / values.len().max(1) as f64).min(60.0);
    let gap = (step * 0.15).min(3.0);
    let numbered = values.len() <= NUMBERED;
    for (place, &(unit, value)) in values.iter().enumerate() {
        let left = frame.left + step * place as f64;
        chart.rect(
            "bar",
            (left + gap / 2.0, y.at(value)),
            (left + step - gap / 2.0, frame.bottom),
            title(unit, value),
        );
        if numbered {
            let middle = left + step / 2.0;
            chart.text("tick mid", middle, frame.bottom + 15.0, count(unit + 1));
        }
    }
    chart.line(
        "axis",
        (frame.left, frame.bottom),
        (frame.right, frame.bottom),
    );
    let middle = (frame.left + frame.right) / 2.0;
    chart.text("name mid", middle, frame.bottom + 33.0, name);
    chart
}

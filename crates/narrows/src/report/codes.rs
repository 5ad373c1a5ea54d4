//! The map of the codes, and how much each unit varies.

use std::collections::BTreeMap;

use super::chart::{Axis, Chart, Dot, Frame, thinned};
use super::text::{clipped, count, counted, number, percent, px};
use crate::look::{Axes, Codes};

/// Labels with a colour of their own.
const COLOURS: usize = 10;
/// Letters shown of a label.
const TEXT: usize = 32;
/// Units drawn one by one.
const UNITS: usize = 160;

/// Map and bars.
pub(super) struct CodesView {
    pub map: Chart,
    /// The label column's name, and for each colour its labels.
    pub legend: Option<(String, Vec<(String, String)>)>,
    pub units: Option<Chart>,
    pub says: String,
    pub units_say: String,
}

pub(super) fn view(codes: &Codes) -> CodesView {
    let classes = codes.labels.as_ref().map(|(_, labels)| Classes::of(labels));
    CodesView {
        map: map(codes, classes.as_ref()),
        legend: codes
            .labels
            .as_ref()
            .zip(classes.as_ref())
            .map(|((name, _), classes)| (name.clone(), classes.legend())),
        units: (codes.deviations.len() > 1 && codes.rows.len() > 1).then(|| units(codes)),
        says: says(codes),
        units_say: units_say(codes),
    }
}

/// Which labels have which colour: the commonest ten, in their own order.
struct Classes {
    named: Vec<String>,
    others: usize,
}

impl Classes {
    fn of(labels: &[String]) -> Self {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        labels
            .iter()
            .for_each(|label| *counts.entry(label).or_default() += 1);
        let mut order: Vec<(&String, usize)> = counts.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let others = order.len().saturating_sub(COLOURS);
        let mut named: Vec<String> = order
            .into_iter()
            .take(COLOURS)
            .map(|(label, _)| label.clone())
            .collect();
        let numbers: Option<Vec<f64>> = named.iter().map(|label| label.parse().ok()).collect();
        match numbers {
            Some(_) => named.sort_by(|a, b| {
                let value = |text: &str| text.parse::<f64>().unwrap_or(0.0);
                value(a).total_cmp(&value(b))
            }),
            None => named.sort(),
        }
        Classes { named, others }
    }

    fn place(&self, label: &str) -> Option<usize> {
        self.named.iter().position(|name| name == label)
    }

    fn class(&self, label: &str) -> String {
        self.place(label)
            .map_or("other".into(), |at| format!("c{at}"))
    }

    fn legend(&self) -> Vec<(String, String)> {
        let mut legend: Vec<(String, String)> = self
            .named
            .iter()
            .map(|label| (self.class(label), clipped(label, TEXT)))
            .collect();
        if self.others > 0 {
            legend.push(("other".into(), format!("{} more", count(self.others))));
        }
        legend
    }
}

fn map(codes: &Codes, classes: Option<&Classes>) -> Chart {
    let mut chart = Chart::new("Map of the codes", 640, 480);
    let frame = Frame {
        left: 58.0,
        right: 626.0,
        top: 14.0,
        bottom: 434.0,
    };
    let labels = codes.labels.as_ref().map(|(_, labels)| labels);
    let points = spread(codes, classes);
    let ends = |axis: usize| {
        let values = points.iter().map(|p| p[axis]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        let room = 0.04 * (high - low);
        (low - room, high + room)
    };
    let x = Axis::new(ends(0), (frame.left, frame.right), false);
    let y = Axis::new(ends(1), (frame.bottom, frame.top), false);
    let (level, upright) = match codes.axes {
        Axes::Unit => ("the unit of the code".to_string(), None),
        Axes::Units => ("unit 1 of the code".into(), Some("unit 2".to_string())),
        Axes::Principal([first, second]) => (
            format!("first principal axis ({})", percent(f64::from(first))),
            Some(format!(
                "second principal axis ({})",
                percent(f64::from(second))
            )),
        ),
    };
    if let Some(name) = upright {
        chart.rule(frame, &y, 6, "");
        chart.text(
            "note",
            frame.left + 6.0,
            frame.top + 10.0,
            format!("↑ {name}"),
        );
    }
    for (value, _) in x.ticks(7) {
        chart.line(
            "grid",
            (x.at(value), frame.top),
            (x.at(value), frame.bottom),
        );
    }
    chart.scale(frame, &x, 7, &level);
    for (at, point) in points.iter().enumerate() {
        let label = labels.map(|labels| labels[at].as_str());
        let row = count(codes.rows[at]);
        chart.dots.push(Dot {
            class: match (classes, label) {
                (Some(classes), Some(label)) => classes.class(label),
                _ => "c0".into(),
            },
            x: px(x.at(point[0])),
            y: px(y.at(point[1])),
            radius: if points.len() > 500 { "2.4" } else { "3.5" },
            title: match label {
                Some(label) => format!("row {row}: {}", clipped(label, TEXT)),
                None => format!("row {row}"),
            },
        });
    }
    if let (Some(classes), Some(labels)) = (classes, labels) {
        for (place, name) in classes.named.iter().enumerate() {
            let own: Vec<&[f64; 2]> = points
                .iter()
                .zip(labels)
                .filter(|(_, l)| *l == name)
                .map(|(p, _)| p)
                .collect();
            // Short names fit among the points.
            if name.chars().count() <= 12 {
                let middle = |axis: usize| median(own.iter().map(|p| p[axis]).collect());
                let (at_x, at_y) = (x.at(middle(0)), y.at(middle(1)));
                chart.text(
                    format!("place mid c{place}"),
                    at_x,
                    at_y + 5.0,
                    name.clone(),
                );
            }
        }
    }
    chart
}

/// A code of one unit is spread over the other side: a lane for each label,
/// and within it by the golden ratio, which never clumps.
fn spread(codes: &Codes, classes: Option<&Classes>) -> Vec<[f64; 2]> {
    let wide = codes.points.iter().map(|p| p.map(f64::from));
    if codes.axes != Axes::Unit {
        return wide.collect();
    }
    let lane = |at: usize| {
        let labels = codes.labels.as_ref().map(|(_, labels)| labels);
        let place = classes
            .zip(labels)
            .map(|(classes, labels)| classes.place(&labels[at]).unwrap_or(classes.named.len()));
        -(place.unwrap_or(0) as f64)
    };
    wide.enumerate()
        .map(|(at, point)| {
            [
                point[0],
                lane(at) + 0.7 * (at as f64 * 0.618_033_988_75).fract(),
            ]
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn units(codes: &Codes) -> Chart {
    let mut chart = Chart::new("How much each unit of the code varies", 640, 190);
    let frame = Frame {
        left: 58.0,
        right: 626.0,
        top: 14.0,
        bottom: 144.0,
    };
    let mut order: Vec<usize> = (0..codes.deviations.len()).collect();
    order.sort_by(|&a, &b| {
        codes.deviations[b]
            .total_cmp(&codes.deviations[a])
            .then(a.cmp(&b))
    });
    let shown = thinned(&order, UNITS);
    let most = f64::from(codes.deviations[order[0]]);
    let y = Axis::new((0.0, most), (frame.bottom, frame.top), false);
    chart.rule(frame, &y, 3, "");
    let step = ((frame.right - frame.left) / shown.len() as f64).min(40.0);
    let gap = (step * 0.15).min(3.0);
    for (place, &unit) in shown.iter().enumerate() {
        let deviation = f64::from(codes.deviations[unit]);
        let left = frame.left + step * place as f64;
        chart.rect(
            "bar",
            (left + gap / 2.0, y.at(deviation)),
            (left + step - gap / 2.0, frame.bottom),
            format!(
                "unit {}: standard deviation {}, mean {}",
                count(unit + 1),
                number(deviation),
                number(f64::from(codes.means[unit]))
            ),
        );
    }
    chart.line(
        "axis",
        (frame.left, frame.bottom),
        (frame.right, frame.bottom),
    );
    let middle = (frame.left + frame.right) / 2.0;
    let name = match shown.len() == order.len() {
        true => "units, the most varying first".to_string(),
        false => format!(
            "{} of {} units, the most varying first",
            count(shown.len()),
            count(order.len())
        ),
    };
    chart.text("name mid", middle, frame.bottom + 24.0, name);
    chart
}

fn says(codes: &Codes) -> String {
    let rows = counted(codes.rows.len(), "row");
    let how = match codes.axes {
        Axes::Unit => "by the one unit of its code; height means nothing".to_string(),
        Axes::Units => "by the two units of its code".into(),
        Axes::Principal([first, second]) => format!(
            "along the two directions in which codes differ most, {} of all their variance",
            percent(f64::from(first + second))
        ),
    };
    let label = match codes.labels {
        Some(_) => {
            " Labels were never shown to the network: colours that part were told apart by it alone."
        }
        None => "",
    };
    format!(
        "Each dot is a row ({rows}), placed {how}; rows that the code holds alike lie close.{label}"
    )
}

fn units_say(codes: &Codes) -> String {
    let all = codes.deviations.len();
    match codes.idle {
        0 if all == 2 => "Both units of the code are in use.".into(),
        0 => format!("All {} units of the code are in use.", count(all)),
        1 => format!(
            "1 of {} units hardly varies: it carries almost nothing.",
            count(all)
        ),
        idle => format!(
            "{} of {} units hardly vary: they carry almost nothing.",
            count(idle),
            count(all)
        ),
    }
}

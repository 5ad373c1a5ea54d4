//! Draws the map of the codes, and how much each unit varies.

use std::collections::BTreeMap;

use super::chart::{Axis, Chart, Dot, Frame, thinned};
use super::code_units::unit_bars;
use super::section::{Drawing, Key, Section};
use super::text::{clipped, count, counted, number, percent, px};
use crate::data::cell::is_missing;
use crate::look::{Axes, Codes, NeighbourMap};

/// Number of labels with a colour of their own.
const COLOURS: usize = 10;
/// Number of letters shown of a label.
const TEXT: usize = 32;
/// Largest number of units drawn one by one.
const UNITS: usize = 160;

/// Draws the rows on a map, and on a second one that keeps neighbours together;
/// `points` are the places of rows that a page can show.
pub(super) fn view(codes: &Codes, points: &[usize]) -> Section {
    let classes = codes.labels.as_ref().map(|(_, labels)| Classes::of(labels));
    let legend = || classes.as_ref().map_or(Vec::new(), Classes::legend);
    let mut drawings = vec![Drawing::Chart {
        legend: legend(),
        chart: map(codes, classes.as_ref(), points),
    }];
    if let Some(neighbours) = &codes.neighbours {
        drawings.push(Drawing::Heading {
            title: "Neighbours".into(),
            says: format!(
                "{} of the same rows placed by t-SNE (van der Maaten & Hinton 2008), so that rows whose whole codes are near lie near; distances between groups, and axes, mean nothing.",
                count(neighbours.places.len())
            ),
        });
        drawings.push(Drawing::Chart {
            legend: legend(),
            chart: neighbour_map(codes, neighbours, classes.as_ref(), points),
        });
    }
    if codes.deviations.len() > 1 && codes.rows.len() > 1 {
        drawings.push(Drawing::Heading {
            title: "Units of the code".into(),
            says: format!(
                "How far each unit's output swings from row to row, as a standard deviation. {}",
                units_say(codes)
            ),
        });
        drawings.push(Drawing::Chart {
            legend: Vec::new(),
            chart: units(codes),
        });
    }
    Section {
        id: "codes",
        title: "Map of the codes".into(),
        says: says(codes),
        full: false,
        drawings,
    }
}

/// The labels that have a colour: the commonest ten, in their own order.
struct Classes {
    named: Vec<String>,
    others: usize,
}

impl Classes {
    fn of(labels: &[String]) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let known = labels.iter().map(|label| label.trim());
        known
            .filter(|label| !is_missing(label))
            .for_each(|label| *counts.entry(label).or_default() += 1);
        let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let others = order.len().saturating_sub(COLOURS);
        let mut named: Vec<String> = order
            .into_iter()
            .take(COLOURS)
            .map(|(label, _)| label.to_string())
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
        self.named.iter().position(|name| name == label.trim())
    }

    fn class(&self, label: &str) -> String {
        self.place(label)
            .map_or("other".into(), |at| format!("c{at}"))
    }

    fn legend(&self) -> Vec<Key> {
        let key = |label: &String| Key::dot(self.class(label), clipped(label, TEXT));
        let mut legend: Vec<Key> = self.named.iter().map(key).collect();
        if self.others > 0 {
            legend.push(Key::dot("other", format!("{} more", count(self.others))));
        }
        legend
    }
}

fn map(codes: &Codes, classes: Option<&Classes>, shown: &[usize]) -> Chart {
    let mut chart = Chart::new("Map of the codes", 640, 480);
    let frame = Frame {
        left: 58.0,
        right: 626.0,
        top: 14.0,
        bottom: 434.0,
    };
    let points = spread(codes, classes);
    let x = Axis::new(ends(&points, 0), (frame.left, frame.right), false);
    let y = Axis::new(ends(&points, 1), (frame.bottom, frame.top), false);
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
    let within = |p: &&[f64; 2]| x.holds(p[0]) && y.holds(p[1]);
    let beyond = points.len() - points.iter().filter(within).count();
    if beyond > 0 {
        let lie = if beyond == 1 { "lies" } else { "lie" };
        let says = format!("{} {lie} beyond, drawn at the edge", counted(beyond, "row"));
        chart.text("note end", frame.right - 4.0, frame.top + 10.0, says);
    }
    let rows: Vec<usize> = (0..points.len()).collect();
    dots(&mut chart, codes, classes, shown, &rows, &points, (&x, &y));
    chart
}

fn neighbour_map(
    codes: &Codes,
    neighbours: &NeighbourMap,
    classes: Option<&Classes>,
    shown: &[usize],
) -> Chart {
    let mut chart = Chart::new("Map of the codes by t-SNE", 640, 480);
    let points: Vec<[f64; 2]> = neighbours.points.iter().map(|p| p.map(f64::from)).collect();
    let x = Axis::new(ends(&points, 0), (14.0, 626.0), false);
    let y = Axis::new(ends(&points, 1), (466.0, 14.0), false);
    dots(
        &mut chart,
        codes,
        classes,
        shown,
        &neighbours.places,
        &points,
        (&x, &y),
    );
    chart
}

/// Returns the ends of an axis, with some room. A few rows far out would press
/// all others together, so the axis ends at twice the width of the middle 98 %.
fn ends(points: &[[f64; 2]], axis: usize) -> (f64, f64) {
    let mut sorted: Vec<f64> = points.iter().map(|p| p[axis]).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let at = |share: f64| sorted[(share * last as f64).round() as usize];
    let (low, high) = (at(0.01), at(0.99));
    let reach = match high > low {
        true => 0.5 * (high - low),
        false => f64::INFINITY,
    };
    let (low, high) = (sorted[0].max(low - reach), sorted[last].min(high + reach));
    let room = 0.04 * (high - low);
    (low - room, high + room)
}

/// Draws a dot for each row, and each label's name among its dots; `rows` are
/// the dots' places in the codes.
fn dots(
    chart: &mut Chart,
    codes: &Codes,
    classes: Option<&Classes>,
    shown: &[usize],
    rows: &[usize],
    points: &[[f64; 2]],
    (x, y): (&Axis, &Axis),
) {
    let labels = codes.labels.as_ref().map(|(_, labels)| labels);
    for (&at, point) in rows.iter().zip(points) {
        let label = labels.map(|labels| labels[at].as_str());
        let row = count(codes.rows[at]);
        chart.dots.push(Dot {
            class: match (classes, label) {
                (Some(classes), Some(label)) => classes.class(label),
                _ => "c0".into(),
            },
            x: px(x.at(x.nearest(point[0]))),
            y: px(y.at(y.nearest(point[1]))),
            radius: if points.len() > 500 { "2.4" } else { "3.5" },
            point: shown.binary_search(&at).ok(),
            title: match label {
                Some(label) => format!("row {row}: {}", clipped(label, TEXT)),
                None => format!("row {row}"),
            },
        });
    }
    let (Some(classes), Some(labels)) = (classes, labels) else {
        return;
    };
    for (place, name) in classes.named.iter().enumerate() {
        let own: Vec<&[f64; 2]> = rows
            .iter()
            .zip(points)
            .filter(|(at, _)| labels[**at].trim() == name)
            .map(|(_, p)| p)
            .collect();
        // Short names fit among the points.
        if name.chars().count() <= 12 && !own.is_empty() {
            let middle = |axis: usize| median(own.iter().map(|p| p[axis]).collect());
            chart.text(
                format!("place mid c{place}"),
                x.at(middle(0)),
                y.at(middle(1)) + 5.0,
                name.clone(),
            );
        }
    }
}

/// Spreads a code of one unit over the other side: a lane for each label, and
/// within it by the golden ratio, which never clumps.
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
    let mut order: Vec<usize> = (0..codes.deviations.len()).collect();
    order.sort_by(|&a, &b| {
        codes.deviations[b]
            .total_cmp(&codes.deviations[a])
            .then(a.cmp(&b))
    });
    let shown = thinned(&order, UNITS);
    let name = match shown.len() == order.len() {
        true => "units, the most varying first".to_string(),
        false => format!(
            "{} of {} units, the most varying first",
            count(shown.len()),
            count(order.len())
        ),
    };
    let values: Vec<(usize, f64)> = shown
        .into_iter()
        .map(|unit| (unit, f64::from(codes.deviations[unit])))
        .collect();
    let label = "How much each unit of the code varies";
    unit_bars(label, &values, &name, |unit, deviation| {
        format!(
            "unit {}: standard deviation {}, mean {}",
            count(unit + 1),
            number(deviation),
            number(f64::from(codes.means[unit]))
        )
    })
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
    let label = match (&codes.labels, codes.told_labels) {
        (Some(_), false) => {
            " Labels were never shown to the network: colours that part were told apart by it alone."
        }
        (Some(_), true) => " Training was told labels, so that colours part is no wonder.",
        (None, _) => "",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_far_out_does_not_press_the_others_together() {
        let mut points: Vec<[f64; 2]> = (0..=100).map(|i| [f64::from(i), 0.0]).collect();
        points.push([1e6, 0.0]);
        let (low, high) = ends(&points, 0);
        assert!((-10.0..=0.0).contains(&low) && (100.0..200.0).contains(&high));
        let axis = Axis::new((low, high), (0.0, 1.0), false);
        assert!(axis.holds(100.0) && !axis.holds(1e6));
        assert_eq!(axis.at(axis.nearest(1e6)), 1.0);
    }
}

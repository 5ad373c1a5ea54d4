//! Draws how rows differ from those of training, as a page of its own.

use askama::Template;

use super::chart::{Axis, Chart, Frame};
use super::listing::{Entry, Listing, Title, more};
use super::section::{Drawing, Panel, Section};
use super::text::{count, counted};
use crate::model::{Aspect, Change, Drift};

/// Columns whose values are drawn.
const DRAWN: usize = 24;
/// Comparisons that are listed.
const LISTED: usize = 200;

#[derive(Template)]
#[template(path = "drift.html")]
struct Page<'a> {
    title: &'a str,
    says: String,
    sections: Vec<Section>,
}

/// Returns a page on how rows differ from those of training, as HTML; it needs no
/// network, and has no script. `found` says which comparisons found a change, as
/// [`Drift::found`] gives it.
pub fn drift_page(drift: &Drift, found: &[bool], title: &str) -> String {
    let mut order: Vec<usize> = (0..drift.changes.len()).collect();
    let distance = |at: usize| drift.changes[at].distance;
    order.sort_by(|&a, &b| {
        found[b]
            .cmp(&found[a])
            .then(distance(b).total_cmp(&distance(a)))
    });
    let changed = found.iter().filter(|found| **found).count();
    let rows = counted(drift.rows, "row");
    let says = match changed {
        0 => format!("{rows} are like those of training"),
        1 => format!("1 thing has changed in {rows}"),
        _ => format!("{} things have changed in {rows}", count(changed)),
    };
    let lines = order
        .iter()
        .take(LISTED)
        .map(|&at| line(&drift.changes[at], found[at]));
    let title_of = |name, is_number| Title { name, is_number };
    let listing = Listing {
        head: vec![
            title_of("what", false),
            title_of("apart", true),
            title_of("", false),
            title_of("p", true),
            title_of("in training", false),
            title_of("now", false),
        ],
        lines: lines.collect(),
        more: more(order.len(), LISTED),
    };
    let panels: Vec<Panel> = order
        .iter()
        .map(|&at| &drift.changes[at])
        .filter(|change| !change.quantiles.is_empty())
        .take(DRAWN)
        .map(panel)
        .collect();
    let mut sections = vec![Section {
        id: "compared",
        title: "What was compared".into(),
        says: "Apart is the largest difference of the shares of rows up to a value, of texts and \
               missing cells half the sum of the differences of shares; p how often chance alone \
               takes the two so far apart."
            .into(),
        full: true,
        drawings: vec![Drawing::Listing(listing)],
    }];
    if !panels.is_empty() {
        sections.push(Section {
            id: "values",
            title: "Values".into(),
            says: "The share of rows with at most a value, in percent, of columns of numbers, \
                   those that differ most first. Orange is training, blue these rows."
                .into(),
            full: true,
            drawings: vec![Drawing::Panels(panels)],
        });
    }
    let page = Page {
        title,
        says,
        sections,
    };
    page.render().expect("a template of texts can be filled in")
}

fn line(change: &Change, is_found: bool) -> Vec<Entry> {
    let what = change.column.clone().unwrap_or("scores".into());
    let small = match (change.aspect, is_found) {
        (Aspect::Missing, true) => "missing cells, changed",
        (Aspect::Missing, false) => "missing cells",
        (_, true) => "changed",
        (_, false) => "",
    };
    vec![
        Entry::text(what, small),
        Entry::number(format!("{:.3}", change.distance), ""),
        Entry::bar(change.distance),
        Entry::number(
            match change.p < 1e-4 {
                true => "< .0001".into(),
                false => format!("{:.4}", change.p),
            },
            "",
        ),
        Entry::text(change.before.clone(), ""),
        Entry::text(change.now.clone(), ""),
    ]
}

/// Draws the shares of rows up to each value, in training and now.
fn panel(change: &Change) -> Panel {
    let name = change.column.clone().unwrap_or_default();
    let mut chart = Chart::new(format!("Values of {name}"), 320, 190);
    let frame = Frame {
        left: 52.0,
        right: 308.0,
        top: 14.0,
        bottom: 140.0,
    };
    // A few far values would press all others together.
    let most = change.quantiles.len().saturating_sub(1).max(1);
    let usual = change.quantiles.get(1..most).unwrap_or_default();
    let values = usual.iter().flatten().copied().map(f64::from);
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    let room = 0.1 * (high - low);
    let (low, high) = (low - room, high + room);
    let x = Axis::new((low, high), (frame.left, frame.right), false);
    let y = Axis::new((0.0, 100.0), (frame.bottom, frame.top), false);
    chart.rule(frame, &y, 4, "\u{202f}%");
    chart.scale(frame, &x, 4, &name);
    for (at, class) in [(0, "curve held"), (1, "curve total")] {
        let points = change.quantiles.iter().enumerate();
        let places = points.map(|(part, both)| {
            let share = 100.0 * part as f64 / most as f64;
            (x.at(x.nearest(both[at].into())), y.at(share))
        });
        chart.path(class, &places.collect::<Vec<_>>());
    }
    Panel {
        note: format!("apart {:.3}", change.distance),
        name,
        chart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_comes_first_and_texts_are_escaped() {
        let change = |column: &str, distance, quantiles: Vec<[f32; 2]>| Change {
            column: Some(column.into()),
            aspect: Aspect::Values,
            distance,
            p: 0.5,
            before: "median 1".into(),
            now: "median 2".into(),
            quantiles,
        };
        let drift = Drift {
            rows: 300,
            changes: vec![
                change("far", 0.9, Vec::new()),
                change("<b>", 0.2, vec![[1.0, 2.0], [3.0, 4.0]]),
            ],
        };
        let page = drift_page(&drift, &[false, true], "june");
        assert!(page.contains("1 thing has changed in 300 rows"), "{page}");
        assert!(page.find("&#60;b&#62;").unwrap() < page.find(">far<").unwrap());
        assert!(!page.contains("<b>") && !page.contains("<script"));
        assert_eq!(page.matches("curve total").count(), 1);
        let none = drift_page(&drift, &[false, false], "june");
        assert!(none.contains("are like those of training"));
    }
}

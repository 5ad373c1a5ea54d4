//! Draws which cells of a table are missing.

use super::chart::Chart;
use super::section::{Drawing, Key, Section};
use super::text::{clipped, count, counted, percent};
use crate::look::{HoledColumn, Holes};

/// Number of letters shown of a name.
const NAME: usize = 24;
/// The places of a line: its name, its cells, and its share.
const LEFT: f64 = 200.0;
const RIGHT: f64 = 710.0;
const WIDTH: u32 = 780;
const LINE: f64 = 15.0;

/// Draws the map, a line for each column.
pub(super) fn view(holes: &Holes) -> Section {
    let which = match (holes.columns.len(), holes.columns_with_holes) {
        (1, 1) => "the column that has".into(),
        (shown, all) if shown == all => format!("the {} columns that have", count(all)),
        (shown, all) => format!(
            "the {shown} columns with the most of {} that have",
            count(all)
        ),
    };
    let across = match holes.shown.len() == holes.rows {
        true => "in their order".into(),
        false => format!("{} of them, evenly spaced", holes.shown.len()),
    };
    Section {
        id: "missing",
        title: "Missing cells".into(),
        says: format!(
            "Dark where a cell is missing, in {which} missing cells; from left to right the rows, {across}. {} of {} lack a cell. Lines that are dark in the same places are missing together.",
            count(holes.lacking),
            counted(holes.rows, "row"),
        ),
        full: true,
        drawings: vec![Drawing::Chart {
            legend: vec![Key::dot("total", "missing")],
            chart: map(holes),
        }],
    }
}

fn map(holes: &Holes) -> Chart {
    let height = LINE * holes.columns.len() as f64 + 6.0;
    let mut chart = Chart::new("Missing cells", WIDTH, height as u32);
    for (at, column) in holes.columns.iter().enumerate() {
        let top = 3.0 + LINE * at as f64;
        let middle = top + LINE / 2.0;
        chart.line("grid", (LEFT, middle), (RIGHT, middle));
        for (from, to) in runs(&column.missing) {
            let step = (RIGHT - LEFT) / column.missing.len() as f64;
            let place = |row: usize| LEFT + step * row as f64;
            let title = format!("{}: {}", column.name, rows(&holes.shown, from, to));
            let ends = ((place(from), top + 1.5), (place(to), top + LINE - 1.5));
            chart.rect("bar", ends.0, ends.1, title);
        }
        let name = clipped(&column.name, NAME);
        chart.text("end", LEFT - 10.0, middle + 4.0, name);
        chart.text(
            "tick end",
            f64::from(WIDTH) - 2.0,
            middle + 4.0,
            share(column),
        );
    }
    chart
}

/// Returns the runs of rows that lack a cell: the first row of each, and the one
/// after its last.
fn runs(missing: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in missing.iter().enumerate().filter(|(_, missing)| **missing) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

fn rows(shown: &[usize], from: usize, to: usize) -> String {
    match to - from {
        1 => format!("row {}", count(shown[from])),
        _ => format!("rows {} to {}", count(shown[from]), count(shown[to - 1])),
    }
}

/// Says which share is missing, and never none of some.
fn share(column: &HoledColumn) -> String {
    match column.share < 0.0005 {
        true => "< 0.1\u{202f}%".into(),
        false => percent(column.share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_are_missing_are_one_box_and_others_none() {
        assert_eq!(runs(&[true, true, false, true]), [(0, 2), (3, 4)]);
        assert!(runs(&[false, false]).is_empty());
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing() {
        let column = |share| HoledColumn {
            name: "a".into(),
            share,
            missing: Vec::new(),
        };
        assert_eq!(share(&column(1e-5)), "< 0.1\u{202f}%");
        assert_eq!(share(&column(0.25)), "25.0\u{202f}%");
    }
}

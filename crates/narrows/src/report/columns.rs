//! Shows what the columns of a table hold, and how well each comes back.

use super::listing::{Entry, Listing, Title, more};
use super::section::{Drawing, Section};
use super::text::{clipped, count, number, percent};
use crate::data::read::Inferred;
use crate::look::ColumnLook;

/// The most columns that are listed, worst first.
const MOST: usize = 40;
/// The most columns of the file whose kinds are listed.
const INFERRED: usize = 500;
/// Number of letters shown of a name, and of a text below it.
const NAME: usize = 60;
const SMALL: usize = 90;

/// Shows how well columns come back, and what the columns of the file were
/// taken for; no drawings if neither is known.
pub(super) fn view(columns: &[ColumnLook], inferred: &[Inferred]) -> Section {
    let mut says = String::new();
    let mut drawings = Vec::new();
    let is_shown = |of: &&Inferred| columns.iter().any(|column| taken_for(column, of));
    let others: Vec<&Inferred> = inferred.iter().filter(|of| !is_shown(of)).collect();
    if !columns.is_empty() {
        says = "How well each column comes back, the worst first. Explained is what of its ups and downs, or of the surprise at its texts, comes back: 0 is no better than knowing nothing of the row; if hidden, the same of cells that the encoder was not shown. Right is the share of cells whose likeliest text is theirs, above that of the commonest text; the typical miss is in the data's own units; nats are the surprise at a cell, above that by the column alone. Missing cells count nowhere.".into();
        drawings.push(Drawing::Listing(errors(columns, inferred)));
    }
    if !others.is_empty() {
        let decides = "data.kinds says otherwise.";
        match columns.is_empty() {
            true => {
                says = format!(
                    "What each column of the file was taken for, from all of its rows; {decides}"
                );
            }
            false => drawings.push(Drawing::Heading {
                title: "Columns that no feature is made of".into(),
                says: format!("What they were taken for, from all rows of the file; {decides}"),
            }),
        }
        drawings.push(Drawing::Listing(kinds(&others)));
    }
    Section {
        id: "columns",
        title: "Columns".into(),
        says,
        full: true,
        drawings,
    }
}

/// Returns whether a column is one of the file, or a part of its times.
fn taken_for(column: &ColumnLook, of: &Inferred) -> bool {
    let name = &column.errors.name;
    let part = || {
        name.rsplit_once('.')
            .is_some_and(|(time, _)| time == of.name)
    };
    *name == of.name || of.verdict.is_data() && of.verdict.name() == "time" && part()
}

fn errors(columns: &[ColumnLook], inferred: &[Inferred]) -> Listing {
    let any = |has: fn(&ColumnLook) -> bool| columns.iter().any(has);
    let with_hidden = any(|column| column.errors.hidden.is_some());
    let with_right = any(|column| column.errors.accuracy.is_some());
    let with_miss = any(|column| column.typical_miss.is_some());
    let title = |name, is_number| Title { name, is_number };
    let mut head = vec![
        title("column", false),
        title("holds", false),
        title("known", true),
        title("explained", false),
        title("", true),
    ];
    let further = [
        (with_hidden, "if hidden"),
        (with_right, "right"),
        (with_miss, "typical miss"),
        (true, "nats"),
    ];
    let further = further.into_iter().filter(|(there, _)| *there);
    head.extend(further.map(|(_, name)| title(name, true)));
    let share = |share: Option<f64>| share.map_or(String::new(), percent);
    let line = |column: &ColumnLook| {
        let of = &column.errors;
        let holds = match column.levels {
            Some(levels) => format!("{} of {}", column.kind, count(levels)),
            None => column.kind.into(),
        };
        let mut line = vec![
            Entry::text(clipped(&of.name, NAME), ""),
            Entry::text(holds, why(column, inferred)),
            Entry::number(known(of.known, column.rows), ""),
            Entry::bar(of.explained.unwrap_or(0.0)),
            Entry::number(of.explained.map_or("constant".into(), percent), ""),
        ];
        if with_hidden {
            line.push(Entry::number(share(of.hidden), ""));
        }
        if with_right {
            line.push(Entry::number(share(of.accuracy), share(of.commonest)));
        }
        if with_miss {
            line.push(Entry::number(
                column.typical_miss.map_or(String::new(), number),
                "",
            ));
        }
        let nats = |nats: Option<f64>| nats.map_or(String::new(), number);
        line.push(Entry::number(nats(of.nats), nats(of.marginal_nats)));
        line
    };
    Listing {
        head,
        lines: columns.iter().take(MOST).map(line).collect(),
        more: more(columns.len(), MOST),
    }
}

/// Says which share of cells is known; all only if none is missing.
fn known(known: usize, rows: usize) -> String {
    match known == rows {
        true => "all".into(),
        false => percent(known as f64 / rows.max(1) as f64),
    }
}

/// Says why a column was taken for what it holds, if that is known.
fn why(column: &ColumnLook, inferred: &[Inferred]) -> String {
    let Some(of) = inferred.iter().find(|of| taken_for(column, of)) else {
        return String::new();
    };
    let example = of.example.as_ref().map(|text| format!(", first '{text}'"));
    clipped(
        &format!("{}{}", of.reason, example.unwrap_or_default()),
        SMALL,
    )
}

fn kinds(columns: &[&Inferred]) -> Listing {
    let title = |name, is_number| Title { name, is_number };
    let line = |column: &&Inferred| {
        vec![
            Entry::text(clipped(&column.name, NAME), ""),
            Entry::text(column.verdict.name(), ""),
            Entry::text(clipped(&column.reason, SMALL), ""),
            Entry::number(count(column.missing), ""),
            Entry::text(column.example.clone().unwrap_or_default(), ""),
        ]
    };
    Listing {
        head: vec![
            title("column", false),
            title("kind", false),
            title("since", false),
            title("missing", true),
            title("first value", false),
        ],
        lines: columns.iter().take(INFERRED).map(line).collect(),
        more: more(columns.len(), INFERRED),
    }
}

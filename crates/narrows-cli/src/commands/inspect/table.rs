//! A table as JSON and as text.

use narrows::program::visible;
use narrows::read::Inferred;
use narrows::{Column, ColumnKind, Table};
use serde_json::{Value, json};

use super::images;
use super::next::Next;
use crate::kinds;
use crate::output::{grouped, plural, rows, short};
use crate::remedies;

/// Number of columns shown as text; the JSON has all of them.
const SHOWN: usize = 40;

/// Returns what is in a table as JSON: its columns and their ranges, or its
/// images and the range of all pixels.
pub fn json(table: &Table, next: &Next) -> Value {
    let mut json = json!({
        "kind": "data",
        "rows": table.rows(),
        "named": table.is_named(),
        "image": null,
        "label": table.labels().as_ref().map(|tags| &tags.name),
        "id": names_of_ids(table),
        "notes": [],
        "train": match next {
            Next::Command(command, _) => Some(command),
            _ => None,
        },
        "warnings": match next {
            Next::Command(_, warnings) => warnings.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        },
    });
    match table.image() {
        Some(image) => json["image"] = images::json(table, image),
        None => json["columns"] = columns(table),
    }
    json
}

/// Returns the names of the columns of ids as a config has them.
fn names_of_ids(table: &Table) -> Value {
    let names: Vec<&String> = table.ids().iter().map(|ids| &ids.name).collect();
    match names[..] {
        [] => Value::Null,
        [name] => json!(name),
        _ => json!(names),
    }
}

fn columns(table: &Table) -> Value {
    let columns = table.columns().iter().enumerate();
    let column = |(at, column): (usize, &Column)| {
        let name = &column.name;
        let (low, mean, high, missing) = summary(table, at);
        match &column.kind {
            ColumnKind::Category(levels) => {
                json!({"name": name, "kind": "text", "levels": levels.len(), "missing": missing})
            }
            _ => {
                let mut json = json!({"name": name, "kind": "number", "min": low, "mean": mean, "max": high, "missing": missing});
                if let Some(exact) = table.exact().iter().find(|e| e.column == at) {
                    (json["min"], json["mean"], json["max"]) =
                        (json!(exact.low), json!(exact.mean), json!(exact.high));
                }
                json
            }
        }
    };
    let unread = table.unread().iter();
    let unread = unread.map(|(name, holds)| json!({"name": name, "kind": holds}));
    columns.map(column).chain(unread).collect()
}

/// Describes a table's columns and their ranges.
/// `kinds` are what training takes them for, if they are not all numbers.
pub fn text(table: &Table, next: &Next, kinds: &[Inferred]) -> String {
    let mut text = match table.image() {
        Some(image) => images::text(table, image),
        None => listed(table),
    };
    let labels = table.labels().into_iter().map(|tags| ("label", tags));
    let ids = table.ids().iter().map(|tags| ("id", tags));
    for (what, tags) in labels.chain(ids) {
        text += &format!("  {what} '{}'\n", visible(&tags.name));
    }
    if !kinds.is_empty() {
        text += &kinds::lines(kinds);
    }
    match next {
        Next::Command(command, _) => {
            // Images have no recipe of their own for unusual ones.
            if let Some((before, after)) = command.split_once(" train table --data ") {
                text += &format!("to find unusual rows: {before} train anomalies --data {after}\n");
            }
            text += &format!("to train on it: {command}\n");
        }
        Next::Impossible(error) => {
            let reason = error.worded(remedies::word).replace('\n', "\n  ");
            text += &format!("it cannot be trained on as it is: {reason}\n");
        }
        Next::Unknown => {}
    }
    text
}

/// Lists the columns with their ranges.
fn listed(table: &Table) -> String {
    let mut text = format!(
        "{}: {}, {}\n",
        visible(table.origin()),
        rows(table.rows()),
        plural(table.columns().len() + table.unread().len(), "column")
    );
    text += &format!(
        "  {:<24} {:>12} {:>12} {:>12} {:>9}\n",
        "column", "min", "mean", "max", "missing"
    );
    for (at, column) in table.columns().iter().enumerate().take(SHOWN) {
        let name = visible(&column.name);
        let (low, mean, high, missing) = summary(table, at);
        text += &match &column.kind {
            ColumnKind::Category(levels) => {
                let different = format!("text, {} different", many(levels.len()));
                format!("  {name:<24} {different:>38} {missing:>9}\n")
            }
            _ if missing == table.rows() => {
                format!(
                    "  {name:<24} {:>12} {:>12} {:>12} {missing:>9}\n",
                    "-", "-", "-"
                )
            }
            _ => {
                // Large numbers as the file has them, not in 32 bits.
                let (low, mean, high) = match table.exact().iter().find(|e| e.column == at) {
                    Some(exact) => {
                        let mean = format!("{:.1}", exact.mean);
                        (exact.low.to_string(), mean, exact.high.to_string())
                    }
                    None => (low.to_string(), short(mean), high.to_string()),
                };
                format!("  {name:<24} {low:>12} {mean:>12} {high:>12} {missing:>9}\n")
            }
        };
    }
    if table.columns().len() > SHOWN {
        text += &format!("  and {} more\n", grouped(table.columns().len() - SHOWN));
    }
    for (name, holds) in table.unread() {
        let holds = format!("{holds}, not read");
        text += &format!("  {name:<24} {holds:>38}\n");
    }
    text
}

/// Writes the number of different texts, which are only counted up to a limit.
fn many(levels: usize) -> String {
    match levels {
        65_536.. => format!("over {}", grouped(65_535)),
        _ => grouped(levels),
    }
}

/// Returns the smallest, mean and largest value, and the number of missing
/// ones.
fn summary(table: &Table, column: usize) -> (f32, f64, f32, usize) {
    let (mut low, mut high, mut sum, mut missing) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0);
    for row in 0..table.rows() {
        let value = table.value(row, column);
        if value.is_nan() {
            missing += 1;
            continue;
        }
        (low, high, sum) = (low.min(value), high.max(value), sum + f64::from(value));
    }
    (
        low,
        sum / (table.rows() - missing).max(1) as f64,
        high,
        missing,
    )
}

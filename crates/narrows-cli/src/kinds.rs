//! Tells what the columns of rows are taken for, and why.

use narrows::program::visible;
use narrows::read::{Inferred, Verdict};
use serde_json::{Value, json};

use crate::output::{Output, grouped, plural};
use crate::remedies;

/// The most columns that are listed.
const SHOWN: usize = 40;
/// The widest name that others are brought in line with.
const WIDEST: usize = 24;

/// Prints what the columns are taken for, unless all are plain numbers.
pub fn tell(kinds: &[Inferred], output: &Output) {
    if kinds.iter().all(Inferred::is_plain_number) {
        return;
    }
    output.kinds(kinds.iter().map(json).collect());
    output.say(lines(kinds).trim_end());
}

/// Returns what a column is taken for as JSON.
pub fn json(column: &Inferred) -> Value {
    let share = column.missing as f64 / column.rows.max(1) as f64;
    json!({
        "name": column.name,
        "kind": column.verdict.name(),
        "as": match &column.verdict {
            Verdict::Kind(kind) => Some(kind.to_string()),
            _ => None,
        },
        "reason": column.reason,
        "missing": share,
        "example": column.example,
        "setting": setting(column),
    })
}

/// Returns the setting that would give a column another kind.
fn setting(column: &Inferred) -> Option<String> {
    let otherwise = column.otherwise.as_ref()?;
    Some(remedies::of_kind(&column.name, &otherwise.to_string()))
}

/// Describes the columns, a line each; of many, those that are no plain numbers
/// first.
pub fn lines(kinds: &[Inferred]) -> String {
    let mut shown: Vec<&Inferred> = kinds.iter().collect();
    if shown.len() > SHOWN {
        shown.sort_by_key(|column| column.is_plain_number());
    }
    let rest = shown.split_off(shown.len().min(SHOWN));
    let widest = shown
        .iter()
        .map(|column| visible(&column.name).chars().count());
    let width = widest.max().unwrap_or(0).min(WIDEST);
    let mut text = String::from("columns, each with a setting that would change it:\n");
    for column in shown {
        text += &line(column, width);
    }
    if !rest.is_empty() {
        let numbers = rest.iter().all(|column| column.is_plain_number());
        let all = if numbers { ", all numbers" } else { "" };
        text += &format!("  and {} more{all}\n", grouped(rest.len()));
    }
    text
}

fn line(column: &Inferred, width: usize) -> String {
    let name = visible(&column.name);
    let mut about = vec![visible(&column.reason).into_owned()];
    if column.missing > 0 {
        let share = 100.0 * column.missing as f64 / column.rows.max(1) as f64;
        about.push(match share < 0.1 {
            true => format!("{} missing", plural(column.missing, "cell")),
            false => format!("{share:.1} % missing"),
        });
    }
    if let Some(example) = &column.example {
        about.push(format!("'{}'", visible(example)));
    }
    if let Some(setting) = setting(column) {
        about.push(setting);
    }
    let kind = column.verdict.name();
    format!("  {name:<width$}  {kind:<9}  {}\n", about.join("; "))
}

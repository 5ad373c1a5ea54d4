//! The most unusual rows as a table for people.

use std::collections::HashMap;

use narrows::program::visible;
use narrows::read::Parts;
use narrows::{Model, Repair, Result, Surprise};
use serde_json::{Value, json};

use super::marks::most_unusual;
use super::repaired::{Explained, USUAL, explained};
use super::survey::Survey;
use crate::interrupt;

/// Columns named for each row.
pub const NAMED: usize = 3;
/// The most letters of a cell.
const WIDEST: usize = 28;

/// A row of the list.
pub struct Unusual {
    /// The row's number in its file.
    pub row: usize,
    /// Its id, if it has one.
    pub id: Option<String>,
    pub score: f32,
    pub p: f32,
    pub surprises: Vec<Surprise>,
    /// The cell that would make it usual if it were other.
    pub repair: Option<Repair>,
}

impl Unusual {
    pub fn json(&self) -> Value {
        let surprise = |s: &Surprise| json!({"column": s.column, "at": s.at, "share": s.share, "found": s.found, "expected": s.expected});
        let surprises: Vec<Value> = self.surprises.iter().map(surprise).collect();
        let p = (!self.p.is_nan()).then_some(self.p);
        let repair = self.repair.as_ref().map(|repair| {
            let p = (!repair.p.is_nan()).then_some(repair.p);
            json!({"column": repair.column, "at": repair.at, "value": repair.value, "p": p})
        });
        json!({"row": self.row, "id": self.id, "score": self.score, "p": p, "surprises": surprises, "repair": repair})
    }
}

/// Returns the most unusual rows with what makes them so, the most unusual first.
/// `None` if Ctrl-C stopped it.
pub fn top_rows(
    model: &Model,
    parts: Parts,
    all: &Survey,
    marked: &[Option<bool>],
    (most, names_columns): (usize, bool),
) -> Result<Option<Vec<Unusual>>> {
    let order = most_unusual(&all.p_values, &all.scores);
    let wanted = apart(&order, all, most);
    let wanted: HashMap<usize, usize> = wanted
        .into_iter()
        .enumerate()
        .map(|(rank, row)| (row, rank))
        .collect();
    let mut found = Vec::new();
    let mut before = 0;
    for part in parts {
        if interrupt::requested() {
            return Ok(None);
        }
        let part = part?;
        let here: Vec<usize> = (0..part.rows())
            .filter(|row| wanted.contains_key(&(before + row)))
            .collect();
        let chosen = part.select(&here);
        if here.is_empty() {
            before += part.rows();
            continue;
        }
        // A usual row needs no repair.
        let unusual = |at: &usize| {
            let p = all.p_values[before + at];
            p.is_nan() || p <= USUAL || marked[before + at] == Some(true)
        };
        let unusual: Vec<bool> = here.iter().map(unusual).collect();
        let Explained {
            surprises,
            mut repairs,
        } = match names_columns {
            true => explained(model, &chosen, &vec![Some(true); here.len()], NAMED)?,
            false => Explained {
                surprises: vec![Vec::new(); here.len()],
                repairs: vec![None; here.len()],
            },
        };
        for (repair, unusual) in repairs.iter_mut().zip(unusual) {
            *repair = repair.take().filter(|_| unusual);
        }
        for (at, (surprises, repair)) in surprises.into_iter().zip(repairs).enumerate() {
            let row = before + here[at];
            let ids: Vec<&str> = chosen
                .ids()
                .iter()
                .map(|ids| ids.values[at].as_str())
                .collect();
            found.push((
                wanted[&row],
                Unusual {
                    row: part.number_of(here[at]),
                    id: (!ids.is_empty()).then(|| ids.join(" ")),
                    score: all.scores[row],
                    p: all.p_values[row],
                    surprises,
                    repair,
                },
            ));
        }
        before += part.rows();
    }
    found.sort_by_key(|(rank, _)| *rank);
    Ok(Some(found.into_iter().map(|(_, row)| row).collect()))
}

/// Returns the first `most` rows, of windows that overlap the first alone.
fn apart(order: &[usize], all: &Survey, most: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for &row in order {
        if found.len() == most {
            break;
        }
        if !found.iter().any(|&other| all.overlap(row, other)) {
            found.push(row);
        }
    }
    found
}

/// Writes the rows, a line for each column that makes one unusual; tinted for a
/// terminal.
pub fn text(rows: &[Unusual], tinted: bool) -> String {
    let has_ids = rows.iter().any(|row| row.id.is_some());
    let mut surprises = rows.iter().flat_map(|row| &row.surprises);
    let of_windows = surprises.any(|surprise| surprise.at.is_some());
    let mut lines = vec![
        [
            "row", "id", "p", "column", "at", "share", "found", "expected", "usual if",
        ]
        .map(String::from),
    ];
    for row in rows {
        if row.surprises.is_empty() {
            let mut line: [String; 9] = Default::default();
            line[0] = row.row.to_string();
            line[1] = row.id.clone().unwrap_or_default();
            line[2] = format!("{:.4}", row.p);
            lines.push(line);
        }
        for (at, surprise) in row.surprises.iter().enumerate() {
            let of_row = |text: String| if at == 0 { text } else { String::new() };
            lines.push([
                of_row(row.row.to_string()),
                of_row(row.id.clone().unwrap_or_default()),
                of_row(format!("{:.4}", row.p)),
                surprise.column.clone(),
                surprise.at.clone().unwrap_or_default(),
                format!("{:.0} %", 100.0 * surprise.share),
                surprise.found.clone(),
                surprise.expected.clone(),
                match row.repair.as_ref().filter(|r| r.column == surprise.column) {
                    Some(repair) if repair.p.is_nan() => repair.value.clone(),
                    Some(repair) => format!("{} (p {:.2})", repair.value, repair.p),
                    None => String::new(),
                },
            ]);
        }
    }
    let lines: Vec<[String; 9]> = lines
        .into_iter()
        .map(|line| line.map(|cell| cut(&cell)))
        .collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..9).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let mut written = String::new();
        for (column, cell) in line.iter().enumerate() {
            if column == 1 && !has_ids || column == 4 && !of_windows {
                continue;
            }
            let space = " ".repeat(widths[column] - cell.chars().count());
            let is_number = [0, 2, 5].contains(&column);
            let cell = match (tinted, at, column) {
                (true, 1.., 6) => format!("\x1b[31m{cell}\x1b[0m"),
                (true, 1.., 7) => format!("\x1b[32m{cell}\x1b[0m"),
                _ => cell.clone(),
            };
            written += &match is_number {
                true => format!("  {space}{cell}"),
                false => format!("  {cell}{space}"),
            };
        }
        text += written.trim_end();
        text.push('\n');
    }
    text
}

fn cut(cell: &str) -> String {
    let cell = visible(cell);
    match cell.chars().count() <= WIDEST {
        true => cell.into_owned(),
        false => cell.chars().take(WIDEST - 1).chain(['…']).collect(),
    }
}

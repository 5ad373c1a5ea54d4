//! Finds out from all rows of a table how the numbers of each column are
//! written.

use std::collections::HashMap;

use super::records::Records;
use crate::base::error::Result;
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::number_format::NumberFormat;
use crate::data::read::columns::Columns;
use crate::data::read::evidence::{Evidence, Finding, decimal_of};
use crate::data::read::names::{list, quote};
use crate::settings::Decimal;

/// Returns the format of each column of numbers that are not written as Rust
/// writes them, and what was inferred. `more` says whether the current record
/// is a row.
pub(super) fn survey(
    rows: &mut Records,
    columns: &Columns,
    mut more: bool,
    setting: Decimal,
) -> Result<(HashMap<String, NumberFormat>, Vec<Note>)> {
    let mut evidence: Vec<Option<Evidence>> = (0..columns.len())
        .map(|column| columns.is_number(column).then(Evidence::default))
        .collect();
    let wanted: Vec<bool> = evidence.iter().map(Option::is_some).collect();
    while more {
        // Rows of another length are refused when they are read.
        let complete = rows.len() == columns.len();
        rows.each(
            |column| complete && wanted[column],
            |column, text| {
                if let Some(evidence) = &mut evidence[column]
                    && !columns.is_missing_number(text)
                {
                    evidence.add(text);
                }
            },
        );
        more = rows.advance()?;
    }
    let decimal = decimal_of(evidence.iter().flatten(), setting);
    let mut formats = HashMap::new();
    let mut notes = Notes::default();
    for (column, evidence) in evidence.iter().enumerate() {
        let Some(evidence) = evidence else { continue };
        let name = columns.name(column);
        match evidence.decide(decimal) {
            Finding::Numbers(format) if !format.is_plain() => {
                notes.add(name, &format, evidence);
                formats.insert(name.into(), format);
            }
            Finding::TwoReadings => notes.others.push(Note::new(
                format!("column {} is taken for text, since its comma may mark decimals or thousands, as in {}", quote(name), quote(evidence.open())),
                decides(),
            )),
            Finding::Numbers(_) | Finding::Text => {}
        }
    }
    Ok((formats, notes.told(setting == Decimal::Auto)))
}

/// Returns the settings that decide what a comma is.
fn decides() -> Hint {
    let set = |value: &'static str| Remedy::Set {
        key: "data.decimal",
        value: value.into(),
    };
    Hint::from(set("comma"))
        .and(" or ")
        .and(set("point"))
        .and(" says which")
}

/// What was inferred of columns, gathered by what it is.
#[derive(Default)]
struct Notes {
    commas: Vec<String>,
    groups: Vec<String>,
    negatives: Vec<String>,
    others: Vec<Note>,
}

impl Notes {
    fn add(&mut self, name: &str, format: &NumberFormat, evidence: &Evidence) {
        let missing = evidence.missing();
        if format.decimal_comma && evidence.is_marked() {
            self.commas.push(name.into());
        }
        if format.group.is_some() {
            self.groups.push(name.into());
        }
        if format.parentheses {
            self.negatives.push(name.into());
        }
        let signs: Vec<String> = [&format.before, &format.after]
            .into_iter()
            .filter(|sign| !sign.is_empty())
            .map(|sign| quote(sign))
            .collect();
        if !signs.is_empty() {
            self.others.push(Note::new(
                format!(
                    "column {} is read as numbers: {} is taken off every cell",
                    quote(name),
                    signs.join(" and ")
                ),
                Hint::from("name the column in data.one_hot or data.ignore if it is text"),
            ));
        }
        if missing > 0 {
            let cells = match missing {
                1 => "1 cell".into(),
                _ => format!("{missing} cells"),
            };
            self.others.push(Note::new(
                format!(
                    "column {}: {} in {cells} stands for a missing number",
                    quote(name),
                    list(&format.missing)
                ),
                "",
            ));
        }
    }

    /// Returns what is told. `is_open` says whether no setting says what marks
    /// decimals.
    fn told(self, is_open: bool) -> Vec<Note> {
        let mut notes = Vec::new();
        let unless_set = |hint: Hint| if is_open { hint } else { Hint::default() };
        let columns = |names: &[String]| match names {
            [_] => "column",
            _ => "columns",
        };
        if !self.commas.is_empty() {
            notes.push(Note::new(
                format!(
                    "decimals are written with a comma in the {} {}",
                    columns(&self.commas),
                    list(&self.commas)
                ),
                unless_set(Hint::from("if not: ").and(Remedy::Set {
                    key: "data.decimal",
                    value: "point".into(),
                })),
            ));
        }
        if !self.groups.is_empty() {
            notes.push(Note::new(
                format!(
                    "marks between thousands are taken out in the {} {}",
                    columns(&self.groups),
                    list(&self.groups)
                ),
                unless_set("data.decimal says what marks decimals instead".into()),
            ));
        }
        if !self.negatives.is_empty() {
            notes.push(Note::new(
                format!(
                    "numbers in parentheses are negative in the {} {}",
                    columns(&self.negatives),
                    list(&self.negatives)
                ),
                "",
            ));
        }
        notes.extend(self.others);
        notes
    }
}

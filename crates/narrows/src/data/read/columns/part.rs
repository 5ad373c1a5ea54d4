//! Makes a table of the rows that were added.

use super::{Columns, Use};
use crate::base::error::{Error, Place, Result};
use crate::base::note::Note;
use crate::data::cell::{is_whole, parse, without_zeros};
use crate::data::read::names::list;
use crate::data::read::pieces::Pieces;
use crate::data::read::reader::{Room, places};
use crate::data::table::{Column, ColumnKind, Table, Tags, Texts, Values};
use crate::settings::Kind;

impl Columns {
    /// Returns the rows added since the last part as a table; `None` if there
    /// are no more.
    pub fn part(&mut self, room: Room) -> Result<Option<Table>> {
        if self.rows == 0 && self.before == 0 {
            return Err(Error::data(
                &self.origin,
                Place::Whole,
                "a header without rows",
                "at least one row",
                "check that the file was written to its end",
            ));
        }
        if let Some(error) = self.mistake() {
            return Err(error);
        }
        if self.rows == 0 {
            return Ok(None);
        }
        let mut columns = Vec::with_capacity(self.width);
        let mut labels = None;
        let mut ids = Vec::new();
        let mut exact = Vec::new();
        let width = self.width;
        // A part does not show all of the column.
        let shortens = self.of_text && !room.is_part();
        let taken = [&mut self.no_numbers, &mut self.grouped];
        let taken = taken
            .into_iter()
            .filter_map(|taken| taken.note(&self.names));
        let notes = self.infinite.note(&self.names).into_iter();
        let mut notes: Vec<Note> = notes.chain(taken).collect();
        let mut shortened = Vec::new();
        let mut tags = |name: &String, texts: &mut Vec<String>| {
            let mut texts = std::mem::take(texts);
            if shortens && drop_zeros(&mut texts) {
                shortened.push(name.clone());
            }
            texts
        };
        let mut categories = Vec::new();
        let mut too_many = None;
        for (used, name) in self.uses.iter_mut().zip(&self.names) {
            match used {
                Use::Nothing | Use::TextAmongNumbers(_) | Use::Observed(_) => {}
                Use::Label => {
                    labels = Some(Tags {
                        kind: self.label_kind,
                        name: name.clone(),
                        values: tags(name, &mut self.labels),
                    });
                }
                Use::Id(at) => {
                    ids.push(Tags {
                        kind: self.id_kinds[*at],
                        name: name.clone(),
                        values: tags(name, &mut self.ids[*at]),
                    });
                }
                Use::Number(at, extent) | Use::Written(at, extent, _) => {
                    exact.extend(extent.exact(*at));
                    *extent = extent.next();
                    columns.push(match self.kinds.get(name) {
                        Some(Kind::Circular(period)) => Column::circular(name.clone(), *period),
                        _ => Column::number(name.clone()),
                    });
                }
                Use::Ordinal(..) => columns.push(Column::number(name.clone())),
                Use::Time(_, _, parts) => columns.extend(parts.iter().map(|part| {
                    let name = format!("{name}.{}", part.name());
                    match part.period() {
                        Some(period) => Column::circular(name, period),
                        None => Column::number(name),
                    }
                })),
                Use::Category(at, levels) => {
                    let levels = std::mem::take(levels);
                    if shortens && levels.drops_zeros() {
                        categories.push(name.clone());
                    }
                    let levels = levels.sort(self.values.column(*at, width));
                    let is_binary = self.kinds.get(name) == Some(&Kind::Binary);
                    if is_binary && levels.len() > 2 && !self.trained {
                        too_many = Some((name.clone(), levels));
                        continue;
                    }
                    let numbers: Option<Vec<f32>> = levels.iter().map(|l| parse(l)).collect();
                    // Of rows without a value, only training may have had texts.
                    let is_known = !(levels.is_empty() && self.trained);
                    match numbers.filter(|_| is_binary && is_known) {
                        Some(numbers) => {
                            for value in self.values.column(*at, width) {
                                *value = numbers.get(*value as usize).map_or(f32::NAN, |number| {
                                    if value.is_nan() { f32::NAN } else { *number }
                                });
                            }
                            columns.push(Column::number(name.clone()));
                        }
                        None => columns.push(Column {
                            name: name.clone(),
                            kind: ColumnKind::Category(levels),
                        }),
                    }
                }
            }
        }
        if let Some((name, levels)) = too_many {
            return Err(self.not_binary(&name, &levels));
        }
        shortened.append(&mut categories);
        if !shortened.is_empty() {
            let seen = format!("whole numbers lose their `.0` in {}", list(&shortened));
            notes.push(Note::new(seen, ""));
        }
        let values = std::mem::replace(&mut self.values, Pieces::new()).whole()?;
        debug_assert_eq!(values.len(), self.rows * width);
        let texts = self.kept.as_mut().map(|cells| Texts {
            names: self.names.clone(),
            cells: std::mem::take(cells),
        });
        let table = Table {
            texts,
            labels,
            ids,
            places: places(room, self.before, self.rows),
            unusable: std::mem::take(&mut self.unusable),
            exact,
            unread: self.unread.clone(),
            notes,
            ..Table::bare(&self.origin, columns, self.named, Values::Floats(values))
        };
        self.forget();
        Ok(Some(table))
    }
}

/// Drops the zeros after the decimal point, as in `3.0`, if all of the texts are
/// whole numbers. Returns whether there were any.
fn drop_zeros(texts: &mut [String]) -> bool {
    let whole = |text: &String| text.is_empty() || is_whole(without_zeros(text));
    let there = texts.iter().any(|text| text.contains('.')) && texts.iter().all(whole);
    if there {
        for text in texts {
            text.truncate(without_zeros(text).len());
        }
    }
    there
}

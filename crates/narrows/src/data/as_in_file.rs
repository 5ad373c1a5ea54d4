//! Puts the columns of a model's rows back into those of the file.

use std::collections::{BTreeMap, HashMap};

use super::table::{Column, ColumnKind, Table, Values};
use super::time_format::TimeFormat;
use crate::settings::{Kind, TimePart};

/// Returns rows with a text of its order for each place of an `ordinal` column,
/// and whole dates and times for the parts that were made of them; midnight if a
/// date has a time of day that is none of the parts, as one that never changes.
/// Columns stay as they are if what is needed for that is not there.
pub(crate) fn as_in_file(table: Table, kinds: &BTreeMap<String, Kind>) -> Table {
    let mut made: Vec<Made> = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        let of_time = time_of(&table, &column.name, kinds);
        match (kinds.get(&column.name), of_time) {
            (_, Some(time)) if time.parts[0] == at => made.push(Made::Time(Box::new(time))),
            (_, Some(_)) => {}
            (Some(Kind::Ordinal(texts)), None) if column.kind == ColumnKind::Number => {
                made.push(Made::Ordinal(at, texts));
            }
            _ => made.push(Made::Same(at)),
        }
    }
    if made.iter().all(|made| matches!(made, Made::Same(_))) {
        return table;
    }
    let rows = table.rows();
    let mut values = vec![f32::NAN; rows * made.len()];
    let width = made.len();
    let columns = made.iter().enumerate().map(|(place, made)| {
        let (column, of_rows) = made.column(&table);
        for (row, value) in of_rows.into_iter().enumerate() {
            values[row * width + place] = value;
        }
        column
    });
    let columns: Vec<Column> = columns.collect();
    Table {
        columns,
        values: Values::Floats(values),
        exact: Vec::new(),
        ..table
    }
}

/// A column to be made.
enum Made<'a> {
    /// As it is.
    Same(usize),
    /// Texts of an order, instead of their places.
    Ordinal(usize, &'a [String]),
    /// Dates or times, instead of their parts.
    Time(Box<Time<'a>>),
}

struct Time<'a> {
    name: &'a str,
    format: TimeFormat,
    /// The places of all of its parts.
    parts: Vec<usize>,
    day: Option<usize>,
    time: Option<usize>,
}

/// Returns the time that a column is a part of, if it can be written; else
/// `None`.
fn time_of<'a>(table: &Table, column: &str, kinds: &'a BTreeMap<String, Kind>) -> Option<Time<'a>> {
    let (of, _) = column.rsplit_once('.')?;
    let (name, kind) = kinds.get_key_value(of)?;
    let Kind::Time(kind) = kind else {
        return None;
    };
    let place = |part: TimePart| {
        let name = format!("{name}.{}", part.name());
        table.columns.iter().position(|column| column.name == name)
    };
    let parts: Vec<usize> = TimePart::ALL.into_iter().filter_map(place).collect();
    let is_part = parts.iter().any(|&at| table.columns[at].name == column);
    let format = TimeFormat::new(kind.format.as_deref()?)?;
    let (day, time) = (place(TimePart::Day), place(TimePart::Time));
    (is_part && format.can_write(day.is_some(), time.is_some())).then_some(Time {
        name,
        format,
        parts,
        day,
        time,
    })
}

impl Made<'_> {
    /// Returns the column, and its value in each row.
    fn column(&self, table: &Table) -> (Column, Vec<f32>) {
        let all = |at: usize| (0..table.rows()).map(move |row| table.value(row, at));
        match self {
            Made::Same(at) => (table.columns[*at].clone(), all(*at).collect()),
            Made::Ordinal(at, texts) => {
                let last = texts.len().saturating_sub(1) as f32;
                let place = |value: f32| value.round().clamp(0.0, last);
                let column = Column {
                    name: table.columns[*at].name.clone(),
                    kind: ColumnKind::Category(texts.to_vec()),
                };
                (column, all(*at).map(place).collect())
            }
            Made::Time(time) => {
                let mut levels: Vec<String> = Vec::new();
                let mut places: HashMap<String, usize> = HashMap::new();
                let mut place = |row: usize| {
                    let part = |at: Option<usize>| at.map(|at| table.value(row, at));
                    let day = part(time.day).unwrap_or(f32::NAN);
                    let text = time.format.write(day, part(time.time))?;
                    let next = places.len();
                    let place = *places.entry(text).or_insert_with_key(|text| {
                        levels.push(text.clone());
                        next
                    });
                    Some(place as f32)
                };
                let of_rows = (0..table.rows()).map(|row| place(row).unwrap_or(f32::NAN));
                let of_rows: Vec<f32> = of_rows.collect();
                if levels.is_empty() {
                    // A category has a text, even if no row shows it.
                    levels.push(time.format.example());
                }
                let column = Column {
                    name: time.name.into(),
                    kind: ColumnKind::Category(levels),
                };
                (column, of_rows)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TimeKind;

    fn kinds(format: &str) -> BTreeMap<String, Kind> {
        let time = TimeKind {
            format: Some(format.into()),
            ..TimeKind::default()
        };
        let sizes = ["S", "M", "L"].map(String::from).to_vec();
        BTreeMap::from([
            ("when".into(), Kind::Time(time)),
            ("size".into(), Kind::Ordinal(sizes)),
        ])
    }

    fn table(names: &[&str], values: Vec<f32>) -> Table {
        let columns = names.iter().map(|name| Column::number(*name)).collect();
        Table::new(columns, Values::Floats(values)).unwrap()
    }

    fn texts(table: &Table, column: usize) -> Vec<String> {
        let ColumnKind::Category(levels) = &table.columns()[column].kind else {
            return Vec::new();
        };
        let text = |row: usize| match table.value(row, column) {
            value if value.is_nan() => String::new(),
            value => levels[value as usize].clone(),
        };
        (0..table.rows()).map(text).collect()
    }

    #[test]
    fn places_become_texts_and_parts_whole_dates() {
        let names = ["n", "when.day", "when.weekday", "size", "when.time"];
        let nan = f32::NAN;
        let values = vec![
            1.5, 19_782.2, 6.1, 0.4, 13.26, 2.5, 0.0, 3.0, 7.0, 0.0, 3.5, nan, nan, nan, nan,
        ];
        let found = as_in_file(table(&names, values), &kinds("%d.%m.%Y %H:%M"));
        let names: Vec<&str> = found.columns().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["n", "when", "size"]);
        assert_eq!(
            texts(&found, 1),
            ["29.02.2024 13:16", "01.01.1970 00:00", ""]
        );
        assert_eq!(texts(&found, 2), ["S", "L", ""]);
        assert_eq!(found.value(1, 0), 2.5);
    }

    #[test]
    fn what_cannot_be_written_stays() {
        let weekdays = table(&["when.weekday", "n"], vec![1.0, 2.0]);
        assert_eq!(as_in_file(weekdays.clone(), &kinds("%Y-%m-%d")), weekdays);
        // A column of that name which is no part.
        let other = table(&["when.day", "when.else"], vec![0.0, 2.0]);
        let found = as_in_file(other, &kinds("%Y-%m-%d"));
        assert_eq!(texts(&found, 0), ["1970-01-01"]);
        assert_eq!(found.columns()[1].name, "when.else");
    }
}

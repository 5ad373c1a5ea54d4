//! From named columns of text and numbers to a [`Table`], by their roles.

use super::cell::{is_missing, parse};
use super::levels::{Levels, MOST_LEVELS};
use super::names::{self, list, quote};
use super::{MISSING_HINT, Roles};
use crate::error::{Error, Place, Result};
use crate::table::{Column, ColumnKind, Table, Tags, Values};

/// A table that is being filled, cell by cell.
pub(super) struct Columns<'a> {
    origin: &'a str,
    names: Vec<String>,
    named: bool,
    allow_missing: bool,
    any_text: bool,
    uses: Vec<Use>,
    /// How many of the columns are data.
    width: usize,
    rows: usize,
    values: Vec<f32>,
    labels: Vec<String>,
    ids: Vec<String>,
}

/// What a column of the file becomes; the number is its place among the data.
enum Use {
    Nothing,
    Label,
    Id,
    Number(usize),
    Category(usize, Levels),
}

impl<'a> Columns<'a> {
    /// `names` are the file's columns in order; `named` says whether they came
    /// with the file.
    pub fn new(
        origin: &'a str,
        names: Vec<String>,
        named: bool,
        roles: &Roles,
    ) -> Result<Columns<'a>> {
        names::check(origin, &names, named, roles)?;
        let mut width = 0;
        let mut uses = Vec::with_capacity(names.len());
        for name in &names {
            let used = if !named {
                Use::Number(width)
            } else if roles.label.as_ref() == Some(name) {
                Use::Label
            } else if roles.id.as_ref() == Some(name) {
                Use::Id
            } else if roles.ignore.contains(name)
                || roles.only.as_ref().is_some_and(|only| !only.contains(name))
            {
                Use::Nothing
            } else if roles.one_hot.contains(name) {
                Use::Category(width, Levels::default())
            } else {
                Use::Number(width)
            };
            width += usize::from(matches!(used, Use::Number(_) | Use::Category(..)));
            uses.push(used);
        }
        if width == 0 {
            return Err(Error::data(
                origin,
                Place::Whole,
                format!("no column left as data of {}", list(&names)),
                "at least one",
                "take a column out of data.ignore, data.label or data.id",
            ));
        }
        Ok(Columns {
            origin,
            names,
            named,
            allow_missing: roles.allow_missing,
            any_text: roles.any_text,
            uses,
            width,
            rows: 0,
            values: Vec::new(),
            labels: Vec::new(),
            ids: Vec::new(),
        })
    }

    /// The number of columns of the file.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> &str {
        &self.names[column]
    }

    /// The rows added so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the column is left out, so that nobody need look at it.
    pub fn ignores(&self, column: usize) -> bool {
        matches!(self.uses[column], Use::Nothing)
    }

    /// Whether the column is kept as text, so that numbers of it should come
    /// as text too.
    pub fn keeps_text(&self, column: usize) -> bool {
        matches!(self.uses[column], Use::Label | Use::Id | Use::Category(..))
    }

    /// Adds rows, all of whose cells are yet to be set.
    pub fn add_rows(&mut self, rows: usize) {
        self.rows += rows;
        self.values.resize(self.rows * self.width, f32::NAN);
        for used in &self.uses {
            match used {
                Use::Label => self.labels.resize(self.rows, String::new()),
                Use::Id => self.ids.resize(self.rows, String::new()),
                _ => {}
            }
        }
    }

    /// Sets a cell from text, by the rules of CSV. `row` and `column` count
    /// from 0.
    pub fn text(&mut self, row: usize, column: usize, text: &str) -> Result<()> {
        match &mut self.uses[column] {
            Use::Nothing => Ok(()),
            Use::Label => {
                self.labels[row] = text.into();
                Ok(())
            }
            Use::Id => {
                self.ids[row] = text.into();
                Ok(())
            }
            _ if is_missing(text) => self.missing(row, column, text),
            Use::Category(at, levels) => match levels.number(text) {
                Some(level) => {
                    self.values[row * self.width + *at] = level;
                    Ok(())
                }
                None if self.any_text => Ok(()),
                None => Err(self.too_many_levels(column)),
            },
            Use::Number(at) => match parse(text) {
                Some(value) if value.is_finite() => {
                    self.values[row * self.width + *at] = value;
                    Ok(())
                }
                Some(_) => Err(self.too_large(row, column, text)),
                None if self.any_text => {
                    self.turn_to_text(column);
                    self.text(row, column, text)
                }
                None => Err(self.not_a_number(row, column, text)),
            },
        }
    }

    /// Makes a number column one of categories, what it holds included.
    fn turn_to_text(&mut self, column: usize) {
        let Use::Number(at) = self.uses[column] else {
            return;
        };
        let mut levels = Levels::default();
        for value in self.values.iter_mut().skip(at).step_by(self.width) {
            if !value.is_nan() {
                *value = levels.number(&value.to_string()).unwrap_or(f32::NAN);
            }
        }
        self.uses[column] = Use::Category(at, levels);
    }

    /// Sets a cell of a number column. `row` and `column` count from 0.
    pub fn number(&mut self, row: usize, column: usize, value: f64) -> Result<()> {
        let Use::Number(at) = self.uses[column] else {
            return self.text(row, column, &value.to_string());
        };
        if value.is_nan() {
            return self.missing(row, column, "NaN");
        }
        let single = value as f32;
        if single.is_infinite() {
            return Err(self.too_large(row, column, &value.to_string()));
        }
        self.values[row * self.width + at] = single;
        Ok(())
    }

    /// Leaves a cell missing; `text` is what stood there.
    pub fn missing(&self, row: usize, column: usize, text: &str) -> Result<()> {
        let data = matches!(self.uses[column], Use::Number(_) | Use::Category(..));
        if !data || self.allow_missing {
            return Ok(());
        }
        let found = match text.trim() {
            "" => "an empty cell".into(),
            text => format!("a missing cell ('{text}')"),
        };
        Err(self.refuse(row, column, found, "a value", MISSING_HINT))
    }

    /// The table, once all rows are in.
    pub fn finish(self) -> Result<Table> {
        if self.rows == 0 {
            return Err(Error::data(
                self.origin,
                Place::Whole,
                "a header without rows",
                "at least one row",
                "check that the file was written to its end",
            ));
        }
        let Columns {
            width,
            rows,
            mut values,
            ..
        } = self;
        let mut columns = Vec::with_capacity(width);
        let mut labels = None;
        let mut ids = None;
        for (used, name) in self.uses.into_iter().zip(self.names) {
            match used {
                Use::Nothing => {}
                Use::Label => labels = Some(name),
                Use::Id => ids = Some(name),
                Use::Number(_) => columns.push(Column::number(name)),
                Use::Category(at, levels) => columns.push(Column {
                    name,
                    kind: ColumnKind::Category(
                        levels.sort(values.iter_mut().skip(at).step_by(width)),
                    ),
                }),
            }
        }
        debug_assert_eq!(values.len(), rows * width);
        values.shrink_to_fit();
        let tags = |name: Option<String>, values| name.map(|name| Tags { name, values });
        Ok(Table {
            origin: self.origin.into(),
            columns,
            named: self.named,
            values: Values::Floats(values),
            image: None,
            labels: tags(labels, self.labels),
            ids: tags(ids, self.ids),
        })
    }

    fn not_a_number(&self, row: usize, column: usize, text: &str) -> Error {
        let mut hint = String::from(
            "a column of text must be named in data.one_hot, data.ignore, data.label or data.id; `narrows inspect` lists the columns",
        );
        if parse(&text.replace(',', ".")).is_some() {
            hint = "write decimals with a point, without separators of thousands".into();
        } else if self.named && row == 0 && self.names.iter().any(|n| parse(n).is_some()) {
            hint += "; the first line was taken for the header, so if it holds values add a line of names above it";
        }
        self.refuse(row, column, quote(text), "a number", &hint)
    }

    fn too_many_levels(&self, column: usize) -> Error {
        Error::data(
            self.origin,
            Place::Column(self.names[column].clone()),
            format!("more than {MOST_LEVELS} different texts"),
            "a few categories",
            "take the column out of data.one_hot and name it in data.ignore or data.id",
        )
    }

    fn too_large(&self, row: usize, column: usize, text: &str) -> Error {
        let expected = "a finite number that 32 bits can hold (up to 3.4e38)";
        self.refuse(
            row,
            column,
            quote(text),
            expected,
            "leave the row out, or the column with data.ignore",
        )
    }

    /// An error at a cell of the column. `row` and `column` count from 0.
    pub fn refuse(
        &self,
        row: usize,
        column: usize,
        found: String,
        expected: &str,
        hint: &str,
    ) -> Error {
        let place = Place::Cell(row + 1, self.names[column].clone());
        Error::data(self.origin, place, found, expected, hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn any_column_may_turn_out_to_be_text() {
        let roles = Roles {
            any_text: true,
            ..Roles::default()
        };
        let mut columns = Columns::new("t", names(&["a"]), true, &roles).unwrap();
        for (row, cell) in ["2", "1.5", "x", "2"].into_iter().enumerate() {
            columns.add_rows(1);
            columns.text(row, 0, cell).unwrap();
        }
        let table = columns.finish().unwrap();
        let levels = ColumnKind::Category(names(&["1.5", "2", "x"]));
        assert_eq!(table.columns[0].kind, levels);
        assert_eq!(table.values, Values::Floats(vec![1.0, 0.0, 2.0, 1.0]));
    }

    #[test]
    fn roles_part_the_columns() {
        let roles = Roles {
            label: Some("y".into()),
            ignore: vec!["skip".into()],
            one_hot: vec!["color".into()],
            ..Roles::default()
        };
        let header = names(&["a", "y", "color", "skip"]);
        let mut columns = Columns::new("t", header, true, &roles).unwrap();
        for (row, color) in ["red", "blue", "red"].into_iter().enumerate() {
            columns.add_rows(1);
            for (column, cell) in ["1.5", "cat", color, "what?"].into_iter().enumerate() {
                columns.text(row, column, cell).unwrap();
            }
        }
        let table = columns.finish().unwrap();
        let levels = ColumnKind::Category(names(&["blue", "red"]));
        assert_eq!(table.columns[1].kind, levels);
        assert_eq!(
            table.values,
            Values::Floats(vec![1.5, 1.0, 1.5, 0.0, 1.5, 1.0])
        );
        assert_eq!(table.labels.unwrap().values, ["cat", "cat", "cat"]);
    }
}

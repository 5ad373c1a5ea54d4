//! Fills in the cells that a file lacks, and leaves all others as they are in it.

use std::collections::HashMap;

use super::Model;
use super::impute::{Filled, ImputeOptions};
use crate::base::error::{Error, Place, Result};
use crate::data::cell_style::CellStyle;
use crate::data::number_format::NumberFormat;
use crate::data::scale::Surety;
use crate::data::table::{Column, ColumnKind, Table, Texts, Values};
use crate::settings::TimePart;

/// Fills in a file's missing cells, part by part: those of a date from its parts,
/// those of an order by its texts, and each as its column is written.
///
/// All columns come back if the rows were read with [`Roles::keep_texts`];
/// otherwise those that the model has.
///
/// [`Roles::keep_texts`]: crate::read::Roles::keep_texts
#[derive(Debug)]
pub struct FileImputer {
    /// As in [`ImputeOptions::sure`]: whether bounds and probabilities are
    /// written in columns of their own.
    sure: Option<f64>,
    /// How often each row is there, with cells drawn by a seed.
    draws: Option<(usize, u64)>,
    /// Whether all is left as numbers: places in an order, parts of a time.
    as_numbers: bool,
    styles: HashMap<String, CellStyle>,
}

/// Rows of a file with their missing cells filled in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FilledRows {
    /// The rows, in the columns of the file.
    pub table: Table,
    /// How many cells of the file were filled in, however often each is drawn.
    pub filled: usize,
}

impl FileImputer {
    /// Prepares to fill in the likeliest values; with `sure` their bounds and
    /// probabilities follow, as in [`ImputeOptions`].
    pub fn likeliest(sure: Option<f64>) -> Self {
        FileImputer {
            sure,
            draws: None,
            as_numbers: false,
            styles: HashMap::new(),
        }
    }

    /// Prepares to write each row `draws` times, each time with other draws, and
    /// their number in a column `draw`.
    pub fn drawing(draws: usize, seed: u64) -> Self {
        FileImputer {
            draws: Some((draws, seed)),
            ..Self::likeliest(None)
        }
    }

    /// Leaves places in an order and the parts of dates and times as the numbers
    /// that they are in the model, for a file of numbers.
    pub fn as_numbers(self) -> Self {
        FileImputer {
            as_numbers: true,
            ..self
        }
    }

    /// Fills in the cells of rows.
    ///
    /// # Errors
    /// As [`Model::impute`]; [`Error::Data`] if the file has a column of a name
    /// that is to be added; [`Error::Usage`] for a model of windows.
    pub fn impute(&mut self, model: &Model, part: &Table) -> Result<FilledRows> {
        if model.config().data.window.is_some() {
            return Err(Error::usage(
                "a model of windows, in which each row of a file comes many times",
                "a model whose rows are those of the file",
                "train it without data.window",
            ));
        }
        let Some((draws, seed)) = self.draws else {
            let options = ImputeOptions { sure: self.sure };
            let found = model.impute(part, &options)?;
            let (table, filled) = self.written(model, part, found.table);
            let table = match self.sure {
                Some(_) => self.with_sureties(model, &table, part, &found.filled)?,
                None => table,
            };
            return Ok(FilledRows { table, filled });
        };
        let drawn = model.impute_drawn(part, draws, seed)?;
        let each = (0..part.rows()).flat_map(|row| std::iter::repeat_n(row, draws));
        let part = part.select(&each.collect::<Vec<usize>>());
        let (table, filled) = self.written(model, &part, drawn);
        let numbers = (0..part.rows()).map(|at| (at % draws + 1) as f32);
        let table = added(&table, vec![(Column::number("draw"), numbers.collect())])?;
        let filled = filled / draws.max(1);
        Ok(FilledRows { table, filled })
    }

    /// Returns rows in the columns of the file, or as the model has them.
    fn whole(&self, model: &Model, rows: Table) -> Table {
        match self.as_numbers {
            true => rows,
            false => model.as_in_file(rows),
        }
    }

    /// Returns filled rows in the columns of the file, and how many of its cells
    /// were missing and are there.
    fn written(&mut self, model: &Model, part: &Table, filled: Table) -> (Table, usize) {
        let whole = self.whole(model, filled);
        let mut texts = part.texts().cloned();
        let mut count = 0;
        for column in 0..whole.columns.len() {
            let name = &whole.columns[column].name;
            let Some(source) = source_of(part, name) else {
                continue;
            };
            let new = |row: &usize| {
                part.value(*row, source).is_nan() && !whole.value(*row, column).is_nan()
            };
            let new: Vec<usize> = (0..whole.rows()).filter(new).collect();
            let Some(texts) = &mut texts else {
                count += new.len();
                continue;
            };
            // A part of a time that cannot be written without the others.
            let Some(place) = texts.names.iter().position(|known| known == name) else {
                continue;
            };
            count += new.len();
            self.write_column(part, (&whole, column, source), &new, (texts, place));
        }
        let table = match texts {
            Some(texts) => of_texts(&texts, part),
            None => whole,
        };
        (table, count)
    }

    /// Writes the new cells of a column into the texts of the file.
    fn write_column(
        &mut self,
        part: &Table,
        (whole, column, source): (&Table, usize, usize),
        new: &[usize],
        (texts, place): (&mut Texts, usize),
    ) {
        let width = texts.names.len();
        if let ColumnKind::Category(levels) = &whole.columns[column].kind {
            for &row in new {
                let level = levels.get(whole.value(row, column) as usize);
                texts.cells[row * width + place] = level.cloned().unwrap_or_default();
            }
            return;
        }
        let name = &whole.columns[column].name;
        let plain = NumberFormat::default();
        let format = part.formats.get(name).unwrap_or(&plain);
        let style = self.styles.entry(name.clone()).or_default();
        for row in 0..part.rows() {
            let value = part.value(row, source);
            if !value.is_nan() {
                style.learn(texts.cells[row * width + place].trim(), value, format);
            }
        }
        for &row in new {
            let text = style.write(whole.value(row, column), format);
            texts.cells[row * width + place] = text;
        }
    }

    /// Adds the bounds of each number and the probability of each text; empty
    /// where nothing was filled in.
    fn with_sureties(
        &self,
        model: &Model,
        table: &Table,
        part: &Table,
        filled: &[Filled],
    ) -> Result<Table> {
        let rows = part.rows();
        let mut sides = [blank(part), blank(part), blank(part)];
        for cell in filled {
            let (lower, upper) = cell.bounds.unzip();
            let values = [lower, upper, cell.probability];
            for (side, value) in sides.iter_mut().zip(values) {
                set(side, cell.row, cell.column, value.unwrap_or(f32::NAN));
            }
        }
        // The bounds of a date with a time are the ends of days.
        for column in 0..part.columns.len() {
            let is_time = part.columns[column].name.ends_with(".time");
            if is_time && day_beside(part, column).is_some() {
                for (side, hours) in sides.iter_mut().zip([0.0, 23.9997]) {
                    (0..rows).for_each(|row| set(side, row, column, hours));
                }
            }
        }
        let probabilities = sides[2].clone();
        let [lower, upper, _] = sides.map(|side| self.whole(model, side));
        let mut more = Vec::new();
        for (column, meaning) in lower.columns.iter().enumerate() {
            let name = &meaning.name;
            let Some(source) = source_of(part, name) else {
                continue;
            };
            let of = |side: &Table, column: usize, suffix: &str| {
                let made = Column {
                    name: format!("{name}_{suffix}"),
                    kind: side.columns[column].kind.clone(),
                };
                let values = (0..rows).map(|row| side.value(row, column));
                (made, values.collect::<Vec<f32>>())
            };
            match model.scaler.surety(&part.columns[source].name) {
                Surety::Bounds => {
                    more.push(of(&lower, column, "lower"));
                    more.push(of(&upper, column, "upper"));
                }
                Surety::Probability => {
                    let (_, values) = of(&probabilities, source, "");
                    more.push((Column::number(format!("{name}_probability")), values));
                }
                Surety::None => {}
            }
        }
        let formats = more.iter().filter_map(|(column, _)| {
            let (of, _) = column.name.rsplit_once('_')?;
            let decimal_comma = part.formats.get(of)?.decimal_comma;
            let format = NumberFormat {
                decimal_comma,
                ..NumberFormat::default()
            };
            Some((column.name.clone(), format))
        });
        let formats: Vec<_> = formats.collect();
        let mut table = added(table, more)?;
        table.formats.extend(formats);
        Ok(table)
    }
}

/// Returns the place of a column of the file in a part: its own, or that of the
/// first of the parts that were made of a time.
fn source_of(part: &Table, name: &str) -> Option<usize> {
    let place = |name: &str| part.columns.iter().position(|column| column.name == name);
    let of_time = |of: TimePart| place(&format!("{name}.{}", of.name()));
    place(name).or_else(|| TimePart::ALL.into_iter().find_map(of_time))
}

/// Returns the place of the day of the time that a column is a part of.
fn day_beside(part: &Table, column: usize) -> Option<usize> {
    let (of, _) = part.columns[column].name.rsplit_once('.')?;
    let day = format!("{of}.{}", TimePart::Day.name());
    part.columns.iter().position(|column| column.name == day)
}

/// Returns rows of the same columns without any value.
fn blank(part: &Table) -> Table {
    Table {
        values: Values::Floats(vec![f32::NAN; part.values.len()]),
        texts: None,
        exact: Vec::new(),
        ..part.clone()
    }
}

fn set(table: &mut Table, row: usize, column: usize, value: f32) {
    let width = table.columns.len();
    if let Values::Floats(values) = &mut table.values {
        values[row * width + column] = value;
    }
}

/// Adds columns, whose names the file must not have.
fn added(table: &Table, more: Vec<(Column, Vec<f32>)>) -> Result<Table> {
    let is_there = |name: &String| table.columns.iter().any(|column| column.name == *name);
    if let Some((column, _)) = more.iter().find(|(column, _)| is_there(&column.name)) {
        return Err(Error::data(
            &table.origin,
            Place::Column(column.name.clone()),
            "the name of a column that is to be added",
            "a name of its own for each column",
            "rename the column in the file, or leave --sure and --draws out",
        ));
    }
    let (columns, values) = more.into_iter().unzip();
    let origin = table.origin.clone();
    Ok(Table {
        origin,
        ..table.with_columns(columns, values)?
    })
}

/// Returns texts as a table of categories.
fn of_texts(texts: &Texts, part: &Table) -> Table {
    let width = texts.names.len();
    let mut levels: Vec<Vec<String>> = vec![Vec::new(); width];
    let mut places: Vec<HashMap<&str, usize>> = vec![HashMap::new(); width];
    let mut values = Vec::with_capacity(texts.cells.len());
    for row in 0..part.rows() {
        for (column, text) in texts.row(row).iter().enumerate() {
            if text.is_empty() {
                values.push(f32::NAN);
                continue;
            }
            let next = levels[column].len();
            let place = *places[column].entry(text).or_insert_with(|| {
                levels[column].push(text.clone());
                next
            });
            values.push(place as f32);
        }
    }
    let columns = texts.names.iter().zip(levels);
    let columns = columns.map(|(name, levels)| Column {
        name: name.clone(),
        kind: ColumnKind::Category(levels),
    });
    Table::bare(
        &part.origin,
        columns.collect(),
        true,
        Values::Floats(values),
    )
}

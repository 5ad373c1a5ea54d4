//! Sets the cells of a table that is being filled.

use super::mistakes::missing_cell;
use super::{Columns, Use, allocated};
use crate::base::error::Result;
use crate::data::cell::{exactly, is_missing, is_missing_among_numbers, parse};
use crate::data::number_format::NumberFormat;
use crate::data::read::levels::{Levels, MOST_LEVELS};
use crate::data::read::observed::is_code;
use crate::data::read::roles::MISSING_TO_A_MODEL;
use crate::data::read::text_among_numbers::TextAmongNumbers;

impl Columns {
    /// Sets a cell from text, by the rules of CSV. `row` counts from 0 in this
    /// part, `column` from 0.
    pub fn text(&mut self, row: usize, column: usize, text: &str) -> Result<()> {
        let is_code = is_code(text) && self.may_be_code(column);
        match &mut self.uses[column] {
            Use::Nothing => Ok(()),
            Use::Label => {
                self.texts += allocated(text);
                self.labels[row] = text.into();
                Ok(())
            }
            Use::Id(at) => {
                self.texts += allocated(text);
                self.ids[*at][row] = text.into();
                Ok(())
            }
            Use::Observed(observed) => {
                match self.markers.is_missing_number(text) {
                    true => observed.missing += 1,
                    false => observed.add(text),
                }
                Ok(())
            }
            Use::Time(..) | Use::Ordinal(..) if self.markers.is_missing_text(text) => {
                self.missing(row, column, text)
            }
            Use::Time(at, format, parts) => {
                let Some(moment) = format.parse(text) else {
                    return Err(self.no_time(row, column, text));
                };
                let at = row * self.width + *at;
                for (at, part) in (at..).zip(parts) {
                    *self.values.recent(at) = moment.part(*part).unwrap_or(f32::NAN);
                }
                Ok(())
            }
            Use::Ordinal(at, levels) => match levels.iter().position(|level| level == text) {
                Some(place) => {
                    *self.values.recent(row * self.width + *at) = place as f32;
                    Ok(())
                }
                None => Err(self.not_ordinal(row, column, text)),
            },
            Use::Category(..) if self.markers.is_missing_text(text) => {
                self.missing(row, column, text)
            }
            Use::Category(at, levels) => {
                let before = levels.len();
                let level = match levels.number(text) {
                    // What is only looked at needs no more texts by name.
                    None if self.any_text => MOST_LEVELS as f32,
                    None => return Err(self.too_many_levels(column)),
                    Some(level) => level,
                };
                if levels.len() > before {
                    self.texts += Levels::COPIES * (size_of::<String>() + allocated(text));
                }
                *self.values.recent(row * self.width + *at) = level;
                Ok(())
            }
            Use::Number(..) if is_code => {
                self.odd = true;
                self.no_number(row, column, text)
            }
            Use::Number(at, extent) => match parse(text) {
                Some(value) if value.is_finite() && !self.markers.is_own(text) => {
                    extent.add(exactly(text, value));
                    *self.values.recent(row * self.width + *at) = value;
                    Ok(())
                }
                _ if self.markers.is_missing_number(text) => self.missing(row, column, text),
                Some(_) => self.infinite(row, column, text),
                // As it does where all rows show that the others are numbers.
                None if self.trained && is_missing_among_numbers(text) => {
                    self.no_numbers.add(self.before + row, column, text, || {
                        "a missing number".into()
                    });
                    self.missing(row, column, text)
                }
                None if self.trained
                    && NumberFormat::default().has_other_mark(text)
                    && let Some((value, exact)) = NumberFormat::default().parse(text)
                    && value.is_finite() =>
                {
                    let meaning = || value.to_string();
                    self.grouped.add(self.before + row, column, text, meaning);
                    extent.add(exact);
                    *self.values.recent(row * self.width + *at) = value;
                    Ok(())
                }
                None => {
                    self.odd = true;
                    self.no_number(row, column, text)
                }
            },
            Use::Written(..) if self.markers.is_missing_number(text) => {
                self.missing(row, column, text)
            }
            Use::Written(at, extent, format) => match format.parse(text) {
                _ if format.is_missing(text) => self.missing(row, column, text),
                Some((value, exact)) if value.is_finite() => {
                    if format.group.is_none() && format.has_other_mark(text) {
                        let meaning = || value.to_string();
                        self.grouped.add(self.before + row, column, text, meaning);
                    }
                    extent.add(exact);
                    *self.values.recent(row * self.width + *at) = value;
                    Ok(())
                }
                Some(_) => self.infinite(row, column, text),
                None if is_missing_among_numbers(text) => {
                    self.no_numbers.add(self.before + row, column, text, || {
                        "a missing number".into()
                    });
                    self.missing(row, column, text)
                }
                None => Err(self.written_otherwise(row, column, text)),
            },
            Use::TextAmongNumbers(refused) => {
                match parse(text) {
                    _ if is_missing(text) => self.missing_in[column] += 1,
                    Some(_) if is_code => refused.add(text),
                    Some(value) if value.is_infinite() => {
                        self.infinite.add(self.before + row, column, text);
                    }
                    Some(_) => refused.numbers += 1,
                    None => refused.add(text),
                }
                Ok(())
            }
        }
    }

    /// Returns whether digits that are written as no number is are a text: they
    /// are unless a setting or a trained model says otherwise.
    fn may_be_code(&self, column: usize) -> bool {
        !self.trained && !self.kinds.contains_key(&self.names[column])
    }

    /// Takes a column of numbers for one of text, or refuses the text.
    fn no_number(&mut self, row: usize, column: usize, text: &str) -> Result<()> {
        let Use::Number(_, extent) = &self.uses[column] else {
            return Ok(());
        };
        if self.any_text {
            self.turn_to_text(column);
            return self.text(row, column, text);
        }
        let is_set = self.kinds.contains_key(&self.names[column]);
        if self.trained || is_set {
            return Err(self.not_a_number(row, column, text));
        }
        // The rest of the file is read to report all such columns.
        let refused = TextAmongNumbers::new(self.before + row, text, extent.seen());
        self.uses[column] = Use::TextAmongNumbers(refused);
        Ok(())
    }

    /// Notes a number that is infinite in 32 bits, or refuses it.
    fn infinite(&mut self, row: usize, column: usize, text: &str) -> Result<()> {
        if self.trained {
            return Err(self.too_large(row, column, text));
        }
        // The rest of the file is read to count such cells.
        let row = self.before + row;
        self.infinite.add(row, column, text);
        Ok(())
    }

    /// Turns a number column, including its values, into one of categories.
    fn turn_to_text(&mut self, column: usize) {
        let Use::Number(at, _) = self.uses[column] else {
            return;
        };
        let mut levels = Levels::default();
        for value in self.values.column(at, self.width) {
            if !value.is_nan() {
                *value = levels.number(&value.to_string()).unwrap_or(f32::NAN);
            }
        }
        self.uses[column] = Use::Category(at, levels);
    }

    /// Sets a cell of a number column. `row` and `column` count from 0.
    pub fn number(&mut self, row: usize, column: usize, value: f64) -> Result<()> {
        let (Use::Number(at, extent) | Use::Written(at, extent, _)) = &mut self.uses[column] else {
            return self.text(row, column, &value.to_string());
        };
        if value.is_nan() {
            return self.missing(row, column, "NaN");
        }
        let single = value as f32;
        if self.markers.is_own_number(single) {
            return self.missing(row, column, &value.to_string());
        }
        if single.is_infinite() {
            return self.infinite(row, column, &value.to_string());
        }
        extent.add(value);
        *self.values.recent(row * self.width + *at) = single;
        Ok(())
    }

    /// Leaves a cell missing; `text` is the cell's text.
    pub fn missing(&mut self, row: usize, column: usize, text: &str) -> Result<()> {
        if let Use::Observed(observed) = &mut self.uses[column] {
            observed.missing += 1;
        }
        if !self.uses[column].is_data() {
            return Ok(());
        }
        self.missing_in[column] += 1;
        if self.allow_missing {
            return Ok(());
        }
        if self.trained {
            let found = missing_cell(text);
            return Err(self.refuse(row, column, found, "a value", MISSING_TO_A_MODEL));
        }
        // The rest of the file is read to count the missing cells.
        let row = self.before + row;
        self.first_missing
            .get_or_insert_with(|| (row, column, text.into()));
        Ok(())
    }
}

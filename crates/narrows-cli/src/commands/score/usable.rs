//! Tells the rows that can be scored from those that cannot.

use narrows::{Column, ColumnKind, Error, Model, Place, Result, Scores, Table, Unusable};

use crate::cli::{By, OnError};
use crate::output::Output;

/// Rows of which the first few are told one by one.
const TOLD: usize = 3;

/// The rows of a part that a model can score.
pub struct Usable {
    pub rows: Table,
    /// Their places in the part.
    pub places: Vec<usize>,
    /// The others, in order.
    pub others: Vec<Unusable>,
}

impl Usable {
    /// Finds the rows of a part that can be scored: neither the reader nor the model
    /// refuses them.
    ///
    /// # Errors
    /// Those of the model that are not about single rows.
    pub fn of(model: &Model, part: &Table) -> Result<Self> {
        let mut others = part.unusable().to_vec();
        loop {
            let is_usable = |row: &usize| !others.iter().any(|other| other.row == *row);
            let places: Vec<usize> = match others.is_empty() {
                true => (0..part.rows()).collect(),
                false => (0..part.rows()).filter(is_usable).collect(),
            };
            let rows = part.select(&places);
            if places.is_empty() {
                return Ok(Usable::found(rows, places, others));
            }
            let Err(error) = model.check(&rows) else {
                return Ok(Usable::found(rows, places, others));
            };
            let number = match &error {
                Error::Data {
                    place: Place::Row(number) | Place::Cell(number, _),
                    ..
                } => *number,
                _ => return Err(error),
            };
            let row = places.iter().find(|&&row| part.number_of(row) == number);
            match row.and_then(|&row| Unusable::of(row, &error)) {
                Some(unusable) => others.push(unusable),
                None => return Err(error),
            }
        }
    }

    fn found(rows: Table, places: Vec<usize>, mut others: Vec<Unusable>) -> Self {
        others.sort_by_key(|other| other.row);
        Usable {
            rows,
            places,
            others,
        }
    }
}

/// Scores the rows of a part that can be; the others have no score. Also returns which
/// can be, unless one that cannot ends the command.
///
/// # Errors
/// Those of the model, of rows that cannot be used only if they end the command.
pub fn scored(
    model: &Model,
    part: &Table,
    (on_error, by): (OnError, Option<By>),
) -> Result<(Scores, Option<Usable>)> {
    let score = |rows: &Table| match by {
        Some(by) => model.score_simply(rows, by.way()),
        None => model.score(rows),
    };
    if on_error == OnError::Stop {
        return Ok((score(part)?, None));
    }
    let usable = Usable::of(model, part)?;
    let scores = score(&usable.rows)?;
    Ok((scores.spread(&usable.places, part.rows()), Some(usable)))
}

/// Tells of the first rows that cannot be used. `before` were told of already.
pub fn tell(part: &Table, others: &[Unusable], before: usize, output: &Output) {
    for other in others.iter().take(TOLD.saturating_sub(before)) {
        output.warn(format_args!("row {}, {other}", part.number_of(other.row)));
    }
}

/// Adds why rows cannot be used to their scores.
///
/// # Errors
/// [`Error::Data`] if there is a column `problem` already.
pub fn with_problems(scores: &Table, others: &[Unusable]) -> Result<Table> {
    let mut levels: Vec<String> = Vec::new();
    let mut places = vec![f32::NAN; scores.rows()];
    for other in others {
        let why = other.to_string();
        let known = levels.iter().position(|level| *level == why);
        places[other.row] = known.unwrap_or(levels.len()) as f32;
        if known.is_none() {
            levels.push(why);
        }
    }
    let mut column = Column::number("problem");
    column.kind = ColumnKind::Category(levels);
    scores.with_columns(vec![column], vec![places])
}

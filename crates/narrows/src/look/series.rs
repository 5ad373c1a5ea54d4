//! Shows how unusual the rows are in their order, and the windows that are most so.

use serde::Serialize;

use super::survey::Survey;
use crate::base::conformal::p_value;
use crate::base::error::Result;
use crate::data::scale::Prepared;
use crate::model::Model;

/// The most points of the line; each is the most unusual of some rows in succession.
const POINTS: usize = 1_000;
/// Windows that are shown.
const WORST: usize = 6;

/// The rows' scores in the order of the file, and the most unusual windows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeriesLook {
    /// Points of the line, in order.
    pub points: Vec<ScoredPoint>,
    /// The score from which on rows are marked at the model's share of false alarms;
    /// `None` if no held-out row has a lower one.
    pub marked_from: Option<f32>,
    /// The number of rows that are marked.
    pub marked: usize,
    /// The most unusual windows, of those that overlap the first alone; none of rows that
    /// are no windows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub worst: Vec<WorstWindow>,
}

/// The most unusual of some rows in succession.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoredPoint {
    /// The row's number in the file.
    pub row: usize,
    /// When it was, or its id; `None` if it has neither.
    pub time: Option<String>,
    /// Its score; the highest of the rows that the point stands for.
    pub score: f32,
}

/// A window, and what comes back of it, in the column that makes it most unusual.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WorstWindow {
    /// When its first and last row was, or their numbers in the file.
    pub from: String,
    /// As `from`.
    pub to: String,
    /// Its score.
    pub score: f32,
    /// The column.
    pub column: String,
    /// What the column has there, oldest first, in its own units; `None` if missing.
    pub found: Vec<Option<f32>>,
    /// What comes back.
    pub expected: Vec<f32>,
}

/// Looks at rows in their order.
pub(super) fn series(model: &Model, data: &Prepared, survey: &Survey) -> Result<SeriesLook> {
    let table = data.table;
    let alarms = model.config.score.false_alarms as f32;
    let reference = &model.reference.all;
    let is_marked = |score: f32| p_value(reference, score) <= alarms;
    let marked_from = reference.iter().copied().find(|&score| is_marked(score));
    let rows = table.rows();
    let each = rows.div_ceil(POINTS).max(1);
    let part = |first: usize| {
        let part = first..rows.min(first + each);
        let known = part.filter(|&row| !survey.errors[row].is_nan());
        known.max_by(|&a, &b| survey.errors[a].total_cmp(&survey.errors[b]))
    };
    let point = |row: usize| ScoredPoint {
        row: table.number_of(row),
        time: table
            .time_of(row, table.columns().len() - 1)
            .or_else(|| table.id(row)),
        score: survey.errors[row],
    };
    let marked = survey.errors.iter().filter(|score| is_marked(**score));
    Ok(SeriesLook {
        points: (0..rows)
            .step_by(each)
            .filter_map(part)
            .map(point)
            .collect(),
        marked_from,
        marked: marked.count(),
        worst: worst(model, data, survey)?,
    })
}

/// Returns the most unusual windows that do not overlap.
fn worst(model: &Model, data: &Prepared, survey: &Survey) -> Result<Vec<WorstWindow>> {
    let table = data.table;
    let Some(windows) = &table.windows else {
        return Ok(Vec::new());
    };
    let mut order: Vec<usize> = (0..table.rows())
        .filter(|&row| !survey.errors[row].is_nan())
        .collect();
    order.sort_by(|&a, &b| {
        survey.errors[b]
            .total_cmp(&survey.errors[a])
            .then(a.cmp(&b))
    });
    let mut chosen: Vec<usize> = Vec::new();
    for row in order {
        if chosen.len() == WORST {
            break;
        }
        if !chosen.iter().any(|&other| windows.overlap(row, other)) {
            chosen.push(row);
        }
    }
    let shown = table.select(&chosen);
    let explained = model.explain(&shown, 1)?;
    let back = model.reconstruct(&shown)?;
    let names = model.file_columns();
    let of = |(at, &row): (usize, &usize)| {
        let surprise = explained[at].first()?;
        let column = names.iter().position(|name| *name == surprise.column)?;
        let cells = column * windows.length..(column + 1) * windows.length;
        let found = |cell: usize| {
            let value = table.value(row, data.place_of(cell));
            (!value.is_nan()).then_some(value)
        };
        let time = |cell: usize| table.time_of(row, data.place_of(cell)).unwrap_or_default();
        Some(WorstWindow {
            from: time(cells.start),
            to: time(cells.end - 1),
            score: survey.errors[row],
            column: surprise.column.clone(),
            found: cells.clone().map(found).collect(),
            expected: cells.map(|cell| back.value(at, cell)).collect(),
        })
    };
    Ok(chosen.iter().enumerate().filter_map(of).collect())
}

//! Tells how well each column of a table comes back, and what it holds.

use serde::Serialize;

use super::survey::Survey;
use crate::data::scale::{Head, HeadKind, Scaler};
use crate::model::column_errors::ColumnErrors;
use crate::model::evaluate::Evaluation;

/// One column over all rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnLook {
    /// What it holds: `number`, `two values`, `category`, `count` or
    /// `circular`.
    pub kind: &'static str,
    /// Of a category, the number of its texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<usize>,
    /// The number of rows, with those that lack the cell.
    pub rows: usize,
    /// Of a number or a count, the root of the mean squared error, in the
    /// data's own units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typical_miss: Option<f64>,
    /// How well the known cells come back.
    #[serde(flatten)]
    pub errors: ColumnErrors,
}

/// Returns every column, the least explained first, and those that never change
/// last; none for a model whose columns have no likelihoods.
pub(super) fn columns(
    scaler: &Scaler,
    survey: &Survey,
    evaluation: &Evaluation,
) -> Vec<ColumnLook> {
    let factors = scaler.factors();
    let mut first = 0;
    let heads = scaler.heads.iter().flatten();
    let look = |(head, errors): (&Head, &ColumnErrors)| {
        let at = first;
        first += head.means.len();
        let miss = || (survey.squares[at] / survey.rows()).sqrt() * f64::from(factors[at].abs());
        ColumnLook {
            kind: kind(head),
            levels: (head.kind == HeadKind::Categorical).then_some(head.means.len()),
            rows: evaluation.rows,
            typical_miss: (head.is_number() && errors.known > 0).then(miss),
            errors: errors.clone(),
        }
    };
    let mut found: Vec<ColumnLook> = heads.zip(&evaluation.columns).map(look).collect();
    let explained = |column: &ColumnLook| column.errors.explained.unwrap_or(f64::INFINITY);
    found.sort_by(|a, b| explained(a).total_cmp(&explained(b)));
    found
}

fn kind(head: &Head) -> &'static str {
    match head.kind {
        HeadKind::Normal if head.means.len() > 1 => "circular",
        HeadKind::Normal => "number",
        HeadKind::Bernoulli => "two values",
        HeadKind::Categorical => "category",
        HeadKind::Count { .. } => "count",
    }
}

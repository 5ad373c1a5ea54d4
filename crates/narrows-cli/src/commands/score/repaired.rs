//! What makes rows unusual, and what would make marked ones usual.

use narrows::{Model, Repair, Result, Surprise, Table};

/// The columns in which a repair is looked for.
const TRIED: usize = 5;
/// A row is usual if its p is above this.
pub const USUAL: f32 = 0.05;

/// The most rows of a part that a repair is looked for in, the first of those marked:
/// it takes as long as scoring many rows.
const REPAIRED: usize = 1_000;

/// Why rows are unusual, in the rows' order.
pub struct Explained {
    /// The most surprising columns, that of the repair first.
    pub surprises: Vec<Vec<Surprise>>,
    /// The cell that would make the row usual if it were other; `None` if no single one
    /// would.
    pub repairs: Vec<Option<Repair>>,
}

/// Returns the `most` most surprising columns of each row, and a repair of those that
/// are `marked`.
pub fn explained(
    model: &Model,
    rows: &Table,
    marked: &[Option<bool>],
    most: usize,
) -> Result<Explained> {
    let mut surprises = model.explain(rows, most.max(TRIED))?;
    let mut repairs = vec![None; rows.rows()];
    let wanted: Vec<usize> = (0..rows.rows())
        .filter(|&row| marked[row] == Some(true))
        .take(REPAIRED)
        .collect();
    if !wanted.is_empty() {
        let found = model.repair(&rows.select(&wanted))?;
        for (row, repair) in wanted.into_iter().zip(found) {
            repairs[row] = repair;
        }
    }
    for (of_row, repair) in surprises.iter_mut().zip(&mut repairs) {
        let is_first = |s: &Surprise| repair.as_ref().is_some_and(|r| r.column == s.column);
        // The others stay in their order.
        of_row.sort_by_key(|surprise| !is_first(surprise));
        of_row.truncate(most);
        // What is left of a row without that cell says what it should be.
        if let (Some(first), Some(repair)) = (of_row.first_mut(), &repair)
            && (&first.column, &first.at) == (&repair.column, &repair.at)
        {
            first.expected.clone_from(&repair.expected);
        }
        *repair = repair
            .take()
            .filter(|repair| repair.p.is_nan() || repair.p > USUAL);
    }
    Ok(Explained { surprises, repairs })
}

//! Names the columns that cause the errors of rows: what was found there, and
//! what the model expected.

use super::cells::{TEXT, cells, expected, found, name};
use super::listing::{Entry, Listing, Title};
use super::section::Drawing;
use super::text::{clipped, number, percent};
use crate::look::{Cell, Reconstructions, RowLook};

/// Number of columns named for a badly reconstructed row, and where the rows
/// have a drawing of their own.
const TOP: usize = 3;
const TOP_DRAWN: usize = 5;
/// Number of missing cells named for such a row.
const LACKING: usize = 2;

/// The columns that cause a row's error.
pub(super) struct Causes {
    pub name: String,
    pub error: String,
    pub columns: Vec<Cause>,
}

/// One column of a badly reconstructed row.
pub(super) struct Cause {
    pub name: String,
    pub input: String,
    pub output: String,
    pub share: String,
    /// Length of a bar, in percent.
    pub length: String,
}

/// Returns the columns that cause most of a row's error, then some that it
/// lacks.
pub(super) fn causes(look: &Reconstructions, row: &RowLook) -> Causes {
    most_of(look, row, TOP)
}

fn most_of(look: &Reconstructions, row: &RowLook, most: usize) -> Causes {
    let (inputs, outputs) = (cells(&row.input), cells(&row.reconstruction));
    let named = |column: usize| {
        let probability = row.probabilities.get(column).copied().flatten();
        let surely = probability.map(|p| format!(" ({})", percent(f64::from(p))));
        Cause {
            name: clipped(&look.shape.columns[column], TEXT),
            input: found(&inputs[column], &look.shape, column),
            output: expected(&outputs[column], &look.shape, column) + &surely.unwrap_or_default(),
            share: String::new(),
            length: "0".into(),
        }
    };
    let is_missing = |column: &usize| inputs[*column] == Cell::Missing;
    let there = row.top.iter().filter(|share| !is_missing(&share.column));
    let most_of_it = there.take(most).map(|share| Cause {
        share: percent(f64::from(share.share)),
        length: format!("{:.1}", 100.0 * share.share),
        ..named(share.column)
    });
    let lacking = (0..inputs.len()).filter(is_missing).take(LACKING);
    Causes {
        name: name(row),
        error: number(f64::from(row.error)),
        columns: most_of_it.chain(lacking.map(named)).collect(),
    }
}

/// Draws the columns that cause the errors of rows, row by row.
pub(super) fn listed(look: &Reconstructions, rows: &[RowLook]) -> Vec<Drawing> {
    let title = |name, is_number| Title { name, is_number };
    let line = |cause: Cause| {
        let length: f64 = cause.length.parse().unwrap_or(0.0);
        vec![
            Entry::text(cause.name, ""),
            Entry::text(cause.input, ""),
            Entry::text(cause.output, ""),
            Entry::bar(length / 100.0),
            Entry::number(cause.share, ""),
        ]
    };
    let of_row = |row: &RowLook| {
        let causes = most_of(look, row, TOP_DRAWN);
        [
            Drawing::Heading {
                title: causes.name,
                says: format!("error {}", causes.error),
            },
            Drawing::Listing(Listing {
                head: vec![
                    title("column", false),
                    title("found", false),
                    title("expected", false),
                    title("part of the error", false),
                    title("", true),
                ],
                lines: causes.columns.into_iter().map(line).collect(),
                more: String::new(),
            }),
        ]
    };
    rows.iter().flat_map(of_row).collect()
}

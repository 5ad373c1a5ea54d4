//! Says what the rows have decided of settings that were left open.

use narrows::config::{Missing, Reconstruction};
use narrows::{Column, ColumnKind, Config, Hint, Note, Remedy, Table};

/// Returns a note for each setting of `asked` that is another in `decided`, if it
/// is not what a table of plain numbers has.
pub fn notes(asked: &Config, decided: &Config, table: &Table) -> Vec<Note> {
    let mut notes = Vec::new();
    let is_open = asked.loss.reconstruction == Reconstruction::Auto;
    let by_columns = decided.loss.reconstruction == Reconstruction::Columns;
    let is_number = |column: &Column| column.kind == ColumnKind::Number;
    let numbers = table.columns().iter().all(is_number);
    if is_open && !by_columns && !numbers {
        let columns = Remedy::Set {
            key: "loss.reconstruction",
            value: "columns".into(),
        };
        notes.push(Note::new(
            "all columns are compared by squares, since likelihoods of columns do not go with the other settings",
            Hint::from(columns).and(" says why"),
        ));
    }
    if is_open && by_columns {
        let squares = Remedy::Set {
            key: "loss.reconstruction",
            value: "mse".into(),
        };
        notes.push(Note::new(
            "each column is compared by a likelihood of its kind",
            Hint::from("to compare all by squares: ").and(squares),
        ));
    }
    if asked.data.missing == Missing::Refuse && decided.data.missing == Missing::Mask {
        notes.push(Note::new(
            "new rows may lack cells, since cells are hidden in training: data.missing is \"mask\"",
            "",
        ));
    }
    notes
}

//! Writes the cells of a table as the data has them.

use super::text::{clipped, count, short};
use crate::data::number_format::NumberFormat;
use crate::look::{Cell, RowLook, RowShape, RowValues};

/// Number of letters shown of a text of the data.
pub(super) const TEXT: usize = 32;
/// The most letters of a number that is written with all of its digits.
const DIGITS: usize = 12;

/// Returns a row's name: its id, if it has one.
pub(super) fn id(row: &RowLook) -> String {
    match &row.id {
        Some(id) => clipped(id, TEXT),
        None => format!("row {}", count(row.row)),
    }
}

/// Returns a row's name and its label.
pub(super) fn name(row: &RowLook) -> String {
    match &row.label {
        Some(label) => format!("{} · {}", id(row), clipped(label, TEXT)),
        None => id(row),
    }
}

/// Returns the cells of a row; none of an image.
pub(super) fn cells(values: &RowValues) -> &[Cell] {
    match values {
        RowValues::Cells(cells) => cells,
        RowValues::Pixels(_) => &[],
    }
}

/// Writes a cell that was read, with all of its digits.
pub(super) fn found(cell: &Cell, shape: &RowShape, column: usize) -> String {
    match cell {
        Cell::Number(value) => {
            let all = value.to_string();
            let text = match all.len() <= DIGITS {
                true => all.replace('-', "−"),
                false => short(f64::from(*value)),
            };
            own(text, shape, column)
        }
        _ => expected(cell, shape, column),
    }
}

/// Writes a cell that a model made, with as many digits as a reader sees.
pub(super) fn expected(cell: &Cell, shape: &RowShape, column: usize) -> String {
    match cell {
        Cell::Number(value) => own(short(f64::from(*value)), shape, column),
        Cell::Text(text) => clipped(text, TEXT),
        Cell::Missing => "missing".into(),
    }
}

/// Writes a number with the decimal mark, the sign and the unit of its column.
fn own(text: String, shape: &RowShape, column: usize) -> String {
    let Some(format) = shape.formats.get(column).and_then(Option::as_ref) else {
        return text;
    };
    let text = match format.decimal_comma {
        true => text.replace(',', "").replace('.', ","),
        false => text,
    };
    with_unit(text, format)
}

fn with_unit(text: String, format: &NumberFormat) -> String {
    let (minus, digits) = match text.strip_prefix('−') {
        Some(digits) => ("−", digits),
        None => ("", text.as_str()),
    };
    let after = match format.after.as_str() {
        "" => String::new(),
        "%" => "%".into(),
        unit => format!(" {unit}"),
    };
    format!("{minus}{}{digits}{after}", format.before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_marks_of_its_column_and_a_hole_is_called_missing() {
        let format = |change: fn(&mut NumberFormat)| {
            let mut format = NumberFormat::default();
            change(&mut format);
            Some(format)
        };
        let shape = RowShape {
            image: None,
            columns: ["price", "mass", "plain"].map(String::from).to_vec(),
            formats: vec![
                format(|f| f.before = "$".into()),
                format(|f| {
                    f.decimal_comma = true;
                    f.after = "kg".into();
                }),
                None,
            ],
        };
        let both = |value: f32, column: usize| {
            let cell = Cell::Number(value);
            (
                found(&cell, &shape, column),
                expected(&cell, &shape, column),
            )
        };
        assert_eq!(both(-1234.56, 0), ("−$1234.56".into(), "−$1,235".into()));
        assert_eq!(both(1234.7, 1), ("1234,7 kg".into(), "1235 kg".into()));
        assert_eq!(both(0.1, 2), ("0.1".into(), "0.1".into()));
        assert_eq!(found(&Cell::Missing, &shape, 0), "missing");
    }
}

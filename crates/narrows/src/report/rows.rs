//! Shows rows with their reconstructions: as pictures, or as tables.

use super::causes::{Causes, causes, listed};
use super::cells::{cells, expected, found, id, name};
use super::pictures::{SIDE, picture};
use super::section::{Drawing, Grid, GridCell, GridRow, Pictures, Section};
use super::text::{clipped, count, number};
use crate::data::table::ImageShape;
use crate::look::{Cell, Reconstructions, RowLook, RowShape, RowValues};

/// Number of columns shown of a table's rows.
const COLUMNS: usize = 8;
/// Number of letters shown of a text of the data.
const TEXT: usize = 32;

/// Rows of one kind.
pub(super) struct Group {
    pub id: &'static str,
    pub title: &'static str,
    pub says: String,
    pub pictures: Vec<Pictures>,
    pub grid: Option<Grid>,
    pub causes: Vec<Causes>,
}

/// Returns the evenly spaced rows, then the worst, then the best.
pub(super) fn view(look: &Reconstructions) -> Vec<Group> {
    match look.shape.image {
        Some(shape) => of_images(look, shape),
        None => of_tables(look),
    }
}

fn of_images(look: &Reconstructions, shape: ImageShape) -> Vec<Group> {
    let with_pca = look.even.iter().any(|row| row.pca.is_some());
    let third = if with_pca {
        "; at the bottom, what PCA of the same code size makes of it"
    } else {
        ""
    };
    let noisy = match look.even.iter().any(|row| row.corrupted.is_some()) {
        true => "then the input with noise as in training and what came back of that; ",
        false => "",
    };
    let group = |id, title, says: String, rows: &[RowLook]| Group {
        id,
        title,
        says,
        pictures: rows.iter().map(|row| pictures(row, shape)).collect(),
        grid: None,
        causes: Vec::new(),
    };
    let mut groups = vec![group(
        "rows",
        "Inputs and reconstructions",
        format!(
            "{} Above, the input; {noisy}below it, what came back through {}{third}. The figure is the row's error, squared and summed over features in scaled units.",
            chosen(look),
            units(look.code),
        ),
        &look.even,
    )];
    if look.rows > look.even.len() {
        groups.push(group(
            "worst",
            "Hardest rows",
            "The rows with the largest errors, worst first: rare shapes, mistakes in the data, or what the network has yet to learn.".into(),
            &look.worst,
        ));
        groups.push(group(
            "best",
            "Easiest rows",
            "The rows with the smallest errors, best first: what the network finds most ordinary."
                .into(),
            &look.best,
        ));
    }
    groups
}

fn of_tables(look: &Reconstructions) -> Vec<Group> {
    let which = some_columns(look).unwrap_or_default();
    let mut groups = vec![Group {
        id: "rows",
        title: "Inputs and reconstructions",
        says: format!(
            "{} In each cell, the value above and what came back through {} below, in the data's own units. The stronger the tint, the further the miss: full at two standard deviations of the column.{which}",
            chosen(look),
            units(look.code),
        ),
        pictures: Vec::new(),
        grid: Some(grid(look, &look.even)),
        causes: Vec::new(),
    }];
    if look.rows > 1 {
        groups.push(Group {
            id: "worst",
            title: "Hardest rows",
            says: "The rows with the largest errors, worst first, and the columns that make most of each error: what was found, and what the network expected there. What is missing is no part of the error.".into(),
            pictures: Vec::new(),
            grid: None,
            causes: look.worst.iter().map(|row| causes(look, row)).collect(),
        });
    }
    groups
}

/// A choice of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Even,
    Worst,
    Best,
}

/// Shows rows of one kind as a section of their own.
pub(super) fn drawn(look: &Reconstructions, part: Part) -> Section {
    let rows = match part {
        Part::Even => &look.even,
        Part::Worst => &look.worst,
        Part::Best => &look.best,
    };
    let (title, mut says) = match part {
        Part::Even => ("Inputs and reconstructions", chosen(look)),
        Part::Worst => (
            "Hardest rows",
            "The rows with the largest errors, worst first.".into(),
        ),
        Part::Best => (
            "Easiest rows",
            "The rows with the smallest errors, best first.".into(),
        ),
    };
    if let (None, Some(which)) = (look.shape.image, some_columns(look))
        && part != Part::Worst
    {
        says += &which;
    }
    let stages: Vec<&str> = rows.first().map_or(Vec::new(), |row| {
        stages(row).into_iter().map(|(name, _)| name).collect()
    });
    says += &match look.shape.image {
        Some(_) => format!(
            " From top to bottom: {}. The figure is the row's error, squared and summed over features in scaled units.",
            stages.join(", ")
        ),
        None if part == Part::Worst => " For each, the columns that make most of its error: what was found, and what the network expected there. What is missing is no part of the error.".into(),
        None => " In each cell, the value above and what came back below; the stronger the tint, the further the miss: full at two standard deviations of the column.".into(),
    };
    Section {
        id: "rows",
        title: title.into(),
        says,
        full: true,
        drawings: match look.shape.image {
            Some(shape) => {
                let stacks = rows.iter().map(|row| pictures(row, shape));
                vec![Drawing::Stacks(stacks.collect())]
            }
            None if part == Part::Worst => listed(look, rows),
            None => vec![Drawing::Cells(grid(look, rows))],
        },
    }
}

/// Says that not all columns are shown, if so.
fn some_columns(look: &Reconstructions) -> Option<String> {
    let all = look.shape.columns.len();
    (all > COLUMNS).then(|| format!(" The first {COLUMNS} of {} columns are shown.", count(all)))
}

/// Returns the stages of a row, from its input on.
fn stages(row: &RowLook) -> Vec<(&'static str, &RowValues)> {
    let all = [
        ("input", Some(&row.input)),
        ("input with noise", row.corrupted.as_ref()),
        ("what came back of the noisy input", row.restored.as_ref()),
        ("reconstruction", Some(&row.reconstruction)),
        ("PCA", row.pca.as_ref()),
    ];
    all.into_iter()
        .filter_map(|(name, values)| Some((name, values?)))
        .collect()
}

fn chosen(look: &Reconstructions) -> String {
    match (look.rows, look.even.len()) {
        (1, _) => "The only row.".into(),
        (rows, shown) if rows == shown => format!("All {rows} rows."),
        (rows, shown) => format!("{shown} of {} rows, evenly spaced.", count(rows)),
    }
}

fn units(code: usize) -> String {
    match code {
        1 => "one number".into(),
        code => format!("{} numbers", count(code)),
    }
}

fn pictures(row: &RowLook, shape: ImageShape) -> Pictures {
    let stack = stages(row)
        .into_iter()
        .filter_map(|(stage, values)| match values {
            RowValues::Pixels(pixels) => {
                let title = format!("{}: {stage}", name(row));
                Some(picture(pixels, shape, title, SIDE))
            }
            RowValues::Cells(_) => None,
        });
    Pictures {
        stack: stack.collect(),
        caption: id(row),
        label: row
            .label
            .as_ref()
            .map(|label| format!("label {}", clipped(label, TEXT))),
        error: number(f64::from(row.error)),
    }
}

fn grid(look: &Reconstructions, rows: &[RowLook]) -> Grid {
    let shown = |row: &RowLook| {
        let pairs = cells(&row.input).iter().zip(cells(&row.reconstruction));
        let cell = |(at, ((input, output), miss)): (usize, ((&Cell, &Cell), &f32))| GridCell {
            input: found(input, &look.shape, at),
            output: expected(output, &look.shape, at),
            // A text that was reconstructed is no miss, however unsure the
            // network was.
            tint: match (input, output) {
                (Cell::Text(a), Cell::Text(b)) if a == b => "0.00".into(),
                _ => format!("{:.2}", (miss / 2.0).clamp(0.0, 1.0)),
            },
            title: match input {
                Cell::Missing => "missing, with what is expected there".into(),
                _ => format!("off by {} standard deviations", number(f64::from(*miss))),
            },
        };
        GridRow {
            name: name(row),
            cells: pairs
                .zip(&row.misses)
                .take(COLUMNS)
                .enumerate()
                .map(cell)
                .collect(),
            error: number(f64::from(row.error)),
        }
    };
    Grid {
        columns: look
            .shape
            .columns
            .iter()
            .take(COLUMNS)
            .map(|name| clipped(name, TEXT))
            .collect(),
        rows: rows.iter().map(shown).collect(),
    }
}

/// Shows named pairs of rows of a table, one value above the other.
pub(super) fn pairs<'r>(
    shape: &RowShape,
    most: usize,
    rows: impl Iterator<Item = (String, &'r RowValues, &'r RowValues)>,
) -> Grid {
    let row = |(name, above, below): (String, &RowValues, &RowValues)| GridRow {
        name,
        cells: cells(above)
            .iter()
            .zip(cells(below))
            .take(most)
            .enumerate()
            .map(|(at, (above, below))| GridCell {
                input: found(above, shape, at),
                output: found(below, shape, at),
                tint: "0".into(),
                title: String::new(),
            })
            .collect(),
        error: String::new(),
    };
    Grid {
        columns: shape
            .columns
            .iter()
            .take(most)
            .map(|name| clipped(name, TEXT))
            .collect(),
        rows: rows.map(row).collect(),
    }
}

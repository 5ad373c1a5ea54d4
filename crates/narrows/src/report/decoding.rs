//! Shows what codes decode to.

use super::bars::{heat, lines, rounded};
use super::pictures::{Picture, SMALL, picture};
use super::section::Pictures;
use super::section::{Drawing, Panel, Section, Strip};
use super::text::{clipped, count};
use crate::data::table::ImageShape;
use crate::look::{Decoding, Generated, Grid, Move, NewRow, RowValues, Traversal};

/// Number of letters shown of a label.
const TEXT: usize = 20;
/// Number of new rows of a table, and of columns of each.
const ROWS: usize = 4;
const COLUMNS: usize = 8;

/// Shows everything decoded, in one section.
pub(super) fn view(decoding: &Decoding) -> Section {
    let mut section = Section {
        id: "decoding",
        title: "What the code can say".into(),
        says: "Codes that no row has, decoded: one unit moved, the way between two rows, and where the model can make them, new rows.".into(),
        full: true,
        drawings: Vec::new(),
    };
    if let Some(grid) = &decoding.grid {
        section.drawings.extend(of_grid(decoding, grid));
    }
    if !decoding.traversals.is_empty() {
        section.drawings.extend(traversals(decoding));
    }
    if !decoding.interpolations.is_empty() {
        section.drawings.extend(interpolations(decoding));
    }
    if let Some(generated) = &decoding.generated {
        section.drawings.extend(new_rows(decoding, generated));
    }
    section
}

/// Shows one part as a section of its own.
pub(super) fn part(decoding: &Decoding, part: Part) -> Section {
    let drawings = match part {
        Part::Traversals => traversals(decoding),
        Part::Grid => decoding
            .grid
            .as_ref()
            .map_or(Vec::new(), |grid| of_grid(decoding, grid)),
        Part::Interpolations => interpolations(decoding),
        Part::Generated => decoding
            .generated
            .as_ref()
            .map_or(Vec::new(), |generated| new_rows(decoding, generated)),
    };
    let bare = drawings.iter().all(|drawing| match drawing {
        Drawing::Heading { .. } => true,
        Drawing::Strips(strips) => strips.is_empty(),
        Drawing::Panels(panels) => panels.is_empty(),
        _ => false,
    });
    if bare {
        return Section::default();
    }
    let mut drawings = drawings.into_iter();
    let Some(Drawing::Heading { title, says }) = drawings.next() else {
        return Section::default();
    };
    Section {
        id: "decoding",
        title,
        says,
        full: true,
        drawings: drawings.collect(),
    }
}

/// Parts of what is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Traversals,
    Grid,
    Interpolations,
    Generated,
}

fn heading(title: &str, says: String) -> Drawing {
    Drawing::Heading {
        title: title.into(),
        says,
    }
}

fn shown(values: &RowValues, shape: ImageShape, title: String) -> Option<Picture> {
    match values {
        RowValues::Pixels(pixels) => Some(picture(pixels, shape, title, SMALL)),
        RowValues::Cells(_) => None,
    }
}

fn followed(label: &str, x_name: &str, at: &[f32], moves: &[Move]) -> super::chart::Chart {
    let series: Vec<(String, &[f32])> = moves
        .iter()
        .map(|one| (one.feature.clone(), one.values.as_slice()))
        .collect();
    lines(label, x_name, at, &series)
}

fn traversals(decoding: &Decoding) -> Vec<Drawing> {
    let unit = |traversal: &Traversal| format!("unit {}", count(traversal.unit));
    let range = |traversal: &Traversal| match (traversal.at.first(), traversal.at.last()) {
        (Some(&low), Some(&high)) => format!("{} to {}", rounded(low), rounded(high)),
        _ => String::new(),
    };
    let each = match decoding.shape.image {
        Some(_) => "line",
        None => "chart",
    };
    let says = format!(
        "Each {each} moves one unit from its 2nd to its 98th percentile while the others stay as in row {}, the row nearest to the mean code: what changes is what the unit stands for.",
        count(decoding.middle)
    );
    let drawing = match decoding.shape.image {
        Some(shape) => Drawing::Strips(
            decoding
                .traversals
                .iter()
                .map(|traversal| Strip {
                    name: unit(traversal),
                    note: range(traversal),
                    pictures: traversal
                        .rows
                        .iter()
                        .zip(&traversal.at)
                        .filter_map(|(row, &at)| {
                            let title = format!("{} at {}", unit(traversal), rounded(at));
                            shown(row, shape, title)
                        })
                        .collect(),
                })
                .collect(),
        ),
        None => Drawing::Panels(
            decoding
                .traversals
                .iter()
                .map(|traversal| {
                    let name = unit(traversal);
                    Panel {
                        chart: followed(
                            &format!("Features as {name} moves"),
                            &name,
                            &traversal.at,
                            &traversal.moves,
                        ),
                        name,
                        note: "features in scaled units".into(),
                    }
                })
                .collect(),
        ),
    };
    vec![heading("One unit at a time", says), drawing]
}

fn of_grid(decoding: &Decoding, grid: &Grid) -> Vec<Drawing> {
    let (first, second) = (&grid.first, &grid.second);
    let says = format!(
        "The whole code: from left to right unit 1 from {} to {}, from bottom to top unit 2 from {} to {}, each over its 2nd to 98th percentile.",
        rounded(first[0]),
        rounded(first[first.len() - 1]),
        rounded(second[second.len() - 1]),
        rounded(second[0]),
    );
    let place = |row: usize, column: usize| {
        format!(
            "unit 1 at {}, unit 2 at {}",
            rounded(first[column]),
            rounded(second[row])
        )
    };
    let drawing = match decoding.shape.image {
        Some(shape) => Drawing::Tiles {
            across: first.len(),
            pictures: grid
                .rows
                .iter()
                .enumerate()
                .filter_map(|(at, row)| {
                    shown(row, shape, place(at / first.len(), at % first.len()))
                })
                .collect(),
        },
        None => Drawing::Panels(
            grid.moves
                .iter()
                .map(|one| {
                    let most = one.values.iter().fold(0f32, |most, v| most.max(v.abs()));
                    Panel {
                        name: clipped(&one.feature, TEXT),
                        note: format!("full colour at ±{}, in scaled units", rounded(most)),
                        chart: heat(
                            &format!("{} over the code", one.feature),
                            &one.values,
                            first.len(),
                            most,
                            &[],
                            |row, column, value| {
                                format!("{}: {}", place(row, column), rounded(value))
                            },
                        ),
                    }
                })
                .collect(),
        ),
    };
    vec![heading("A map of what codes decode to", says), drawing]
}

fn interpolations(decoding: &Decoding) -> Vec<Drawing> {
    let named = |at: usize| {
        let way = &decoding.interpolations[at];
        let labels = way.labels.as_ref().map_or(String::new(), |[from, to]| {
            format!("{} to {}", clipped(from, TEXT), clipped(to, TEXT))
        });
        (
            format!("rows {} to {}", count(way.from), count(way.to)),
            labels,
        )
    };
    let ways = decoding.interpolations.iter().enumerate();
    let (says, drawing) = match decoding.shape.image {
        Some(shape) => (
            "At both ends of a line a row as it was read; between them decoded mixes of the two codes in equal steps. Where the code is smooth every step looks like data.",
            Drawing::Strips(
                ways.map(|(at, way)| {
                    let (name, note) = named(at);
                    let steps = way.rows.len() - 1;
                    let first = shown(&way.first, shape, format!("row {} as read", way.from));
                    let last = shown(&way.last, shape, format!("row {} as read", way.to));
                    let between = way.rows.iter().enumerate().filter_map(|(step, row)| {
                        let share = format!("{} % of the way", 100 * step / steps);
                        shown(row, shape, share)
                    });
                    let framed = |mut picture: Picture| {
                        picture.mark = "read";
                        picture
                    };
                    Strip {
                        name,
                        note,
                        pictures: first
                            .map(framed)
                            .into_iter()
                            .chain(between)
                            .chain(last.map(framed))
                            .collect(),
                    }
                })
                .collect(),
            ),
        ),
        None => (
            "Decoded mixes of two rows' codes in equal steps, and the features that change most on the way, in scaled units.",
            Drawing::Panels(
                ways.map(|(at, way)| {
                    let (name, note) = named(at);
                    let last = (way.rows.len() - 1).max(1) as f32;
                    let steps: Vec<f32> =
                        (0..way.rows.len()).map(|step| step as f32 / last).collect();
                    Panel {
                        chart: followed(
                            &format!("Features between {name}"),
                            "part of the way",
                            &steps,
                            &way.moves,
                        ),
                        name,
                        note,
                    }
                })
                .collect(),
            ),
        ),
    };
    vec![heading("From row to row", says.into()), drawing]
}

fn new_rows(decoding: &Decoding, generated: &Generated) -> Vec<Drawing> {
    let old = match generated.training {
        true => "rows of the training data",
        false => "rows looked at",
    };
    let usual = generated.usual_distance.map_or(String::new(), |usual| {
        format!(
            " From one of those rows to its nearest it is {} on average.",
            rounded(usual)
        )
    });
    let mut says = format!(
        "As `narrows generate` makes them; below each, the nearest of {} {old}, and how far it is: near 0 would mean a copy.{usual}",
        count(generated.old)
    );
    let drawing = match decoding.shape.image {
        Some(shape) => {
            let stack = |row: &NewRow| {
                let nearest = format!("row {}, the nearest", count(row.nearest_row));
                let pictures = [
                    shown(&row.row, shape, "new row".into()),
                    shown(&row.nearest, shape, nearest),
                ];
                Pictures {
                    stack: pictures.into_iter().flatten().collect(),
                    caption: format!("row {}", count(row.nearest_row)),
                    label: None,
                    error: rounded(row.distance),
                }
            };
            Drawing::Stacks(generated.rows.iter().map(stack).collect())
        }
        None => {
            says += " In each cell, the new value above and that of the nearest row below.";
            let rows = generated.rows.iter().take(ROWS * 2);
            Drawing::Cells(super::rows::pairs(
                &decoding.shape,
                COLUMNS,
                rows.map(|row| {
                    let name = format!(
                        "row {} at {}",
                        count(row.nearest_row),
                        rounded(row.distance)
                    );
                    (name, &row.row, &row.nearest)
                }),
            ))
        }
    };
    vec![heading("New rows", says), drawing]
}

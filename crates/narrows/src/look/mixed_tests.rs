//! Looks at a table of numbers, texts and missing cells.

use super::*;
use crate::config::{Config, Kind as ColumnKindSetting, Missing};
use crate::data::table::{Column, Values};
use crate::train::Autoencoder;

const ROWS: usize = 600;
/// The columns of [`table`], in its order.
const SIZE: usize = 0;
const COLOUR: usize = 1;
const NOISE: usize = 2;
const TWO: usize = 3;
const TOWN: usize = 4;

/// Returns rows of a number, a text and a number of two values that follow from
/// it, a number that follows from nothing, and a town of which some are rare.
/// Each eleventh cell is missing, but none of a colour.
fn table() -> Table {
    let towns = (0..8).map(|town| format!("town {town}"));
    let columns = vec![
        Column::number("size"),
        Column::category("colour", ["red", "green", "blue"].map(String::from)),
        Column::number("noise"),
        Column::number("two"),
        Column::category("town", towns),
    ];
    let mut values = Vec::new();
    for row in 0..ROWS {
        let size = (row * 37 % 101) as f32;
        // Towns 2 to 7 are in one row each.
        let town = match row % 100 {
            7 => 2 + row / 100,
            _ => row % 2,
        };
        values.extend([
            size,
            (size / 34.0).floor(),
            (row * 7919 % 499) as f32,
            if size > 50.0 { 9.0 } else { 4.0 },
            town as f32,
        ]);
    }
    for (at, value) in values.iter_mut().enumerate() {
        if at % 11 == 10 && at % 5 != COLOUR {
            *value = f32::NAN;
        }
    }
    Table::new(columns, Values::Floats(values)).unwrap()
}

fn model(table: &Table) -> Model {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![16], 2);
    config.data.missing = Missing::Mask;
    config.data.held_out = Some(60.into());
    let kinds = &mut config.data.kinds;
    kinds.insert("town".into(), ColumnKindSetting::Category);
    (config.train.epochs, config.train.batch) = (30, 20);
    config.optimizer.rate = 0.01;
    Autoencoder::new(config).train(table).unwrap()
}

#[test]
fn columns_are_listed_with_what_they_hold_the_worst_first() {
    let table = table();
    let model = model(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let found = looking.columns(&looking.evaluation().unwrap());
    assert_eq!(found.len(), 5);
    let explained: Vec<f64> = found.iter().filter_map(|c| c.errors.explained).collect();
    assert!(
        explained.is_sorted() && explained.len() == 5,
        "{explained:?}"
    );
    let of = |name: &str| found.iter().find(|c| c.errors.name == name).unwrap();
    let place = |name: &str| found.iter().position(|c| c.errors.name == name).unwrap();
    assert!(place("colour") > place("noise"));
    let kinds = ["size", "colour", "two", "town"].map(|name| (of(name).kind, of(name).levels));
    assert_eq!(
        kinds,
        [
            ("number", None),
            ("category", Some(3)),
            ("two values", None),
            ("category", Some(3)),
        ]
    );
    let known = |at: usize| {
        (0..ROWS)
            .filter(|&row| !table.value(row, at).is_nan())
            .count()
    };
    assert_eq!(of("size").errors.known, known(SIZE));
    assert_eq!((of("colour").errors.known, of("colour").rows), (ROWS, ROWS));
    // A number's miss is in its own units, and less than it varies.
    let miss = of("size").typical_miss.unwrap();
    assert!(miss > 0.0 && miss < 29.0, "{miss}");
    assert_eq!(of("town").typical_miss, None);
}

#[test]
fn a_model_that_compares_features_in_one_way_lists_no_columns() {
    let table = Table::from_floats((0..300).map(|i| ((i * 37) % 101) as f32).collect(), 6).unwrap();
    let model = crate::tests::autoencoders::trained(&table, 2);
    assert!(look(&model, &table).unwrap().columns.is_empty());
}

fn cells(values: &RowValues) -> &[Cell] {
    let RowValues::Cells(cells) = values else {
        panic!("pixels of a table")
    };
    cells
}

#[test]
fn a_cell_that_is_missing_is_shown_as_missing_wherever_rows_are() {
    let table = table();
    let model = model(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let found = looking.reconstructions();
    let mut holes = 0;
    let mut check = |row: usize, values: &RowValues| {
        for (column, cell) in cells(values).iter().enumerate() {
            let is_missing = table.value(row - 1, column).is_nan();
            assert_eq!(*cell == Cell::Missing, is_missing, "{row} {column}");
            holes += usize::from(is_missing);
        }
    };
    let rows = found.even.iter().chain(&found.worst).chain(&found.best);
    rows.for_each(|row| check(row.row, &row.input));
    let units = looking.units(&UnitSelection::default()).unwrap();
    let shown = units.layers.iter().flat_map(|layer| &layer.shown);
    shown
        .flat_map(|unit| &unit.top)
        .for_each(|row| check(row.row, &row.input));
    let live = looking.live();
    let points = live.points.iter();
    points.for_each(|point| check(point.row, &point.input));
    for way in &looking.decoding().unwrap().interpolations {
        check(way.from, &way.first);
        check(way.to, &way.last);
    }
    assert!(holes > 20, "{holes}");
    assert!(live.points.iter().all(|point| point.error.is_finite()));
    // What is expected there is a value all the same.
    let row = found.even.iter().chain(&found.worst);
    let mut expected = row.flat_map(|row| cells(&row.reconstruction));
    assert!(expected.all(|cell| *cell != Cell::Missing));
    let json = serde_json::to_value(&Cell::Missing).unwrap();
    assert!(json.is_null());
}

#[test]
fn a_row_is_shown_in_the_columns_own_words_beside_what_is_likeliest() {
    let table = table();
    let model = model(&table);
    // Row 8 has a text that became one of the others.
    let rare = table.select(&[7, 9]);
    let found = Looking::new(&model, &rare).unwrap().reconstructions();
    let row = &found.even[0];
    assert_eq!(cells(&row.input)[TOWN], Cell::Text("town 2".into()));
    let likeliest = &cells(&row.reconstruction)[TOWN];
    assert!(matches!(likeliest, Cell::Text(text) if text != "town 2"));
    let probabilities = &row.probabilities;
    assert_eq!(probabilities.len(), 5);
    for (column, probability) in probabilities.iter().enumerate() {
        let tells = [COLOUR, TWO, TOWN].contains(&column);
        assert_eq!(probability.is_some(), tells, "{column}");
        let least = if column == TWO { 0.5 } else { 1.0 / 3.0 };
        assert!(probability.is_none_or(|p| p >= least && p <= 1.0));
    }
    // One of two values is expected, and nothing between them.
    let two = &cells(&row.reconstruction)[TWO];
    assert!(
        [Cell::Number(4.0), Cell::Number(9.0)].contains(two),
        "{two:?}"
    );
    assert!(matches!(cells(&row.reconstruction)[NOISE], Cell::Number(_)));
}

#[test]
fn holes_are_where_cells_are_missing_and_the_most_missing_columns_come_first() {
    let table = table();
    let found = Looking::new(&model(&table), &table).unwrap().holes();
    let found = found.unwrap();
    assert_eq!((found.rows, found.shown.len()), (ROWS, 100));
    let names: Vec<&str> = found.columns.iter().map(|c| c.name.as_str()).collect();
    assert!(names.len() == 4 && !names.contains(&"colour"), "{names:?}");
    assert!(found.columns.is_sorted_by(|a, b| a.share >= b.share));
    let of = |name: &str| found.columns.iter().find(|c| c.name == name).unwrap();
    for (name, at) in [("size", SIZE), ("noise", NOISE), ("two", TWO)] {
        let lacks = |row: usize| table.value(row, at).is_nan();
        let share = (0..ROWS).filter(|&row| lacks(row)).count() as f64 / ROWS as f64;
        assert!((of(name).share - share).abs() < 1e-12, "{name}");
        let shown = found.shown.iter().map(|&row| lacks(row - 1));
        assert!(shown.eq(of(name).missing.iter().copied()), "{name}");
    }
    let lacks = |row: &usize| (0..5).any(|at| table.value(*row, at).is_nan());
    assert_eq!(found.lacking, (0..ROWS).filter(lacks).count());
    let whole: Vec<usize> = (0..ROWS).filter(|row| !lacks(row)).collect();
    let whole = table.select(&whole);
    let model = model(&table);
    assert_eq!(Looking::new(&model, &whole).unwrap().holes(), None);
}

#[test]
fn what_the_code_follows_is_associated_with_it() {
    let table = table();
    let model = model(&table);
    let found = Looking::new(&model, &table).unwrap().associations();
    assert_eq!(found.len(), 2);
    let strongest = |name: &str| {
        let all = found.iter().flat_map(|unit| &unit.columns);
        let of = all.filter(|of| of.column == name);
        of.map(|of| of.strength.abs()).fold(0.0, f64::max)
    };
    assert!(strongest("size") > 0.7, "{found:?}");
    assert!(strongest("colour") > 0.7, "{found:?}");
    for unit in &found {
        let sizes: Vec<f64> = unit.columns.iter().map(|of| of.strength.abs()).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.len() <= 5);
        for of in &unit.columns {
            let text = ["colour", "town"].contains(&of.column.as_str());
            assert_eq!(of.signed, !text, "{}", of.column);
        }
    }
}

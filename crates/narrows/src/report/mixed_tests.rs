//! Reports of tables of several kinds of columns, of which cells are missing.

use super::report;
use crate::config::{Config, Missing};
use crate::data::table::{Column, Table, Values};
use crate::look::{Kind, Looking, Options};
use crate::model::Model;
use crate::report::Figure;
use crate::train::Autoencoder;

/// A name that no layout has room for.
const LONG: &str =
    "a name of a column that says everything that there is to say about what it holds, and more";
/// What missing cells of `hole` are filled in with: the mean of 1000 and 3000.
/// It is written as found, not as expected.
const FILLED: &str = "2000";

/// Returns rows of a text, a number of which every third cell is missing, and
/// more numbers.
fn table(more: usize) -> Table {
    let mut columns = vec![
        Column::category(LONG, ["first", "second"].map(String::from)),
        Column::number("hole"),
    ];
    columns.extend((0..more).map(|at| Column::number(format!("number {at}"))));
    let mut values = Vec::new();
    for row in 0..90 {
        values.push((row % 2) as f32);
        values.push(match row % 3 {
            0 => f32::NAN,
            _ => 1000.0 + 2000.0 * (row % 2) as f32,
        });
        values.extend((0..more).map(|at| ((row * 37 + at * 11) % 101) as f32));
    }
    Table::new(columns, Values::Floats(values)).unwrap()
}

fn model(table: &Table) -> Model {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![4], 2);
    config.data.missing = Missing::Mask;
    config.data.held_out = Some(0.into());
    (config.train.epochs, config.train.batch) = (2, 20);
    Autoencoder::new(config).train(table).unwrap()
}

#[test]
fn a_report_of_mixed_columns_lists_columns_and_no_features() {
    let table = table(2);
    let model = model(&table);
    let html = report(&Looking::new(&model, &table).unwrap(), "mixed").unwrap();
    for id in ["columns", "missing", "associations"] {
        let there = html.matches(&format!("id=\"{id}\"")).count();
        assert_eq!(there, 1, "{id}");
        assert!(html.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    assert!(!html.contains("id=\"features\""));
    assert!(html.contains("category of 2"));
    assert!(html.contains("66.7\u{202f}%"), "the known share");
    let (seen, _) = html.split_once("<script type").unwrap();
    for wrong in ["NaN", "None", "Some("] {
        assert!(!seen.contains(wrong), "{wrong}");
    }
}

#[test]
fn a_missing_cell_is_never_shown_as_what_it_was_filled_in_with() {
    let table = table(1);
    let model = model(&table);
    let looking = Looking::new(&model, &table).unwrap();
    for kind in [Kind::Reconstructions, Kind::Worst, Kind::Best] {
        let figure = Figure::of(&looking, kind, &Options::default()).unwrap();
        assert!(figure.svg.contains(">missing</text>"), "{kind:?}");
        assert!(
            !figure.svg.contains(&format!(">{FILLED}</text>")),
            "{kind:?}"
        );
    }
}

#[test]
fn of_many_columns_the_worst_are_listed_and_the_others_counted() {
    let table = table(398);
    let model = model(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let html = report(&looking, "wide").unwrap();
    assert!(html.contains("and 360 more"));
    let lines = html.matches("<td class=\"bar-cell\">").count();
    assert_eq!(lines, 40);
    let figure = Figure::of(&looking, Kind::Columns, &Options::default()).unwrap();
    assert!(figure.svg.contains("and 360 more"));
    assert_eq!(figure.json["columns"].as_array().unwrap().len(), 400);
    // No text of the drawing is cut by its right end.
    let width = 980.0;
    for text in figure.svg.split("<text ").skip(1) {
        let at: f64 = text
            .split("x=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(at <= width, "{text}");
    }
}

#[test]
fn looks_at_what_is_not_there_say_so() {
    let values = (0..300).map(|i| ((i * 37) % 101) as f32).collect();
    let plain = Table::from_floats(values, 6).unwrap();
    let model = crate::tests::autoencoders::trained(&plain, 2);
    let looking = Looking::new(&model, &plain).unwrap();
    for (kind, says) in [
        (Kind::Columns, "compares features in one way"),
        (Kind::Missing, "without missing cells"),
    ] {
        let error = Figure::of(&looking, kind, &Options::default()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let html = report(&looking, "plain").unwrap();
    assert!(html.contains("id=\"features\"") && !html.contains("id=\"missing\""));
}

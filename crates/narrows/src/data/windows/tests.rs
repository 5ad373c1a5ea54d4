use super::*;
use crate::data::table::{ColumnKind, TagKind, Tags};

fn series(window: usize) -> DataConfig {
    DataConfig {
        window: Some(window),
        ..DataConfig::default()
    }
}

/// Returns rows of a number and a text, with their times and groups.
fn rows(of: &[(&str, f64, f32)]) -> Table {
    let tags = |name: &str, values: Vec<String>| Tags {
        name: name.into(),
        values,
        kind: TagKind::Text,
    };
    let columns = vec![
        Column::number("value"),
        Column::category("sign", ["-", "+"]),
    ];
    let values = of
        .iter()
        .flat_map(|row| [row.2, f32::from(u8::from(row.2 > 0.0))]);
    Table::new(columns, Values::Floats(values.collect()))
        .unwrap()
        .with_ids(tags("of", of.iter().map(|row| row.0.into()).collect()))
        .unwrap()
        .with_ids(tags("at", of.iter().map(|row| row.1.to_string()).collect()))
        .unwrap()
}

fn values(table: &Table) -> Vec<Vec<f32>> {
    let width = table.columns.len();
    let row = |row: usize| (0..width).map(|at| table.value(row, at)).collect();
    (0..table.rows()).map(row).collect()
}

#[test]
fn a_window_is_a_row_with_those_before_it_column_by_column() {
    let table = rows(&[("a", 1.0, 10.0), ("a", 2.0, -20.0), ("a", 3.0, 30.0)]);
    let windows = table.in_windows(&series(2)).unwrap();
    let names: Vec<&str> = windows.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["value t-1", "value", "sign t-1", "sign"]);
    assert_eq!(
        values(&windows),
        [[10.0, -20.0, 1.0, 0.0], [-20.0, 30.0, 0.0, 1.0]]
    );
    assert_eq!((windows.number_of(0), windows.number_of(1)), (2, 3));
    assert_eq!(windows.ids[1].values, ["2", "3"]);
    assert_eq!(windows.time_of(0, 0).unwrap(), "1");
    assert_eq!(windows.newest().columns[0].name, "value");
    assert_eq!(values(&windows.newest()), [[-20.0, 0.0], [30.0, 1.0]]);
}

#[test]
fn windows_keep_to_their_series_their_time_and_their_step() {
    let mut data = series(2);
    data.time = Some("at".into());
    data.group = Some("of".into());
    data.gap = Some(5.0);
    let table = rows(&[
        ("b", 4.0, 4.0),
        ("a", 1.0, 1.0),
        ("b", 1.0, 2.0),
        ("a", 2.0, 3.0),
        ("a", 9.0, 5.0),
        ("a", 10.0, 6.0),
        ("a", 11.0, 7.0),
    ]);
    let first = |table: &Table| -> Vec<(f32, f32)> {
        let both = |row| (table.value(row, 0), table.value(row, 1));
        (0..table.rows()).map(both).collect()
    };
    let windows = table.clone().in_windows(&data).unwrap();
    assert_eq!(
        first(&windows),
        [(1.0, 3.0), (2.0, 4.0), (5.0, 6.0), (6.0, 7.0)]
    );
    assert_eq!(windows.time_of(1, 0).unwrap(), "1");
    let told: Vec<String> = windows.notes.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|note| note.contains("order of 'at'")),
        "{told:?}"
    );
    assert!(told.iter().any(|note| note.contains("row 5")), "{told:?}");
    data.step = Some(2);
    let windows = table.in_windows(&data).unwrap();
    assert_eq!(first(&windows), [(1.0, 3.0), (2.0, 4.0), (5.0, 6.0)]);
}

#[test]
fn parts_make_the_windows_of_the_whole() {
    let of: Vec<(&str, f64, f32)> = (0..60)
        .map(|at| {
            (
                ["a", "b"][at % 3 % 2],
                at as f64 + 9.0 * (at / 40) as f64,
                (at * 7 % 11) as f32 - 5.0,
            )
        })
        .collect();
    let mut data = series(4);
    data.time = Some("at".into());
    data.group = Some("of".into());
    data.step = Some(3);
    data.gap = Some(6.0);
    let whole = rows(&of).in_windows(&data).unwrap();
    let mut cutter = Cutter::new(data.series().unwrap());
    let (mut parts, mut numbers, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for (at, part) in of.chunks(7).enumerate() {
        let mut part = rows(part);
        part.places = Some((at * 7..at * 7 + part.rows()).collect());
        if let Some(windows) = cutter.cut(part, false).unwrap() {
            parts.extend(values(&windows));
            numbers.extend((0..windows.rows()).map(|row| windows.number_of(row)));
            times.extend((0..windows.rows()).map(|row| windows.time_of(row, 0)));
        }
    }
    assert_eq!(parts, values(&whole));
    let of_whole = (0..whole.rows()).map(|row| whole.number_of(row));
    assert_eq!(numbers, of_whole.collect::<Vec<_>>());
    assert_eq!(
        times,
        (0..whole.rows())
            .map(|row| whole.time_of(row, 0))
            .collect::<Vec<_>>()
    );
    assert!(whole.rows() > 10);
}

#[test]
fn texts_of_two_parts_are_one_column() {
    let part = |levels: [&str; 2], places: Vec<usize>| {
        let mut table = Table::new(
            vec![Column::category("colour", levels)],
            Values::Floats(vec![0.0, 1.0]),
        )
        .unwrap();
        table.places = Some(places);
        table
    };
    let mut cutter = Cutter::new(series(3).series().unwrap());
    assert!(
        cutter
            .cut(part(["red", "green"], vec![0, 1]), false)
            .unwrap()
            .is_none()
    );
    let windows = cutter
        .cut(part(["blue", "red"], vec![2, 3]), false)
        .unwrap()
        .unwrap();
    let texts = |row: usize| -> Vec<String> {
        let text = |at: usize| match &windows.columns[at].kind {
            ColumnKind::Category(levels) => levels[windows.value(row, at) as usize].clone(),
            _ => unreachable!("a category"),
        };
        (0..3).map(text).collect()
    };
    assert_eq!(texts(0), ["red", "green", "blue"]);
    assert_eq!(texts(1), ["green", "blue", "red"]);
}

#[test]
fn rows_that_make_no_windows_are_refused() {
    let short = rows(&[("a", 1.0, 1.0)]).in_windows(&series(2)).unwrap_err();
    assert!(short.to_string().contains("data.window"), "{short}");
    let mut data = series(2);
    data.time = Some("at".into());
    let mut cutter = Cutter::new(data.series().unwrap());
    let back = rows(&[("a", 2.0, 1.0), ("a", 1.0, 1.0)]);
    let back = cutter.cut(back, false).unwrap_err().to_string();
    assert!(back.contains("row 2") && back.contains("sort"), "{back}");
    data.time = None;
    data.group = Some("which".into());
    let none = rows(&[("a", 2.0, 1.0)])
        .in_windows(&data)
        .unwrap_err()
        .to_string();
    assert!(none.contains("'which'"), "{none}");
    let pictures = Table::from_images(
        vec![0; 8],
        crate::data::table::ImageShape {
            height: 2,
            width: 2,
            channels: 1,
        },
    );
    let pictures = pictures.unwrap().in_windows(&series(2)).unwrap_err();
    assert!(pictures.to_string().contains("pictures"), "{pictures}");
}

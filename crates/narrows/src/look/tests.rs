use super::*;
use crate::autoencoders::{first_feature_only, trained};
use crate::table::{Column, ColumnKind, ImageShape, Tags, Values};

/// Features (0, 1), (2, 0), (4, 3): only the first comes back.
fn three_rows() -> (Model, Table) {
    let mut table = Table::from_floats(vec![0., 1., 2., 0., 4., 3.], 2).unwrap();
    table.labels = Some(Tags {
        name: "kind".into(),
        values: vec!["a".into(), "b".into(), "a".into()],
    });
    (first_feature_only(&table), table)
}

#[test]
fn spaced_rows_reach_from_the_first_to_the_last() {
    assert_eq!(spaced(3, 5), [0, 1, 2]);
    assert_eq!(spaced(101, 5), [0, 25, 50, 75, 100]);
}

#[test]
fn errors_and_features_by_hand() {
    let (model, table) = three_rows();
    let look = look(&model, &table).unwrap();
    // The second feature's squares are lost: 1, 0 and 9.
    let errors: Vec<f32> = look.reconstructions.even.iter().map(|r| r.error).collect();
    assert_eq!(errors, [1.0, 0.0, 9.0]);
    let worst: Vec<usize> = look.reconstructions.worst.iter().map(|r| r.row).collect();
    assert_eq!(worst, [3, 1, 2]);
    assert_eq!(look.reconstructions.best[0].row, 2);
    let [lost, kept] = &look.features[..] else {
        panic!()
    };
    assert_eq!((lost.name.as_str(), lost.share), ("x2", 1.0));
    assert!((lost.mse - 10.0 / 3.0).abs() < 1e-9);
    // Around its mean 4/3 the squares are 1/9, 16/9 and 25/9.
    assert!((lost.explained_variance.unwrap() - (1.0 - 10.0 / (42.0 / 9.0))).abs() < 1e-9);
    assert_eq!((kept.share, kept.explained_variance), (0.0, Some(1.0)));
    assert_eq!(look.errors.median, 1.0);
}

#[test]
fn rows_show_values_misses_and_the_columns_to_blame() {
    let (model, table) = three_rows();
    let look = look(&model, &table).unwrap();
    let row = &look.reconstructions.worst[0];
    let cells = |a, b| RowValues::Cells(vec![Cell::Number(a), Cell::Number(b)]);
    assert_eq!(row.input, cells(4.0, 3.0));
    assert_eq!(row.reconstruction, cells(4.0, 0.0));
    assert_eq!((row.top[0].column, row.top[0].share), (1, 1.0));
    // Off by 3, in deviations of the root of 14/9.
    assert!((row.misses[1] - 3.0 / (14f32 / 9.0).sqrt()).abs() < 1e-6);
    assert_eq!((row.misses[0], row.label.as_deref()), (0.0, Some("a")));
}

#[test]
fn a_code_of_one_unit_is_its_own_map() {
    let (model, table) = three_rows();
    let codes = look(&model, &table).unwrap().codes;
    assert_eq!(codes.axes, Axes::Unit);
    assert_eq!(codes.points, [[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]);
    assert_eq!((codes.means[0], codes.idle), (2.0, 0));
    assert!((codes.deviations[0] - (8f32 / 3.0).sqrt()).abs() < 1e-6);
    assert_eq!(codes.labels.unwrap().1, ["a", "b", "a"]);
}

#[test]
fn wide_codes_lie_along_their_principal_axes() {
    // A line in three directions, centred, and a little off it.
    let points = [-2.0, -1.0, 0.0, 1.0, 2.0];
    let rows: Vec<f32> = points
        .iter()
        .flat_map(|t| [3.0 * t, 0.1 * (t * t - 2.0), 4.0 * t])
        .collect();
    let (map, axes) = super::codes::principal_of(&rows, 3);
    for (place, t) in map.iter().zip(points) {
        assert!((place[0] - 5.0 * t).abs() < 1e-5, "{place:?}");
        assert!((place[1] - 0.1 * (t * t - 2.0)).abs() < 1e-5, "{place:?}");
    }
    let Axes::Principal([first, second]) = axes else {
        panic!()
    };
    assert!(first > 0.999 && (first + second - 1.0).abs() < 1e-6);
}

#[test]
fn more_units_than_are_diagonalised_give_the_same_axes() {
    let units = 600;
    let rows: Vec<f32> = (0..5)
        .flat_map(|row| {
            (0..units).map(move |unit| match unit {
                10 => row as f32 - 2.0,
                20 => 0.1 * ((row * row) as f32 - 4.0 * row as f32 + 2.0),
                _ => 0.0,
            })
        })
        .collect();
    let (map, _) = super::codes::principal_of(&rows, units);
    let along: Vec<f32> = map.iter().map(|p| p[0]).collect();
    for (place, expected) in along.iter().zip([-2.0, -1.0, 0.0, 1.0, 2.0]) {
        assert!((place - expected).abs() < 1e-5, "{along:?}");
    }
    assert!((map[0][1] - 0.2).abs() < 1e-5, "{map:?}");
}

#[test]
fn categories_are_shown_as_their_texts() {
    let mut table = Table::from_floats(vec![0., 5., 1., 6., 0., 7., 1., 9.], 2).unwrap();
    table.columns = vec![
        Column {
            name: "kind".into(),
            kind: ColumnKind::Category(vec!["red".into(), "blue".into()]),
        },
        Column::number("size"),
    ];
    let look = look(&trained(&table, 2), &table).unwrap();
    let RowValues::Cells(cells) = &look.reconstructions.even[1].input else {
        panic!()
    };
    assert_eq!(cells[0], Cell::Text("blue".into()));
    assert_eq!(look.reconstructions.even[0].misses.len(), 2);
    assert_eq!(look.features.len(), 3);
}

#[test]
fn images_have_pixels_and_filters_of_unit_height() {
    let shape = ImageShape {
        height: 2,
        width: 2,
        channels: 1,
    };
    let pixels: Vec<u8> = (0..80).map(|i| (i * 53 % 256) as u8).collect();
    let table = Table::from_images(pixels, shape).unwrap();
    let look = look(&trained(&table, 3), &table).unwrap();
    let first = &look.reconstructions.even[0];
    let Values::Bytes(bytes) = &table.values else {
        panic!()
    };
    assert_eq!(first.input, RowValues::Pixels(bytes[..4].to_vec()));
    let filters = look.filters.unwrap();
    assert_eq!((filters.units, filters.shown.len()), (3, 3));
    for filter in &filters.shown {
        let largest = filter.weights.iter().fold(0f32, |m, w| m.max(w.abs()));
        assert_eq!((filter.weights.len(), largest), (4, 1.0));
    }
    let order: Vec<f32> = filters.shown.iter().map(|f| f.deviation).collect();
    assert!(order.is_sorted_by(|a, b| a >= b), "{order:?}");
}

#[test]
fn curves_hold_every_term_and_the_held_out_rows() {
    let table = Table::from_floats((0..90).map(|i| (i * 7 % 13) as f32).collect(), 3).unwrap();
    let look = look(&trained(&table, 2), &table).unwrap();
    let epochs: Vec<usize> = look.curves.total.points.iter().map(|p| p.0).collect();
    assert_eq!(epochs, [1, 2]);
    assert_eq!(look.curves.terms.len(), 1);
    assert_eq!(look.curves.terms[0].name, "reconstruction");
    assert_eq!(look.curves.held_out.points.len(), 2);
}

#[test]
fn one_row_and_constant_columns_can_be_looked_at_and_no_rows_not() {
    let (model, table) = three_rows();
    let one = look(&model, &table.select(&[2])).unwrap();
    assert_eq!(one.evaluation.scaled.explained_variance, None);
    assert_eq!(one.features[0].explained_variance, None);
    assert_eq!(one.codes.idle, 0);
    let none = look(&model, &table.select(&[])).unwrap_err().to_string();
    assert!(none.contains("found no rows"), "{none}");
}

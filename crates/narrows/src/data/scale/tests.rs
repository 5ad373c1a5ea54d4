use super::*;
use crate::base::error::Result;
use crate::base::warning::Warning;
use crate::config::Config;
use crate::data::table::{Column, ColumnKind, Table, Values};
use crate::settings::{DataConfig, Scale};

fn fitted(table: &Table, change: impl FnOnce(&mut Config)) -> Result<Scaler> {
    let mut config = Config::default();
    change(&mut config);
    let rows: Vec<usize> = (0..table.rows()).collect();
    Scaler::fit(
        table,
        &rows,
        &config.data,
        config.network.output,
        &mut Vec::new(),
    )
}

fn table() -> Table {
    Table::from_floats(vec![1., 10., 3., 20., 5., 60.], 2).unwrap()
}

#[test]
fn standard_scaling_gives_mean_0_and_deviation_1_and_is_undone() {
    let table = table();
    let scaler = fitted(&table, |_| {}).unwrap();
    assert_eq!(scaler.method, Method::Standard);
    let prepared = scaler.fit_to(&table).unwrap();
    let features = prepared.range(0, 3);
    for column in 0..2 {
        let of: Vec<f32> = features.iter().skip(column).step_by(2).copied().collect();
        let mean = of.iter().sum::<f32>() / 3.0;
        let variance = of.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 3.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
    }
    let Values::Floats(back) = scaler.undo(&features).values else {
        panic!()
    };
    for (a, b) in back.iter().zip([1., 10., 3., 20., 5., 60.]) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

/// Returns two images of two pixels, as bytes and as the same numbers in
/// floats.
fn images(values: [u8; 4]) -> [Table; 2] {
    let floats = Values::Floats(values.map(f32::from).to_vec());
    [Values::Bytes(values.to_vec()), floats].map(|values| {
        let mut table = Table::unnamed("images", values, 2).unwrap();
        table.image = Some(ImageShape {
            height: 1,
            width: 2,
            channels: 1,
        });
        table
    })
}

fn assert_near(found: &[f32], expected: &[f32]) {
    let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
    let same = found.len() == expected.len();
    assert!(same && found.iter().zip(expected).all(near), "{found:?}");
}

#[test]
fn centring_takes_the_mean_away_and_keeps_widths() {
    let table = table();
    let scaler = fitted(&table, |c| c.data.scale = Scale::Centre).unwrap();
    let features = scaler.fit_to(&table).unwrap().range(0, 3);
    assert_eq!(features, [-2., -20., 0., -10., 2., 30.]);
    assert_eq!(scaler.undo(&features).values, table.values);
    assert!(!scaler.mixes_units() && !scaler.changes_units());
    let text = serde_json::to_string(&scaler).unwrap();
    assert_eq!(serde_json::from_str::<Scaler>(&text).unwrap(), scaler);
}

#[test]
fn centred_columns_have_levels_and_missing_cells_as_others_do() {
    let mut table = table();
    table.columns[0].kind = ColumnKind::Category(vec!["a".into(), "b".into()]);
    table.values = Values::Floats(vec![1., 10., 0., f32::NAN, 1., 40.]);
    let scaler = fitted(&table, |c| {
        (c.data.scale, c.data.missing) = (Scale::Centre, Missing::Mean);
    });
    let scaler = scaler.unwrap();
    let prepared = scaler.fit_to(&table).unwrap();
    let features = prepared.range(0, 3);
    assert_eq!(features, [0., 1., -15., 1., 0., 0., 0., 1., 15.]);
    assert_eq!(prepared.missing(0).count(), 0);
    assert_eq!(prepared.missing(1).collect::<Vec<_>>(), [2]);
    let Values::Floats(values) = &mut table.values else {
        panic!()
    };
    values[2] = f32::NAN;
    let prepared = scaler.fit_to(&table).unwrap();
    assert_eq!(prepared.missing(1).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn centred_pixels_are_in_units_of_255_and_fractions_are_refused() {
    let centred = |c: &mut Config| c.data.scale = Scale::Centre;
    let [bytes, mut floats] = images([0, 51, 102, 255]);
    let scaler = fitted(&bytes, centred).unwrap();
    assert!(scaler.changes_units());
    for table in [&bytes, &floats] {
        let features = scaler.fit_to(table).unwrap().range(0, 2);
        assert_near(&features, &[-0.2, -0.4, 0.2, 0.4]);
        let Values::Floats(back) = scaler.undo(&features).values else {
            panic!()
        };
        assert!(
            back.iter()
                .zip([0., 51., 102., 255.])
                .all(|(a, b)| (a - b).abs() < 1e-3)
        );
    }
    floats.values = Values::Floats(vec![0., 0.2, 0.4, 1.]);
    let error = scaler.fit_to(&floats).err().unwrap().to_string();
    assert!(error.contains("expected pixels from 0 to 255"), "{error}");
    let scaler = fitted(&floats, centred).unwrap();
    let error = scaler.fit_to(&bytes).err().unwrap().to_string();
    assert!(error.contains("found pixels from 0 to 255"), "{error}");
}

#[test]
fn bytes_are_scaled_as_the_same_numbers_in_floats() {
    for scale in [Scale::None, Scale::MinMax, Scale::Standard, Scale::Centre] {
        // As images, and as rows that are not images.
        for image in [true, false] {
            let [mut bytes, mut floats] = images([0, 1, 1, 0]);
            if !image {
                (bytes.image, floats.image) = (None, None);
            }
            let scaler = fitted(&bytes, |c| c.data.scale = scale).unwrap();
            let expected: Vec<f32> = (0..2)
                .flat_map(|row| {
                    scaler.affine().unwrap().into_iter().enumerate().map(
                        move |(at, (offset, factor))| {
                            let value = [[0., 1.], [1., 0.]][row][at];
                            (value - offset) / factor
                        },
                    )
                })
                .collect();
            assert_near(&scaler.fit_to(&bytes).unwrap().range(0, 2), &expected);
            // The ones of a mask may come as floats if pixels are not 255ths.
            if scale != Scale::Centre || !image {
                assert_near(&scaler.fit_to(&floats).unwrap().range(0, 2), &expected);
            }
        }
    }
}

#[test]
fn only_the_training_rows_are_looked_at() {
    let table = table();
    let config = Config {
        data: crate::config::DataConfig {
            scale: Scale::MinMax,
            ..Default::default()
        },
        ..Default::default()
    };
    let scaler = Scaler::fit(
        &table,
        &[0, 1],
        &config.data,
        config.network.output,
        &mut Vec::new(),
    )
    .unwrap();
    assert_eq!(scaler.fit_to(&table).unwrap().range(2, 3), [2.0, 5.0]);
}

#[test]
fn auto_follows_the_data_and_the_output() {
    let [_, mut unit] = images([0, 1, 1, 0]);
    assert_eq!(fitted(&unit, |_| {}).unwrap().method, Method::None);
    unit.image = None;
    assert_eq!(fitted(&unit, |_| {}).unwrap().method, Method::Standard);
    let sigmoid = |c: &mut Config| c.network.output = Activation::Sigmoid;
    assert_eq!(fitted(&table(), sigmoid).unwrap().method, Method::MinMax);
}

#[test]
fn missing_cells_are_refused_or_become_the_training_mean() {
    let mut table = table();
    let Values::Floats(values) = &mut table.values else {
        panic!()
    };
    values[2] = f32::NAN;
    let scaler = fitted(&table, |_| {}).unwrap();
    let error = scaler.fit_to(&table).err().unwrap().to_string();
    assert!(error.contains("row 2, column 'x1': found NaN"), "{error}");
    let scaler = fitted(&table, |c| c.data.missing = Missing::Mean).unwrap();
    // The mean of 1 and 5 is what standard scaling maps to 0.
    assert_eq!(scaler.fit_to(&table).unwrap().range(1, 2)[0], 0.0);
}

#[test]
fn categories_become_one_feature_a_level_and_come_back() {
    let mut table = table();
    table.columns[0].kind = ColumnKind::Category(vec!["a".into(), "b".into()]);
    table.values = Values::Floats(vec![1., 0.5, 0., 0.2, 1., 0.1]);
    let scaler = fitted(&table, |c| c.data.scale = Scale::None).unwrap();
    assert_eq!(scaler.feature_names(), ["x1=a", "x1=b", "x2"]);
    let features = scaler.fit_to(&table).unwrap().range(0, 2);
    assert_eq!(features, [0., 1., 0.5, 1., 0., 0.2]);
    assert_eq!(
        scaler.undo(&features).values,
        Values::Floats(vec![1., 0.5, 0., 0.2])
    );
}

#[test]
fn columns_are_found_by_name_whatever_their_order() {
    let mut trained = table();
    trained.named = true;
    trained.columns = vec![Column::number("a"), Column::number("b")];
    let scaler = fitted(&trained, |c| c.data.scale = Scale::None).unwrap();
    let mut other = trained.clone();
    other.columns.swap(0, 1);
    assert_eq!(scaler.fit_to(&other).unwrap().range(0, 1), [10., 1.]);
    other.columns[0].name = "bb".into();
    let error = scaler.fit_to(&other).err().unwrap().to_string();
    assert!(
        error.contains("column 'b': found no such column"),
        "{error}"
    );
}

#[test]
fn a_wrong_number_of_columns_is_refused() {
    let scaler = fitted(&table(), |_| {}).unwrap();
    let other = Table::from_floats(vec![1., 2., 3.], 3).unwrap();
    let error = scaler.fit_to(&other).err().unwrap().to_string();
    assert!(error.contains("found 3 columns, expected the 2"), "{error}");
}

#[test]
fn constant_columns_are_warned_of_and_only_constant_ones_refused() {
    let table = Table::from_floats(vec![1., 7., 2., 7.], 2).unwrap();
    for one_hot in [vec![], vec!["x2".to_string()]] {
        let mut warnings = Vec::new();
        let config = DataConfig {
            one_hot: one_hot.clone(),
            ..DataConfig::default()
        };
        Scaler::fit(
            &table,
            &[0, 1],
            &config,
            Activation::Identity,
            &mut warnings,
        )
        .unwrap();
        assert_eq!(
            warnings,
            [Warning::ConstantColumns {
                names: vec!["x2".into()],
                one_hot,
            }]
        );
    }
    let same = Table::from_floats(vec![7., 7., 7., 7.], 2).unwrap();
    let error = fitted(&same, |_| {}).unwrap_err().to_string();
    assert!(
        error.contains("the same values in every training row"),
        "{error}"
    );
}

#[test]
fn large_values_that_32_bits_round_are_warned_of() {
    let values = (0..100)
        .flat_map(|i| [1.7e9 + i as f32, i as f32])
        .collect();
    let table = Table::from_floats(values, 2).unwrap();
    let rows: Vec<usize> = (0..100).collect();
    let mut warnings = Vec::new();
    Scaler::fit(
        &table,
        &rows,
        &DataConfig::default(),
        Activation::Identity,
        &mut warnings,
    )
    .unwrap();
    let Some(Warning::Rounded { names }) = warnings.first() else {
        panic!("{warnings:?}")
    };
    assert_eq!(names, &["x1"]);
}

#[test]
fn bytes_that_are_no_images_are_scaled_like_a_table() {
    let values = Values::Bytes((0..60).map(|i| (i % 5) as u8).collect());
    let table = Table::unnamed("bytes", values, 3).unwrap();
    assert_eq!(fitted(&table, |_| {}).unwrap().method, Method::Standard);
}

/// Returns 300 rows of a named table: a plane of two columns in [0, 1] and a
/// rate that hardly varies.
fn rates() -> Table {
    let wave = |row: usize, step: f32| (row as f32 * step).sin() * 0.5 + 0.5;
    let values = (0..300).flat_map(|row| {
        let (a, b) = (wave(row, 0.7), wave(row, 1.3));
        [a, b, 0.5 * (a + b), 0.002 + 0.0002 * wave(row, 2.9)]
    });
    let columns = ["a", "b", "c", "rate"].map(Column::number).to_vec();
    Table::new(columns, Values::Floats(values.collect())).unwrap()
}

#[test]
fn a_table_within_0_and_1_is_scaled_column_by_column() {
    let features = |change: fn(&mut Config)| {
        let table = rates();
        let scaler = fitted(&table, change).unwrap();
        scaler.fit_to(&table).unwrap().range(0, 300)
    };
    let rates: Vec<f32> = features(|_| {}).into_iter().skip(3).step_by(4).collect();
    let squares = rates.iter().map(|rate| rate * rate).sum::<f32>();
    assert!((squares / 300.0 - 1.0).abs() < 1e-3);
    let sigmoid = features(|c| c.network.output = Activation::Sigmoid);
    assert!(sigmoid.iter().skip(3).step_by(4).any(|rate| *rate == 1.0));
}

#[test]
fn unnamed_arrays_of_many_fractions_are_pixels_and_stay_as_they_are() {
    let values: Vec<f32> = (0..640).map(|at| (at % 11) as f32 / 10.0).collect();
    let table = Table::from_floats(values.clone(), 64).unwrap();
    assert_eq!(fitted(&table, |_| {}).unwrap().method, Method::None);
    let table = Table::from_floats(values, 32).unwrap();
    assert_eq!(fitted(&table, |_| {}).unwrap().method, Method::Standard);
}

#[test]
fn a_far_value_is_drawn_in_and_told_wherever_its_row_ends_up() {
    let mut table = rates();
    let Values::Floats(values) = &mut table.values else {
        panic!()
    };
    values[4 * 299] = 1e9;
    let all: Vec<usize> = (0..300).collect();
    for rows in [&all[..], &all[..250]] {
        let mut warnings = Vec::new();
        let fit = |scale, warnings: &mut Vec<Warning>| {
            let data = DataConfig {
                scale,
                ..DataConfig::default()
            };
            Scaler::fit(&table, rows, &data, Activation::Identity, warnings).unwrap()
        };
        let scaler = fit(Scale::Auto, &mut warnings);
        let names = vec!["a".to_string()];
        let drawn_in = |names, drawn_in| Warning::FarValues { names, drawn_in };
        assert_eq!(warnings, [drawn_in(names.clone(), true)]);
        let features = scaler.fit_to(&table).unwrap().range(0, 300);
        let far = features[4 * 299];
        assert!((7.9..=8.0).contains(&far), "{far}");
        let others = features.iter().step_by(4).take(299);
        let width = others.map(|value| value * value).sum::<f32>() / 299.0;
        assert!((0.3..3.0).contains(&width), "{width}");
        // Told otherwise, the column is scaled as told, with a warning.
        warnings.clear();
        fit(Scale::Standard, &mut warnings);
        assert_eq!(warnings, [drawn_in(names, false)]);
        // The advice of that warning has the same effect.
        warnings.clear();
        let robust = fit(Scale::Robust, &mut warnings);
        let features = robust.fit_to(&table).unwrap().range(0, 300);
        assert!((7.9..=8.0).contains(&features[4 * 299]));
    }
}

#[test]
fn the_unit_of_a_column_changes_no_feature() {
    let table = rates();
    let features = |table: &Table| {
        let scaler = fitted(table, |_| {}).unwrap();
        scaler.fit_to(table).unwrap().range(0, 300)
    };
    let expected = features(&table);
    for (column, unit) in [(0, 1e6), (1, 1e-6), (3, 1e6), (3, 1e-6)] {
        let mut other = table.clone();
        let Values::Floats(values) = &mut other.values else {
            panic!()
        };
        values
            .iter_mut()
            .skip(column)
            .step_by(4)
            .for_each(|value| *value *= unit);
        for (found, expected) in features(&other).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}

/// Returns two pictures of two pixels of 16 bits.
fn pictures_of_16_bits(values: [f32; 4]) -> Table {
    let mut table = Table::from_floats(values.to_vec(), 2).unwrap();
    table.image = Some(ImageShape {
        height: 1,
        width: 2,
        channels: 1,
    });
    table.words = true;
    table
}

#[test]
fn pixels_of_16_bits_are_divided_by_the_largest_number_of_their_bits() {
    for (high, white) in [
        (1000.0, 1023.0),
        (4095.0, 4095.0),
        (65_535.0, 65_535.0),
        (1.0, 1.0),
    ] {
        let table = pictures_of_16_bits([0.0, high, 1.0, 0.0]);
        let scaler = fitted(&table, |_| {}).unwrap();
        assert_eq!(scaler.method, Method::Words);
        let features = scaler.fit_to(&table).unwrap().range(0, 2);
        assert_near(&features, &[0.0, high / white, 1.0 / white, 0.0]);
        let back = scaler.undo(&features);
        assert_eq!(back.depth(), Some(16));
        assert_eq!(back.value(0, 1).round(), high);
    }
    let table = pictures_of_16_bits([0.0, 1000.0, 512.0, 0.0]);
    let scaler = fitted(&table, |c| c.data.scale = Scale::Centre).unwrap();
    let features = scaler.fit_to(&table).unwrap().range(0, 1);
    assert_near(&features, &[-256.0 / 1023.0, 500.0 / 1023.0]);
}

#[test]
fn pictures_of_another_depth_or_colour_are_refused_by_what_differs() {
    let refused = |scaler: &Scaler, table: &Table| match scaler.fit_to(table) {
        Ok(_) => panic!("taken"),
        Err(error) => error.to_string(),
    };
    let words = pictures_of_16_bits([0.0, 1000.0, 1.0, 0.0]);
    let shape = words.image.unwrap();
    let bytes = Table::from_images(vec![0, 255, 1, 0], shape).unwrap();
    for scale in [Scale::Auto, Scale::Standard, Scale::None, Scale::Centre] {
        let of_words = fitted(&words, |c| c.data.scale = scale).unwrap();
        let error = refused(&of_words, &bytes);
        assert!(
            error.contains("pixels of 8 bits, up to 255, expected pixels of 16 bits"),
            "{error}"
        );
        let of_bytes = fitted(&bytes, |c| c.data.scale = scale).unwrap();
        let error = refused(&of_bytes, &words);
        assert!(
            error.contains("pixels of 16 bits, up to 65535, expected pixels of 8 bits"),
            "{error}"
        );
    }
    let fractions = Table::from_floats(vec![0.0, 1.0], 2).unwrap();
    let error = refused(&fitted(&words, |_| {}).unwrap(), &fractions);
    assert!(
        error.contains("pixels from 0 to 1023,")
            && error.contains("multiply values in [0, 1] by 1023"),
        "{error}"
    );
    let colour = Table::from_images(
        vec![1; 6],
        ImageShape {
            channels: 3,
            ..shape
        },
    );
    let error = refused(&fitted(&bytes, |_| {}).unwrap(), &colour.unwrap());
    assert!(
        error.contains("colour") && error.contains("convert the images to grey"),
        "{error}"
    );
}

#[test]
fn columns_and_levels_are_as_many_as_features() {
    let columns = vec![
        Column::circular("hour", 24.0),
        Column::category("c", ["x", "y"]),
        Column::number("n"),
    ];
    let values = vec![1.0, 0.0, 0.5, 13.0, 1.0, 2.5, 20.0, 0.0, 4.0];
    let table = Table::new(columns, Values::Floats(values)).unwrap();
    let scaler = fitted(&table, |_| {}).unwrap();
    let names = scaler.feature_names();
    assert_eq!(names, ["hour (sin)", "hour (cos)", "c=x", "c=y", "n"]);
    let shown = scaler.column_levels();
    let levels = |(_, levels): &(String, Option<Vec<String>>)| levels.as_ref().map(Vec::len);
    let count: Vec<Option<usize>> = shown.iter().map(levels).collect();
    assert_eq!(count, [None, Some(2), None]);
    assert_eq!(scaler.own_units().len(), names.len());
    let rows = scaler.fit_to(&table).unwrap().range(0, 3);
    let back = scaler.undo(&rows);
    assert_eq!(back.columns(), table.columns());
    for row in 0..3 {
        for column in 0..3 {
            let (found, expected) = (back.value(row, column), table.value(row, column));
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}

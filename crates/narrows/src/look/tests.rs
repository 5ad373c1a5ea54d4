use super::pick::spaced;
use super::*;
use crate::base::device::device;
use crate::config::plan::Plan;
use crate::config::{Activation, Config, Scale};
use crate::data::table::{Column, ColumnKind, ImageShape, Tags, Values};
use crate::network::Network;
use crate::tests::autoencoders::{first_feature_only, trained};
use crate::train::Autoencoder;

/// Returns rows (0, 1), (2, 0), (4, 3) and a model that reconstructs only their
/// first feature.
fn three_rows() -> (Model, Table) {
    let mut table = Table::from_floats(vec![0., 1., 2., 0., 4., 3.], 2).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
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
    // The squares around its mean 4/3 are 1/9, 16/9 and 25/9.
    assert!((lost.explained_variance.unwrap() - (1.0 - 10.0 / (42.0 / 9.0))).abs() < 1e-9);
    assert_eq!((kept.share, kept.explained_variance), (0.0, Some(1.0)));
    assert_eq!(look.errors.median, 1.0);
}

#[test]
fn a_missing_cell_is_no_miss_and_adds_nothing_to_an_error() {
    let mut values: Vec<f32> = (0..400).map(|i| ((i * 7919) % 101) as f32).collect();
    values[4 * 7 + 1] = f32::NAN;
    let table = Table::from_floats(values, 4)
        .unwrap()
        .select(&[7, 8, 9, 10]);
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![3], 1);
    config.data.missing = crate::config::Missing::Mean;
    let rows = table.select(&(0..4).cycle().take(80).collect::<Vec<_>>());
    let model = Autoencoder::new(config).train(&rows).unwrap();
    let look = look(&model, &table).unwrap();
    let errors: Vec<f32> = look.reconstructions.even.iter().map(|r| r.error).collect();
    let scores = model.score(&table).unwrap().errors;
    for (row, (error, score)) in errors.iter().zip(&scores).enumerate() {
        assert!(
            (error - score).abs() <= 1e-4 * score,
            "{row}: {error} {score}"
        );
    }
    let first = &look.reconstructions.even[0];
    assert_eq!(first.misses[1], 0.0);
    assert!(first.misses[0] > 0.0);
    let shares: f32 = first.top.iter().map(|t| t.share).sum();
    assert!((shares - 1.0).abs() < 1e-4, "{shares}");
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
    // A centred line in three directions, slightly bent.
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
    let weights = look.weights.unwrap();
    assert_eq!((weights.units, weights.shown.len()), (3, 3));
    for unit in &weights.shown {
        let largest = unit.weights.iter().fold(0f32, |m, w| m.max(w.abs()));
        assert_eq!((unit.weights.len(), largest), (4, 1.0));
    }
    let order: Vec<f32> = weights.shown.iter().map(|u| u.deviation).collect();
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

/// Builds three units over two features: the first feature, minus the second,
/// and nothing at all (dead).
fn planted(table: &Table) -> Model {
    let mut config = Config::default();
    config.network.hidden = vec![3];
    config.network.code = 1;
    config.network.activation = Some(Activation::Relu);
    config.data.scale = Scale::None;
    config.data.held_out = Some(0.into());
    config.train.epochs = 1;
    let mut model = Autoencoder::new(config.clone()).train(table).unwrap();
    let mut stored = model.weights();
    for one in &mut stored {
        match one.name.as_str() {
            "encoder.0.weight" => one.values = vec![1.0, 0.0, 0.0, 0.0, -2.0, 0.0],
            "encoder.0.bias" => one.values = vec![0.0, 0.0, -1.0],
            _ => {}
        }
    }
    let plan = Plan::for_data(&config, 2, None).unwrap();
    model.coder.network =
        Network::from_stored(&plan.spec, &stored, &device("cpu").unwrap()).unwrap();
    model
}

fn plus_and_minus() -> Table {
    let mut table = Table::from_floats(vec![1., 5., 9., -1., 2., -7., 3., 0.], 2).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "kind".into(),
        values: ["p", "q", "r", "s"].map(String::from).to_vec(),
    });
    table
}

#[test]
fn a_planted_unit_is_found_by_its_rows_and_a_dead_one_is_marked_dead() {
    let table = plus_and_minus();
    let model = planted(&table);
    let look = look(&model, &table).unwrap();
    let first = &look.units.layers[0];
    assert_eq!(
        (first.layer.as_str(), first.units, first.dead),
        ("encoder.0", 3, 1)
    );
    // Unit 2 gives 2 and 14 for rows 2 and 3, and so varies most.
    let order: Vec<usize> = first.shown.iter().map(|unit| unit.unit).collect();
    assert_eq!(order, [2, 1, 3]);
    let rows = |unit: usize| -> Vec<(usize, f32)> {
        let rows = first.shown[unit].top.iter();
        rows.map(|row| (row.row, row.output)).collect()
    };
    assert_eq!(rows(0)[..2], [(3, 14.0), (2, 2.0)]);
    assert_eq!(rows(1), [(2, 9.0), (4, 3.0), (3, 2.0), (1, 1.0)]);
    assert_eq!(first.shown[0].top[0].label.as_deref(), Some("r"));
    assert!(first.shown[2].dead && !first.shown[0].dead);
    let weights = look.weights.unwrap();
    assert_eq!((weights.dead, weights.shown[2].unit), (1, 3));
    assert!(weights.shown[2].dead);
    assert_eq!(weights.shown[0].weights, [0.0, -1.0]);
    assert_eq!(weights.features, ["x1", "x2"]);
}

#[test]
fn the_input_that_excites_a_unit_most_is_its_weights_at_the_norm() {
    let table = plus_and_minus();
    let model = planted(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let chosen = UnitSelection {
        layer: Some("encoder.0".into()),
        units: vec![2, 1],
        most: 0,
    };
    let ascent = |start| Ascent {
        norm: Some(3.0),
        start,
        ..Ascent::default()
    };
    for start in [Start::Random(1), Start::Random(7), Start::Row(1)] {
        let found = looking.maximised(&chosen, &ascent(start)).unwrap();
        let units = &found.layers[0].units;
        for (unit, expected, best) in [(&units[0], [0.0, -3.0], 14.0), (&units[1], [3.0, 0.0], 9.0)]
        {
            let end = unit.path.last().unwrap();
            for (x, expected) in end.features.iter().zip(expected) {
                assert!((x - expected).abs() < 1e-2, "{start:?}: {end:?}");
            }
            assert_eq!(unit.best_row, best);
            let climbed: Vec<f32> = unit.path.iter().map(|moment| moment.excitement).collect();
            assert!(climbed.is_sorted(), "{climbed:?}");
        }
    }
}

#[test]
fn layers_units_and_starts_that_are_not_there_are_refused() {
    let table = plus_and_minus();
    let model = planted(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let chosen = |layer: &str, unit| UnitSelection {
        layer: Some(layer.into()),
        units: vec![unit],
        most: 0,
    };
    let said = looking
        .units(&chosen("encoder.1", 1))
        .unwrap_err()
        .to_string();
    assert!(said.contains("one of encoder.0, code, decoder.0"), "{said}");
    let said = looking
        .units(&chosen("encoder.0", 4))
        .unwrap_err()
        .to_string();
    assert!(said.contains("units from 1 to 3"), "{said}");
    let ascent = Ascent {
        start: Start::Row(5),
        ..Ascent::default()
    };
    let said = looking
        .maximised(&UnitSelection::default(), &ascent)
        .unwrap_err()
        .to_string();
    assert!(said.contains("no row 5 of 4"), "{said}");
}

#[test]
fn a_traversal_moves_one_unit_and_a_linear_decoder_follows() {
    let (model, table) = three_rows();
    let looking = Looking::new(&model, &table).unwrap();
    let found = looking.decoding().unwrap();
    let traversal = &found.traversals[0];
    assert_eq!((traversal.at[0], traversal.at[8]), (0.0, 4.0));
    // The code is the first feature.
    assert_eq!(traversal.moves[0].feature, "x1");
    assert_eq!(traversal.moves[0].values, traversal.at);
    assert!(found.grid.is_none() && found.generated.is_none());
    let way = &found.interpolations[0];
    assert_eq!((way.from, way.to), (1, 2));
    assert_eq!(way.labels.as_ref().unwrap(), &["a", "b"].map(String::from));
    assert_eq!(way.moves[0].values[4], 1.0);
}

#[test]
fn a_variational_code_tells_what_each_unit_carries_and_new_rows_their_nearest() {
    let mut config = Config::default();
    config.network.hidden = vec![4];
    config.network.code = 2;
    config.variational = Some(Default::default());
    config.loss.reconstruction = crate::config::Reconstruction::Gaussian;
    config.train.epochs = 2;
    let table = Table::from_floats((0..300).map(|i| (i * 7 % 13) as f32).collect(), 3).unwrap();
    let model = Autoencoder::new(config).train(&table).unwrap();
    let some = table.select(&(0..40).collect::<Vec<_>>());
    let looking = Looking::new(&model, &some).unwrap().with_training(&table);
    let found = looking.code_units().divergences.unwrap();
    let whole: f64 = found.nats.iter().map(|&nats| f64::from(nats)).sum();
    let expected = model.evaluate(&some).unwrap().measures["kl"];
    assert!(
        (whole - expected).abs() < 1e-4 * expected,
        "{whole} {expected}"
    );
    let decoding = looking.decoding().unwrap();
    assert_eq!(decoding.grid.unwrap().rows.len(), 15 * 15);
    let new = decoding.generated.unwrap();
    assert!(new.training && new.old == 100);
    // The nearest row, computed by hand.
    let data = model.prepare(&table).unwrap();
    let generated = model.generate(12, model.config.seed).unwrap();
    let features = model.prepare(&generated).unwrap().range(0, 12);
    let all: Vec<usize> = (0..100).collect();
    let old = data.gather(&all);
    for (row, own) in new.rows.iter().zip(features.chunks(3)) {
        let distance = |at: usize| -> f32 {
            let pairs = own.iter().zip(&old[at * 3..at * 3 + 3]);
            pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
        };
        let least = (0..100).map(distance).fold(f32::INFINITY, f32::min);
        assert!((row.distance - least).abs() < 1e-5);
        assert!((distance(row.nearest_row - 1) - least).abs() < 1e-5);
    }
}

#[test]
fn labels_that_the_code_holds_are_found_by_both_methods_and_noise_is_not() {
    // The code is the first feature, which tells the label; the second does
    // not.
    let values = (0..200).flat_map(|row| {
        [
            (row % 2) as f32 + 0.001 * row as f32,
            (row * 37 % 11) as f32,
        ]
    });
    let mut table = Table::from_floats(values.collect(), 2).unwrap();
    let tags = |of: &dyn Fn(usize) -> String| Tags {
        kind: Default::default(),
        name: "kind".into(),
        values: (0..200).map(of).collect(),
    };
    table.labels = Some(tags(&|row| ["even", "odd"][row % 2].into()));
    let model = first_feature_only(&table);
    let of = |table: &Table| {
        let looking = Looking::new(&model, table).unwrap();
        looking.usefulness().unwrap()
    };
    let found = of(&table).unwrap();
    assert_eq!((found.code.nearest, found.code.linear), (1.0, 1.0));
    assert_eq!((found.fitted, found.tested, found.classes), (160, 40, 2));
    table.labels = Some(tags(&|row| ["a", "b"][row * 7919 % 13 % 2].into()));
    let noise = of(&table).unwrap();
    assert!(noise.code.linear < 0.8, "{noise:?}");
    table.labels = Some(tags(&|row| row.to_string()));
    assert_eq!(of(&table), None);
}

#[test]
fn denoising_shows_the_noisy_input_and_what_comes_back_of_it() {
    let table = Table::from_floats((0..90).map(|i| (i * 7 % 13) as f32).collect(), 3).unwrap();
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 2);
    config.train.epochs = 1;
    config.denoising = Some(Default::default());
    let model = Autoencoder::new(config).train(&table).unwrap();
    let look = look(&model, &table).unwrap();
    let row = &look.reconstructions.even[0];
    let noisy = row.corrupted.as_ref().unwrap();
    assert_ne!(noisy, &row.input);
    assert_ne!(row.restored.as_ref().unwrap(), &row.reconstruction);
}

#[test]
fn labels_that_go_with_the_order_of_rows_are_found_too() {
    let values = (0..200).flat_map(|row| [(row % 5) as f32, 0.0]);
    let mut table = Table::from_floats(values.collect(), 2).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "kind".into(),
        values: (0..200).map(|row| (row % 5).to_string()).collect(),
    });
    let model = first_feature_only(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let found = looking.usefulness().unwrap().unwrap();
    assert_eq!((found.code.nearest, found.tested), (1.0, 40));
}

#[test]
fn a_feature_that_never_varies_is_not_climbed() {
    let table = Table::from_floats(vec![1., 5., 9., 5., 2., 5., 3., 5.], 2).unwrap();
    let model = planted(&table);
    let looking = Looking::new(&model, &table).unwrap();
    let found = looking
        .maximised(&UnitSelection::default(), &Ascent::default())
        .unwrap();
    let ends = found.layers.iter().flat_map(|layer| &layer.units);
    for unit in ends {
        assert_eq!(unit.path.last().unwrap().features[1], 0.0);
    }
}

#[test]
fn one_row_has_no_dead_units_and_no_map_of_neighbours() {
    let table = plus_and_minus();
    let model = planted(&table);
    let look = look(&model, &table.select(&[1])).unwrap();
    assert_eq!(look.units.layers[0].dead, 0);
    assert_eq!(look.codes.neighbours, None);
}

#[test]
fn wide_codes_have_the_same_map_with_any_number_of_threads() {
    let rows: Vec<f32> =
        crate::base::random::Draws::new(1, crate::base::random::Stream::Sample, 0, 0)
            .normals(600 * 400)
            .into_iter()
            .map(|v| v as f32)
            .collect();
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| super::codes::principal_of(&rows, 400).0)
    };
    assert_eq!(of(1), of(4));
}

#[test]
fn a_far_value_is_shown_as_it_is() {
    let line = |i: usize| [(i % 7) as f32, (i % 5) as f32, (i * 3 % 11) as f32];
    let mut values: Vec<f32> = (0..100).flat_map(line).collect();
    values[3 * 42 + 1] = -5000.0;
    let table = Table::from_floats(values, 3).unwrap();
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 1);
    config.data.held_out = Some(20.into());
    let training = table.select(&(0..40).chain(43..100).collect::<Vec<_>>());
    for scale in [Scale::Standard, Scale::Robust, Scale::MinMax] {
        config.data.scale = scale;
        let model = Autoencoder::new(config.clone()).train(&training).unwrap();
        let worst = &look(&model, &table).unwrap().reconstructions.worst[0];
        assert_eq!(worst.row, 43, "{scale:?}");
        let RowValues::Cells(cells) = &worst.input else {
            panic!()
        };
        assert_eq!(cells[1], Cell::Number(-5000.0), "{scale:?}");
    }
}
